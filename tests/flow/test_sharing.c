/* Consent to documents from the postbox: refused, impossible, slow, withdrawn, pressed twice, and
 * cut off by a kill. */
#include "tests/flow/scene.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { WAIT_S = 30, AT_ONCE = 8, ALWAYS = 100000 };

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";
static const char tax_return[] = "Last opp siste skattemelding for deg fra enheten din";
static const char request_title[] = "Fjordvik kommune ber deg dele dokumenter";

static void share_in_the_postbox(struct scene *scene)
{
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
    char title[64];
    snprintf(title, sizeof title, "Skattemelding for %d", clock_oslo(clock_now()).year - 1);
    browser_tick(postbox, title);
    browser_tick(postbox, "Lønnsslipp");
    browser_press(postbox, "Del dokumenter");
    scene_must_see(postbox, "Du deler dokumenter");
}

/* Until the mailbox says so about the newest request. */
static void wait_for_postbox(struct scene *scene, const char *text)
{
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
    struct walk walk = scene->walk;
    walk.browser = postbox;
    walk_wait_for(&walk, text, WAIT_S);
}

static void upload_both_and_send(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    scene_upload(browser, tax_return, "skattemelding.pdf");
    scene_upload(browser, pay_slips, "lønn.pdf");
    browser_press(browser, "Neste steg");
    scene_must_see(browser, "Se over og send inn");
    walk_send(&scene->walk);
}

static void a_no_in_the_postbox_leads_to_upload(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    {
        CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
        browser_press(postbox, "Ikke del");
        scene_must_see(postbox, "Du har svart nei");
    }

    /* the postbox tells nobody of a no, so we cannot but go on waiting, and say how not to */
    browser_press(browser, "Sjekk status nå");
    scene_must_see(browser, "Postkassen venter på deg");
    browser_press(browser, "Fortsett uten å vente");
    scene_must_see(browser, "Du kan fylle ut resten mens du venter");
    upload_both_and_send(scene);
}

static void who_has_no_mailbox_is_told_so_and_goes_on_with_upload(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Kari Solvang");
    walk_consent(&scene->walk);

    walk_wait_for(&scene->walk, "Vi finner ikke en postkasse i Digipost for deg", WAIT_S);
    scene_must_see(browser, "Det påvirker ikke søknaden");
    browser_press(browser, "Last opp selv i stedet");
    scene_must_see(browser, "Vi finner ikke en postkasse i Digipost for deg");
    upload_both_and_send(scene);

    walk_wait_for(&scene->walk, "Kopien er lagt til utskrift og sendes i posten", WAIT_S);
}

static void a_postbox_that_is_down_stops_nobody(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    scene_fault(scene, "down", NULL, ALWAYS);
    walk_consent(&scene->walk);

    walk_wait_for(&scene->walk, "Postkassen svarer ikke akkurat nå", WAIT_S);
    browser_press(browser, "Fortsett uten å vente");
    scene_must_see(browser, "Postkassen svarer ikke akkurat nå");
    upload_both_and_send(scene);

    scene_fault(scene, "down", NULL, 0);
    walk_wait_for(&scene->walk, "Kopien ligger i postkassen din", 60);
    if (walk_letters(&scene->walk, "ingrid", request_title, NULL, 0) > 0)
        wait_for_postbox(scene, "Avsluttet av mottakeren"); /* it was going out just then */
}

static void con_1_what_is_asked_for_ends_when_the_application_is_sent(void **state)
{
    struct scene *scene = *state;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    wait_for_postbox(scene, "Venter på svar fra deg");
    browser_press(scene->walk.browser, "Fortsett uten å vente");

    upload_both_and_send(scene);

    wait_for_postbox(scene, "Avsluttet av mottakeren");
}

static void con_1_withdrawn_on_min_side_takes_the_documents_out_of_the_draft(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_review(&scene->walk);
    browser_press(browser, "Forrige steg");
    scene_must_see(browser, "Bekreftet fra avsender");
    char *documents = arena_text(arena, browser_address(browser));

    browser_visit(browser, "/min-side/samtykker");
    browser_press(browser, "Trekk samtykket");

    scene_must_see(browser, "Samtykket er trukket tilbake");
    scene_must_see(browser, "Trukket av deg");
    scene_must_see(browser, "Dette er slettet hos oss");
    scene_must_see(browser, "Skattemelding for");
    scene_must_not_see(browser, "Dette blir i saken");
    browser_visit(browser, documents);
    scene_must_see(browser, "0 av 2 krav er oppfylt");
    scene_must_not_see(browser, "Lønnsslipp ");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Du har ingen dokumenter her");
}

static void con_1_withdrawn_on_min_side_stops_the_sharing_in_the_postbox(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    share_in_the_postbox(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);

    browser_visit(browser, "/min-side/samtykker");
    browser_press(browser, "Trekk samtykket");

    wait_for_postbox(scene, "Avsluttet av mottakeren");
}

