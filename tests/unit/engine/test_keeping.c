/* test_keeping.c - what a form says of how long things are kept is what happens. */
#include "engine/keeping.h"

#include "engine/base/clock.h"
#include "engine/base/xml.h"
#include "forms/package.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static struct package *form_that_says(struct arena *arena, const char *attributes)
{
    const char *source = arena_printf(
        arena,
        "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
        "xmlns:sk='urn:skjema:1'><h:head><h:title>T</h:title><model><instance>"
        "<data id='x'><a/></data></instance></model><sk:about %s/></h:head>"
        "<h:body><input ref='/data/a'><label>A</label></input></h:body></h:html>",
        attributes);
    struct package *package = package_of("x", BYTES_OF(source));
    assert_non_null(package->form);
    return package;
}

static void ret_1_what_is_sent_is_kept_to_the_end_of_the_day_its_form_says(void **state)
{
    (void)state;
    static const struct {
        const char *says, *received, *until;
    } cases[] = {
        {"", "2026-11-23T10:00:00Z", "2027-11-23T23:00:00Z"}, /* a year when nothing is said */
        {"retention='P5Y'", "2026-11-23T10:00:00Z", "2031-11-23T23:00:00Z"},
        {"retention='P90D'", "2026-05-01T22:30:00Z", "2026-07-31T22:00:00Z"}, /* 2 May in Norway */
        {"retention='P1M'", "2027-01-31T10:00:00Z", "2027-02-28T23:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        CLEANUP(package_close) struct package *package = form_that_says(arena, cases[i].says);
        int64_t received, until;
        assert_true(clock_parse_iso(cases[i].received, &received));
        assert_true(clock_parse_iso(cases[i].until, &until));
        assert_string_equal(clock_iso_utc(arena, keeping_until(package->form, received)),
                            clock_iso_utc(arena, until));
    }
}

static void ret_1_drafts_are_kept_as_the_form_says_and_never_longer_than_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *says;
        int64_t days;
    } cases[] = {{"", 30}, {"draft-retention='P7D'", 7}, {"draft-retention='P2M'", 45}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        CLEANUP(package_close) struct package *package = form_that_says(arena, cases[i].says);
        assert_int_equal(keeping_draft_days(package->form, 45), cases[i].days);
    }
}

/* A day's last second, so that the day itself still counts. */
static void what_is_promised_for_later_is_due_at_the_end_of_the_day_the_form_says(void **state)
{
    (void)state;
    static const struct {
        const char *says, *from, *until;
    } cases[] = {
        {"", "2026-11-23T10:00:00Z", "2026-12-14T22:59:59Z"}, /* 21 days when nothing is said */
        {"sk:later='P14D'", "2026-11-23T10:00:00Z", "2026-12-07T22:59:59Z"},
        {"sk:later='P1M'", "2026-06-30T22:30:00Z", "2026-08-01T21:59:59Z"}, /* 1 July in Norway */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        CLEANUP(package_close)
        struct package *package = package_of(
            "x", BYTES_OF(arena_printf(
                     arena,
                     "<h:html xmlns='http://www.w3.org/2002/xforms' "
                     "xmlns:h='http://www.w3.org/1999/xhtml' xmlns:sk='urn:skjema:1'><h:head>"
                     "<h:title>T</h:title><model><instance><data id='x'><a/></data></instance>"
                     "<bind nodeset='/data/a' type='binary'/></model></h:head><h:body>"
                     "<upload ref='/data/a' sk:sources='later' %s><label>A</label></upload>"
                     "</h:body></h:html>",
                     cases[i].says)));
        assert_non_null(package->form);
        size_t count;
        const struct form_control *const *controls = form_controls(package->form, &count);
        const struct form_upload *upload = NULL;
        for (size_t k = 0; k < count; k++)
            upload = controls[k]->upload ? controls[k]->upload : upload;
        int64_t from, until;
        assert_true(clock_parse_iso(cases[i].from, &from));
        assert_true(clock_parse_iso(cases[i].until, &until));
        assert_string_equal(clock_iso_utc(arena, keeping_later_until(upload, from, 21)),
                            clock_iso_utc(arena, until));
    }
}

static int start(void **state)
{
    (void)state;
    xml_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ret_1_what_is_sent_is_kept_to_the_end_of_the_day_its_form_says),
        cmocka_unit_test(ret_1_drafts_are_kept_as_the_form_says_and_never_longer_than_allowed),
        cmocka_unit_test(what_is_promised_for_later_is_due_at_the_end_of_the_day_the_form_says),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
