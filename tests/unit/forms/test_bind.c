#include "given.h"

#include "forms/bind.h"

static const char body[] = "<input ref='/data/g/a'><label>A</label></input>"
                           "<input ref='/data/g/b'><label>B</label></input>";

static void required_and_readonly_follow_the_answers(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><g><a/><b/></g></data></instance>"
                      "<bind nodeset='/data/g/b' required=\"../a = '1'\" readonly=\"../a = '2'\"/>",
                      body);
    struct place *b = given_place(&given, "/data/g/b");
    assert_false(bind_is_required(given.answers, b));
    given_set(&given, "/data/g/a", "1");
    assert_true(bind_is_required(given.answers, b));
    assert_false(bind_is_readonly(given.answers, b));
    given_set(&given, "/data/g/a", "2");
    assert_true(bind_is_readonly(given.answers, b));
    given_end(&given);
}

static void readonly_goes_down_and_comes_with_calculate(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><g><a/><b/></g><c/><d/></data></instance>"
                      "<bind nodeset='/data/g' readonly='true()'/>"
                      "<bind nodeset='/data/c' calculate='1'/>"
                      "<bind nodeset='/data/d' calculate='1' readonly='false()'/>",
                      body);
    assert_true(bind_is_readonly(given.answers, given_place(&given, "/data/g/a")));
    assert_true(bind_is_readonly(given.answers, given_place(&given, "/data/c")));
    assert_false(bind_is_readonly(given.answers, given_place(&given, "/data/d")));
    given_end(&given);
}

static void a_constraint_is_about_answers_that_are_there(void **state)
{
    (void)state;
    struct given given = given_answers("<instance><data id='x'><g><a/><b/></g></data></instance>"
                                       "<bind nodeset='/data/g/a' constraint='. &gt; 5'/>"
                                       "<bind nodeset='/data/g/b' constraint='. &lt; today()'/>",
                                       body);
    struct place *a = given_place(&given, "/data/g/a"), *b = given_place(&given, "/data/g/b");
    assert_true(bind_holds(given.answers, a));
    given_set(&given, "/data/g/a", "5");
    assert_false(bind_holds(given.answers, a));
    given_set(&given, "/data/g/a", "6");
    assert_true(bind_holds(given.answers, a));

    given_set(&given, "/data/g/b", "2026-11-22");
    assert_true(bind_holds(given.answers, b));
    given_set(&given, "/data/g/b", "2026-11-23");
    assert_false(bind_holds(given.answers, b));
    given_end(&given);
}

static void nested_binds_start_where_the_outer_ends(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><g><a>1</a><b/></g></data></instance>"
                      "<bind nodeset='/data/g'><bind nodeset='b' required=\"../a = '1'\"/></bind>",
                      body);
    assert_true(bind_is_required(given.answers, given_place(&given, "/data/g/b")));
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(required_and_readonly_follow_the_answers),
        cmocka_unit_test(readonly_goes_down_and_comes_with_calculate),
        cmocka_unit_test(a_constraint_is_about_answers_that_are_there),
        cmocka_unit_test(nested_binds_start_where_the_outer_ends),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
