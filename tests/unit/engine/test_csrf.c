#include "engine/base/text.h"
#include "engine/login/csrf.h"

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

static const char own[] = "https://skjema.example";
static const char secret_text[] = "0123456789abcdef0123456789abcdef";
#define SECRET BYTES_OF(secret_text)

/* A post with that token and one header. */
static bool check(struct arena *arena, const char *token, const char *header, const char *value)
{
    struct request_pair field = {CSRF_FIELD, token}, pair = {header, value};
    struct request request = {.arena = arena,
                              .method = "POST",
                              .headers = {&pair, 1},
                              .fields = {&field, token ? 1 : 0},
                              .first_field = CSRF_FIELD};
    return csrf_check(&request, own, SECRET, "side");
}

static void csrf_1_the_token_of_this_session_and_purpose_is_needed(void **state)
{
    const char *token = csrf_token(*state, SECRET, "side");
    assert_int_equal(strlen(token), 43);
    assert_true(check(*state, token, "X", "y"));
    assert_false(check(*state, NULL, "X", "y"));
    assert_false(check(*state, "", "X", "y"));
    assert_false(check(*state, token + 1, "X", "y"));
    assert_false(check(*state, arena_printf(*state, "%s=", token), "X", "y"));
    assert_false(check(*state, csrf_token(*state, SECRET, "send"), "X", "y"));
    assert_false(check(*state, csrf_token(*state, BYTES_OF("another secret"), "side"), "X", "y"));
    assert_string_equal(csrf_token(*state, SECRET, "side"), token);
}

static void csrf_1_a_token_that_came_twice_is_none(void **state)
{
    char *token = csrf_token(*state, SECRET, "side");
    struct request_pair fields[] = {{CSRF_FIELD, token}, {CSRF_FIELD, token}};
    struct request request = {.arena = *state, .method = "POST", .fields = {fields, 2}};
    assert_false(csrf_check(&request, own, SECRET, "side"));
}

static void csrf_1_without_a_secret_nothing_is_right(void **state)
{
    struct request_pair field = {CSRF_FIELD, csrf_token(*state, (struct bytes){0}, "side")};
    struct request request = {.arena = *state, .method = "POST", .fields = {&field, 1}};
    assert_false(csrf_check(&request, own, (struct bytes){0}, "side"));
}

static void csrf_1_in_multipart_the_token_comes_first(void **state)
{
    struct request_pair field = {CSRF_FIELD, csrf_token(*state, SECRET, "side")};
    struct request_pair type = {"Content-Type", "multipart/form-data; boundary=b"};
    struct request request = {.arena = *state,
                              .method = "POST",
                              .headers = {&type, 1},
                              .fields = {&field, 1},
                              .first_field = CSRF_FIELD};
    assert_true(csrf_check(&request, own, SECRET, "side"));
    request.first_field = "fil";
    assert_false(csrf_check(&request, own, SECRET, "side"));
}

static void csrf_2_a_browser_that_says_it_comes_from_elsewhere_is_believed(void **state)
{
    const char *token = csrf_token(*state, SECRET, "side");
    static const struct {
        const char *header, *value;
        bool ours;
    } cases[] = {
        {"Sec-Fetch-Site", "same-origin", true},
        {"Sec-Fetch-Site", "same-site", false},
        {"Sec-Fetch-Site", "cross-site", false},
        {"sec-fetch-site", "none", false},
        {"Origin", "https://skjema.example", true},
        {"Origin", "http://skjema.example", false},
        {"Origin", "https://skjema.example:8443", false},
        {"origin", "null", false},
        {"Origin", "https://evil.example", false},
        {"Origin", "", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(check(*state, token, cases[i].header, cases[i].value), cases[i].ours);
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(csrf_1_the_token_of_this_session_and_purpose_is_needed),
        WITH_ARENA(csrf_1_a_token_that_came_twice_is_none),
        WITH_ARENA(csrf_1_without_a_secret_nothing_is_right),
        WITH_ARENA(csrf_1_in_multipart_the_token_comes_first),
        WITH_ARENA(csrf_2_a_browser_that_says_it_comes_from_elsewhere_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
