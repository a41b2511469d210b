/* cmd_audit.c - is the log of who did what whole: the chain of digests over all its rows, and
 * against the heads that were sent out of the machine. */
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/master_keys.h"
#include "engine/witness.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/keys.h"

#include <stdio.h>

enum { HEADS_MAX_BYTES = 64 * 1024 * 1024 };

static const char about[] =
    "Goes through the log of who did what and names the first row that was changed, removed,\n"
    "inserted or swapped. Rows cut off at the end, and a chain that was written anew from some "
    "row\n"
    "on, show only against heads: lines that the site sends each hour to where the setting\n"
    "`audit_heads` says (syslog, or a file). Keep them where whoever can write to this machine\n"
    "cannot, and give them to --heads, as they are or with syslog's words before them. To check\n"
    "that they are ours this needs the master keys, as `skjema serve` does (--keys, --sandbox).\n"
    "The site may be running.\n"
    "\n"
    "Example: skjema audit verify --data /var/lib/skjema\n"
    "\n"
    "Ends with 0 when the log is whole, 1 when it is not or cannot be read, 2 when these words\n"
    "are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    const char *heads_file; /* NULL: none */
    struct keyring *keys;   /* to check heads with; NULL without */
    struct site_database database;
    struct audit_head *heads;
    size_t head_count;
};

static bool open_work(struct work *work, struct error *err)
{
    if (work->heads_file && !master_keys_open(work->config, &work->keys, err))
        return false;
    return site_database_open(work->arena, work->config->data, work->keys, &work->database, err) &&
           (!work->keys || keys_prepare(work->database.db, err));
}

static void close_work(struct work *work)
{
    site_database_close(&work->database);
    keyring_close(&work->keys);
}

static bool read_heads(struct work *work, struct error *err)
{
    struct bytes file;
    if (!work->heads_file)
        return true;
    if (!files_read(work->arena, work->heads_file, HEADS_MAX_BYTES, &file, err) ||
        !witness_read(work->arena, work->database.db, file, work->heads_file, &work->heads,
                      &work->head_count, err))
        return false;
    return work->head_count ||
           error_at(err, ERROR_INVALID, work->heads_file, 0, "there is no head in it");
}

static bool verify(struct work *work, struct audit_verdict *out, struct error *err)
{
    return open_work(work, err) && read_heads(work, err) &&
           audit_verify(work->database.db, work->heads, work->head_count, out, err);
}

static void tell_harm(const struct audit_verdict *verdict)
{
    long long row = (long long)verdict->wrong, other = (long long)verdict->other;
    switch (verdict->harm) {
    case AUDIT_WHOLE:
        return;
    case AUDIT_CHANGED:
        printf("row %lld was changed: it is not as it was written", row);
        break;
    case AUDIT_REMOVED:
        printf("row %lld was removed: what was written there is gone", row);
        break;
    case AUDIT_INSERTED:
        printf("row %lld was inserted: it was not written there", row);
        break;
    case AUDIT_SWAPPED:
        printf("rows %lld and %lld were swapped", row, other);
        break;
    case AUDIT_MOVED:
        printf("row %lld was moved: it is row %lld now", row, other);
        break;
    }
    printf(row > 1 ? "; the rows before it are whole\n" : "\n");
}

/* What heads said and the log says no more. */
static void tell_heads(const struct audit_verdict *verdict)
{
    if (verdict->remade)
        printf("row %lld is not what a head says of it: the log was written anew, up to there\n",
               (long long)verdict->remade);
    if (verdict->cut)
        printf("the end was cut off: a head says there were %lld rows, and there are %lld\n",
               (long long)verdict->cut, (long long)verdict->head.sequence);
}

static bool tell(const struct work *work, const struct audit_verdict *verdict)
{
    tell_harm(verdict);
    tell_heads(verdict);
    if (verdict->harm || verdict->remade || verdict->cut)
        return false;
    const struct audit_head *head = &verdict->head;
    printf("whole: %lld rows", (long long)head->sequence);
    if (work->heads_file)
        printf(", and as %zu heads say", work->head_count);
    printf("\n%lld %s\n", (long long)head->sequence,
           codec_hex(work->arena, (struct bytes){head->digest.bytes, sizeof head->digest.bytes}));
    return true;
}

int cmd_audit(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    const struct words_option options[] = {
        {"heads", "FILE", "what the site sent of the log's head", &work.heads_file, NULL}};
    const struct words_command command = {"audit", "verify [--heads FILE] [--data DIR]", about,
                                          options, COUNT(options)};
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
    if (verify(&work, &verdict, &err))
        return tell(&work, &verdict) ? 0 : 1;
    fprintf(stderr, "skjema audit: %s", err.file);
    if (err.line)
        fprintf(stderr, ":%d", err.line);
    fprintf(stderr, "%s%s\n", *err.file ? ": " : "", err.text);
    return 1;
}
