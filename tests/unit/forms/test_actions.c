#include "forms/actions.h"

#include "given.h"

#include <stdio.h>

#define DRAFT                                                                                      \
    "<instance><data id='d'><kilde>5</kilde><mal/><bin/><rad><a/><b/></rad></data></instance>"
#define BODY                                                                                       \
    "<input ref='/data/kilde'>%s<label>K</label></input>"                                          \
    "<repeat nodeset='/data/rad'>%s<input ref='/data/rad/a'>%s<label>A</label></input></repeat>"

static char body[2000];

static const char *body_with(const char *in_source, const char *in_repeat, const char *in_row)
{
    snprintf(body, sizeof body, BODY, in_source, in_repeat, in_row);
    return body;
}

static void a_draft_begins_with_what_actions_set(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT "<bind nodeset='/data/bin' calculate='/data/mal + 1'/>"
              "<setvalue event='odk-instance-first-load' ref='/data/mal' value='/data/kilde * 4'/>",
        body_with("", "", ""));

    assert_string_equal(given_value(&given, "/data/mal"), "20");
    assert_string_equal(given_value(&given, "/data/bin"), "21");

    given_end(&given);
}

static void a_draft_read_again_keeps_what_the_person_wrote_since(void **state)
{
    (void)state;
    struct given given =
        given_answers(DRAFT "<setvalue event='odk-instance-load' ref='/data/mal' value='4'/>",
                      body_with("", "", ""));
    given_set(&given, "/data/mal", "7");
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);

    struct answers *again = NULL;
    struct error err = {0};
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &again, &err));

    assert_string_equal(place_value(answers_find(again, "/data/mal")), "7");
    answers_close(&again);
    given_end(&given);
}

static void a_change_sets_a_place_in_the_same_row(void **state)
{
    (void)state;
    struct given given =
        given_answers(DRAFT, body_with("", "",
                                       "<setvalue event='xforms-value-changed' ref='/data/rad/b' "
                                       "value=\"concat('fra ', ../a)\"/>"));
    (void)given_row(&given, "/data/rad");

    given_set(&given, "/data/rad[2]/a", "x");

    assert_string_equal(given_value(&given, "/data/rad[1]/b"), "");
    assert_string_equal(given_value(&given, "/data/rad[2]/b"), "fra x");
    given_end(&given);
}

static void a_value_that_did_not_change_sets_nothing(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT, body_with("<setvalue event='xforms-value-changed' ref='/data/mal'>satt</setvalue>",
                         "", ""));

    given_set(&given, "/data/kilde", "5");

    assert_string_equal(given_value(&given, "/data/mal"), "");
    given_end(&given);
}

static void a_new_row_may_begin_as_the_one_before(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT, body_with("",
                         "<setvalue event='odk-new-repeat' ref='/data/rad/a' "
                         "value='/data/rad[position() = position(current()/..) - 1]/a'/>",
                         ""));
    given_set(&given, "/data/rad[1]/a", "7");

    (void)given_row(&given, "/data/rad");

    assert_string_equal(given_value(&given, "/data/rad[2]/a"), "7");
    given_end(&given);
}

static void actions_that_set_each_other_off_end(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT, "<input ref='/data/kilde'><setvalue event='xforms-value-changed' ref='/data/mal' "
               "value='/data/kilde + 1'/><label>K</label></input>"
               "<input ref='/data/mal'><setvalue event='xforms-value-changed' ref='/data/kilde' "
               "value='/data/mal + 1'/><label>M</label></input>");

    given_set(&given, "/data/kilde", "1");

    assert_non_null(answers_trouble(given.answers));
    given_end(&given);
}

static void an_event_that_nobody_sends_is_a_finding(void **state)
{
    (void)state;
    struct given given = given_form(
        DRAFT "\n<setvalue event='DOMActivate' ref='/data/mal' value='1'/>", body_with("", "", ""));

    assert_null(given.form);
    assert_int_equal(given_finding(&given, "action.event")->line, 3);

    given_end(&given);
}

static void a_draft_gets_an_id_and_the_day_it_began_when_preloaded(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT "<bind nodeset='/data/mal' jr:preload='uid'/>"
              "<bind nodeset='/data/bin' type='date' jr:preload='date' jr:preloadParams='today'/>",
        body_with("", "", ""));

    assert_int_equal(strlen(given_value(&given, "/data/mal")), strlen("uuid:") + 36);
    assert_string_equal(given_value(&given, "/data/bin"), "2026-11-23");

    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_begins_with_what_actions_set),
        cmocka_unit_test(a_draft_read_again_keeps_what_the_person_wrote_since),
        cmocka_unit_test(a_change_sets_a_place_in_the_same_row),
        cmocka_unit_test(a_value_that_did_not_change_sets_nothing),
        cmocka_unit_test(a_new_row_may_begin_as_the_one_before),
        cmocka_unit_test(actions_that_set_each_other_off_end),
        cmocka_unit_test(an_event_that_nobody_sends_is_a_finding),
        cmocka_unit_test(a_draft_gets_an_id_and_the_day_it_began_when_preloaded),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
