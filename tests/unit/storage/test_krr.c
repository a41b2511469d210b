/* test_krr.c - times as the register writes them, and how long an address may be used. */
#include "engine/base/clock.h"
#include "storage/registers/krr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int64_t at(const char *text)
{
    int64_t moment = 0;
    if (!krr_parse_time(text, &moment))
        fail_msg("%s is no time", text);
    return moment;
}

static void both_layouts_of_time_are_read(void **state)
{
    (void)state;
    assert_int_equal(at("2023-06-29T10:14:52+02"), at("2023-06-29T08:14:52Z"));
    assert_int_equal(at("2023-08-05T10:45:15.768Z"), at("2023-08-05T10:45:15Z"));
    assert_int_equal(at("2023-08-05T10:45:15+02:00"), at("2023-08-05T08:45:15Z"));
    int64_t moment;
    static const char *const wrong[] = {"", "2023-08-05", "2023-02-30T10:00:00+01", "+02", "i går"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(krr_parse_time(wrong[i], &moment));
}

static void an_address_may_be_used_for_eighteen_months(void **state)
{
    (void)state;
    int64_t confirmed = at("2025-05-23T10:00:00+02");
    assert_true(krr_is_fresh(confirmed, at("2026-11-23T07:59:59Z")));
    assert_false(krr_is_fresh(confirmed, at("2026-11-23T10:00:00Z")));
    /* of a month without that day: its last */
    assert_true(krr_is_fresh(at("2025-08-31T12:00:00Z"), at("2027-02-28T10:00:00Z")));
    assert_false(krr_is_fresh(at("2025-08-31T12:00:00Z"), at("2027-03-01T00:00:00Z")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_layouts_of_time_are_read),
        cmocka_unit_test(an_address_may_be_used_for_eighteen_months),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
