#include "forms/perform.h"

#include "forms/posted.h"

#include "given.h"

#include <stdio.h>

#define ON_PRESS " ev:event='DOMActivate' xmlns:ev='http://www.w3.org/2001/xml-events'"
#define LIST                                                                                       \
    "<instance><data id='d'><n/><m/><rad><a>1</a></rad><rad><a>2</a></rad><rad><a>3</a></rad>"     \
    "</data></instance><instance id='mal'><maler><rad><a>ny</a></rad></maler></instance>"
#define ROWS "<repeat nodeset='/data/rad'><input ref='a'><label>A</label></input></repeat>"

static const struct form_control *button_number(const struct given *given, int number)
{
    size_t count;
    const struct form_control *const *controls = form_controls(given->form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind == FORM_BUTTON && number-- == 0)
            return controls[i];
    fail_msg("there is no such button");
    return NULL;
}

static void press(const struct given *given)
{
    answers_press(given->answers, button_number(given, 0), NULL);
}

/* A form of a list and one button. */
static struct given given_button(const char *actions)
{
    char body[2000];
    snprintf(body, sizeof body, ROWS "<trigger><label>T</label>%s</trigger>", actions);
    return given_answers(LIST, body);
}

static const char *values(const struct given *given)
{
    static char text[1000];
    *text = 0;
    for (int i = 1; i < 40; i++) {
        char path[40];
        snprintf(path, sizeof path, "/data/rad[%d]/a", i);
        const struct place *place = answers_find(given->answers, path);
        if (place)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", place_value(place));
    }
    return text;
}

static void a_press_sets_the_first_node_and_no_other(void **state)
{
    (void)state;
    struct given given = given_button("<setvalue" ON_PRESS " ref='/data/rad/a'>x</setvalue>");

    press(&given);

    assert_string_equal(values(&given), "x 2 3 ");
    given_end(&given);
}

static void an_expression_is_set_before_what_is_written_and_neither_empties(void **state)
{
    (void)state;
    struct given given =
        given_button("<action" ON_PRESS "><setvalue ref='rad[1]/a' value='../../rad[2]/a'>9"
                     "</setvalue><setvalue ref='rad[3]/a'/></action>");

    press(&given);

    assert_string_equal(values(&given), "2 2  ");
    given_end(&given);
}

static void what_is_readonly_or_calculated_is_left_alone(void **state)
{
    (void)state;
    struct given given = given_answers(
        LIST "<bind nodeset='/data/n' readonly='true()'/><bind nodeset='/data/m' calculate='7'/>",
        ROWS "<trigger><label>T</label><action" ON_PRESS "><setvalue ref='/data/n'>1</setvalue>"
             "<setvalue ref='/data/m'>1</setvalue></action></trigger>");

    press(&given);

    assert_string_equal(given_value(&given, "/data/n"), "");
    assert_string_equal(given_value(&given, "/data/m"), "7");
    given_end(&given);
}

static void what_follows_is_calculated_when_all_is_done_or_when_an_action_says_so(void **state)
{
    (void)state;
    static const char *const between[] = {"", "<recalculate/>"};
    static const char *const expected[] = {"", "10"};
    for (size_t i = 0; i < COUNT(between); i++) {
        char body[1000];
        snprintf(body, sizeof body,
                 ROWS "<trigger><label>T</label><action" ON_PRESS
                      "><setvalue ref='/data/rad[1]/a'>5</setvalue>%s"
                      "<setvalue ref='/data/rad[2]/a' value='/data/m'/></action></trigger>",
                 between[i]);
        struct given given =
            given_answers(LIST "<bind nodeset='/data/m' relevant='/data/rad[1]/a = 5' "
                               "calculate='/data/rad[1]/a * 2'/>",
                          body);

        press(&given);

        assert_string_equal(given_value(&given, "/data/rad[2]/a"), expected[i]);
        assert_string_equal(given_value(&given, "/data/m"), "10");
        given_end(&given);
    }
}

static void an_action_is_done_if_and_while_it_says_so(void **state)
{
    (void)state;
    struct given given = given_button(
        "<action" ON_PRESS "><setvalue ref='n' value='0'/><setvalue ref='m' value='0'/>"
        "<action while='n &lt; count(rad)'><setvalue ref='n' value='. + 1'/>"
        "<setvalue ref='m' value='. + /data/rad[number(/data/n)]/a' if='n != 2'/></action>"
        "</action>");

    press(&given);

    assert_string_equal(given_value(&given, "/data/n"), "3");
    assert_string_equal(given_value(&given, "/data/m"), "4");
    given_end(&given);
}

