/* One press for more time before a session ends: what it gives, to whom, and its bounds. */
#include "tests/flow/hand.h"
#include "tests/flow/scene.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As the settings are without a word (config.c); a request may take some of the time that is told.
 */
enum { IDLE_S = 1800, ABSOLUTE_S = 7200, LATE_S = 60 };

static const char *const by_script[] = {"HX-Request: true", NULL};

/* ---- somebody who logged in, at Min side ---- */

struct staying {
    struct scene *scene;
    struct arena *arena;
    struct browser *browser;
    const char *token;
};

static struct staying log_in(struct scene *scene)
{
    struct staying staying = {.scene = scene, .arena = arena_open()};
    browser_close(&scene->walk.browser);
    staying.browser = scene->walk.browser = scene_browser();
    browser_visit(staying.browser, arena_printf(staying.arena, "%s/min-side", scene->server.site));
    (void)walk_through_login(staying.browser, "Ingrid Fjeld", NULL);
    staying.token = arena_text(staying.arena, browser_value(staying.browser, "_csrf"));
    return staying;
}

static void finish(struct staying *staying)
{
    arena_close(&staying->arena);
}

/* All sessions: logged in so long ago, and idle for so long. */
static void let_it_be(struct staying *staying, int64_t since_login_s, int64_t idle_s)
{
    struct hand hand;
    hand_reach_in(&staying->scene->server, &hand);
    hand_run(&hand,
             DB_SQL("UPDATE sessions SET created_at = CAST(strftime('%s', 'now') AS INTEGER) - $1, "
                    "used_at = CAST(strftime('%s', 'now') AS INTEGER) - $2"),
             DB_VALUES(DB_INTEGER(since_login_s), DB_INTEGER(idle_s)));
    hand_draw_back(&hand);
}

static int64_t used_at(struct staying *staying)
{
    struct hand hand;
    hand_reach_in(&staying->scene->server, &hand);
    int64_t at = hand_count(&hand, DB_SQL("SELECT max(used_at) FROM sessions"), DB_NO_VALUES);
    hand_draw_back(&hand);
    return at;
}

static void press(struct staying *staying, const char *const *headers, const char *token)
{
    browser_send(staying->browser, "POST",
                 arena_printf(staying->arena, "%s/okt/forleng", staying->scene->server.site),
                 headers, "application/x-www-form-urlencoded",
                 BYTES_OF(arena_printf(staying->arena, "_csrf=%s", token)));
}

/* What the page tells the script, in seconds. */
static long told(struct staying *staying)
{
    const char *page = arena_text_of(staying->arena, browser_content(staying->browser));
    const char *at = strstr(page, "data-app-left=\"");
    if (!at)
        fail_msg("nothing is told in %s", page);
    return strtol(at + strlen("data-app-left=\""), NULL, 10);
}

/* ---- the tests ---- */

static void
ses_3_one_press_gives_half_an_hour_more_and_by_script_only_that_is_answered(void **state)
{
    struct staying staying = log_in(*state);
    let_it_be(&staying, IDLE_S, IDLE_S - LATE_S);

    press(&staying, by_script, staying.token);

    assert_int_equal(browser_status(staying.browser), 200);
    assert_in_range(told(&staying), IDLE_S - LATE_S, IDLE_S);
    const char *answer = arena_text_of(staying.arena, browser_content(staying.browser));
    assert_true(text_starts_with(text_trim(staying.arena, answer), "<div id=\"_okt-slutt\""));
    assert_null(strstr(answer, "<main"));
    assert_string_equal(browser_header(staying.browser, "Cache-Control"), "no-store");
    finish(&staying);
}

static void ses_3_without_script_it_leads_to_a_page_that_tells_the_new_time(void **state)
{
    struct staying staying = log_in(*state);
    let_it_be(&staying, IDLE_S, IDLE_S - LATE_S);

    press(&staying, NULL, staying.token);

    assert_int_equal(browser_status(staying.browser), 303);
    assert_string_equal(browser_header(staying.browser, "Location"), "/min-side");
    browser_visit(staying.browser, "/min-side");
    assert_int_equal(browser_status(staying.browser), 200);
    assert_in_range(told(&staying), IDLE_S - LATE_S, IDLE_S);
    finish(&staying);
}

static void ses_3_two_hours_after_the_login_no_press_gives_more(void **state)
{
    struct staying staying = log_in(*state);
    let_it_be(&staying, ABSOLUTE_S - 2 * LATE_S, 0);
    press(&staying, by_script, staying.token);
    assert_int_equal(browser_status(staying.browser), 200);
    assert_in_range(told(&staying), 1, 2 * LATE_S);

    let_it_be(&staying, ABSOLUTE_S, 0);
    press(&staying, by_script, staying.token);

    assert_int_equal(browser_status(staying.browser), 401);
    browser_visit(staying.browser,
                  arena_printf(staying.arena, "%s/min-side", staying.scene->server.site));
    assert_false(browser_has_button(staying.browser, "Logg ut"));
    finish(&staying);
}

static void ses_3_what_is_over_is_not_given_back(void **state)
{
    struct staying staying = log_in(*state);
    let_it_be(&staying, IDLE_S, IDLE_S);

    press(&staying, by_script, staying.token);
    assert_int_equal(browser_status(staying.browser), 401);
    assert_string_equal(browser_header(staying.browser, "HX-Retarget"), "body");
    press(&staying, NULL, staying.token);
    assert_int_equal(browser_status(staying.browser), 401);
    assert_true(browser_has_button(staying.browser, "Logg inn"));
    finish(&staying);
}

static void csrf_1_nobody_else_can_press_it(void **state)
{
    struct staying staying = log_in(*state);
    const char *const elsewhere[] = {"Origin: https://andre.example", NULL};
    const char *const cross_site[] = {"Sec-Fetch-Site: cross-site", NULL};
    let_it_be(&staying, IDLE_S, LATE_S / 2); /* too short to be written by a mere request */
    int64_t before = used_at(&staying);

    press(&staying, by_script, "");
    assert_int_equal(browser_status(staying.browser), 403);
    press(&staying, elsewhere, staying.token);
    assert_int_equal(browser_status(staying.browser), 403);
    press(&staying, cross_site, staying.token);
    assert_int_equal(browser_status(staying.browser), 403);
    assert_int_equal(used_at(&staying), before);

    press(&staying, by_script, staying.token);
    assert_true(used_at(&staying) > before);
    finish(&staying);
}

static void http_3_looking_at_it_does_nothing(void **state)
{
    struct staying staying = log_in(*state);
    let_it_be(&staying, IDLE_S, LATE_S / 2);
    int64_t before = used_at(&staying);

    browser_send(staying.browser, "GET",
                 arena_printf(staying.arena, "%s/okt/forleng", staying.scene->server.site), NULL,
                 NULL, (struct bytes){0});

    assert_int_equal(browser_status(staying.browser), 405);
    assert_string_equal(browser_header(staying.browser, "Allow"), "POST");
    assert_int_equal(used_at(&staying), before);
    finish(&staying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            ses_3_one_press_gives_half_an_hour_more_and_by_script_only_that_is_answered),
        cmocka_unit_test(ses_3_without_script_it_leads_to_a_page_that_tells_the_new_time),
        cmocka_unit_test(ses_3_two_hours_after_the_login_no_press_gives_more),
        cmocka_unit_test(ses_3_what_is_over_is_not_given_back),
        cmocka_unit_test(csrf_1_nobody_else_can_press_it),
        cmocka_unit_test(http_3_looking_at_it_does_nothing),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
