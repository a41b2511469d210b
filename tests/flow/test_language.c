/* Languages: what is chosen, what is typed when it changes, what falls back and says so. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char prices[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1'><h:head>"
    "<h:title ref=\"jr:itext('t')\"/><model><itext>"
    "<translation lang='nb' default='true()'><text id='t'><value>Priser</value></text>"
    "<text id='p'><value>Pris</value></text><text id='h'><value>Uten avgift</value></text>"
    "<text id='hei'><value>Hilsen</value></text></translation>"
    "<translation lang='en'><text id='t'><value>Prices</value></text>"
    "<text id='p'><value>Price</value></text><text id='hei'><value>Greetings</value></text>"
    "</translation>"
    "<translation lang='ar'><text id='t'><value>الأسعار</value></text>"
    "<text id='p'><value>السعر</value></text><text id='hei'><value>تحية</value></text>"
    "</translation></itext>"
    "<instance><data id='priser'><pris/><hilsen/></data></instance>"
    "<bind nodeset='/data/pris' type='decimal' required='true()'/>"
    "<bind nodeset='/data/hilsen' calculate=\"jr:itext('hei')\"/></model>"
    "<sk:about prefix='PR'><sk:lead ref=\"jr:itext('t')\"/></sk:about></h:head><h:body>"
    "<input ref='/data/pris'><label ref=\"jr:itext('p')\"/><hint ref=\"jr:itext('h')\"/></input>"
    "</h:body></h:html>";

static char folder[1024];

/* The program, serving that form beside no others. */
static int set_up_prices(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    char path[2048];
    snprintf(folder, sizeof folder, "%s/forms", scene->server.data);
    snprintf(path, sizeof path, "%s/priser", folder);
    if (mkdir(folder, 0700) != 0 || mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/priser/form.xml", folder);
    FILE *file = fopen(path, "we");
    if (!file || fputs(prices, file) < 0 || fclose(file) != 0)
        return -1;
    scene->forms = folder;
    scene_start_again(scene);
    return 0;
}

static bool holds(struct browser *browser, const char *html)
{
    return strstr((const char *)browser_content(browser).data, html) != NULL;
}

static void a_switch_in_the_middle_of_a_step_keeps_what_was_typed(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "hello", "Ingrid Fjeld");
    browser_fill(browser, "Navn", "Ingrid Fjeld");
    browser_fill(browser, "Melding", "Lyset ved skolen er borte.");

    browser_press(browser, "Davvisámegiella");

    assert_true(holds(browser, "<html lang=\"se\""));
    scene_must_see(browser, "Dieđáhus");
    assert_string_equal(browser_value(browser, "navn"), "Ingrid Fjeld");
    scene_must_see(browser, "Lyset ved skolen er borte.");
    browser_fill(browser, "Namma", "");
    browser_press(browser, "Boahtte lávki");
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Čále iežat nama");
}

static void the_review_changes_language_without_sending(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    scene_fill_hello(scene, "Ingrid Fjeld");
    scene_must_see(browser, "Se over og send inn");

    browser_press(browser, "English");

    scene_must_see(browser, "Check your answers and submit");
    scene_must_see(browser, "Message");
    assert_true(holds(browser, "<html lang=\"en\""));
    browser_press(browser, "Submit application");
    assert_int_equal(browser_status(browser), 422);
    scene_must_see(browser, "Tick the box to confirm that the information is correct");
}

static void con_1_the_page_of_consent_changes_language_without_a_yes(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Hent fra digital postkasse");
    assert_true(text_ends_with(browser_address(browser), "/samtykke"));

    browser_press(browser, "Nynorsk");

    assert_int_equal(browser_status(browser), 200);
    assert_true(text_ends_with(browser_address(browser), "/samtykke"));
    assert_true(holds(browser, "<html lang=\"nn\""));
    scene_must_see(browser, "Gå til postkassa");
    browser_visit(browser, "/min-side/samtykker");
    assert_int_equal(browser_status(browser), 200);
    assert_false(browser_has_button(browser, "Trekk samtykket"));
}

static void what_is_sent_and_its_receipt_are_in_the_language_of_the_draft(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "priser", "Ingrid Fjeld");
    browser_press(browser, "English");
    browser_fill(browser, "Price", "1.5");
    browser_press(browser, "Next step");
    browser_tick(browser, "I confirm");
    browser_press(browser, "Submit application");

    scene_must_see(browser, "The application is submitted");
    scene_must_see(browser, "Prices");
    browser_visit(browser, arena_printf(arena, "%s/soknad.xml", browser_address(browser)));
    assert_true(holds(browser, "<pris>1.5</pris><hilsen>Greetings</hilsen>"));
}

