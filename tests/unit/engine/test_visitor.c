/* test_visitor.c - who asks: what is not kept of them when the answer is there. */
#include "engine/visitor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void key_2_no_key_outlives_its_request(void **state)
{
    (void)state;
    static const struct keys_kept none;
    static struct visitor visitor;
    struct request request = {.visitor = &visitor};
    const struct router_route route = {.who = ROUTER_CITIZEN};
    memset(&visitor.keys, 'k', sizeof visitor.keys);

    visitor_leave(&route, &request);

    assert_memory_equal(&visitor.keys, &none, sizeof none);
}

/* A machine is no visitor: what it has there is something else. */
static void what_a_machine_is_known_by_stays(void **state)
{
    (void)state;
    unsigned char machine[sizeof(struct visitor)], before[sizeof machine];
    struct request request = {.visitor = machine};
    const struct router_route route = {.who = ROUTER_MACHINE};
    memset(machine, 'm', sizeof machine);
    memcpy(before, machine, sizeof before);

    visitor_leave(&route, &request);

    assert_memory_equal(machine, before, sizeof before);
}

static void who_asks_nothing_that_needs_one_has_none(void **state)
{
    (void)state;
    struct request request = {0};
    const struct router_route route = {.who = ROUTER_ANYONE};
    visitor_leave(&route, &request);
    assert_null(request.visitor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_2_no_key_outlives_its_request),
        cmocka_unit_test(what_a_machine_is_known_by_stays),
        cmocka_unit_test(who_asks_nothing_that_needs_one_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
