#include "storage/keyring.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/durable.h"
#include "engine/base/text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "skjema master key 1"
#define SUFFIX ".key"
enum { FILE_MAX_BYTES = 1024, LINES = 5 };

struct master {
    struct keyring_master about;
    unsigned char secret[SEAL_SECRET_BYTES];
};

/* Masters in the order they were made. */
struct masters {
    size_t count;
    struct master at[KEYRING_MAX];
};

/* All of it lies in pages of its own. */
struct keyring {
    char folder[PATH_MAX];
    bool sandbox;
    pthread_mutex_t lock; /* over masters */
    struct masters masters;
    unsigned char lookup[SEAL_SECRET_BYTES];
    bool knows_lookup;
};

/* Files ------------------------------------------------------------------------------------- */

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

/* systemd gives a service its credentials by an access list, whose mask shows as the group's right
 * to read; nobody but the service gets into the folder. */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    return folder && *folder && text_starts_with(path, folder) && path[strlen(folder)] == '/';
}

static bool check_mode(const char *path, const struct stat *about, struct error *err)
{
    mode_t others = is_credential(path) ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if (!S_ISREG(about->st_mode))
        return error_at(err, ERROR_INVALID, path, 0, "must be an ordinary file");
    if (about->st_mode & others)
        return error_at(err, ERROR_INVALID, path, 0,
                        "others may read this key: its mode must be 0600 (or 0400)");
    return true;
}

/* The file in a buffer that the caller wipes. */
static bool read_file(const char *path, char text[FILE_MAX_BYTES], struct error *err)
{
    CLEANUP(close_descriptor) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0)
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be read: %s", strerror(errno));
    if (!check_mode(path, &about, err))
        return false;
    ssize_t size = read(file, text, FILE_MAX_BYTES - 1);
    if (size < 0)
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be read: %s", strerror(errno));
    text[size] = '\0';
    return true;
}

