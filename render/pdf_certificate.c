#include "render/pdf_certificate.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "forms/texts.h"
#include "render/pdf_layout.h"

#include <string.h>

extern const struct texts_table texts_receipt;

#define INK 0x23272F
#define GREY 0x59606C
#define ACCENT 0x0062BA
#define RULE 0xD3D8DF

static const struct pdf_style agency_style = {PDF_BOLD, 12, 16, INK};
static const struct pdf_style small_style = {PDF_REGULAR, 8.5, 12, GREY};
static const struct pdf_style kind_style = {PDF_BOLD, 10, 14, ACCENT};
static const struct pdf_style title_style = {PDF_BOLD, 21, 28, INK};
static const struct pdf_style section_style = {PDF_BOLD, 13, 19, INK};
static const struct pdf_style label_style = {PDF_REGULAR, 8.5, 12, GREY};
static const struct pdf_style fact_style = {PDF_BOLD, 10.5, 15, INK};
static const struct pdf_style body_style = {PDF_REGULAR, 10.5, 16, INK};

enum { SECTION_SPACE = 18, ITEM_INDENT = 18, KEEP = 40 };

struct letter {
    struct arena *arena;
    const struct frame_agency *agency;
    const char *language;
    struct pdf *pdf;
    struct pdf_layout *layout;
};

static const char *say(const struct letter *letter, const char *id, struct texts_arg a,
                       struct texts_arg b)
{
    const struct texts_arg args[] = {a, b};
    return texts_say(letter->arena, &texts_receipt, id, letter->language, args, 2).text;
}

static const struct texts_arg none = {"", ""};

static const char *plain(const struct letter *letter, const char *id)
{
    return say(letter, id, none, none);
}

static struct letter begin(struct arena *arena, const struct frame_agency *agency,
                           const char *language, const char *kind, const char *title, int64_t at)
{
    struct letter letter = {.arena = arena, .agency = agency, .language = language};
    letter.pdf = pdf_new(
        arena, &(struct pdf_about){
                   .title = title, .author = agency->name, .language = language, .created_at = at});
    letter.layout = pdf_layout_new(arena, letter.pdf, (struct pdf_layout_margins){64, 64, 56, 64});
    pdf_layout_text(letter.layout, agency_style, agency->name);
    pdf_layout_text(letter.layout, small_style, locale_date_at(arena, at, language));
    pdf_layout_space(letter.layout, 36);
    pdf_layout_text(letter.layout, kind_style, plain(&letter, kind));
    pdf_layout_heading(letter.layout, 1, title_style, KEEP, title);
    pdf_layout_space(letter.layout, 10);
    return letter;
}

static void section(const struct letter *letter, const char *id)
{
    pdf_layout_space(letter->layout, SECTION_SPACE);
    pdf_layout_heading(letter->layout, 2, section_style, KEEP, plain(letter, id));
    pdf_layout_space(letter->layout, 3);
}

static bool finish(const struct letter *letter, const char *foot, struct bytes *out,
                   struct error *err)
{
    pdf_layout_finish(letter->layout, &(struct pdf_layout_around){
                                          .foot_left = foot,
                                          .page_words = plain(letter, "receipt.page"),
                                          .style = small_style,
                                          .rule_color = RULE,
                                      });
    return pdf_write(letter->pdf, out, err);
}

/* ---- a certificate ---- */

/* Only the birth date is shown. */
static const char *masked(struct arena *arena, const char *number)
{
    return strlen(number) == 11 ? arena_printf(arena, "%.6s\u00A0*****", number) : "*****";
}

static void write_facts(const struct letter *letter, const struct pdf_certificate *certificate)
{
    struct arena *arena = letter->arena;
    const char *language = letter->language;
    const char *until =
        certificate->valid_until
            ? say(letter, "certificate.until.date",
                  (struct texts_arg){"dato",
                                     locale_date_at(arena, certificate->valid_until - 1, language)},
                  none)
            : plain(letter, "certificate.until.none");
    const struct pdf_fact facts[] = {
        {plain(letter, "certificate.holder"), certificate->holder},
        {plain(letter, "receipt.number"), masked(arena, certificate->holder_number)},
        {plain(letter, "certificate.issued"),
         locale_date_at(arena, certificate->issued_at, language)},
        {plain(letter, "certificate.until"), until},
        {plain(letter, "certificate.number"), certificate->number},
    };
    bool unnamed = text_is_empty(certificate->holder);
    size_t count = COUNT(facts) - unnamed - text_is_empty(certificate->number);
    pdf_layout_facts(letter->layout, label_style, fact_style, facts + unnamed, count, 2);
}

