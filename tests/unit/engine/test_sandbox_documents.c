#include "engine/sandbox/sandbox_documents.h"

#include "tests/unit/render/pdf_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOON 1795431600 /* 2026-11-23 12:00 in Norway */
#define MARK "Oppdiktet – testdata."

static char *text_of(struct arena *arena, bool written, struct bytes bytes, const struct error *err)
{
    if (!written)
        fail_msg("%s", err->text);
    pdf_tools_check(arena, bytes);
    return pdf_tools_text(arena, bytes, 0);
}

static char *tax_return(struct arena *arena, const char *key, int year)
{
    struct bytes bytes = {0};
    struct error err = {0};
    bool written =
        sandbox_documents_tax_return(arena, sandbox_people_find(key), year, &bytes, &err);
    return text_of(arena, written, bytes, &err);
}

static char *pay_slip(struct arena *arena, const char *key, int year, int month)
{
    struct bytes bytes = {0};
    struct error err = {0};
    bool written =
        sandbox_documents_pay_slip(arena, sandbox_people_find(key), year, month, &bytes, &err);
    return text_of(arena, written, bytes, &err);
}

/* The last amount on the line that has the words, in kroner without its sign. */
static long amount_after(const char *text, const char *words)
{
    const char *line = strstr(text, words);
    assert_non_null(line);
    size_t length = strcspn(line, "\n");
    const char *unit = line + length;
    while (unit > line && strncmp(unit, "kr", 2) != 0)
        unit--;
    long kr = 0, place = 1;
    for (const char *p = unit - 2;
         p > line && ((*p >= '0' && *p <= '9') || (*p == ' ' && p[-1] != ' ')); p--)
        if (*p != ' ') {
            kr += place * (*p - '0');
            place *= 10;
        }
    return kr;
}

static void every_page_says_that_it_is_invented(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct sandbox_person *ingrid = sandbox_people_find("ingrid");
    struct bytes certificate = {0}, agreement = {0};
    struct error err = {0};

    bool written = sandbox_documents_tax_certificate(arena, ingrid, NOON, &certificate, &err) &&
                   sandbox_documents_rental_agreement(arena, ingrid, NOON, &agreement, &err);

    assert_true(written);
    const char *texts[] = {
        tax_return(arena, "ingrid", 2025),
        pay_slip(arena, "ingrid", 2026, 10),
        text_of(arena, true, certificate, &err),
        text_of(arena, true, agreement, &err),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_true(pdf_tools_count(texts[i], "\f") > 0);
        assert_int_equal(pdf_tools_count(texts[i], MARK), pdf_tools_count(texts[i], "\f"));
        assert_non_null(strstr(texts[i], "Ingrid Fjeld"));
    }
    assert_non_null(strstr(texts[2], "Restanser til sammen"));
    assert_non_null(strstr(texts[3], "Husleiekontrakt"));
    (void)state;
}

static void a_tax_return_agrees_with_the_pay_slips_of_its_year(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const keys[] = {"ingrid", "jonas", "oddny"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        const char *year = tax_return(arena, keys[i], 2025);
        const char *december = pay_slip(arena, keys[i], 2025, 12);
        assert_int_equal(amount_after(year, "Lønn og tilsvarende"),
                         amount_after(december, "Fastlønn"));
        assert_int_equal(amount_after(year, "Forskuddstrekk"),
                         amount_after(december, "Forskuddstrekk"));
        assert_int_equal(amount_after(year, "tjenestepensjon"), amount_after(december, "Pensjon"));
        assert_true(amount_after(year, "Forskuddstrekk") > 50000);
    }
    (void)state;
}

static void a_tax_return_adds_up(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    for (int year = 2022; year <= 2026; year++) {
        const char *text = tax_return(arena, "oddny", year);
        long income = amount_after(text, "Sum inntekter");
        assert_int_equal(income, amount_after(text, "Lønn og tilsvarende") +
                                     amount_after(text, "Renteinntekter"));
        assert_int_equal(amount_after(text, "Alminnelig inntekt"),
                         income - amount_after(text, "Sum fradrag"));
        assert_int_equal(amount_after(text, "Beregnet skatt"),
                         amount_after(text, "Skatt på alminnelig") +
                             amount_after(text, "Trygdeavgift") + amount_after(text, "Trinnskatt"));
    }
    (void)state;
}

static void a_pay_slip_adds_up_in_every_month(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();

    for (int month = 1; month <= 12; month++) {
        const char *text = pay_slip(arena, "jonas", 2026, month);
        long paid = amount_after(text, "Utbetalt til konto");
        assert_true(paid > 20000);
        assert_int_equal(amount_after(text, "Netto"), amount_after(text, "100  ") -
                                                          amount_after(text, "Pensjon") -
                                                          amount_after(text, "Forskuddstrekk"));
    }
    (void)state;
}

static void the_same_input_gives_the_same_bytes(void **state)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct sandbox_person *ingrid = sandbox_people_find("ingrid");
    struct bytes first = {0}, second = {0};
    struct error err = {0};

    bool written = sandbox_documents_pay_slip(arena, ingrid, 2026, 9, &first, &err) &&
                   sandbox_documents_pay_slip(arena, ingrid, 2026, 9, &second, &err);

    assert_true(written);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_says_that_it_is_invented),
        cmocka_unit_test(a_tax_return_agrees_with_the_pay_slips_of_its_year),
        cmocka_unit_test(a_tax_return_adds_up),
        cmocka_unit_test(a_pay_slip_adds_up_in_every_month),
        cmocka_unit_test(the_same_input_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
