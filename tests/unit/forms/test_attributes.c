/* Attributes that a bind or control is about are places like any other (XForms 1.1, 6). */
#include "forms/validate.h"

#include "given.h"

#define DRAFT                                                                                      \
    "<instance><data id='d'><pris valuta='NOK' fast='x'>100</pris><sum valuta=''/><n/></data>"     \
    "</instance>"
#define BODY                                                                                       \
    "<input ref='/data/pris'><label>P</label></input>"                                             \
    "<input ref='/data/pris/@valuta'><label>V</label></input>"

static void an_attribute_has_an_answer_beside_that_of_its_element(void **state)
{
    (void)state;
    struct given given = given_answers(DRAFT, BODY);

    given_set(&given, "/data/pris/@valuta", "SEK");

    assert_string_equal(given_value(&given, "/data/pris"), "100");
    assert_string_equal(given_value(&given, "/data/pris/@valuta"), "SEK");
    assert_null(answers_find(given.answers, "/data/pris/@fast")); /* nothing is bound to it */
    assert_non_null(strstr(given_sent(&given), "<pris valuta=\"SEK\" fast=\"x\">100</pris>"));
    given_end(&given);
}

static void binds_decide_about_attributes(void **state)
{
    (void)state;
    struct given given = given_answers(
        DRAFT "<bind nodeset='/data/sum/@valuta' calculate='/data/pris/@valuta'/>"
              "<bind nodeset='/data/pris/@valuta' required='true()' constraint='. != \"XXX\"'/>"
              "<bind nodeset='/data/n' calculate='concat(/data/sum/@valuta, /data/pris)'/>",
        BODY);
    struct place *place = answers_find(given.answers, "/data/pris/@valuta");

    given_set(&given, "/data/pris/@valuta", "SEK");
    assert_string_equal(given_value(&given, "/data/sum/@valuta"), "SEK");
    assert_string_equal(given_value(&given, "/data/n"), "SEK100");
    assert_int_equal(validate_place(given.answers, place), VALIDATE_OK);
    given_set(&given, "/data/pris/@valuta", "XXX");
    assert_int_equal(validate_place(given.answers, place), VALIDATE_CONSTRAINT);
    given_set(&given, "/data/pris/@valuta", "");
    assert_int_equal(validate_place(given.answers, place), VALIDATE_REQUIRED);
    given_end(&given);
}

static void a_hidden_attribute_is_kept_and_not_sent(void **state)
{
    (void)state;
    struct given given =
        given_answers(DRAFT "<bind nodeset='/data/pris/@valuta' relevant='/data/pris > 50'/>"
                            "<bind nodeset='/data/n' calculate='/data/pris/@valuta'/>",
                      BODY);
    given_set(&given, "/data/pris/@valuta", "SEK");
    given_set(&given, "/data/pris", "10");

    assert_string_equal(given_value(&given, "/data/n"), "");
    assert_null(strstr(given_sent(&given), "valuta=\"SEK\""));
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    struct answers *again = NULL;
    struct error err = {0};
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &again, &err));
    assert_true(answers_set(again, answers_find(again, "/data/pris"), "60", &err));
    assert_string_equal(place_value(answers_find(again, "/data/pris/@valuta")), "SEK");
    assert_string_equal(place_value(answers_find(again, "/data/n")), "SEK");
    answers_close(&again);
    given_end(&given);
}

static void attributes_of_rows_come_and_go_with_them(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='d'><rad navn='a'><x/></rad><rad navn='b'><x/></rad></data></instance>",
        "<repeat nodeset='/data/rad'><input ref='@navn'><label>N</label></input></repeat>"
        "<trigger><label>T</label><action event='DOMActivate'><insert nodeset='/data/rad'/>"
        "<setvalue ref='/data/rad[1]/@navn'>c</setvalue><delete nodeset='/data/rad' at='2'/>"
        "</action></trigger>");
    size_t count;
    const struct form_control *const *controls = form_controls(given.form, &count);
    const struct form_control *button = NULL;
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_BUTTON)
            button = controls[i];

    answers_press(given.answers, button, NULL);

    assert_string_equal(given_value(&given, "/data/rad[1]/@navn"), "c");
    assert_string_equal(given_value(&given, "/data/rad[2]/@navn"), "b");
    assert_string_equal(place_id(given.arena, answers_find(given.answers, "/data/rad[1]/@navn")),
                        "rad-1-navn");
    given_end(&given);
}

static void what_the_instance_has_not_cannot_be_bound(void **state)
{
    (void)state;
    struct given given = given_form(DRAFT, "<input ref='/data/sum/@fast'><label>F</label></input>");

    assert_null(given.form);
    assert_non_null(given_finding(&given, "control.ref"));
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attribute_has_an_answer_beside_that_of_its_element),
        cmocka_unit_test(binds_decide_about_attributes),
        cmocka_unit_test(a_hidden_attribute_is_kept_and_not_sent),
        cmocka_unit_test(attributes_of_rows_come_and_go_with_them),
        cmocka_unit_test(what_the_instance_has_not_cannot_be_bound),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
