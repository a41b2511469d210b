/* What was typed is never lost, and what was sent is sent once: whatever windows, sessions and
 * impatient people do. */
#include "tests/flow/crowd.h"
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

static const char urlencoded[] = "application/x-www-form-urlencoded";

/* "hello" begun; the browser is at its step. */
static void open_step(struct scene *scene)
{
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_press(scene->walk.browser, "Forrige steg");
}

/* All sessions have been idle for too long. */
static void let_sessions_end(struct scene *scene)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    hand_run(&hand, DB_SQL("UPDATE sessions SET used_at = 0"), DB_NO_VALUES);
    hand_draw_back(&hand);
}

static int64_t count(struct scene *scene, struct db_sql sql)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    int64_t found = hand_count(&hand, sql, DB_NO_VALUES);
    hand_draw_back(&hand);
    return found;
}

static void ses_3_what_was_typed_when_the_session_ended_is_there_after_the_login(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    open_step(scene);
    browser_fill(browser, "Melding", "Skrevet etter en lang telefon: æøå");
    let_sessions_end(scene);

    browser_press(browser, "Neste steg");
    assert_int_equal(browser_status(browser), 401);
    scene_must_see(browser, "Også det siste du skrev");
    scene_must_not_see(browser, "lang telefon");
    browser_press(browser, "Logg inn");
    (void)walk_through_login(browser, "Ingrid Fjeld", NULL);
    scene_must_see(browser, "Vi tok vare på det du skrev");
    scene_must_see(browser, "Du skrev: Skrevet etter en lang telefon: æøå");
    browser_press(browser, "Lagre valgene");

    scene_must_see(browser, "Skrevet etter en lang telefon: æøå");
    scene_must_not_see(browser, "Du skrev:");
    scene_must_see(browser, "Valgene dine er lagret");
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM kept_posts")), 0);
}

static void what_is_kept_survives_the_program_being_killed(void **state)
{
    struct scene *scene = *state;
    open_step(scene);
    browser_fill(scene->walk.browser, "Melding", "Før strømmen gikk");
    let_sessions_end(scene);
    browser_press(scene->walk.browser, "Neste steg");
    assert_int_equal(browser_status(scene->walk.browser), 401);
    server_kill(&scene->server);
    scene_start_again(scene);

    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_visit(scene->walk.browser, "/min-side");
    browser_press(scene->walk.browser, "Fortsett");

    scene_must_see(scene->walk.browser, "Du skrev: Før strømmen gikk");
}

static void it_is_given_back_to_its_person_only_and_nobody_else_sees_it(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    char *step = arena_text(arena, browser_address(browser));
    browser_fill(browser, "Melding", "Bare for Ingrid");
    let_sessions_end(scene);
    browser_press(browser, "Neste steg");

    browser_press(browser, "Logg inn");
    scene_let_id_porten_forget(scene);
    (void)walk_through_login(browser, "Jonas Lie Berg", NULL);
    assert_int_equal(browser_status(browser), 404);
    scene_must_not_see(browser, "Bare for Ingrid");
    CLEANUP(browser_close) struct browser *phone = scene_browser();
    browser_visit(phone, step);
    (void)walk_through_login(phone, "Ingrid Fjeld", NULL);

    scene_must_see(phone, "Du skrev: Bare for Ingrid");
}

