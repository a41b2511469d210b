/* test_insight.c - the log of who did what, as a table to take along. */
#include "render/insight.h"

#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { NOON = 1795431600 }; /* 23 November 2026, 12.00 in Norway */

static const struct frame_agency agency = {.name = "Fjordvik kommune"};

static const char *csv_of(struct arena *arena, const struct insight_row *rows, size_t count)
{
    const struct frame frame = {.language = "nb", .agency = &agency};
    const struct insight page = {.rows = rows, .count = count};
    return arena_text_of(arena, insight_csv(arena, &frame, &page));
}

/* What was removed has that name; then the whole row. */
static const char *row_of(struct arena *arena, enum insight_who who, const char *who_name,
                          const char *why)
{
    const struct insight_row row = {.at = NOON,
                                    .event = "log.document_removed",
                                    .subject = "a \"b\",\r\nc.pdf",
                                    .who = who,
                                    .who_name = who_name,
                                    .why = INSIGHT_SAID,
                                    .why_text = why};
    const char *csv = csv_of(arena, &row, 1);
    return strstr(csv, "\r\n") + 2;
}

static void it_begins_with_a_byte_order_mark_and_the_titles_of_the_page(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_string_equal(csv_of(arena, NULL, 0),
                        "\uFEFF\"Tidspunkt\",\"Hva skjedde\",\"Hvem\",\"Hvorfor\"\r\n");
}

static void out_3_quotes_commas_and_ends_of_lines_stay_in_their_cell(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_string_equal(row_of(arena, INSIGHT_YOU, NULL, "FB-2026-000001"),
                        "\"2026-11-23 12:00:00\",\"Dokument ble fjernet: a \"\"b\"\",\r\nc.pdf\","
                        "\"Du\",\"FB-2026-000001\"\r\n");
}

static void out_3_what_a_spreadsheet_would_take_for_a_formula_is_text(void **state)
{
    static const char *const formulas[] = {"=1+1", "+47", "-2", "@SUM(A1)", "\t=1", "\r=1"};
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (size_t i = 0; i < COUNT(formulas); i++) {
        const char *row = row_of(arena, INSIGHT_OTHER, formulas[i], formulas[i]);
        const char *end = arena_printf(arena, "\"'%s\",\"'%s\"\r\n", formulas[i], formulas[i]);
        if (!text_ends_with(row, end))
            fail_msg("%s does not end with %s", row, end);
    }
    assert_true(text_ends_with(row_of(arena, INSIGHT_OTHER, "2-1", "a=b"), "\"2-1\",\"a=b\"\r\n"));
}

static void who_has_older_rows_than_the_file_is_told_where_they_are(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct frame frame = {.language = "nn", .agency = &agency};
    const struct insight page = {.older = "https://x.example/min-side/innsynslogg.csv?for=7"};
    const char *csv = arena_text_of(arena, insight_csv(arena, &frame, &page));
    assert_true(text_ends_with(csv, "\r\n\"\",\"Eldre hendingar\",\"\","
                                    "\"https://x.example/min-side/innsynslogg.csv?for=7\"\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_a_byte_order_mark_and_the_titles_of_the_page),
        cmocka_unit_test(out_3_quotes_commas_and_ends_of_lines_stay_in_their_cell),
        cmocka_unit_test(out_3_what_a_spreadsheet_would_take_for_a_formula_is_text),
        cmocka_unit_test(who_has_older_rows_than_the_file_is_told_where_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
