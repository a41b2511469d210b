#include "given.h"

#include <stdlib.h>

static const char household[] =
    "<instance><data id='x'><sivil/><inntekt/><partner><inntekt/></partner><samlet/><egen/>"
    "<barn jr:template=''><alder/><plass/><pris/></barn><sum/></data></instance>"
    "<bind nodeset='/data/partner' relevant=\"/data/sivil = 'gift'\"/>"
    "<bind nodeset='/data/samlet' calculate=\"sum(/data/inntekt[. != '']) + "
    "sum(/data/partner/inntekt[. != ''])\"/>"
    "<bind nodeset='/data/egen' type='int' calculate='if(/data/samlet * 0.06 div 11 &lt; 3000, "
    "round(/data/samlet * 0.06 div 11), 3000)'/>"
    "<bind nodeset='/data/barn/plass' relevant=\"../alder != ''\"/>"
    "<bind nodeset='/data/barn/pris' calculate=\"if(../plass = 'ja', /data/egen div position(..), "
    "0)\"/>"
    "<bind nodeset='/data/sum' calculate='sum(/data/barn/pris)'/>";
static const char household_body[] =
    "<input ref='/data/sivil'><label>S</label></input><input ref='/data/inntekt'><label>I</label>"
    "</input><input ref='/data/partner/inntekt'><label>P</label></input>"
    "<repeat nodeset='/data/barn'><input ref='/data/barn/alder'><label>A</label></input>"
    "<input ref='/data/barn/plass'><label>P</label></input></repeat>";

static void a_change_reaches_everything_that_follows_from_it(void **state)
{
    (void)state;
    struct given given = given_answers(household, household_body);
    given_set(&given, "/data/inntekt", "220000");
    assert_string_equal(given_value(&given, "/data/egen"), "1200");

    given_set(&given, "/data/partner/inntekt", "110000");
    assert_string_equal(given_value(&given, "/data/egen"), "1200"); /* hidden: it does not count */
    given_set(&given, "/data/sivil", "gift");
    assert_string_equal(given_value(&given, "/data/egen"), "1800");

    given_row(&given, "/data/barn");
    given_row(&given, "/data/barn");
    given_set(&given, "/data/barn[1]/alder", "2");
    given_set(&given, "/data/barn[1]/plass", "ja");
    given_set(&given, "/data/barn[2]/plass", "ja");
    assert_string_equal(given_value(&given, "/data/sum"), "1800");
    given_set(&given, "/data/barn[2]/alder", "3");
    assert_string_equal(given_value(&given, "/data/sum"), "2700");

    answers_remove(given.answers, given_place(&given, "/data/barn[1]"));
    assert_string_equal(given_value(&given, "/data/sum"), "1800"); /* the second became the first */
    given_end(&given);
}

static void a_hidden_answer_reads_as_empty_and_stays_in_its_set(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><a>5</a><vis>1</vis><tekst/><antall/></data></instance>"
        "<bind nodeset='/data/a' relevant='/data/vis = 1'/>"
        "<bind nodeset='/data/tekst' calculate=\"concat('[', /data/a, ']')\"/>"
        "<bind nodeset='/data/antall' calculate='count(/data/a)'/>",
        "<input ref='/data/a'><label>A</label></input><input "
        "ref='/data/vis'><label>V</label></input>");
    assert_string_equal(given_value(&given, "/data/tekst"), "[5]");
    given_set(&given, "/data/vis", "0");
    assert_string_equal(given_value(&given, "/data/tekst"), "[]");
    assert_string_equal(given_value(&given, "/data/antall"), "1");
    given_set(&given, "/data/a", "6");
    assert_string_equal(given_value(&given, "/data/tekst"), "[]");
    given_set(&given, "/data/vis", "1");
    assert_string_equal(given_value(&given, "/data/tekst"), "[6]");
    given_end(&given);
}