static void rounds_without_end_are_stopped(void **state)
{
    (void)state;
    struct given given = given_button("<setvalue" ON_PRESS
                                      " ref='n' value='number(concat(0, .)) + 1' while='true()'/>");

    press(&given);

    assert_string_equal(given_value(&given, "/data/n"), "1000");
    assert_int_equal(answers_trouble(given.answers)->code, ERROR_LIMIT);
    given_end(&given);
}

/* XForms 1.1, 10.3, step 4: `at` is rounded; too small is the first, too large and NaN the last. */
static void a_row_is_inserted_where_the_action_says(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *expected;
    } cases[] = {
        {"", "1 2 3 3 "},
        {"at='1'", "1 3 2 3 "},
        {"at='1' position='before'", "3 1 2 3 "},
        {"at='1.5'", "1 2 3 3 "},
        {"at='-2'", "1 3 2 3 "},
        {"at='17'", "1 2 3 3 "},
        {"at='\"foo\"'", "1 2 3 3 "},
        {"at='2' origin='/data/rad[1]'", "1 2 1 3 "},
        {"at='1' origin=\"instance('mal')/rad\"", "1 ny 2 3 "},
        {"at='2' position='before' origin='/data/rad'", "1 1 2 3 2 3 "},
        {"origin='/data/nowhere'", "1 2 3 "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char actions[400];
        snprintf(actions, sizeof actions, "<insert" ON_PRESS " nodeset='/data/rad' %s/>",
                 cases[i].attributes);
        struct given given = given_button(actions);

        press(&given);

        assert_string_equal(values(&given), cases[i].expected);
        given_end(&given);
    }
}

static void nothing_is_copied_where_there_is_no_row_unless_a_context_says_where(void **state)
{
    (void)state;
    static const char *const inserts[] = {
        "<insert nodeset='rad'/>",
        "<insert nodeset='rad' origin=\"instance('mal')/rad\"/>",
        "<insert context='.' nodeset='rad' origin=\"instance('mal')/rad\"/>",
        "<insert context='/data' origin=\"instance('mal')/rad\"/>",
    };
    static const char *const expected[] = {"", "", "ny ", "ny "};
    for (size_t i = 0; i < COUNT(inserts); i++) {
        char actions[400];
        snprintf(actions, sizeof actions, "<action" ON_PRESS "><delete nodeset='rad'/>%s</action>",
                 inserts[i]);
        struct given given = given_button(actions);

        press(&given);

        assert_string_equal(values(&given), expected[i]);
        given_end(&given);
    }
}

static void a_copied_row_has_hidden_answers_too(void **state)
{
    (void)state;
    struct given given = given_answers(LIST "<bind nodeset='/data/rad/a' relevant='/data/n != 1'/>",
                                       ROWS "<trigger><label>T</label><insert" ON_PRESS
                                            " nodeset='/data/rad'/></trigger>");
    given_set(&given, "/data/n", "1");

    press(&given);
    given_set(&given, "/data/n", "2");

    assert_string_equal(values(&given), "1 2 3 3 ");
    given_end(&given);
}

static void no_more_rows_are_inserted_than_the_repeat_takes(void **state)
{
    (void)state;
    struct given given = given_answers(
        LIST, "<repeat nodeset='/data/rad' sk:max='4'><input ref='a'><label>A</label></input>"
              "</repeat><trigger><label>T</label><action" ON_PRESS
              "><insert nodeset='/data/rad'/><insert nodeset='/data/rad'/></action></trigger>");

    press(&given);

    assert_string_equal(values(&given), "1 2 3 3 ");
    given_end(&given);
}

static void rows_are_deleted_one_or_all(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *expected;
    } cases[] = {{"at='2'", "1 3 "},
                 {"at='last()'", "1 2 "}, /* the first of the nodes is asked: XForms 1.1, 10.4 */
                 {"at='position()'", "2 3 "},
                 {"", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char actions[400];
        snprintf(actions, sizeof actions, "<delete" ON_PRESS " nodeset='/data/rad' %s/>",
                 cases[i].attributes);
        struct given given = given_button(actions);

        press(&given);

        assert_string_equal(values(&given), cases[i].expected);
        given_end(&given);
    }
}

static void a_row_can_delete_itself_and_what_comes_after_stands_above(void **state)
{
    (void)state;
    struct given given = given_answers(
        LIST, "<repeat nodeset='/data/rad'><input ref='a'><label>A</label></input>"
              "<trigger><label>T</label><action" ON_PRESS "><delete nodeset='.'/>"
              "<setvalue ref='/data/n' value='count(../rad)'/></action></trigger></repeat>");
    struct place *row = answers_find(given.answers, "/data/rad[2]");

    answers_press(given.answers, button_number(&given, 0), row);

    assert_string_equal(values(&given), "1 3 ");
    assert_string_equal(given_value(&given, "/data/n"), "2");
    given_end(&given);
}

