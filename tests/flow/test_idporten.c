/* Login at ID-porten and logout: what Digdir asks services to try before they go live (its
 * "verifikasjonstester"), and what happens when ID-porten is not as it should be. */
#include "tests/cases.h"
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define INGRID "Ingrid Fjeld"
#define SUBSTANTIAL "Betydelig"
#define OTHER_CLIENT "sandkasse-annen-tjeneste"
#define URLENCODED "application/x-www-form-urlencoded"

static int set_up(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->more[0] = "--logins_a_minute=1000";
    scene->more[1] = "--logouts_a_minute=1000";
    scene->more[2] = "--idporten_timeout_ms=3000"; /* the sandbox is slow for 4 seconds */
    scene->server.is_apart = true; /* the sandbox goes on when the program starts again */
    scene_start_again(scene);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    server_end_sandbox(&scene->server);
    return scene_tear_down(state);
}

/* ---- what people do ---- */

static void visit(struct scene *scene, struct browser *browser, const char *path)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_visit(browser, arena_printf(arena, "%s%s", scene->server.site, path));
}

/* In a browser of somebody who was never here. */
static struct browser *log_in(struct scene *scene, const char *level)
{
    struct browser *browser = scene_browser();
    visit(scene, browser, "/logg-inn");
    (void)walk_through_login(browser, INGRID, level);
    return browser;
}

static bool is_in(struct scene *scene, struct browser *browser)
{
    visit(scene, browser, "/min-side");
    return browser_status(browser) == 200 && browser_has_button(browser, "Logg ut");
}

static bool is_asked_who(const struct browser *browser)
{
    return browser_has_button(browser, "Logg inn som testperson");
}

static void control(struct scene *scene, const char *what, const char *body)
{
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    browser_send(browser, "POST", arena_printf(arena, "%s/control/%s", scene->server.postbox, what),
                 NULL, URLENCODED, BYTES_OF(body));
    assert_int_equal(browser_status(browser), 200);
}

/* All sessions of the site have been idle for half an hour. */
static void let_sessions_idle(struct scene *scene)
{
    struct hand hand;
    hand_reach_in(&scene->server, &hand);
    hand_run(&hand, DB_SQL("UPDATE sessions SET used_at = used_at - 1800"), DB_NO_VALUES);
    hand_draw_back(&hand);
}

/* ---- another service, which has the same browser ---- */

/* Sends the browser to ID-porten for it; the browser ends at its address, or at ID-porten. */
static void visit_other_service(struct scene *scene, struct browser *browser, const char *more)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *back =
        codec_percent(arena, arena_printf(arena, "%s/annen-tjeneste/tilbake", scene->server.site));
    browser_visit(browser,
                  arena_printf(arena,
                               "%s/idporten/authorize?client_id=" OTHER_CLIENT
                               "&redirect_uri=%s&response_type=code&scope=openid&state=s&nonce=n"
                               "&code_challenge=b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI"
                               "&code_challenge_method=S256%s",
                               scene->server.postbox, back, more));
}

static bool other_service_has(const struct browser *browser, const char *word)
{
    const char *address = browser_address(browser);
    return strstr(address, "/annen-tjeneste/tilbake?") && strstr(address, word);
}

/* ---- Digdir's list ---- */

static void who_is_logged_in_elsewhere_need_not_choose_here(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    visit_other_service(scene, browser, "&acr_values=idporten-loa-high");
    (void)walk_through_login(browser, INGRID, NULL);
    assert_true(other_service_has(browser, "code="));

    visit(scene, browser, "/logg-inn");
    browser_press(browser, "Logg inn med ID-porten");

    scene_must_see(browser, INGRID);
    assert_true(is_in(scene, browser));
}

static void who_is_logged_in_here_need_not_choose_elsewhere(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = log_in(scene, SUBSTANTIAL);
    assert_true(is_in(scene, browser));

    visit_other_service(scene, browser, "&acr_values=idporten-loa-substantial");
    assert_true(other_service_has(browser, "code="));

    visit_other_service(scene, browser, "&acr_values=idporten-loa-high"); /* that is too little */
    assert_true(is_asked_who(browser));
}

