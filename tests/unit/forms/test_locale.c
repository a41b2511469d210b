#include "forms/locale.h"

#include "engine/base/text.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void a_size_is_written_in_the_unit_people_use(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/sizes.tsv");
    while (cases_next(&cases)) {
        uint64_t size = strtoull(cases.fields[0], NULL, 10);

        char *got = locale_size(cases.arena, size, cases.fields[1]);

        if (!text_equal(got, cases.fields[2]))
            cases_complain(&cases, got);
        assert_string_equal(got, cases.fields[2]);
    }
    cases_close(&cases);
}

/* What a line of locale.tsv says of: NULL when it is no kind. */
static const char *written(struct arena *arena, const char *kind, const char *language,
                           const char *value)
{
    static const struct {
        const char *kind;
        char *(*write)(struct arena *arena, const char *value, const char *language);
    } kinds[] = {{"number", locale_number}, {"amount", locale_amount}, {"percent", locale_percent},
                 {"date", locale_date},     {"moment", locale_moment}, {"clock", locale_clock},
                 {"time", locale_time}};
    static const struct {
        const char *kind;
        const char *(*name)(int number, const char *language);
    } names[] = {{"month", locale_month},
                 {"short-month", locale_short_month},
                 {"weekday", locale_weekday},
                 {"short-weekday", locale_short_weekday}};
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kind, kinds[i].kind))
            return kinds[i].write(arena, value, language);
    for (size_t i = 0; i < COUNT(names); i++)
        if (text_equal(kind, names[i].kind))
            return names[i].name(atoi(value), language);
    return NULL;
}

static void an_organisation_number_is_three_groups_of_three(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    assert_string_equal(locale_organisation(arena, "974761076"), "974\u00A0761\u00A0076");
    assert_string_equal(locale_organisation(arena, "97476"), "97476");
}

static void every_language_writes_in_its_own_way(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/locale.tsv");
    while (cases_next(&cases)) {
        const char *got = written(cases.arena, cases.fields[0], cases.fields[1], cases.fields[2]);

        if (!got || !text_equal(got, cases.fields[3]))
            cases_complain(&cases, got ? got : "no such kind");
        assert_non_null(got);
        assert_string_equal(got, cases.fields[3]);
    }
    cases_close(&cases);
}

static void amounts_have_two_decimals_or_none(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    assert_string_equal(locale_amount(arena, "3764", "nb"), "3\u00a0764\u00a0kr");
    assert_string_equal(locale_amount(arena, "3764.00", "nb"), "3\u00a0764\u00a0kr");
    assert_string_equal(locale_amount(arena, "3764.5", "nb"), "3\u00a0764,50\u00a0kr");
    assert_string_equal(locale_amount(arena, "3764.55", "en"), "3,764.55\u00a0NOK");
    assert_string_equal(locale_amount(arena, "", "nb"), "");
}

static void percent_is_a_word_in_running_text(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();

    assert_string_equal(locale_percent(arena, "6", "nb"), "6 prosent");
    assert_string_equal(locale_percent(arena, "2.5", "en"), "2.5 per cent");
}

static void a_moment_is_written_as_the_clock_shows_in_norway(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    int64_t winter, summer;
    assert_true(clock_parse_iso("2026-11-23T12:05:00Z", &winter));
    assert_true(clock_parse_iso("2026-07-01T22:30:00Z", &summer));

    assert_string_equal(locale_moment_at(arena, winter, "nb"), "23. november 2026 kl. 13.05");
    assert_string_equal(locale_moment_at(arena, summer, "en"), "2 July 2026 at 00:30");
    assert_string_equal(locale_date_at(arena, summer, "nn"), "2. juli 2026");
}

static void months_and_weekdays_have_names_in_every_language(void **state)
{
    (void)state;
    assert_string_equal(locale_month(3, "nb"), "mars");
    assert_string_equal(locale_month(12, "en-GB"), "December");
    assert_string_equal(locale_month(11, "se"), "skábmamánnu");
    assert_string_equal(locale_month(1, "xx"), "januar");
    assert_string_equal(locale_weekday(0, "nb"), "søndag");
    assert_string_equal(locale_weekday(6, "nn"), "laurdag");
    assert_string_equal(locale_weekday(2, "se"), "disdat");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_written_in_the_unit_people_use),
        cmocka_unit_test(an_organisation_number_is_three_groups_of_three),
        cmocka_unit_test(every_language_writes_in_its_own_way),
        cmocka_unit_test(amounts_have_two_decimals_or_none),
        cmocka_unit_test(percent_is_a_word_in_running_text),
        cmocka_unit_test(a_moment_is_written_as_the_clock_shows_in_norway),
        cmocka_unit_test(months_and_weekdays_have_names_in_every_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