static void rows_that_an_action_made_are_there_when_the_draft_is_read_again(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='d'><rad v='1'/><rad v='2'/></data></instance>",
        "<repeat nodeset='/data/rad'><output value='@v'><label>V</label></output></repeat>"
        "<trigger><label>T</label><action" ON_PRESS "><delete nodeset='/data/rad' at='1'/>"
        "<insert nodeset='/data/rad'/></action></trigger>");
    press(&given);
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);

    struct answers *again = NULL;
    struct error err = {0};
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &again, &err));

    struct bytes sent = answers_write(again, given.arena, ANSWERS_SENT);
    assert_non_null(strstr(arena_text_of(given.arena, sent), "<rad v=\"2\"></rad><rad v=\"2\">"));
    answers_close(&again);
    given_end(&given);
}

static void reset_begins_answers_anew_and_ids_of_rows_go_on(void **state)
{
    (void)state;
    struct given given = given_answers(
        LIST "<bind nodeset='/data/m' calculate='count(/data/rad)'/>"
             "<setvalue event='odk-instance-first-load' ref='/data/n'>start</setvalue>",
        ROWS "<trigger><label>T</label><action" ON_PRESS
             "><delete nodeset='rad' at='1'/><reset/></action></trigger>");
    given_set(&given, "/data/rad[2]/a", "9");
    given_set(&given, "/data/n", "");
    char *before = place_id(given.arena, answers_find(given.answers, "/data/rad[1]"));

    press(&given);

    assert_string_equal(values(&given), "1 2 3 ");
    assert_string_equal(given_value(&given, "/data/n"), "start");
    assert_string_equal(given_value(&given, "/data/m"), "3");
    assert_string_not_equal(before,
                            place_id(given.arena, answers_find(given.answers, "/data/rad[1]")));
    given_end(&given);
}

/* ---- switch ---- */

#define SWITCH                                                                                     \
    "<repeat nodeset='/data/rad'><switch><case id='inn'><input ref='a'><label>A</label></input>"   \
    "<trigger><label>T</label><toggle" ON_PRESS " case='ut'/></trigger></case>"                    \
    "<case id='ut'><output ref='a'><label>B</label></output><trigger><label>U</label>"             \
    "<toggle" ON_PRESS                                                                             \
    "><case value=\"'inn'\">ut</case></toggle></trigger></case></switch></repeat>"

static const struct form_control *case_of(const struct given *given, const char *id)
{
    size_t count;
    const struct form_control *const *controls = form_controls(given->form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->is_case && strcmp(controls[i]->id, id) == 0)
            return controls[i];
    fail_msg("there is no case %s", id);
    return NULL;
}

static void a_case_opens_in_its_own_row_and_stays_so_in_the_draft(void **state)
{
    (void)state;
    struct given given = given_answers(LIST, SWITCH);
    struct place *row = answers_find(given.answers, "/data/rad[2]");

    answers_press(given.answers, button_number(&given, 0), row);
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    struct answers *again = NULL;
    struct error err = {0};
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &again, &err));

    struct place *first = answers_find(again, "/data/rad[1]");
    struct place *second = answers_find(again, "/data/rad[2]");
    assert_true(answers_is_open(again, case_of(&given, "inn"), first));
    assert_false(answers_is_open(again, case_of(&given, "ut"), first));
    assert_true(answers_is_open(again, case_of(&given, "ut"), second));
    assert_false(answers_is_open(again, case_of(&given, "inn"), second));
    answers_press(again, button_number(&given, 1), second);
    assert_true(answers_is_open(again, case_of(&given, "inn"), second));
    answers_close(&again);
    given_end(&given);
}

static void what_stands_in_a_closed_case_is_not_taken_from_the_page(void **state)
{
    (void)state;
    struct given given = given_answers(
        LIST, "<switch><case id='a'><output value='1'/></case><case id='b'><input ref='/data/n'>"
              "<label>N</label></input><trigger><label>T</label><toggle" ON_PRESS
              " case='a'/></trigger></case></switch>");
    size_t count, ignored = 0;
    const struct form_page *page = form_pages(given.form, &count);
    const struct posted_field field = {"n", "x"};
    struct error err = {0};

    assert_true(posted_apply(given.answers, page, &field, 1, &ignored, &err));

    const struct form_control *button;
    struct place *from;
    char *id = posted_button_id(given.arena, button_number(&given, 0), NULL);
    assert_int_equal(ignored, 1);
    assert_string_equal(given_value(&given, "/data/n"), "");
    assert_false(posted_find_button(given.answers, page, id, &button, &from));
    given_end(&given);
}

