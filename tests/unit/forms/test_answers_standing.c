#include "tests/unit/forms/given.h"

static const char rows[] =
    "<instance><data id='x'><barn><nr/><av/><navn/></barn><i/><i2/></data></instance>"
    "<bind nodeset='/data/barn'>"
    "<bind nodeset='navn' calculate='position()'/></bind>"
    "<bind nodeset='/data/barn/nr' calculate='position()'/>"
    "<bind nodeset='/data/barn/av' calculate='concat(position(), \" av \", last())'/>"
    "<bind nodeset='/data/i' calculate=\"index('b')\"/>"
    "<bind nodeset='/data/i2' calculate=\"index('c')\"/>";
static const char body[] = "<repeat nodeset='/data/barn' id='b' startindex='2'>"
                           "<output value='concat(position(), \" av \", last())'/></repeat>";

static void a_bind_stands_among_the_nodes_it_is_about(void **state)
{
    (void)state;
    struct given given = given_answers(rows, body);
    assert_string_equal(given_value(&given, "/data/barn[1]/av"), "1 av 1");

    struct place *second = given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");

    assert_string_equal(given_value(&given, "/data/barn[1]/av"), "1 av 3");
    assert_string_equal(given_value(&given, "/data/barn[3]/av"), "3 av 3");
    assert_string_equal(given_value(&given, "/data/barn[3]/nr"), "3");
    assert_string_equal(given_value(&given, "/data/barn[3]/navn"), "1"); /* of its own row */

    answers_remove(given.answers, second);
    assert_string_equal(given_value(&given, "/data/barn[2]/av"), "2 av 2");
    given_end(&given);
}

static void nodes_of_several_names_are_in_the_order_of_the_document(void **state)
{
    (void)state;
    struct given given = given_answers("<instance><data id='x'><a/><b/><c/></data></instance>"
                                       "<bind nodeset='/data/*' calculate='position()'/>",
                                       "<input ref='/data/a'><label>A</label></input>");
    assert_string_equal(given_value(&given, "/data/a"), "1");
    assert_string_equal(given_value(&given, "/data/b"), "2");
    assert_string_equal(given_value(&given, "/data/c"), "3");
    given_end(&given);
}

static void what_is_shown_in_a_row_stands_among_the_rows(void **state)
{
    (void)state;
    struct given given = given_answers(rows, body);
    struct place *row = given_row(&given, "/data/barn");
    size_t count;
    const struct form_control *output = form_controls(given.form, &count)[1];
    assert_string_equal(answers_output(given.answers, given.arena, output, row, "nb").text,
                        "2 av 2");
    given_end(&given);
}

static void a_repeat_is_where_it_starts(void **state)
{
    (void)state;
    struct given given = given_answers(rows, body);
    assert_string_equal(given_value(&given, "/data/i"), "1"); /* of one row */
    given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");
    assert_string_equal(given_value(&given, "/data/i"), "2");
    assert_string_equal(given_value(&given, "/data/i2"), ""); /* no repeat has that id */
    assert_non_null(answers_trouble(given.answers));
    given_end(&given);
}

static void a_control_with_a_predicate_is_about_what_it_finds(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><valg/><vare><type>a</type><navn>Eple</navn></vare>"
                      "<vare><type>b</type><navn>Brød</navn></vare></data></instance>",
                      "<input ref='/data/valg'><label>Valg</label></input>"
                      "<group ref='/data/vare[type = /data/valg]'><label>Vare</label>"
                      "<input ref='navn'><label>Navn</label></input></group>");
    size_t count;
    const struct form_control *const *controls = form_controls(given.form, &count);
    assert_int_equal(count, 3);
    assert_false(answers_is_shown(given.answers, controls[1], NULL));
    assert_null(answers_shown(given.answers, controls[1], NULL));

    given_set(&given, "/data/valg", "b");

    assert_true(answers_is_shown(given.answers, controls[1], NULL));
    const struct place *vare = answers_shown(given.answers, controls[1], NULL);
    const struct place *navn = answers_shown(given.answers, controls[2], vare);
    assert_string_equal(place_value(navn), "Brød");
    given_end(&given);
}

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bind_stands_among_the_nodes_it_is_about),
        cmocka_unit_test(nodes_of_several_names_are_in_the_order_of_the_document),
        cmocka_unit_test(what_is_shown_in_a_row_stands_among_the_rows),
        cmocka_unit_test(a_repeat_is_where_it_starts),
        cmocka_unit_test(a_control_with_a_predicate_is_about_what_it_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
