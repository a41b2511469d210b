#include "engine/base/text.h"
#include "engine/http/proxies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define HOSTS "skjema.example, skjema2.example"
#define PROXIES "127.0.0.1, 10.1.0.0/16 fd00:1::/32,unix"

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

static struct proxies *read(struct arena *arena, const char *list)
{
    struct proxies *proxies = NULL;
    assert_true(proxies_read(arena, list, &proxies, NULL));
    return proxies;
}

/* Of a request from there with these headers after Host, a line each with '|' between. */
static int hear(struct arena *arena, const char *peer, const char *lines, struct request *request)
{
    struct request_pair *headers = ARENA_ARRAY(arena, 16, struct request_pair);
    *request = (struct request){
        .arena = arena, .method = "GET", .peer = peer, .headers = {.items = headers}};
    headers[request->headers.count++] = (struct request_pair){"Host", "skjema.example"};
    while (*lines) {
        size_t size = strcspn(lines, "|"), name = strcspn(lines, ":");
        headers[request->headers.count++] = (struct request_pair){
            arena_text_of(arena, (struct bytes){(const unsigned char *)lines, name}),
            text_trim(arena,
                      arena_text_of(arena, (struct bytes){(const unsigned char *)lines + name + 1,
                                                          size - name - 1}))};
        lines += size + (lines[size] != '\0');
    }
    return request_check_head(request, HOSTS, read(arena, PROXIES));
}