/* ---- buttons on a page ---- */

static void a_button_is_found_in_its_row_while_it_is_relevant(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='d'><rad v='1'><a>1</a></rad><rad v='2'><a>2</a></rad>"
                      "<rad v='3'><a>3</a></rad></data></instance>"
                      "<bind nodeset='/data/rad' relevant='@v != 2'/>",
                      "<repeat nodeset='/data/rad'><trigger><label>T</label><setvalue" ON_PRESS
                      " ref='a'>satt</setvalue></trigger></repeat>");
    size_t count;
    const struct form_page *page = form_pages(given.form, &count);
    const struct form_control *button = button_number(&given, 0), *found;
    struct place *from = NULL;
    char *hidden =
        posted_button_id(given.arena, button, answers_find(given.answers, "/data/rad[2]"));
    char *shown =
        posted_button_id(given.arena, button, answers_find(given.answers, "/data/rad[3]"));

    assert_false(posted_find_button(given.answers, page, hidden, &found, &from));
    assert_true(posted_find_button(given.answers, page, shown, &found, &from));
    answers_press(given.answers, found, from);

    assert_string_equal(values(&given), "1 2 satt ");
    given_end(&given);
}

/* ---- what a form may say ---- */

static void actions_that_have_no_place_here_are_errors_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"<trigger><label>T</label><message" ON_PRESS ">x</message></trigger>", "<message>"},
        {"<trigger><label>T</label><action" ON_PRESS "><send submission='s'/></action></trigger>",
         "<send>"},
        {"<input ref='/data/n'><label>N</label><setvalue" ON_PRESS " ref='/data/m'/></input>",
         "DOMActivate"},
        {"<input ref='/data/n'><label>N</label><insert event='xforms-value-changed' "
         "nodeset='/data/rad'/></input>",
         "<insert>"},
        {"<trigger><label>T</label><setvalue" ON_PRESS " ref='/data/x'/></trigger>", "/data/x"},
        {"<trigger><label>T</label><delete" ON_PRESS " nodeset='/data'/></trigger>", "/data"},
        {"<trigger><label>T</label><setvalue ref='/data/n'/></trigger>", "event"},
        {"<trigger><label>T</label><toggle" ON_PRESS "/></trigger>", "case"},
        {"<case id='a'><input ref='/data/n'><label>N</label></input></case>", "switch"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char xml[2000];
        snprintf(xml, sizeof xml, ROWS "%s", cases[i].body);
        struct given given = given_form(LIST, xml);

        assert_null(given.form);
        size_t error = 0;
        while (given.findings.items[error].severity != FINDING_ERROR)
            error++;
        assert_string_equal(strstr(given.findings.items[error].text, cases[i].said) ? cases[i].said
                                                                                    : "",
                            cases[i].said);
        assert_true(given.findings.items[error].line > 0);
        given_end(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_press_sets_the_first_node_and_no_other),
        cmocka_unit_test(an_expression_is_set_before_what_is_written_and_neither_empties),
        cmocka_unit_test(what_is_readonly_or_calculated_is_left_alone),
        cmocka_unit_test(what_follows_is_calculated_when_all_is_done_or_when_an_action_says_so),
        cmocka_unit_test(an_action_is_done_if_and_while_it_says_so),
        cmocka_unit_test(rounds_without_end_are_stopped),
        cmocka_unit_test(a_row_is_inserted_where_the_action_says),
        cmocka_unit_test(nothing_is_copied_where_there_is_no_row_unless_a_context_says_where),
        cmocka_unit_test(a_copied_row_has_hidden_answers_too),
        cmocka_unit_test(no_more_rows_are_inserted_than_the_repeat_takes),
        cmocka_unit_test(rows_are_deleted_one_or_all),
        cmocka_unit_test(a_row_can_delete_itself_and_what_comes_after_stands_above),
        cmocka_unit_test(rows_that_an_action_made_are_there_when_the_draft_is_read_again),
        cmocka_unit_test(reset_begins_answers_anew_and_ids_of_rows_go_on),
        cmocka_unit_test(a_case_opens_in_its_own_row_and_stays_so_in_the_draft),
        cmocka_unit_test(what_stands_in_a_closed_case_is_not_taken_from_the_page),
        cmocka_unit_test(a_button_is_found_in_its_row_while_it_is_relevant),
        cmocka_unit_test(actions_that_have_no_place_here_are_errors_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