static void rows_may_build_on_the_rows_before_them(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><r><n/><til/></r></data></instance>"
        "<bind nodeset='/data/r/til' calculate='sum(../n[. != \"\"]) + "
        "sum(../preceding-sibling::r[1]/til)'/>",
        "<repeat nodeset='/data/r'><input ref='/data/r/n'><label>N</label></input></repeat>");
    for (int i = 0; i < 4; i++)
        given_row(&given, "/data/r");
    for (int i = 1; i <= 5; i++)
        given_set(&given, arena_printf(given.arena, "/data/r[%d]/n", i), "1");
    assert_string_equal(given_value(&given, "/data/r[5]/til"), "5");
    given_set(&given, "/data/r[1]/n", "10");
    assert_string_equal(given_value(&given, "/data/r[5]/til"), "14");
    answers_remove(given.answers, given_place(&given, "/data/r[2]"));
    assert_string_equal(given_value(&given, "/data/r[4]/til"), "13");
    given_end(&given);
}

static void a_choice_that_is_no_longer_offered_is_lost(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><land/><by/><byer/></data></instance>"
        "<instance id='byer'><root><i><l>no</l><b>oslo</b></i><i><l>no</l><b>bodo</b></i>"
        "<i><l>se</l><b>umea</b></i></root></instance>",
        "<input ref='/data/land'><label>L</label></input>"
        "<select1 ref='/data/by'><label>B</label>"
        "<itemset nodeset=\"instance('byer')/root/i[l = /data/land]\"><value ref='b'/>"
        "<label ref='b'/></itemset></select1>"
        "<select ref='/data/byer'><label>B</label>"
        "<itemset nodeset=\"instance('byer')/root/i[l = current()/../land or l = 'se']\">"
        "<value ref='b'/><label ref='b'/></itemset></select>");
    given_set(&given, "/data/land", "no");
    given_set(&given, "/data/by", "bodo");
    given_set(&given, "/data/byer", "oslo umea");
    assert_string_equal(given_value(&given, "/data/by"), "bodo");
    given_set(&given, "/data/land", "se");
    assert_string_equal(given_value(&given, "/data/by"), "");
    assert_string_equal(given_value(&given, "/data/byer"), "umea");
    given_end(&given);
}

static void a_count_makes_and_removes_rows(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><n/><r jr:template=''><a>1</a></r><sum/></data></instance>"
        "<bind nodeset='/data/sum' calculate='sum(/data/r/a)'/>",
        "<input ref='/data/n'><label>N</label></input><repeat nodeset='/data/r' jr:count='/data/n'>"
        "<input ref='/data/r/a'><label>A</label></input></repeat>");
    const struct form_control *repeat = given_repeat(&given, "/data/r");
    struct place **rows;
    static const struct {
        const char *n;
        size_t rows;
    } cases[] = {{"3", 3},
                 {"1", 1},
                 {"", 0},
                 {"tull", 0},
                 {"-2", 0},
                 {"2.9", 2},
                 {"1000000", FORM_MAX_ROWS}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        given_set(&given, "/data/n", cases[i].n);
        assert_int_equal(answers_rows(given.answers, given.arena, repeat, NULL, &rows),
                         cases[i].rows);
        assert_int_equal(atoi(given_value(&given, "/data/sum")), cases[i].rows);
    }
    assert_false(answers_can_add(given.answers, repeat, NULL));
    given_end(&given);
}

static void a_name_of_a_choice_follows_what_its_select_offers(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='d'><land>no</land><by>1</by><navn/></data></instance>"
        "<instance id='byer'><root><b><land>no</land><id>1</id><navn>Fjordvik</navn></b>"
        "<b><land>se</land><id>1</id><navn>Ekstad</navn></b></root></instance>"
        "<bind nodeset='/data/navn' calculate=\"jr:choice-name(../by, ' ../by ')\"/>",
        "<input ref='/data/land'><label>Land</label></input>"
        "<select1 ref='/data/by'><label>By</label>"
        "<itemset nodeset=\"instance('byer')/root/b[land = /data/land]\">"
        "<value ref='id'/><label ref='navn'/></itemset></select1>");
    assert_string_equal(given_value(&given, "/data/navn"), "Fjordvik");

    given_set(&given, "/data/land", "se");

    assert_string_equal(given_value(&given, "/data/navn"), "Ekstad");
    given_end(&given);
}

