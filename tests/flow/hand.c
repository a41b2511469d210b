#include "tests/flow/hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_MS = 5000, PAUSE_MS = 50, PAUSES = 400 };

void hand_reach_in(const struct server_under_test *server, struct hand *hand)
{
    struct error err;
    *hand = (struct hand){.arena = arena_open()};
    const struct db_options options = {
        .url = arena_printf(hand->arena, "sqlite:%s/skjema.db", server->data),
        .connections = 1,
        .wait_ms = WAIT_MS};
    if (!db_pool_open(&options, &hand->pool, &err) || !db_borrow(hand->pool, &hand->db, &err))
        fail_msg("%s", err.text);
}

void hand_draw_back(struct hand *hand)
{
    db_return(&hand->db);
    db_pool_close(&hand->pool);
    arena_close(&hand->arena);
}

void hand_run(struct hand *hand, struct db_sql sql, struct db_values values)
{
    struct error err;
    if (!db_exec(hand->db, sql, values, NULL, &err))
        fail_msg("%s: %s", sql.text, err.text);
}

struct db_rows *hand_ask(struct hand *hand, struct db_sql sql, struct db_values values)
{
    struct db_rows *rows = NULL;
    struct error err;
    if (!db_query(hand->arena, hand->db, sql, values, &rows, &err))
        fail_msg("%s: %s", sql.text, err.text);
    return rows;
}

int64_t hand_count(struct hand *hand, struct db_sql sql, struct db_values values)
{
    struct db_rows *rows = hand_ask(hand, sql, values);
    if (!db_next(rows))
        fail_msg("no row: %s", sql.text);
    return db_integer(rows, 0);
}

void hand_wait(struct hand *hand, struct db_sql sql, int64_t least)
{
    for (int i = 0; i < PAUSES; i++) {
        if (hand_count(hand, sql, DB_NO_VALUES) >= least)
            return;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
    fail_msg("it never was so: %s", sql.text);
}
