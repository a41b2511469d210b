/* The API for machines over real HTTP: who is let in, and what the others are told. */
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define WHO "/api/v1/hvem"

/* A token as another agency gets it; fields of /control/machine-token. */
static const char *token_with(struct scene *scene, struct arena *arena, const char *fields)
{
    CLEANUP(browser_close) struct browser *agency = scene_browser();
    browser_send(agency, "POST",
                 arena_printf(arena, "%s/control/machine-token", scene->server.postbox), NULL,
                 "application/x-www-form-urlencoded", BYTES_OF(fields));
    assert_int_equal(browser_status(agency), 200);
    struct bytes body = browser_content(agency);
    json_t *json = json_loadb((const char *)body.data, body.size, 0, NULL);
    const char *token = arena_text(arena, json_string_value(json_object_get(json, "access_token")));
    json_decref(json);
    return token;
}

/* Asks with such headers, NULL for none. */
static struct browser *ask(struct scene *scene, struct arena *arena, const char *method,
                           const char *path, const char *header, const char *more)
{
    struct browser *agency = scene_browser();
    const char *const headers[] = {header ? header : more, header ? more : NULL, NULL};
    browser_send(agency, method, arena_printf(arena, "%s%s", scene->server.site, path), headers,
                 "application/json", BYTES_OF(text_equal(method, "GET") ? "" : "{}"));
    return agency;
}

static void must_be_problem(struct browser *agency, int status)
{
    assert_int_equal(browser_status(agency), status);
    assert_string_equal(browser_header(agency, "Content-Type"),
                        "application/problem+json; charset=utf-8");
    assert_string_equal(browser_header(agency, "Cache-Control"), "no-store");
    struct bytes body = browser_content(agency);
    json_t *problem = json_loadb((const char *)body.data, body.size, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), status);
    assert_true(json_string_length(json_object_get(problem, "request_id")) > 0);
    assert_true(json_string_length(json_object_get(problem, "title")) > 0);
    json_decref(problem);
}

static void api_1_an_agency_with_a_token_is_let_in(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *token = token_with(scene, arena, "organisation=974761076&scope=a:b");
    CLEANUP(browser_close)
    struct browser *agency =
        ask(scene, arena, "GET", WHO, arena_printf(arena, "Authorization: Bearer %s", token), NULL);
    assert_int_equal(browser_status(agency), 200);
    struct bytes body = browser_content(agency);
    json_t *json = json_loadb((const char *)body.data, body.size, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "organisation")), "974761076");
    assert_string_equal(json_string_value(json_object_get(json, "scope")), "a:b");
    json_decref(json);
}

static void api_1_a_token_that_is_wrong_is_told_so_and_nothing_more(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const wrong[] = {"wrong=expired", "wrong=login", "wrong=none"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *token = token_with(scene, arena, wrong[i]);
        CLEANUP(browser_close)
        struct browser *agency = ask(scene, arena, "GET", WHO,
                                     arena_printf(arena, "Authorization: Bearer %s", token), NULL);
        must_be_problem(agency, 401);
        assert_string_equal(browser_header(agency, "WWW-Authenticate"),
                            "Bearer error=\"invalid_token\"");
        assert_false(browser_sees(agency, "expired"));
    }
}

static void api_3_a_cookie_opens_nothing_for_machines(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    walk_start(&scene->walk, "hello", "Ingrid Fjeld");
    const char *cookie =
        arena_printf(arena, "Cookie: %s", browser_cookies(scene->walk.browser, arena));
    CLEANUP(browser_close) struct browser *agency = ask(scene, arena, "GET", WHO, NULL, cookie);
    must_be_problem(agency, 401);
    assert_string_equal(browser_header(agency, "WWW-Authenticate"), "Bearer");
}

static void api_3_a_token_opens_nothing_on_the_pages(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *bearer =
        arena_printf(arena, "Authorization: Bearer %s", token_with(scene, arena, "seconds=60"));
    CLEANUP(browser_close)
    struct browser *page = ask(scene, arena, "GET", "/min-side", bearer, NULL);
    assert_int_equal(browser_status(page), 303);
    assert_true(text_ends_with(browser_header(page, "Location"), "/logg-inn"));
}

static void failures_below_the_api_are_problems(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close)
    struct browser *missing = ask(scene, arena, "GET", "/api/v1/noe-annet", NULL, NULL);
    must_be_problem(missing, 404);
    CLEANUP(browser_close) struct browser *method = ask(scene, arena, "POST", WHO, NULL, NULL);
    must_be_problem(method, 405);
    assert_string_equal(browser_header(method, "Allow"), "GET, HEAD");
}

static void keys_that_are_not_to_be_had_are_told_as_later(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(browser_close) struct browser *control = scene_browser();
    browser_send(control, "POST",
                 arena_printf(arena, "%s/control/maskinporten", scene->server.postbox), NULL,
                 "application/x-www-form-urlencoded", BYTES_OF("mode=down"));
    const char *bearer =
        arena_printf(arena, "Authorization: Bearer %s", token_with(scene, arena, "seconds=60"));
    CLEANUP(browser_close) struct browser *agency = ask(scene, arena, "GET", WHO, bearer, NULL);
    must_be_problem(agency, 503);
    assert_non_null(browser_header(agency, "Retry-After"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(api_1_an_agency_with_a_token_is_let_in),
        cmocka_unit_test(api_1_a_token_that_is_wrong_is_told_so_and_nothing_more),
        cmocka_unit_test(api_3_a_cookie_opens_nothing_for_machines),
        cmocka_unit_test(api_3_a_token_opens_nothing_on_the_pages),
        cmocka_unit_test(failures_below_the_api_are_problems),
        cmocka_unit_test_setup_teardown(keys_that_are_not_to_be_had_are_told_as_later, scene_set_up,
                                        scene_tear_down),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
