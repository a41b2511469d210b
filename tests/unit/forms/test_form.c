#include "given.h"

#include "engine/base/clock.h"

static const char texts[] =
    "<itext><translation lang='nn'><text id='a'><value>Kva heiter du?</value></text>"
    "</translation><translation lang='nb' default='true()'>"
    "<text id='a'><value>Hva heter du?</value></text>"
    "<text id='b'><value>  Bare\n her </value></text></translation>"
    "<translation lang='se'><text id='c'><value>Dušše dáppe</value></text></translation></itext>"
    "<instance><data id='x'><n/></data></instance>";

static struct form_shown shown(struct given *given, const char *ref, const char *language)
{
    struct form_shown none = {NULL, NULL};
    size_t count;
    const struct form_control *const *controls = form_controls(given->form, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(controls[i]->word, ref) == 0)
            return form_show(given->form, given->arena, controls[i]->label, language);
    return none;
}

static void a_text_falls_back_and_tells_its_language(void **state)
{
    (void)state;
    struct given given =
        given_form(texts, "<input ref='/data/n' sk:id='a'><label ref=\"jr:itext('a')\"/></input>"
                          "<input ref='/data/n' sk:id='b'><label ref=\"jr:itext('b')\"/></input>"
                          "<input ref='/data/n' sk:id='c'><label ref=\"jr:itext('c')\"/></input>");
    assert_non_null(given.form);

    assert_string_equal(shown(&given, "a", "nn").text, "Kva heiter du?");
    assert_string_equal(shown(&given, "a", "nn").language, "nn");
    assert_string_equal(shown(&given, "b", "nn").text, "Bare her");
    assert_string_equal(shown(&given, "b", "nn").language, "nb");
    assert_string_equal(shown(&given, "a", "smj").language, "nb");
    assert_string_equal(shown(&given, "c", "nb").text, "Dušše dáppe");
    assert_string_equal(shown(&given, "c", "nb").language, "se");
    assert_string_equal(form_language(given.form, "nn-NO"), "nn");
    given_end(&given);
}

static void texts_missing_in_a_language_are_warned_of(void **state)
{
    (void)state;
    struct given given = given_form(texts, "<input ref='/data/n'><label>N</label></input>");
    assert_non_null(given.form);
    const struct finding *finding = given_finding(&given, "text.missing");
    assert_non_null(finding);
    assert_int_equal(finding->severity, FINDING_WARNING);
    assert_string_equal(finding->text, "text 'a' is missing in se");
    given_end(&given);
}

static void controls_are_visited_in_reading_order(void **state)
{
    (void)state;
    struct given given =
        given_form("<instance><data id='x'><a/><b/><c/></data></instance>",
                   "<group><group><input ref='/data/a'><label>A</label></input></group>"
                   "<input ref='/data/b'><label>B</label></input></group>"
                   "<input ref='/data/c'><label>C</label></input>");
    size_t count;
    const struct form_control *top = form_pages(given.form, &count)[0].control;
    char seen[16] = "";
    for (const struct form_control *at = top; at; at = form_control_after(at, top))
        if (at->field)
            strncat(seen, at->field->name, sizeof seen - strlen(seen) - 1);
    assert_string_equal(seen, "ab");
    given_end(&given);
}

static void durations_are_read_as_iso_8601_writes_them(void **state)
{
    (void)state;
    struct form_duration duration;
    assert_true(form_duration_parse("P1Y2M3DT4H5M6S", &duration));
    assert_int_equal(duration.months, 14);
    assert_int_equal(duration.days, 3);
    assert_int_equal(duration.seconds, 4 * 3600 + 5 * 60 + 6);
    assert_true(form_duration_parse("P2W", &duration));
    assert_int_equal(duration.days, 14);
    static const char *const wrong[] = {"",     "P",     "PT",   "1D",   "P1",    "P1H",
                                        "PT1D", "P1D1Y", "P-1D", "P1DT", "P1.5D", "P1D "};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(form_duration_parse(wrong[i], &duration));
}

static void months_end_where_they_end(void **state)
{
    (void)state;
    struct form_duration month = {.months = 1}, year = {.months = 12};
    assert_int_equal(form_duration_add(clock_days(2026, 3, 31), month, -1),
                     clock_days(2026, 2, 28));
    assert_int_equal(form_duration_add(clock_days(2024, 2, 29), year, 1), clock_days(2025, 2, 28));
    assert_int_equal(form_duration_add(clock_days(2026, 1, 15), month, -1),
                     clock_days(2025, 12, 15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_falls_back_and_tells_its_language),
        cmocka_unit_test(texts_missing_in_a_language_are_warned_of),
        cmocka_unit_test(controls_are_visited_in_reading_order),
        cmocka_unit_test(durations_are_read_as_iso_8601_writes_them),
        cmocka_unit_test(months_end_where_they_end),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
