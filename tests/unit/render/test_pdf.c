#include "render/pdf.h"

#include "pdf_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */

static struct pdf *open_pdf(struct arena *arena)
{
    const struct pdf_about about = {"Prøve – Gáivuotna", "Fjordvik kommune", "nb", NOON};
    struct pdf *pdf = pdf_new(arena, &about);
    pdf_add_page(pdf);
    return pdf;
}

static struct bytes close_pdf(struct pdf *pdf)
{
    struct bytes bytes = {0};
    struct error err = {0};
    if (!pdf_write(pdf, &bytes, &err))
        fail_msg("%s", err.text);
    return bytes;
}

static struct bytes with_text(struct arena *arena, const char *text)
{
    struct pdf *pdf = open_pdf(arena);
    pdf_begin(pdf, (struct pdf_part){.role = PDF_P});
    pdf_text(pdf, PDF_REGULAR, 14, 0x000000, 60, 100, BYTES_OF(text));
    pdf_end(pdf);
    return close_pdf(pdf);
}

static void every_letter_is_read_back(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *text = "Blåbærsyltetøy ÆØÅ «áčđŋšŧž ÁČĐŊŠŦŽ» – “ja” … € ✓☐☑ → ẞ";

    struct bytes bytes = with_text(arena, text);

    pdf_tools_check(arena, bytes);
    assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), text));
    (void)state;
}

static void file_7_signs_no_font_has_are_drawn_and_read_back(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct bytes bytes = with_text(arena, "en 👶 og 漢字");

    assert_non_null(strstr(pdf_tools_text(arena, bytes, 0), "en 👶 og 漢字"));
    assert_true(pdf_tools_ink(arena, bytes) >
                pdf_tools_ink(arena, with_text(arena, "en  og ")) + 50);
    (void)state;
}

static void file_7_broken_utf8_and_control_characters_leave_a_trace(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct bytes broken = with_text(arena, "a\xC3(b\xFF");
    struct bytes control = with_text(arena, "a\x01\u202E"
                                            "b");

    assert_non_null(strstr(pdf_tools_text(arena, broken, 0), "a\uFFFD(b\uFFFD"));
    assert_true(pdf_tools_ink(arena, control) > pdf_tools_ink(arena, with_text(arena, "ab")) + 50);
    (void)state;
}

static void a_letter_of_two_parts_is_drawn_with_both(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    size_t plain = pdf_tools_ink(arena, with_text(arena, "AAAAA"));
    size_t ring = pdf_tools_ink(arena, with_text(arena, "ÅÅÅÅÅ"));

    assert_true(plain > 100);
    assert_true(ring > plain + 20);
    (void)state;
}

static void a_text_longer_than_a_pdf_string_may_be_is_whole(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    enum { LENGTH = 40000 };
    char *text = arena_alloc(arena, LENGTH + 1);
    memset(text, 'x', LENGTH);

    struct pdf *pdf = open_pdf(arena);
    pdf_begin(pdf, (struct pdf_part){.role = PDF_P});
    pdf_text(pdf, PDF_REGULAR, 0.02, 0, 60, 100, BYTES_OF(text));
    pdf_end(pdf);
    struct bytes bytes = close_pdf(pdf);

    pdf_tools_check(arena, bytes);
    assert_int_equal(pdf_tools_count(pdf_tools_run(arena, "pdftotext %s -", bytes), "x"), LENGTH);
    (void)state;
}

static void the_width_of_a_text_is_the_sum_of_its_signs(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf *pdf = open_pdf(arena);

    double one = pdf_text_width(pdf, PDF_BOLD, 10, BYTES_OF("å"));
    double three = pdf_text_width(pdf, PDF_BOLD, 10, BYTES_OF("ååå"));

    assert_true(one > 4 && one < 8);
    assert_true(three > 2.999 * one && three < 3.001 * one);
    assert_true(pdf_text_width(pdf, PDF_BOLD, 10, BYTES_OF("")) == 0);
    (void)state;
}

static void the_document_says_what_it_is_and_in_which_language(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct bytes bytes = with_text(arena, "Hei");

    const char *about = pdf_tools_run(arena, "pdfinfo -rawdates %s", bytes);
    assert_non_null(strstr(about, "Prøve – Gáivuotna\n"));
    assert_non_null(strstr(about, "Fjordvik kommune\n"));
    assert_non_null(strstr(about, "D:20261123120000+01'00'\n"));
    assert_non_null(strstr(about, "(A4)"));
    assert_non_null(strstr(pdf_tools_objects(arena, bytes), "/Lang (nb)"));
    (void)state;
}

static void the_same_drawing_gives_the_same_bytes(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    struct bytes first = with_text(arena, "Likt"), second = with_text(arena, "Likt");

    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    (void)state;
}

