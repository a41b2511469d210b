/* hand.h - a hand in the site's database while it runs, which no page has: for tests of what is
 * told when somebody meddles, and of what lies there. */
#pragma once

#include "storage/db.h"
#include "tests/flow/server.h"

struct hand {
    struct arena *arena;
    struct db_pool *pool;
    struct db *db;
};

/* Fails the test when it cannot be done, as everything here. */
void hand_reach_in(const struct server_under_test *server, struct hand *hand);
void hand_draw_back(struct hand *hand);

void hand_run(struct hand *hand, struct db_sql sql, struct db_values values);
struct db_rows *hand_ask(struct hand *hand, struct db_sql sql, struct db_values values);

/* The first column of the first row. */
int64_t hand_count(struct hand *hand, struct db_sql sql, struct db_values values);

/* Until that is at least so many. */
void hand_wait(struct hand *hand, struct db_sql sql, int64_t least);
