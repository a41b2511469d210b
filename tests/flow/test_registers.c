/* What is known already is filled in, with its source; and nobody is held up when it is not. */
#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

static const char form[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:sk='urn:skjema:1'><h:head><h:title>Leie av lokale</h:title><model>"
    "<instance><data id='lokale'><om><navn/><adresse/><epost/><mobil/></om>"
    "<firma><nummer/><navn/></firma><dag><dato/></dag></data></instance>"
    "<bind nodeset='/data/om/navn' sk:prefill='person.name'/>"
    "<bind nodeset='/data/om/adresse' sk:prefill='person.address' required='true()'/>"
    "<bind nodeset='/data/om/epost' sk:prefill='krr.email' sk:editable='true'/>"
    "<bind nodeset='/data/om/mobil' sk:prefill='krr.phone'/>"
    "<bind nodeset='/data/firma/nummer' type='sk:orgnr'/>"
    "<bind nodeset='/data/firma/navn' sk:prefill='org.name' sk:prefill-by='../nummer'/>"
    "</model><sk:about prefix='LL'/></h:head><h:body class='pages'>"
    "<group ref='/data/om'><label>Om deg</label>"
    "<input ref='/data/om/navn'><label>Navn</label></input>"
    "<input ref='/data/om/adresse'><label>Adresse</label></input>"
    "<input ref='/data/om/epost'><label>E-post</label></input>"
    "<input ref='/data/om/mobil'><label>Mobil</label></input></group>"
    "<group ref='/data/firma'><label>Firmaet</label>"
    "<input ref='/data/firma/nummer'><label>Organisasjonsnummer</label></input>"
    "<input ref='/data/firma/navn'><label>Firmanavn</label></input></group>"
    "<group ref='/data/dag'><label>Dagen</label>"
    "<input ref='/data/dag/dato'><label>Hvilken dag</label></input></group>"
    "</h:body></h:html>";

static int set_up(void **state)
{
    if (scene_set_up_folder(state) != 0)
        return -1;
    struct scene *scene = *state;
    static char forms[600];
    char path[700];
    snprintf(forms, sizeof forms, "%s/skjema", scene->server.data);
    snprintf(path, sizeof path, "%s/lokale", forms);
    if (mkdir(forms, 0700) != 0 || mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/lokale/form.xml", forms);
    FILE *file = fopen(path, "w");
    if (!file || fputs(form, file) < 0 || fclose(file) != 0)
        return -1;
    scene->forms = forms;
    scene_start_again(scene);
    return 0;
}

static void behave(struct scene *scene, const char *which, const char *mode, int answers)
{
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    char url[256], body[128];
    snprintf(url, sizeof url, "%s/control/register", scene->server.postbox);
    snprintf(body, sizeof body, "register=%s&mode=%s&answers=%d", which, mode, answers);
    browser_send(browser, "POST", url, NULL, "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
}

/* Presses on while the page says that it fetches. */
static void settle(struct browser *browser)
{
    int64_t until = clock_monotonic_ms() + 10000;
    while (browser_sees(browser, "Vi henter opplysninger om deg") && clock_monotonic_ms() < until) {
        nanosleep(&(struct timespec){.tv_nsec = 50000000L}, NULL);
        browser_press(browser, "Fortsett");
    }
}

static struct browser *begin(struct scene *scene, const char *name)
{
    walk_start(&scene->walk, "lokale", name);
    settle(scene->walk.browser);
    scene_must_see(scene->walk.browser, "Om deg");
    return scene->walk.browser;
}

/* By somebody who is logged in: the login asks the population register too. */
static struct browser *start(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    char url[512];
    snprintf(url, sizeof url, "%s/skjema/lokale", scene->server.site);
    browser_visit(browser, url);
    browser_press(browser, "Start");
    return browser;
}

static void what_is_known_is_filled_in_with_its_source_everywhere(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = begin(scene, "Ingrid Fjeld");
    scene_must_see(browser, "Ingrid Fjeld Hentet fra innloggingen");
    scene_must_see(browser, "Bakkeveien 7 B, 9999 Fjordvik Hentet fra Folkeregisteret");
    scene_must_see(browser, "+4790000001 Hentet fra Kontakt- og reservasjonsregisteret");
    assert_string_equal(browser_value(browser, "om-epost"), "ingrid.fjeld@example.no");
    scene_must_see(browser, "Du kan endre det.");
    assert_null(browser_value(browser, "om-adresse")); /* not a field at all */

    browser_press(browser, "Neste steg");
    browser_press(browser, "Neste steg");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Bakkeveien 7 B, 9999 Fjordvik Hentet fra Folkeregisteret");
    walk_send(&scene->walk);
    char url[512];
    snprintf(url, sizeof url, "%s/soknad.xml", browser_address(browser));
    browser_visit(browser, url);
    struct bytes sent = browser_content(browser);
    static const char start[] = "<adresse sk:source=\"folkeregisteret\" sk:date=\"20";
    assert_non_null(memmem(sent.data, sent.size, start, strlen(start)));
}

static void http_7_a_source_is_not_taken_from_a_post(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct browser *browser = begin(scene, "Ingrid Fjeld");
    const char *page = arena_text(arena, browser_address(browser));
    const char *body =
        arena_printf(arena,
                     "_csrf=%s&_revisjon=%s&_handling=neste&om-adresse=Slottet&om-navn=Kongen&om-"
                     "epost=a%%40b.no",
                     browser_value(browser, "_csrf"), browser_value(browser, "_revisjon"));
    const char *cookie = arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena));
    CLEANUP(browser_close) struct browser *hand = scene_browser();
    browser_send(hand, "POST", page, (const char *const[]){cookie, NULL},
                 "application/x-www-form-urlencoded", BYTES_OF(body));
    assert_int_equal(browser_status(hand), 303);

    browser_visit(browser, page);
    scene_must_see(browser, "Bakkeveien 7 B");
    scene_must_see(browser, "Ingrid Fjeld Hentet");
    assert_string_equal(browser_value(browser, "om-epost"), "a@b.no"); /* theirs, and not ours */
    scene_must_not_see(browser, "Du kan endre det.");
}

static void contact_details_that_may_not_be_used_are_asked_for(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = begin(scene, "Einar Dahl"); /* has reserved himself */
    assert_string_equal(browser_value(browser, "om-epost"), "");
    assert_string_equal(browser_value(browser, "om-mobil"), "");
    scene_must_not_see(browser, "Vi fikk ikke hentet");
    scene_must_see(browser, "Fjellveien 9, 9999 Fjordvik");
}

static void each_address_is_used_only_when_it_is_fresh_enough_itself(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = begin(scene, "Oddny Hauge"); /* e-mail older than 18 months */
    assert_string_equal(browser_value(browser, "om-epost"), "");
    scene_must_see(browser, "+4790000003 Hentet fra");
}

static void a_register_that_is_down_makes_an_ordinary_question(void **state)
{
    struct scene *scene = *state;
    static const char *const modes[] = {"down", "garbage", "refuse"};
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    for (size_t i = 0; i < COUNT(modes); i++) {
        behave(scene, "befolkning", modes[i], 0);
        struct browser *browser = start(scene);
        settle(browser);
        scene_must_see(browser, "Vi fikk ikke hentet dette akkurat nå. Fyll det ut selv.");
        scene_must_see(browser, "+4790000001 Hentet fra"); /* the others are not in the way */
        browser_fill(browser, "Adresse", "Storgata 1, 9999 Fjordvik");
        browser_press(browser, "Neste steg");
        scene_must_see(browser, "Organisasjonsnummer");
    }
}

static void jwt_4_a_form_is_not_begun_or_opened_with_a_login_that_is_not_sure_enough(void **state)
{
    struct scene *scene = *state; /* a form demands level 4 unless it says otherwise */
    struct browser *browser = begin(scene, "Ingrid Fjeld");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *page = arena_text(arena, browser_address(browser));
    browser_press(browser, "Logg ut");
    browser_visit(browser, arena_printf(arena, "%s/logg-inn", scene->server.site));
    assert_true(walk_through_login(browser, "Ingrid Fjeld", "Betydelig"));

    browser_visit(browser, page);
    scene_must_see(browser, "Logg inn på en sikrere måte");
    browser_visit(browser, "/skjema/lokale");
    browser_press(browser, "Start en ny søknad");
    scene_must_see(browser, "Logg inn på en sikrere måte");
}

static void a_late_answer_fills_what_is_empty_and_nothing_else(void **state)
{
    struct scene *scene = *state;
    behave(scene, "krr", "down", 1);
    struct browser *browser = begin(scene, "Ingrid Fjeld");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *page = arena_text(arena, browser_address(browser));
    scene_must_see(browser, "Vi fikk ikke hentet");
    browser_fill(browser, "E-post", "min@egen.no");
    browser_press(browser, "Neste steg");

    int64_t until = clock_monotonic_ms() + 20000;
    do { /* the worker tries again after some seconds */
        nanosleep(&(struct timespec){.tv_nsec = 200000000L}, NULL);
        browser_visit(browser, page);
    } while (!browser_sees(browser, "+4790000001") && clock_monotonic_ms() < until);
    scene_must_see(browser, "+4790000001 Hentet fra");
    assert_string_equal(browser_value(browser, "om-epost"), "min@egen.no");
    scene_must_not_see(browser, "Vi fikk ikke hentet");
}

static void a_slow_register_is_waited_for_only_a_moment(void **state)
{
    struct scene *scene = *state;
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    behave(scene, "befolkning", "slow", 0);
    struct browser *browser = start(scene);
    scene_must_see(browser, "Vi henter opplysninger om deg");
    int64_t start = clock_monotonic_ms();
    settle(browser);
    assert_true(clock_monotonic_ms() - start < 5000);
    scene_must_see(browser, "Vi fikk ikke hentet");
    browser_fill(browser, "Adresse", "Storgata 1, 9999 Fjordvik");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Organisasjonsnummer");
}

static void an_organisation_is_named_by_its_number(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = begin(scene, "Ingrid Fjeld");
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_press(browser, "Neste steg");
    const char *page = arena_text(arena, browser_address(browser));
    browser_fill(browser, "Organisasjonsnummer", "310 123 021");
    browser_press(browser, "Neste steg");
    browser_visit(browser, page);
    settle(browser);
    scene_must_see(browser, "Nordlys Regnskap AS Hentet fra Enhetsregisteret");

    browser_fill(browser, "Organisasjonsnummer", "314 400 801");
    browser_press(browser, "Neste steg");
    browser_visit(browser, page);
    settle(browser);
    scene_must_see(browser, "Fjordvik Breiband AS Hentet fra Enhetsregisteret");
    scene_must_not_see(browser, "Nordlys");

    browser_fill(browser, "Organisasjonsnummer", "315 058 384"); /* does not exist any more */
    browser_press(browser, "Neste steg");
    browser_visit(browser, page);
    settle(browser);
    assert_string_equal(browser_value(browser, "firma-navn"), "");
    scene_must_not_see(browser, "Breiband");
}

/* In and, when it has been seen, out again. */
static void look_in(struct scene *scene, const char *sees)
{
    struct browser *browser = scene->walk.browser;
    char url[512];
    snprintf(url, sizeof url, "%s/logg-inn", scene->server.site);
    browser_visit(browser, url);
    assert_true(walk_through_login(browser, "Ingrid Fjeld", NULL));
    scene_must_see(browser, sees);
    browser_press(browser, "Logg ut");
}

static void a_name_is_the_population_registers_and_stays_when_it_says_none(void **state)
{
    struct scene *scene = *state;
    static const char *const silent[] = {"down", "slow", "garbage", "nothing"};
    behave(scene, "befolkning", "down", 0);
    look_in(scene, "Innlogget Logg ut");
    behave(scene, "befolkning", "normal", 0);
    look_in(scene, "Innlogget som Ingrid Fjeld Logg ut");
    for (size_t i = 0; i < COUNT(silent); i++) {
        behave(scene, "befolkning", silent[i], 0);
        look_in(scene, "Innlogget som Ingrid Fjeld Logg ut");
    }
}

static void who_is_in_no_register_applies_and_no_page_has_a_hole_for_the_name(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    char url[512];
    snprintf(url, sizeof url, "%s/skjema/lokale", scene->server.site);
    browser_visit(browser, url);
    browser_press(browser, "Logg inn og start");
    browser_press(browser, "Logg inn med ID-porten");
    browser_fill(browser, "Eller skriv et syntetisk", "15838530181");
    browser_press(browser, "Logg inn som testperson");
    settle(browser);
    scene_must_see(browser, "Innlogget Logg ut");
    scene_must_not_see(browser, "Hentet fra innloggingen");
    browser_fill(browser, "Navn", "Kari Test");
    browser_fill(browser, "Adresse", "Storgata 1, 9999 Fjordvik");
    browser_press(browser, "Neste steg");
    browser_press(browser, "Neste steg");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Om deg Fødselsnummer 158385 *****");
    walk_send(&scene->walk);
    scene_must_see(browser, "Innlogget Logg ut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_known_is_filled_in_with_its_source_everywhere,
                                        set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(http_7_a_source_is_not_taken_from_a_post, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(contact_details_that_may_not_be_used_are_asked_for, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(each_address_is_used_only_when_it_is_fresh_enough_itself,
                                        set_up, scene_tear_down),
        cmocka_unit_test_setup_teardown(a_register_that_is_down_makes_an_ordinary_question, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            jwt_4_a_form_is_not_begun_or_opened_with_a_login_that_is_not_sure_enough, set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(a_late_answer_fills_what_is_empty_and_nothing_else, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(a_slow_register_is_waited_for_only_a_moment, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(an_organisation_is_named_by_its_number, set_up,
                                        scene_tear_down),
        cmocka_unit_test_setup_teardown(
            a_name_is_the_population_registers_and_stays_when_it_says_none, set_up,
            scene_tear_down),
        cmocka_unit_test_setup_teardown(
            who_is_in_no_register_applies_and_no_page_has_a_hole_for_the_name, set_up,
            scene_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
