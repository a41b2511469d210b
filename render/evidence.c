#include "render/evidence.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/agreement.h"
#include "render/document.h"
#include "render/message.h"
#include "render/overview.h"
#include "render/step.h"

enum { DAY_S = 86400 };

/* ---- what the yes is to ---- */

static void add_term(struct buf *buf, const char *language, const char *id, const char *text)
{
    buf_printf(buf, "%s\t%s\n", message(language, id), text);
}

static void add_question(struct buf *buf, const char *language, const struct evidence_page *page)
{
    add_term(buf, language, "evidence.who",
             message_with(buf->arena, language, "evidence.who.text", "navn", page->item.consumer,
                          "kaller", page->requester));
    add_term(buf, language, "evidence.purpose", page->purpose);
    add_term(buf, language, "evidence.procedure", page->procedure);
}

static void add_terms(struct buf *buf, const char *language, const struct evidence_page *page)
{
    add_question(buf, language, page);
    if (page->document_count) {
        const char *length =
            message_count(buf->arena, language, "time.days", page->readable_s / DAY_S);
        add_term(buf, language, "evidence.what", message(language, "evidence.what.text"));
        add_term(buf, language, "evidence.long",
                 message_with(buf->arena, language, "evidence.long.text", "lengde", length));
        add_term(buf, language, "evidence.undo", message(language, "evidence.undo.text"));
    }
    add_term(buf, language, "evidence.no", message(language, "evidence.no.text"));
}

char *evidence_text(struct arena *arena, const struct frame *frame,
                    const struct evidence_page *page)
{
    struct buf buf;
    buf_init(&buf, arena);
    add_terms(&buf, frame->language, page);
    for (size_t i = 0; i < page->document_count; i++)
        add_term(&buf, frame->language, "evidence.document",
                 arena_printf(arena, "%s %s", page->documents[i].document.name,
                              page->documents[i].document.sha256_hex));
    return buf_text(&buf);
}

/* ---- documents ---- */

static const char *about(struct arena *arena, const struct frame *frame,
                         const struct evidence_document *document)
{
    const char *text = document_about(arena, frame, &document->document);
    if (!text_is_empty(document->number))
        text = arena_printf(arena, "%s · %s", text, document->number);
    if (!document->valid_until)
        return text;
    const char *last_day = locale_date_at(arena, document->valid_until - 1, frame->language);
    return arena_printf(arena, "%s · %s", text,
                        message_with(arena, frame->language, "evidence.valid", "dato", last_day));
}

static void write_document(struct html *html, const struct frame *frame,
                           const struct evidence_document *document, const char *link_id)
{
    struct arena *arena = html->arena;
    document_begin_row(html, frame, &document->document, about(arena, frame, document));
    html_open(html, "div", "class", "app-docs__action");
    html_open(html, "a", "class", "ds-button", "data-variant", "tertiary", "href",
              document->address);
    frame_icon(html, "download");
    html_open(html, "span");
    html_text(html, message(frame->language, link_id));
    html_leaf(html, arena_printf(arena, ": %s", document->document.name), "span", "class",
              "ds-sr-only");
    html_close_to(html, html->depth - 4);
}

static void write_documents(struct html *html, const struct frame *frame,
                            const struct evidence_page *page)
{
    if (!page->document_count)
        return;
    html_leaf(html, message(frame->language, "evidence.document"), "h2", "class", "app-h2");
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < page->document_count; i++)
        write_document(html, frame, &page->documents[i], "evidence.see");
    html_close(html);
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, message(frame->language, "evidence.digest"), "summary");
    html_open(html, "div");
    for (size_t i = 0; i < page->document_count; i++)
        html_leaf(html,
                  arena_printf(html->arena, "%s: %s", page->documents[i].document.name,
                               page->documents[i].document.sha256_hex),
                  "p", "class", "app-docs__title");
    html_close_to(html, html->depth - 2);
}

void evidence_write_certificates(struct html *html, const struct frame *frame,
                                 const struct evidence_document *documents, size_t count)
{
    if (!count)
        return;
    overview_begin_section(html, frame, "bevis", "evidence.certificates");
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < count; i++)
        write_document(html, frame, &documents[i], "my.download");
    html_close_to(html, html->depth - 2);
}

/* ---- the answer ---- */

#define FIRST_CHOICE "dokument-1"
#define CHOICE_ERROR "dokument-feil"

static void write_summary(struct html *html, const struct frame *frame,
                          const struct evidence_page *page)
{
    const struct step_mistake mistake = {.text = message(frame->language, "evidence.choose.error"),
                                         .address = "#" FIRST_CHOICE};
    if (page->must_choose)
        step_write_summary(html, frame, &mistake, 1);
}

