/* At times of the test's own: nobody waits. */
#include "engine/limits.h"

#include "engine/base/text.h"
#include "engine/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, START_MS = 5 };

struct world {
    struct config config;
    struct limits *limits;
};

static int set_up(void **state)
{
    static struct world world;
    config_init(&world.config);
    limits_open(&world.config, &world.limits);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    limits_close(&world->limits);
    return 0;
}

static int64_t wait_ms; /* what was told last */

/* How many of these may be taken at that moment. */
static int take_all(struct world *world, enum limits_kind kind, const char *who, int64_t now_ms)
{
    int count = 0;
    while (count < 10000 && limits_take(world->limits, kind, who, now_ms, &wait_ms))
        count++;
    return count;
}

static void http_11_each_kind_has_its_number_and_its_time(void **state)
{
    static const struct {
        enum limits_kind kind;
        int at_once;
        int64_t one_more_ms;
    } cases[] = {
        {LIMITS_LOGIN, 60, MINUTE_MS / 10},   {LIMITS_LOGOUT, 360, MINUTE_MS / 60},
        {LIMITS_DETOUR, 360, MINUTE_MS / 60}, {LIMITS_UPLOAD, 120, HOUR_MS / 120},
        {LIMITS_SUBMIT, 20, HOUR_MS / 20},    {LIMITS_CONSENT, 20, HOUR_MS / 20},
        {LIMITS_EXPORT, 10, HOUR_MS / 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum limits_kind kind = cases[i].kind;
        int64_t step_ms = cases[i].one_more_ms;
        assert_int_equal(take_all(*state, kind, "citizen 1", START_MS), cases[i].at_once);
        assert_int_equal(wait_ms, step_ms);
        assert_int_equal(take_all(*state, kind, "citizen 1", START_MS + step_ms - 1), 0);
        assert_int_equal(wait_ms, 1);
        assert_int_equal(take_all(*state, kind, "citizen 1", START_MS + step_ms), 1);
        assert_int_equal(take_all(*state, kind, "citizen 1", START_MS + 100LL * HOUR_MS),
                         cases[i].at_once);
    }
}

static void http_11_nobody_uses_up_what_is_anothers(void **state)
{
    assert_int_equal(take_all(*state, LIMITS_SUBMIT, "citizen 1", START_MS), 20);
    assert_int_equal(take_all(*state, LIMITS_SUBMIT, "citizen 2", START_MS), 20);
    assert_int_equal(take_all(*state, LIMITS_EXPORT, "citizen 1", START_MS), 10);
    assert_int_equal(take_all(*state, LIMITS_LOGIN, "address 192.0.2.1", START_MS), 60);
    assert_int_equal(take_all(*state, LIMITS_LOGIN, "address 192.0.2.2", START_MS), 60);
}

static void http_11_a_limit_is_a_setting(void **state)
{
    struct world *world = *state;
    world->config.submits_an_hour = 7; /* an hour is no multiple of it */
    assert_int_equal(take_all(world, LIMITS_SUBMIT, "citizen 1", START_MS), 7);
    world->config.submits_an_hour = 1;
    assert_int_equal(take_all(world, LIMITS_SUBMIT, "citizen 2", START_MS), 1);
    assert_int_equal(wait_ms, HOUR_MS);
}

static void http_11_looking_counts_nothing(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(limits_wait_ms(world->limits, LIMITS_SUBMIT, "citizen 1", START_MS), 0);
    assert_int_equal(take_all(world, LIMITS_SUBMIT, "citizen 1", START_MS), 20);
    assert_int_equal(limits_wait_ms(world->limits, LIMITS_SUBMIT, "citizen 1", START_MS),
                     HOUR_MS / 20);
}

/* Whoever comes from very many addresses takes no more memory, and is refused from each. */
static void http_11_a_flood_of_addresses_forgets_nobody_who_came_often(void **state)
{
    struct world *world = *state;
    assert_int_equal(take_all(world, LIMITS_SUBMIT, "citizen 1", START_MS), 20);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (int i = 0; i < 20000; i++) {
        char *who = arena_printf(arena, "address %d", i);
        assert_true(limits_take(world->limits, LIMITS_LOGIN, who, START_MS, &wait_ms));
    }
    assert_int_equal(take_all(world, LIMITS_SUBMIT, "citizen 1", START_MS), 0);
}

static void http_11_an_address_of_ipv6_counts_with_its_network(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_string_equal(limits_address(arena, "192.0.2.1"), "192.0.2.1");
    assert_string_equal(limits_address(arena, "::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    assert_string_equal(limits_address(arena, "unix"), "unix");
    assert_string_equal(limits_address(arena, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert_string_equal(limits_address(arena, "2001:db8:1:2::"),
                        limits_address(arena, "2001:db8:1:2:ffff::1"));
    assert_string_not_equal(limits_address(arena, "2001:db8:1:2::1"),
                            limits_address(arena, "2001:db8:1:3::1"));
}

static const struct router_route *route_of(const char *method, const char *pattern)
{
    for (size_t i = 0; i < routes_count; i++)
        if (text_equal(routes[i].method, method) && text_equal(routes[i].pattern, pattern))
            return &routes[i];
    return NULL;
}

static void http_11_what_is_limited_is_a_page_of_the_site(void **state)
{
    (void)state;
    const struct router_route *look = route_of("GET", "/utkast/:id/samtykke");
    const struct router_route *consent = route_of("POST", "/utkast/:id/samtykke");
    assert_true(look && consent);
    assert_int_equal(limits_of(look), LIMITS_NONE);
    assert_int_equal(limits_of(consent), LIMITS_CONSENT);
    const struct router_route *begin = route_of("GET", "/logg-inn/idporten");
    assert_non_null(begin);
    assert_int_equal(limits_of(begin), LIMITS_LOGIN);
}

/* These look first whether it is the same once more, or answer the same whatever was done. */
static void d_4_what_may_be_the_same_again_is_not_counted_before_it_is_known(void **state)
{
    (void)state;
    const struct router_route *send = route_of("POST", "/utkast/:id/oppsummering");
    const struct router_route *told = route_of("GET", "/logg-ut/idporten");
    assert_true(send && told);
    assert_int_equal(limits_of(send), LIMITS_NONE);
    assert_int_equal(limits_of(told), LIMITS_NONE);
}

int main(void)
{
#define WITH_LIMITS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_LIMITS(http_11_each_kind_has_its_number_and_its_time),
        WITH_LIMITS(http_11_nobody_uses_up_what_is_anothers),
        WITH_LIMITS(http_11_a_limit_is_a_setting),
        WITH_LIMITS(http_11_looking_counts_nothing),
        WITH_LIMITS(http_11_a_flood_of_addresses_forgets_nobody_who_came_often),
        cmocka_unit_test(http_11_an_address_of_ipv6_counts_with_its_network),
        cmocka_unit_test(http_11_what_is_limited_is_a_page_of_the_site),
        cmocka_unit_test(d_4_what_may_be_the_same_again_is_not_counted_before_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