static void a_number_is_read_as_it_was_typed_and_written_as_it_is_read(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "priser", "Ingrid Fjeld");
    browser_press(browser, "English");
    browser_fill(browser, "Price", "1,234.5");

    browser_press(browser, "Bokmål");

    assert_string_equal(browser_value(browser, "pris"), "1\u00a0234,5");
    browser_press(browser, "English");
    assert_string_equal(browser_value(browser, "pris"), "1,234.5");
}

static void a_text_that_is_missing_falls_back_and_says_in_which_language_it_is(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_start(&scene->walk, "priser", "Ingrid Fjeld");

    browser_press(browser, "English");
    assert_true(holds(browser, "lang=\"nb\">Uten avgift"));

    browser_press(browser, "العربية"); /* the site says the rest in English */
    assert_true(holds(browser, "<html lang=\"en\""));
    assert_true(holds(browser, "lang=\"ar\" dir=\"rtl\">السعر"));
    scene_must_see(browser, "Next step");
}

static void a_draft_keeps_its_language_on_another_device(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "hello", "Ingrid Fjeld");
    browser_press(browser, "Davvisámegiella");
    char *draft = arena_text(arena, browser_address(browser));
    CLEANUP(browser_close) struct browser *other = scene_browser();
    struct walk walk = scene->walk;
    walk.browser = other;
    browser_visit(other, arena_printf(arena, "%s/min-side", scene->server.site));
    walk_log_in(&walk, "Ingrid Fjeld");

    browser_visit(other, draft);

    assert_true(holds(other, "<html lang=\"se\""));
}

static void pages_without_a_form_change_by_a_link(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, scene->server.site);
    assert_true(holds(browser, "href=\"?lang=se\" lang=\"se\" hreflang=\"se\""));

    browser_press(browser, "Davvisámegiella");

    scene_must_see(browser, "Ohcamušat ja skovit");
    scene_must_see(browser, "Dieđit juoga lagasbirrasis");
    assert_true(holds(browser, "lang=\"nb\">Søknad om redusert foreldrebetaling"));

    /* a form without it says so, in that language, and is shown in the one it has */
    browser_visit(browser,
                  arena_printf(arena, "%s/skjema/redusert-foreldrebetaling", scene->server.site));
    assert_true(holds(browser, "<html lang=\"nb\""));
    scene_must_see(browser, "Skovvi ii gávdno gillii: Davvisámegiella");
    assert_false(browser_has_button(browser, "Davvisámegiella"));
}

static void a_page_that_is_not_there_changes_language_too(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, arena_printf(arena, "%s/finnes-ikke", scene->server.site));
    assert_int_equal(browser_status(browser), 404);

    browser_press(browser, "English");

    assert_int_equal(browser_status(browser), 404);
    assert_true(holds(browser, "<html lang=\"en\""));
    browser_visit(browser, scene->server.site);
    assert_true(holds(browser, "<html lang=\"en\""));
}

static const char *language_for(struct scene *scene, struct arena *arena, const char *accepts)
{
    struct browser *browser = scene->walk.browser;
    const char *headers[] = {arena_printf(arena, "Accept-Language: %s", accepts), NULL};
    browser_send(browser, "GET", arena_printf(arena, "%s/skjema/hello", scene->server.site),
                 headers, NULL, (struct bytes){0});
    const char *start = strstr((const char *)browser_content(browser).data, "<html lang=\"");
    assert_non_null(start);
    return arena_printf(arena, "%.2s", start + strlen("<html lang=\""));
}

static void the_browser_says_what_is_preferred_until_somebody_chooses(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_string_equal(language_for(scene, arena, "nn-NO,nn;q=0.9,nb;q=0.8"), "nn");
    assert_string_equal(language_for(scene, arena, "de;q=0.4, se-NO;q=0.9, en"), "en");
    assert_string_equal(language_for(scene, arena, "pl, nn;q=0.5, en;q=0"), "nn");
    assert_string_equal(language_for(scene, arena, "smj"), "nb");
    assert_string_equal(language_for(scene, arena, "uk"), "en");
    assert_string_equal(language_for(scene, arena, "*"), "nb");
    assert_string_equal(language_for(scene, arena, ",;q=,q"), "nb");
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)
#define PRICES(test) cmocka_unit_test_setup_teardown(test, set_up_prices, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_switch_in_the_middle_of_a_step_keeps_what_was_typed),
        SCENE(the_review_changes_language_without_sending),
        SCENE(con_1_the_page_of_consent_changes_language_without_a_yes),
        PRICES(what_is_sent_and_its_receipt_are_in_the_language_of_the_draft),
        PRICES(a_number_is_read_as_it_was_typed_and_written_as_it_is_read),
        PRICES(a_text_that_is_missing_falls_back_and_says_in_which_language_it_is),
        SCENE(a_draft_keeps_its_language_on_another_device),
        SCENE(pages_without_a_form_change_by_a_link),
        SCENE(a_page_that_is_not_there_changes_language_too),
        SCENE(the_browser_says_what_is_preferred_until_somebody_chooses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
