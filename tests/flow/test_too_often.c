/* What may be done only so often (security.md S-HTTP-11), as people see it. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char pay_slips[] = "Last opp lønnsslipper fra enheten din";

static void tell_why(const char *why)
{
    fail_msg("%s", why);
}

static int set_up_not_started(void **state)
{
    scene_set_up_folder(state);
    struct scene *scene = *state;
    scene->walk =
        (struct walk){.server = &scene->server, .browser = scene_browser(), .failed = tell_why};
    return 0;
}

static void start(struct scene *scene, const char *const *settings)
{
    snprintf(scene->server.log, sizeof scene->server.log, "%.500s/log", scene->server.data);
    assert_true(server_start(&scene->server, scene_program(), scene->forms, settings));
}

static void must_be_told_to_wait(struct browser *browser)
{
    assert_int_equal(browser_status(browser), 429);
    const char *wait = browser_header(browser, "Retry-After");
    assert_non_null(wait);
    assert_true(atoi(wait) > 0 && atoi(wait) <= 3600);
}

static void must_be_in_the_log(struct scene *scene, const char *text)
{
    FILE *file = fopen(scene->server.log, "re");
    assert_non_null(file);
    char log[64 * 1024];
    log[fread(log, 1, sizeof log - 1, file)] = '\0';
    fclose(file);
    if (!strstr(log, text))
        fail_msg("\"%s\" is not in the log: %s", text, log);
}

/* The file is told of where it was chosen, everything else of the page is saved. */
static void http_11_a_file_too_many_takes_nothing_else_with_it(void **state)
{
    static const char *const one[] = {"--uploads_an_hour", "1", NULL};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    start(scene, one);
    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    scene_upload(browser, pay_slips, "mars.pdf");
    scene_must_see(browser, "mars.pdf er lagt ved");

    scene_upload(browser, pay_slips, "april.pdf");

    must_be_told_to_wait(browser);
    scene_must_see(browser, "april.pdf ble ikke tatt imot. Du har lastet opp mange filer på kort "
                            "tid. Svarene dine er lagret.");
    scene_must_see(browser, "mars.pdf");
    must_be_in_the_log(scene, "kind=upload by=citizen");
    browser_visit(browser, browser_address(browser));
    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "mars.pdf");
    scene_must_not_see(browser, "april.pdf");
}

static void send_hello(struct scene *scene, const char *name)
{
    scene_fill_hello(scene, name);
    walk_send(&scene->walk);
}

static void http_11_an_application_too_many_stays_a_draft(void **state)
{
    static const char *const one[] = {"--submits_an_hour", "1", NULL};
    static const struct {
        const char *query, *title, *nothing_is_lost;
    } languages[] = {
        {"?lang=nb", "Du har sendt for mange forespørsler", "Ingenting er gått tapt."},
        {"?lang=nn", "Du har sendt for mange førespurnader", "Ingenting er gått tapt."},
        {"?lang=en", "You have sent too many requests", "Nothing is lost."},
        {"?lang=se", "Don leat sádden menddo ollu jearaldagaid", "Ii mihkkege leat massojuvvon."},
    };
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, one);
    send_hello(scene, "Ingrid Fjeld");
    scene_fill_hello(scene, "Ingrid Fjeld");
    const char *review = arena_text(arena, browser_address(browser));

    char *body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf"));

    for (size_t i = 0; i < COUNT(languages); i++) {
        browser_visit(browser, arena_printf(arena, "/%s", languages[i].query));
        browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                     BYTES_OF(body));
        must_be_told_to_wait(browser);
        scene_must_see(browser, languages[i].title);
        scene_must_see(browser, languages[i].nothing_is_lost);
    }
    must_be_in_the_log(scene, "kind=submit by=citizen");
    browser_visit(browser, review); /* it is there still, to be sent later */
    assert_int_equal(browser_status(browser), 200);
}

/* Sent twice it is sent once, and the one that it was is always shown (D-4). */
static void d_4_the_same_application_again_is_never_too_often(void **state)
{
    static const char *const one[] = {"--submits_an_hour", "1", NULL};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, one);
    scene_fill_hello(scene, "Ingrid Fjeld");
    const char *review = arena_text(arena, browser_address(browser));
    const char *body = arena_printf(
        arena, "_csrf=%s&_revisjon=%s&bekreft=ja&_vist=%s", browser_value(browser, "_csrf"),
        browser_value(browser, "_revisjon"), browser_value(browser, "_vist"));
    const char *receipt = NULL;
    for (int i = 0; i < 3; i++) {
        browser_send(browser, "POST", review, NULL, "application/x-www-form-urlencoded",
                     BYTES_OF(body));
        assert_int_equal(browser_status(browser), 303);
        const char *location = browser_header(browser, "Location");
        assert_true(text_starts_with(location, "/kvittering/"));
        if (receipt)
            assert_string_equal(location, receipt);
        receipt = arena_text(arena, location);
    }
}

