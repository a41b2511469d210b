/* test_prefill.c - what was fetched stands in the answers with its source, and is never written by
 * who only may read it. */
#include "forms/validate.h"

#include "given.h"

#include "forms/posted.h"

static const char model[] =
    "<instance><data id='x'><navn/><epost/><orgnr/><firma/><rest/></data></instance>"
    "<bind nodeset='/data/navn' sk:prefill='person.name'/>"
    "<bind nodeset='/data/epost' sk:prefill='krr.email' sk:editable='true'/>"
    "<bind nodeset='/data/orgnr' type='sk:orgnr'/>"
    "<bind nodeset='/data/firma' sk:prefill='org.name' sk:prefill-by='../orgnr' "
    "constraint=\". != 'Slettet'\"/>"
    "<bind nodeset='/data/rest' relevant=\"/data/epost/@sk:source = 'krr'\"/>";
static const char body[] = "<input ref='/data/navn'><label>Navn</label></input>"
                           "<input ref='/data/epost'><label>E-post</label></input>"
                           "<input ref='/data/orgnr'><label>Organisasjonsnummer</label></input>"
                           "<input ref='/data/firma'><label>Firma</label></input>"
                           "<input ref='/data/rest'><label>Resten</label></input>";

static void fetched(struct given *given, const char *path, const char *value, const char *source)
{
    struct error err = {0};
    const struct place_origin origin = {source, "2026-11-23"};
    if (!answers_prefill(given->answers, given_place(given, path), value, &origin, &err))
        fail_msg("%s", err.text);
}

static const char *source_of(struct given *given, const char *path)
{
    const struct place_origin *origin = place_origin(given_place(given, path));
    return origin ? origin->source : "";
}

static void post(struct given *given, const char *page, const char *name, const char *value)
{
    struct error err = {0};
    const struct posted_field fields[] = {{name, value}};
    if (!posted_apply(given->answers, form_page_find(given->form, page), fields, 1, NULL, &err))
        fail_msg("%s", err.text);
}

static void http_7_what_was_fetched_is_not_taken_from_a_post(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    assert_false(place_is_readonly(given.answers, given_place(&given, "/data/navn")));
    fetched(&given, "/data/navn", "Kari Nordmann", PREFILL_LOGIN);
    assert_true(place_is_readonly(given.answers, given_place(&given, "/data/navn")));

    post(&given, "navn", "navn", "En Annen");
    assert_string_equal(given_value(&given, "/data/navn"), "Kari Nordmann");
    assert_string_equal(source_of(&given, "/data/navn"), PREFILL_LOGIN);
    given_end(&given);
}

static void what_may_be_changed_becomes_the_persons_own_when_it_is(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    fetched(&given, "/data/epost", "kari@example.no", PREFILL_KRR);
    assert_true(place_is_relevant(given_place(&given, "/data/rest"))); /* expressions see it */

    post(&given, "epost", "epost", "kari@example.no"); /* the same again: not changed */
    assert_string_equal(source_of(&given, "/data/epost"), PREFILL_KRR);
    post(&given, "epost", "epost", "");
    assert_string_equal(source_of(&given, "/data/epost"), PREFILL_OWN);
    assert_false(place_is_relevant(given_place(&given, "/data/rest")));
    assert_null(strstr(given_sent(&given), "source"));
    given_end(&given);
}

static void source_and_date_are_kept_and_sent(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    fetched(&given, "/data/epost", "kari@example.no", PREFILL_KRR);
    assert_non_null(strstr(given_sent(&given),
                           "<epost sk:source=\"krr\" sk:date=\"2026-11-23\">kari@example.no"));
    struct error err = {0};
    struct bytes draft = answers_write(given.answers, given.arena, ANSWERS_DRAFT);
    answers_close(&given.answers);
    assert_true(answers_load(given.form, GIVEN_NOW, draft, &given.answers, &err));
    const struct place_origin *origin = place_origin(given_place(&given, "/data/epost"));
    assert_string_equal(origin->source, PREFILL_KRR);
    assert_string_equal(origin->date, "2026-11-23");
    given_end(&given);
}

static void a_fact_that_breaks_the_forms_rule_may_be_put_right(void **state)
{
    (void)state;
    struct given given = given_answers(model, body);
    fetched(&given, "/data/firma", "Slettet", PREFILL_ORGANISATION);
    assert_false(place_is_readonly(given.answers, given_place(&given, "/data/firma")));
    given_end(&given);
}

static void mistakes_in_a_form_are_found_at_load(void **state)
{
    (void)state;
    static const struct {
        const char *bind, *code;
    } cases[] = {
        {"<bind nodeset='/data/a' sk:prefill='krr.emial'/>", "prefill.unknown"},
        {"<bind nodeset='/data/a' sk:prefill='org.name'/>", "prefill.by"},
        {"<bind nodeset='/data/a' sk:prefill='org.name' sk:prefill-by='../c'/>", "prefill.by"},
        {"<bind nodeset='/data/a' sk:prefill='krr.email' sk:prefill-by='../b'/>", "prefill.by"},
        {"<bind nodeset='/data/a' sk:editable='true'/>", "prefill.editable"},
        {"<bind nodeset='/data/a' sk:prefill='krr.email' sk:editable='ja'/>", "prefill.editable"},
        {"<bind nodeset='/data/a' sk:prefill='krr.email' calculate='1'/>", "prefill.place"},
        {"<bind nodeset='/data' sk:prefill='krr.email'/>", "prefill.place"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct given given =
            given_form(arena_printf(arena, "<instance><data id='x'><a/><b/></data></instance>%s",
                                    cases[i].bind),
                       "<input ref='/data/a'><label>A</label></input>"
                       "<input ref='/data/b'><label>B</label></input>");
        if (!given_finding(&given, cases[i].code))
            fail_msg("%s: no %s", cases[i].bind, cases[i].code);
        given_end(&given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_7_what_was_fetched_is_not_taken_from_a_post),
        cmocka_unit_test(what_may_be_changed_becomes_the_persons_own_when_it_is),
        cmocka_unit_test(source_and_date_are_kept_and_sent),
        cmocka_unit_test(a_fact_that_breaks_the_forms_rule_may_be_put_right),
        cmocka_unit_test(mistakes_in_a_form_are_found_at_load),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
