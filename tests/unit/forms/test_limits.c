/* What bounds the cost of a form and its answers (limits.h), where that is of the form as a whole;
 * limits of one module are tested with it. */
#include "forms/posted.h"
#include "given.h"

#include <stdlib.h>

/* Every row is compared with every row: as many operations as the square of the rows. */
static const char model[] =
    "<instance><data id='x'><r jr:template=''><n/></r><like/><land/><navn/></data></instance>"
    "<instance id='land'><root><i><k>no</k></i><i><k>se</k></i></root></instance>"
    "<bind nodeset='/data/like' calculate='count(/data/r[n = /data/r/n])'%s/>";
static const char body[] =
    "<group><label>Side</label>"
    "<repeat nodeset='/data/r'><input ref='/data/r/n'><label>N</label></input></repeat>"
    "<select1 ref='/data/land'><label>Land</label>"
    "<itemset nodeset=\"instance('land')/root/i[count(/data/r) &gt;= 0]\"><value ref='k'/>"
    "<label ref='k'/></itemset></select1>"
    "<input ref='/data/navn'><label>Navn</label></input></group>";

enum { ROWS = 400 }; /* 160,000 comparisons */

static struct given given_rows(const char *limit)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct given given = given_answers(arena_printf(arena, model, limit), body);
    answers_begin(given.answers);
    for (int i = 1; i <= ROWS; i++) {
        given_row(&given, "/data/r");
        given_set(&given, arena_printf(arena, "/data/r[%d]/n", i), arena_printf(arena, "%d", i));
    }
    answers_end(given.answers);
    return given;
}

static void xp_2_an_expression_has_a_limit_that_a_form_can_raise(void **state)
{
    (void)state;
    struct given given = given_rows("");
    assert_non_null(answers_trouble(given.answers));
    assert_int_equal(answers_trouble(given.answers)->code, ERROR_LIMIT);
    given_end(&given);

    given = given_rows(" sk:limit='2000000'");
    assert_null(answers_trouble(given.answers));
    assert_string_equal(given_value(&given, "/data/like"), "400");
    given_end(&given);
}

static void a_limit_is_raised_within_a_limit(void **state)
{
    (void)state;
    static const char *const wrong[] = {"2000001", "0", "-1", "mange", "10 000"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        char *limit = arena_printf(arena, " sk:limit='%s'", wrong[i]);
        struct given given = given_form(arena_printf(arena, model, limit), body);
        assert_null(given.form);
        assert_non_null(given_finding(&given, "attribute.value"));
        given_end(&given);
    }
}

/* Each change is within every other limit; one request that makes many of them is not. */
static void what_was_answered_stays_when_the_time_of_a_request_is_up(void **state)
{
    (void)state;
    struct given given = given_rows(" sk:limit='2000000'");
    answers_limit_time(1);
    for (int i = 0; i < 10000 && !answers_trouble(given.answers); i++)
        given_set(&given, "/data/r[1]/n", i % 2 ? "1" : "0");
    assert_non_null(answers_trouble(given.answers));
    assert_int_equal(answers_trouble(given.answers)->code, ERROR_LIMIT);

    static const struct posted_field fields[] = {{"land", "se"}, {"navn", "Kari"}};
    size_t count;
    struct error err;
    const struct form_page *page = form_pages(given.form, &count);
    assert_true(posted_apply(given.answers, page, fields, COUNT(fields), NULL, &err));
    assert_string_equal(given_value(&given, "/data/land"), "se");
    assert_string_equal(given_value(&given, "/data/navn"), "Kari");

    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    answers_limit_time(0); /* the next request */
    answers_close(&given.answers);
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &given.answers, &err));
    assert_null(answers_trouble(given.answers));
    assert_string_equal(given_value(&given, "/data/land"), "se");
    assert_string_equal(given_value(&given, "/data/like"), "400");
    given_end(&given);
}

static void more_nodes_than_answers_may_have_are_refused(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct buf leaves;
    buf_init(&leaves, arena);
    for (int i = 0; i < 150; i++)
        buf_printf(&leaves, "<a%d/>", i);
    struct given given = given_answers(
        arena_printf(arena, "<instance><data id='x'><r jr:template=''>%s</r></data></instance>",
                     buf_text(&leaves)),
        "<repeat nodeset='/data/r'><input ref='/data/r/a1'><label>A</label></input></repeat>");
    const struct form_control *repeat = given_repeat(&given, "/data/r");
    struct place *row;
    struct error err = {0};
    int rows = 0;
    while (answers_add(given.answers, repeat, NULL, &row, &err))
        rows++;
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_in_range(rows, ANSWERS_MAX_NODES / 151 - 2, ANSWERS_MAX_NODES / 151);
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xp_2_an_expression_has_a_limit_that_a_form_can_raise),
        cmocka_unit_test(a_limit_is_raised_within_a_limit),
        cmocka_unit_test(what_was_answered_stays_when_the_time_of_a_request_is_up),
        cmocka_unit_test(more_nodes_than_answers_may_have_are_refused),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
