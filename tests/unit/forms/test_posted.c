#include "given.h"

#include "forms/posted.h"

static const char model[] =
    "<instance><data id='x'><g><navn/><inntekt/><fodt/><sivil/><ytelse/><enig/><ja/><vis/>"
    "<skjult/><fast>gitt</fast><kl>09:15:30Z</kl><dag>2026-03-07Z</dag></g><annen/><r "
    "jr:template=''><navn/>"
    "<k jr:template=''><a/></k></r></data></instance>"
    "<bind nodeset='/data/g/inntekt' type='int'/><bind nodeset='/data/g/fodt' type='date'/>"
    "<bind nodeset='/data/g/enig' type='boolean' required='true()'/>"
    "<bind nodeset='/data/g/skjult' relevant=\"/data/g/vis = '1'\"/>"
    "<bind nodeset='/data/g/fast' readonly='true()'/><bind nodeset='/data/g/kl' type='time'/>"
    "<bind nodeset='/data/g/dag' type='date'/>";
static const char body[] =
    "<group ref='/data/g'><input ref='/data/g/navn'><label>N</label></input>"
    "<input ref='/data/g/inntekt'><label>I</label></input>"
    "<input ref='/data/g/fodt'><label>F</label></input>"
    "<select1 ref='/data/g/sivil'><label>S</label><item><label>G</label><value>gift</value></item>"
    "<item><label>A</label><value>alene</value></item></select1>"
    "<select ref='/data/g/ytelse'><label>Y</label><item><label>A</label><value>aap</value></item>"
    "<item><label>F</label><value>fp</value></item></select>"
    "<input ref='/data/g/enig'><label>E</label></input>"
    "<trigger ref='/data/g/ja'><label>J</label></trigger>"
    "<input ref='/data/g/vis'><label>V</label></input>"
    "<input ref='/data/g/skjult'><label>H</label></input>"
    "<input ref='/data/g/fast'><label>R</label></input>"
    "<input ref='/data/g/kl'><label>K</label></input>"
    "<input ref='/data/g/dag'><label>D</label></input></group>"
    "<input ref='/data/annen'><label>A</label></input>"
    "<group ref='/data/r'><label>R</label><repeat nodeset='/data/r'>"
    "<input ref='/data/r/navn'><label>N</label></input>"
    "<repeat nodeset='/data/r/k'><input ref='/data/r/k/a'><label>A</label></input></repeat>"
    "</repeat></group>";

static size_t post_to(struct given *given, const char *word, const struct posted_field *fields,
                      size_t count)
{
    size_t ignored = 99;
    struct error err = {0};
    const struct form_page *page = form_page_find(given->form, word);
    assert_non_null(page);
    if (!posted_apply(given->answers, page, fields, count, &ignored, &err))
        fail_msg("%s", err.text);
    return ignored;
}

#define POST(given, word, ...)                                                                     \
    post_to(given, word, (const struct posted_field[]){__VA_ARGS__},                               \
            COUNT(((const struct posted_field[]){__VA_ARGS__})))

static void what_people_type_is_stored_as_its_type_has_it(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    size_t ignored =
        POST(&given, "g", {"g-navn", " Kari "}, {"g-inntekt", "425 000"}, {"g-fodt-dag", "7"},
             {"g-fodt-maned", "3"}, {"g-fodt-ar", "2022"}, {"g-sivil", "gift"}, {"g-ytelse", "fp"},
             {"g-ytelse", "aap"}, {"g-enig", "true"}, {"g-ja", "OK"}, {"_handling", "neste"});
    assert_int_equal(ignored, 0);
    assert_string_equal(given_value(&given, "/data/g/inntekt"), "425000");
    assert_string_equal(given_value(&given, "/data/g/fodt"), "2022-03-07");
    assert_string_equal(given_value(&given, "/data/g/sivil"), "gift");
    assert_string_equal(given_value(&given, "/data/g/ytelse"), "fp aap");
    assert_string_equal(given_value(&given, "/data/g/enig"), "true");
    assert_string_equal(given_value(&given, "/data/g/ja"), "OK");
    given_end(&given);
}

static void what_is_not_of_its_type_is_shown_as_it_was_typed(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    POST(&given, "g", {"g-inntekt", "ca 420000"}, {"g-fodt-dag", "31"}, {"g-fodt-maned", "2"},
         {"g-fodt-ar", ""});
    struct place *date = given_place(&given, "/data/g/fodt");
    const char *day, *month, *year;
    posted_date(given.arena, date, &day, &month, &year);
    assert_string_equal(day, "31");
    assert_string_equal(month, "2");
    assert_string_equal(year, "");
    assert_string_equal(posted_text(given.arena, given_place(&given, "/data/g/inntekt"), "nb"),
                        "ca 420000");
    given_end(&given);
}

static void what_a_field_does_not_show_stays_until_somebody_types_there(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *clock = given_place(&given, "/data/g/kl");
    const char *day, *month, *year;
    posted_date(given.arena, given_place(&given, "/data/g/dag"), &day, &month, &year);

    POST(&given, "g", {"g-kl", posted_text(given.arena, clock, "nb")}, {"g-dag-dag", day},
         {"g-dag-maned", month}, {"g-dag-ar", year});
    assert_string_equal(given_value(&given, "/data/g/kl"), "09:15:30Z");
    assert_string_equal(given_value(&given, "/data/g/dag"), "2026-03-07Z");

    POST(&given, "g", {"g-kl", "09.16"}, {"g-dag-dag", "8"}, {"g-dag-maned", "3"},
         {"g-dag-ar", "2026"});
    assert_string_equal(given_value(&given, "/data/g/kl"), "09:16:00");
    assert_string_equal(given_value(&given, "/data/g/dag"), "2026-03-08");
    given_end(&given);
}

