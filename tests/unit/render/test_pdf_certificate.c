/* test_pdf_certificate.c - a certificate, and the letter about another agency's question. */
#include "render/pdf_certificate.h"

#include "pdf_structure.h"
#include "pdf_tools.h"
#include "render/pdf_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */

static const struct frame_agency agency = {
    .name = "Fjordvik kommune",
    .number = "310245682",
    .address = "Rådhusplassen 1, 9999 Fjordvik",
    .phone = "23 45 60 00",
    .email = "post@fjordvik.example",
};

static struct pdf_certificate licence(const char *language)
{
    return (struct pdf_certificate){
        .agency = &agency,
        .language = language,
        .title = "Serveringsbevilling for Kafé Fjord",
        .number = "SB-2026-000001",
        .text = "Kafé Fjord AS har bevilling til å drive serveringssted i Strandgata 3.",
        .holder = "Ingrid Fjeld",
        .holder_number = "02878520281",
        .form_title = "Søknad om serveringsbevilling",
        .reference = "SB-2026-000001",
        .issued_at = NOON,
        .valid_until = 1953154800, /* 2031-11-23 00:00 */
    };
}

static struct bytes write(struct arena *arena, const struct pdf_certificate *certificate)
{
    struct bytes pdf = {0};
    struct error err = {0};
    if (!pdf_certificate_write(arena, certificate, &pdf, &err))
        fail_msg("%s", err.text);
    pdf_structure_read(arena, pdf);
    return pdf;
}

static void a_certificate_says_who_gave_what_to_whom_and_how_long(void **state)
{
    struct pdf_certificate certificate = licence("nb");

    const char *text = pdf_tools_text(*state, write(*state, &certificate), 0);

    static const char *const said[] = {"Fjordvik kommune har gitt dette beviset.",
                                       "Serveringsbevilling for Kafé Fjord",
                                       "Ingrid Fjeld",
                                       "28785", /* the birth date, and no more of the number */
                                       "Til og med 22. november 2031",
                                       "Kafé Fjord AS har bevilling",
                                       "referanse SB-2026-000001"};
    for (size_t i = 0; i < COUNT(said); i++)
        if (!strstr(text, said[i]))
            fail_msg("\"%s\" is not in: %s", said[i], text);
    assert_null(strstr(text, "20281"));
    pdf_tools_golden(*state, "certificate.txt", text);
}

static void the_same_certificate_is_the_same_bytes_and_one_without_end_says_so(void **state)
{
    struct pdf_certificate certificate = licence("nn");
    certificate.valid_until = 0;
    certificate.text = NULL;
    certificate.number = "";
    certificate.holder = "";
    struct bytes a = write(*state, &certificate), b = write(*state, &certificate);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    assert_non_null(strstr(pdf_tools_text(*state, a, 0), "Ikkje tidsavgrensa"));
    assert_null(strstr(pdf_tools_text(*state, a, 0), "Gitt til"));
}

static void the_letter_about_a_question_says_who_asks_why_and_how_to_answer(void **state)
{
    const struct pdf_question question = {
        .agency = &agency,
        .language = "nb",
        .consumer = "Skjenkekontoret i Nordvik kommune (org.nr. 310 245 690)",
        .document = "Serveringsbevilling for Kafé Fjord",
        .purpose = "Vi må se at stedet har serveringsbevilling.",
        .procedure = "Søknad om skjenkebevilling, alkoholloven § 1-7",
        .asked_at = NOON,
        .expires_at = NOON + 14 * 86400,
    };
    struct bytes pdf = {0};
    struct error err = {0};
    assert_true(pdf_question_write(*state, &question, &pdf, &err));
    pdf_structure_read(*state, pdf);

    const char *text = pdf_tools_text(*state, pdf, 0);

    const char *said[] = {question.consumer, question.document, question.purpose,
                          question.procedure, "7. desember 2026"};
    for (size_t i = 0; i < COUNT(said); i++)
        if (!strstr(text, said[i]))
            fail_msg("\"%s\" is not in: %s", said[i], text);
    assert_string_equal(pdf_question_title(*state, &question),
                        "En annen etat ber om et dokument om deg");
}

static int open_arena(void **state)
{
    *state = arena_open();
    return 0;
}

static int close_arena(void **state)
{
    arena_close((struct arena **)state);
    return 0;
}

static struct bytes write_withdrawal(struct arena *arena, const char *person)
{
    const struct pdf_withdrawal withdrawal = {
        .agency = &agency,
        .language = "nb",
        .form_title = "Søknad om serveringsbevilling",
        .reference = "SB-2026-000001",
        .person = person,
        .person_number = "02878520281",
        .received_at = NOON - 86400,
        .withdrawn_at = NOON,
    };
    struct bytes pdf = {0};
    struct error err = {0};
    if (!pdf_withdrawal_write(arena, &withdrawal, &pdf, &err))
        fail_msg("%s", err.text);
    pdf_structure_read(arena, pdf);
    return pdf;
}

static void the_receipt_of_a_withdrawal_says_what_when_by_whom_and_what_it_means(void **state)
{
    const char *text = pdf_tools_text(*state, write_withdrawal(*state, "Ingrid Fjeld"), 0);

    static const char *const said[] = {"Søknad om serveringsbevilling",
                                       "SB-2026-000001",
                                       "22. november 2026",
                                       "23. november 2026",
                                       "Trukket av",
                                       "Ingrid Fjeld",
                                       "28785"};
    for (size_t i = 0; i < COUNT(said); i++)
        if (!strstr(text, said[i]))
            fail_msg("\"%s\" is not in: %s", said[i], text);
    assert_null(strstr(text, "20281"));
}

static void who_withdrew_without_a_known_name_is_told_by_the_number_alone(void **state)
{
    struct bytes pdf = write_withdrawal(*state, "");
    const char *text = pdf_tools_text(*state, pdf, 0);
    assert_null(strstr(text, "Trukket av"));
    assert_non_null(strstr(text, "28785"));
    pdf_tools_check(*state, pdf);
}

static void a_request_for_documents_is_read_in_order(void **state)
{
    static const char *const documents[] = {"Skattemelding", "Lønnsslipp"};
    const struct pdf_request request = {
        .agency = &agency,
        .language = "nb",
        .form_title = "Søknad om redusert foreldrebetaling",
        .purpose = "Inntekten avgjør prisen.",
        .documents = documents,
        .document_count = COUNT(documents),
        .duration_s = 86400,
        .asked_at = NOON,
    };
    struct bytes pdf = {0};
    struct error err = {0};

    assert_true(pdf_request_write(*state, &request, &pdf, &err));

    pdf_tools_golden(*state, "request.structure",
                     pdf_structure_write(*state, pdf_structure_read(*state, pdf)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_says_who_gave_what_to_whom_and_how_long),
        cmocka_unit_test(the_same_certificate_is_the_same_bytes_and_one_without_end_says_so),
        cmocka_unit_test(the_letter_about_a_question_says_who_asks_why_and_how_to_answer),
        cmocka_unit_test(the_receipt_of_a_withdrawal_says_what_when_by_whom_and_what_it_means),
        cmocka_unit_test(who_withdrew_without_a_known_name_is_told_by_the_number_alone),
        cmocka_unit_test(a_request_for_documents_is_read_in_order),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
