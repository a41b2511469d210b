#include "engine/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 1000 };

#define PDF "%PDF-1.7\n1 0 obj"
#define PNG_HEAD "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"
#define PNG_REST "\x08\x02\0\0\0"
#define PNG PNG_HEAD "\0\0\0\x40\0\0\0\x30" PNG_REST
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

/* A document that is only read in runs, never longer than a window. */
static bool read_run(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    (void)err;
    const struct bytes *all = context;
    assert_in_range(size, 1, 64 * 1024);
    memcpy(to, all->data + at, size);
    return true;
}

static struct intake look_with(const char *name, const char *declared, struct bytes bytes,
                               const struct intake_rules *rules)
{
    const struct content content = {
        .size_bytes = (int64_t)bytes.size, .read = read_run, .context = &bytes};
    struct intake intake;
    struct error err;
    if (!intake_check(name, declared, &content, rules, &intake, &err))
        fail_msg("%s", err.text);
    assert_int_equal(intake.verdict == INTAKE_GOOD, *intake.media_type != '\0');
    return intake;
}

static enum intake_verdict look(const char *name, const char *declared, struct bytes bytes)
{
    return look_with(name, declared, bytes, &(struct intake_rules){.max_bytes = MOST}).verdict;
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
        {"lonn.docx", "", RUN("PK\3\4"), INTAKE_OFFICE},
        {"Budsjett.XLSX", "", RUN("PK\3\4"), INTAKE_OFFICE},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].name, cases[i].declared, cases[i].content) != cases[i].verdict)
            fail_msg("case %zu: %s as %s", i, cases[i].name, cases[i].declared);
}

static void file_1_the_type_told_is_that_of_the_bytes(void **state)
{
    (void)state;
    const struct intake_rules rules = {.max_bytes = MOST};

    assert_string_equal(look_with("a.JPEG", "", RUN(JPEG), &rules).media_type, "image/jpeg");
    assert_string_equal(look_with("a.JPEG", "", RUN(PNG), &rules).media_type, "");
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
        {"a.png", RUN(PNG_HEAD "\0\0\x1F\x40\0\0\x13\x88" PNG_REST), INTAKE_GOOD},
        {"a.png", RUN(PNG_HEAD "\0\0\x1F\x40\0\0\x13\x89" PNG_REST), INTAKE_PIXELS},
        {"a.png", RUN(PNG_HEAD "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" PNG_REST), INTAKE_PIXELS},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC2\0\x11\x08\x13\x88\x1F\x40\3"), INTAKE_GOOD},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC2\0\x11\x08\x13\x89\x1F\x40\3"), INTAKE_PIXELS},
        {"a.jpg", RUN("\xFF\xD8\xFF\xFF\xFF\xC0\0\x11\x08\0\1\0\1\3"), INTAKE_GOOD}, /* filled */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].name, "", cases[i].content) != cases[i].verdict)
            fail_msg("case %zu", i);
}

static void file_2_a_picture_with_a_broken_header_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct bytes content;
    } cases[] = {
        {"a.png", RUN(PNG_HEAD "\0\0\0\0\0\0\0\1" PNG_REST)},      /* no width */
        {"a.png", RUN(PNG_HEAD "\0\0\0\1\0\0\0")},                 /* cut off */
        {"a.png", RUN(PNG_HEAD "\0\0\0\1\0\0\0\1\x08\x05\0\0\0")}, /* no such colours */
        {"a.png", RUN(PNG_HEAD "\0\0\0\1\0\0\0\1\x21\x00\0\0\0")}, /* no such depth */
        {"a.png", RUN("\x89PNG\r\n\x1A\n\0\0\0\rIDAT\0\0\0\1\0\0\0\1" PNG_REST)},
        {"a.png", RUN("\x89PNG\r\n\x1A\n\0\0\0\x0EIHDR\0\0\0\1\0\0\0\1" PNG_REST)},
        {"a.jpg", RUN("\xFF\xD8\xFF\xC0\0\x11\x08\x13\x88")},                 /* cut off */
        {"a.jpg", RUN("\xFF\xD8\xFF\xC0\0\x11\x08\0\0\0\1\3")},               /* no height */
        {"a.jpg", RUN("\xFF\xD8\xFF\xC0\0\x12\x08\0\1\0\1\3")},               /* its length */
        {"a.jpg", RUN("\xFF\xD8\xFF\xE0\0\0\0\0\0\0\0\0\0\0")},               /* its length */
        {"a.jpg", RUN("\xFF\xD8\xFF\xDA\0\x08\xFF\xC0\0\x11\x08\0\1\0\1\3")}, /* too early */
        {"a.jpg", RUN("\xFF\xD8\xFF\xE0\xFF\xFF")},                           /* past the end */
        {"a.jpg", RUN("\xFF\xD8\xFF")},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (look(cases[i].name, "", cases[i].content) != INTAKE_CONTENT)
            fail_msg("case %zu", i);
}

