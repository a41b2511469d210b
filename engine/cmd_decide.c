/* cmd_decide.c - sends the agency's decision on something that was sent in: for who decides a case
 * at a terminal, or from a program of theirs. The site may be running; it sends the letter. And
 * tells which applications were taken back. */
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/commands.h"
#include "engine/files.h"
#include "engine/master_keys.h"
#include "engine/reuse/decide.h"
#include "engine/site_database.h"
#include "engine/words.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/withdrawals.h"

#include <stdio.h>
#include <string.h>

static const char about[] =
    "Sends a decision on what was sent in with that REFERENCE: as a letter to the citizen's "
    "postbox\n"
    "that leads back to Min side, and there, with how to appeal. The citizen sees it as news.\n"
    "\n"
    "The file is a PDF and stays byte for byte as it is. Say --appeal-until only when the last "
    "day\n"
    "to appeal is certain; without --appeal the site tells how to appeal in general words. An\n"
    "application that has been decided on cannot be withdrawn, and one that was withdrawn cannot "
    "be\n"
    "decided on: skjema decide --withdrawn lists those, a line each: when, reference, form.\n"
    "The file is looked through for viruses first when the setting clamd_policy says so. The site "
    "may be\n"
    "running, and sends the letter; it must have been started once.\n"
    "\n"
    "Example: skjema decide SV-2026-10001 --file vedtak.pdf --outcome granted --title Vedtak\n"
    "\n"
    "Writes the decision's id and SHA-256. Said twice it is sent once. Ends with 0 when it is "
    "sent,\n"
    "1 when not, 2 when these words are wrong.\n";

struct work {
    struct arena *arena;
    const struct config *config;
    const char *file, *outcome, *title, *appeal, *until, *key;
    bool withdrawn;
    struct screening screening;
    struct keyring *keys;
    struct catalogue *forms;
    struct site_database database;
};

static void close_work(struct work *work)
{
    site_database_close(&work->database);
    catalogue_close(&work->forms);
    keyring_close(&work->keys);
}

static bool open_work(struct work *work, struct error *err)
{
    return screening_read(work->config, &work->screening, err) &&
           master_keys_open(work->config, &work->keys, err) &&
           site_database_open(work->arena, work->config->data, work->keys, &work->database, err) &&
           migrate_run(work->database.db, err) && keys_prepare(work->database.db, err) &&
           catalogue_open(work->config->forms, FORM_AGENCY_UNSAID, NULL, NULL, &work->forms, err);
}

static bool read_decision(const struct work *work, const char *reference,
                          struct api_body_decision *out, struct error *err)
{
    struct api_body_decision decision = {.submission = reference, .title = work->title};
    if (!decisions_find_outcome(work->outcome, &decision.outcome))
        return error_set(err, ERROR_INVALID,
                         "--outcome must be granted, partly, refused or dismissed");
    if (!api_body_is_line(work->title, DECISIONS_MAX_TITLE))
        return error_set(err, ERROR_INVALID, "--title must be 1 to %d characters",
                         DECISIONS_MAX_TITLE);
    if (work->appeal && !api_body_is_line(work->appeal, DECISIONS_MAX_APPEAL))
        return error_set(err, ERROR_INVALID, "--appeal must be 1 to %d characters",
                         DECISIONS_MAX_APPEAL);
    if (work->key && !api_body_is_key(work->key))
        return error_set(err, ERROR_INVALID, "--key must be 1 to %d visible ASCII characters",
                         API_BODY_MAX_KEY);
    if ((work->until && !api_body_read_day(work->until, &decision.appeal_until, err)) ||
        !files_read(work->arena, work->file, API_BODY_MAX_PDF_BYTES, &decision.pdf, err))
        return false;
    if (decision.pdf.size < 8 || memcmp(decision.pdf.data, "%PDF-", 5) != 0)
        return error_at(err, ERROR_INVALID, work->file, 0, "not a PDF");
    decision.appeal = work->appeal;
    *out = decision;
    return true;
}

/* Said twice it is the same, though nobody gave it a key. */
static const char *key_of(const struct work *work, const struct api_body_decision *decision)
{
    struct arena *arena = work->arena;
    return work->key ? arena_printf(arena, "command %s", work->key)
                     : arena_printf(arena, "command same %s %s %s", decision->submission,
                                    work->outcome, crypto_sha256_hex(arena, decision->pdf));
}

static bool run(struct work *work, const char *reference, struct decision *out, struct error *err)
{
    const struct config *config = work->config;
    struct decide decide = {
        .origin = *config->public_url
                      ? config->public_url
                      : arena_printf(work->arena, "http://%s:%d", config->listen_address,
                                     (int)config->listen_port),
        .actor = AUDIT_STAFF,
        .actor_id = "skjema decide",
        .request_id = "",
    };
    if (!read_decision(work, reference, &decide.decision, err) || !open_work(work, err))
        return false;
    decide.forms = work->forms;
    decide.screening = &work->screening;
    decide.key = key_of(work, &decide.decision);
    return decide_send(work->arena, work->database.db, &decide, out, err);
}

static bool list(struct work *work, struct error *err)
{
    struct withdrawal_told *told;
    size_t count = 0;
    int64_t after = 0;
    if (!open_work(work, err))
        return false;
    do {
        if (!withdrawals_after(work->arena, work->database.db, after, &told, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            printf("%s %s %s\n", clock_iso_utc(work->arena, told[i].withdrawn_at),
                   told[i].reference, told[i].form_id);
        after = count ? told[count - 1].number : after;
    } while (count == WITHDRAWALS_LIST_MAX);
    return true;
}

static int tell_failure(const struct error *err)
{
    fprintf(stderr, "skjema decide: %s%s%s\n", err->file, *err->file ? ": " : "", err->text);
    return 1;
}

int cmd_decide(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    CLEANUP(close_work) struct work work = {.arena = arena, .config = &config};
    const struct words_option options[] = {
        {"file", "FILE", "the decision, a PDF", &work.file, NULL},
        {"outcome", "WORD", "granted, partly, refused or dismissed", &work.outcome, NULL},
        {"title", "TEXT", "what it is called on Min side", &work.title, NULL},
        {"appeal", "TEXT", "how to appeal, in the agency's words", &work.appeal, NULL},
        {"appeal-until", "DAY", "the last day to appeal, as 2031-11-23", &work.until, NULL},
        {"key", "WORD", "sent once for each, however often it is said", &work.key, NULL},
        {"withdrawn", NULL, "lists what was withdrawn instead", NULL, &work.withdrawn},
    };
    const struct words_command command = {
        "decide", "REFERENCE --file FILE --outcome WORD --title TEXT [settings]", about, options,
        COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    struct decision decision;
    struct error err = {0};
    if (!words_take(arena, count, words, &command, &config, rest, &rest_count))
        return 2;
    if (work.withdrawn)
        return list(&work, &err) ? 0 : tell_failure(&err);
    if (rest_count != 1 || !work.file || !work.outcome || !work.title) {
        fprintf(stderr, "skjema decide: say REFERENCE, --file, --outcome and --title. See: "
                        "skjema decide --help\n");
        return 2;
    }
    if (!run(&work, rest[0], &decision, &err))
        return tell_failure(&err);
    struct bytes digest = {decision.sha256.bytes, sizeof decision.sha256.bytes};
    printf("%s %s\n", decision.id, codec_hex(arena, digest));
    return 0;
}
