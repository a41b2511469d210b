/* The forms in examples/ do what they promise: filled in as people would. */
#include "forms/answers.h"
#include "forms/package.h"
#include "forms/validate.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct filling {
    struct package *package;
    struct answers *answers;
    struct arena *arena;
};

static int64_t now_of_test(void)
{
    int64_t now;
    assert_true(clock_parse_iso("2026-11-23T12:00:00Z", &now));
    return now;
}

static struct filling begin(const char *folder)
{
    struct filling filling = {.arena = arena_open()};
    struct error err;
    assert_true(package_open(folder, &filling.package, &err));
    assert_non_null(filling.package->form);
    filling.answers = answers_open(filling.package->form, now_of_test());
    return filling;
}

static void end(struct filling *filling)
{
    answers_close(&filling->answers);
    package_close(&filling->package);
    arena_close(&filling->arena);
}

static struct place *at(const struct filling *filling, const char *path)
{
    struct place *place = answers_find(filling->answers, path);
    if (!place)
        fprintf(stderr, "there is no %s\n", path);
    assert_non_null(place);
    return place;
}

static void set(struct filling *filling, const char *path, const char *value)
{
    struct error err;
    assert_true(answers_set(filling->answers, at(filling, path), value, &err));
}

static void assert_value(const struct filling *filling, const char *path, const char *value)
{
    assert_string_equal(place_value(at(filling, path)), value);
}

static const struct form_control *control_of(const struct filling *filling, const char *path)
{
    const struct form_field *field = form_field_find(filling->package->form, path);
    assert_non_null(field);
    size_t count;
    const struct form_control *const *controls = form_controls(filling->package->form, &count);
    for (size_t i = 0; i < count; i++)
        if (controls[i]->field == field && controls[i]->kind != FORM_GROUP)
            return controls[i];
    fail();
    return NULL;
}

static void add_row(struct filling *filling, const char *path)
{
    struct place *row;
    struct error err;
    assert_true(answers_add(filling->answers, control_of(filling, path), NULL, &row, &err));
}

static void attach(struct filling *filling, const char *path, const char *name)
{
    struct attachment_info info = {.source = "disk", .document = name, .name = name};
    struct error err;
    assert_true(answers_attach(filling->answers, at(filling, path), &info, &err));
}

/* "/data/navn: Skriv navn\n" for everything that stops sending. */
static const char *what_is_wrong(struct filling *filling, const char *language)
{
    struct finding_list findings;
    struct buf out;
    finding_list_init(&findings, filling->arena);
    buf_init(&out, filling->arena);
    validate_all(filling->answers, language, &findings);
    for (size_t i = 0; i < findings.count; i++)
        buf_printf(&out, "%s: %s\n", findings.items[i].place, findings.items[i].text);
    return buf_text(&out);
}

static void fill_two_children_and_two_incomes(struct filling *filling)
{
    set(filling, "/data/barnehage/navn", "solbakken");
    set(filling, "/data/barnehage/timer", "41");
    set(filling, "/data/barnehage/fra", "2027-01-01");
    set(filling, "/data/barn[1]/navn", "Nora Fjeld Berg");
    set(filling, "/data/barn[1]/fodt", "2022-03-07");
    add_row(filling, "/data/barn");
    set(filling, "/data/barn[2]/navn", "Emil Fjeld Berg");
    set(filling, "/data/barn[2]/fodt", "2024-04-30");
    set(filling, "/data/husholdning/sivil", "samboer");
    set(filling, "/data/husholdning/partner/navn", "Jonas Lie Berg");
    set(filling, "/data/husholdning/partner/fnr", "14838812180");
    set(filling, "/data/husholdning/partner/inntekt", "265000");
    set(filling, "/data/husholdning/inntekt", "425000");
    set(filling, "/data/husholdning/endret", "nei");
    set(filling, "/data/bekreft", "OK");
}

