/* Submissions that are on disk when submit() returns, on a new SQLite database with the real form,
 * against bare commits of as many bytes with the same settings. In turn, so that both meet the same
 * disk. */
#include "engine/base/clock.h"
#include "engine/submit.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/submissions.h"
#include "tests/application.h"
#include "tests/bench/bench.h"
#include "tests/flow/server.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, MOST_THREADS = 8, SENT_A_ROUND = 160 };
#define BARE_S 1.0

/* One person per thread, so that nobody is served by another's row. */
struct sender {
    struct app *app;
    struct visitor visitor;
    struct arena *arena;
    const char **draft_ids;
    size_t draft_count;
    int64_t bytes; /* of answers and receipts sent */
    struct error err;
    bool good;
};

static bool attach(struct arena *arena, struct db *db, struct open_draft *draft, const char *path,
                   struct error *err)
{
    static const unsigned char content[20000] = "%PDF-1.7 ";
    struct attachment added;
    struct attachment wish = {
        .requirement = place_id(arena, application_at(draft->answers, path)),
        .source = ATTACHMENT_DISK,
        .name = "skattemelding.pdf",
        .media_type = "application/pdf",
    };
    struct content bytes = content_of((struct bytes){content, sizeof content});
    return attachments_add(arena, db, draft->row.citizen_id, draft->row.id, &wish, &bytes, &added,
                           err);
}

static bool prepare_draft(struct sender *sender, struct db *db, const char **id, struct error *err)
{
    struct arena *arena = sender->arena;
    const struct package *package = catalogue_find(sender->app->forms, APPLICATION_FORM);
    CLEANUP(open_draft_close) struct open_draft draft = {.package = package};
    draft.answers = answers_open(package->form, clock_now());
    application_fill(draft.answers);
    struct draft_start start = {.form_id = package->id,
                                .form_version = package->digest,
                                .language = "nb",
                                .answers = answers_write(draft.answers, arena, ANSWERS_DRAFT),
                                .page = "oppsummering"};
    if (!drafts_create(arena, db, sender->visitor.session.citizen.id, &start, &draft.row, err))
        return false;
    *id = draft.row.id;
    return attach(arena, db, &draft, "/data/dokumentasjon/skattemelding", err) &&
           attach(arena, db, &draft, "/data/dokumentasjon/skattemelding2", err);
}

static bool prepare(struct sender *sender, size_t number, struct error *err)
{
    static const char *const pids[MOST_THREADS] = {"02878520281", "14838812180", "21887233060",
                                                   "09879011261", "12895130085", "14859730192",
                                                   "17847330260", "26826130171"};
    CLEANUP(db_return) struct db *db = NULL;
    sender->visitor = (struct visitor){.app = sender->app, .is_known = true, .language = "nb"};
    sender->draft_ids = ARENA_ARRAY(sender->arena, sender->draft_count, const char *);
    if (!db_borrow(sender->app->db, &db, err) ||
        !citizens_know(sender->arena, db, pids[number], "Test Person",
                       &sender->visitor.session.citizen, err))
        return false;
    for (size_t i = 0; i < sender->draft_count; i++)
        if (!prepare_draft(sender, db, &sender->draft_ids[i], err))
            return false;
    return true;
}

/* As the page does it: take up the draft, send it. */
static bool send_one(struct sender *sender, struct db *db, const char *draft_id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    const char *citizen_id = sender->visitor.session.citizen.id, *id;
    struct finding_list findings;
    struct submission submission;
    bool is_new;
    finding_list_init(&findings, arena);
    if (!open_draft_read(arena, db, sender->app->versions, citizen_id, draft_id, &draft, err))
        return false;
    if (!submit(&sender->visitor, arena, db, &draft, "bench", &id, &is_new, &findings, err) ||
        !submissions_read(arena, db, citizen_id, id, &submission, err))
        return false;
    sender->bytes += submission.receipt_size_bytes + (int64_t)submission.answers.size;
    return true;
}

static void *send_all(void *context)
{
    struct sender *sender = context;
    CLEANUP(db_return) struct db *db = NULL;
    sender->good = db_borrow(sender->app->db, &db, &sender->err);
    for (size_t i = 0; i < sender->draft_count && sender->good; i++)
        sender->good = send_one(sender, db, sender->draft_ids[i], &sender->err);
    return NULL;
}

struct speed {
    double per_s, cpu_ms;
    size_t bytes; /* of one */
};

static bool measure_submit(struct app *app, size_t threads, struct speed *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct sender senders[MOST_THREADS] = {0};
    pthread_t ids[MOST_THREADS];
    for (size_t i = 0; i < threads; i++) {
        senders[i] =
            (struct sender){.app = app, .arena = arena, .draft_count = SENT_A_ROUND / threads};
        if (!prepare(&senders[i], i, err))
            return false;
    }
    double start = bench_wall_s(), cpu = bench_process_s();
    for (size_t i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, send_all, &senders[i]);
    bool good = true;
    int64_t bytes = 0;
    for (size_t i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        bytes += senders[i].bytes;
        if (!senders[i].good)
            *err = senders[i].err;
        good = good && senders[i].good;
    }
    *out = (struct speed){.per_s = SENT_A_ROUND / (bench_wall_s() - start),
                          .cpu_ms = (bench_process_s() - cpu) * 1e3 / SENT_A_ROUND,
                          .bytes = (size_t)bytes / SENT_A_ROUND};
    return good;
}

/* ---- bare commits ---- */