static void write_choice(struct html *html, const struct evidence_page *page, size_t at)
{
    const struct evidence_document *document = &page->documents[at];
    const char *id = arena_printf(html->arena, "dokument-%zu", at + 1);
    bool chosen = text_equal(document->id, page->chosen);
    html_open(html, "div", "class", "ds-field");
    html_void(html, "input", "class", "ds-input", "type", "radio", "name", EVIDENCE_FIELD_DOCUMENT,
              "id", id, "value", document->id, "checked", chosen ? "" : NULL, "aria-describedby",
              page->must_choose ? CHOICE_ERROR : NULL, "aria-invalid",
              page->must_choose ? "true" : NULL);
    const char *number =
        text_is_empty(document->number)
            ? document->document.name
            : arena_printf(html->arena, "%s, %s", document->document.name, document->number);
    html_leaf(html, number, "label", "class", "ds-label", "data-weight", "regular", "for", id);
    html_close(html);
}

/* Which of them, when there are several: none is chosen beforehand. */
static void write_choices(struct html *html, const char *language, const struct evidence_page *page)
{
    if (page->document_count == 1)
        html_void(html, "input", "type", "hidden", "name", EVIDENCE_FIELD_DOCUMENT, "value",
                  page->documents[0].id);
    if (page->document_count < 2)
        return;
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, message(language, "evidence.choose"), "legend", "class", "ds-label");
    for (size_t i = 0; i < page->document_count; i++)
        write_choice(html, page, i);
    if (page->must_choose)
        html_leaf(html, message(language, "evidence.choose.error"), "p", "class",
                  "ds-validation-message", "data-field", "validation", "id", CHOICE_ERROR);
    html_close(html);
}

static void write_answer(struct html *html, const struct frame *frame,
                         const struct evidence_page *page)
{
    const char *language = frame->language;
    frame_message(html, FRAME_INFO, NULL,
                  message_with(html->arena, language, "evidence.until", "dato",
                               locale_date_at(html->arena, page->item.at - 1, language)),
                  false);
    frame_main_form(html, page->answer, "app-stack", false);
    html_void(html, "input", "type", "hidden", "name", EVIDENCE_FIELD_SHOWN, "value", page->shown);
    write_choices(html, language, page);
    html_open(html, "div", "class", "app-actions");
    if (page->document_count)
        frame_button(html, &(struct frame_button){.name = EVIDENCE_FIELD_ANSWER,
                                                  .value = "ja",
                                                  .icon = "check",
                                                  .text = message(language, "evidence.yes")});
    frame_button(html, &(struct frame_button){.variant = "secondary",
                                              .name = EVIDENCE_FIELD_ANSWER,
                                              .value = "nei",
                                              .text = message(language, "evidence.refuse")});
    html_close_to(html, html->depth - 2);
}

/* What the agency wrote may be there in fewer languages than the site has. */
static void write_terms(struct html *html, const struct frame *frame,
                        const struct evidence_page *page, const char *terms)
{
    const struct form_shown others[] = {
        {page->purpose, frame_lang(frame, page->purpose_language)},
        {page->procedure, frame_lang(frame, page->procedure_language)},
    };
    agreement_write_terms(html, terms, NULL, others, COUNT(others));
}

static struct bytes asked_page(struct html *html, const struct frame *frame,
                               const struct evidence_page *page)
{
    const char *language = frame->language;
    struct frame_page around = {
        .title = message(language, "evidence.title"),
        .about = page->item.consumer,
        .error_count = page->must_choose,
        .posts = true,
        .my_page = true,
        .press_name = EVIDENCE_FIELD_ANSWER, /* Enter alone shares nothing: it asks to choose */
        .press_value = "",
    };
    frame_begin(html, frame, &around);
    html_leaf(html, message(language, "evidence.kicker"), "p", "class", "app-kicker");
    html_leaf(html, around.title, "h1", "class", "app-h1");
    html_leaf(html, message(language, "evidence.lead"), "p", "class", "app-lead");
    html_open(html, "div", "class", "app-sheet app-stack");
    write_summary(html, frame, page);
    if (page->changed)
        frame_message(html, FRAME_WARNING, NULL, message(language, "evidence.changed"), true);
    html_leaf(html, message(language, "evidence.heading"), "h2", "class", "app-h2");
    struct buf terms;
    buf_init(&terms, html->arena);
    add_terms(&terms, language, page);
    write_terms(html, frame, page, buf_text(&terms));
    if (page->document_count)
        write_documents(html, frame, page);
    else
        frame_message(html, FRAME_INFO, NULL, message(language, "evidence.none"), false);
    write_answer(html, frame, page);
    html_close(html);
    frame_end(html, frame, &around);
    return html_bytes(html);
}

/* ---- afterwards ---- */

