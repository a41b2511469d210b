/* The log of who did what, as an operator checks it while the site runs. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int verify(struct scene *scene, struct arena *arena, const char *heads, const char **said)
{
    const char *words[] = {"audit",     "verify",   "--data", scene->server.data,
                           "--sandbox", "--heads=", NULL};
    words[5] = heads ? arena_printf(arena, "--heads=%s", heads) : NULL;
    return server_run(arena, scene_program(), words, said);
}

static void must_say(struct scene *scene, const char *heads, int status, const char *sentence)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    int ended = verify(scene, arena, heads, &said);
    if (ended != status || !strstr(said, sentence))
        fail_msg("not %d with \"%s\", but %d with:\n%s", status, sentence, ended, said);
}

/* ---- meddling ---- */

static void run(struct hand *hand, struct db_sql sql)
{
    hand_run(hand, sql, DB_NO_VALUES);
}

/* Until the worker has written its last row of what was sent. */
static void wait_for_quiet(struct hand *hand)
{
    hand_wait(hand, DB_SQL("SELECT count(*) FROM audit WHERE action = 'receipt_delivered'"), 1);
}

static void add_number(struct buf *buf, uint64_t number, int size)
{
    for (int i = size - 1; i >= 0; i--)
        buf_add_byte(buf, (unsigned char)(number >> (8 * i)));
}

/* What somebody does who has read our source: counts all digests again. */
static void count_digests(struct hand *hand)
{
    struct crypto_sha256 digest = {{0}};
    run(hand, DB_SQL("UPDATE audit SET previous = -sequence, digest = -sequence"));
    struct db_rows *rows =
        hand_ask(hand,
                 DB_SQL("SELECT sequence, at_ms, actor, actor_id, citizen, action, object_id, "
                        "consent, outcome, request_id FROM audit ORDER BY sequence"),
                 DB_NO_VALUES);
    while (db_next(rows)) {
        struct crypto_sha256 previous = digest;
        struct buf buf;
        buf_init(&buf, hand->arena);
        buf_add_byte(&buf, 1);
        add_number(&buf, (uint64_t)db_integer(rows, 0), 8);
        add_number(&buf, (uint64_t)db_integer(rows, 1), 8);
        for (int i = 2; i < 10; i++) {
            add_number(&buf, strlen(db_text(rows, i)), 4);
            buf_add(&buf, BYTES_OF(db_text(rows, i)));
        }
        buf_add(&buf, (struct bytes){previous.bytes, sizeof previous.bytes});
        digest = crypto_sha256(buf_bytes(&buf));
        hand_run(
            hand, DB_SQL("UPDATE audit SET previous = $1, digest = $2 WHERE sequence = $3"),
            DB_VALUES(DB_SHA256(previous), DB_SHA256(digest), DB_INTEGER(db_integer(rows, 0))));
    }
}

/* ---- tests ---- */

static void failed(const char *why)
{
    fail_msg("%s", why);
}

/* A site whose heads go to a file beside its data, with some rows in its log. */
static void start_with_heads(struct scene *scene, char *heads, size_t size)
{
    snprintf(heads, size, "%.400s/heads", scene->server.data);
    const char *more[] = {"--audit_heads", heads, NULL};
    if (!server_start(&scene->server, scene_program(), scene->forms, more))
        fail_msg("the program did not start");
    struct browser *browser = scene_browser();
    browser_close(&scene->walk.browser);
    scene->walk = (struct walk){.server = &scene->server, .browser = browser, .failed = failed};
}

static const struct {
    struct db_sql sql[3];
    const char *said;
} harms[] = {
    {{{"UPDATE audit SET outcome = 'failed' WHERE sequence = 3"}}, "row 3 was changed: "},
    {{{"DELETE FROM audit WHERE sequence = 3"}}, "row 3 was removed: "},
    {{{"UPDATE audit SET sequence = -3 WHERE sequence = 3"},
      {"UPDATE audit SET sequence = 3 WHERE sequence = 4"},
      {"UPDATE audit SET sequence = 4 WHERE sequence = -3"}},
     "rows 3 and 4 were swapped"},
    {{{"UPDATE audit SET sequence = -sequence WHERE sequence >= 3"},
      {"UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0"},
      {"INSERT INTO audit SELECT 3, at_ms, actor, actor_id, citizen, action, object_id, consent, "
       "outcome, request_id, x'01', x'02' FROM audit WHERE sequence = 2"}},
     "row 3 was inserted: "},
};