struct committer {
    const char *path;
    struct bytes content;
    double until;
    int64_t commits;
    bool good;
};

static sqlite3 *open_bare(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        return db;
    sqlite3_busy_timeout(db, 5000);
    sqlite3_exec(db,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                 "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, content BLOB)",
                 NULL, NULL, NULL);
    return db;
}

static void *commit_all(void *context)
{
    struct committer *committer = context;
    sqlite3 *db = open_bare(committer->path);
    sqlite3_stmt *insert = NULL;
    sqlite3_prepare_v2(db, "INSERT INTO bare (content) VALUES (?)", -1, &insert, NULL);
    committer->good = insert != NULL;
    while (committer->good && bench_wall_s() < committer->until) {
        sqlite3_bind_blob(insert, 1, committer->content.data, (int)committer->content.size,
                          SQLITE_STATIC);
        committer->good = sqlite3_step(insert) == SQLITE_DONE;
        sqlite3_reset(insert);
        committer->commits++;
    }
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return NULL;
}

static bool measure_bare(const char *path, size_t threads, size_t bytes, struct speed *out,
                         struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *content = arena_alloc(arena, bytes);
    crypto_random(content, bytes);
    sqlite3_close(open_bare(path));
    struct committer committers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    double start = bench_wall_s(), cpu = bench_process_s();
    for (size_t i = 0; i < threads; i++) {
        committers[i] =
            (struct committer){.path = path, .content = {content, bytes}, .until = start + BARE_S};
        pthread_create(&ids[i], NULL, commit_all, &committers[i]);
    }
    int64_t commits = 0;
    bool good = true;
    for (size_t i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        commits += committers[i].commits;
        good = good && committers[i].good;
    }
    if (!good || !commits)
        return error_set(err, ERROR_BROKEN, "a bare commit failed in %s", path);
    *out = (struct speed){.per_s = (double)commits / (bench_wall_s() - start),
                          .cpu_ms = (bench_process_s() - cpu) * 1e3 / (double)commits,
                          .bytes = bytes};
    return true;
}

static double median_of(const struct speed *speeds, bool cpu)
{
    double values[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        values[i] = cpu ? speeds[i].cpu_ms : speeds[i].per_s;
    return bench_median(values, ROUNDS);
}

static bool measure(struct app *app, const char *bare_path, size_t threads, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct speed sent[ROUNDS], bare[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        if (!measure_submit(app, threads, &sent[i], err) ||
            !measure_bare(bare_path, threads, sent[i].bytes, &bare[i], err))
            return false;
    double per_s = median_of(sent, false), bare_per_s = median_of(bare, false);
    double cpu_ms = median_of(sent, true), bare_cpu_ms = median_of(bare, true);
    bench_row(arena_printf(arena, "submit, durable, %zu kB, %zu thread%s", sent[0].bytes / 1000,
                           threads, threads > 1 ? "s" : ""),
              arena_printf(arena, "%.0f submissions/s", per_s),
              arena_printf(arena, "%.0f commits/s", bare_per_s),
              arena_printf(arena, "%.3f", per_s / bare_per_s));
    bench_row("  processor time for one", arena_printf(arena, "%.2f ms CPU", cpu_ms),
              arena_printf(arena, "%.2f ms CPU", bare_cpu_ms),
              arena_printf(arena, "%.1f", cpu_ms / bare_cpu_ms));
    return true;
}

static void close_app(struct app *app)
{
    if (app->db)
        db_pool_close(&app->db);
    keyring_close(&app->keys);
    versions_close(&app->versions);
    catalogue_close(&app->forms);
}

static bool open_keys(struct app *app, const char *folder, struct error *err)
{
    char id[KEYRING_ID_MAX];
    const struct keyring_options options = {.folder = arena_printf(app->arena, "%s/keys", folder)};
    return keyring_make(options.folder, false, id, err) && keyring_open(&options, &app->keys, err);
}

static bool open_database(struct app *app, const char *folder, struct error *err)
{
    if (!open_keys(app, folder, err))
        return false;
    struct db_options options = {.url = arena_printf(app->arena, "sqlite:%s/skjema.db", folder),
                                 .connections = MOST_THREADS,
                                 .wait_ms = 5000,
                                 .keys = app->keys};
    if (!db_pool_open(&options, &app->db, err))
        return false;
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(app->db, &db, err) && migrate_run(db, err) && keys_prepare(db, err);
}

static bool run(struct arena *arena, const char *folder, struct error *err)
{
    CLEANUP(close_app)
    struct app app = {
        .arena = arena,
        .agency = {.name = "Fjordvik kommune",
                   .number = "310245682",
                   .address = "Rådhusgata 1, 9999 Fjordvik",
                   .phone = "00 00 00 00",
                   .email = "post@fjordvik.example"},
    };
    const char *bare_path = arena_printf(arena, "%s/bare.db", folder);
    if (!catalogue_open("examples", FORM_AGENCY_UNSAID, NULL, NULL, &app.forms, err))
        return false;
    versions_open(app.forms, &app.versions);
    return open_database(&app, folder, err) && measure(&app, bare_path, 1, err) &&
           measure(&app, bare_path, MOST_THREADS, err);
}

bool bench_submit(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *folder = arena_printf(arena, "%s/submit-XXXXXX", bench->folder);
    struct error err = {0};
    if (!mkdtemp(folder))
        return bench_fail("submit",
                          &(struct error){.text = "a folder for the database cannot be made"});
    bool good = run(arena, folder, &err);
    server_remove_folder(folder);
    return good || bench_fail("submit", &err);
}
