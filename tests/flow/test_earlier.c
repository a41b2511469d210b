/* Documents that were sent before are used again: as copies, by the one who sent them. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char again[] = "Bruk et dokument du har sendt før: Siste skattemelding for deg";
static const char file_input[] = "Last opp siste skattemelding for deg fra enheten din";

/* Ingrid sends an application with a tax return from her own disk. */
static void send_one(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    scene_must_not_see(browser, "Bruk et dokument du har sendt før");
    scene_upload(browser, file_input, "skattemelding.pdf");
    browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
}

/* Another application, at the documents that were sent before. */
static void begin_another(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    browser_visit(browser, "/min-side");
    browser_press(browser, "Logg ut");
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, again);
    scene_must_see(browser, "Dokumenter du har sendt før");
}

static void a_document_that_was_sent_is_used_again_without_touching_the_first(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    send_one(scene);
    begin_another(scene);
    scene_must_see(browser, "Sendt med Søknad om redusert foreldrebetaling");

    browser_tick(browser, "skattemelding");
    browser_press(browser, "Legg ved valgte dokumenter");

    scene_must_see(browser, "1 dokument er brukt igjen");
    scene_must_see(browser, "Lastet opp av deg");
    browser_press(browser, "Fjern skattemelding.pdf"); /* and once more */
    browser_press(browser, again);
    browser_tick(browser, "skattemelding");
    browser_press(browser, "Legg ved valgte dokumenter");
    browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser,
                  arena_printf(arena, "%s/soknad.xml", browser_address(scene->walk.browser)));
    const char *sent = arena_text_of(arena, browser_content(browser));
    assert_non_null(strstr(sent, "sk:source=\"earlier\""));
    assert_non_null(strstr(sent, "sk:verdict=\"uploaded\""));
}

/* What a person could do with two windows, or by hand. */
static void sql_3_anothers_documents_are_as_missing_as_none(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    send_one(scene);
    begin_another(scene);
    const char *page = arena_text(arena, browser_address(scene->walk.browser));
    const char *value = arena_text(arena, browser_value(scene->walk.browser, "dok"));
    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = other;
    walk_to_documents(&walk, "Jonas Lie Berg");
    scene_must_not_see(other, "Bruk et dokument du har sendt før");
    const char *csrf = arena_text(arena, browser_value(other, "_csrf"));
    const char *own = arena_text(arena, browser_address(other));
    own = arena_printf(arena, "%.*s/tidligere", (int)(strstr(own, "/side/") - own), own);
    char *body = arena_printf(arena, "_csrf=%s&dok=%s", csrf, value);
    for (char *at = body; *at; at++)
        *at = *at == ' ' ? '+' : *at;

    browser_send(other, "GET", page, NULL, NULL, (struct bytes){0});
    assert_int_equal(browser_status(other), 404);
    browser_send(other, "POST", page, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(other), 404);
    browser_send(other, "POST", own, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(other), 404);
    browser_visit(other, own);
    scene_must_see(other, "Du har ingen flere dokumenter å velge blant");
}

/* By hand: sql with $1. */
static void move(struct scene *scene, struct db_sql sql, int64_t to)
{
    struct error err;
    struct db_pool *pool = NULL;
    char url[600];
    snprintf(url, sizeof url, "sqlite:%s/skjema.db", scene->server.data);
    const struct db_options options = {.url = url, .connections = 1, .wait_ms = 5000};
    if (!db_pool_open(&options, &pool, &err))
        fail_msg("%s", err.text);
    {
        CLEANUP(db_return) struct db *db = NULL;
        if (!db_borrow(pool, &db, &err) || !db_exec(db, sql, DB_VALUES(DB_INTEGER(to)), NULL, &err))
            fail_msg("%s", err.text);
    }
    db_pool_close(&pool);
}

static void what_is_too_old_is_shown_with_the_reason_and_cannot_be_chosen(void **state)
{
    enum { JANUARY_2024 = 1704100000 };
    struct scene *scene = *state;
    send_one(scene);
    server_stop(&scene->server);
    move(scene, DB_SQL("UPDATE attachments SET added_at = $1 WHERE source = 'disk'"), JANUARY_2024);
    scene_start_again(scene);

    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(scene->walk.browser, again);

    scene_must_see(scene->walk.browser,
                   "Passer ikke til «Siste skattemelding for deg»: eldre enn 18 måneder");
    assert_null(browser_value(scene->walk.browser, "dok"));
}

static void ret_1_what_is_past_its_time_is_not_offered(void **state)
{
    enum { JANUARY_2024 = 1704100000 };
    struct scene *scene = *state;
    send_one(scene);
    begin_another(scene);
    move(scene, DB_SQL("UPDATE submissions SET keep_until = $1"), JANUARY_2024);

    browser_visit(scene->walk.browser, browser_address(scene->walk.browser));

    scene_must_see(scene->walk.browser, "Du har ingen flere dokumenter å velge blant");
}

static void key_3_what_was_changed_at_rest_is_told_and_not_used(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    send_one(scene);
    begin_another(scene);
    move(scene,
         DB_SQL("UPDATE attachment_chunks SET sealed = zeroblob(length(sealed)) "
                "WHERE number >= $1"),
         0);

    browser_tick(browser, "skattemelding");
    browser_press(browser, "Legg ved valgte dokumenter");

    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Vi kan ikke bruke skattemelding.pdf igjen");
    browser_press(browser, "Tilbake uten å velge");
    scene_must_not_see(browser, "Lagt ved");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_document_that_was_sent_is_used_again_without_touching_the_first, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(sql_3_anothers_documents_are_as_missing_as_none,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(
            what_is_too_old_is_shown_with_the_reason_and_cannot_be_chosen, scene_set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(key_3_what_was_changed_at_rest_is_told_and_not_used,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(ret_1_what_is_past_its_time_is_not_offered, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
