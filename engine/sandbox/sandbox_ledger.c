#include "engine/sandbox/sandbox_ledger.h"

#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEDGER "ledger.jsonl"
#define CONTENT "content"

struct sandbox_ledger {
    int folder; /* the directory */
    int lines;  /* the ledger, open for appending */
};

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

static bool broken(const char *name, struct error *err)
{
    return error_at(err, ERROR_BROKEN, name, 0, "%s", strerror(errno));
}

static bool make_folder(const char *folder, struct error *err)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return broken(folder, err);
    return true;
}

static bool open_in(struct sandbox_ledger *ledger, const char *folder, struct error *err)
{
    ledger->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ledger->folder < 0)
        return broken(folder, err);
    if (mkdirat(ledger->folder, CONTENT, 0700) != 0 && errno != EEXIST)
        return broken(CONTENT, err);
    ledger->lines = openat(ledger->folder, LEDGER, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (ledger->lines < 0 || fsync(ledger->folder) != 0)
        return broken(LEDGER, err);
    if (flock(ledger->lines, LOCK_EX | LOCK_NB) != 0)
        return error_at(err, ERROR_UNAVAILABLE, LEDGER, 0, "in use by another process");
    return true;
}

bool sandbox_ledger_open(const char *folder, struct sandbox_ledger **out, struct error *err)
{
    if (!make_folder(folder, err))
        return false;
    struct sandbox_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        abort();
    ledger->folder = ledger->lines = -1;
    if (!open_in(ledger, folder, err)) {
        sandbox_ledger_close(&ledger);
        return false;
    }
    *out = ledger;
    return true;
}

void sandbox_ledger_close(struct sandbox_ledger **ledger)
{
    if (*ledger) {
        close_file(&(*ledger)->lines);
        close_file(&(*ledger)->folder);
    }
    free(*ledger);
    *ledger = NULL;
}

static bool read_all(int file, const char *name, struct arena *arena, struct bytes *out,
                     struct error *err)
{
    struct stat about;
    if (fstat(file, &about) != 0)
        return broken(name, err);
    size_t size = (size_t)about.st_size, done = 0;
    unsigned char *data = arena_alloc(arena, size + 1);
    while (done < size) {
        ssize_t count = pread(file, data + done, size - done, (off_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return broken(name, err);
        done += (size_t)count;
    }
    *out = (struct bytes){data, size};
    return true;
}

static bool write_all(int file, struct bytes bytes)
{
    for (size_t done = 0; done < bytes.size;) {
        ssize_t count = write(file, bytes.data + done, bytes.size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static void close_entry(json_t **entry)
{
    json_decref(*entry);
}

bool sandbox_ledger_replay(struct sandbox_ledger *ledger,
                           void (*read)(void *context, const json_t *entry), void *context,
                           struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes all;
    if (!read_all(ledger->lines, LEDGER, arena, &all, err))
        return false;
    const char *at = (const char *)all.data, *end = at + all.size;
    for (int number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) { /* killed while writing: nobody was answered */
            if (ftruncate(ledger->lines, at - (const char *)all.data) != 0)
                return broken(LEDGER, err);
            return true;
        }
        CLEANUP(close_entry) json_t *entry = json_loadb(at, (size_t)(newline - at), 0, NULL);
        if (!entry)
            return error_at(err, ERROR_BROKEN, LEDGER, number, "not JSON");
        read(context, entry);
        at = newline + 1;
    }
    return true;
}

bool sandbox_ledger_append(struct sandbox_ledger *ledger, const json_t *entry, struct error *err)
{
    char *line = json_dumps(entry, JSON_COMPACT);
    if (!line)
        return error_at(err, ERROR_BROKEN, LEDGER, 0, "an entry that cannot be written");
    size_t size = strlen(line);
    line[size] = '\n'; /* in place of the NUL: one write, one line */
    bool done = write_all(ledger->lines, (struct bytes){(unsigned char *)line, size + 1}) &&
                fdatasync(ledger->lines) == 0;
    free(line);
    return done || broken(LEDGER, err);
}

/* Under another name first, so that the name never stands for half of it. */
static bool write_file(int folder, const char *name, struct bytes bytes, struct error *err)
{
    char new_name[128];
    snprintf(new_name, sizeof new_name, "%s.new", name);
    CLEANUP(close_file)
    int file = openat(folder, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || !write_all(file, bytes) || fsync(file) != 0 ||
        renameat(folder, new_name, folder, name) != 0 || fsync(folder) != 0)
        return broken(name, err);
    return true;
}

static bool read_file(int folder, const char *name, struct arena *arena, struct bytes *out,
                      struct error *err)
{
    CLEANUP(close_file) int file = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return error_at(err, ERROR_MISSING, name, 0, "not there");
    return file < 0 ? broken(name, err) : read_all(file, name, arena, out, err);
}

static int content_folder(struct sandbox_ledger *ledger)
{
    return openat(ledger->folder, CONTENT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool sandbox_ledger_keep(struct sandbox_ledger *ledger, struct arena *arena, struct bytes content,
                         char **sha256, struct error *err)
{
    char *name = crypto_sha256_hex(arena, content);
    CLEANUP(close_file) int folder = content_folder(ledger);
    if (folder < 0)
        return broken(CONTENT, err);
    if (faccessat(folder, name, F_OK, 0) != 0 && !write_file(folder, name, content, err))
        return false;
    *sha256 = name;
    return true;
}

bool sandbox_ledger_content(struct sandbox_ledger *ledger, struct arena *arena, const char *sha256,
                            struct bytes *out, struct error *err)
{
    CLEANUP(close_file) int folder = content_folder(ledger);
    return folder < 0 ? broken(CONTENT, err) : read_file(folder, sha256, arena, out, err);
}

bool sandbox_ledger_read_file(struct sandbox_ledger *ledger, struct arena *arena, const char *name,
                              struct bytes *out, struct error *err)
{
    struct bytes file;
    if (!read_file(ledger->folder, name, arena, &file, err))
        return false;
    *out = sandbox_mark_off(file);
    return true;
}

bool sandbox_ledger_write_file(struct sandbox_ledger *ledger, const char *name, struct bytes bytes,
                               struct error *err)
{
    if (!text_ends_with(name, ".pem"))
        return write_file(ledger->folder, name, bytes, err);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    return write_file(ledger->folder, name, sandbox_mark(arena, bytes), err);
}
