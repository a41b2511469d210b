#include "given.h"

#include <stdio.h>

#define MODELS                                                                                     \
    "<instance><data id='d'><n>en</n></data></instance></model>"                                   \
    "<model id='biler'><instance><biler><bil nr='1'>Ford</bil><bil nr='2'>Saab</bil></biler>"      \
    "</instance><bind id='andre' nodeset='bil[2]'/>"

/* What the first output shows; NULL: it is not there. */
static const char *shown(struct given *given, const char *model, const char *body)
{
    *given = given_answers(model, body);
    size_t count;
    const struct form_control *const *controls = form_controls(given->form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_OUTPUT)
            return answers_is_shown(given->answers, controls[i], NULL)
                       ? answers_output(given->answers, given->arena, controls[i], NULL, "nb").text
                       : NULL;
    fail_msg("there is no output");
    return NULL;
}

static void paths_are_seen_from_the_model_that_an_element_names(void **state)
{
    (void)state;
    static const struct {
        const char *body, *shown;
    } cases[] = {
        {"<output model='biler' ref='bil'/>", "Ford"},
        {"<output model='biler' ref='/biler/bil[@nr = 2]'/>", "Saab"},
        {"<output model='biler' value='count(bil) + count(/biler)'/>", "3"},
        {"<output model='biler' value=\"concat(bil[1], count(instance()/bil))\"/>", "Ford2"},
        {"<output model='biler' ref='bil[. = /biler/bil[2]]'/>", "Saab"},
        {"<output model='biler' ref='n'/>", NULL},
        {"<output ref='/data/n'/>", "en"},
        {"<output bind='andre' ref='n'/>", "Saab"},
        {"<group model='biler'><output ref='bil'/></group>", "Ford"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct given given;

        const char *text = shown(&given, MODELS, cases[i].body);

        if (!cases[i].shown)
            assert_null(text);
        else
            assert_string_equal(text, cases[i].shown);
        given_end(&given);
    }
}

static void choices_may_come_from_another_model(void **state)
{
    (void)state;
    struct given given = given_answers(
        MODELS, "<select1 ref='/data/n'><label>N</label><itemset model='biler' "
                "nodeset='bil'><label ref='.'/><value ref='@nr'/></itemset></select1>");
    size_t count;
    const struct form_control *select = form_controls(given.form, &count)[0];
    struct answers_choice *choices;

    count = answers_choices(given.answers, given.arena, select,
                            answers_find(given.answers, "/data/n"), "nb", &choices);

    assert_int_equal(count, 2);
    assert_string_equal(choices[1].label.text, "Saab");
    assert_string_equal(choices[1].value, "2");
    given_end(&given);
}

static void what_only_answers_can_do_is_an_error_in_another_model(void **state)
{
    (void)state;
    static const struct {
        const char *model, *body, *code;
    } cases[] = {
        {"<bind nodeset='bil' required='true()'/>", "", "model.several"},
        {"<setvalue event='odk-instance-load' ref='bil'/>", "", "model.several"},
        {"", "<input model='biler' ref='bil'><label>B</label></input>", "control.ref"},
        {"", "<output model='ingen' ref='bil'/>", "model.unknown"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char model[1000], body[1000];
        snprintf(model, sizeof model, MODELS "%s", cases[i].model);
        snprintf(body, sizeof body, "<input ref='/data/n'><label>N</label></input>%s",
                 cases[i].body);
        struct given given = given_form(model, body);

        assert_null(given.form);
        assert_non_null(given_finding(&given, cases[i].code));
        given_end(&given);
    }
}

static void a_repeat_may_be_an_attribute(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<h:table x:repeat-nodeset='/data/n' xmlns:x='http://www.w3.org/2002/xforms'><h:tr>"
        "<output ref='.'/></h:tr></h:table>",
        "<group x:repeat-nodeset='/data/n' xmlns:x='http://www.w3.org/2002/xforms'>"
        "<label>G</label><output ref='.'/></group>",
        "<h:div x:repeat-bind='b' xmlns:x='http://www.w3.org/2002/xforms'><output "
        "ref='.'/></h:div>",
    };
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct given given =
            given_answers("<instance><data id='d'><n>1</n><n>2</n></data></instance>"
                          "<bind id='b' nodeset='/data/n'/>",
                          bodies[i]);
        size_t count;
        const struct form_control *const *controls = form_controls(given.form, &count);
        const struct form_control *repeat =
            controls[0]->kind == FORM_GROUP ? controls[1] : controls[0];
        struct place **rows;

        assert_int_equal(repeat->kind, FORM_REPEAT);
        assert_int_equal(answers_rows(given.answers, given.arena, repeat, NULL, &rows), 2);
        assert_string_equal(
            answers_output(given.answers, given.arena, repeat->first_child, rows[1], "nb").text,
            "2");
        given_end(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_seen_from_the_model_that_an_element_names),
        cmocka_unit_test(choices_may_come_from_another_model),
        cmocka_unit_test(what_only_answers_can_do_is_an_error_in_another_model),
        cmocka_unit_test(a_repeat_may_be_an_attribute),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
