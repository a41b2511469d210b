#include "render/pdf_layout.h"

#include "engine/base/buf.h"
#include "pdf_structure.h"
#include "pdf_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct pdf_style body = {PDF_REGULAR, 10, 15, 0x000000};
static const struct pdf_style bold = {PDF_BOLD, 10, 15, 0x000000};

struct page {
    struct arena *arena;
    struct pdf *pdf;
    struct pdf_layout *layout;
};

static struct page open_page(struct arena *arena)
{
    const struct pdf_about about = {"Prøve", "Fjordvik kommune", "nb", 0};
    struct page page = {.arena = arena, .pdf = pdf_new(arena, &about)};
    page.layout = pdf_layout_new(arena, page.pdf, (struct pdf_layout_margins){60, 60, 60, 60});
    return page;
}

static struct bytes close_page(struct page *page)
{
    const struct pdf_layout_around around = {"Skjemaet", "FB-1", "Foten", "Side {page} av {pages}",
                                             NULL,       body,   0x888888};
    struct bytes bytes = {0};
    struct error err = {0};
    pdf_layout_finish(page->layout, &around);
    if (!pdf_write(page->pdf, &bytes, &err))
        fail_msg("%s", err.text);
    pdf_structure_read(page->arena, bytes);
    return bytes;
}

static char *words(struct arena *arena, size_t count)
{
    struct buf text;
    buf_init(&text, arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%sord%zu", i ? " " : "", i);
    return buf_text(&text);
}

/* Whether the text stands there, when lines and runs of spaces are one space. */
static bool reads(struct arena *arena, const char *printed, const char *text)
{
    struct buf plain;
    buf_init(&plain, arena);
    for (; *printed; printed++)
        if (!strchr(" \n\f", *printed))
            buf_add_byte(&plain, (unsigned char)*printed);
        else if (plain.size && plain.data[plain.size - 1] != ' ')
            buf_add_byte(&plain, ' ');
    return strstr(buf_text(&plain), text);
}

static void lines_break_at_spaces_and_nothing_is_lost(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_text(page.layout, body, words(arena, 200));
    struct bytes bytes = close_page(&page);

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_true(reads(arena, text, words(arena, 200)));
    assert_true(pdf_tools_count(text, "\n") > 12);
    (void)state;
}

static void a_word_wider_than_the_line_is_cut_and_nothing_is_lost(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);
    char *word = arena_alloc(arena, 2001);
    memset(word, 'w', 2000);

    pdf_layout_text(page.layout, body, word);
    struct bytes bytes = close_page(&page);

    assert_int_equal(pdf_tools_count(pdf_tools_text(arena, bytes, 0), "w"), 2000);
    assert_true(pdf_layout_text_height(page.layout, body, word) > 20 * body.leading);
    (void)state;
}

static void a_column_narrower_than_a_letter_still_ends(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_column(page.layout, 0, 0.5);
    pdf_layout_text(page.layout, body, " åtte  ord\r\n\n\t ");
    pdf_layout_column(page.layout, 0, 0);
    struct bytes bytes = close_page(&page);

    assert_true(pdf_tools_count(pdf_tools_text(arena, bytes, 0), "t") >= 2);
    (void)state;
}

static void a_compound_may_break_after_its_hyphen_but_a_number_may_not(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);
    double room = pdf_text_width(page.pdf, body.weight, body.size, BYTES_OF("2025–2026"));

    pdf_layout_column(page.layout, 0, room);
    double compound = pdf_layout_text_height(page.layout, body, "morfar-/farmor");
    double years = pdf_layout_text_height(page.layout, body, "år 2025–2026");
    pdf_layout_text(page.layout, body, "morfar-/farmor");
    pdf_layout_column(page.layout, 0, 0);
    struct bytes bytes = close_page(&page);

    assert_true(compound == 2 * body.leading);
    assert_true(years == 2 * body.leading); /* "år" and "2025–2026" */
    assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), "morfar-/\nfarmor"));
    (void)state;
}

static void a_new_line_in_the_text_is_one_on_the_page(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    assert_true(pdf_layout_text_height(page.layout, body, "en\nto\r\ntre\n\nfem") ==
                5 * body.leading);
    assert_true(pdf_layout_text_height(page.layout, body, "") == 0);
    (void)state;
}

static void a_heading_is_not_last_on_its_page(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_move_to(page.layout, PDF_PAGE_HEIGHT - 60 - 30);
    pdf_layout_heading(page.layout, 1, bold, 40, "Overskriften");
    pdf_layout_text(page.layout, body, "Teksten");
    struct bytes bytes = close_page(&page);

    assert_null(strstr(pdf_tools_text(arena, bytes, 1), "Overskriften"));
    assert_true(reads(arena, pdf_tools_text(arena, bytes, 2), "Overskriften Teksten"));
    (void)state;
}

static void a_question_and_its_answer_stay_together(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_move_to(page.layout, PDF_PAGE_HEIGHT - 60 - 35);
    pdf_layout_pair(page.layout, body, body,
                    &(struct pdf_pair){.label = "Spørsmålet", .value = "en\nto\ntre"});
    struct bytes bytes = close_page(&page);

    assert_null(strstr(pdf_tools_text(arena, bytes, 1), "Spørsmålet"));
    assert_true(reads(arena, pdf_tools_text(arena, bytes, 2), "Spørsmålet en to tre"));
    (void)state;
}

