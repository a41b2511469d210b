#include "engine/base/codec.h"

#include <stdlib.h>
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

static void base64_is_that_of_the_rfc(void **state)
{
    static const char *const cases[][3] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xFF\xFE", "+//+", "-__-"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(codec_base64(*state, BYTES_OF(cases[i][0])), cases[i][1]);
        assert_string_equal(codec_base64url(*state, BYTES_OF(cases[i][0])), cases[i][2]);
    }
}

static void every_size_comes_back_as_it_was(void **state)
{
    unsigned char data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 37 + 11);
    for (size_t size = 0; size < sizeof data; size++) {
        struct bytes in = {data, size}, out;
        assert_true(codec_unbase64(*state, codec_base64(*state, in), &out));
        assert_int_equal(out.size, size);
        assert_memory_equal(out.data, data, size);
        assert_true(codec_unbase64url(*state, codec_base64url(*state, in), &out));
        assert_int_equal(out.size, size);
        assert_memory_equal(out.data, data, size);
        assert_true(codec_unhex(*state, codec_hex(*state, in), &out));
        assert_int_equal(out.size, size);
        assert_memory_equal(out.data, data, size);
    }
}

static void base64_that_no_encoder_writes_is_refused(void **state)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",    "Zg===",    "Z===", "====",     "=",    "Zh==",
        "Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "-__-", "Zm9v====", "Zm=v", "\xC3\xA5\xC3\xA5",
    };
    static const char *const bad_url[] = {"Z",    "Zg==",  "Zm8=", "Zh", "Zm9",
                                          "+//+", "Zm9vY", "Zg\n", "a.b"};
    struct bytes out;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(codec_unbase64(*state, bad[i], &out));
    for (size_t i = 0; i < COUNT(bad_url); i++)
        assert_false(codec_unbase64url(*state, bad_url[i], &out));
}

static void hex_takes_both_cases_and_nothing_else(void **state)
{
    struct bytes out;
    assert_string_equal(codec_hex(*state, BYTES_OF("\x01\xAB\xFF")), "01abff");
    assert_true(codec_unhex(*state, "01aBfF", &out));
    assert_memory_equal(out.data, "\x01\xAB\xFF", 3);
    assert_false(codec_unhex(*state, "0", &out));
    assert_false(codec_unhex(*state, "0g", &out));
    assert_false(codec_unhex(*state, "0x", &out));
    assert_false(codec_unhex(*state, " 1", &out));
}

static void what_is_not_unreserved_is_escaped(void **state)
{
    assert_string_equal(codec_percent(*state, "aZ09-._~"), "aZ09-._~");
    assert_string_equal(codec_percent(*state, "a b/ø?&=+%"), "a%20b%2F%C3%B8%3F%26%3D%2B%25");
    assert_string_equal(codec_percent(*state, ""), "");
}

static void unescaping_decodes_once(void **state)
{
    struct bytes out;
    assert_true(codec_unpercent(*state, BYTES_OF("a%2520+b"), false, &out));
    assert_int_equal(out.size, 6);
    assert_memory_equal(out.data, "a%20+b", 6);
    assert_true(codec_unpercent(*state, BYTES_OF("a+b%2B"), true, &out));
    assert_memory_equal(out.data, "a b+", 4);
    assert_true(codec_unpercent(*state, BYTES_OF("%00%ff"), false, &out));
    assert_int_equal(out.size, 2);
    assert_memory_equal(out.data, "\x00\xFF", 2);
}

static void a_broken_escape_is_refused(void **state)
{
    static const char *const bad[] = {"%", "%4", "a%", "%g0", "%0g", "%%41", "%-1", "% 1"};
    struct bytes out;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(codec_unpercent(*state, BYTES_OF(bad[i]), false, &out));
    assert_false(codec_unpercent(*state, (struct bytes){(const unsigned char *)"%41", 2}, false,
                                 &out)); /* what lies behind the bytes is not read */
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(base64_is_that_of_the_rfc),
        WITH_ARENA(every_size_comes_back_as_it_was),
        WITH_ARENA(base64_that_no_encoder_writes_is_refused),
        WITH_ARENA(hex_takes_both_cases_and_nothing_else),
        WITH_ARENA(what_is_not_unreserved_is_escaped),
        WITH_ARENA(unescaping_decodes_once),
        WITH_ARENA(a_broken_escape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
