#include "engine/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 1000 };

#define PDF "%PDF-1.7\n1 0 obj"
#define PNG_HEAD "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"
#define PNG PNG_HEAD "\0\0\0\x40\0\0\0\x30\x08\x02\0\0\0"
#define JPEG "\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xFF\xC0\0\x11\x08\0\x30\0\x40\3\1\"\0"
#define RUN(literal) ((struct bytes){(const unsigned char *)(literal), sizeof(literal) - 1})

static int set_up(void **state)
{
    *state = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_close(&arena);
    return 0;
}

static enum intake_verdict look(const char *name, const char *declared, struct bytes content)
{
    const char *media_type = "untouched";
    enum intake_verdict verdict = intake_check(name, declared, content, MOST, &media_type);
    assert_int_equal(verdict == INTAKE_GOOD, strcmp(media_type, "untouched") != 0);
    return verdict;
}

static void file_1_name_declared_type_and_first_bytes_must_agree(void **state)
{
    (void)state;
    static const struct {
        const char *name, *declared;
        struct bytes content;
        enum intake_verdict verdict;
    } cases[] = {
        {"lonn.pdf", "application/pdf", RUN(PDF), INTAKE_GOOD},
        {"LONN.PDF", "APPLICATION/PDF", RUN(PDF), INTAKE_GOOD},
        {"foto.jpg", "image/jpeg", RUN(JPEG), INTAKE_GOOD},
        {"foto.jpeg", "image/jpg", RUN(JPEG), INTAKE_GOOD},
        {"foto.png", "image/png", RUN(PNG), INTAKE_GOOD},
        {"lonn.pdf", "", RUN(PDF), INTAKE_GOOD},
        {"lonn.pdf", "application/octet-stream", RUN(PDF), INTAKE_GOOD},

        {"lonn.pdf", "image/png", RUN(PDF), INTAKE_CONTENT},
        {"lonn.pdf", "text/html", RUN(PDF), INTAKE_CONTENT},
        {"lonn.png", "image/png", RUN(PDF), INTAKE_CONTENT},
        {"lonn.pdf", "application/pdf", RUN(PNG), INTAKE_CONTENT},
        {"lonn.pdf", "application/pdf", RUN(" " PDF), INTAKE_CONTENT},
        {"lonn.pdf", "application/pdf", RUN("<script>"), INTAKE_CONTENT},
        {"lonn.pdf", "application/pdf", RUN("%PDF"), INTAKE_CONTENT},

        {"lonn.exe", "application/pdf", RUN(PDF), INTAKE_TYPE},
        {"lonn.pdf.exe", "application/pdf", RUN(PDF), INTAKE_TYPE},
        {"lonnpdf", "application/pdf", RUN(PDF), INTAKE_TYPE},
        {"", "application/pdf", RUN(PDF), INTAKE_TYPE},
        {"lonn.zip", "application/zip", RUN("PK\3\4"), INTAKE_TYPE},
        {"lonn.svg", "image/svg+xml", RUN("<svg/>"), INTAKE_TYPE},
        {"lonn.docx", "", RUN("PK\3\4"), INTAKE_TYPE},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].name, cases[i].declared, cases[i].content) != cases[i].verdict)
            fail_msg("case %zu: %s as %s", i, cases[i].name, cases[i].declared);
}

static void file_1_the_type_told_is_that_of_the_bytes(void **state)
{
    (void)state;
    const char *media_type = NULL;

    assert_int_equal(intake_check("a.JPEG", "", RUN(JPEG), MOST, &media_type), INTAKE_GOOD);

    assert_string_equal(media_type, "image/jpeg");
}

static void file_2_a_file_may_be_as_large_as_the_limit_and_not_a_byte_more(void **state)
{
    (void)state;
    unsigned char content[MOST + 1] = PDF;

    assert_int_equal(look("a.pdf", "", (struct bytes){content, MOST}), INTAKE_GOOD);
    assert_int_equal(look("a.pdf", "", (struct bytes){content, MOST + 1}), INTAKE_SIZE);
    assert_int_equal(look("a.pdf", "", (struct bytes){content, 0}), INTAKE_EMPTY);
}

static void file_2_a_picture_has_at_most_40_megapixels_by_its_header(void **state)
{
    (void)state;
    /* 8000 = 0x1F40, 5000 = 0x1388 */
    static const struct {
        const char *name;
        struct bytes content;
        enum intake_verdict verdict;
    } cases[] = {
        {"a.png", RUN(PNG_HEAD "\0\0\x1F\x40\0\0\x13\x88"), INTAKE_GOOD},
        {"a.png", RUN(PNG_HEAD "\0\0\x1F\x40\0\0\x13\x89"), INTAKE_CONTENT},
        {"a.png", RUN(PNG_HEAD "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), INTAKE_CONTENT},
        {"a.png", RUN(PNG_HEAD "\0\0\0\0\0\0\0\1"), INTAKE_CONTENT},
        {"a.png", RUN(PNG_HEAD "\0\0\0\1\0\0\0"), INTAKE_CONTENT},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC2\0\x11\x08\x13\x88\x1F\x40\3"), INTAKE_GOOD},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC2\0\x11\x08\x13\x89\x1F\x40\3"), INTAKE_CONTENT},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC0\0\x11\x08\x13\x88"), INTAKE_CONTENT}, /* cut off */
        {"a.jpg", RUN("\xFF\xD8\xFF\xE0\0\0\0\0\0\0\0\0\0\0"), INTAKE_CONTENT},
        {"a.jpg", RUN("\xFF\xD8\xFF\xFF\xFF\xC0\0\x11\x08\0\1\0\1\3"), INTAKE_GOOD}, /* filled */
        {"a.jpg", RUN("\xFF\xD8\xFF"), INTAKE_CONTENT},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].name, "", cases[i].content) != cases[i].verdict)
            fail_msg("case %zu", i);
}

