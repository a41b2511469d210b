#include "render/pdf_receipt.h"

#include "engine/base/text.h"
#include "forms/form.h"
#include "forms/locale.h"
#include "forms/texts.h"
#include "render/document.h"
#include "render/pdf_layout.h"

#include <string.h>

/* Made by the build from receipt_messages.tsv. */
extern const struct texts_table texts_receipt;

/* Dark enough on white and on FIELD for small text: at least 4.5 to 1 (WCAG 2.2 1.4.3). */
#define INK 0x23272F
#define GREY 0x59606C
#define ACCENT 0x0062BA
#define FIELD 0xF1F4F8
#define RULE 0xD3D8DF

static const struct pdf_style agency_style = {PDF_BOLD, 12, 16, INK};
static const struct pdf_style small_style = {PDF_REGULAR, 8.5, 12, GREY};
static const struct pdf_style kind_style = {PDF_BOLD, 10, 14, ACCENT};
static const struct pdf_style title_style = {PDF_BOLD, 21, 28, INK};
static const struct pdf_style section_style = {PDF_BOLD, 13.5, 19, INK};
static const struct pdf_style page_style = {PDF_BOLD, 11, 16, ACCENT};
static const struct pdf_style group_style = {PDF_BOLD, 10, 15, INK};
static const struct pdf_style body_style = {PDF_REGULAR, 10, 15, INK};
static const struct pdf_style absent_style = {PDF_REGULAR, 10, 15, GREY};
static const struct pdf_style fact_style = {PDF_BOLD, 10, 15, INK};
static const struct pdf_style digest_style = {PDF_REGULAR, 7.5, 11, GREY};

enum {
    INDENT = 14,          /* of each group within another */
    INDENT_MAX = 5,       /* groups deeper than this are not indented further */
    KEEP = 48,            /* a heading has at least a question and its answer below it */
    DOCUMENTS_KEEP = 150, /* the list of documents begins with at least one of them */
    PROOF_KEEP = 110
};

struct letter {
    struct arena *arena;
    const struct pdf_receipt *receipt;
    const char *language;
    const char
        *words_language; /* of what say() gives, when there is nothing in the receipt's own */
    struct pdf_layout *layout;
    struct pdf *pdf;
};

static const char *say(const struct letter *letter, const char *id)
{
    return texts_say(letter->arena, &texts_receipt, id, letter->language, NULL, 0).text;
}

static const char *say_with(const struct letter *letter, const char *id,
                            const struct texts_arg *args, size_t count)
{
    return texts_say(letter->arena, &texts_receipt, id, letter->language, args, count).text;
}

#define SAY(letter, id, ...)                                                                       \
    say_with((letter), (id), (const struct texts_arg[]){__VA_ARGS__},                              \
             COUNT(((const struct texts_arg[]){__VA_ARGS__})))

/* "310 245 682"; what is not nine characters long stays as it is. */
static const char *spaced_number(const struct letter *letter, const char *number)
{
    if (strlen(number) != 9)
        return number;
    return arena_printf(letter->arena, "%.3s\u00A0%.3s\u00A0%.3s", number, number + 3, number + 6);
}

/* Only the birth date is shown. */
static const char *masked_number(const struct letter *letter, const char *number)
{
    if (strlen(number) != 11)
        return "*****";
    return arena_printf(letter->arena, "%.6s\u00A0*****", number);
}

/* Address, telephone and e-mail, a line each. */
static const char *contact_lines(const struct letter *letter)
{
    const struct frame_agency *agency = letter->receipt->agency;
    const char *parts[] = {agency->address, agency->phone, agency->email};
    const char *lines = "";
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!text_is_empty(parts[i]))
            lines = arena_printf(letter->arena, "%s%s%s", lines, *lines ? "\n" : "", parts[i]);
    return lines;
}

