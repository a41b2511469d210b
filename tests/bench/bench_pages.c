/* A step of the form over HTTP, by somebody who is logged in, against a program that only answers
 * with the same number of bytes. The two are asked in turn, so that a busy machine is busy for
 * both. */
#include "engine/base/clock.h"
#include "forms/package.h"
#include "storage/drafts.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/migrate.h"
#include "storage/sessions.h"
#include "tests/application.h"
#include "tests/bench/bytes.h"
#include "tests/bench/load.h"
#include "tests/flow/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* 31: libmicrohttpd's loops have been seen to stall at powers of two. */
enum { CONNECTIONS = 31, ROUNDS = 5 };
#define ROUND_S 1.5
#define WARM_S 0.5
#define PAGE "husholdning"

struct side {
    int port;
    pid_t process;
    const char *request;
    double per_s[ROUNDS], cpu_us[ROUNDS];
    struct load_result last;
};

static bool ask(struct side *side, double seconds, struct error *err)
{
    struct load load = {.port = side->port,
                        .request = side->request,
                        .connections = CONNECTIONS,
                        .seconds = seconds};
    return load_run(&load, &side->last, err);
}

static bool measure(struct side *side, size_t round, struct error *err)
{
    double before = bytes_cpu_s(side->process);
    if (!ask(side, ROUND_S, err))
        return false;
    double responses = (double)side->last.responses;
    side->per_s[round] = responses / side->last.seconds;
    side->cpu_us[round] = (bytes_cpu_s(side->process) - before) * 1e6 / responses;
    return true;
}

/* Somebody logged in, with an application filled in, as rows beside the running program. */
static bool prepare(struct arena *arena, const char *data, const char **cookie,
                    const char **draft_id, struct error *err)
{
    CLEANUP(package_close) struct package *package = NULL;
    CLEANUP(answers_close) struct answers *answers = NULL;
    struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s/skjema.db", data), .connections = 1, .wait_ms = 5000};
    const struct keyring_options masters = {.folder = arena_printf(arena, "%s/keys", data),
                                            .sandbox = true};
    CLEANUP(keyring_close) struct keyring *keys = NULL;
    struct db_pool *pool;
    if (!package_open(APPLICATION_FOLDER, &package, err) || !keyring_open(&masters, &keys, err))
        return false;
    options.keys = keys;
    if (!db_pool_open(&options, &pool, err))
        return false;
    answers = answers_open(package->form, clock_now());
    application_fill(answers);
    struct draft_start start = {.form_id = package->id,
                                .form_version = package->digest,
                                .language = "nb",
                                .answers = answers_write(answers, arena, ANSWERS_DRAFT),
                                .page = "oppsummering"};
    const struct session_login login = {
        .acr = "sandbox", .issuer = "", .sid = "", .id_token = ""};
    struct db *db = NULL;
    struct citizen citizen;
    struct draft draft;
    bool good = db_borrow(pool, &db, err) && keys_prepare(db, err) &&
                citizens_know(arena, db, "02878520281", "Ingrid Fjeld", &citizen, err) &&
                sessions_start(arena, db, citizen.id, &login, cookie, err) &&
                drafts_create(arena, db, citizen.id, &start, &draft, err);
    if (good)
        *draft_id = draft.id;
    db_return(&db);
    db_pool_close(&pool);
    return good;
}

/* The log goes where the data is, as it would on a server. */
static bool start_program(const struct bench *bench, struct server_under_test *server)
{
    char log[600];
    snprintf(log, sizeof log, "%s/log", server->data);
    int file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), before = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
    bool started = server_start(server, bench->program, "examples", NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    close(file);
    return started;
}

static bool start_floor(const struct bench *bench, struct side *floor)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    floor->process = fork();
    if (floor->process == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(bench->floor, bench->floor, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    char text[16] = "";
    ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    floor->port = (int)strtol(text, NULL, 10);
    return size > 0 && floor->port > 0;
}

static void stop_floor(struct side *floor)
{
    if (floor->process > 0) {
        kill(floor->process, SIGKILL);
        waitpid(floor->process, NULL, 0);
    }
}

static const char *request_of(struct arena *arena, int port, const char *path, const char *cookie)
{
    return arena_printf(arena,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/html\r\n"
                        "Cookie: __Host-sid=%s\r\n\r\n",
                        path, port, cookie);
}

/* Asks once for the page's bytes to find how long the floor's own head is, then for the rest. */
static bool fit_floor(struct arena *arena, struct side *floor, size_t bytes, const char *cookie,
                      struct error *err)
{
    for (size_t body = bytes, turn = 0; turn < 2; turn++) {
        floor->request = request_of(arena, floor->port, arena_printf(arena, "/%zu", body), cookie);
        if (!ask(floor, WARM_S, err))
            return false;
        body = bytes - floor->last.head_bytes;
    }
    return true;
}

static void print(struct arena *arena, struct side *site, struct side *floor)
{
    double site_s = bench_median(site->per_s, ROUNDS), floor_s = bench_median(floor->per_s, ROUNDS);
    double site_us = bench_median(site->cpu_us, ROUNDS),
           floor_us = bench_median(floor->cpu_us, ROUNDS);
    bench_row(arena_printf(arena, "GET a step, %zu kB, %d connections",
                           (site->last.head_bytes + site->last.body_bytes) / 1000, CONNECTIONS),
              arena_printf(arena, "%.0f pages/s", site_s),
              arena_printf(arena, "%.0f answers/s", floor_s),
              arena_printf(arena, "%.3f", site_s / floor_s));
    bench_row("  the server's processor time for one", arena_printf(arena, "%.0f us CPU", site_us),
              arena_printf(arena, "%.1f us CPU", floor_us),
              arena_printf(arena, "%.1f", site_us / floor_us));
}

static bool run(const struct bench *bench, struct arena *arena, struct server_under_test *server,
                struct side *floor, struct error *err)
{
    if (!start_program(bench, server) || !start_floor(bench, floor))
        return error_set(err, ERROR_UNAVAILABLE, "a server did not start");
    const char *cookie, *draft_id;
    if (!prepare(arena, server->data, &cookie, &draft_id, err))
        return false;
    struct side site = {.process = server->process};
    site.port = (int)strtol(strrchr(server->site, ':') + 1, NULL, 10);
    site.request = request_of(arena, site.port,
                              arena_printf(arena, "/utkast/%s/side/" PAGE, draft_id), cookie);
    if (!ask(&site, WARM_S, err) ||
        !fit_floor(arena, floor, site.last.head_bytes + site.last.body_bytes, cookie, err))
        return false;
    for (size_t round = 0; round < ROUNDS; round++)
        if (!measure(&site, round, err) || !measure(floor, round, err))
            return false;
    print(arena, &site, floor);
    return true;
}

bool bench_pages(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct server_under_test server = {0};
    struct side floor = {0};
    struct error err = {0};
    server_make_folder(server.data, sizeof server.data);
    bool good = run(bench, arena, &server, &floor, &err);
    stop_floor(&floor);
    server_stop(&server);
    server_remove_folder(server.data);
    return good || bench_fail("pages", &err);
}
