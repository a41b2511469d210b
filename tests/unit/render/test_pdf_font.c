#include "render/pdf_font.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

extern const unsigned char pdf_font_regular[], pdf_font_regular_end[];

static struct pdf_font *open_font(struct arena *arena)
{
    struct bytes file = {pdf_font_regular, (size_t)(pdf_font_regular_end - pdf_font_regular)};
    return pdf_font_new(arena, file);
}

static unsigned read16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void the_font_has_what_norwegian_and_sami_are_written_with(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);
    static const uint32_t letters[] = {
        'A',    0xC6,   0xD8,   0xC5,   0xE6,   0xF8,   0xE5,  0xE1,   0x10D, 0x111, 0x14B,
        0x161,  0x167,  0x17E,  0x10C,  0x110,  0x14A,  0x160, 0x166,  0x17D, 0xAB,  0xBB,
        0x2013, 0x201C, 0x201D, 0x2019, 0x2026, 0x20AC, 0xA0,  0x2212, 0xFFFD};

    for (size_t i = 0; i < COUNT(letters); i++)
        assert_true(pdf_font_has(font, letters[i]));
    assert_false(pdf_font_has(font, 0x1F476));
    assert_false(pdf_font_has(font, 0x10041)); /* not the letter A, 65,536 further on */
    (void)state;
}

static void a_code_point_has_one_code_and_each_has_its_own(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    uint16_t eth = pdf_font_code(font, 0xD0), stroke = pdf_font_code(font, 0x110);

    assert_int_equal(pdf_font_code(font, 0xD0), eth);
    assert_int_not_equal(eth, stroke);
    assert_int_not_equal(eth, 0);
    assert_int_equal(pdf_font_code_count(font), 3);
    (void)state;
}

static void space_and_no_break_space_are_read_back_apart(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    pdf_font_code(font, ' ');
    pdf_font_code(font, 0xA0);

    const char *cmap = pdf_font_to_unicode(font);
    assert_non_null(strstr(cmap, "2 beginbfchar\n<0001> <0020>\n<0002> <00A0>\nendbfchar\n"));
    (void)state;
}

static size_t table_at(struct bytes file, const char *tag)
{
    for (size_t i = 0; i < read16(file.data + 4); i++) {
        const unsigned char *record = file.data + 12 + 16 * i;
        if (memcmp(record, tag, 4) == 0)
            return (size_t)read16(record + 8) << 16 | read16(record + 10);
    }
    fail_msg("no %s", tag);
    return 0;
}

/* The outline of the glyph that a code has for its number. */
static struct bytes outline_of(struct bytes file, size_t code)
{
    const unsigned char *places = file.data + table_at(file, "loca") + 4 * code;
    size_t from = (size_t)read16(places) << 16 | read16(places + 2);
    size_t to = (size_t)read16(places + 4) << 16 | read16(places + 6);
    return (struct bytes){file.data + table_at(file, "glyf") + from, to - from};
}

static void an_unknown_code_point_looks_like_the_substitute_and_is_read_back_as_itself(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    uint16_t child = pdf_font_code(font, 0x1F476), substitute = pdf_font_code(font, 0xFFFD);

    struct bytes file = pdf_font_file(font);
    struct bytes shown = outline_of(file, child), expected = outline_of(file, substitute);
    assert_int_equal(shown.size, expected.size);
    assert_in_range(shown.size, 20, 500);
    assert_memory_equal(shown.data, expected.data, shown.size);
    assert_non_null(strstr(pdf_font_to_unicode(font), "<0001> <D83DDC76>"));
    (void)state;
}

static void what_comes_after_the_last_code_becomes_the_substitute(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    for (uint32_t i = 0; i < PDF_FONT_CODES_MAX - 2; i++)
        pdf_font_code(font, 0x4E00 + i);
    uint16_t last = pdf_font_code(font, 0x20000), after = pdf_font_code(font, 0x20001);

    assert_int_equal(pdf_font_code_count(font), PDF_FONT_CODES_MAX);
    assert_int_equal(last, pdf_font_code(font, 0xFFFD));
    assert_int_equal(after, last);
    (void)state;
}

static void the_stored_font_has_the_used_glyphs_and_their_parts_only(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    pdf_font_code(font, 0xC5); /* Å, made of A and a ring */
    struct bytes file = pdf_font_file(font);

    unsigned count = read16(file.data + table_at(file, "maxp") + 4);
    assert_true(count >= 2 && count <= 4); /* .notdef, Å, and at most its two parts */
    assert_true(file.size < 2000);
    (void)state;
}

static void the_stored_font_adds_up_to_the_number_that_opentype_asks_for(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf_font *font = open_font(arena);

    for (const char *p = "Blåbærsyltetøy"; *p; p++)
        pdf_font_code(font, (unsigned char)*p);
    struct bytes file = pdf_font_file(font);

    uint32_t sum = 0;
    assert_int_equal(file.size % 4, 0);
    for (size_t i = 0; i < file.size; i += 4)
        sum += (uint32_t)read16(file.data + i) << 16 | read16(file.data + i + 2);
    assert_int_equal(sum, 0xB1B0AFBA); /* OpenType 1.9, head, checksumAdjustment */
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_font_has_what_norwegian_and_sami_are_written_with),
        cmocka_unit_test(a_code_point_has_one_code_and_each_has_its_own),
        cmocka_unit_test(space_and_no_break_space_are_read_back_apart),
        cmocka_unit_test(
            an_unknown_code_point_looks_like_the_substitute_and_is_read_back_as_itself),
        cmocka_unit_test(what_comes_after_the_last_code_becomes_the_substitute),
        cmocka_unit_test(the_stored_font_has_the_used_glyphs_and_their_parts_only),
        cmocka_unit_test(the_stored_font_adds_up_to_the_number_that_opentype_asks_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