static void http_8_a_proxy_is_an_address_a_network_or_the_unix_socket(void **state)
{
    static const struct {
        const char *list, *peer;
        bool trusted;
    } cases[] = {
        {"", "127.0.0.1", false},
        {"", "unix", false},
        {"unix", "unix", true},
        {"unix", "127.0.0.1", false},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"127.0.0.1", "unix", false},
        {"127.0.0.1", "", false},
        {"10.1.0.0/16", "10.1.255.255", true},
        {"10.1.0.0/16", "10.2.0.0", false},
        {"10.1.2.128/25", "10.1.2.127", false},
        {"10.1.2.128/25", "10.1.2.200", true},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe00::1", false},
        {"::1", "::1", true},
        {"::1", "127.0.0.1", false},
        {"192.0.2.1,  192.0.2.2 ,", "192.0.2.2", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(proxies_trusted(read(*state, cases[i].list), cases[i].peer),
                         cases[i].trusted);
}

static void http_8_what_is_no_proxy_is_named(void **state)
{
    static const char *const wrong[] = {
        "proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x",  "10.0.0.0/8/8", "10.0.0.1/8",
        "fd00::/129",    "/8",          "127.1",     "10.0.0.0/-1", "unix:/run/x",  "::/0008",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct proxies *proxies = NULL;
        struct error err;
        assert_false(proxies_read(*state, wrong[i], &proxies, &err));
        assert_int_equal(err.code, ERROR_INVALID);
        assert_non_null(strstr(err.text, wrong[i]));
    }
}

static void http_8_a_strangers_word_is_neither_heard_nor_seen(void **state)
{
    struct request request;
    assert_int_equal(hear(*state, "203.0.113.9",
                          "X-Forwarded-For: 127.0.0.1|X-Forwarded-Proto: https|"
                          "X-Forwarded-Host: evil.example|Forwarded: for=::1|X-Real-IP: ::1|"
                          "x-forwarded-port: 1|Accept: */*",
                          &request),
                     0);
    assert_string_equal(request.client, "203.0.113.9");
    assert_string_equal(request.scheme, "http");
    assert_string_equal(request.host, "skjema.example");
    assert_int_equal(request.headers.count, 2);
    assert_non_null(request_header(&request, "Accept"));
}

static void http_8_a_trusted_proxy_says_who_asks(void **state)
{
    static const struct {
        const char *peer, *lines, *client, *scheme, *host;
    } cases[] = {
        {"127.0.0.1", "", "127.0.0.1", "http", "skjema.example"},
        {"unix", "", "unix", "http", "skjema.example"},
        {"unix", "X-Forwarded-For: 203.0.113.9", "203.0.113.9", "http", "skjema.example"},
        {"127.0.0.1", "X-Forwarded-For: 2001:db8:0:0::17|X-Forwarded-Proto: https", "2001:db8::17",
         "https", "skjema.example"},
        {"127.0.0.1", "X-Forwarded-For: 203.0.113.9:4711", "203.0.113.9", "http", "skjema.example"},
        {"127.0.0.1", "X-Forwarded-For: [2001:db8::17]:4711", "2001:db8::17", "http",
         "skjema.example"},
        {"127.0.0.1", "X-Forwarded-For: ::ffff:203.0.113.9", "203.0.113.9", "http",
         "skjema.example"},
        /* what a client said is to the left of what proxies said, and is not read */
        {"10.1.2.3", "X-Forwarded-For: 127.0.0.1, 203.0.113.9", "203.0.113.9", "http",
         "skjema.example"},
        {"10.1.2.3", "X-Forwarded-For: <script>, 203.0.113.9, 10.1.9.9", "203.0.113.9", "http",
         "skjema.example"},
        {"10.1.2.3", "X-Forwarded-For: 8.8.8.8|X-Forwarded-For: 203.0.113.9", "203.0.113.9", "http",
         "skjema.example"},
        {"10.1.2.3", "X-Forwarded-For: 10.1.4.4, 10.1.9.9", "10.1.4.4", "http", "skjema.example"},
        {"unix", "X-Forwarded-Proto: HTTPS, https", "unix", "https", "skjema.example"},
        {"unix", "X-Forwarded-Proto: https, http", "unix", "http", "skjema.example"},
        {"unix", "X-Forwarded-Host: skjema2.example", "unix", "http", "skjema2.example"},
        {"unix", "Forwarded: for=203.0.113.9;proto=https;by=10.0.0.1;host=skjema2.example",
         "203.0.113.9", "https", "skjema2.example"},
        {"unix", "Forwarded: for=\"[2001:db8::17]:4711\", For=10.1.0.1; Proto=http", "2001:db8::17",
         "http", "skjema.example"},
        {"unix", "Forwarded: for=x|Forwarded: for=203.0.113.9", "203.0.113.9", "http",
         "skjema.example"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request;
        assert_int_equal(hear(*state, cases[i].peer, cases[i].lines, &request), 0);
        assert_string_equal(request.client, cases[i].client);
        assert_string_equal(request.scheme, cases[i].scheme);
        assert_string_equal(request.host, cases[i].host);
        assert_int_equal(request.headers.count, 1);
    }
}

static void http_8_what_a_proxy_cannot_mean_is_refused(void **state)
{
    static const char *const wrong[] = {
        "X-Forwarded-For: ",
        "X-Forwarded-For: unknown",
        "X-Forwarded-For: 203.0.113.9,",
        "X-Forwarded-For: 203.0.113.999",
        "X-Forwarded-For: 203.0.113.9:x",
        "X-Forwarded-For: 203.0.113.9:",
        "X-Forwarded-For: [203.0.113.9]",
        "X-Forwarded-For: [2001:db8::17",
        "X-Forwarded-For: [2001:db8::17]x",
        "X-Forwarded-For: <script>, 10.1.9.9",
        "X-Forwarded-Proto: gopher",
        "X-Forwarded-Proto: ",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Host: skjema.example, skjema2.example",
        "X-Forwarded-Host: skjema.example|X-Forwarded-Host: skjema.example",
        "Forwarded: for",
        "Forwarded: for=_hidden",
        "Forwarded: for=\"203.0.113.9",
        "Forwarded: for=203.0.113.9;host=evil.example",
        "Forwarded: for=203.0.113.9|X-Forwarded-For: 203.0.113.9",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct request request;
        assert_int_equal(hear(*state, "127.0.0.1", wrong[i], &request), 400);
        assert_int_equal(hear(*state, "203.0.113.1", wrong[i], &request), 0);
    }
}

static void tls_1_a_proxy_says_that_it_came_over_plain_http(void **state)
{
    static const struct {
        const char *peer, *lines;
        bool is_open;
    } cases[] = {
        {"unix", "X-Forwarded-Proto: http", true},
        {"unix", "X-Forwarded-Proto: http, https", true},
        {"unix", "Forwarded: proto=http", true},
        {"unix", "X-Forwarded-Proto: https", false},
        {"unix", "X-Forwarded-For: 203.0.113.9", false}, /* it does not say */
        {"203.0.113.9", "X-Forwarded-Proto: http", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct request request;
        assert_int_equal(hear(*state, cases[i].peer, cases[i].lines, &request), 0);
        assert_int_equal(request.is_open, cases[i].is_open);
    }
}

static void http_8_a_proxys_own_host_must_be_ours_too(void **state)
{
    struct request_pair headers[] = {{"Host", "evil.example"},
                                     {"X-Forwarded-Host", "skjema.example"}};
    struct request request = {
        .arena = *state, .method = "GET", .peer = "unix", .headers = {headers, COUNT(headers)}};
    assert_int_equal(request_check_head(&request, HOSTS, read(*state, PROXIES)), 400);
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(http_8_a_proxy_is_an_address_a_network_or_the_unix_socket),
        WITH_ARENA(http_8_what_is_no_proxy_is_named),
        WITH_ARENA(http_8_a_strangers_word_is_neither_heard_nor_seen),
        WITH_ARENA(http_8_a_trusted_proxy_says_who_asks),
        WITH_ARENA(http_8_what_a_proxy_cannot_mean_is_refused),
        WITH_ARENA(tls_1_a_proxy_says_that_it_came_over_plain_http),
        WITH_ARENA(http_8_a_proxys_own_host_must_be_ours_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