static void http_7_only_what_the_page_shows_and_may_be_written_is_taken(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    size_t ignored = POST(&given, "g", {"g-skjult", "x"}, {"g-fast", "x"}, {"annen", "x"},
                          {"g-sivil", "enke"}, {"finnes-ikke", "x"});
    assert_int_equal(ignored, 5);
    assert_string_equal(given_value(&given, "/data/g/skjult"), "");
    assert_string_equal(given_value(&given, "/data/g/fast"), "gitt");
    assert_string_equal(given_value(&given, "/data/annen"), "");
    assert_string_equal(given_value(&given, "/data/g/sivil"), "");
    given_end(&given);
}

static void http_7_a_name_for_one_value_that_comes_twice_changes_nothing(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    const struct posted_field fields[] = {
        {"g-navn", "Kari"}, {"g-inntekt", "1"}, {"g-inntekt", "2"}};
    struct error err = {0};
    assert_false(
        posted_apply(given.answers, form_page_find(given.form, "g"), fields, 3, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_string_equal(given_value(&given, "/data/g/navn"), "");
    given_end(&given);
}

static void a_field_that_is_too_long_or_no_utf8_changes_nothing(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    const struct form_page *page = form_page_find(given.form, "g");
    struct error err = {0};
    char *big = arena_alloc(given.arena, ANSWERS_MAX_VALUE_BYTES + 2);
    memset(big, 'x', ANSWERS_MAX_VALUE_BYTES + 1);
    const struct posted_field large[] = {{"g-navn", big}}, wrong[] = {{"g-navn", "\xc3"}};
    assert_false(posted_apply(given.answers, page, large, 1, NULL, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_false(posted_apply(given.answers, page, wrong, 1, NULL, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    given_end(&given);
}

static void boxes_that_are_not_sent_are_unticked(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    POST(&given, "g", {"g-ytelse", "fp"}, {"g-enig", "true"}, {"g-ja", "OK"}, {"g-sivil", "gift"});
    POST(&given, "g", {"g-navn", "Kari"});
    assert_string_equal(given_value(&given, "/data/g/ytelse"), "");
    assert_string_equal(given_value(&given, "/data/g/enig"), "");
    assert_string_equal(given_value(&given, "/data/g/ja"), "");
    assert_string_equal(given_value(&given, "/data/g/sivil"), "gift");
    given_end(&given);
}

static void a_post_names_the_row_and_not_its_number(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *first = given_row(&given, "/data/r");
    given_row(&given, "/data/r");
    answers_remove(given.answers, first);
    size_t ignored = POST(&given, "r", {"r-1-navn", "borte"}, {"r-2-navn", "Nora"});
    assert_int_equal(ignored, 1);
    assert_string_equal(given_value(&given, "/data/r[1]/navn"), "Nora");
    given_end(&given);
}

static void buttons_find_their_rows_and_repeats(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    struct place *row = given_row(&given, "/data/r");
    const struct form_page *page = form_page_find(given.form, "r");
    const struct form_control *control = NULL;
    assert_ptr_equal(posted_find(given.answers, page, "r-1", &control), row);
    assert_int_equal(control->kind, FORM_REPEAT);
    assert_null(posted_find(given.answers, page, "r-2", NULL));
    assert_null(posted_find(given.answers, form_page_find(given.form, "g"), "r-1", NULL));

    const struct form_control *repeat;
    struct place *from;
    assert_true(posted_find_repeat(given.answers, page, "r", &repeat, &from));
    assert_ptr_equal(repeat, given_repeat(&given, "/data/r"));
    assert_true(posted_find_repeat(given.answers, page, "r-1-k", &repeat, &from));
    assert_ptr_equal(from, row);
    struct place *inner;
    assert_true(answers_add(given.answers, repeat, from, &inner, NULL));
    assert_string_equal(place_id(given.arena, inner), "r-1-k-2");
    assert_string_equal(posted_repeat_id(given.arena, repeat, row), "r-1-k");
    assert_false(posted_find_repeat(given.answers, page, "r-9-k", &repeat, &from));
    given_end(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_is_stored_as_its_type_has_it),
        cmocka_unit_test(what_is_not_of_its_type_is_shown_as_it_was_typed),
        cmocka_unit_test(what_a_field_does_not_show_stays_until_somebody_types_there),
        cmocka_unit_test(http_7_only_what_the_page_shows_and_may_be_written_is_taken),
        cmocka_unit_test(http_7_a_name_for_one_value_that_comes_twice_changes_nothing),
        cmocka_unit_test(a_field_that_is_too_long_or_no_utf8_changes_nothing),
        cmocka_unit_test(boxes_that_are_not_sent_are_unticked),
        cmocka_unit_test(a_post_names_the_row_and_not_its_number),
        cmocka_unit_test(buttons_find_their_rows_and_repeats),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
