#include "render/outcome.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"

static const struct {
    const char *id, *color, *icon;
} kinds[] = {
    [OUTCOME_GRANTED] = {"outcome.granted", "success", "check"},
    [OUTCOME_PARTLY] = {"outcome.partly", "info", NULL},
    [OUTCOME_REFUSED] = {"outcome.refused", "warning", NULL},
    [OUTCOME_DISMISSED] = {"outcome.dismissed", "neutral", NULL},
};

void outcome_write_tag(struct html *html, const struct frame *frame, enum outcome_kind kind)
{
    frame_tag(html, kinds[kind].color, kinds[kind].icon, message(frame->language, kinds[kind].id));
}

/* "Søknad om serveringsbevilling · SB-2026-000001" */
static void write_about(struct html *html, const struct frame *frame, const struct form_shown *form,
                        const char *reference)
{
    html_open(html, "p", "class", "app-kicker");
    html_leaf(html, form->text, "span", "lang", frame_lang(frame, form->language));
    html_text(html, " · ");
    html_leaf(html, reference, "span", "class", "app-nowrap");
    html_close(html);
}

/* ---- taking it back ---- */

static void write_points(struct html *html, const struct frame *frame, const char *heading,
                         const char *const *points, size_t count)
{
    html_leaf(html, message(frame->language, heading), "h2", "class", "app-h3");
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < count; i++)
        html_leaf(html, points[i], "li");
    html_close(html);
}

static void write_what_happens(struct html *html, const struct frame *frame,
                               const struct outcome_withdraw *page)
{
    const char *language = frame->language;
    const char *ends[] = {
        message(language, "withdraw.ends.case"),
        message(language, "withdraw.ends.consents"),
        page->waiting_count
            ? message_count(html->arena, language, "withdraw.ends.documents", page->waiting_count)
            : NULL,
    };
    const char *stays[] = {
        message(language, "withdraw.stays.sent"),
        message(language, "withdraw.stays.told"),
        page->letter_is_under_way ? message(language, "withdraw.stays.letter") : NULL,
    };
    write_points(html, frame, "withdraw.ends", ends, COUNT(ends) - !ends[COUNT(ends) - 1]);
    write_points(html, frame, "withdraw.stays", stays, COUNT(stays) - !stays[COUNT(stays) - 1]);
}

static void write_too_late(struct html *html, const struct frame *frame,
                           const struct outcome_withdraw *page)
{
    const char *language = frame->language;
    frame_message(html, FRAME_INFO, NULL, message(language, "withdraw.late"), false);
    html_open(html, "div", "class", "app-actions");
    frame_link_button(html, page->decision, NULL, NULL, message(language, "withdraw.late.see"));
    frame_link_button(html, page->back, "secondary", NULL, message(language, "withdraw.back"));
    html_close(html);
}

static void write_question(struct html *html, const struct frame *frame,
                           const struct outcome_withdraw *page)
{
    const char *language = frame->language;
    write_what_happens(html, frame, page);
    frame_message(html, FRAME_WARNING, NULL, message(language, "withdraw.warning"), false);
    frame_form(html, frame, page->action, "app-actions", false);
    frame_button(
        html, &(struct frame_button){.color = "danger", .text = message(language, "withdraw.yes")});
    frame_link_button(html, page->back, "secondary", NULL, message(language, "withdraw.no"));
    html_close(html);
}

struct bytes outcome_withdraw_page(struct arena *arena, const struct frame *frame,
                                   const struct outcome_withdraw *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    const char *title =
        message(language, page->decision ? "withdraw.late.title" : "withdraw.title");
    struct frame_page around = {.title = arena_printf(arena, "%s – %s", title, page->form.text),
                                .my_page = true};
    frame_begin(&html, frame, &around);
    write_about(&html, frame, &page->form, page->reference);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html,
              message_with(arena, language, "my.sent.at", "tid",
                           locale_moment_at(arena, page->sent_at, language)),
              "p", "class", "app-muted");
    if (page->decision)
        write_too_late(&html, frame, page);
    else
        write_question(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- a decision ---- */

static void write_document(struct html *html, const struct frame *frame,
                           const struct outcome_decision *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "div", "class", "app-stack app-stack--tight");
    html_open(html, "p", "class", "app-docs__badges");
    outcome_write_tag(html, frame, page->kind);
    html_close(html);
    html_leaf(html,
              message_with(arena, language, "decision.came", "tid",
                           locale_moment_at(arena, page->decided_at, language)),
              "p");
    html_leaf(html, sending_delivery_in(arena, language, page->delivery, page->mailbox), "p",
              "class", "app-muted");
    html_close(html);
    html_open(html, "div", "class", "app-actions");
    frame_link_button(html, page->file, NULL, "download",
                      message_with(arena, language, "decision.file", "storrelse",
                                   locale_size(arena, (uint64_t)page->size_bytes, language)));
    frame_link_button(html, page->receipt, "secondary", NULL,
                      message(language, "decision.application"));
    html_close(html);
}

