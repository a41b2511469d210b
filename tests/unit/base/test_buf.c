#include "engine/base/buf.h"

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

static void an_empty_buf_is_no_bytes_and_the_empty_text(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    assert_int_equal(buf_bytes(&buf).size, 0);
    assert_string_equal(buf_text(&buf), "");
}

static void what_is_added_stands_in_order(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    buf_add_text(&buf, "a");
    buf_add_byte(&buf, 'b');
    buf_add(&buf, (struct bytes){(const unsigned char *)"cd", 2});
    buf_add(&buf, (struct bytes){0});
    buf_printf(&buf, "%s-%d", "e", 5);
    buf_add_utf8(&buf, 0xF8);
    assert_string_equal(buf_text(&buf), "abcde-5ø");
    assert_int_equal(buf_bytes(&buf).size, 9);
}

static void a_number_is_its_digits(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    static const uint64_t numbers[] = {0, 7, 10, 4096, UINT64_MAX};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        buf_add_number(&buf, numbers[i]);
        buf_add_byte(&buf, ' ');
    }
    assert_string_equal(buf_text(&buf), "0 7 10 4096 18446744073709551615 ");
}

static void growing_over_many_capacities_keeps_every_byte(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    for (int i = 0; i < 100000; i++)
        buf_add_byte(&buf, (unsigned char)(i % 251));
    struct bytes bytes = buf_bytes(&buf);
    assert_int_equal(bytes.size, 100000);
    for (size_t i = 0; i < bytes.size; i++)
        assert_int_equal(bytes.data[i], i % 251);
}

static void printing_fits_at_every_distance_from_the_end(void **state)
{
    for (int length = 250; length < 260; length++) {
        struct buf buf;
        buf_init(&buf, *state);
        buf_printf(&buf, "%0*d", length, 0);
        assert_int_equal(strlen(buf_text(&buf)), length);
        assert_int_equal(buf.size, length);
    }
}

static void reserved_room_is_enough_for_what_was_asked(void **state)
{
    struct buf buf;
    buf_init(&buf, *state);
    buf_reserve(&buf, 10000);
    const unsigned char *place = buf.data;
    for (int i = 0; i < 10000; i++)
        buf_add_byte(&buf, 'x');
    buf_text(&buf);
    assert_ptr_equal(buf.data, place);
}

static void code_points_are_written_as_utf8(void **state)
{
    static const struct {
        uint32_t code_point;
        const char *utf8;
    } cases[] = {
        {'A', "A"},
        {0x7F, "\x7F"},
        {0x80, "\xC2\x80"},
        {0x7FF, "\xDF\xBF"},
        {0x800, "\xE0\xA0\x80"},
        {0xFFFD, "\xEF\xBF\xBD"},
        {0xFFFF, "\xEF\xBF\xBF"},
        {0x10000, "\xF0\x90\x80\x80"},
        {0x10FFFF, "\xF4\x8F\xBF\xBF"},
        {0xD800, "\xEF\xBF\xBD"},
        {0xDFFF, "\xEF\xBF\xBD"},
        {0x110000, "\xEF\xBF\xBD"},
        {UINT32_MAX, "\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf buf;
        buf_init(&buf, *state);
        buf_add_utf8(&buf, cases[i].code_point);
        assert_string_equal(buf_text(&buf), cases[i].utf8);
    }
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(an_empty_buf_is_no_bytes_and_the_empty_text),
        WITH_ARENA(what_is_added_stands_in_order),
        WITH_ARENA(a_number_is_its_digits),
        WITH_ARENA(growing_over_many_capacities_keeps_every_byte),
        WITH_ARENA(printing_fits_at_every_distance_from_the_end),
        WITH_ARENA(reserved_room_is_enough_for_what_was_asked),
        WITH_ARENA(code_points_are_written_as_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