/* The provider is never told that it is too often, and so neither whether anybody was here. */
static void oidc_11_a_logout_told_too_often_is_answered_as_any_other(void **state)
{
    static const char *const one[] = {"--logouts_a_minute", "1", NULL};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, one);
    const char *told = arena_printf(arena, "%s/logg-ut/idporten?iss=%s/idporten&sid=nobody",
                                    scene->server.site, scene->server.postbox);
    for (int i = 0; i < 8; i++) {
        browser_send(browser, "GET", told, NULL, NULL, (struct bytes){0});
        assert_int_equal(browser_status(browser), 200);
        assert_string_equal(browser_header(browser, "Content-Length"), "0");
        assert_null(browser_header(browser, "Retry-After"));
    }
    must_be_in_the_log(scene, "kind=logout by=address");
}

/* A whole school may begin at once; one more is told to wait. */
static void http_11_logins_begun_from_one_address_have_a_limit(void **state)
{
    static const char *const one[] = {"--logins_a_minute", "1", NULL};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, one);
    const char *login = arena_printf(arena, "%s/logg-inn/idporten", scene->server.site);
    for (int i = 0; i < 6; i++) {
        browser_send(browser, "GET", login, NULL, NULL, (struct bytes){0});
        assert_int_equal(browser_status(browser), 303);
    }
    browser_send(browser, "GET", login, NULL, NULL, (struct bytes){0});
    must_be_told_to_wait(browser);
    must_be_in_the_log(scene, "kind=login by=address");
}

static bool gets_a_login(struct browser *browser, const char *address)
{
    browser_send(browser, "GET", address, NULL, NULL, (struct bytes){0});
    const char *cookie = browser_header(browser, "Set-Cookie");
    return cookie && text_starts_with(cookie, "__Host-login=") &&
           !text_starts_with(cookie, "__Host-login=;");
}

/* What a stranger asks for leads to the login each time, and is written down so many times; an
 * answer of the provider's that is of nobody's login never is. */
static void http_11_pages_to_come_back_to_have_a_limit(void **state)
{
    static const char *const one[] = {"--detours_a_minute", "1", NULL};
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    start(scene, one);
    const char *page = arena_printf(arena, "%s/min-side/dokumenter", scene->server.site);
    const char *answer =
        arena_printf(arena, "%s/logg-inn/tilbake?state=a&code=b", scene->server.site);
    assert_false(gets_a_login(browser, answer));
    assert_int_equal(browser_status(browser), 400);
    for (int i = 0; i < 6; i++)
        assert_true(gets_a_login(browser, page));
    assert_false(gets_a_login(browser, page));
    assert_int_equal(browser_status(browser), 303);
    assert_string_equal(browser_header(browser, "Location"), "/logg-inn");
    must_be_in_the_log(scene, "kind=detour by=address");
}

/* All of them come from 127.0.0.1. */
static void http_11_nobody_is_locked_out_by_others_behind_the_same_address(void **state)
{
    static const char *const one[] = {"--submits_an_hour", "1", NULL};
    struct scene *scene = *state;
    start(scene, one);
    send_hello(scene, "Ingrid Fjeld");
    scene_fill_hello(scene, "Ingrid Fjeld");
    browser_tick(scene->walk.browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press_only(scene->walk.browser, "Send søknaden");
    must_be_told_to_wait(scene->walk.browser);

    browser_close(&scene->walk.browser);
    scene->walk.browser = scene_browser();
    send_hello(scene, "Jonas Lie Berg");
}

int main(void)
{
#define NOT_STARTED(test) cmocka_unit_test_setup_teardown(test, set_up_not_started, scene_tear_down)
    const struct CMUnitTest tests[] = {
        NOT_STARTED(http_11_a_file_too_many_takes_nothing_else_with_it),
        NOT_STARTED(http_11_an_application_too_many_stays_a_draft),
        NOT_STARTED(d_4_the_same_application_again_is_never_too_often),
        NOT_STARTED(oidc_11_a_logout_told_too_often_is_answered_as_any_other),
        NOT_STARTED(http_11_logins_begun_from_one_address_have_a_limit),
        NOT_STARTED(http_11_pages_to_come_back_to_have_a_limit),
        NOT_STARTED(http_11_nobody_is_locked_out_by_others_behind_the_same_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