/* In front of a form that demands the highest level, with a lower one. */
static struct browser *at_step_up(struct scene *scene)
{
    struct browser *browser = log_in(scene, SUBSTANTIAL);
    visit(scene, browser, "/skjema/redusert-foreldrebetaling");
    browser_press(browser, browser_has_button(browser, "Start en ny søknad") ? "Start en ny søknad"
                                                                             : "Start søknaden");
    scene_must_see(browser, "Logg inn på en sikrere måte");
    browser_press(browser, "Logg inn med ID-porten");
    assert_true(is_asked_who(browser));
    scene_must_see(browser, "Tjenesten ber om det høyeste nivået.");
    return browser;
}

static void jwt_4_a_form_that_needs_it_leads_through_a_surer_login_and_back(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = at_step_up(scene);
    (void)walk_through_login(browser, INGRID, NULL);
    assert_int_equal(browser_status(browser), 200);
    assert_true(strstr(browser_address(browser), "/utkast/"));
}

static void jwt_4_a_surer_login_must_be_new(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = at_step_up(scene);
    scene_fault(scene, "idporten-old-auth-time", NULL, 1);
    (void)walk_through_login(browser, INGRID, NULL);
    assert_int_equal(browser_status(browser), 403);
    scene_must_see(browser, "Innloggingen er ikke sikker nok");
}

/* In a new browser, at the identity provider, sent there from that address. */
static struct browser *asked_who_from(const char *address)
{
    struct browser *browser = scene_browser();
    browser_visit(browser, address);
    browser_press(browser, "Logg inn med ID-porten");
    assert_true(is_asked_who(browser));
    return browser;
}

static void jwt_4_a_link_to_a_draft_asks_at_once_for_the_level_of_its_form(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *browser = at_step_up(scene);
    (void)walk_through_login(browser, INGRID, NULL);
    if (!strstr(browser_address(browser), "/utkast/"))
        browser_press(browser, "Fortsett på utkastet");
    const char *draft = arena_text(arena, browser_address(browser));

    CLEANUP(browser_close) struct browser *later = asked_who_from(draft);
    scene_must_see(later, "Tjenesten ber om det høyeste nivået.");
    (void)walk_through_login(later, INGRID, NULL);
    assert_string_equal(browser_address(later), draft);

    CLEANUP(browser_close)
    struct browser *nowhere =
        asked_who_from(arena_printf(arena, "%s/utkast/nobodys", scene->server.site));
    scene_must_not_see(nowhere, "Tjenesten ber om det høyeste nivået.");
}

static void jwt_4_every_page_of_a_draft_leads_through_a_surer_login_and_back(void **state)
{
    struct scene *scene = *state;
    static const char *const pages[] = {"", "/oppsummering", "/samtykke", "/velg", "/tidligere"};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *sure = at_step_up(scene);
    (void)walk_through_login(sure, INGRID, NULL);
    if (!strstr(browser_address(sure), "/utkast/"))
        browser_press(sure, "Fortsett på utkastet");
    const char *address = browser_address(sure), *draft = strstr(address, "/utkast/");
    draft = arena_printf(arena, "/utkast/%.*s", (int)strcspn(draft + 8, "/?"), draft + 8);
    CLEANUP(browser_close) struct browser *browser = log_in(scene, SUBSTANTIAL);

    for (size_t i = 0; i < COUNT(pages); i++) {
        visit(scene, browser, arena_printf(arena, "%s%s", draft, pages[i]));
        scene_must_see(browser, "Logg inn på en sikrere måte");
    }
    browser_press(browser, "Logg inn med ID-porten");
    (void)walk_through_login(browser, INGRID, NULL);
    assert_int_equal(browser_status(browser), 200);
    assert_non_null(strstr(browser_address(browser), draft));
}

