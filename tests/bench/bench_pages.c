/* A step of the form over HTTP, by somebody who is logged in, against a program that only answers
 * with the same number of bytes. The two are asked in turn, so that a busy machine is busy for
 * both. */
#include "tests/bench/bytes.h"
#include "tests/bench/load.h"
#include "tests/bench/site.h"

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

static bool run(struct arena *arena, const struct site *both, struct error *err)
{
    const char *cookie, *const *draft_ids;
    if (!site_prepare(arena, both, 1, &cookie, &draft_ids, err))
        return false;
    struct side site = {.process = both->server.process, .port = both->port};
    struct side floor = {.process = both->floor, .port = both->floor_port};
    site.request = request_of(arena, site.port,
                              arena_printf(arena, "/utkast/%s/side/" PAGE, draft_ids[0]), cookie);
    if (!ask(&site, WARM_S, err) ||
        !fit_floor(arena, &floor, site.last.head_bytes + site.last.body_bytes, cookie, err))
        return false;
    for (size_t round = 0; round < ROUNDS; round++)
        if (!measure(&site, round, err) || !measure(&floor, round, err))
            return false;
    print(arena, &site, &floor);
    return true;
}

bool bench_pages(const struct bench *bench)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct site site = {0};
    struct error err = {0};
    bool good = site_open(bench, &site, &err) && run(arena, &site, &err);
    site_close(&site);
    return good || bench_fail("pages", &err);
}
