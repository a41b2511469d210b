#include "engine/proof.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox_documents.h"
#include "render/pdf_update.h"
#include "tests/unit/render/pdf_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define DIGIPOST(inside)                                                                           \
    "<proof xmlns=\"" PROOF_DIGIPOST "\">" inside                                                  \
    "<proof-holder><firstname>A</firstname><surname>B</surname></proof-holder><title>T</title>"    \
    "</proof>"
#define DPI(inside) "<b:bevis xmlns:b=\"" PROOF_DPI "\">" inside "</b:bevis>"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static struct proof read(const char *xml)
{
    struct proof proof = {0};
    struct error err;
    if (!proof_read(arena, BYTES_OF(xml), &proof, &err))
        fail_msg("%s: %s", xml, err.text);
    return proof;
}

static const char *moment(int64_t at)
{
    return at ? clock_iso_oslo(arena, at) : "";
}

static void digiposts_proof_says_who_issued_it_and_how_long_it_is_valid(void **state)
{
    (void)state;
    struct proof proof =
        read(DIGIPOST("<authorizer-name>Fjordvik  kommune</authorizer-name>"
                      "<issued-time>2026-03-01T09:00:00+01:00</issued-time><valid-period><period>"
                      "<from>2026-03-01T00:00:00</from><to>2026-09-01T00:00:00</to>"
                      "</period></valid-period>"));

    assert_string_equal(proof.issuer, "Fjordvik kommune");
    assert_string_equal(proof.title, "T");
    assert_string_equal(moment(proof.issued_at), "2026-03-01T09:00:00+01:00");
    assert_string_equal(moment(proof.valid_from), "2026-03-01T00:00:00+01:00");
    assert_string_equal(moment(proof.valid_until), "2026-08-31T23:59:59+02:00");
}

static void dpis_bevis_says_the_same_by_other_names(void **state)
{
    (void)state;
    struct proof proof =
        read(DPI("<b:utsteder-visningsnavn lang=\"nb\">Etaten</b:utsteder-visningsnavn>"
                 "<b:utstedt-tidspunkt>2026-03-01T08:00:00Z</b:utstedt-tidspunkt>"
                 "<b:gyldighetsperiode><b:periode><b:til>2027-03-01T12:00:00+01:00</b:til>"
                 "</b:periode></b:gyldighetsperiode><b:tittel lang=\"nb\">Bevis</b:tittel>"));

    assert_string_equal(proof.issuer, "Etaten");
    assert_string_equal(proof.title, "Bevis");
    assert_int_equal(proof.valid_from, 0);
    assert_string_equal(moment(proof.valid_until), "2027-03-01T11:59:59+01:00");
}

static void a_date_alone_is_all_of_that_day(void **state)
{
    (void)state;
    struct proof proof = read(DIGIPOST("<valid-period><period><from>2026-07-01</from>"
                                       "<to>2026-07-31</to></period></valid-period>"));

    assert_string_equal(moment(proof.valid_from), "2026-07-01T00:00:00+02:00");
    assert_string_equal(moment(proof.valid_until), "2026-07-31T23:59:59+02:00");
}

static void a_period_of_each_year_ends_with_the_last_year(void **state)
{
    (void)state;
#define YEARLY(years, to)                                                                          \
    DIGIPOST("<valid-period><yearly-repeating-period>" years                                       \
             "<from><month>5</month><day>1</day></from><to>" to                                    \
             "</to></yearly-repeating-period></valid-period>")
    const char *years = YEARLY("<start-year>2024</start-year><end-year>2026</end-year>",
                               "<month>9</month><day>30</day>");
    assert_string_equal(moment(read(years).valid_until), "2026-09-30T23:59:59+02:00");

    years = YEARLY("<end-year>2026</end-year>",
                   "<month>2</month><day>1</day><hour>12</hour><min>30</min>");
    assert_string_equal(moment(read(years).valid_until), "2027-02-01T12:29:59+01:00");

    years = YEARLY("", "<month>9</month><day>30</day>");
    assert_int_equal(read(years).valid_until, 0);
}

