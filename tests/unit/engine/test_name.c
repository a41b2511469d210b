/* test_name.c - what somebody who logged in is called. */
#include "engine/login/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define PID "15838530181"

static void a_name_is_one_line_of_text_or_none(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *long_one = arena_printf(arena, "%0201d", 7);
    assert_string_equal(name_to_show(arena, "  Kari   Test "), "Kari Test");
    assert_string_equal(name_to_show(arena, long_one + 1), long_one + 1);
    assert_string_equal(name_to_show(arena, long_one), "");
    assert_string_equal(name_to_show(arena, "Kari\nTest"), "");
    assert_string_equal(name_to_show(arena, "Kari\x7FTest"), "");
    assert_string_equal(name_to_show(arena, NULL), "");
}

/* ---- a register that answers as told ---- */

static struct register_answer told;
static int waits_ms, asked;
static struct breaker *breaker;

static int set_up(void **state)
{
    (void)state;
    asked = 0;
    breaker_open(BREAKER_REST_MS, &breaker);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    breaker_close(&breaker);
    return 0;
}

static void answer(const struct register_source *source, struct arena *arena,
                   const struct register_subject *subject, struct register_answer *out)
{
    (void)arena;
    asked++;
    assert_string_equal(subject->pid, PID);
    waits_ms = source->settings->timeout_ms;
    *out = told;
}

static void the_population_register_says_it_and_is_not_waited_for_long(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct register_settings patient = {.timeout_ms = 60000}, quick = {.timeout_ms = 100};
    struct register_source source = {.name = "test", .ask = answer, .settings = &patient};
    told = (struct register_answer){.outcome = REGISTER_FOUND};
    register_add(&told, "person.street", "Kirkegata 3");
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "");
    assert_int_equal(waits_ms, NAME_WAIT_MS);
    register_add(&told, "person.name", "Kari Test");
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "Kari Test");
    source.settings = &quick;
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "Kari Test");
    assert_int_equal(waits_ms, 100);
    register_fail(&told, "is down");
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "");
    assert_string_equal(name_fetch(arena, NULL, breaker, PID), "");
}

static void a_register_that_fails_again_and_again_is_not_asked(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct register_settings settings = {.timeout_ms = 100};
    const struct register_source source = {.name = "test", .ask = answer, .settings = &settings};
    told = (struct register_answer){.outcome = REGISTER_UNAVAILABLE};
    for (int i = 0; i < BREAKER_FAILURES + 3; i++)
        assert_string_equal(name_fetch(arena, &source, breaker, PID), "");
    assert_int_equal(asked, BREAKER_FAILURES);
}

static void nobody_waits_while_others_ask(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct register_settings settings = {.timeout_ms = 100};
    const struct register_source source = {.name = "test", .ask = answer, .settings = &settings};
    told = (struct register_answer){.outcome = REGISTER_FOUND};
    register_add(&told, "person.name", "Kari Test");
    for (int i = 0; i < BREAKER_MOST_AT_ONCE; i++)
        assert_true(breaker_enter(breaker, 0, NULL));
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "");
    assert_int_equal(asked, 0);
    breaker_leave(breaker, true);
    assert_string_equal(name_fetch(arena, &source, breaker, PID), "Kari Test");
}

int main(void)
{
#define WITH_BREAKER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_one_line_of_text_or_none),
        WITH_BREAKER(the_population_register_says_it_and_is_not_waited_for_long),
        WITH_BREAKER(a_register_that_fails_again_and_again_is_not_asked),
        WITH_BREAKER(nobody_waits_while_others_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
