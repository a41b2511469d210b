/* test_breaker.c - calls to one destination: so many at once, and none while it is left alone. */
#include "engine/base/breaker.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

enum { LONG_MS = 3600 * 1000, AT_ONCE = 16, EACH = 50 };

static bool enters(struct breaker *breaker)
{
    struct error err = {0};
    bool entered = breaker_enter(breaker, 0, &err);
    if (!entered)
        assert_int_equal(err.code, ERROR_UNAVAILABLE);
    return entered;
}

static void call(struct breaker *breaker, bool good)
{
    assert_true(enters(breaker));
    breaker_leave(breaker, good);
}

static void fail_often(struct breaker *breaker)
{
    for (int i = 0; i < BREAKER_FAILURES; i++)
        call(breaker, false);
}

static void outb_6_it_opens_after_five_failures_in_a_row(void **state)
{
    (void)state;
    CLEANUP(breaker_close) struct breaker *breaker = NULL;
    breaker_open(LONG_MS, &breaker);
    for (int i = 0; i < BREAKER_FAILURES - 1; i++)
        call(breaker, false);
    call(breaker, true); /* not in a row */
    fail_often(breaker);
    assert_true(breaker_is_resting(breaker));
    assert_false(enters(breaker));
}

static void outb_6_after_its_rest_one_call_tries(void **state)
{
    (void)state;
    CLEANUP(breaker_close) struct breaker *breaker = NULL;
    breaker_open(0, &breaker); /* a rest that is over at once */
    fail_often(breaker);
    assert_false(breaker_is_resting(breaker));

    assert_true(enters(breaker));
    assert_false(enters(breaker)); /* while the first one tries */
    breaker_leave(breaker, false);
    assert_true(enters(breaker)); /* again one, and it goes well */
    breaker_leave(breaker, true);
    assert_true(enters(breaker));
    assert_true(enters(breaker));
    breaker_leave(breaker, true);
    breaker_leave(breaker, true);
}

static void outb_6_a_try_that_fails_is_followed_by_another_rest(void **state)
{
    (void)state;
    CLEANUP(breaker_close) struct breaker *breaker = NULL;
    breaker_open(LONG_MS, &breaker);
    assert_true(enters(breaker)); /* began before the others failed, and ends after */
    fail_often(breaker);
    breaker_leave(breaker, false);
    assert_false(enters(breaker));
}

static void outb_6_four_calls_are_inside_at_once(void **state)
{
    (void)state;
    CLEANUP(breaker_close) struct breaker *breaker = NULL;
    breaker_open(LONG_MS, &breaker);
    for (int i = 0; i < BREAKER_MOST_AT_ONCE; i++)
        assert_true(enters(breaker));
    assert_false(enters(breaker));
    breaker_leave(breaker, true);
    assert_true(enters(breaker));
    for (int i = 0; i < BREAKER_MOST_AT_ONCE; i++)
        breaker_leave(breaker, true);
}

struct crowd {
    struct breaker *breaker;
    atomic_int inside, most, done;
};

static void *come_and_go(void *of)
{
    struct crowd *crowd = of;
    for (int i = 0; i < EACH; i++) {
        struct error err = {0};
        if (!breaker_enter(crowd->breaker, LONG_MS, &err))
            continue;
        int inside = atomic_fetch_add(&crowd->inside, 1) + 1, most = atomic_load(&crowd->most);
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
            ;
        atomic_fetch_sub(&crowd->inside, 1);
        atomic_fetch_add(&crowd->done, 1);
        breaker_leave(crowd->breaker, true);
    }
    return NULL;
}

static void whoever_waits_gets_a_place(void **state)
{
    (void)state;
    struct crowd crowd = {0};
    pthread_t threads[AT_ONCE];
    breaker_open(LONG_MS, &crowd.breaker);
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (int i = 0; i < AT_ONCE; i++)
        pthread_join(threads[i], NULL);
    breaker_close(&crowd.breaker);
    assert_int_equal(atomic_load(&crowd.done), AT_ONCE * EACH);
    assert_in_range(atomic_load(&crowd.most), 1, BREAKER_MOST_AT_ONCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outb_6_it_opens_after_five_failures_in_a_row),
        cmocka_unit_test(outb_6_after_its_rest_one_call_tries),
        cmocka_unit_test(outb_6_a_try_that_fails_is_followed_by_another_rest),
        cmocka_unit_test(outb_6_four_calls_are_inside_at_once),
        cmocka_unit_test(whoever_waits_gets_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