static void the_price_is_calculated_from_all_incomes_and_children(void **state)
{
    (void)state;
    struct filling filling = begin("examples/redusert-foreldrebetaling");

    fill_two_children_and_two_incomes(&filling);

    assert_value(&filling, "/data/beregning/samlet", "690000");
    assert_value(&filling, "/data/beregning/seks", "41400");
    assert_value(&filling, "/data/beregning/maned", "3764");
    assert_value(&filling, "/data/beregning/kjernetid", "false");
    assert_value(&filling, "/data/barn[1]/pris", "1200"); /* never above Stortinget's price */
    assert_value(&filling, "/data/barn[2]/pris", "840");  /* 30 % off for the second child */
    assert_value(&filling, "/data/beregning/pris", "2040");
    end(&filling);
}

static void a_low_income_gives_a_lower_price_and_free_hours_from_two_years(void **state)
{
    (void)state;
    struct filling filling = begin("examples/redusert-foreldrebetaling");
    fill_two_children_and_two_incomes(&filling);

    set(&filling, "/data/husholdning/sivil", "alene"); /* the partner's income counts no more */
    set(&filling, "/data/husholdning/inntekt", "150000");
    set(&filling, "/data/barn[2]/fodt", "2025-08-15");

    assert_value(&filling, "/data/beregning/samlet", "150000");
    assert_value(&filling, "/data/beregning/maned", "818");
    assert_value(&filling, "/data/beregning/kjernetid", "true");
    assert_value(&filling, "/data/barn[1]/timer", "21");
    assert_value(&filling, "/data/barn[1]/pris", "419"); /* 818 * 21 / 41 */
    assert_value(&filling, "/data/barn[2]/timer", "41"); /* one year old */
    assert_value(&filling, "/data/barn[2]/pris", "573"); /* 818 * 0.7 */
    assert_value(&filling, "/data/beregning/pris", "992");
    end(&filling);
}

static void no_price_is_shown_before_the_incomes_are_there_or_when_one_is_no_number(void **state)
{
    (void)state;
    struct filling filling = begin("examples/redusert-foreldrebetaling");
    assert_false(place_is_relevant(at(&filling, "/data/beregning/samlet")));
    fill_two_children_and_two_incomes(&filling);
    assert_string_not_equal(place_value(at(&filling, "/data/beregning/pris")), "");

    set(&filling, "/data/husholdning/inntekt", "ca 420000");

    assert_false(place_is_relevant(at(&filling, "/data/beregning/samlet")));
    assert_value(&filling, "/data/beregning/pris", "");
    end(&filling);
}

static void an_empty_application_is_told_in_sentences_that_read_well(void **state)
{
    (void)state;
    struct filling filling = begin("examples/redusert-foreldrebetaling");

    assert_string_equal(
        what_is_wrong(&filling, "nb"),
        "/data/barnehage/navn: Velg barnehage\n"
        "/data/barnehage/timer: Skriv timer per uke\n"
        "/data/barnehage/fra: Skriv datoen for ny pris med dag, måned og år\n"
        "/data/barn[1]/navn: Skriv barnets fulle navn\n"
        "/data/barn[1]/fodt: Skriv barnets fødselsdato med dag, måned og år\n"
        "/data/husholdning/sivil: Velg hvem du bor sammen med\n"
        "/data/husholdning/inntekt: Skriv din inntekt per år\n"
        "/data/husholdning/endret: Velg om inntekten har endret seg\n"
        "/data/bekreft: Kryss av for at opplysningene gjelder alle i husholdningen\n"
        "/data/dokumentasjon/skattemelding: Legg ved siste skattemelding for deg\n");
    end(&filling);
}