static void write_head(const struct letter *letter)
{
    const struct pdf_receipt *receipt = letter->receipt;
    const struct frame_agency *agency = receipt->agency;
    const double mark = 32;
    struct pdf_layout *layout = letter->layout;
    double top = pdf_layout_y(layout), left = pdf_layout_left(layout);
    bool has_logo = receipt->logo_count && receipt->logo_size > 0;
    if (has_logo) {
        struct texts_arg name = {"avsender", agency->name};
        pdf_begin(letter->pdf, (struct pdf_part){.role = PDF_FIGURE,
                                                 .language = letter->words_language,
                                                 .instead = SAY(letter, "receipt.logo", name),
                                                 .x = left,
                                                 .y = top,
                                                 .size = mark});
        for (size_t i = 0; i < receipt->logo_count; i++)
            pdf_draw(letter->pdf, &receipt->logo[i], left, top, mark / receipt->logo_size);
        pdf_end(letter->pdf);
        pdf_layout_column(layout, mark + 10, 0);
    }
    pdf_layout_space(layout, 2);
    pdf_layout_text(layout, agency_style, agency->name);
    if (!text_is_empty(agency->number)) {
        struct texts_arg number = {"nummer", spaced_number(letter, agency->number)};
        pdf_layout_language(layout, letter->words_language);
        pdf_layout_text(layout, small_style, SAY(letter, "receipt.agency.number", number));
        pdf_layout_language(layout, NULL);
    }
    double bottom = pdf_layout_y(layout), half = PDF_PAGE_WIDTH / 2 - left;
    pdf_layout_column(layout, half, 0);
    pdf_layout_move_to(layout, top + 3);
    pdf_layout_text_aligned(layout, small_style, PDF_RIGHT, contact_lines(letter));
    if (pdf_layout_y(layout) < bottom)
        pdf_layout_move_to(layout, bottom);
    pdf_layout_column(layout, 0, 0);
    pdf_layout_space(layout, 30);
}

static void write_facts(const struct letter *letter)
{
    const struct pdf_receipt *receipt = letter->receipt;
    const double padding = 14;
    struct texts_arg moment = {
        "tid", locale_moment_at(letter->arena, receipt->received_at, letter->language)};
    struct pdf_fact facts[4];
    size_t count = 0;
    if (!receipt->is_draft)
        facts[count++] = (struct pdf_fact){say(letter, "receipt.reference"), receipt->reference};
    facts[count++] =
        (struct pdf_fact){say(letter, receipt->is_draft ? "draft.made" : "receipt.received"),
                          SAY(letter, "receipt.received.value", moment)};
    if (*receipt->person_name)
        facts[count++] =
            (struct pdf_fact){say(letter, receipt->is_draft ? "draft.person" : "receipt.person"),
                              receipt->person_name};
    if (receipt->person_number)
        facts[count++] = (struct pdf_fact){say(letter, "receipt.number"),
                                           masked_number(letter, receipt->person_number)};

    struct pdf_layout *layout = letter->layout;
    double inner = pdf_layout_width(layout) - 2 * padding;
    pdf_layout_column(layout, padding, inner);
    double height =
        2 * padding + pdf_layout_facts_height(layout, small_style, fact_style, facts, count, 2);
    pdf_layout_column(layout, 0, 0);
    pdf_layout_need(layout, height);
    pdf_layout_box(layout, height, FIELD);
    pdf_box(letter->pdf, pdf_layout_left(layout), pdf_layout_y(layout), 3, height, ACCENT);
    pdf_layout_column(layout, padding, inner);
    pdf_layout_space(layout, padding);
    pdf_layout_facts(layout, small_style, fact_style, facts, count, 2);
    pdf_layout_space(layout, padding);
    pdf_layout_column(layout, 0, 0);
}

static void write_section(const struct letter *letter, const char *title)
{
    struct pdf_layout *layout = letter->layout;
    pdf_layout_space(layout, 22);
    pdf_layout_heading(layout, 2, section_style, KEEP, title);
    pdf_layout_space(layout, 5);
}

static void write_item(const struct letter *letter, const char *text)
{
    pdf_layout_item(letter->layout, body_style, "•", INDENT, text);
    pdf_layout_space(letter->layout, 3);
}

static void write_next(const struct letter *letter)
{
    const struct pdf_receipt *receipt = letter->receipt;
    write_section(letter, say(letter, "receipt.next"));
    if (receipt->is_supplement)
        write_item(letter, say(letter, "supplement.next"));
    if (receipt->due_at && receipt->due_at < receipt->received_at) {
        struct texts_arg date = {"dato",
                                 locale_date_at(letter->arena, receipt->due_at, letter->language)};
        write_item(letter, SAY(letter, "supplement.late", date));
    }
    pdf_layout_language(letter->layout, NULL); /* the form's own words */
    for (size_t i = 0; i < receipt->next_count; i++)
        write_item(letter, receipt->next[i]);
    pdf_layout_language(letter->layout, letter->words_language);
    if (!receipt->is_supplement)
        write_item(letter, say(letter, "receipt.letters"));
    if (receipt->answer_by) {
        struct texts_arg date = {
            "dato", locale_date_at(letter->arena, receipt->answer_by, letter->language)};
        write_item(letter, SAY(letter, "receipt.answer_by", date));
    }
    struct texts_arg names[] = {{"avsender", receipt->agency->name},
                                {"referanse", receipt->reference}};
    write_item(letter, say_with(letter, "receipt.contact", names, COUNT(names)));
}

