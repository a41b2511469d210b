#include "engine/witness.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/durable.h"
#include "engine/base/text.h"
#include "storage/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

enum { HEX_SHA256 = 2 * CRYPTO_SHA256_BYTES, TIME_LENGTH = 20, SEQUENCE_DIGITS = 18 };

/* ---- heads ---- */

static const char *mac_of(struct arena *arena, struct db *db, const char *said)
{
    struct crypto_sha256 mac = keys_lookup(db, "audit.heads", said);
    return codec_hex(arena, (struct bytes){mac.bytes, sizeof mac.bytes});
}

bool witness_head(struct arena *arena, struct db *db, const char **out, struct error *err)
{
    struct audit_head head;
    if (!audit_find_head(db, &head, err))
        return false;
    *out = NULL;
    if (!head.sequence)
        return true;
    const char *digest = codec_hex(arena, (struct bytes){head.digest.bytes, sizeof head.digest});
    const char *said = arena_printf(arena, "%s %lld %s", clock_iso_utc(arena, clock_now()),
                                    (long long)head.sequence, digest);
    *out = arena_printf(arena, "%s %s\n", said, mac_of(arena, db, said));
    return true;
}

static bool append(const char *path, struct bytes line, struct error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return error_at(err, ERROR_BROKEN, path, 0, "the log's head cannot be written: %s",
                        strerror(errno));
    bool good = write(file, line.data, line.size) == (ssize_t)line.size;
    if (good && !durable_file(file))
        good = errno == EINVAL; /* a pipe, which has nothing to sync */
    int why = errno;
    close(file);
    return good || error_at(err, ERROR_BROKEN, path, 0, "the log's head was not written: %s",
                            strerror(why));
}

bool witness_send(struct db *db, const char *where, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *line;
    if (!*where)
        return true;
    if (!witness_head(arena, db, &line, err))
        return false;
    if (!line)
        return true;
    if (!text_equal(where, "syslog"))
        return append(where, BYTES_OF(line), err);
    syslog(LOG_AUTHPRIV | LOG_NOTICE, "skjema audit head %s", line);
    return true;
}

/* The part of a line that a head is, or NULL: found from its end, whatever stands before it. */
static char *find_head(char *line)
{
    for (char *end = line + strlen(line); end > line && strchr(" \r\t", end[-1]);)
        *--end = '\0';
    char *at = line + strlen(line);
    for (int spaces = 0; at > line; at--)
        if (at[-1] == ' ' && ++spaces == 4)
            break;
    int64_t when;
    char *space = strchr(at, ' ');
    if (!space || space - at != TIME_LENGTH)
        return NULL;
    *space = '\0';
    bool is_time = clock_parse_iso(at, &when);
    *space = ' ';
    return is_time ? at : NULL;
}

/* "TIME NUMBER DIGEST MAC" */
static bool read_head(struct arena *arena, struct db *db, const char *text, struct audit_head *out)
{
    char *parts[4], *rest = arena_text(arena, text);
    for (size_t i = 0; i < COUNT(parts); i++)
        parts[i] = strsep(&rest, " ");
    struct bytes digest;
    if (rest || !parts[3] || !*parts[1] || strlen(parts[1]) > SEQUENCE_DIGITS ||
        strspn(parts[1], "0123456789") != strlen(parts[1]) || strlen(parts[2]) != HEX_SHA256 ||
        !codec_unhex(arena, parts[2], &digest))
        return false;
    const char *said = arena_printf(arena, "%s %s %s", parts[0], parts[1], parts[2]);
    if (!crypto_equal(BYTES_OF(parts[3]), BYTES_OF(mac_of(arena, db, said))))
        return false;
    out->sequence = strtoll(parts[1], NULL, 10);
    memcpy(out->digest.bytes, digest.data, sizeof out->digest.bytes);
    return true;
}

bool witness_read(struct arena *arena, struct db *db, struct bytes file, const char *file_name,
                  struct audit_head **out, size_t *count, struct error *err)
{
    if (file.size && memchr(file.data, 0, file.size))
        return error_at(err, ERROR_INVALID, file_name, 0, "not text");
    size_t lines = 1, found = 0;
    for (size_t i = 0; i < file.size; i++)
        lines += file.data[i] == '\n';
    struct audit_head *heads = ARENA_ARRAY(arena, lines, struct audit_head);
    char *rest = arena_text_of(arena, file);
    for (int number = 1; rest; number++) {
        char *head = find_head(strsep(&rest, "\n"));
        if (head && !read_head(arena, db, head, &heads[found++]))
            return error_at(err, ERROR_INVALID, file_name, number,
                            "not a head of this log, or somebody has changed it");
    }
    *out = heads;
    *count = found;
    return true;
}

/* ---- in the log ---- */

static bool note(struct db *db, enum audit_action action, const char *object_id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    const struct audit_entry entry = {
        .actor = AUDIT_SYSTEM, .action = action, .object_id = object_id, .succeeded = true};
    return db_begin(db, &transaction, err) && audit_add(arena, db, &entry, err) &&
           db_commit(&transaction, err);
}

bool witness_settings(struct db *db, const struct config *config, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    return note(db, AUDIT_STARTED, config_digest(arena, config), err);
}

bool witness_keys(struct db *db, struct keyring *keyring, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(keyring, masters);
    struct buf names;
    buf_init(&names, arena);
    for (size_t i = 0; i < count; i++) /* the last is the active one */
        buf_printf(&names, "%s\n", masters[i].id);
    const char *now = crypto_sha256_hex(arena, buf_bytes(&names)), *known;
    return audit_last_object(arena, db, AUDIT_KEYS_CHANGED, &known, err) &&
           (text_equal(known, now) || note(db, AUDIT_KEYS_CHANGED, now, err));
}
