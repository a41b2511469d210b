#include "engine/base/clock.h"

#include <stdlib.h>
#include <time.h>
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
    clock_set(0);
    return 0;
}

static void days_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (int64_t days = -800000; days < 800000; days += 37) {
        time_t at = (time_t)days * 86400;
        struct tm tm;
        gmtime_r(&at, &tm);
        int year, month, day;
        clock_date(days, &year, &month, &day);
        assert_int_equal(year, tm.tm_year + 1900);
        assert_int_equal(month, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_int_equal(clock_days(year, month, day), days);
        assert_int_equal(clock_utc(at).weekday, tm.tm_wday);
    }
}

static void oslo_time_is_that_of_the_zone_database(void **state)
{
    (void)state;
    if (setenv("TZ", "Europe/Oslo", 1) != 0)
        fail();
    tzset();
    time_t summer = 1782000000; /* June 2026 */
    struct tm tm;
    localtime_r(&summer, &tm);
    if (tm.tm_gmtoff != 7200)
        skip(); /* no zone database here */
    /* every half hour of the days of change, and a walk through the years with today's rule */
    for (time_t at = 852076800; at < 2524608000; at += 86400 * 3 + 1800) { /* 1997 to 2050 */
        localtime_r(&at, &tm);
        struct clock_time oslo = clock_oslo(at);
        assert_int_equal(oslo.offset_minutes * 60, tm.tm_gmtoff);
        assert_int_equal(oslo.hour, tm.tm_hour);
        assert_int_equal(oslo.day, tm.tm_mday);
    }
    static const time_t changes[] = {1774746000,
                                     1792890000}; /* 29 March, 25 October 2026, 01 UTC */
    for (size_t i = 0; i < COUNT(changes); i++)
        for (time_t at = changes[i] - 7200; at <= changes[i] + 7200; at++) {
            localtime_r(&at, &tm);
            assert_int_equal(clock_oslo(at).offset_minutes * 60, tm.tm_gmtoff);
        }
}

static void times_are_written_in_three_ways(void **state)
{
    int64_t at = 1795435200; /* 2026-11-23T12:00:00Z */
    assert_string_equal(clock_iso_utc(*state, at), "2026-11-23T12:00:00Z");
    assert_string_equal(clock_iso_oslo(*state, at), "2026-11-23T13:00:00+01:00");
    assert_string_equal(clock_iso_oslo(*state, 1782000000), "2026-06-21T02:00:00+02:00");
    assert_string_equal(clock_rfc1123(*state, at), "Mon, 23 Nov 2026 12:00:00 GMT");
    assert_string_equal(clock_rfc1123(*state, 0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void what_was_written_is_read_back(void **state)
{
    for (int64_t at = -2000000000; at < 4000000000; at += 98765431) {
        int64_t back = 0;
        assert_true(clock_parse_iso(clock_iso_utc(*state, at), &back));
        assert_int_equal(back, at);
        assert_true(clock_parse_iso(clock_iso_oslo(*state, at), &back));
        assert_int_equal(back, at);
        assert_true(clock_parse_rfc1123(clock_rfc1123(*state, at), &back));
        assert_int_equal(back, at);
    }
}

static void zones_and_fractions_are_read(void **state)
{
    (void)state;
    int64_t at = 0;
    assert_true(clock_parse_iso("2026-11-23T12:00:00.999Z", &at));
    assert_int_equal(at, 1795435200);
    assert_true(clock_parse_iso("2026-11-23T17:30:00+05:30", &at));
    assert_int_equal(at, 1795435200);
    assert_true(clock_parse_iso("2026-11-23T02:00:00.0-10:00", &at));
    assert_int_equal(at, 1795435200);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad_iso[] = {
        "",
        "2026-11-23",
        "2026-11-23T12:00:00",
        "2026-11-23 12:00:00Z",
        "2026-11-23T12:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-11-31T12:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:60Z",
        "2026-11-23T12:00:00.Z",
        "2026-11-23T12:00:00Zx",
        "2026-11-23T12:00:00+15:00",
        "2026-11-23T12:00:00+01:60",
        "2026-11-23T12:00:00+0100",
        "2026-11-23T12:00:00+",
        "2026-11-23T12:00:00-1",
        " 2026-11-23T12:00:00Z",
        "-2026-11-23T12:00:00Z",
        "26-11-23T12:00:00Z",
        "2026-11-23T12:00:00z",
    };
    static const char *const bad_rfc[] = {
        "",
        "Mon, 23 Nov 2026 12:00:00",
        "Mon, 23 Nov 2026 12:00:00 UTC",
        "Mon, 23 Nov 2026 12:00:00 GMT ",
        "Mon 23 Nov 2026 12:00:00 GMT",
        "Mon, 3 Nov 2026 12:00:00 GMT",
        "mon, 23 nov 2026 12:00:00 GMT",
        "Mon, 31 Nov 2026 12:00:00 GMT",
        "Mon, 23 Nov 2026 25:00:00 GMT",
        "Monday, 23-Nov-26 12:00:00 GMT",
        "Mon Nov 23 12:00:00 2026",
        "Man, 23 Nov 2026 12:00:00 GMT",
    };
    int64_t out = 42;
    for (size_t i = 0; i < COUNT(bad_iso); i++)
        assert_false(clock_parse_iso(bad_iso[i], &out));
    for (size_t i = 0; i < COUNT(bad_rfc); i++)
        assert_false(clock_parse_rfc1123(bad_rfc[i], &out));
    assert_int_equal(out, 42); /* untouched */
}

static void leap_years_follow_the_gregorian_rule(void **state)
{
    (void)state;
    assert_true(clock_is_date(2024, 2, 29));
    assert_true(clock_is_date(2000, 2, 29));
    assert_false(clock_is_date(1900, 2, 29));
    assert_false(clock_is_date(2026, 2, 29));
    assert_false(clock_is_date(2026, 4, 31));
    assert_false(clock_is_date(2026, 1, 0));
    assert_int_equal(clock_days_in_month(2026, 12), 31);
}

static void a_set_clock_runs_on_from_there(void **state)
{
    (void)state;
    int64_t before_ms = clock_monotonic_ms();
    clock_set(1000000000);
    assert_true(clock_now() >= 1000000000 && clock_now() < 1000000010);
    assert_true(clock_now_ms() / 1000 - 1000000000 < 10);
    assert_true(clock_monotonic_ms() - before_ms < 10000); /* not moved */
    clock_set(0);
    int64_t difference = clock_now() - (int64_t)time(NULL);
    assert_true(difference >= -1 && difference <= 1);
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ARENA(days_are_those_of_the_c_library),
        WITH_ARENA(oslo_time_is_that_of_the_zone_database),
        WITH_ARENA(times_are_written_in_three_ways),
        WITH_ARENA(what_was_written_is_read_back),
        WITH_ARENA(zones_and_fractions_are_read),
        WITH_ARENA(what_is_no_time_is_refused),
        WITH_ARENA(leap_years_follow_the_gregorian_rule),
        WITH_ARENA(a_set_clock_runs_on_from_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