static void outb_5_whatever_the_postbox_answers_the_form_goes_on_and_says_so(void **state)
{
    static const char late[] = "Postkassen svarer ikke akkurat nå";
    static const char refused[] = "Postkassen kunne ikke ta imot forespørselen";
    static const struct {
        const char *fault, *on, *said;
    } cases[] = {
        {"down", NULL, late},
        {"gateway", "CREATE_MESSAGE", late},
        {"garbage", NULL, late},
        {"wrong-signature", NULL, late},
        {"too-many", "CREATE_MESSAGE", late},
        {"unknown-user", "CREATE_MESSAGE", refused},
        {"refuse", "CREATE_MESSAGE", refused},
        {"conflict", "CREATE_MESSAGE", refused},
    };
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    char *documents = arena_text(arena, browser_address(browser));
    for (size_t i = 0; i < COUNT(cases); i++) {
        scene_fault(scene, "none", NULL, 0);
        scene_fault(scene, cases[i].fault, cases[i].on, ALWAYS);
        walk_consent(&scene->walk);
        walk_wait_for(&scene->walk, cases[i].said, WAIT_S);

        browser_visit(browser, documents);
        scene_must_see(browser, cases[i].said);
        assert_true(browser_has_button(browser, "Last opp"));
        browser_visit(browser, "/min-side");
        scene_must_see(browser, "Legg ved dokumenter selv");
        scene_must_see(browser, cases[i].said);
        browser_visit(browser, "/min-side/samtykker");
        if (browser_has_button(browser, "Trekk samtykket"))
            browser_press(browser, "Trekk samtykket");
        browser_visit(browser, documents);
    }
    upload_both_and_send(scene);
}

static void what_cannot_be_fetched_is_told_with_the_reason(void **state)
{
    static const char said[] = "kunne ikke hentes: postkassen ga den ikke fra seg";
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    share_in_the_postbox(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    scene_fault(scene, "refuse", "GET_SHARED_DOCUMENT_CONTENT_STREAM", ALWAYS);
    browser_press(browser, "Legg ved valgte dokumenter");

    walk_wait_for(&scene->walk, said, WAIT_S);

    browser_visit(browser, "/min-side");
    scene_must_see(browser, said);
    browser_press(browser, "Fortsett på søknaden");
    upload_both_and_send(scene);
    wait_for_postbox(scene, "Avsluttet av mottakeren");
}

static void what_is_shared_while_one_is_away_is_shown_on_min_side_and_on_the_draft(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    char *documents = arena_text(arena, browser_address(browser));
    walk_consent(&scene->walk);
    browser_visit(browser, "/min-side");
    scene_must_not_see(browser, "Velg dokumenter du har delt");
    share_in_the_postbox(scene);
    int64_t shared_ms = clock_monotonic_ms();

    walk_wait_for(&scene->walk, "Velg dokumenter du har delt", WAIT_S);
    print_message("seen %lld ms after it was shared\n",
                  (long long)(clock_monotonic_ms() - shared_ms));
    browser_visit(browser, documents);
    scene_must_see(browser, "er klare til å velges");
    browser_visit(browser, "/min-side");
    browser_press(browser, "Velg dokumenter");
    browser_press(browser, "Legg ved valgte dokumenter");
    walk_wait_for(&scene->walk, "2 av 2 krav er oppfylt", WAIT_S);

    browser_press(browser, "Hent fra digital postkasse"); /* there is room for more pay slips */
    scene_must_see(browser, "Vi bruker lønnsslippene");
    scene_must_not_see(browser, "Vi bruker skattemeldingen"); /* which was shared before */
}

static void con_1_withdrawn_in_one_window_nothing_chosen_in_another_comes(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    share_in_the_postbox(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    {
        CLEANUP(browser_close) struct browser *other = scene_browser();
        struct walk walk = scene->walk;
        walk.browser = other;
        char url[256];
        snprintf(url, sizeof url, "%s/min-side", scene->server.site);
        browser_visit(other, url);
        walk_log_in(&walk, "Ingrid Fjeld");
        browser_visit(other, "/min-side/samtykker");
        browser_press(other, "Trekk samtykket");
        scene_must_see(other, "Samtykket er trukket tilbake");
    }

    browser_press(browser, "Legg ved valgte dokumenter");

    scene_must_see(browser, "0 av 2 krav er oppfylt");
    wait_for_postbox(scene, "Avsluttet av mottakeren");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, "Du har ingen dokumenter her");
}

static void con_1_withdrawn_after_sending_it_says_what_remains_and_why(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    walk_to_review(&scene->walk);
    walk_send(&scene->walk);

    browser_visit(browser, "/min-side/samtykker");
    browser_press(browser, "Trekk samtykket");

    scene_must_see(browser, "Samtykket er trukket tilbake");
    scene_must_see(browser, "Dette blir i saken");
    scene_must_see(browser, "Skattemelding for");
    scene_must_not_see(browser, "Dette er slettet hos oss");
}

static void con_1_withdrawn_in_the_postbox_nothing_is_fetched(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    char *documents = arena_text(arena, browser_address(browser));
    walk_consent(&scene->walk);
    share_in_the_postbox(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    {
        CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
        browser_press(postbox, "Trekk tilbake deling");
        scene_must_see(postbox, "Du har trukket delingen tilbake");
    }

    browser_visit(browser, "/min-side/samtykker");
    walk_wait_for(&scene->walk, "Trukket av deg", WAIT_S);

    browser_visit(browser, documents);
    scene_must_see(browser, "0 av 2 krav er oppfylt");
    scene_must_not_see(browser, "Lønnsslipp ");
}

/* A press of the consent button by a browser of its own, with the cookies of the one that looked.
 */
struct press {
    pthread_t thread;
    const char *url, *body, *cookie;
    int status;
};

static void *press(void *of)
{
    struct press *one = of;
    CLEANUP(browser_close) struct browser *browser = scene_browser();
    const char *headers[] = {one->cookie, NULL};
    browser_send(browser, "POST", one->url, headers, "application/x-www-form-urlencoded",
                 BYTES_OF(one->body));
    one->status = browser_status(browser);
    return NULL;
}

static void consent_pressed_many_times_at_once_asks_once(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Hent fra digital postkasse");
    struct press one = {
        .url = arena_text(arena, browser_address(browser)),
        .body = arena_printf(arena, "_csrf=%s&_vist=%s", browser_value(browser, "_csrf"),
                             browser_value(browser, "_vist")),
        .cookie = arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena)),
    };
    struct press presses[AT_ONCE];

    for (size_t i = 0; i < AT_ONCE; i++) {
        presses[i] = one;
        assert_int_equal(pthread_create(&presses[i].thread, NULL, press, &presses[i]), 0);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        pthread_join(presses[i].thread, NULL);
        assert_int_equal(presses[i].status, 303);
    }

    scene_wait_for_letters(scene, "ingrid", request_title, 1, WAIT_S);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    assert_int_equal(walk_letters(&scene->walk, "ingrid", request_title, NULL, 0), 1);
    browser_visit(browser, "/min-side/samtykker");
    const char *first = strstr(browser_text(browser), "Deling fra digital postkasse");
    assert_non_null(first);
    assert_null(strstr(first + 1, "Deling fra digital postkasse"));
}