static void ses_4_a_logout_here_is_one_everywhere(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = log_in(scene, NULL);
    visit_other_service(scene, browser, "");
    visit(scene, browser, "/min-side");
    browser_press(browser, "Logg ut");

    assert_true(strstr(browser_address(browser), "/logget-ut"));
    scene_must_see(browser, "Du er logget ut");
    assert_false(is_in(scene, browser));
    visit_other_service(scene, browser, "&prompt=none");
    assert_true(other_service_has(browser, "error=login_required"));
}

static void oidc_11_a_logout_elsewhere_is_one_here(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = log_in(scene, NULL);
    CLEANUP(browser_close) struct browser *same_person = log_in(scene, NULL);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    visit_other_service(scene, browser, "");
    browser_visit(browser, arena_printf(arena, "%s/idporten/endsession?client_id=" OTHER_CLIENT,
                                        scene->server.postbox));
    scene_must_see(browser, "Du er logget ut");

    assert_false(is_in(scene, browser));
    assert_true(is_in(scene, same_person)); /* at another browser: another session there too */
}

static void ses_3_after_half_an_hour_id_porten_is_asked_again(void **state)
{
    struct scene *scene = *state;
    CLEANUP(browser_close) struct browser *browser = log_in(scene, NULL);
    let_sessions_idle(scene);
    assert_false(is_in(scene, browser));
    visit(scene, browser, "/logg-inn"); /* it still knows who it is */
    browser_press(browser, "Logg inn med ID-porten");
    assert_true(is_in(scene, browser));

    let_sessions_idle(scene);
    scene_let_id_porten_forget(scene);
    visit(scene, browser, "/logg-inn");
    browser_press(browser, "Logg inn med ID-porten");
    assert_true(is_asked_who(browser));
}

static void the_language_goes_along_to_id_porten(void **state)
{
    static const struct {
        const char *language, *go, *title;
    } languages[] = {
        {"nb", "Logg inn med ID-porten", "Velg testperson"},
        {"nn", "Logg inn med ID-porten", "Vel testperson"},
        {"en", "Log in with ID-porten", "Choose a test person"},
        {"se", "Sisačálit ID-portenain", "Vállje geahččalanolbmo"},
    };
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(languages); i++) {
        CLEANUP(browser_close) struct browser *browser = scene_browser();
        visit(scene, browser, arena_printf(arena, "/logg-inn?lang=%s", languages[i].language));
        browser_press(browser, languages[i].go);
        scene_must_see(browser, languages[i].title);
    }
}

/* ---- when it is not as it should be ---- */

/* Whether it came out as the line says; what did not is told. */
static bool try_fault(struct scene *scene, const struct cases *cases)
{
    const char *fault = cases->fields[0], *says = cases->fields[2];
    int status = atoi(cases->fields[1]);
    scene_fault(scene, fault, NULL, 1);
    CLEANUP(browser_close) struct browser *browser = log_in(scene, SUBSTANTIAL);
    bool as_it_should = browser_status(browser) == status && browser_sees(browser, says);
    if (!as_it_should) {
        print_error("%d: ", browser_status(browser));
        cases_complain(cases, browser_text(browser));
    }
    if (is_in(scene, browser) != (status == 200)) {
        cases_complain(cases, "another end: in, or not in");
        as_it_should = false;
    }
    scene_fault(scene, fault, NULL, 0);
    return as_it_should;
}

static bool next_login_goes_well(struct scene *scene, const struct cases *cases)
{
    CLEANUP(browser_close) struct browser *browser = log_in(scene, NULL);
    bool goes_well = is_in(scene, browser);
    if (!goes_well)
        cases_complain(cases, "the next login does not go well");
    return goes_well;
}

static bool is_published(const char *fault)
{
    return text_starts_with(fault, "idporten-metadata") || text_starts_with(fault, "idporten-jwks");
}

static bool is_of_number(const char *fault)
{
    return text_ends_with(fault, "-pid");
}

static bool is_of_token(const char *fault)
{
    return !is_published(fault) && !is_of_number(fault);
}