static void write_outcome(struct html *html, const struct frame *frame,
                          const struct evidence_item *item)
{
    static const char *const ids[] = {
        [EVIDENCE_STAGE_ASKED] = "evidence.until",
        [EVIDENCE_STAGE_GIVEN] = "evidence.given.text",
        [EVIDENCE_STAGE_REFUSED] = "evidence.refused.text",
        [EVIDENCE_STAGE_WITHDRAWN] = "evidence.withdrawn.text",
        [EVIDENCE_STAGE_UNANSWERED] = "evidence.unanswered.text",
        [EVIDENCE_STAGE_ENDED] = "evidence.ended.text",
    };
    bool given = item->stage == EVIDENCE_STAGE_GIVEN;
    frame_message(html, given ? FRAME_SUCCESS : FRAME_INFO,
                  given ? message(frame->language, "evidence.given.title") : NULL,
                  message_with(html->arena, frame->language, ids[item->stage], "tid",
                               locale_moment_at(html->arena, item->at, frame->language), "navn",
                               item->consumer),
                  true);
}

static void write_readings(struct html *html, const char *language,
                           const struct evidence_page *page)
{
    enum evidence_stage stage = page->item.stage;
    if (stage == EVIDENCE_STAGE_REFUSED || stage == EVIDENCE_STAGE_UNANSWERED)
        return;
    html_leaf(html, message(language, "evidence.readings"), "h2", "class", "app-h2");
    if (!page->read_count) {
        html_leaf(html, message(language, "evidence.readings.none"), "p", "class", "app-text");
        return;
    }
    html_open(html, "ul", "class", "app-text");
    for (size_t i = 0; i < page->read_count; i++)
        html_leaf(html, locale_moment_at(html->arena, page->read_at[i], language), "li");
    html_close(html);
}

static struct bytes answered_page(struct html *html, const struct frame *frame,
                                  const struct evidence_page *page)
{
    const char *language = frame->language;
    struct frame_page around =
        overview_begin(html, frame, OVERVIEW_PATH_CONSENTS, "evidence.kicker");
    html_open(html, "div", "class", "app-sheet app-stack");
    html_leaf(html, page->item.consumer, "p", "class", "app-lead");
    write_outcome(html, frame, &page->item);
    write_readings(html, language, page);
    write_documents(html, frame, page);
    html_leaf(html, message(language, "evidence.heading"), "h2", "class", "app-h2");
    struct buf terms;
    buf_init(&terms, html->arena);
    add_question(&terms, language, page);
    write_terms(html, frame, page, buf_text(&terms));
    html_open(html, "div", "class", "app-actions");
    if (page->withdraw) {
        frame_form(html, frame, page->withdraw, NULL, false);
        frame_button(html, &(struct frame_button){.variant = "secondary",
                                                  .color = "danger",
                                                  .text = message(language, "evidence.withdraw")});
        html_close(html);
    }
    frame_link_button(html, OVERVIEW_PATH_CONSENTS, "secondary", NULL,
                      message(language, "evidence.back"));
    html_close_to(html, html->depth - 2);
    return overview_end(html, frame, &around);
}

struct bytes evidence_page(struct arena *arena, const struct frame *frame,
                           const struct evidence_page *page)
{
    struct html html;
    html_init(&html, arena);
    if (page->item.stage == EVIDENCE_STAGE_ASKED)
        return asked_page(&html, frame, page);
    return answered_page(&html, frame, page);
}

/* ---- in a list ---- */

static void write_item(struct html *html, const struct frame *frame,
                       const struct evidence_item *item)
{
    static const char *const ids[] = {
        [EVIDENCE_STAGE_ASKED] = "evidence.stage.asked",
        [EVIDENCE_STAGE_GIVEN] = "evidence.stage.given",
        [EVIDENCE_STAGE_REFUSED] = "evidence.stage.refused",
        [EVIDENCE_STAGE_WITHDRAWN] = "evidence.stage.withdrawn",
        [EVIDENCE_STAGE_UNANSWERED] = "evidence.stage.unanswered",
        [EVIDENCE_STAGE_ENDED] = "evidence.stage.ended",
    };
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_leaf(html, item->consumer, "h3", "class", "app-h3");
    html_leaf(html,
              arena_printf(arena, "%s · %s",
                           message_with(arena, language, "evidence.asked", "tid",
                                        locale_date_at(arena, item->asked_at, language)),
                           message_with(arena, language, ids[item->stage], "tid",
                                        locale_moment_at(arena, item->at, language))),
              "p", "class", "app-muted");
    html_open(html, "p");
    html_open(html, "a", "class", "ds-link", "href", item->address);
    html_text(html, message(language, "evidence.open"));
    html_leaf(html, arena_printf(arena, ": %s", item->consumer), "span", "class", "ds-sr-only");
    html_close_to(html, html->depth - 4);
}

void evidence_write_list(struct html *html, const struct frame *frame,
                         const struct evidence_item *items, size_t count)
{
    if (!count)
        return;
    overview_begin_section(html, frame, "foresporsler", "evidence.list");
    html_open(html, "ul", "class", "app-cards");
    for (size_t i = 0; i < count; i++)
        write_item(html, frame, &items[i]);
    html_close_to(html, html->depth - 2);
}