static void an_answer_longer_than_a_page_goes_on_on_the_next(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_text(page.layout, body, "Innledning");
    pdf_layout_pair(page.layout, body, body,
                    &(struct pdf_pair){.label = "Spørsmålet", .value = words(arena, 2000)});
    struct bytes bytes = close_page(&page);

    assert_true(reads(arena, pdf_tools_text(arena, bytes, 1), "Innledning Spørsmålet ord0 ord1 "));
    assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), "ord1999"));
    assert_in_range(pdf_page_count(page.pdf), 3, 6);
    (void)state;
}

static const struct pdf_table_column columns[] = {
    {"Vare", 3, PDF_LEFT}, {"Antall", 1, PDF_RIGHT}, {"Pris", 1, PDF_RIGHT}};
static const struct pdf_table table = {
    .columns = columns,
    .column_count = COUNT(columns),
    .title_style = {PDF_BOLD, 9, 13, 0x000000},
    .style = {PDF_REGULAR, 9, 13, 0x000000},
    .padding = 3,
    .rule_color = 0xCCCCCC,
};

static void titles_of_a_table_are_repeated_and_every_row_is_there(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    pdf_layout_table_titles(page.layout, &table);
    for (int i = 0; i < 200; i++) {
        const char *cells[] = {arena_printf(arena, "Rad %d.", i), "2",
                               arena_printf(arena, "%d kr", i)};
        pdf_layout_table_row(page.layout, &table, cells, NULL, "notat", body);
    }
    struct bytes bytes = close_page(&page);

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_int_equal(pdf_tools_count(text, "Antall"), pdf_page_count(page.pdf));
    assert_true(pdf_page_count(page.pdf) > 5);
    for (int i = 0; i < 200; i++)
        assert_int_equal(pdf_tools_count(text, arena_printf(arena, "Rad %d.", i)), 1);
    assert_int_equal(pdf_tools_count(text, "notat"), 200);
    (void)state;
}

static void a_row_higher_than_a_page_is_split_and_nothing_is_lost(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    const char *cells[] = {words(arena, 1500), "", "slutt"};
    pdf_layout_table_titles(page.layout, &table);
    pdf_layout_table_row(page.layout, &table, cells, NULL, NULL, body);
    struct bytes bytes = close_page(&page);

    const char *text = pdf_tools_text(arena, bytes, 0);
    assert_int_equal(pdf_tools_count(text, "ord"), 1500);
    assert_int_equal(pdf_tools_count(text, "slutt"), 1);
    (void)state;
}

static void each_page_says_which_of_how_many_it_is(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);

    for (int i = 0; i < 120; i++)
        pdf_layout_text(page.layout, body, "linje");
    struct bytes bytes = close_page(&page);

    assert_int_equal(pdf_page_count(page.pdf), 3);
    assert_null(strstr(pdf_tools_text(arena, bytes, 1), "Skjemaet"));
    for (int i = 1; i <= 3; i++)
        assert_non_null(
            strstr(pdf_tools_text(arena, bytes, i), arena_printf(arena, "Side %d av 3", i)));
    assert_non_null(strstr(pdf_tools_text(arena, bytes, 2), "Skjemaet"));
    assert_non_null(strstr(pdf_tools_text(arena, bytes, 2), "FB-1"));
    (void)state;
}

static void facts_stand_beside_one_another_in_reading_order(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct page page = open_page(arena);
    const struct pdf_fact facts[] = {{"Navn", "Kari"}, {"Sted", "Vik"}, {"Dato", "I dag"}};

    double from = pdf_layout_y(page.layout);
    double height = pdf_layout_facts_height(page.layout, body, bold, facts, COUNT(facts), 2);
    pdf_layout_facts(page.layout, body, bold, facts, COUNT(facts), 2);
    double used = pdf_layout_y(page.layout) - from;
    struct bytes bytes = close_page(&page);

    assert_true(height > used - 0.01 && height < used + 0.01);
    assert_true(reads(arena, pdf_tools_text(arena, bytes, 1), "Navn Sted Kari Vik Dato I dag"));
    assert_true(reads(arena, pdf_tools_run(arena, "pdftotext -raw %s -", bytes),
                      "Navn Kari Sted Vik Dato I dag"));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_break_at_spaces_and_nothing_is_lost),
        cmocka_unit_test(a_word_wider_than_the_line_is_cut_and_nothing_is_lost),
        cmocka_unit_test(a_column_narrower_than_a_letter_still_ends),
        cmocka_unit_test(a_compound_may_break_after_its_hyphen_but_a_number_may_not),
        cmocka_unit_test(a_new_line_in_the_text_is_one_on_the_page),
        cmocka_unit_test(a_heading_is_not_last_on_its_page),
        cmocka_unit_test(a_question_and_its_answer_stay_together),
        cmocka_unit_test(an_answer_longer_than_a_page_goes_on_on_the_next),
        cmocka_unit_test(titles_of_a_table_are_repeated_and_every_row_is_there),
        cmocka_unit_test(a_row_higher_than_a_page_is_split_and_nothing_is_lost),
        cmocka_unit_test(each_page_says_which_of_how_many_it_is),
        cmocka_unit_test(facts_stand_beside_one_another_in_reading_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
