#include "engine/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void a_failure_fills_everything_and_is_false(void **state)
{
    (void)state;
    struct error err;
    assert_false(error_at(&err, ERROR_LIMIT, NULL, 3, "%d", 5));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_int_equal(err.line, 3);
    assert_string_equal(err.file, "");
    assert_string_equal(err.text, "5");
    assert_false(error_set(NULL, ERROR_BROKEN, "nobody listens"));

    char longer[1000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    error_at(&err, ERROR_BROKEN, longer, 1, "%s", longer);
    assert_int_equal(strlen(err.file), sizeof err.file - 1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void each_code_has_a_status_a_name_and_a_retry(void **state)
{
    (void)state;
    assert_int_equal(error_http_status(ERROR_NONE), 200);
    assert_int_equal(error_http_status(ERROR_MISSING), 404);
    assert_int_equal(error_http_status(ERROR_BROKEN), 500);
    assert_string_equal(error_name(ERROR_REFUSED), "refused");
    assert_true(error_is_temporary(ERROR_UNAVAILABLE));
    assert_true(error_is_temporary(ERROR_LIMIT));
    assert_false(error_is_temporary(ERROR_REFUSED));
    assert_false(error_is_temporary(ERROR_INVALID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_fills_everything_and_is_false),
        cmocka_unit_test(each_code_has_a_status_a_name_and_a_retry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
