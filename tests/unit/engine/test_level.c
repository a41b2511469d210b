/* test_level.c - a form is opened only with a login that is sure enough. */
#include "engine/login/level.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void jwt_4_a_login_below_the_forms_level_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *acr;
        int wanted;
        bool good;
    } cases[] = {
        {"idporten-loa-high", 4, true},
        {"idporten-loa-high", 3, true},
        {"idporten-loa-substantial", 3, true},
        {"idporten-loa-substantial", 4, false},
        {"idporten-loa-low", 3, false}, /* what is not known is nothing */
        {"Level4", 4, false},
        {"", 3, false},
        {NULL, 3, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        assert_int_equal(level_check(cases[i].acr, cases[i].wanted, &err), cases[i].good);
        assert_int_equal(err.code, cases[i].good ? ERROR_NONE : ERROR_UNSURE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jwt_4_a_login_below_the_forms_level_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
