#include "engine/base/arena.h"

#include <stdalign.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
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
    return arena == NULL ? 0 : -1;
}

static void memory_is_zeroed_and_aligned_for_any_type(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 15, 16, 17, 4095, 4096, 4097, 8192, 100000};
    static const unsigned char zeros[100000];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            unsigned char *memory = arena_alloc(*state, sizes[i]);
            assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
            assert_memory_equal(memory, zeros, sizes[i]);
            memset(memory, 0xAA, sizes[i]);
        }
        arena_reset(*state);
    }
}

static void pieces_do_not_overlap(void **state)
{
    enum { PIECES = 3000 };
    unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(*state, i % 700 + (i % 97 == 0 ? 9000 : 0));
        memset(pieces[i], (int)(i % 251), i % 700);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t at = 0; at < i % 700; at++)
            assert_int_equal(pieces[i][at], i % 251);
}

static void a_large_piece_does_not_waste_the_block_before_it(void **state)
{
    arena_alloc(*state, 16);
    arena_alloc(*state, 1000000);
    size_t taken = arena_size_bytes(*state);
    arena_alloc(*state, 4000);
    assert_int_equal(arena_size_bytes(*state), taken);
}

static void a_reset_arena_gives_back_what_it_took(void **state)
{
    arena_alloc(*state, 16);
    size_t small = arena_size_bytes(*state);
    for (int i = 0; i < 1000; i++)
        arena_alloc(*state, 5000);

    arena_reset(*state);

    assert_true(arena_size_bytes(*state) <= small);
    for (int i = 0; i < 1000; i++) {
        arena_alloc(*state, 5000);
        arena_reset(*state);
    }
    assert_true(arena_size_bytes(*state) <= 2 * small);
}

static void copies_end_in_a_nul(void **state)
{
    assert_null(arena_text(*state, NULL));
    assert_string_equal(arena_text(*state, "Færøyene"), "Færøyene");
    assert_string_equal(arena_text_of(*state, (struct bytes){(const unsigned char *)"abcdef", 3}),
                        "abc");
    assert_string_equal(arena_text_of(*state, (struct bytes){0}), "");
    struct bytes copy = arena_bytes(*state, (struct bytes){(const unsigned char *)"a\0b", 3});
    assert_int_equal(copy.size, 3);
    assert_memory_equal(copy.data, "a\0b", 4);
}

static void printed_text_fits_whatever_its_length(void **state)
{
    assert_string_equal(arena_printf(*state, "%d av %s", 3, "7"), "3 av 7");
    assert_int_equal(strlen(arena_printf(*state, "%0*d", 50000, 1)), 50000);
    enum { COUNT_OF = 2000, LONGEST = 200 }; /* over many ends of blocks */
    char *texts[COUNT_OF];
    for (int i = 0; i < COUNT_OF; i++)
        texts[i] = arena_printf(*state, "%0*d", i % LONGEST + 1, i % 10);
    for (int i = 0; i < COUNT_OF; i++) {
        assert_int_equal(strlen(texts[i]), i % LONGEST + 1);
        assert_int_equal(texts[i][i % LONGEST], '0' + i % 10);
        assert_int_equal(strspn(texts[i], "0123456789"), i % LONGEST + 1);
    }
}

static void an_array_whose_size_overflows_ends_the_process(void **state)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        struct rlimit none = {0};
        setrlimit(RLIMIT_CORE, &none);
        arena_alloc_array(*state, SIZE_MAX / 2, 3);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(memory_is_zeroed_and_aligned_for_any_type),
        WITH_ARENA(pieces_do_not_overlap),
        WITH_ARENA(a_large_piece_does_not_waste_the_block_before_it),
        WITH_ARENA(a_reset_arena_gives_back_what_it_took),
        WITH_ARENA(copies_end_in_a_nul),
        WITH_ARENA(printed_text_fits_whatever_its_length),
        WITH_ARENA(an_array_whose_size_overflows_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