/* How long only when the agency says so: we do not know when the person was told. */
static void write_appeal(struct html *html, const struct frame *frame,
                         const struct outcome_decision *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "klage");
    html_leaf(html, message(language, "decision.appeal"), "h2", "class", "app-h2", "id", "klage");
    if (page->appeal_until)
        html_leaf(html,
                  message_with(arena, language,
                               page->appeal_until < frame->now ? "decision.appeal.past"
                                                               : "decision.appeal.until",
                               "dato", locale_date_at(arena, page->appeal_until - 1, language)),
                  "p");
    if (*page->appeal) {
        html_open(html, "p", "lang", frame_lang(frame, page->language));
        html_lines(html, page->appeal);
        html_close(html);
    } else {
        html_leaf(html, message(language, "decision.appeal.how"), "p");
        html_leaf(
            html,
            message_with(arena, language, "decision.appeal.what", "referanse", page->reference),
            "p");
    }
    html_close(html);
}

struct bytes outcome_decision_page(struct arena *arena, const struct frame *frame,
                                   const struct outcome_decision *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = {.title = arena_printf(arena, "%s – %s", page->title,
                                                      message(frame->language, "frame.mypage")),
                                .my_page = true};
    frame_begin(&html, frame, &around);
    write_about(&html, frame, &page->form, page->reference);
    html_leaf(&html, page->title, "h1", "class", "app-h1", "lang",
              frame_lang(frame, page->language));
    html_open(&html, "div", "class", "app-sheet app-stack");
    write_document(&html, frame, page);
    write_appeal(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- on the receipt ---- */

static void write_withdrawn(struct html *html, const struct frame *frame,
                            const struct outcome_of_receipt *outcome)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    frame_message_begin(html, FRAME_INFO, true);
    html_leaf(html, message(language, "withdraw.done"), "h2");
    html_leaf(html,
              message_with(arena, language, "withdraw.done.at", "tid",
                           locale_moment_at(arena, outcome->withdrawn_at, language)),
              "p");
    html_open(html, "p");
    html_leaf(html, message(language, "withdraw.done.pdf"), "a", "class", "ds-link", "href",
              outcome->withdrawal_pdf);
    html_text(html, arena_printf(arena, " · %s",
                                 sending_delivery_in(arena, language, outcome->withdrawal_delivery,
                                                     outcome->withdrawal_mailbox)));
    html_close_to(html, html->depth - 2);
}

static void write_decision(struct html *html, const struct frame *frame,
                           const struct outcome_decision *decision)
{
    html_open(html, "li");
    html_leaf(html, decision->title, "a", "class", "ds-link", "href", decision->address, "lang",
              frame_lang(frame, decision->language));
    html_text(html,
              arena_printf(html->arena, " · %s ",
                           locale_moment_at(html->arena, decision->decided_at, frame->language)));
    outcome_write_tag(html, frame, decision->kind);
    html_close(html);
}

void outcome_write_first(struct html *html, const struct frame *frame,
                         const struct outcome_of_receipt *outcome)
{
    if (outcome->withdrawn_at)
        write_withdrawn(html, frame, outcome);
    if (outcome->decision_count == 0)
        return;
    html_open(html, "section", "aria-labelledby", "vedtak");
    html_leaf(html, message(frame->language, "decision.heading"), "h2", "class", "app-h2", "id",
              "vedtak");
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < outcome->decision_count; i++)
        write_decision(html, frame, &outcome->decisions[i]);
    html_close_to(html, html->depth - 2);
}

void outcome_write_last(struct html *html, const struct frame *frame,
                        const struct outcome_of_receipt *outcome)
{
    const char *language = frame->language;
    if (!outcome->withdraw)
        return;
    html_open(html, "section", "class", "app-noprint", "aria-labelledby", "trekk");
    html_leaf(html, message(language, "withdraw.offer"), "h2", "class", "app-h2", "id", "trekk");
    html_leaf(html, message(language, "withdraw.offer.text"), "p", "class", "app-text");
    html_open(html, "div", "class", "app-actions");
    frame_link_button(html, outcome->withdraw, "secondary", NULL,
                      message(language, "withdraw.offer.link"));
    html_close_to(html, html->depth - 2);
}