static void file_7_one_page_too_many_fails_and_says_so(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf *pdf = open_pdf(arena);
    struct bytes bytes = {0};
    struct error err = {0};

    while (pdf_page_count(pdf) < PDF_PAGES_MAX)
        pdf_add_page(pdf);
    assert_false(pdf_has_failed(pdf));
    pdf_add_page(pdf);

    assert_true(pdf_has_failed(pdf));
    assert_false(pdf_write(pdf, &bytes, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_null(bytes.data);
    (void)state;
}

static void a_full_document_can_be_written(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pdf *pdf = open_pdf(arena);

    while (pdf_page_count(pdf) < PDF_PAGES_MAX)
        pdf_add_page(pdf);
    pdf_turn_to(pdf, 0);
    pdf_begin(pdf, (struct pdf_part){.role = PDF_P});
    pdf_text(pdf, PDF_REGULAR, 10, 0, 60, 60, BYTES_OF("forsiden"));
    pdf_end(pdf);
    struct bytes bytes = close_pdf(pdf);

    assert_non_null(strstr(pdf_tools_text(arena, bytes, 1), "forsiden"));
    assert_non_null(strstr(pdf_tools_run(arena, "pdfinfo %s", bytes), " 300\n"));
    (void)state;
}

static void files_inside_come_out_whole_and_say_what_they_are(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct pdf_file files[] = {
        {"soknad.xml", "application/xml", "Source", "Svarene – som data",
         BYTES_OF("<data>å</data>")},
        {"manifest.json", "application/json", "Data", "Vedleggene", BYTES_OF("{}")},
    };

    struct pdf *pdf = open_pdf(arena);
    pdf_attach(pdf, files, COUNT(files));
    struct bytes bytes = close_pdf(pdf);

    pdf_tools_check(arena, bytes);
    const char *list = pdf_tools_run(arena, "pdfdetach -list %s", bytes);
    assert_non_null(strstr(list, "1: manifest.json\n2: soknad.xml"));
    assert_string_equal(pdf_tools_run(arena, "pdfdetach -save 2 -o /dev/stdout %s", bytes),
                        "<data>å</data>");
    const char *objects = pdf_tools_objects(arena, bytes);
    assert_int_equal(pdf_tools_count(objects, "/AFRelationship /Source"), 1);
    assert_int_equal(pdf_tools_count(objects, "/AFRelationship /Data"), 1);
    assert_int_equal(pdf_tools_count(objects, "/Subtype /application#2fxml"), 1);
    assert_non_null(strstr(objects, "/Size 15\n"));
    assert_non_null(strstr(objects, "/ModDate (D:20261123120000+01'00')"));
    (void)state;
}

static struct bytes with_path(struct arena *arena, const char *data, double stroke)
{
    struct pdf *pdf = open_pdf(arena);
    const struct pdf_path path = {data, stroke, 0x000000};
    pdf_draw(pdf, &path, 100, 100, 1);
    return close_pdf(pdf);
}

static void a_path_is_drawn_as_svg_means_it(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    size_t absolute = pdf_tools_ink(arena, with_path(arena, "M0 0H100V100H0Z", 0));
    size_t triangle = pdf_tools_ink(arena, with_path(arena, "m0,0 100 0 0 100z", 0));
    size_t short_form = pdf_tools_ink(arena, with_path(arena, "M0 0h100v100h-100z", 0));
    size_t curved =
        pdf_tools_ink(arena, with_path(arena, "M0 50c0-66 100-66 100 0s-100 66-100 0z", 0));
    size_t line = pdf_tools_ink(arena, with_path(arena, "M0 .5L100 .5", 1));

    assert_in_range(absolute, 9900, 10400);
    assert_int_equal(short_form, absolute);
    assert_in_range(curved, 7000, 8800);
    assert_in_range(triangle, 4800, 5200);
    assert_in_range(line, 90, 110);
    (void)state;
}

static void a_path_that_is_none_draws_nothing_and_breaks_nothing(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const paths[] = {"",       "12 13",          "L",   "MMMM",
                                        "M1 2 3", "A1 1 0 0 0 3 3", "M-.", "zzz"};

    for (size_t i = 0; i < COUNT(paths); i++) {
        struct bytes bytes = with_path(arena, paths[i], 0);
        pdf_tools_check(arena, bytes);
        assert_int_equal(pdf_tools_ink(arena, bytes), 0);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_letter_is_read_back),
        cmocka_unit_test(file_7_signs_no_font_has_are_drawn_and_read_back),
        cmocka_unit_test(file_7_broken_utf8_and_control_characters_leave_a_trace),
        cmocka_unit_test(a_letter_of_two_parts_is_drawn_with_both),
        cmocka_unit_test(a_text_longer_than_a_pdf_string_may_be_is_whole),
        cmocka_unit_test(the_width_of_a_text_is_the_sum_of_its_signs),
        cmocka_unit_test(the_document_says_what_it_is_and_in_which_language),
        cmocka_unit_test(the_same_drawing_gives_the_same_bytes),
        cmocka_unit_test(file_7_one_page_too_many_fails_and_says_so),
        cmocka_unit_test(a_full_document_can_be_written),
        cmocka_unit_test(files_inside_come_out_whole_and_say_what_they_are),
        cmocka_unit_test(a_path_is_drawn_as_svg_means_it),
        cmocka_unit_test(a_path_that_is_none_draws_nothing_and_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