static void the_answers_are_an_instance_too_from_above_their_root_or_from_it(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance id='svar'><data id='x'><a/><b/><c/></data></instance>"
                      "<bind nodeset='/data/b' calculate=\"instance('svar')/data/a\"/>"
                      "<bind nodeset='/data/c' calculate=\"instance('svar')/a\"/>",
                      "<input ref='/data/a'><label>A</label></input>");
    given_set(&given, "/data/a", "5");
    assert_string_equal(given_value(&given, "/data/b"), "5");
    assert_string_equal(given_value(&given, "/data/c"), "5");
    given_end(&given);
}

/* `. + 1` is the one thing a form can say that is another each time it is calculated. */
static void what_is_otherwise_from_the_start_is_named(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><a/><b/><n/></data></instance>"
        "<bind nodeset='/data/b' calculate='/data/a * 2'/>"
        "<bind nodeset='/data/n' calculate='if(/data/a != \"\", number(\"0\" + .) + 1, 0)'/>",
        "<input ref='/data/a'><label>A</label></input>");
    assert_null(answers_recheck(given.answers));

    given_set(&given, "/data/a", "2");
    const struct form_field *other = answers_recheck(given.answers);

    assert_non_null(other);
    assert_string_equal(other->path, "/data/n");
    assert_string_equal(given_value(&given, "/data/b"), "4");
    given_end(&given);
}

static void results_fit_the_type_of_their_field(void **state)
{
    (void)state;
    struct given given = given_answers(
        "<instance><data id='x'><a>2.5</a><hel/><dato/><tall/><sann/></data></instance>"
        "<bind nodeset='/data/hel' type='int' calculate='/data/a * 3'/>"
        "<bind nodeset='/data/dato' type='date' calculate='today() + 7'/>"
        "<bind nodeset='/data/tall' type='decimal' calculate=\"number('x')\"/>"
        "<bind nodeset='/data/sann' type='boolean' calculate='/data/a &gt; 2'/>",
        "<input ref='/data/a'><label>A</label></input>");
    assert_string_equal(given_value(&given, "/data/hel"), "7");
    assert_string_equal(given_value(&given, "/data/dato"), "2026-11-30");
    assert_string_equal(given_value(&given, "/data/tall"), "");
    assert_string_equal(given_value(&given, "/data/sann"), "true");
    given_end(&given);
}

static void an_id_stays_what_it_is_until_what_it_is_made_of_changes(void **state)
{
    (void)state;
    struct given given =
        given_answers("<instance><data id='x'><navn>Kari</navn><annet/><id/></data></instance>"
                      "<bind nodeset='/data/id' calculate=\"concat(/data/navn, '-', uuid())\"/>",
                      "<input ref='/data/navn'><label>N</label></input>"
                      "<input ref='/data/annet'><label>A</label></input>");
    const char *first = arena_text(given.arena, given_value(&given, "/data/id"));
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    struct error err;

    given_set(&given, "/data/annet", "1");
    answers_recalculate(given.answers);
    assert_string_equal(given_value(&given, "/data/id"), first);

    answers_close(&given.answers);
    assert_true(answers_load(given.form, GIVEN_NOW + 3600, draft, &given.answers, &err));
    assert_string_equal(given_value(&given, "/data/id"), first);

    given_set(&given, "/data/navn", "Ola");
    assert_memory_equal(given_value(&given, "/data/id"), "Ola-", 4);
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_reaches_everything_that_follows_from_it),
        cmocka_unit_test(a_hidden_answer_reads_as_empty_and_stays_in_its_set),
        cmocka_unit_test(rows_may_build_on_the_rows_before_them),
        cmocka_unit_test(a_choice_that_is_no_longer_offered_is_lost),
        cmocka_unit_test(a_count_makes_and_removes_rows),
        cmocka_unit_test(a_name_of_a_choice_follows_what_its_select_offers),
        cmocka_unit_test(the_answers_are_an_instance_too_from_above_their_root_or_from_it),
        cmocka_unit_test(what_is_otherwise_from_the_start_is_named),
        cmocka_unit_test(results_fit_the_type_of_their_field),
        cmocka_unit_test(an_id_stays_what_it_is_until_what_it_is_made_of_changes),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