/* What there is no answer to says so. absent: what it says then. */
static void write_pair(const struct letter *letter, struct pdf_pair pair, const char *absent)
{
    bool is_absent = text_is_empty(pair.value);
    if (is_absent) {
        pair.value = say(letter, absent);
        pair.value_language = letter->words_language;
    }
    pdf_layout_pair(letter->layout, small_style, is_absent ? absent_style : body_style, &pair);
    pdf_layout_space(letter->layout, 7);
}

/* "Skattemelding 2025 (PDF, 184 kB)" */
static const char *document_line(const struct letter *letter,
                                 const struct outline_document *document)
{
    struct texts_arg args[] = {
        {"navn", document->name},
        {"type", document->type},
        {"storrelse", locale_size(letter->arena, (uint64_t)document->size_bytes, letter->language)},
    };
    return say_with(letter, "receipt.document.file", args, COUNT(args));
}

static void write_upload(const struct letter *letter, const struct outline_node *node)
{
    const char *lines = "";
    for (size_t i = 0; i < node->document_count; i++)
        lines = arena_printf(letter->arena, "%s%s%s", lines, i ? "\n" : "",
                             document_line(letter, &node->documents[i]));
    struct texts_arg day = {"dato", node->later_by};
    if (node->later)
        lines = arena_printf(letter->arena, "%s%s%s", lines, *lines ? "\n" : "",
                             text_is_empty(node->later_by)
                                 ? say(letter, "receipt.document.later")
                                 : SAY(letter, "receipt.document.later.by", day));
    struct pdf_pair pair = {.label = node->label, .value = lines, .label_language = node->language};
    write_pair(letter, pair, "receipt.document.none");
}

/* Groups lie in one another; depth is how far in, of headings and of the indent. */
struct depth {
    int headings, groups;
};

static void write_nodes(const struct letter *letter, const struct outline_node *node,
                        struct depth depth);

static void indent_by(struct pdf_layout *layout, int groups)
{
    pdf_layout_column(layout, INDENT * (groups < INDENT_MAX ? groups : INDENT_MAX), 0);
}

static void write_group(const struct letter *letter, const struct outline_node *node,
                        struct depth depth)
{
    struct pdf_layout *layout = letter->layout;
    if (text_is_empty(node->label)) {
        write_nodes(letter, node->first_child, depth);
        return;
    }
    bool is_page = node->kind == OUTLINE_SECTION;
    struct depth inner = {depth.headings + 1, depth.groups + !is_page};
    pdf_layout_space(layout, is_page ? 8 : 3);
    pdf_layout_language(layout, node->language);
    pdf_layout_heading(layout, inner.headings, is_page ? page_style : group_style, KEEP,
                       node->label);
    pdf_layout_language(layout, NULL);
    pdf_layout_space(layout, is_page ? 6 : 3);
    indent_by(layout, inner.groups);
    write_nodes(letter, node->first_child, inner);
    indent_by(layout, depth.groups);
    pdf_layout_end_section(layout, inner.headings);
    if (!is_page)
        pdf_layout_space(layout, 4);
}

static void write_nodes(const struct letter *letter, const struct outline_node *node,
                        struct depth depth)
{
    for (; node && !pdf_has_failed(letter->pdf); node = node->next) {
        switch (node->kind) {
        case OUTLINE_SECTION:
        case OUTLINE_GROUP:
            write_group(letter, node, depth);
            break;
        case OUTLINE_ANSWER:
            write_pair(letter,
                       (struct pdf_pair){.label = node->label,
                                         .value = node->value,
                                         .note = node->origin,
                                         .label_language = node->language,
                                         .value_language = node->value_language},
                       "receipt.unanswered");
            break;
        case OUTLINE_DOCUMENTS:
            write_upload(letter, node);
            break;
        }
    }
}

static void write_answers(const struct letter *letter)
{
    write_section(letter, say(letter, letter->receipt->is_supplement ? "supplement.documents"
                                                                     : "receipt.answers"));
    if (!letter->receipt->outline->first) {
        pdf_layout_text(letter->layout, absent_style, say(letter, "receipt.empty"));
        return;
    }
    enum { SECTION_LEVEL = 2 };
    pdf_layout_language(letter->layout, NULL); /* the form's again */
    write_nodes(letter, letter->receipt->outline->first, (struct depth){SECTION_LEVEL, 0});
    pdf_layout_language(letter->layout, letter->words_language);
}