/* Killed so long after the documents were chosen, with the postbox misbehaving as they are fetched.
 */
static void kill_while_fetching(struct scene *scene, const char *fault, int after_ms)
{
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    share_in_the_postbox(scene);
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    if (fault)
        scene_fault(scene, fault, "GET_SHARED_DOCUMENT_CONTENT_STREAM", 1);
    browser_press(scene->walk.browser, "Legg ved valgte dokumenter");
    nanosleep(&(struct timespec){.tv_nsec = after_ms * 1000000L}, NULL);
    server_kill(&scene->server);
    scene_start_again(scene);
}

static void must_have_each_once(struct scene *scene)
{
    struct browser *browser = scene->walk.browser;
    walk_log_in(&scene->walk, "Ingrid Fjeld");
    browser_press(browser, "Fortsett");
    walk_wait_for(&scene->walk, "2 av 2 krav er oppfylt", 60);
    browser_visit(browser, "/min-side/dokumenter");
    const char *text = browser_text(browser);
    static const char *const titles[] = {"Skattemelding for", "Lønnsslipp "};
    for (size_t i = 0; i < COUNT(titles); i++) {
        const char *first = strstr(text, titles[i]);
        assert_non_null(first);
    }
    int count = 0;
    for (const char *at = text; (at = strstr(at, "Bekreftet fra avsender")); at++)
        count++;
    assert_int_equal(count, 2);
}

static void d_6_killed_while_the_first_document_comes_each_is_attached_once(void **state)
{
    kill_while_fetching(*state, "slow", 300);
    must_have_each_once(*state);
}

static void d_6_killed_between_the_documents_each_is_attached_once(void **state)
{
    kill_while_fetching(*state, NULL, 20);
    must_have_each_once(*state);
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(a_no_in_the_postbox_leads_to_upload),
        WITH_SCENE(who_has_no_mailbox_is_told_so_and_goes_on_with_upload),
        WITH_SCENE(a_postbox_that_is_down_stops_nobody),
        WITH_SCENE(con_1_what_is_asked_for_ends_when_the_application_is_sent),
        WITH_SCENE(con_1_withdrawn_on_min_side_takes_the_documents_out_of_the_draft),
        WITH_SCENE(con_1_withdrawn_on_min_side_stops_the_sharing_in_the_postbox),
        WITH_SCENE(con_1_withdrawn_in_the_postbox_nothing_is_fetched),
        WITH_SCENE(outb_5_whatever_the_postbox_answers_the_form_goes_on_and_says_so),
        WITH_SCENE(what_cannot_be_fetched_is_told_with_the_reason),
        WITH_SCENE(what_is_shared_while_one_is_away_is_shown_on_min_side_and_on_the_draft),
        WITH_SCENE(con_1_withdrawn_in_one_window_nothing_chosen_in_another_comes),
        WITH_SCENE(con_1_withdrawn_after_sending_it_says_what_remains_and_why),
        WITH_SCENE(consent_pressed_many_times_at_once_asks_once),
        WITH_SCENE(d_6_killed_while_the_first_document_comes_each_is_attached_once),
        WITH_SCENE(d_6_killed_between_the_documents_each_is_attached_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
