#include "render/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/buf.h"
#include "forms/answers.h"
#include "samples.h"

/* As indented lines, to compare with. */
static void write_nodes(struct buf *out, const struct outline_node *node, int depth)
{
    for (; node; node = node->next) {
        buf_printf(out, "%*s%s", depth * 2, "", node->label);
        if (node->kind == OUTLINE_ANSWER)
            buf_printf(out, ": %s", node->value);
        for (size_t i = 0; i < node->document_count; i++)
            buf_printf(out, " [%s]", node->documents[i].name);
        if (node->later)
            buf_add_text(out, " later");
        buf_add_text(out, "\n");
        write_nodes(out, node->first_child, depth + 1);
    }
}

static void set(struct answers *answers, const char *path, const char *value)
{
    assert_true(answers_set(answers, answers_find(answers, path), value, NULL));
}

static void an_outline_has_what_is_shown_in_order_and_as_people_write_it(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(package_close) struct package *package = samples_form();
    CLEANUP(answers_close) struct answers *answers = answers_open(package->form, SAMPLES_NOW);
    set(answers, "/data/husholdning/barnehage", "solbakken");
    set(answers, "/data/husholdning/fra", "2027-01-01");
    set(answers, "/data/husholdning/sivil", "alene");
    set(answers, "/data/husholdning/partner/navn", "skjult");
    set(answers, "/data/husholdning/inntekt", "425000");
    set(answers, "/data/husholdning/barn[1]/navn", "Nora");
    set(answers, "/data/husholdning/ytelse", "aap sosial");
    struct attachment_info info = {.source = "disk", .document = "d1", .name = "x.pdf"};
    assert_true(answers_attach(answers, answers_find(answers, "/data/dok/skatt"), &info, NULL));
    answers_send_later(answers, answers_find(answers, "/data/dok/lonn"), true);
    struct outline_attached known = {.id = "d1",
                                     .document = {.name = "Skattemelding.pdf", .type = "PDF"}};

    struct outline *outline = outline_make(arena, package->form, answers, "nb", &known, 1);

    struct buf out;
    buf_init(&out, arena);
    write_nodes(&out, outline->first, 0);
    assert_string_equal(outline->form_title, "Søknad om redusert foreldrebetaling");
    assert_string_equal(buf_text(&out),
                        "Søkeren\n"
                        "  Navn: Ingrid Fjeld\n"
                        "Husholdning og inntekt\n"
                        "  Barnehagen\n"
                        "    Barnehage: Solbakken barnehage\n"
                        "    Timer per uke (tall): \n"
                        "    Når skal ny pris gjelde fra?: 1. januar 2027\n"
                        "  Husholdningen\n"
                        "    Hvem bor du sammen med?: Jeg er alene med barnet eller barna\n"
                        "    Din inntekt per år (kroner): 425\u00A0000\u00A0kr\n"
                        "  Barn i husholdningen\n"
                        "    Barn 1\n"
                        "      Fullt navn: Nora\n"
                        "      Fødselsdato: \n"
                        "  Foreløpig beregning\n"
                        "    Samlet inntekt: 425\u00A0000\u00A0kr\n"
                        "    6 prosent av inntekten: 25\u00A0500\u00A0kr\n"
                        "    Høyeste pris per måned (11 måneder): 2\u00A0318\u00A0kr\n"
                        "  Andre opplysninger\n"
                        "    Beskriv endringer i inntekten det siste året: \n"
                        "    Mottar husholdningen noe av dette?: Arbeidsavklaringspenger, "
                        "Økonomisk sosialhjelp\n"
                        "    Jeg bekrefter at opplysningene gjelder alle i husholdningen: \n"
                        "Dokumentasjon\n"
                        "  Skattemelding 2025 for deg [Skattemelding.pdf]\n"
                        "  Lønnsslipper for de tre siste månedene later\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outline_has_what_is_shown_in_order_and_as_people_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
