#include "tests/bench/site.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/package.h"
#include "storage/drafts.h"
#include "storage/keyring.h"
#include "storage/keys.h"
#include "storage/sessions.h"
#include "tests/application.h"
#include "tests/flow/browser.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool add_drafts(struct arena *arena, struct db *db, const char *citizen_id,
                       const struct draft_start *start, size_t count, const char **ids,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct draft draft;
        if (!drafts_create(arena, db, citizen_id, start, &draft, err))
            return false;
        ids[i] = draft.id;
    }
    return true;
}

bool site_prepare(struct arena *arena, const struct site *site, size_t count, const char **cookie,
                  const char *const **draft_ids, struct error *err)
{
    const char *data = site->server.data;
    const char **ids = ARENA_ARRAY(arena, count, const char *);
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
        .acr = "idporten-loa-high", .issuer = "", .sid = "", .id_token = ""};
    struct db *db = NULL;
    struct citizen citizen;
    bool good = db_borrow(pool, &db, err) && keys_prepare(db, err) &&
                citizens_know(arena, db, "02878520281", "Ingrid Fjeld", &citizen, err) &&
                sessions_start(arena, db, citizen.id, &login, cookie, err) &&
                add_drafts(arena, db, citizen.id, &start, count, ids, err);
    *draft_ids = ids;
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

static bool start_floor(const struct bench *bench, struct site *site)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    site->floor = fork();
    if (site->floor == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(bench->floor, bench->floor, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    char text[16] = "";
    ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    site->floor_port = (int)strtol(text, NULL, 10);
    return size > 0 && site->floor_port > 0;
}

static void stop_floor(struct site *site)
{
    if (site->floor > 0) {
        kill(site->floor, SIGKILL);
        waitpid(site->floor, NULL, 0);
    }
}

bool site_open(const struct bench *bench, struct site *out, struct error *err)
{
    server_make_folder(out->server.data, sizeof out->server.data);
    if (!start_program(bench, &out->server) || !start_floor(bench, out))
        return error_set(err, ERROR_UNAVAILABLE, "a server did not start");
    out->port = (int)strtol(strrchr(out->server.site, ':') + 1, NULL, 10);
    return true;
}

void site_close(struct site *site)
{
    stop_floor(site);
    server_stop(&site->server);
    server_remove_folder(site->server.data);
}

static void failed(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

bool site_find_static(struct arena *arena, const struct site *site, const char *ending,
                      const char **path, struct error *err)
{
    CLEANUP(browser_close) struct browser *browser = browser_open(failed);
    browser_visit(browser, site->server.site);
    const char *page = arena_text_of(arena, browser_content(browser));
    for (const char *at = page; (at = strstr(at, "=\"/statisk/"));) {
        at += 2;
        const char *found = arena_printf(arena, "%.*s", (int)strcspn(at, "\""), at);
        if (text_ends_with(found, ending)) {
            *path = found;
            return true;
        }
    }
    return error_set(err, ERROR_MISSING, "the front page names no %s", ending);
}
