#include "forms/mod11.h"

#include "engine/base/text.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void a_national_identity_number_tells_the_birth_date_or_is_refused(void **state)
{
    (void)state;
    struct cases cases;
    cases_open(&cases, "tests/cases/fnr.tsv");
    while (cases_next(&cases)) {
        int year, month, day;

        bool good = mod11_fnr_birth(cases.fields[0], &year, &month, &day);

        const char *got =
            good ? arena_printf(cases.arena, "%04d-%02d-%02d", year, month, day) : "-";
        if (!text_equal(got, cases.fields[1]))
            cases_complain(&cases, got);
        assert_string_equal(got, cases.fields[1]);
        assert_true(mod11_is_fnr(cases.fields[0]) == good);
    }
    cases_close(&cases);
}

/* Of the ten last digits at most one is right. */
static int right_last_digits(const char *start, bool (*is)(const char *digits))
{
    int right = 0;
    for (char last = '0'; last <= '9'; last++) {
        char digits[16];
        snprintf(digits, sizeof digits, "%s%c", start, last);
        right += is(digits);
    }
    return right;
}

static void an_organisation_number_has_one_right_check_digit_or_none(void **state)
{
    (void)state;
    assert_true(mod11_is_orgnr("974761076"));
    assert_true(mod11_is_orgnr("310245682"));

    assert_int_equal(right_last_digits("31024568", mod11_is_orgnr), 1);
    assert_int_equal(right_last_digits("31024564", mod11_is_orgnr), 0); /* would need "10" */
    assert_false(mod11_is_orgnr("97476107"));
    assert_false(mod11_is_orgnr("9747610760"));
    assert_false(mod11_is_orgnr("97476107A"));
    assert_false(mod11_is_orgnr(""));
}

static void an_account_number_has_one_right_check_digit(void **state)
{
    (void)state;
    assert_true(mod11_is_konto("12345678903"));

    assert_int_equal(right_last_digits("1234567890", mod11_is_konto), 1);
    assert_false(mod11_is_konto("1234567890"));
    assert_false(mod11_is_konto("1234.56.78903"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_national_identity_number_tells_the_birth_date_or_is_refused),
        cmocka_unit_test(an_organisation_number_has_one_right_check_digit_or_none),
        cmocka_unit_test(an_account_number_has_one_right_check_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
