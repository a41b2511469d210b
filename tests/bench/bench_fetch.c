/* A document from elsewhere: fetched into a spool, looked at, and kept, as deliver_share.c does it;
 * in a process of its own, so that its memory is that of fetching and nothing else. */
#include "engine/base/clock.h"
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/http/server.h"
#include "engine/intake.h"
#include "storage/attachments.h"
#include "storage/drafts.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/sessions.h"
#include "tests/bench/bytes.h"
#include "tests/flow/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_BYTES = 200000000, TIMEOUT_MS = 60000 };

/* What the fetching process tells the one that measures. */
struct told {
    bool good;
    struct error why;
    struct bytes_cost costs[BYTES_SIZES][BYTES_ROUNDS];
    double resident_mb[BYTES_SIZES];
};

/* ---- the process that fetches ---- */

struct fetching {
    struct arena *arena;
    const char *folder, *url;
    struct keyring *keys;
    struct db_pool *pool;
    struct db *db;
    struct spools *spools;
    struct citizen citizen;
    struct draft draft;
};

static bool open_keys(struct fetching *fetching, struct error *err)
{
    char id[KEYRING_ID_MAX];
    const struct keyring_options options = {
        .folder = arena_printf(fetching->arena, "%s/keys", fetching->folder)};
    return keyring_make(options.folder, false, id, err) &&
           keyring_open(&options, &fetching->keys, err);
}

static bool open_all(struct fetching *fetching, struct error *err)
{
    struct arena *arena = fetching->arena;
    if (!open_keys(fetching, err))
        return false;
    const struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s/skjema.db", fetching->folder),
        .connections = 1,
        .wait_ms = 5000,
        .keys = fetching->keys,
    };
    const struct draft_start start = {.form_id = "f",
                                      .form_version = "v",
                                      .language = "nb",
                                      .answers = BYTES_OF("<a/>"),
                                      .page = ""};
    spools_open(fetching->folder, MOST_BYTES, &fetching->spools);
    return db_pool_open(&options, &fetching->pool, err) &&
           db_borrow(fetching->pool, &fetching->db, err) && migrate_run(fetching->db, err) &&
           keys_prepare(fetching->db, err) &&
           citizens_know(arena, fetching->db, "02878520281", "Ingrid Fjeld", &fetching->citizen,
                         err) &&
           drafts_create(arena, fetching->db, fetching->citizen.id, &start, &fetching->draft, err);
}

static void close_all(struct fetching *fetching)
{
    db_return(&fetching->db);
    if (fetching->pool)
        db_pool_close(&fetching->pool);
    keyring_close(&fetching->keys);
    spools_close(&fetching->spools);
}

static bool keep(struct fetching *fetching, struct arena *arena, const struct spool *spool,
                 const struct content *content, struct attachment *out, struct error *err)
{
    const struct intake_rules rules = {.max_bytes = MOST_BYTES};
    struct intake intake;
    if (!intake_check("maaling.pdf", "", content, &rules, &intake, err))
        return false;
    if (intake.verdict != INTAKE_GOOD)
        return error_set(err, ERROR_INVALID, "%s", intake_message(intake.verdict));
    const struct attachment row = {.id = crypto_random_id(arena, 128),
                                   .sha256 = spool_sha256(spool),
                                   .added_at = clock_now(),
                                   .requirement = "/data/dok",
                                   .source = ATTACHMENT_DISK,
                                   .name = "maaling.pdf",
                                   .media_type = intake.media_type};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(fetching->db, &transaction, err) &&
           attachments_add(arena, fetching->db, fetching->citizen.id, fetching->draft.id, &row,
                           content, out, err) &&
           db_commit(&transaction, err);
}

/* One document, from the first byte asked for until it is safe; then it goes again. */
static bool fetch_one(struct fetching *fetching, size_t size, struct bytes_cost *out,
                      struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(fetching->spools, MOST_BYTES, &spool);
    const struct fetch_destination destination = {.base_url = fetching->url, .allow_private = true};
    const struct fetch_stream stream = {.spool = spool};
    const struct fetch_request request = {
        .method = "GET",
        .url = arena_printf(arena, "%s/%zu", fetching->url, size),
        .max_bytes = MOST_BYTES,
        .timeout_ms = TIMEOUT_MS,
        .stream = &stream,
    };
    struct fetch_answer answer;
    struct attachment kept;
    double began = bench_wall_s(), cpu = bench_process_s();
    if (!fetch_send(arena, &destination, &request, &answer, err) || !spool_finish(spool, err))
        return false;
    const struct content content = spool_content(spool);
    if (content.size_bytes != (int64_t)size)
        return error_set(err, ERROR_BROKEN, "the document came as another");
    if (!keep(fetching, arena, spool, &content, &kept, err))
        return false;
    *out = (struct bytes_cost){bench_wall_s() - began, bench_process_s() - cpu};
    return attachments_remove(fetching->db, fetching->citizen.id, kept.id, err);
}

