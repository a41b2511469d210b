/* site.h - the program with somebody logged in and their drafts, beside a floor that only answers
 * with bytes: what measurements over HTTP begin with. */
#pragma once

#include "tests/bench/bench.h"
#include "tests/flow/server.h"

struct site {
    struct server_under_test server;
    int port;
    pid_t floor; /* bench_floor; 0: not running */
    int floor_port;
};

/* Both on free ports. Closed by site_close in any case. */
CHECKED bool site_open(const struct bench *bench, struct site *out, struct error *err);
void site_close(struct site *site);

/* Somebody logged in, with so many applications filled in, as rows beside the running program. */
CHECKED bool site_prepare(struct arena *arena, const struct site *site, size_t count,
                          const char **cookie, const char *const **draft_ids, struct error *err);

/* The first static file that the front page names with that ending. */
CHECKED bool site_find_static(struct arena *arena, const struct site *site, const char *ending,
                              const char **path, struct error *err);
