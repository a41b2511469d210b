/* What htmx asks between the presses of a step, as it asks it: saving, following an answer, going
 * on; and what it gets when something is in the way. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A question and a sum that hang on answers, and a page after it. */
static const char form[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'"
    " xmlns:sk='urn:skjema:1'><h:head><h:title>Bestilling</h:title><model>"
    "<instance><data id='bestilling' version='1'><vare><slag/><hva/><antall/><sum/></vare>"
    "<til><hvor/></til></data></instance>"
    "<bind nodeset='/data/vare/slag' required='true()'/>"
    "<bind nodeset='/data/vare/hva' relevant=\"/data/vare/slag = 'annet'\"/>"
    "<bind nodeset='/data/vare/antall' type='int'/>"
    "<bind nodeset='/data/vare/sum' type='sk:belop' calculate='/data/vare/antall * 250'/>"
    "</model><sk:about prefix='BE'/></h:head><h:body class='pages'>"
    "<group ref='/data/vare' appearance='field-list'><label>Vare</label>"
    "<select1 ref='/data/vare/slag'><label>Hva slags</label>"
    "<item><label>Pant</label><value>pant</value></item>"
    "<item><label>Annet</label><value>annet</value></item></select1>"
    "<input ref='/data/vare/hva'><label>Hva da</label></input>"
    "<input ref='/data/vare/antall'><label>Antall</label></input>"
    "<output ref='/data/vare/sum'><label>Til sammen</label></output></group>"
    "<group ref='/data/til' appearance='field-list'><label>Levering</label>"
    "<input ref='/data/til/hvor'><label>Hvor</label></input></group>"
    "</h:body></h:html>";

/* ---- a scene for all of them, and somebody at the first step of a new draft ---- */

static int set_up(void **state)
{
    static char forms[600];
    char path[700];
    scene_set_up_folder(state);
    struct scene *scene = *state;
    snprintf(forms, sizeof forms, "%s/forms", scene->server.data);
    snprintf(path, sizeof path, "%s/bestilling", forms);
    if (mkdir(forms, 0700) != 0 || mkdir(path, 0700) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/bestilling/form.xml", forms);
    FILE *file = fopen(path, "we");
    if (!file || fputs(form, file) < 0 || fclose(file) != 0)
        return -1;
    scene->forms = forms;
    scene_start_again(scene);
    return 0;
}

struct filling {
    struct scene *scene;
    struct arena *arena;
    struct browser *browser;
    const char *step, *token, *revision; /* as the page has them */
};

static void finish(struct filling *filling)
{
    arena_close(&filling->arena);
}

static const char *value(struct filling *filling, const char *name)
{
    return arena_text(filling->arena, browser_value(filling->browser, name));
}

static struct filling begin(struct scene *scene, const char *name)
{
    browser_close(&scene->walk.browser);
    scene->walk.browser = scene_browser();
    struct filling filling = {
        .scene = scene, .arena = arena_open(), .browser = scene->walk.browser};
    walk_start(&scene->walk, "bestilling", name);
    filling.step = arena_text(filling.arena, browser_address(filling.browser));
    filling.token = value(&filling, "_csrf");
    filling.revision = value(&filling, "_revisjon");
    return filling;
}

/* The step's answers by htmx; more: further "&name=value". */
static void post_with(struct filling *filling, const char *const *headers, const char *token,
                      const char *more)
{
    browser_send(filling->browser, "POST", filling->step, headers,
                 "application/x-www-form-urlencoded",
                 BYTES_OF(arena_printf(filling->arena, "_csrf=%s&_revisjon=%s%s", token,
                                       filling->revision, more)));
}

static void post(struct filling *filling, const char *more)
{
    const char *const headers[] = {"HX-Request: true", NULL};
    post_with(filling, headers, filling->token, more);
}

static void get_part(struct filling *filling, const char *shown_at)
{
    const char *const headers[] = {
        "HX-Request: true", arena_printf(filling->arena, "HX-Current-URL: %s", shown_at), NULL};
    browser_send(filling->browser, "GET", filling->step, headers, NULL, (struct bytes){0});
}

static void let_sessions_end(struct filling *filling)
{
    struct hand hand;
    hand_reach_in(&filling->scene->server, &hand);
    hand_run(&hand, DB_SQL("UPDATE sessions SET used_at = 0"), DB_NO_VALUES);
    hand_draw_back(&hand);
}

/* ---- what an answer is ---- */

static const char *markup(struct filling *filling)
{
    return arena_text_of(filling->arena, browser_content(filling->browser));
}

static void must_hold(struct filling *filling, const char *text)
{
    if (!strstr(markup(filling), text))
        fail_msg("%s is not in %s", text, markup(filling));
}

static void must_not_hold(struct filling *filling, const char *text)
{
    if (strstr(markup(filling), text))
        fail_msg("%s is in %s", text, markup(filling));
}

static void must_be_part_of_a_page(struct filling *filling)
{
    static const char *const of_whole_pages[] = {"<!doctype", "<!DOCTYPE", "<html",   "<head",
                                                 "<body",     "<header",   "<footer", "<main"};
    for (size_t i = 0; i < COUNT(of_whole_pages); i++)
        must_not_hold(filling, of_whole_pages[i]);
}

/* NULL: there is none. */
static void header_must_be(struct filling *filling, const char *name, const char *expected)
{
    const char *header = browser_header(filling->browser, name);
    if (!text_equal(header ? header : "none", expected ? expected : "none"))
        fail_msg("%s: %s", name, header ? header : "none");
}

static void must_be_saved(struct filling *filling, const char *place, const char *expected)
{
    browser_visit(filling->browser, filling->step);
    assert_string_equal(browser_value(filling->browser, place), expected);
}

/* ---- saving ---- */

static void
what_is_saved_between_presses_answers_with_a_line_a_revision_and_the_time_left(void **state)
{
    struct filling filling = begin(*state, "Ingrid Fjeld");

    post(&filling, "&_handling=autolagre&vare-antall=3");

    assert_int_equal(browser_status(filling.browser), 200);
    must_be_part_of_a_page(&filling);
    must_not_hold(&filling, "<form");
    must_not_hold(&filling, "<title");
    must_hold(&filling, "id=\"utkaststatus\"");
    must_hold(&filling, "id=\"_okt-slutt\"");
    assert_string_not_equal(value(&filling, "_revisjon"), filling.revision);
    header_must_be(&filling, "Location", NULL);
    header_must_be(&filling, "HX-Redirect", NULL);
    header_must_be(&filling, "HX-Retarget", NULL);
    header_must_be(&filling, "Cache-Control", "no-store");
    must_be_saved(&filling, "vare-antall", "3");
    finish(&filling);
}

static void nothing_that_is_saved_between_presses_is_called_wrong(void **state)
{
    struct filling filling = begin(*state, "Jonas Lie Berg");

    post(&filling, "&_handling=autolagre&vare-antall=mange");

    assert_int_equal(browser_status(filling.browser), 200);
    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=folg&vare-slag=&vare-antall=mange");
    assert_int_equal(browser_status(filling.browser), 200);
    must_not_hold(&filling, "ds-validation-message");
    must_be_saved(&filling, "vare-antall", "mange");
    must_not_hold(&filling, "ds-validation-message");
    finish(&filling);
}

static void an_answer_that_was_lost_is_given_again_and_is_no_conflict(void **state)
{
    struct filling filling = begin(*state, "Oddny Hauge");
    post(&filling, "&_handling=autolagre&vare-antall=3");
    const char *now = value(&filling, "_revisjon");

    post(&filling, "&_handling=autolagre&vare-antall=3");

    assert_int_equal(browser_status(filling.browser), 200);
    assert_string_equal(value(&filling, "_revisjon"), now);
    finish(&filling);
}

static void of_two_windows_the_later_is_told_and_what_it_says_is_kept(void **state)
{
    struct filling filling = begin(*state, "Gerd Nilsen");
    post(&filling, "&_handling=autolagre&vare-antall=3");

    post(&filling, "&_handling=autolagre&vare-antall=4"); /* from the revision of before */

    assert_int_equal(browser_status(filling.browser), 409);
    must_be_part_of_a_page(&filling);
    must_not_hold(&filling, "<form");
    must_hold(&filling, "Utkastet er endret i et annet vindu");
    header_must_be(&filling, "HX-Retarget", "#utkaststatus");
    header_must_be(&filling, "Location", NULL);
    browser_press(filling.browser, "Vis den nyeste versjonen");
    scene_must_see(filling.browser, "Du skrev: 4");
    finish(&filling);
}

/* ---- following ---- */

static void a_question_that_hangs_on_an_answer_comes_and_goes_and_is_told_of(void **state)
{
    struct filling filling = begin(*state, "Ingrid Fjeld");

    post(&filling, "&_handling=folg&vare-slag=annet&vare-antall=");
    assert_int_equal(browser_status(filling.browser), 200);
    must_be_part_of_a_page(&filling);
    header_must_be(&filling, "HX-Reswap", "innerMorph");
    header_must_be(&filling, "HX-Retarget", "#innhold");
    must_hold(&filling, "Hva da");
    must_hold(&filling, "hx-swap-oob=\"innerHTML\">Nye spørsmål er lagt til");
    must_not_hold(&filling, "ds-validation-message");

    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=folg&vare-slag=pant&vare-hva=En+benk&vare-antall=");
    must_not_hold(&filling, "Hva da");
    must_hold(&filling, "hx-swap-oob=\"innerHTML\">Spørsmål som ikke gjelder lenger");
    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=folg&vare-slag=annet&vare-antall=");
    must_hold(&filling, "Hva da");
    must_hold(&filling, "En benk"); /* what was answered is not forgotten */
    finish(&filling);
}

static void a_sum_is_calculated_again_and_nothing_new_is_told(void **state)
{
    struct filling filling = begin(*state, "Jonas Lie Berg");

    post(&filling, "&_handling=folg&vare-slag=pant&vare-antall=3");
    scene_must_see(filling.browser, "750");
    must_hold(&filling, "hx-swap-oob=\"innerHTML\"></p>");
    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=folg&vare-slag=pant&vare-antall=5");

    must_hold(&filling, "1\u00a0250");
    scene_must_not_see(filling.browser, "750");
    finish(&filling);
}

static void what_was_called_wrong_stays_so_until_it_is_right(void **state)
{
    struct filling filling = begin(*state, "Gerd Nilsen");

    post(&filling, "&_handling=neste&vare-slag=pant&vare-antall=mange");
    const char *wrong = value(&filling, "_feil");
    filling.revision = value(&filling, "_revisjon");
    post(&filling,
         arena_printf(filling.arena, "&_handling=folg&_feil=%s&vare-slag=&vare-antall=x", wrong));
    assert_int_equal(browser_status(filling.browser), 200);
    must_hold(&filling, "ds-validation-message");
    assert_string_equal(value(&filling, "_feil"), wrong); /* and not what is lacking yet */
    filling.revision = value(&filling, "_revisjon");
    post(&filling,
         arena_printf(filling.arena, "&_handling=folg&_feil=%s&vare-slag=&vare-antall=3", wrong));

    must_not_hold(&filling, "ds-validation-message");
    finish(&filling);
}

static int times(struct filling *filling, const char *text)
{
    int count = 0;
    for (const char *at = markup(filling); (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

/* The first field must be answered, and is not. */
static void what_cannot_be_read_is_told_at_its_field_when_that_was_left(void **state)
{
    struct filling filling = begin(*state, "Ingrid Fjeld");

    post(&filling, "&_handling=autolagre&_forlatt=vare-slag+vare-antall&vare-slag="
                   "&vare-antall=mange");
    assert_int_equal(browser_status(filling.browser), 200);
    must_be_part_of_a_page(&filling);
    header_must_be(&filling, "HX-Retarget", "#innhold");
    header_must_be(&filling, "HX-Reswap", "innerMorph");
    assert_int_equal(times(&filling, "ds-validation-message"), 1);
    must_hold(&filling, "aria-describedby=\"vare-antall-feil\" aria-invalid=\"true\"");
    must_hold(&filling, "id=\"vare-antall-feil\">Antall må være et helt tall");
    must_not_hold(&filling, "ds-error-summary");
    must_not_hold(&filling, "autofocus");
    must_not_hold(&filling, "<title>Feil");
    const char *told = value(&filling, "_formfeil");

    filling.revision = value(&filling, "_revisjon");
    post(&filling,
         arena_printf(filling.arena, "&_handling=autolagre&_formfeil=%s&vare-slag=&vare-antall=x",
                      told));
    assert_int_equal(times(&filling, "ds-validation-message"), 1); /* is being mended */
    filling.revision = value(&filling, "_revisjon");
    post(&filling,
         arena_printf(filling.arena, "&_handling=autolagre&_formfeil=%s&vare-slag=&vare-antall=3",
                      told));
    must_hold(&filling, "id=\"vare-antall\"");
    must_not_hold(&filling, "ds-validation-message");
    must_not_hold(&filling, "_formfeil");

    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=neste&vare-slag=&vare-antall=x");
    assert_int_equal(browser_status(filling.browser), 422);
    must_hold(&filling, "<title>Feil (2)");
    finish(&filling);
}

/* ---- from page to page ---- */

static void a_step_is_answered_with_its_title_and_what_stands_in_main(void **state)
{
    struct filling filling = begin(*state, "Oddny Hauge");

    get_part(&filling, filling.step);
    assert_int_equal(browser_status(filling.browser), 200);
    must_be_part_of_a_page(&filling);
    assert_true(text_starts_with(markup(&filling), "\n<title>"));
    must_hold(&filling, "Antall");
    assert_non_null(strstr(browser_header(filling.browser, "Vary"), "HX-Request"));
    header_must_be(&filling, "HX-Retarget", "#innhold");
    header_must_be(&filling, "HX-Push-Url", NULL);
    get_part(&filling, "https://site.example/min-side");
    header_must_be(&filling, "HX-Push-Url", strstr(filling.step, "/utkast/"));

    const char *const back[] = {"HX-Request: true", "HX-History-Restore-Request: true", NULL};
    browser_send(filling.browser, "GET", filling.step, back, NULL, (struct bytes){0});
    must_hold(&filling, "<html");
    must_hold(&filling, "<main");
    finish(&filling);
}

static void from_step_to_step_main_is_exchanged_and_elsewhere_the_page_is_loaded(void **state)
{
    struct filling filling = begin(*state, "Gerd Nilsen");

    post(&filling, "&_handling=neste&vare-slag=&vare-antall=");
    assert_int_equal(browser_status(filling.browser), 422);
    must_be_part_of_a_page(&filling);
    must_hold(&filling, "ds-validation-message");
    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=neste&vare-slag=pant&vare-antall=");
    assert_int_equal(browser_status(filling.browser), 303);
    assert_non_null(strstr(browser_header(filling.browser, "Location"), "/side/"));
    header_must_be(&filling, "HX-Redirect", NULL);

    browser_visit(filling.browser, filling.step);
    filling.revision = value(&filling, "_revisjon");
    post(&filling, "&_handling=lagre&vare-slag=pant&vare-antall=");
    assert_int_equal(browser_status(filling.browser), 200);
    header_must_be(&filling, "HX-Redirect", "/min-side?lagret=ja");
    header_must_be(&filling, "Location", NULL);
    finish(&filling);
}

/* ---- what is in the way ---- */

static void ses_3_what_was_to_be_saved_when_the_session_ended_is_kept(void **state)
{
    struct filling filling = begin(*state, "Ingrid Fjeld");
    let_sessions_end(&filling);

    post(&filling, "&_handling=autolagre&vare-antall=12");

    assert_int_equal(browser_status(filling.browser), 401);
    must_not_hold(&filling, "utkaststatus");
    header_must_be(&filling, "HX-Retarget", "body");
    get_part(&filling, filling.step);
    assert_int_equal(browser_status(filling.browser), 200);
    header_must_be(&filling, "HX-Redirect", "/logg-inn");
    browser_visit(filling.browser, filling.step);
    (void)walk_through_login(filling.browser, "Ingrid Fjeld", NULL);
    scene_must_see(filling.browser, "Du skrev: 12");
    finish(&filling);
}

static void csrf_1_without_our_token_nothing_becomes_part_of_the_draft(void **state)
{
    struct filling filling = begin(*state, "Jonas Lie Berg");
    const char *const headers[] = {"HX-Request: true", NULL};

    post_with(&filling, headers, "", "&_handling=autolagre&vare-antall=77");

    assert_int_equal(browser_status(filling.browser), 200);
    header_must_be(&filling, "Location", NULL);
    assert_true(text_starts_with(browser_header(filling.browser, "HX-Redirect"), "/utkast/"));
    must_not_hold(&filling, "utkaststatus");
    browser_visit(filling.browser, filling.step); /* a page from before the last login, perhaps */
    scene_must_see(filling.browser, "Du skrev: 77");
    finish(&filling);
}

static void csrf_2_what_another_site_lets_htmx_post_is_refused_and_not_kept(void **state)
{
    struct filling filling = begin(*state, "Oddny Hauge");
    const char *const elsewhere[] = {"HX-Request: true", "Origin: https://andre.example", NULL};

    post_with(&filling, elsewhere, filling.token, "&_handling=autolagre&vare-antall=78");

    assert_int_equal(browser_status(filling.browser), 403);
    header_must_be(&filling, "HX-Retarget", "body");
    must_be_saved(&filling, "vare-antall", "");
    finish(&filling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            what_is_saved_between_presses_answers_with_a_line_a_revision_and_the_time_left),
        cmocka_unit_test(nothing_that_is_saved_between_presses_is_called_wrong),
        cmocka_unit_test(an_answer_that_was_lost_is_given_again_and_is_no_conflict),
        cmocka_unit_test(of_two_windows_the_later_is_told_and_what_it_says_is_kept),
        cmocka_unit_test(a_question_that_hangs_on_an_answer_comes_and_goes_and_is_told_of),
        cmocka_unit_test(a_sum_is_calculated_again_and_nothing_new_is_told),
        cmocka_unit_test(what_was_called_wrong_stays_so_until_it_is_right),
        cmocka_unit_test(what_cannot_be_read_is_told_at_its_field_when_that_was_left),
        cmocka_unit_test(a_step_is_answered_with_its_title_and_what_stands_in_main),
        cmocka_unit_test(from_step_to_step_main_is_exchanged_and_elsewhere_the_page_is_loaded),
        cmocka_unit_test(ses_3_what_was_to_be_saved_when_the_session_ended_is_kept),
        cmocka_unit_test(csrf_1_without_our_token_nothing_becomes_part_of_the_draft),
        cmocka_unit_test(csrf_2_what_another_site_lets_htmx_post_is_refused_and_not_kept),
    };
    return cmocka_run_group_tests(tests, set_up, scene_tear_down);
}