/* Each fault of that kind in turn, with a good login after it. */
static void try_faults(struct scene *scene, bool (*is_wanted)(const char *fault))
{
    struct cases cases;
    cases_open(&cases, "tests/cases/idporten_faults.tsv");
    int wrong = 0, tried = 0;
    while (cases_next(&cases))
        if (is_wanted(cases.fields[0])) {
            wrong += !try_fault(scene, &cases) || !next_login_goes_well(scene, &cases);
            tried++;
        }
    cases_close(&cases);
    assert_int_equal(wrong, 0);
    assert_true(tried >= 2);
}

static void jwt_3_a_login_that_is_wrong_starts_no_session(void **state)
{
    try_faults(*state, is_of_token);
}

/* A clear page, and no session. */
static void oidc_10_a_login_without_an_identity_number_is_nobodys(void **state)
{
    try_faults(*state, is_of_number);
}

static void oidc_3_what_is_published_wrong_is_not_believed(void **state)
{
    struct scene *scene = *state;
    struct cases cases;
    cases_open(&cases, "tests/cases/idporten_faults.tsv");
    int wrong = 0;
    while (cases_next(&cases)) {
        if (!is_published(cases.fields[0]))
            continue;
        assert_int_equal(server_stop(&scene->server), 0);
        scene_start_again(scene);
        wrong += !try_fault(scene, &cases);
    }
    assert_int_equal(server_stop(&scene->server), 0);
    scene_start_again(scene);
    wrong += !next_login_goes_well(scene, &cases);
    cases_close(&cases);
    assert_int_equal(wrong, 0);
}

static void jwt_2_of_several_keys_the_one_that_is_named_counts(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(server_stop(&scene->server), 0);
    control(scene, "idporten", "do=rotate"); /* the old one is published beside it */
    scene_start_again(scene);                /* and has seen neither */
    CLEANUP(browser_close) struct browser *browser = log_in(scene, NULL);
    assert_true(is_in(scene, browser));
}

static void oidc_2_a_callback_is_good_once_and_in_one_browser(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    visit(scene, browser, "/logg-inn");
    browser_press(browser, "Logg inn med ID-porten");
    browser_tick(browser, INGRID);
    browser_press_only(browser, "Logg inn som testperson");
    const char *callback = arena_text(arena, browser_header(browser, "Location"));

    CLEANUP(browser_close) struct browser *stranger = scene_browser();
    browser_visit(stranger, callback); /* csrf_3: nobody is logged in as somebody else */
    assert_int_equal(browser_status(stranger), 400);
    assert_false(is_in(scene, stranger));

    browser_visit(browser, callback);
    assert_true(is_in(scene, browser));
    browser_press(browser, "Logg ut");
    scene_fault(scene, "idporten-code-again", NULL, 1); /* it would take the code once more */
    browser_visit(browser, callback);
    assert_int_equal(browser_status(browser), 400);
    assert_false(is_in(scene, browser));
    scene_fault(scene, "idporten-code-again", NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_logged_in_elsewhere_need_not_choose_here),
        cmocka_unit_test(who_is_logged_in_here_need_not_choose_elsewhere),
        cmocka_unit_test(jwt_4_a_form_that_needs_it_leads_through_a_surer_login_and_back),
        cmocka_unit_test(jwt_4_a_surer_login_must_be_new),
        cmocka_unit_test(jwt_4_every_page_of_a_draft_leads_through_a_surer_login_and_back),
        cmocka_unit_test(jwt_4_a_link_to_a_draft_asks_at_once_for_the_level_of_its_form),
        cmocka_unit_test(ses_4_a_logout_here_is_one_everywhere),
        cmocka_unit_test(oidc_11_a_logout_elsewhere_is_one_here),
        cmocka_unit_test(the_language_goes_along_to_id_porten),
        cmocka_unit_test(oidc_2_a_callback_is_good_once_and_in_one_browser),
        cmocka_unit_test(jwt_3_a_login_that_is_wrong_starts_no_session),
        cmocka_unit_test(oidc_10_a_login_without_an_identity_number_is_nobodys),
        cmocka_unit_test(jwt_2_of_several_keys_the_one_that_is_named_counts),
        cmocka_unit_test(oidc_3_what_is_published_wrong_is_not_believed),
        cmocka_unit_test(ses_3_after_half_an_hour_id_porten_is_asked_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
