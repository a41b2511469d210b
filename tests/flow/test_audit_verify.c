/* The log of who did what, as an operator checks it. */
#include "tests/flow/scene.h"

#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int verify(struct scene *scene, struct arena *arena, const char **said)
{
    const char *words[] = {"audit", "verify", "--data", scene->server.data, NULL};
    return server_run(arena, scene_program(), words, said);
}

/* What no page does. */
static void change(struct scene *scene, struct db_sql sql)
{
    struct error err = {0};
    struct db_pool *pool = NULL;
    char url[600];
    snprintf(url, sizeof url, "sqlite:%s/skjema.db", scene->server.data);
    const struct db_options options = {.url = url, .connections = 1, .wait_ms = 5000};
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(pool, &db, &err) || !db_exec(db, sql, DB_NO_VALUES, NULL, &err))
            fail_msg("%s", err.text);
    }
    db_pool_close(&pool);
}

static void s_aud_2_a_row_that_was_changed_is_named_while_the_site_runs(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);

    assert_int_equal(verify(scene, arena, &said), 0);
    assert_non_null(strstr(said, "whole: "));
    change(scene, DB_SQL("UPDATE audit SET outcome = 'refused' WHERE sequence = 2"));
    assert_int_equal(verify(scene, arena, &said), 1);
    assert_non_null(strstr(said, "row 2 is not as it was written"));
}

static void where_there_is_no_database_none_is_made(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *words[] = {"audit", "verify", "--data", "tests/cases", NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 1);
    assert_non_null(strstr(said, "tests/cases/skjema.db: there is no database to read"));
    assert_int_equal(server_run(arena, scene_program(), words, &said), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(s_aud_2_a_row_that_was_changed_is_named_while_the_site_runs,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test(where_there_is_no_database_none_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
