#include "engine/base/text.h"
#include "engine/http/request.h"

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

/* A request with a good host and one header more, as far as its head goes. */
static int check(struct arena *arena, const char *name, const char *value, struct request *request)
{
    struct request_pair *headers = ARENA_ARRAY(arena, 2, struct request_pair);
    headers[0] = (struct request_pair){"host", "skjema.example"};
    headers[1] = (struct request_pair){name, value};
    *request = (struct request){.arena = arena, .method = "GET", .headers = {headers, 2}};
    return request_check_head(request, "skjema.example, localhost:8080", NULL);
}

static void cookies_are_taken_apart(void **state)
{
    struct request request;
    assert_int_equal(check(*state, "Cookie", "a=1; __Host-sid=x=y ;b= ; c; =d;;e=5", &request), 0);
    assert_string_equal(request_cookie(&request, "a"), "1");
    assert_string_equal(request_cookie(&request, "__Host-sid"), "x=y");
    assert_string_equal(request_cookie(&request, "b"), "");
    assert_null(request_cookie(&request, "c"));
    assert_string_equal(request_cookie(&request, "e"), "5");
    assert_null(request_cookie(&request, "A"));
}

static void http_7_a_cookie_that_came_twice_is_nobodys(void **state)
{
    struct request request;
    assert_int_equal(check(*state, "Cookie", "sid=1; sid=2", &request), 0);
    assert_null(request_cookie(&request, "sid"));
}

static void a_partial_answer_is_for_htmx_but_not_for_its_way_back(void **state)
{
    struct request request;
    assert_int_equal(check(*state, "hx-request", "true", &request), 0);
    assert_true(request_is_partial(&request));
    request.headers.items[0] = (struct request_pair){"HX-History-Restore-Request", "true"};
    assert_false(request_is_partial(&request));
    assert_int_equal(check(*state, "HX-Request", "false", &request), 0);
    assert_false(request_is_partial(&request));
}

static void headers_are_found_in_any_case(void **state)
{
    struct request request;
    assert_int_equal(check(*state, "Content-TYPE", "Text/HTML; charset=utf-8", &request), 0);
    assert_string_equal(request_header(&request, "content-type"), "Text/HTML; charset=utf-8");
    assert_string_equal(request_content_type(&request), "text/html");
    assert_null(request_header(&request, "Content"));

    assert_int_equal(check(*state, "X", "y", &request), 0);
    assert_string_equal(request_content_type(&request), "");
}

static void http_1_the_host_is_one_of_the_list(void **state)
{
    static const struct {
        const char *host;
        int refused;
    } cases[] = {
        {"skjema.example", 0},
        {"SKJEMA.Example", 0},
        {"localhost:8080", 0},
        {"localhost", 400},
        {"localhost:80", 400},
        {"skjema.example:80", 400},
        {"xskjema.example", 400},
        {"skjema.examplex", 400},
        {"", 400},
        {",", 400},
        {"skjema.example, localhost:8080", 400},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request_pair header = {"Host", cases[i].host};
        struct request request = {.arena = *state, .method = "GET", .headers = {&header, 1}};
        assert_int_equal(request_check_head(&request, "skjema.example, localhost:8080", NULL),
                         cases[i].refused);
    }
}

static void http_8_what_only_a_proxy_may_say_is_taken_away(void **state)
{
    static const char *const names[] = {"X-Forwarded-For", "x-forwarded-proto", "Forwarded",
                                        "X-Real-IP"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct request request;
        assert_int_equal(check(*state, names[i], "10.0.0.1", &request), 0);
        assert_null(request_header(&request, names[i]));
        assert_non_null(request_header(&request, "Host"));
    }
}

/* found by fuzz_request: what a handler sees is UTF-8 */
static void a_header_that_is_no_text_is_refused(void **state)
{
    struct request request;
    assert_int_equal(check(*state, "Cookie", "a=\xC3\xA5", &request), 0);
    assert_int_equal(check(*state, "Cookie", "a=\xE5", &request), 400);
    assert_int_equal(check(*state, "User-Agent", "Fj\xF8rdvik", &request), 400);
    assert_int_equal(check(*state, "User-Agent", "a\tb", &request), 400);
}

static void http_2_a_good_target_is_decoded(void **state)
{
    struct request request = {.arena = *state};
    assert_int_equal(request_read_target(&request, "/a/.b/..c/%C3%A5%20b?x=1&y&z=%26+%2B&&"), 0);
    assert_string_equal(request.path, "/a/.b/..c/å b");
    assert_int_equal(request.query.count, 3);
    assert_string_equal(request_query(&request, "x"), "1");
    assert_string_equal(request_query(&request, "y"), "");
    assert_string_equal(request_query(&request, "z"), "& +");
    assert_null(request_query(&request, "w"));

    assert_int_equal(request_read_target(&request, "/?"), 0);
    assert_int_equal(request_read_target(&request, "/a/"), 0);
    assert_string_equal(request.path, "/a/");
}

/* What is led to is our name with the target behind it: "https://us%2F@evil.example/". */
static void http_10_a_target_begins_with_a_slash_as_it_is_sent(void **state)
{
    struct request request = {.arena = *state};
    assert_int_equal(request_read_target(&request, "%2F@evil.example/"), 400);
    assert_int_equal(request_read_target(&request, "%2Fa"), 400);
    assert_int_equal(request_read_target(&request, ""), 400);
    assert_int_equal(request_read_target(&request, "*"), 400);
}

static void only_get_and_head_are_safe(void **state)
{
    (void)state;
    struct request request = {.method = "GET"};
    assert_true(request_is_safe(&request));
    request.method = "HEAD";
    assert_true(request_is_safe(&request));
    request.method = "POST";
    assert_false(request_is_safe(&request));
    request.method = "get";
    assert_false(request_is_safe(&request));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(cookies_are_taken_apart),
        WITH_ARENA(http_7_a_cookie_that_came_twice_is_nobodys),
        WITH_ARENA(a_partial_answer_is_for_htmx_but_not_for_its_way_back),
        WITH_ARENA(headers_are_found_in_any_case),
        WITH_ARENA(http_1_the_host_is_one_of_the_list),
        WITH_ARENA(http_8_what_only_a_proxy_may_say_is_taken_away),
        WITH_ARENA(a_header_that_is_no_text_is_refused),
        WITH_ARENA(http_2_a_good_target_is_decoded),
        WITH_ARENA(http_10_a_target_begins_with_a_slash_as_it_is_sent),
        WITH_ARENA(only_get_and_head_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