static void a_page_from_before_the_last_login_loses_nothing_either(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    char *step = arena_text(arena, browser_address(browser));
    char *body = arena_printf(arena, "_csrf=%s&_revisjon=%s&navn=Ingrid&melding=gammelt+vindu",
                              browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    browser_press(browser, "Logg ut");
    walk_log_in(&scene->walk, "Ingrid Fjeld");

    browser_send(browser, "POST", step, NULL, urlencoded, BYTES_OF(body));
    assert_int_equal(browser_status(browser), 303);
    browser_visit(browser, step);
    scene_must_see(browser, "Du skrev: gammelt vindu");
}

static void csrf_2_what_another_site_posts_is_not_kept(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    const char *const elsewhere[] = {"Origin: https://andre.example", NULL};
    const char *const cross_site[] = {"Sec-Fetch-Site: cross-site", NULL};
    char *step = arena_text(arena, browser_address(browser));

    browser_send(browser, "POST", step, elsewhere, urlencoded, BYTES_OF("melding=x"));
    assert_int_equal(browser_status(browser), 403);
    let_sessions_end(scene);
    browser_send(browser, "POST", step, cross_site, urlencoded, BYTES_OF("melding=x"));
    assert_int_equal(browser_status(browser), 401);
    scene_must_not_see(browser, "tatt vare på. Også");

    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM kept_posts")), 0);
}

static void beside_a_file_the_answers_are_kept_and_the_file_is_told_of(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_choose_file(browser, "Last opp siste skattemelding", "skatt.pdf", "application/pdf",
                        BYTES_OF(A_PDF));
    let_sessions_end(scene);

    browser_press(browser, "Last opp valgt");
    assert_int_equal(browser_status(browser), 401);
    browser_press(browser, "Logg inn");
    (void)walk_through_login(browser, "Ingrid Fjeld", NULL);
    scene_must_see(browser, "En fil du valgte, kom ikke med");
    browser_press(browser, "Lagre valgene");

    assert_int_equal(browser_status(browser), 200);
    scene_must_not_see(browser, "skatt.pdf");
}

static void of_two_windows_both_answers_are_shown_and_the_person_says_which_holds(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    char *step = arena_text(arena, browser_address(browser));
    char *other =
        arena_printf(arena, "_csrf=%s&_revisjon=%s&_handling=neste&navn=Inga&melding=fra+to",
                     browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    browser_fill(browser, "Melding", "fra en");
    browser_press(browser, "Neste steg");

    browser_send(browser, "POST", step, NULL, urlencoded, BYTES_OF(other));
    assert_int_equal(browser_status(browser), 409);
    scene_must_see(browser, "Utkastet er endret i et annet vindu");
    scene_must_see(browser, "Du skrev: fra to");
    scene_must_see(browser, "Lagret fra før: fra en");
    scene_must_see(browser, "Du skrev: Inga");
    browser_tick(browser, "#melding-lagret");
    browser_press(browser, "Lagre valgene");

    assert_string_equal(browser_address(browser), step);
    scene_must_see(browser, "fra en");
    scene_must_not_see(browser, "fra to");
    assert_string_equal(browser_value(browser, "navn"), "Inga");
}

static void the_same_press_twice_is_no_conflict(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    char *step = arena_text(arena, browser_address(browser));
    char *body =
        arena_printf(arena, "_csrf=%s&_revisjon=%s&_handling=neste&navn=Ingrid&melding=to+ganger",
                     browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));

    for (int i = 0; i < 2; i++) {
        browser_send(browser, "POST", step, NULL, urlencoded, BYTES_OF(body));
        assert_int_equal(browser_status(browser), 303);
        assert_non_null(strstr(browser_header(browser, "Location"), "/oppsummering"));
    }
}

static void nothing_is_sent_while_something_waits_to_be_settled(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    open_step(scene);
    char *step = arena_text(arena, browser_address(browser));
    char *old = arena_printf(arena, "_csrf=%s&_revisjon=%s&navn=Ingrid&melding=venter",
                             browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    browser_press(browser, "Neste steg");
    char *review = arena_text(arena, browser_address(browser));
    char *send = arena_printf(arena, "_csrf=%s&_revisjon=%s&bekreft=ja&_vist=%s",
                              browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"),
                              browser_value(browser, "_vist"));
    browser_send(browser, "POST", step, NULL, urlencoded, BYTES_OF(old));
    assert_int_equal(browser_status(browser), 409);

    browser_send(browser, "POST", review, NULL, urlencoded, BYTES_OF(send));

    assert_non_null(strstr(browser_header(browser, "Location"), "/ikke-lagret"));
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM submissions")), 0);
}

/* ---- sent once ---- */

enum { PRESSES = 50 };

/* What "Send" posts from the review that the browser is at. */
static const char *send_body(struct browser *browser, struct arena *arena)
{
    return arena_printf(arena, "_csrf=%s&_revisjon=%s&bekreft=ja&_vist=%s",
                        browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"),
                        browser_value(browser, "_vist"));
}

static void d_4_fifty_identical_presses_at_once_are_one_submission_with_one_receipt(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    const struct crowd_request request = {
        .url = arena_text(arena, browser_address(browser)),
        .type = urlencoded,
        .body = send_body(browser, arena),
        .headers = {arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena))},
    };

    const struct crowd_answer *answers = crowd_send(arena, &request, PRESSES);

    for (int i = 0; i < PRESSES; i++) {
        assert_int_equal(answers[i].status, 303);
        assert_true(text_starts_with(answers[i].location, "/kvittering/"));
        assert_string_equal(answers[i].location, answers[0].location);
    }
    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM submissions")), 1);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, 30);
}

static void d_4_back_after_send_and_a_second_press_lead_to_the_same_receipt(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    const char *review = arena_text(arena, browser_address(browser));
    const char *body = send_body(browser, arena);
    walk_send(&scene->walk);
    const char *receipt = arena_text(arena, browser_address(browser));

    browser_visit(browser, review); /* Back */
    assert_string_equal(browser_address(browser), receipt);
    browser_send(browser, "POST", review, NULL, urlencoded, BYTES_OF(body)); /* from the cache */
    assert_int_equal(browser_status(browser), 303);
    assert_non_null(strstr(receipt, browser_header(browser, "Location")));

    assert_int_equal(count(scene, DB_SQL("SELECT COUNT(*) FROM submissions")), 1);
}

#define AT_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_SCENE(ses_3_what_was_typed_when_the_session_ended_is_there_after_the_login),
        AT_SCENE(what_is_kept_survives_the_program_being_killed),
        AT_SCENE(it_is_given_back_to_its_person_only_and_nobody_else_sees_it),
        AT_SCENE(a_page_from_before_the_last_login_loses_nothing_either),
        AT_SCENE(csrf_2_what_another_site_posts_is_not_kept),
        AT_SCENE(beside_a_file_the_answers_are_kept_and_the_file_is_told_of),
        AT_SCENE(of_two_windows_both_answers_are_shown_and_the_person_says_which_holds),
        AT_SCENE(the_same_press_twice_is_no_conflict),
        AT_SCENE(nothing_is_sent_while_something_waits_to_be_settled),
        AT_SCENE(d_4_fifty_identical_presses_at_once_are_one_submission_with_one_receipt),
        AT_SCENE(d_4_back_after_send_and_a_second_press_lead_to_the_same_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