bool pdf_certificate_write(struct arena *arena, const struct pdf_certificate *certificate,
                           struct bytes *out, struct error *err)
{
    struct letter letter = begin(arena, certificate->agency, certificate->language,
                                 "certificate.kind", certificate->title, certificate->issued_at);
    struct texts_arg agency = {"avsender", certificate->agency->name};
    pdf_layout_text(letter.layout, body_style, say(&letter, "certificate.lead", agency, none));
    pdf_layout_space(letter.layout, 14);
    pdf_layout_rule(letter.layout, 0.75, RULE);
    pdf_layout_space(letter.layout, 12);
    write_facts(&letter, certificate);
    pdf_layout_rule(letter.layout, 0.75, RULE);
    if (!text_is_empty(certificate->text)) {
        section(&letter, "certificate.text");
        pdf_layout_text(letter.layout, body_style, certificate->text);
    }
    section(&letter, "certificate.basis");
    pdf_layout_text(letter.layout, body_style,
                    say(&letter, "certificate.basis.text",
                        (struct texts_arg){"skjema", certificate->form_title},
                        (struct texts_arg){"referanse", certificate->reference}));
    section(&letter, "certificate.reuse");
    pdf_layout_text(letter.layout, body_style, plain(&letter, "certificate.reuse.text"));
    const char *foot =
        text_is_empty(certificate->number)
            ? certificate->agency->name
            : arena_printf(arena, "%s · %s", certificate->agency->name, certificate->number);
    return finish(&letter, foot, out, err);
}

/* ---- another agency asks ---- */

const char *pdf_question_title(struct arena *arena, const struct pdf_question *question)
{
    struct letter letter = {.arena = arena, .language = question->language};
    return plain(&letter, "question.title");
}

bool pdf_question_write(struct arena *arena, const struct pdf_question *question, struct bytes *out,
                        struct error *err)
{
    struct letter letter = begin(arena, question->agency, question->language, "question.kind",
                                 pdf_question_title(arena, question), question->asked_at);
    pdf_layout_text(
        letter.layout, body_style,
        say(&letter, "question.lead", (struct texts_arg){"etat", question->consumer}, none));
    const struct {
        const char *heading, *text;
    } parts[] = {
        {"question.document", question->document},
        {"question.purpose", question->purpose},
        {"question.procedure", question->procedure},
    };
    for (size_t i = 0; i < COUNT(parts); i++) {
        section(&letter, parts[i].heading);
        pdf_layout_text(letter.layout, body_style, parts[i].text);
    }
    section(&letter, "question.how");
    static const char *const steps[] = {"question.how.1", "question.how.2", "question.how.3",
                                        "question.how.4"};
    struct texts_arg day = {"dato",
                            locale_date_at(arena, question->expires_at - 1, question->language)};
    for (size_t i = 0; i < COUNT(steps); i++)
        pdf_layout_item(letter.layout, body_style, arena_printf(arena, "%zu.", i + 1), ITEM_INDENT,
                        say(&letter, steps[i], day, none));
    return finish(&letter, question->agency->name, out, err);
}

/* ---- an application was taken back ---- */

bool pdf_withdrawal_write(struct arena *arena, const struct pdf_withdrawal *withdrawal,
                          struct bytes *out, struct error *err)
{
    const struct pdf_withdrawal *w = withdrawal;
    struct letter here = {.arena = arena, .language = w->language};
    const char *title =
        say(&here, "withdrawal.title", (struct texts_arg){"skjema", w->form_title}, none);
    struct letter letter =
        begin(arena, w->agency, w->language, "withdrawal.kind", title, w->withdrawn_at);
    pdf_layout_text(letter.layout, body_style, plain(&letter, "withdrawal.lead"));
    pdf_layout_space(letter.layout, 14);
    struct pdf_fact facts[5] = {
        {plain(&letter, "receipt.reference"), w->reference},
        {plain(&letter, "receipt.received"), locale_moment_at(arena, w->received_at, w->language)},
        {plain(&letter, "withdrawal.at"), locale_moment_at(arena, w->withdrawn_at, w->language)},
    };
    size_t count = 3;
    if (*w->person)
        facts[count++] = (struct pdf_fact){plain(&letter, "withdrawal.by"), w->person};
    facts[count++] =
        (struct pdf_fact){plain(&letter, "receipt.number"), masked(arena, w->person_number)};
    pdf_layout_facts(letter.layout, label_style, fact_style, facts, count, 2);
    pdf_layout_rule(letter.layout, 0.75, RULE);
    section(&letter, "withdrawal.means");
    static const char *const points[] = {"withdrawal.means.1", "withdrawal.means.2",
                                         "withdrawal.means.3", "withdrawal.means.4"};
    for (size_t i = 0; i < COUNT(points); i++)
        pdf_layout_item(letter.layout, body_style, "\u2013", ITEM_INDENT,
                        plain(&letter, points[i]));
    return finish(&letter, arena_printf(arena, "%s · %s", w->agency->name, w->reference), out, err);
}
