#include "forms/types.h"

#include "engine/base/text.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static enum type type_named(const char *name)
{
    enum type type = TYPE_STRING;
    assert_true(types_find(name, &type));
    return type;
}

static void assert_case(const struct cases *cases, const char *got, const char *expected)
{
    if (!text_equal(got, expected))
        cases_complain(cases, got);
    assert_string_equal(got, expected);
}

/* "=stored" or "!message", as in the tables. */
static char *outcome(struct arena *arena, bool good, const char *stored,
                     const struct types_problem *problem)
{
    return good ? arena_printf(arena, "=%s", stored) : arena_printf(arena, "!%s", problem->id);
}

static void what_people_type_is_stored_in_one_form_or_explained(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_typed.tsv");
    while (cases_next(&cases)) {
        const char *stored = NULL;
        struct types_problem problem;

        bool good = types_parse(cases.arena, type_named(cases.fields[0]), cases.fields[2],
                                cases.fields[1], &stored, &problem);

        assert_case(&cases, outcome(cases.arena, good, stored, &problem), cases.fields[3]);
    }
    cases_close(&cases);
}

static void what_is_stored_is_of_its_type_and_is_read_back_the_same(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_typed.tsv");
    while (cases_next(&cases)) {
        enum type type = type_named(cases.fields[0]);
        const char *stored = NULL, *again = NULL;
        struct types_problem problem;
        if (!types_parse(cases.arena, type, cases.fields[2], cases.fields[1], &stored, &problem))
            continue;

        bool good = types_check(cases.arena, type, stored, "nb", NULL);
        bool reads = types_parse(cases.arena, type, stored, cases.fields[1], &again, &problem);

        if (!good || !reads)
            cases_complain(&cases, stored);
        assert_true(good && reads);
        assert_case(&cases, again, stored);
    }
    cases_close(&cases);
}

static void every_problem_is_a_message_with_nothing_left_to_fill_in(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_typed.tsv");
    while (cases_next(&cases)) {
        const char *stored;
        struct types_problem problem;
        if (types_parse(cases.arena, type_named(cases.fields[0]), cases.fields[2], cases.fields[1],
                        &stored, &problem))
            continue;

        struct texts_arg args[4] = {{"felt", "svaret"}};
        memcpy(args + 1, problem.args, problem.arg_count * sizeof *args);
        struct texts_text said = texts_say(cases.arena, &texts_fields, problem.id, cases.fields[1],
                                           args, problem.arg_count + 1);

        if (strchr(said.text, '{'))
            cases_complain(&cases, said.text);
        assert_null(strchr(said.text, '{'));
    }
    cases_close(&cases);
}

static void a_stored_value_is_checked_strictly(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_stored.tsv");
    while (cases_next(&cases)) {
        struct types_problem problem = {0};

        bool good =
            types_check(cases.arena, type_named(cases.fields[0]), cases.fields[1], "nb", &problem);

        assert_case(&cases, good ? "yes" : "no", cases.fields[2]);
        assert_true(good || texts_find(&texts_fields, problem.id, "nb").text);
    }
    cases_close(&cases);
}

static void a_stored_value_is_written_for_people_in_their_language(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_written.tsv");
    while (cases_next(&cases)) {
        enum type type = type_named(cases.fields[0]);

        char *read = types_write(cases.arena, type, cases.fields[2], cases.fields[1]);
        char *field = types_write_field(cases.arena, type, cases.fields[2], cases.fields[1]);

        assert_case(&cases, read, cases.fields[3]);
        assert_case(&cases, field, cases.fields[4]);
    }
    cases_close(&cases);
}

