/* test_content.c - a document read in runs, from memory and from elsewhere. */
#include "engine/base/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* The alphabet, over and over; *context counts the reads, the one past 100 bytes fails. */
static bool read_letters(void *context, int64_t at, unsigned char *to, size_t size,
                         struct error *err)
{
    ++*(int *)context;
    if (at + (int64_t)size > 100)
        return error_set(err, ERROR_BROKEN, "torn");
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)('a' + ((size_t)at + i) % 26);
    return true;
}

static void a_run_is_the_same_from_memory_and_from_elsewhere(void **state)
{
    (void)state;
    int reads = 0;
    struct content far = {.size_bytes = 30, .read = read_letters, .context = &reads};
    struct content near = content_of(BYTES_OF("abcdefghijklmnopqrstuvwxyzabcd"));
    unsigned char a[4], b[4];
    struct error err;

    assert_true(content_read(&far, 26, a, sizeof a, &err));
    assert_true(content_read(&near, 26, b, sizeof b, &err));

    assert_memory_equal(a, "abcd", 4);
    assert_memory_equal(b, "abcd", 4);
    assert_int_equal(reads, 1);
}

static void the_whole_is_read_when_it_is_not_too_much(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    int reads = 0;
    struct content far = {.size_bytes = 30, .read = read_letters, .context = &reads};
    struct bytes whole;
    struct error err;

    assert_true(content_whole(arena, &far, 30, &whole, &err));
    assert_int_equal(whole.size, 30);
    assert_memory_equal(whole.data, "abcdefghijklmnopqrstuvwxyzabcd", 30);

    assert_false(content_whole(arena, &far, 29, &whole, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static void a_place_that_fails_is_passed_on(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    int reads = 0;
    struct content torn = {.size_bytes = 101, .read = read_letters, .context = &reads};
    struct bytes whole;
    struct error err;

    assert_false(content_whole(arena, &torn, 1000, &whole, &err));
    assert_int_equal(err.code, ERROR_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_the_same_from_memory_and_from_elsewhere),
        cmocka_unit_test(the_whole_is_read_when_it_is_not_too_much),
        cmocka_unit_test(a_place_that_fails_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