static const char *sender_text(const struct letter *letter, const struct outline_document *document)
{
    static const char *const ids[] = {
        [OUTLINE_ORIGIN_ISSUER] = "receipt.origin.issuer",
        [OUTLINE_ORIGIN_UNCONFIRMED] = "receipt.origin.unconfirmed",
        [OUTLINE_ORIGIN_UPLOADED] = "receipt.origin.uploaded",
        [OUTLINE_ORIGIN_FAILED] = "receipt.origin.failed",
    };
    const char *origin = say(letter, ids[document->origin]);
    if (document->origin != OUTLINE_ORIGIN_ISSUER || text_is_empty(document->issuer))
        return origin;
    const char *issuer = document->issuer;
    if (!text_is_empty(document->issuer_number)) {
        struct texts_arg args[] = {{"navn", issuer},
                                   {"nummer", spaced_number(letter, document->issuer_number)}};
        issuer = say_with(letter, "receipt.origin.number", args, COUNT(args));
    }
    return arena_printf(letter->arena, "%s\n%s", issuer, origin);
}

/* And who signed it. */
static const char *origin_text(const struct letter *letter, const struct outline_document *document)
{
    const char *signature = document_signature(letter->arena, letter->language, document);
    const char *sender = sender_text(letter, document);
    return *signature ? arena_printf(letter->arena, "%s\n%s", sender, signature) : sender;
}

static size_t count_documents(const struct outline_node *node)
{
    size_t count = 0;
    for (; node; node = node->next)
        count += node->document_count + count_documents(node->first_child);
    return count;
}

static void write_document_rows(const struct letter *letter, const struct pdf_table *table,
                                const struct outline_node *node)
{
    for (; node && !pdf_has_failed(letter->pdf); node = node->next) {
        for (size_t i = 0; i < node->document_count; i++) {
            const struct outline_document *document = &node->documents[i];
            uint64_t size = (uint64_t)document->size_bytes;
            const char *cells[] = {
                arena_printf(letter->arena, "%s (%s)", document->name, document->type),
                origin_text(letter, document),
                locale_size(letter->arena, size, letter->language),
            };
            const char *digest = NULL;
            if (!text_is_empty(document->sha256_hex) && !letter->receipt->is_draft)
                digest = arena_printf(letter->arena, "SHA-256: %s", document->sha256_hex);
            pdf_layout_table_row(letter->layout, table, cells, NULL, digest, digest_style);
        }
        write_document_rows(letter, table, node->first_child);
    }
}

static void write_documents(const struct letter *letter)
{
    const struct outline_node *first = letter->receipt->outline->first;
    if (!count_documents(first))
        return;
    const struct pdf_table_column columns[] = {
        {say(letter, "receipt.document"), 5, PDF_LEFT},
        {say(letter, "receipt.origin"), 4, PDF_LEFT},
        {say(letter, "receipt.size"), 1.4, PDF_RIGHT},
    };
    const struct pdf_table table = {
        .columns = columns,
        .column_count = COUNT(columns),
        .title_style = {PDF_BOLD, 8.5, 12, GREY},
        .style = {PDF_REGULAR, 9.5, 13.5, INK},
        .padding = 5,
        .rule_color = RULE,
    };
    pdf_layout_need(letter->layout, DOCUMENTS_KEEP);
    bool is_draft = letter->receipt->is_draft;
    write_section(letter, say(letter, is_draft ? "draft.documents" : "receipt.documents"));
    if (!is_draft)
        pdf_layout_text(letter->layout, body_style, say(letter, "receipt.documents.lead"));
    pdf_layout_space(letter->layout, 10);
    pdf_layout_table_titles(letter->layout, &table);
    write_document_rows(letter, &table, first);
}

/* What shows, later and elsewhere, that all of this is as it was (`skjema verify`). */
static void write_proof(const struct letter *letter)
{
    if (!letter->receipt->audit_head)
        return;
    pdf_layout_need(letter->layout, PROOF_KEEP);
    write_section(letter, say(letter, "receipt.proof"));
    pdf_layout_text(letter->layout, small_style, say(letter, "receipt.proof.lead"));
    pdf_layout_space(letter->layout, 4);
    const struct pdf_pair head = {.label = say(letter, "receipt.proof.head"),
                                  .value = letter->receipt->audit_head};
    pdf_layout_pair(letter->layout, small_style, digest_style, &head);
}

