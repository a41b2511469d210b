#include "engine/base/text.h"
#include "engine/http/response.h"

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

static size_t count_named(const struct response *response, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < response->header_count; i++)
        count += text_equal(response->headers[i].name, name);
    return count;
}

static void hdr_2_the_policy_allows_nothing_from_elsewhere(void **state)
{
    struct response response;
    response_init(&response, *state);
    const char *policy = response_find_header(&response, "content-security-policy");
    static const char *const rules[] = {
        "default-src 'none'", "script-src 'self'", "style-src 'self'",  "img-src 'self' data:",
        "form-action 'self'", "base-uri 'none'",   "object-src 'none'", "frame-ancestors 'none'",
    };
    for (size_t i = 0; i < COUNT(rules); i++)
        assert_non_null(strstr(policy, rules[i]));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(policy, "http"));
    assert_null(strchr(policy, '*'));
}

static void hdr_3_only_versioned_files_are_kept_by_browsers(void **state)
{
    struct response response;
    response_init(&response, *state);
    assert_string_equal(response_find_header(&response, "Cache-Control"), "no-store");
    response_html(&response, 422, BYTES_OF("<p>"));
    assert_string_equal(response_find_header(&response, "Cache-Control"), "no-store");
    response_static(&response, "text/css; charset=utf-8", BYTES_OF("a{}"));
    assert_string_equal(response_find_header(&response, "Cache-Control"),
                        "public, max-age=31536000, immutable");
    assert_int_equal(count_named(&response, "Cache-Control"), 1);
    assert_int_equal(response.status, 200);
}

static void http_9_a_body_has_one_type_with_charset(void **state)
{
    struct response response;
    response_init(&response, *state);
    response_text(&response, 200, "a");
    response_html(&response, 404, BYTES_OF("<p>"));
    assert_string_equal(response_find_header(&response, "Content-Type"),
                        "text/html; charset=utf-8");
    assert_int_equal(count_named(&response, "Content-Type"), 1);
    assert_int_equal(response.status, 404);
}

static void a_header_set_again_replaces_and_added_again_repeats(void **state)
{
    struct response response;
    response_init(&response, *state);
    size_t before = response.header_count;
    response_header(&response, "X-A", "1");
    response_header(&response, "x-a", "2");
    assert_string_equal(response_find_header(&response, "X-A"), "2");
    assert_int_equal(response.header_count, before + 1);
    for (int i = 0; i < 100; i++)
        response_add_header(&response, "Set-Cookie", "a=b");
    assert_int_equal(count_named(&response, "Set-Cookie"), 100);
    response_remove_header(&response, "set-cookie");
    assert_int_equal(response.header_count, before + 1);
    response_plain(&response);
    assert_int_equal(response.header_count, 0);
}

static void file_4_a_download_is_named_so_that_no_client_misreads_it(void **state)
{
    static const struct {
        const char *name, *disposition;
    } cases[] = {
        {"a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"},
        {"søknad.pdf", "attachment; filename=\"s_knad.pdf\"; filename*=UTF-8''s%C3%B8knad.pdf"},
        {"a\"b\\c/d;e%41\r\nX: y", "attachment; filename=\"a_b_c_d_e_41__X: y\"; "
                                   "filename*=UTF-8''a%22b_c_d%3Be%2541__X%3A%20y"},
        {"\xFF", "attachment; filename=\"_\"; filename*=UTF-8''%EF%BF%BD"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct response response;
        response_init(&response, *state);
        response_download(&response, cases[i].name, "application/pdf", BYTES_OF("%PDF-"));
        assert_string_equal(response_find_header(&response, "Content-Disposition"),
                            cases[i].disposition);
        assert_string_equal(response_find_header(&response, "Content-Security-Policy"),
                            "sandbox; default-src 'none'");
        assert_string_equal(response_find_header(&response, "X-Content-Type-Options"), "nosniff");
    }
}

static void http_10_a_redirect_stays_on_the_site_and_is_ascii(void **state)
{
    struct response response;
    response_init(&response, *state);
    response_html(&response, 200, BYTES_OF("<p>"));
    response_redirect(&response, "/skjema/søknad om plass?a=b&c=%20#d\r\nX: y");
    assert_int_equal(response.status, 303);
    assert_int_equal(response.body.size, 0);
    assert_string_equal(response_find_header(&response, "Location"),
                        "/skjema/s%C3%B8knad%20om%20plass?a=b&c=%20#d%0D%0AX:%20y");
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(hdr_2_the_policy_allows_nothing_from_elsewhere),
        WITH_ARENA(hdr_3_only_versioned_files_are_kept_by_browsers),
        WITH_ARENA(http_9_a_body_has_one_type_with_charset),
        WITH_ARENA(a_header_set_again_replaces_and_added_again_repeats),
        WITH_ARENA(http_10_a_redirect_stays_on_the_site_and_is_ascii),
        WITH_ARENA(file_4_a_download_is_named_so_that_no_client_misreads_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