static void file_6_a_pdf_that_says_it_is_encrypted_is_refused(void **state)
{
    (void)state;

    assert_int_equal(look("a.pdf", "", RUN(PDF " /Encrypt 5 0 R")), INTAKE_LOCKED);
}

static void every_verdict_but_good_has_a_message(void **state)
{
    (void)state;

    assert_string_equal(intake_message(INTAKE_GOOD), "");
    for (enum intake_verdict v = INTAKE_EMPTY; v <= INTAKE_SIZE; v++)
        assert_memory_equal(intake_message(v), "file.", 5);
}

static void file_3_a_name_is_a_label_without_paths_signs_and_hidden_characters(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *name, *safe;
    } cases[] = {
        {"lønnsslipp mai.pdf", "lønnsslipp mai.pdf"},
        {"C:\\Users\\Kari\\lonn.pdf", "lonn.pdf"},
        {"../../etc/passwd.pdf", "passwd.pdf"},
        {"a/b\\c.pdf", "c.pdf"},
        {"a:b*c?d\"e<f>g|h'i.pdf", "a_b_c_d_e_f_g_h_i.pdf"},
        {"a\r\nSet-Cookie: x.pdf", "a__Set-Cookie_ x.pdf"},
        {"a\x7F"
         "b\xC2\x85"
         "c.pdf",
         "a_b_c.pdf"},
        {"fdp.\xE2\x80\xAE"
         "exe.pdf",
         "fdp._exe.pdf"}, /* U+202E turns the rest round */
        {"a\xE2\x81\xA6"
         "b\xE2\x80\x8F"
         "c.pdf",
         "a_b_c.pdf"},           /* U+2066, U+200F */
        {"a\xFF.pdf", "a_.pdf"}, /* not UTF-8 */
        {".htaccess.pdf", "htaccess.pdf"},
        {" .. .skjult.pdf ", "skjult.pdf"},
        {"CON.pdf", "_CON.pdf"},
        {"nul.pdf", "_nul.pdf"},
        {"com1.pdf", "_com1.pdf"},
        {"LPT9", "_LPT9"},
        {"come.pdf", "come.pdf"},
        {"console.pdf", "console.pdf"},
        {"", "vedlegg.pdf"},
        {"...", "vedlegg.pdf"},
        {"a/", "vedlegg.pdf"},
        {"***", "vedlegg.pdf"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(intake_safe_name(arena, cases[i].name, "application/pdf"),
                            cases[i].safe);
    assert_string_equal(intake_safe_name(arena, "", "image/png"), "vedlegg.png");
}

static void file_3_a_long_name_is_cut_to_200_bytes_and_keeps_its_ending(void **state)
{
    struct arena *arena = *state;
    char *x = arena_printf(arena, "%0196d.pdf", 0), *longer = arena_printf(arena, "%0500d.pdf", 0);
    char *letters = arena_printf(arena, "%0195d\xC3\xB8.pdf", 0); /* ø lies across the cut */
    char *device = arena_printf(arena, "con.%0196d", 0);
    char *no_ending = arena_printf(arena, "a.%0300d", 0);

    assert_string_equal(intake_safe_name(arena, x, "application/pdf"), x);
    assert_string_equal(intake_safe_name(arena, longer, "application/pdf"), x);
    assert_string_equal(intake_safe_name(arena, letters, "application/pdf"),
                        arena_printf(arena, "%0195d.pdf", 0));
    assert_int_equal(strlen(intake_safe_name(arena, device, "application/pdf")), 200);
    assert_int_equal(strlen(intake_safe_name(arena, no_ending, "application/pdf")), 200);
}

static void a_media_type_and_its_ending_lead_to_each_other(void **state)
{
    (void)state;
    static const char *const types[] = {"application/pdf", "image/jpeg", "image/png"};

    for (size_t i = 0; i < COUNT(types); i++)
        assert_string_equal(intake_media_type(intake_file_type(types[i])), types[i]);
    assert_string_equal(intake_media_type("jpeg"), "image/jpeg");
    assert_null(intake_media_type("exe"));
    assert_null(intake_media_type(""));
    assert_string_equal(intake_file_type("text/html"), "");
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_1_name_declared_type_and_first_bytes_must_agree),
        cmocka_unit_test(file_1_the_type_told_is_that_of_the_bytes),
        cmocka_unit_test(file_2_a_file_may_be_as_large_as_the_limit_and_not_a_byte_more),
        cmocka_unit_test(file_2_a_picture_has_at_most_40_megapixels_by_its_header),
        cmocka_unit_test(file_6_a_pdf_that_says_it_is_encrypted_is_refused),
        cmocka_unit_test(every_verdict_but_good_has_a_message),
        WITH_ARENA(file_3_a_name_is_a_label_without_paths_signs_and_hidden_characters),
        WITH_ARENA(file_3_a_long_name_is_cut_to_200_bytes_and_keeps_its_ending),
        cmocka_unit_test(a_media_type_and_its_ending_lead_to_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