static void write_around(const struct letter *letter)
{
    const struct pdf_receipt *receipt = letter->receipt;
    const char *draft = receipt->is_draft ? say(letter, "draft.kind") : NULL;
    const char *which = draft ? draft : receipt->reference;
    const struct pdf_layout_around around = {
        .mark = draft,
        .head_left = receipt->outline->form_title,
        .head_right = which,
        .foot_left = arena_printf(letter->arena, "%s · %s", receipt->agency->name, which),
        .page_words = say(letter, "receipt.page"),
        .style = small_style,
        .rule_color = RULE,
    };
    pdf_layout_finish(letter->layout, &around);
}

const char *const *pdf_receipt_next(struct arena *arena, const struct form *form,
                                    const char *language, size_t *count)
{
    const struct form_about *about = form_about(form);
    const char **sentences = ARENA_ARRAY(arena, about->next_count, const char *);
    for (size_t i = 0; i < about->next_count; i++) {
        const char *title = form_show(form, arena, about->next[i].title, language).text;
        const char *detail = form_show(form, arena, about->next[i].detail, language).text;
        bool is_sentence = *title && strchr(".!?:", title[strlen(title) - 1]);
        sentences[i] =
            *detail ? arena_printf(arena, is_sentence ? "%s %s" : "%s. %s", title, detail) : title;
    }
    *count = about->next_count;
    return sentences;
}

/* What each kind of letter calls itself, and how it begins. */
struct beginning {
    const char *kind, *title, *lead;
};

static struct beginning beginning_of(const struct pdf_receipt *receipt)
{
    if (receipt->is_draft)
        return (struct beginning){"draft.kind", "draft.title", "draft.lead"};
    if (receipt->is_supplement)
        return (struct beginning){"supplement.kind", "supplement.title", "supplement.lead"};
    return (struct beginning){"receipt.kind", "receipt.title", "receipt.lead"};
}

static const char *title_of(const struct letter *letter)
{
    const struct pdf_receipt *receipt = letter->receipt;
    const struct texts_arg names[] = {{"skjema", receipt->outline->form_title},
                                      {"referanse", receipt->reference}};
    return say_with(letter, beginning_of(receipt).title, names, receipt->is_draft ? 1 : 2);
}

static void write_beginning(const struct letter *letter)
{
    const struct outline *outline = letter->receipt->outline;
    const struct texts_arg agency = {"avsender", letter->receipt->agency->name};
    const struct beginning words = beginning_of(letter->receipt);
    pdf_layout_language(letter->layout, letter->words_language);
    pdf_layout_text(letter->layout, kind_style, say(letter, words.kind));
    pdf_layout_space(letter->layout, 2);
    pdf_layout_language(letter->layout, outline->title_language);
    pdf_layout_heading(letter->layout, 1, title_style, KEEP, outline->form_title);
    pdf_layout_language(letter->layout, letter->words_language);
    pdf_layout_space(letter->layout, 8);
    pdf_layout_text(letter->layout, body_style, say_with(letter, words.lead, &agency, 1));
    pdf_layout_space(letter->layout, 16);
}

bool pdf_receipt_write(struct arena *arena, const struct pdf_receipt *receipt, struct bytes *out,
                       struct error *err)
{
    struct letter letter = {
        .arena = arena, .receipt = receipt, .language = receipt->outline->language};
    const char *spoken = texts_find(&texts_receipt, "receipt.kind", letter.language).language;
    letter.words_language = text_equal(spoken, letter.language) ? NULL : spoken;
    const struct pdf_about about = {
        .title = title_of(&letter),
        .author = receipt->agency->name,
        .language = letter.language,
        .created_at = receipt->received_at,
    };
    letter.pdf = pdf_new(arena, &about);
    pdf_attach(letter.pdf, receipt->attachments_inside, receipt->attachment_inside_count);
    letter.layout = pdf_layout_new(arena, letter.pdf, (struct pdf_layout_margins){62, 62, 62, 62});

    write_head(&letter);
    write_beginning(&letter);
    write_facts(&letter);
    if (!receipt->is_draft)
        write_next(&letter);
    write_answers(&letter);
    write_documents(&letter);
    write_proof(&letter);
    write_around(&letter);
    return pdf_write(letter.pdf, out, err);
}