static void file_1_a_telephones_picture_is_known_by_name_or_brand(void **state)
{
    (void)state;
    const struct bytes heic = RUN("\0\0\0\x24"
                                  "ftypheic\0\0\0\0mif1heic");

    assert_int_equal(look("IMG_0042.HEIC", "image/heic", heic), INTAKE_HEIC);
    assert_int_equal(look("IMG_0042.HEIC", "", RUN("?")), INTAKE_HEIC);
    assert_int_equal(look("IMG_0042.jpg", "image/jpeg", heic), INTAKE_HEIC);
    assert_int_equal(look("film.jpg", "image/jpeg",
                          RUN("\0\0\0\x24"
                              "ftypisom\0\0\0\0")),
                     INTAKE_CONTENT);
}

static void file_6_a_pdf_that_says_it_is_encrypted_is_refused(void **state)
{
    (void)state;

    assert_int_equal(look("a.pdf", "", RUN(PDF " /Encrypt 5 0 R")), INTAKE_LOCKED);
    assert_int_equal(look("a.pdf", "", RUN(PDF " /#45ncryp#74<<")), INTAKE_LOCKED);
    assert_int_equal(look("a.pdf", "", RUN(PDF " /EncryptMetadata true")), INTAKE_GOOD);
    assert_int_equal(look("a.pdf", "", RUN(PDF " (Encrypt)")), INTAKE_GOOD);
}

static void
file_6_a_pdf_that_acts_by_itself_is_marked_and_refused_where_the_form_says_so(void **state)
{
    (void)state;
    static const struct {
        struct bytes content;
        bool active;
    } cases[] = {
        {RUN(PDF), false},
        {RUN(PDF " /S /JavaScript /JS (app.alert(1))"), true},
        {RUN(PDF " /JS 7 0 R"), true},
        {RUN(PDF " /J#61vaScript"), true},
        {RUN(PDF " /JSON /Launcher /XFAx"), false},
        {RUN(PDF " /S/Launch/F(a)"), true},
        {RUN(PDF " /Type/EmbeddedFile"), true},
        {RUN(PDF " /EmbeddedFiles 3 0 R"), true},
        {RUN(PDF " /Subtype /RichMedia"), true},
        {RUN(PDF " /AcroForm << /XFA 9 0 R"), true},
        {RUN(PDF " /OpenAction [3 0 R /Fit]"), false}, /* opens at a page */
        {RUN(PDF " /OpenAction << /S /SubmitForm"), true},
        {RUN(PDF " /A << /S /GoToR"), false}, /* when somebody presses it */
        {RUN(PDF " /"), false},
        {RUN(PDF " /#"), false},
        {RUN(PDF " /#4"), false},
    };
    const struct intake_rules marks = {.max_bytes = MOST};
    const struct intake_rules refuses = {.max_bytes = MOST, .refuse_active = true};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct intake marked = look_with("a.pdf", "", cases[i].content, &marks);
        struct intake refused = look_with("a.pdf", "", cases[i].content, &refuses);
        if (marked.active != cases[i].active || marked.verdict != INTAKE_GOOD)
            fail_msg("case %zu is marked otherwise", i);
        if (refused.verdict != (cases[i].active ? INTAKE_ACTIVE : INTAKE_GOOD))
            fail_msg("case %zu is refused otherwise", i);
    }
}