static bool fetch_all(struct fetching *fetching, struct told *told, struct error *err)
{
    if (!open_all(fetching, err))
        return false;
    for (int i = 0; i < BYTES_SIZES; i++) {
        for (int round = 0; round < BYTES_ROUNDS; round++)
            if (!fetch_one(fetching, bytes_sizes[i], &told->costs[i][round], err))
                return false;
        told->resident_mb[i] = bytes_most_resident_mb(getpid());
    }
    return true;
}

/* Waits for the address, tells what it took. */
static _Noreturn void be_the_fetcher(const char *folder, int in, int out)
{
    struct told told = {0};
    int port;
    if (read(in, &port, sizeof port) == (ssize_t)sizeof port) {
        struct fetching fetching = {.arena = arena_open(), .folder = folder};
        fetching.url = arena_printf(fetching.arena, "http://127.0.0.1:%d/dokument", port);
        fetch_start();
        told.good = fetch_all(&fetching, &told, &told.why);
        close_all(&fetching);
    }
    ssize_t written = write(out, &told, sizeof told);
    _exit(written == (ssize_t)sizeof told ? 0 : 1);
}

/* ---- the process that gives, and measures what the machine does itself ---- */

static void give(void *context, struct request *request, struct response *response)
{
    const struct bytes *largest = context;
    size_t size = strtoul(strrchr(request->path, '/') + 1, NULL, 10);
    response_bytes(response, 200, "application/pdf", (struct bytes){largest->data, size});
}

static bool print(const struct bench *bench, const struct told *told, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (int i = 0; i < BYTES_SIZES; i++) {
        struct bytes_floor floor;
        if (!bytes_measure_floor(bench, bytes_sizes[i], &floor, err))
            return false;
        bytes_rows(
            arena_printf(arena, "fetch and keep a document of %zu MB", bytes_sizes[i] / 1000000),
            bytes_sizes[i], told->costs[i], &floor);
        bench_row("  most memory of that process so far",
                  arena_printf(arena, "%.0f MB resident", told->resident_mb[i]), "", "");
    }
    return true;
}

static bool serve(const struct bench *bench, struct bytes *largest, int to, int from,
                  struct error *err)
{
    const struct server_settings settings = {.handle = give, .context = largest};
    struct server *server;
    if (!server_open(&settings, &server, err))
        return false;
    int port = server_port(server);
    struct told told = {0};
    bool said = write(to, &port, sizeof port) == (ssize_t)sizeof port &&
                read(from, &told, sizeof told) == (ssize_t)sizeof told;
    server_close(&server);
    if (!said)
        return error_set(err, ERROR_UNAVAILABLE, "the fetching process ended");
    if (!told.good)
        *err = told.why;
    return told.good && print(bench, &told, err);
}

static bool run(const struct bench *bench, const char *folder, struct error *err)
{
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "there are no pipes");
    pid_t fetcher = fork(); /* before there is anything large, and before any thread */
    if (fetcher == 0)
        be_the_fetcher(folder, to[0], from[1]);
    close(from[1]);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes largest = bytes_document(arena, bytes_sizes[BYTES_SIZES - 1]);
    bool good = serve(bench, &largest, to[1], from[0], err);
    close(to[0]);
    close(to[1]);
    close(from[0]);
    waitpid(fetcher, NULL, 0);
    return good;
}

bool bench_fetch(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *folder = arena_printf(arena, "%s/fetch-XXXXXX", bench->folder);
    struct error err = {0};
    if (!mkdtemp(folder))
        return bench_fail("fetch", &(struct error){.text = "a folder cannot be made"});
    bool good = run(bench, folder, &err);
    server_remove_folder(folder);
    return good || bench_fail("fetch", &err);
}