static void a_field_left_as_it_was_shown_is_stored_as_it_was(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/types_stored.tsv");
    while (cases_next(&cases)) {
        enum type type = type_named(cases.fields[0]);
        const char *stored = NULL, *once = NULL;
        struct types_problem problem;
        if (!types_parse(cases.arena, type, cases.fields[1], "nb", &stored, &problem) ||
            type == TYPE_TIME || type == TYPE_DATETIME) /* shown to the minute */
            continue;

        char *shown = types_write_field(cases.arena, type, stored, "nb");

        assert_true(types_parse(cases.arena, type, shown, "nb", &once, &problem));
        assert_case(&cases, once, stored);
    }
    cases_close(&cases);
}

static void the_three_fields_of_a_date_are_read_and_the_wrong_one_is_named(void **state)
{
    (void)state;
    static const char *const parts[] = {"", "day", "month", "year"};
    struct cases cases;
    cases_open(&cases, "tests/cases/types_date_parts.tsv");
    while (cases_next(&cases)) {
        const char *stored = NULL;
        struct types_problem problem;

        bool good = types_parse_date(cases.arena, cases.fields[0], cases.fields[1], cases.fields[2],
                                     "nb", &stored, &problem);

        char *got = outcome(cases.arena, good, stored, &problem);
        if (!good)
            got = arena_printf(cases.arena, "%s %s", got, parts[problem.part]);
        assert_case(&cases, got, cases.fields[3]);
    }
    cases_close(&cases);
}

static void a_date_that_does_not_exist_is_told_with_the_month_and_its_days(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *stored;
    struct types_problem problem;
    assert_false(types_parse(arena, TYPE_DATE, "29.2.2023", "nn", &stored, &problem));

    struct texts_arg args[4] = {{"felt", "fødselsdatoen"}};
    memcpy(args + 1, problem.args, problem.arg_count * sizeof *args);
    struct texts_text said =
        texts_say(arena, &texts_fields, problem.id, "nn", args, problem.arg_count + 1);

    assert_string_equal(said.text,
                        "Fødselsdatoen må vere ein dato som finst. Februar har 28 dagar.");
    assert_string_equal(said.language, "nn");
}

static void a_stored_date_is_split_for_its_three_fields(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *day, *month, *year;

    types_split_date(arena, "2022-03-07", &day, &month, &year);
    assert_string_equal(day, "7");
    assert_string_equal(month, "3");
    assert_string_equal(year, "2022");

    types_split_date(arena, "0045-03-07", &day, &month, &year);
    assert_string_equal(year, "0045"); /* "45" would be read as 2045 */
    types_split_date(arena, "i går", &day, &month, &year);
    assert_string_equal(day, "");
    assert_string_equal(year, "");
}

static void types_are_found_by_the_names_forms_use(void **state)
{
    (void)state;
    enum type type = TYPE_STRING;

    assert_true(types_find("xsd:int", &type) && type == TYPE_INT);
    assert_true(types_find("xs:integer", &type) && type == TYPE_INT);
    assert_true(types_find("dateTime", &type) && type == TYPE_DATETIME);
    assert_true(types_find("sk:belop", &type) && type == TYPE_BELOP);
    assert_false(types_find("belop", &type));
    assert_false(types_find("xsd:fnr", &type));
    assert_false(types_find("geopoint", &type));
    assert_false(types_find("", &type));
    assert_string_equal(types_name(TYPE_FNR), "sk:fnr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_is_stored_in_one_form_or_explained),
        cmocka_unit_test(what_is_stored_is_of_its_type_and_is_read_back_the_same),
        cmocka_unit_test(every_problem_is_a_message_with_nothing_left_to_fill_in),
        cmocka_unit_test(a_stored_value_is_checked_strictly),
        cmocka_unit_test(a_stored_value_is_written_for_people_in_their_language),
        cmocka_unit_test(a_field_left_as_it_was_shown_is_stored_as_it_was),
        cmocka_unit_test(the_three_fields_of_a_date_are_read_and_the_wrong_one_is_named),
        cmocka_unit_test(a_date_that_does_not_exist_is_told_with_the_month_and_its_days),
        cmocka_unit_test(a_stored_date_is_split_for_its_three_fields),
        cmocka_unit_test(types_are_found_by_the_names_forms_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