static bool read_secret(const char *hex, unsigned char out[SEAL_SECRET_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(hex) != (size_t)2 * SEAL_SECRET_BYTES)
        return false;
    for (size_t i = 0; i < SEAL_SECRET_BYTES; i++) {
        const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);
        if (!high || !low)
            return false;
        out[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static bool is_id(const char *text)
{
    return strlen(text) == KEYRING_ID_MAX - 1 &&
           strspn(text, "0123456789abcdef") == KEYRING_ID_MAX - 1;
}

/* Cuts the text into its lines. */
static bool read_lines(char *text, const char *lines[LINES])
{
    for (size_t i = 0; i < LINES; i++) {
        lines[i] = text;
        text = strchr(text, '\n');
        if (!text)
            return false;
        *text++ = '\0';
    }
    return !*text;
}

static const char *after(const char *line, const char *word)
{
    return text_starts_with(line, word) ? line + strlen(word) : "";
}

static bool parse(char *text, struct master *out)
{
    const char *lines[LINES];
    if (!read_lines(text, lines) || strcmp(lines[0], FIRST_LINE) != 0)
        return false;
    const char *id = after(lines[1], "id "), *use = after(lines[3], "for ");
    out->about.sandbox = strcmp(use, "sandbox") == 0;
    if (!is_id(id) || !(out->about.sandbox || strcmp(use, "production") == 0))
        return false;
    memcpy(out->about.id, id, KEYRING_ID_MAX);
    return clock_parse_iso(after(lines[2], "made "), &out->about.made_at) &&
           read_secret(after(lines[4], "secret "), out->secret);
}

static bool read_master(const char *path, struct master *out, struct error *err)
{
    char text[FILE_MAX_BYTES];
    bool good = read_file(path, text, err);
    if (good && !parse(text, out))
        good = error_at(err, ERROR_INVALID, path, 0,
                        "is not a master key as `skjema keys create` makes it");
    seal_wipe(text, sizeof text);
    return good;
}

/* The folder -------------------------------------------------------------------------------- */

static bool is_younger(const struct keyring_master *a, const struct keyring_master *b)
{
    return a->made_at != b->made_at ? a->made_at > b->made_at : strcmp(a->id, b->id) > 0;
}

static bool add(struct masters *masters, const struct master *master, const char *path,
                struct error *err)
{
    if (masters->count == KEYRING_MAX)
        return error_at(err, ERROR_INVALID, path, 0, "is one more than the %d keys there may be",
                        KEYRING_MAX);
    size_t at = masters->count++;
    for (; at > 0 && is_younger(&masters->at[at - 1].about, &master->about); at--)
        masters->at[at] = masters->at[at - 1];
    masters->at[at] = *master;
    for (size_t i = 0; i < masters->count; i++)
        if (i != at && strcmp(masters->at[i].about.id, master->about.id) == 0)
            return error_at(err, ERROR_INVALID, path, 0, "has the id of another key here");
    return true;
}

static bool read_one(const struct keyring *keyring, const char *name, struct masters *out,
                     struct error *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", keyring->folder, name) >= (int)sizeof path)
        return error_at(err, ERROR_INVALID, name, 0, "has too long a path");
    struct master master = {0};
    bool good = read_master(path, &master, err);
    if (good && master.about.sandbox && !keyring->sandbox)
        good = error_at(err, ERROR_INVALID, path, 0,
                        "was made for the sandbox: it protects nobody (S-SEC-2)");
    good = good && add(out, &master, path, err);
    seal_wipe(&master, sizeof master);
    return good;
}

static bool read_folder(const struct keyring *keyring, struct masters *out, struct error *err)
{
    CLEANUP(close_folder) DIR *folder = opendir(keyring->folder);
    if (!folder && errno != ENOENT)
        return error_at(err, ERROR_BROKEN, keyring->folder, 0, "cannot be read: %s",
                        strerror(errno));
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (text_ends_with(entry->d_name, SUFFIX) && entry->d_name[0] != '.' &&
            !read_one(keyring, entry->d_name, out, err))
            return false;
    if (!out->count)
        return error_at(err, ERROR_MISSING, keyring->folder, 0,
                        "there is no master key: `skjema keys create` makes one");
    return true;
}

static bool read_all(struct keyring *keyring, struct error *err)
{
    struct masters now = {0};
    bool good = read_folder(keyring, &now, err);
    if (good) {
        pthread_mutex_lock(&keyring->lock);
        keyring->masters = now;
        pthread_mutex_unlock(&keyring->lock);
    }
    seal_wipe(&now, sizeof now);
    return good;
}

/* What was right when we began and is not now is our installation's failure, no matter how. */
bool keyring_refresh(struct keyring *keyring, struct error *err)
{
    struct error why = {0};
    return read_all(keyring, &why) ||
           error_at(err, ERROR_BROKEN, why.file, why.line, "%s", why.text);
}

bool keyring_open(const struct keyring_options *options, struct keyring **out, struct error *err)
{
    struct keyring *keyring =
        mmap(NULL, sizeof *keyring, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (keyring == MAP_FAILED)
        abort();
    (void)mlock(keyring, sizeof *keyring); /* a limit may forbid it */
    madvise(keyring, sizeof *keyring, MADV_DONTDUMP);
    pthread_mutex_init(&keyring->lock, NULL);
    keyring->sandbox = options->sandbox;
    int size = snprintf(keyring->folder, sizeof keyring->folder, "%s", options->folder);
    if (size >= (int)sizeof keyring->folder || !read_all(keyring, err)) {
        keyring_close(&keyring);
        return false;
    }
    *out = keyring;
    return true;
}

void keyring_close(struct keyring **keyring)
{
    if (!*keyring)
        return;
    pthread_mutex_destroy(&(*keyring)->lock);
    seal_wipe(*keyring, sizeof **keyring);
    munmap(*keyring, sizeof **keyring);
    *keyring = NULL;
}

/* Making one -------------------------------------------------------------------------------- */

static bool write_all(int file, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t written = write(file, text, left);
        if (written < 0)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return durable_file(file);
}

/* Younger than all that are there, also when the clock was set back or a second holds two. */
static bool find_time(const char *folder, int64_t *made_at, struct error *err)
{
    struct keyring look = {.sandbox = true};
    struct masters there = {0};
    struct error why = {0};
    if (snprintf(look.folder, sizeof look.folder, "%s", folder) >= (int)sizeof look.folder)
        return error_at(err, ERROR_INVALID, folder, 0, "has too long a path");
    bool good = read_folder(&look, &there, &why);
    int64_t youngest = there.count ? there.at[there.count - 1].about.made_at : 0;
    size_t count = there.count;
    seal_wipe(&there, sizeof there);
    if (!good && why.code != ERROR_MISSING)
        return error_at(err, why.code, why.file, why.line, "%s", why.text);
    if (count == KEYRING_MAX)
        return error_at(err, ERROR_INVALID, folder, 0,
                        "there are %d master keys, which is the most: `skjema keys rotate` and "
                        "`remove` first",
                        KEYRING_MAX);
    int64_t now = clock_now();
    *made_at = now > youngest ? now : youngest + 1;
    return true;
}

static void write_master(const unsigned char secret[SEAL_SECRET_BYTES], const char *id,
                         bool sandbox, int64_t made_at, char text[FILE_MAX_BYTES])
{
    char hex[2 * SEAL_SECRET_BYTES + 1];
    for (size_t i = 0; i < SEAL_SECRET_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", secret[i]);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    snprintf(text, FILE_MAX_BYTES, FIRST_LINE "\nid %s\nmade %s\nfor %s\nsecret %s\n", id,
             clock_iso_utc(arena, made_at), sandbox ? "sandbox" : "production", hex);
    seal_wipe(hex, sizeof hex);
}

/* Under another name first, so that no reader finds half a key. */
static bool write_file(const char *folder, const char *id, const char *text, struct error *err)
{
    char path[PATH_MAX], draft[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s" SUFFIX, folder, id) >= (int)sizeof path ||
        snprintf(draft, sizeof draft, "%s/.%s" SUFFIX, folder, id) >= (int)sizeof draft)
        return error_at(err, ERROR_INVALID, folder, 0, "has too long a path");
    CLEANUP(close_descriptor)
    int file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 || !write_all(file, text) || rename(draft, path) != 0 || !durable_folder(folder))
        return error_at(err, ERROR_BROKEN, path, 0, "cannot be written: %s", strerror(errno));
    return true;
}

bool keyring_make(const char *folder, bool sandbox, char *id, struct error *err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return error_at(err, ERROR_BROKEN, folder, 0, "cannot be made: %s", strerror(errno));
    int64_t made_at = 0;
    if (!find_time(folder, &made_at, err))
        return false;
    unsigned char random[(KEYRING_ID_MAX - 1) / 2], secret[SEAL_SECRET_BYTES];
    char text[FILE_MAX_BYTES];
    crypto_random(random, sizeof random);
    crypto_random(secret, sizeof secret);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id + 2 * i, 3, "%02x", random[i]);
    write_master(secret, id, sandbox, made_at, text);
    seal_wipe(secret, sizeof secret);
    bool written = write_file(folder, id, text, err);
    seal_wipe(text, sizeof text);
    return written;
}

/* Using them -------------------------------------------------------------------------------- */

size_t keyring_list(struct keyring *keyring, struct keyring_master out[KEYRING_MAX])
{
    pthread_mutex_lock(&keyring->lock);
    size_t count = keyring->masters.count;
    for (size_t i = 0; i < count; i++)
        out[i] = keyring->masters.at[i].about;
    pthread_mutex_unlock(&keyring->lock);
    return count;
}

void keyring_wrap(struct keyring *keyring, const char *owner_id, const struct seal_key *key,
                  unsigned char wrapped[SEAL_WRAPPED_BYTES], char *master_id)
{
    pthread_mutex_lock(&keyring->lock);
    const struct master *active = &keyring->masters.at[keyring->masters.count - 1];
    seal_wrap(active->secret, owner_id, key, wrapped);
    memcpy(master_id, active->about.id, KEYRING_ID_MAX);
    pthread_mutex_unlock(&keyring->lock);
}

static bool copy_secret(struct keyring *keyring, const char *master_id,
                        unsigned char out[SEAL_SECRET_BYTES])
{
    bool found = false;
    pthread_mutex_lock(&keyring->lock);
    for (size_t i = 0; !found && i < keyring->masters.count; i++) {
        found = strcmp(keyring->masters.at[i].about.id, master_id) == 0;
        if (found)
            memcpy(out, keyring->masters.at[i].secret, SEAL_SECRET_BYTES);
    }
    pthread_mutex_unlock(&keyring->lock);
    return found;
}

bool keyring_unwrap(struct keyring *keyring, const char *master_id, const char *owner_id,
                    struct bytes wrapped, struct seal_key *out, struct error *err)
{
    unsigned char secret[SEAL_SECRET_BYTES];
    /* `keys create` and `keys rotate` may have run beside us */
    if (!copy_secret(keyring, master_id, secret) &&
        (!keyring_refresh(keyring, err) || !copy_secret(keyring, master_id, secret)))
        return error_set(err, ERROR_BROKEN,
                         "the key of %s is wrapped under master key %s, which is "
                         "not in %.100s",
                         owner_id, master_id, keyring->folder);
    bool good = seal_unwrap(secret, owner_id, wrapped, out);
    seal_wipe(secret, sizeof secret);
    return good ||
           error_set(err, ERROR_BROKEN, "the key of %s is not what was wrapped for it", owner_id);
}

void keyring_set_lookup(struct keyring *keyring, const unsigned char secret[SEAL_SECRET_BYTES])
{
    pthread_mutex_lock(&keyring->lock);
    if (!keyring->knows_lookup) /* never written again: it is read without the lock */
        memcpy(keyring->lookup, secret, SEAL_SECRET_BYTES);
    keyring->knows_lookup = true;
    pthread_mutex_unlock(&keyring->lock);
}

const unsigned char *keyring_lookup(const struct keyring *keyring)
{
    assert(keyring->knows_lookup);
    return keyring->lookup;
}
