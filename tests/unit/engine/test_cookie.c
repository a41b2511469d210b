#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/login/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_close(&arena);
    return 0;
}

static const char *read(struct arena *arena, const char *name, const char *value)
{
    struct request_pair pair = {name, value};
    struct request request = {.arena = arena, .cookies = {&pair, 1}};
    return cookie_read(&request, COOKIE_SESSION);
}

static void ses_1_the_session_cookie_is_bound_to_this_host(void **state)
{
    struct response response;
    response_init(&response, *state);
    cookie_set(&response, COOKIE_SESSION, "abc");
    assert_string_equal(response_find_header(&response, "Set-Cookie"),
                        "__Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
}

static void ses_2_the_login_cookie_is_another_one_for_ten_minutes(void **state)
{
    struct response response;
    response_init(&response, *state);
    cookie_set(&response, COOKIE_LOGIN, "abc");
    assert_string_equal(response_find_header(&response, "Set-Cookie"),
                        "__Host-login=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600");
    const char *value = crypto_random_id(*state, 256);
    assert_null(read(*state, "__Host-login", value));
}

static void a_cookie_taken_away_ends_at_once_and_both_can_be_set(void **state)
{
    struct response response;
    response_init(&response, *state);
    size_t before = response.header_count;
    cookie_clear(&response, COOKIE_LOGIN);
    cookie_set(&response, COOKIE_SESSION, "abc");
    assert_int_equal(response.header_count, before + 2);
    assert_string_equal(response.headers[before].value,
                        "__Host-login=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
}

static void ses_2_only_values_that_could_be_ours_are_read(void **state)
{
    const char *value = crypto_random_id(*state, 256);
    assert_string_equal(read(*state, "__Host-sid", value), value);
    assert_null(read(*state, "sid", value));
    assert_null(read(*state, "__host-sid", value));
    assert_null(read(*state, "__Host-sid", ""));
    assert_null(read(*state, "__Host-sid", value + 1));
    assert_null(read(*state, "__Host-sid", arena_printf(*state, "%sA", value)));
    assert_null(read(*state, "__Host-sid", arena_printf(*state, "%.42s=", value)));
    assert_null(read(*state, "__Host-sid", arena_printf(*state, "%.42s'", value)));
    assert_null(read(*state, "__Host-sid", arena_printf(*state, "%.42sB", value))); /* loose bits */
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(ses_1_the_session_cookie_is_bound_to_this_host),
        WITH_ARENA(ses_2_the_login_cookie_is_another_one_for_ten_minutes),
        WITH_ARENA(a_cookie_taken_away_ends_at_once_and_both_can_be_set),
        WITH_ARENA(ses_2_only_values_that_could_be_ours_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