static void wrong_answers_are_told_in_nynorsk_too(void **state)
{
    (void)state;
    struct filling filling = begin("examples/redusert-foreldrebetaling");
    fill_two_children_and_two_incomes(&filling);
    attach(&filling, "/data/dokumentasjon/skattemelding", "skattemelding.pdf");
    attach(&filling, "/data/dokumentasjon/skattemelding2", "skattemelding-jonas.pdf");
    assert_string_equal(what_is_wrong(&filling, "nn"), "");

    set(&filling, "/data/barnehage/fra", "2026-11-30");
    set(&filling, "/data/barnehage/timer", "60");
    set(&filling, "/data/barn[2]/fodt", "2027-01-01");
    set(&filling, "/data/husholdning/partner/fnr", "14838812181");
    set(&filling, "/data/husholdning/inntekt", "ca 420000");

    assert_string_equal(
        what_is_wrong(&filling, "nn"),
        "/data/barnehage/timer: Timar per veke må vere mellom 1 og 50\n"
        "/data/barnehage/fra: Datoen for ny pris må vere den første i neste månad eller seinare\n"
        "/data/barn[2]/fodt: Fødselsdatoen til barnet må vere i dag eller tidlegare, og barnet "
        "kan ikkje ha fylt sju år\n"
        "/data/husholdning/partner/fnr: Fødselsnummeret finst ikkje. Sjekk at du har skrive alle "
        "11 siffera rett.\n"
        "/data/husholdning/inntekt: Inntekta di per år må vere eit heilt tal, til dømes "
        "425\u00a0000\n");
    end(&filling);
}

/* As the postbox gives it. */
static void attach_letter(struct filling *filling, const char *path, const char *name,
                          const char *issuer, const char *issued)
{
    struct attachment_info info = {.source = "postbox",
                                   .document = name,
                                   .name = name,
                                   .issuer = issuer,
                                   .issued = issued,
                                   .verified = "origin"};
    struct error err;
    assert_true(answers_attach(filling->answers, at(filling, path), &info, &err));
}

static const char *wrong_with_tax_return(const char *name, const char *issuer, const char *issued,
                                         char *text, size_t size)
{
    struct filling filling = begin("examples/redusert-foreldrebetaling");
    fill_two_children_and_two_incomes(&filling);
    attach(&filling, "/data/dokumentasjon/skattemelding2", "skattemelding-jonas.pdf");
    attach_letter(&filling, "/data/dokumentasjon/skattemelding", name, issuer, issued);
    snprintf(text, size, "%s", what_is_wrong(&filling, "nb"));
    end(&filling);
    return text;
}

static void only_the_tax_administrations_recent_tax_return_will_do(void **state)
{
    (void)state;
    char text[512];

    assert_string_equal(wrong_with_tax_return("Skattemelding for 2025", "974761076", "2026-03-16",
                                              text, sizeof text),
                        "");
    assert_string_equal(
        wrong_with_tax_return("Skattemelding for 2024", "974761076", "2025-03-16", text,
                              sizeof text),
        "/data/dokumentasjon/skattemelding: Skattemelding for 2024 er eldre enn 18 måneder. "
        "Legg ved siste skattemelding for deg fra 23. mai 2025 eller senere.\n");
    assert_string_equal(
        wrong_with_tax_return("Skatteattest", "974761076", "2026-10-01", text, sizeof text),
        "/data/dokumentasjon/skattemelding: Skatteattest gjelder noe annet. Legg ved siste "
        "skattemelding for deg.\n");
    assert_non_null(strstr(wrong_with_tax_return("Skattemelding for 2025", "310123021",
                                                 "2026-03-16", text, sizeof text),
                           "er ikke fra rett avsender"));
}