static void what_says_no_end_has_none(void **state)
{
    (void)state;

    assert_int_equal(read(DIGIPOST("<valid-period/>")).valid_until, 0);
    assert_int_equal(read(DIGIPOST("")).valid_until, 0);
    assert_string_equal(read(DIGIPOST("")).issuer, "");
}

static void other_xml_and_times_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "<proof/>",
        "<receipt xmlns=\"" PROOF_DIGIPOST "\"/>",
        "<proof xmlns=\"" PROOF_DIGIPOST "\">",
        DIGIPOST("<valid-period><period><to>next year</to></period></valid-period>"),
        DIGIPOST("<issued-time>2026-02-30T00:00:00</issued-time>"),
        YEARLY("<end-year>2026</end-year>", "<month>13</month><day>1</day>"),
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct proof proof;
        struct error err;
        assert_false(proof_read(arena, BYTES_OF(wrong[i]), &proof, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static const char *until_in(struct bytes document)
{
    const struct content content = content_of(document);
    struct proof proof;
    struct error err;
    bool found;
    assert_true(proof_find(arena, &content, &proof, &found, &err));
    return found ? moment(proof.valid_until) : NULL;
}

#define EXPIRES DIGIPOST("<valid-period><period><to>2026-07-31</to></period></valid-period>")

static void a_proof_is_found_as_a_file_embedded_in_the_pdf(void **state)
{
    (void)state;
    struct bytes letter, pdf;
    struct error err;
    assert_true(sandbox_documents_tax_certificate(arena, sandbox_people_find("ingrid"), clock_now(),
                                                  &letter, &err));
    assert_null(until_in(letter));

    assert_true(pdf_update_embed(arena, letter, "proof.xml", "application/xml",
                                 BYTES_OF("<?xml version=\"1.0\"?>" EXPIRES), &pdf, &err));

    assert_string_equal(until_in(pdf), "2026-07-31T23:59:59+02:00");
    pdf_tools_check(arena, pdf);
    assert_non_null(strstr(pdf_tools_run(arena, "pdfdetach -list %s", pdf), "proof.xml"));
    assert_non_null(
        strstr(pdf_tools_run(arena, "pdfdetach -save 1 -o /dev/stdout %s", pdf), "2026-07-31"));
    assert_false(
        pdf_update_embed(arena, pdf, "b.xml", "application/xml", BYTES_OF(""), &pdf, &err));
    assert_false(pdf_update_embed(arena, BYTES_OF("%PDF-1.7"), "b.xml", "application/xml",
                                  BYTES_OF(""), &pdf, &err));
}

static void a_proof_is_found_wherever_windows_end(void **state)
{
    (void)state;
    for (size_t before = 65536 - 90; before < 65536 + 50; before += 3) {
        char *document = arena_printf(arena, "%0*d%s", (int)before, 0, EXPIRES);
        if (!until_in(BYTES_OF(document)))
            fail_msg("not found behind %zu bytes", before);
    }
}

static void what_only_names_it_is_passed_over(void **state)
{
    (void)state;
    const char *document = "see " PROOF_DIGIPOST " and <x xmlns=\"" PROOF_DIGIPOST "\"/> and "
                           "<proof xmlns=\"" PROOF_DIGIPOST "\"> " EXPIRES;

    assert_string_equal(until_in(BYTES_OF(document)), "2026-07-31T23:59:59+02:00");
    assert_null(until_in(BYTES_OF("<proof xmlns=\"" PROOF_DIGIPOST "\"")));
    assert_null(until_in((struct bytes){0}));
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        IN_ARENA(digiposts_proof_says_who_issued_it_and_how_long_it_is_valid),
        IN_ARENA(dpis_bevis_says_the_same_by_other_names),
        IN_ARENA(a_date_alone_is_all_of_that_day),
        IN_ARENA(a_period_of_each_year_ends_with_the_last_year),
        IN_ARENA(what_says_no_end_has_none),
        IN_ARENA(other_xml_and_times_that_are_none_are_refused),
        IN_ARENA(a_proof_is_found_as_a_file_embedded_in_the_pdf),
        IN_ARENA(a_proof_is_found_wherever_windows_end),
        IN_ARENA(what_only_names_it_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