static void file_6_a_name_is_seen_wherever_it_lies_across_windows(void **state)
{
    struct arena *arena = *state;
    enum { SIZE = 200000 };
    static const char name[] = "/J#61#76aScript ", other[] = "/JSONandMore ";
    const struct intake_rules rules = {.max_bytes = SIZE};

    for (size_t at = 65536 - 64; at < 65536 + 16; at++) {
        unsigned char *bytes = ARENA_ARRAY(arena, SIZE, unsigned char);
        memset(bytes, ' ', SIZE);
        memcpy(bytes, "%PDF-1.7", 8);
        memcpy(bytes + at, name, sizeof name - 1);
        assert_true(look_with("a.pdf", "", (struct bytes){bytes, SIZE}, &rules).active);
        memset(bytes + at, ' ', sizeof name);
        memcpy(bytes + at, other, sizeof other - 1);
        assert_false(look_with("a.pdf", "", (struct bytes){bytes, SIZE}, &rules).active);
        arena_reset(arena);
    }
}

static bool fail_to_read(void *context, int64_t at, unsigned char *to, size_t size,
                         struct error *err)
{
    (void)context, (void)at, (void)to, (void)size;
    return error_set(err, ERROR_BROKEN, "not what was stored");
}

static void file_8_what_cannot_be_read_is_no_verdict(void **state)
{
    (void)state;
    const struct content content = {.size_bytes = 500, .read = fail_to_read};
    const struct intake_rules rules = {.max_bytes = MOST};
    struct intake intake = {.verdict = INTAKE_SIZE};
    struct error err;

    assert_false(intake_check("a.pdf", "", &content, &rules, &intake, &err));

    assert_int_equal(err.code, ERROR_BROKEN);
    assert_int_equal(intake.verdict, INTAKE_SIZE);
}

static void every_verdict_but_good_has_a_message(void **state)
{
    (void)state;

    assert_string_equal(intake_message(INTAKE_GOOD), "");
    for (enum intake_verdict v = INTAKE_EMPTY; v <= INTAKE_ACTIVE; v++)
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
        {"aux .pdf", "_aux .pdf"},
        {"\u00A0.skjult.pdf", "skjult.pdf"},
        {"come.pdf", "come.pdf"},
        {"console.pdf", "console.pdf"},
        {"pa\xCC\x8A reise.pdf", "p\xC3\xA5 reise.pdf"}, /* as a Mac sends it: NFC */
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

    char signs[210] = ""; /* nothing but signs is left before the cut */
    memset(signs, '?', 205);
    signs[205] = 'a';

    assert_string_equal(intake_safe_name(arena, signs, "image/png"), "vedlegg.png");
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
        cmocka_unit_test(file_2_a_picture_with_a_broken_header_is_refused),
        cmocka_unit_test(file_1_a_telephones_picture_is_known_by_name_or_brand),
        cmocka_unit_test(file_6_a_pdf_that_says_it_is_encrypted_is_refused),
        cmocka_unit_test(
            file_6_a_pdf_that_acts_by_itself_is_marked_and_refused_where_the_form_says_so),
        WITH_ARENA(file_6_a_name_is_seen_wherever_it_lies_across_windows),
        cmocka_unit_test(file_8_what_cannot_be_read_is_no_verdict),
        cmocka_unit_test(every_verdict_but_good_has_a_message),
        WITH_ARENA(file_3_a_name_is_a_label_without_paths_signs_and_hidden_characters),
        WITH_ARENA(file_3_a_long_name_is_cut_to_200_bytes_and_keeps_its_ending),
        cmocka_unit_test(a_media_type_and_its_ending_lead_to_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
