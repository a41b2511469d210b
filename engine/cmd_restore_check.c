/* cmd_restore_check.c - can a backup be put back: do the keys open it, is everything in it as it
 * was kept, and what will happen at the start. */
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/master_keys.h"
#include "engine/witness.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/backup.h"
#include "storage/deletions.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/rotation.h"

#include <stdio.h>

enum { HEADS_MAX_BYTES = 64 * 1024 * 1024 };

static const char about[] =
    "Goes through a backup that `skjema backup` made, before it is put back: the database's own\n"
    "structures; whether the master keys open every key in it; everything that was sent, its\n"
    "receipts, documents and letters against their digests; the log of who did what (--heads: "
    "also\n"
    "against what was sent out of the machine). Then what happens at the start: what was deleted\n"
    "since the backup is deleted again, as the ledger says (file deletions of --data, or\n"
    "--ledger), and letters that waited are asked about before anything is sent. The backup is "
    "not\n"
    "changed. The master keys are those of the settings: --keys, else keys in --data.\n"
    "\n"
    "Example: skjema restore-check /backup/today --data /var/lib/skjema\n"
    "\n"
    "Ends with 0 when it can be put back, 1 when not, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    const char *folder, *ledger, *heads;
    struct keyring *keys;
    struct site_database database;
    bool is_bad;
};

static bool open_work(struct work *work, struct error *err)
{
    if (!master_keys_open(work->config, &work->keys, err))
        return false;
    return site_database_open(work->arena, work->folder, work->keys, &work->database, err) &&
           db_is_sound(work->database.db, err) && migrate_check(work->database.db, err) &&
           keys_prepare(work->database.db, err);
}

static void close_work(struct work *work)
{
    site_database_close(&work->database);
    keyring_close(&work->keys);
}

/* ---- what is in it ---- */

static void tell(struct work *work, bool good, const char *what, const char *text)
{
    printf("%-5s %-12s %s\n", good ? "good" : "BAD", what, text);
    work->is_bad |= !good;
}

static bool check_keys(struct work *work, struct error *err)
{
    int64_t opened, failed;
    struct error first = {0};
    if (!rotation_check(work->database.db, &opened, &failed, &first, err))
        return false;
    tell(work, !failed, "keys",
         failed ? arena_printf(work->arena, "%lld of %lld do not open; the first: %s",
                               (long long)failed, (long long)(opened + failed), first.text)
                : arena_printf(work->arena, "all %lld open", (long long)opened));
    return true;
}

static bool check_content(struct work *work, struct error *err)
{
    struct backup_findings found;
    if (!backup_look_through(work->database.db, &found, err))
        return false;
    const char *counts =
        arena_printf(work->arena, "%lld sent, %lld sent afterwards, %lld documents, %lld letters",
                     (long long)found.submissions, (long long)found.supplements,
                     (long long)found.attachments, (long long)found.letters);
    tell(work, !found.failed, "content",
         found.failed
             ? arena_printf(work->arena, "%lld are not as they were kept; the first: %s (%s agree)",
                            (long long)found.failed, found.first.text, counts)
             : arena_printf(work->arena, "%s agree with their digests", counts));
    if (found.under_way)
        printf("note  letters      %lld were under way: each is asked about before it is sent\n",
               (long long)found.under_way);
    return true;
}

static bool check_log(struct work *work, struct error *err)
{
    struct audit_head *heads = NULL;
    size_t count = 0;
    struct bytes file;
    struct audit_verdict verdict;
    if (work->heads &&
        (!files_read(work->arena, work->heads, HEADS_MAX_BYTES, &file, err) ||
         !witness_read(work->arena, work->database.db, file, work->heads, &heads, &count, err)))
        return false;
    if (!audit_verify(work->database.db, heads, count, &verdict, err))
        return false;
    bool whole = verdict.harm == AUDIT_WHOLE && !verdict.remade;
    tell(work, whole, "log",
         whole ? arena_printf(work->arena, "who did what: %lld rows, whole",
                              (long long)verdict.head.sequence)
               : arena_printf(work->arena, "row %lld is not as it was written: skjema audit verify",
                              (long long)(verdict.wrong ? verdict.wrong : verdict.remade)));
    if (verdict.cut) /* the site went on after the backup was made */
        printf("note  log          %lld rows were written after it, which it does not have\n",
               (long long)(verdict.cut - verdict.head.sequence));
    return true;
}

static bool check_ledger(struct work *work, struct error *err)
{
    const char *const *owners;
    size_t count;
    int64_t end;
    struct error why = {0};
    if (!deletions_read(work->arena, work->database.db, work->ledger, &owners, &count, &end,
                        &why)) {
        if (why.code != ERROR_BROKEN) {
            *err = why;
            return false;
        }
        tell(work, false, "deletions", why.text);
        return true;
    }
    tell(work, true, "deletions",
         arena_printf(work->arena, "%zu were made since, and are made again at the start", count));
    return true;
}

static bool check(struct work *work, struct error *err)
{
    return open_work(work, err) && check_keys(work, err) && check_content(work, err) &&
           check_log(work, err) && check_ledger(work, err);
}

int cmd_restore_check(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    const struct words_option options[] = {
        {"ledger", "FILE", "the ledger of deletions", &work.ledger, NULL},
        {"heads", "FILE", "what the site sent of the log's head", &work.heads, NULL}};
    const struct words_command command = {
        "restore-check", "FOLDER [--ledger FILE] [--heads FILE] [--keys FOLDER] [--data DIR]",
        about, options, COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (rest_count != 1) {
        fprintf(stderr, "skjema restore-check: say the backup's folder. "
                        "See: skjema restore-check --help\n");
        return 2;
    }
    work.folder = rest[0];
    if (!work.ledger)
        work.ledger = arena_printf(arena, "%s/deletions", config.data);
    struct error err = {0};
    if (!check(&work, &err)) {
        fprintf(stderr, "skjema restore-check: %s%s%s\n", err.file, *err.file ? ": " : "",
                err.text);
        return 1;
    }
    printf(work.is_bad ? "it cannot be put back as it is\n" : "it can be put back\n");
    return work.is_bad ? 1 : 0;
}