static void aud_2_the_first_row_that_was_touched_is_named_while_the_site_runs(void **state)
{
    struct scene *scene = *state;
    struct hand hand;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    hand_reach_in(&scene->server, &hand);
    wait_for_quiet(&hand);
    must_say(scene, NULL, 0, "whole: ");

    run(&hand, DB_SQL("CREATE TABLE as_it_was AS SELECT * FROM audit"));
    for (size_t i = 0; i < COUNT(harms); i++) {
        for (size_t k = 0; k < COUNT(harms[i].sql) && harms[i].sql[k].text; k++)
            run(&hand, harms[i].sql[k]);
        must_say(scene, NULL, 1, harms[i].said);
        run(&hand, DB_SQL("DELETE FROM audit"));
        run(&hand, DB_SQL("INSERT INTO audit SELECT * FROM as_it_was"));
    }
    must_say(scene, NULL, 0, "whole: ");
    hand_draw_back(&hand);
}

static void aud_2_a_log_cut_off_or_written_anew_shows_against_its_heads(void **state)
{
    struct scene *scene = *state;
    struct hand hand;
    char heads[600];
    start_with_heads(scene, heads, sizeof heads);
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    hand_reach_in(&scene->server, &hand);
    wait_for_quiet(&hand);
    assert_int_equal(server_stop(&scene->server), 0); /* which sends a head */
    start_with_heads(scene, heads, sizeof heads);
    must_say(scene, heads, 0, "heads say");

    run(&hand, DB_SQL("CREATE TABLE as_it_was AS SELECT * FROM audit"));
    run(&hand, DB_SQL("DELETE FROM audit WHERE sequence > 4"));
    must_say(scene, NULL, 0, "whole: 4 rows");
    must_say(scene, heads, 1, "the end was cut off: a head says there were ");
    run(&hand, DB_SQL("DELETE FROM audit"));
    run(&hand, DB_SQL("INSERT INTO audit SELECT * FROM as_it_was"));

    run(&hand, harms[COUNT(harms) - 1].sql[0]); /* a row in the middle, and all digests right */
    run(&hand, harms[COUNT(harms) - 1].sql[1]);
    run(&hand, harms[COUNT(harms) - 1].sql[2]);
    count_digests(&hand);
    must_say(scene, NULL, 0, "whole: ");
    must_say(scene, heads, 1, "the log was written anew, up to there");
    hand_draw_back(&hand);
}

static void aud_2_heads_that_are_not_ours_or_none_are_told(void **state)
{
    struct scene *scene = *state;
    char heads[600];
    start_with_heads(scene, heads, sizeof heads);
    FILE *file = fopen(heads, "ae");
    assert_non_null(file);
    fprintf(file, "2026-11-23T12:00:00Z 1 %064d %064d\n", 0, 0);
    fclose(file);
    must_say(scene, heads, 1, "not a head of this log, or somebody has changed it");

    file = fopen(heads, "we");
    assert_non_null(file);
    fclose(file);
    must_say(scene, heads, 1, "there is no head in it");
}

static void a_file_for_heads_that_cannot_be_written_keeps_the_site_from_starting(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *words[] = {"serve",
                           "--sandbox",
                           "--data",
                           scene->server.data,
                           "--listen_port",
                           "0",
                           "--audit_heads",
                           "/nowhere/heads",
                           "--sandbox_api_port",
                           "0",
                           "--sandbox_mailbox_port",
                           "0",
                           NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 1);
    assert_non_null(strstr(said, "/nowhere/heads: the log's head cannot be written"));
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

static void audit_says_its_words(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said;
    const char *help[] = {"audit", "--help", NULL}, *wrong[] = {"audit", "look", NULL};
    assert_int_equal(server_run(arena, scene_program(), help, &said), 0);
    assert_non_null(strstr(said, "--heads FILE"));
    assert_non_null(strstr(said, "audit_heads"));
    assert_int_equal(server_run(arena, scene_program(), wrong, &said), 2);
}

#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, scene_set_up_folder, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SITE(aud_2_the_first_row_that_was_touched_is_named_while_the_site_runs),
        WITH_FOLDER(aud_2_a_log_cut_off_or_written_anew_shows_against_its_heads),
        WITH_FOLDER(aud_2_heads_that_are_not_ours_or_none_are_told),
        WITH_FOLDER(a_file_for_heads_that_cannot_be_written_keeps_the_site_from_starting),
        cmocka_unit_test(where_there_is_no_database_none_is_made),
        cmocka_unit_test(audit_says_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
