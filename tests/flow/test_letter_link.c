/* The link in a letter leads back to Min side, and gives nothing by itself: five ways it may go. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A_PDF "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

static const char lead_on[] = "Ettersend dokumenter";

/* Ingrid has sent an application with two documents promised for later; where the link in her
 * letter leads, as the postbox shows it. */
static const char *letter_with_tasks(struct scene *scene, struct arena *arena)
{
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    for (int i = 0; i < 2; i++)
        browser_press(browser, "Jeg ettersender dokumentet");
    browser_press(browser, "Neste steg");
    walk_send(&scene->walk);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);
    CLEANUP(browser_close) struct browser *postbox = scene_browser();
    browser_visit(postbox, arena_printf(arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(postbox, "Kvittering: Søknad om redusert foreldrebetaling");
    assert_non_null(browser_link(postbox, lead_on));
    return arena_text(arena, browser_link(postbox, lead_on));
}

/* From the page of a task to its receipt. */
static void keep_promise(struct browser *browser)
{
    browser_choose_file(browser, "Last opp", "papir.pdf", "application/pdf", BYTES_OF(A_PDF));
    browser_press(browser, "Last opp valgt");
    browser_press(browser, "Send dokumentet");
    scene_must_see(browser, "Vi har mottatt dokumentet");
}

static void set_deadline(struct scene *scene, int64_t deadline)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    hand_run(&hand, DB_SQL("UPDATE letter_links SET deadline = $1"),
             DB_VALUES(DB_INTEGER(deadline)));
    hand_draw_back(&hand);
}

static void the_link_leads_to_what_is_asked_for_until_it_is_done(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *link = letter_with_tasks(scene, arena);

    browser_visit(browser, link); /* two: they stand on the receipt */
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Du må ettersende «Siste skattemelding for deg» innen");
    browser_press(browser, "Ettersend «Siste skattemelding for deg»");
    keep_promise(browser);
    browser_visit(browser, link); /* one: there it is */
    scene_must_see(browser, "Fristen er");
    scene_must_see(browser, "Send dokumentet");

    set_deadline(scene, 1000000000);
    browser_visit(browser, link);
    scene_must_see(browser, "Fristen er ute");
    scene_must_see(browser, "Fristen var 9. september 2001");
    browser_press(browser, "Send det likevel");
    keep_promise(browser);

    browser_visit(browser, link);
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Dette er gjort");
    browser_press(browser, "Se søknaden og kvitteringen");
    scene_must_see(browser, "FB-2026-000001");
}

static void logged_out_it_gives_nothing_and_leads_on_after_the_login(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *link = letter_with_tasks(scene, arena);

    CLEANUP(browser_close) struct browser *phone = scene_browser();
    browser_visit(phone, link);
    scene_must_not_see(phone, "FB-2026-000001");
    scene_must_not_see(phone, "foreldrebetaling");
    assert_true(walk_through_login(phone, "Ingrid Fjeld", NULL));
    scene_must_see(phone, "FB-2026-000001");
    assert_true(strstr(browser_address(phone), "/kvittering/"));
}

static void somebody_else_is_told_the_same_as_for_a_link_that_never_was(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *link = letter_with_tasks(scene, arena);
    struct walk other = scene->walk;
    CLEANUP(browser_close) struct browser *phone = scene_browser();
    other.browser = phone;
    walk_log_in(&other, "Jonas Lie Berg");

    browser_visit(phone, link);
    assert_int_equal(browser_status(phone), 404);
    scene_must_see(phone, "Denne lenken er ikke til deg");
    scene_must_see(phone, "Du er logget inn som Jonas Lie Berg");
    scene_must_not_see(phone, "foreldrebetaling");
    const char *theirs = arena_text(arena, browser_text(phone));
    browser_visit(phone, "/brev/AAAAAAAAAAAAAAAAAAAAAA");
    assert_int_equal(browser_status(phone), 404);
    assert_string_equal(browser_text(phone), theirs);

    browser_press(phone, "Logg ut");
    browser_visit(phone, link);
    assert_true(walk_through_login(phone, "Ingrid Fjeld", NULL));
    scene_must_see(phone, "FB-2026-000001");
}

static void what_nothing_is_asked_for_has_a_link_to_what_was_sent(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *receipt = arena_text(arena, browser_address(scene->walk.browser));
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 30);

    CLEANUP(browser_close) struct browser *postbox = scene_browser();
    browser_visit(postbox, arena_printf(arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(postbox, "Kvittering: ");
    const char *link = browser_link(postbox, "Se søknaden");
    assert_non_null(link);
    browser_visit(scene->walk.browser, link);

    assert_string_equal(browser_address(scene->walk.browser), receipt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_link_leads_to_what_is_asked_for_until_it_is_done,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(logged_out_it_gives_nothing_and_leads_on_after_the_login,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(somebody_else_is_told_the_same_as_for_a_link_that_never_was,
                                        scene_set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(what_nothing_is_asked_for_has_a_link_to_what_was_sent,
                                        scene_set_up, scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