static void a_place_to_eat_can_be_applied_for(void **state)
{
    (void)state;
    static const char *const values[][2] = {
        {"/data/soker/orgnr", "310245682"},
        {"/data/soker/foretak", "Fjordkafeen AS"},
        {"/data/soker/rolle", "eier"},
        {"/data/soker/telefon", "22334455"},
        {"/data/sted/navn", "Fjordkafeen"},
        {"/data/sted/adresse", "Strandgata 9"},
        {"/data/sted/postnr", "9999"},
        {"/data/sted/slag", "kafe restaurant"},
        {"/data/sted/plasser", "40"},
        {"/data/sted/ute", "nei"},
        {"/data/sted/overtar", "nei"},
        {"/data/apent/uke-fra", "10:00:00"},
        {"/data/apent/uke-til", "23:00:00"},
        {"/data/apent/helg-fra", "10:00:00"},
        {"/data/apent/helg-til", "03:00:00"},
        {"/data/apent/alkohol", "nei"},
        {"/data/leder/navn", "Oddny Hauge"},
        {"/data/leder/fnr", "21887233060"},
        {"/data/leder/bestatt", "ja"},
        {"/data/eierskap/eier/slag", "person"},
        {"/data/eierskap/eier/navn", "Oddny Hauge"},
        {"/data/eierskap/eier/fnr", "21887233060"},
        {"/data/eierskap/eier/andel", "66.5"},
        {"/data/dokumentasjon/bekreft", "OK"},
    };
    struct filling filling = begin("examples/serveringsbevilling");
    for (size_t i = 0; i < COUNT(values); i++)
        set(&filling, values[i][0], values[i][1]);
    attach(&filling, "/data/dokumentasjon/attest", "skatteattest.pdf");
    attach(&filling, "/data/dokumentasjon/bevis", "bevis.pdf");
    attach(&filling, "/data/dokumentasjon/tegning", "inne.pdf");
    attach(&filling, "/data/dokumentasjon/tegning", "ute.pdf");
    attach(&filling, "/data/dokumentasjon/kontrakt", "husleiekontrakt.pdf");
    assert_string_equal(what_is_wrong(&filling, "nb"), "");
    assert_value(&filling, "/data/eierskap/sum", "66.5");

    set(&filling, "/data/apent/helg-til", "03:30:00");
    set(&filling, "/data/leder/bestatt", "nei");
    set(&filling, "/data/leder/dato", "2026-11-23");
    add_row(&filling, "/data/eierskap/eier");
    set(&filling, "/data/eierskap/eier[2]/slag", "foretak");
    set(&filling, "/data/eierskap/eier[2]/navn", "Nordlys Regnskap AS");
    set(&filling, "/data/eierskap/eier[2]/orgnr", "310123021");
    set(&filling, "/data/eierskap/eier[2]/andel", "40");

    assert_value(&filling, "/data/leder/gebyr", "400");
    assert_string_equal(
        what_is_wrong(&filling, "nb"),
        "/data/apent/helg-til: Dere kan ikke holde åpent mellom kl. 03.00 og 06.00. Skriv et "
        "tidspunkt etter at dere åpner, og ikke senere enn kl. 03.00.\n"
        "/data/leder/dato: Datoen for etablererprøven må være etter i dag\n"
        "/data/eierskap/eier[1]/andel: Eierandelene kan ikke være mer enn 100 prosent til sammen\n"
        "/data/eierskap/eier[2]/andel: Eierandelene kan ikke være mer enn 100 prosent til "
        "sammen\n");
    end(&filling);
}

static void hello_asks_two_things(void **state)
{
    (void)state;
    struct filling filling = begin("examples/hello");
    assert_string_equal(what_is_wrong(&filling, "nn"),
                        "/data/navn: Skriv namnet ditt\n/data/melding: Skriv meldinga di\n");
    assert_string_equal(what_is_wrong(&filling, "se"),
                        "/data/navn: Čále iežat nama\n/data/melding: Čále iežat dieđáhusa\n");
    assert_string_equal(what_is_wrong(&filling, "en"),
                        "/data/navn: Enter your name\n/data/melding: Enter your message\n");

    set(&filling, "/data/navn", "Kari Solvang");
    set(&filling, "/data/melding", "Lyset i Kirkegata er borte.");

    assert_string_equal(what_is_wrong(&filling, "nb"), "");
    end(&filling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_price_is_calculated_from_all_incomes_and_children),
        cmocka_unit_test(a_low_income_gives_a_lower_price_and_free_hours_from_two_years),
        cmocka_unit_test(no_price_is_shown_before_the_incomes_are_there_or_when_one_is_no_number),
        cmocka_unit_test(an_empty_application_is_told_in_sentences_that_read_well),
        cmocka_unit_test(wrong_answers_are_told_in_nynorsk_too),
        cmocka_unit_test(only_the_tax_administrations_recent_tax_return_will_do),
        cmocka_unit_test(a_place_to_eat_can_be_applied_for),
        cmocka_unit_test(hello_asks_two_things),
    };
    xml_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
