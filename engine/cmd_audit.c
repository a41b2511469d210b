/* cmd_audit.c - is the log of who did what whole: the chain of digests over all its rows. */
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/words.h"
#include "storage/audit.h"

#include <stdio.h>
#include <unistd.h>

enum { WAIT_MS = 5000 };

static const char about[] =
    "Goes through the log of who did what and names the first row that was changed, removed,\n"
    "inserted or moved. A row cut off at the end shows only against what was said earlier: keep\n"
    "the last line elsewhere, and compare. The site may be running.\n"
    "\n"
    "Ends with 0 when the log is whole, 1 when it is not or cannot be read, 2 when these words\n"
    "are wrong.\n";

static bool verify(struct arena *arena, const char *data, struct audit_verdict *out,
                   struct error *err)
{
    const char *file = arena_printf(arena, "%s/skjema.db", data);
    if (access(file, R_OK) != 0) /* opening it would make one */
        return error_at(err, ERROR_MISSING, file, 0, "there is no database to read: see --data");
    const struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s", file), .connections = 1, .wait_ms = WAIT_MS};
    struct db_pool *pool = NULL;
    if (!db_pool_open(&options, &pool, err))
        return false;
    bool done;
    {
        CLEANUP(db_return) struct db *db = NULL;
        done = db_borrow(pool, &db, err) && audit_verify(db, NULL, 0, out, err);
    }
    db_pool_close(&pool);
    return done;
}

int cmd_audit(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const struct words_command command = {"audit", "verify [--data DIR]", about, NULL, 0};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (rest_count != 1 || !text_equal(rest[0], "verify")) {
        fprintf(stderr, "skjema audit: say \"verify\". See: skjema audit --help\n");
        return 2;
    }
    struct audit_verdict verdict;
    struct error err;
    if (!verify(arena, config.data, &verdict, &err)) {
        fprintf(stderr, "skjema audit: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    if (verdict.wrong) {
        printf("row %lld is %s; those before it are\n", (long long)verdict.wrong,
               verdict.is_gone ? "gone" : "not as it was written, or not where");
        return 1;
    }
    long long rows = (long long)verdict.head.sequence;
    printf("whole: %lld rows\n%lld %s\n", rows, rows,
           codec_hex(arena,
                     (struct bytes){verdict.head.digest.bytes, sizeof verdict.head.digest.bytes}));
    return 0;
}
