#include "render/sending.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/document.h"
#include "render/message.h"
#include "render/outcome.h"

/* ---- answers read back ---- */

static void write_nodes(struct html *html, const struct frame *frame,
                        const struct outline_node *first, int level);

/* Of what the outline holds: no word of language means the one it was asked for in. */
static const char *lang_of(const struct frame *frame, const char *language)
{
    return frame_lang(frame, language ? language : frame_reading(frame));
}

static void write_documents(struct html *html, const struct frame *frame,
                            const struct outline_node *node)
{
    if (node->document_count == 0 && !node->later)
        html_leaf(html, message(frame->language, "review.no.document"), "span", "class",
                  "app-muted");
    for (size_t i = 0; i < node->document_count; i++) {
        const struct outline_document *document = &node->documents[i];
        html_open(html, "span", "class", "app-dl__document");
        html_text(html, document->name);
        if (!text_is_empty(document->type))
            html_text(html, arena_printf(html->arena, " (%s, %s)", document->type,
                                         locale_size(html->arena, (uint64_t)document->size_bytes,
                                                     frame->language)));
        html_open(html, "span", "class", "app-docs__badges");
        document_write_badges(html, frame->language, document);
        html_close(html);
        const char *signature = document_signature(html->arena, frame->language, document);
        if (*signature)
            html_leaf(html, signature, "span", "class", "app-dl__note");
        html_close(html);
    }
    if (node->later)
        html_leaf(html,
                  text_is_empty(node->later_by)
                      ? message(frame->language, "review.later")
                      : message_with(html->arena, frame->language, "review.later.by", "dato",
                                     node->later_by),
                  "span");
}

/* Where it was fetched is told in the page's language. */
static void write_value(struct html *html, const struct outline_node *node)
{
    html_text(html, node->value);
    html_text(html, node->origin ? " " : "");
    html_leaf(html, node->origin, "span", "class", "app-dl__note");
}

static void write_answer(struct html *html, const struct frame *frame,
                         const struct outline_node *node)
{
    bool says = node->kind == OUTLINE_ANSWER && !text_is_empty(node->value);
    html_open(html, "div");
    html_leaf(html, node->label, "dt", "lang", lang_of(frame, node->language));
    html_open(html, "dd", "lang", says ? lang_of(frame, node->value_language) : NULL);
    if (node->kind == OUTLINE_DOCUMENTS)
        write_documents(html, frame, node);
    else if (says)
        write_value(html, node);
    else
        html_leaf(html, message(frame->language, "review.not.answered"), "span", "class",
                  "app-muted");
    html_close_to(html, html->depth - 2);
}

static void write_group(struct html *html, const struct frame *frame,
                        const struct outline_node *node, int level)
{
    if (!node->first_child)
        return;
    html_open(html, "div", "class", "app-summary__group");
    html_leaf(html, text_is_empty(node->label) ? NULL : node->label, level < 4 ? "h3" : "h4",
              "class", level < 4 ? "app-h3" : "app-h4", "lang", lang_of(frame, node->language));
    write_nodes(html, frame, node->first_child, level + 1);
    html_close(html);
}

/* Answers in a row share one list; a group ends it. */
static void write_nodes(struct html *html, const struct frame *frame,
                        const struct outline_node *first, int level)
{
    size_t depth = html->depth;
    for (const struct outline_node *node = first; node; node = node->next) {
        bool answer = node->kind == OUTLINE_ANSWER || node->kind == OUTLINE_DOCUMENTS;
        if (answer && html->depth == depth)
            html_open(html, "dl", "class", "app-dl");
        if (!answer)
            html_close_to(html, depth);
        if (answer)
            write_answer(html, frame, node);
        else
            write_group(html, frame, node, level);
    }
    html_close_to(html, depth);
}

/* "Endre husholdning og inntekt": the words after the first are for those who hear links alone. */
static void write_edit(struct html *html, const struct frame *frame, const char *address,
                       const struct outline_node *node)
{
    html_open(html, "a", "class", "ds-link app-noprint", "href", address);
    frame_icon(html, "pencil");
    html_open(html, "span");
    html_text(html, message(frame->language, "review.edit"));
    html_leaf(html, arena_printf(html->arena, " %s", node->label), "span", "class", "ds-sr-only",
              "lang", lang_of(frame, node->language));
    html_close_to(html, html->depth - 2);
}

static void write_section(struct html *html, const struct frame *frame,
                          const struct outline_node *node, const char *address_of_page, size_t at)
{
    char *id = arena_printf(html->arena, "del-%zu", at);
    html_open(html, "section", "aria-labelledby", id);
    html_open(html, "div", "class", "app-summary__head");
    html_leaf(html, node->label, "h2", "class", "app-h2", "id", id, "lang",
              lang_of(frame, node->language));
    if (address_of_page && node->page)
        write_edit(html, frame, arena_printf(html->arena, "%s%s", address_of_page, node->page),
                   node);
    html_close(html);
    write_nodes(html, frame, node->first_child, 3);
    html_close(html);
}

static void write_sections(struct html *html, const struct frame *frame,
                           const struct outline *outline, const char *address_of_page)
{
    size_t at = 0;
    for (const struct outline_node *node = outline->first; node; node = node->next)
        if (node->first_child)
            write_section(html, frame, node, address_of_page, ++at);
}

/* ---- review ---- */

static void write_row(struct html *html, const char *label, const char *value)
{
    html_open(html, "div");
    html_leaf(html, label, "dt");
    html_leaf(html, value, "dd");
    html_close(html);
}

static void write_person(struct html *html, const struct frame *frame,
                         const struct sending_review *page)
{
    if (!page->person_name || (!*page->person_name && !page->person_number))
        return;
    html_open(html, "section", "aria-labelledby", "om-deg");
    html_leaf(html, message(frame->language, "review.person"), "h2", "class", "app-h2", "id",
              "om-deg");
    html_open(html, "dl", "class", "app-dl");
    if (*page->person_name)
        write_row(html, message(frame->language, "review.name"), page->person_name);
    if (page->person_number)
        write_row(html, message(frame->language, "review.number"),
                  arena_printf(html->arena, "%.6s *****", page->person_number));
    html_close(html);
    html_open(html, "details", "class", "app-readmore app-noprint");
    html_leaf(html, message(frame->language, "review.wrong"), "summary");
    html_open(html, "div");
    html_leaf(html, message(frame->language, "review.wrong.text"), "p");
    html_close_to(html, html->depth - 3);
}

static void write_confirmation(struct html *html, const struct frame *frame,
                               const struct sending_review *page)
{
    const char *language = frame->language;
    bool missing = page->declaration_missing;
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, message(language, "review.before"), "legend", "class", "app-legend-h");
    html_open(html, "div", "class", "ds-field");
    html_void(html, "input", "class", "ds-input", "type", "checkbox", "id", SENDING_FIELD_CONFIRM,
              "name", SENDING_FIELD_CONFIRM, "value", "ja", "aria-describedby",
              missing ? "bekreft-feil" : NULL, "aria-invalid", missing ? "true" : NULL);
    html_leaf(html, message(language, "review.declaration"), "label", "class", "ds-label", "for",
              SENDING_FIELD_CONFIRM);
    html_close(html);
    if (missing)
        html_leaf(html, message(language, "review.declaration.missing"), "p", "class",
                  "ds-validation-message", "data-field", "validation", "id", "bekreft-feil");
    html_close(html);
}

static void write_send(struct html *html, const struct frame *frame,
                       const struct sending_review *page)
{
    const char *language = frame->language;
    frame_main_form(html, page->action, "app-form app-noprint", false);
    html_void(html, "input", "type", "hidden", "name", STEP_FIELD_REVISION, "value",
              arena_printf(html->arena, "%lld", (long long)page->revision));
    if (page->shown)
        html_void(html, "input", "type", "hidden", "name", SENDING_FIELD_SHOWN, "value",
                  page->shown);
    write_confirmation(html, frame, page);
    html_open(html, "div");
    html_open(html, "div", "class", "app-actions");
    frame_button(html,
                 &(struct frame_button){.text = message(language, "ui.submit"), .once = true});
    frame_link_button(html, page->back, "secondary", NULL, message(language, "ui.prev"));
    html_close(html);
    html_open(html, "div", "class", "app-actions app-actions--later");
    if (page->draft_pdf)
        frame_link_button(html, page->draft_pdf, "tertiary", "download",
                          message(language, "review.draft.pdf"));
    frame_link_button(html, FRAME_PATH_MY_PAGE, "tertiary", NULL, message(language, "ui.later"));
    html_close_to(html, html->depth - 3);
}

static size_t write_obstacles(struct html *html, const struct frame *frame,
                              const struct sending_review *page, bool write)
{
    size_t count = page->obstacle_count + (page->declaration_missing ? 1 : 0);
    if (!write)
        return count;
    struct step_mistake *mistakes = ARENA_ARRAY(html->arena, count, struct step_mistake);
    for (size_t i = 0; i < page->obstacle_count; i++)
        mistakes[i] =
            (struct step_mistake){.text = page->obstacles[i].text,
                                  .address = page->obstacles[i].address,
                                  .language = frame_lang(frame, page->obstacles[i].language)};
    if (page->declaration_missing)
        mistakes[page->obstacle_count] =
            (struct step_mistake){.text = message(frame->language, "review.declaration.missing"),
                                  .address = "#" SENDING_FIELD_CONFIRM};
    step_write_summary(html, frame, mistakes, count);
    return count;
}

struct bytes sending_review_page(struct arena *arena, const struct frame *frame,
                                 const struct sending_review *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    const char *step = message_with(arena, language, "progress.title", "n",
                                    arena_printf(arena, "%zu", page->progress.current + 1), "m",
                                    arena_printf(arena, "%zu", page->progress.count));
    struct frame_page around = {
        .title = arena_printf(arena, "%s – %s – %s", message(language, "review.step"), step,
                              page->outline->form_title),
        .error_count = (int)write_obstacles(&html, frame, page, false),
        .posts = true,
    };
    frame_begin(&html, frame, &around);
    html_leaf(&html, page->outline->form_title, "p", "class", "app-kicker", "lang",
              lang_of(frame, page->outline->title_language));
    html_leaf(&html, message(language, "review.title"), "h1", "class", "app-h1");
    step_write_progress(&html, frame, &page->progress);
    html_open(&html, "div", "class", "app-sheet app-stack app-stack--loose");
    write_obstacles(&html, frame, page, true);
    html_leaf(&html, message_with(arena, language, "review.lead", "navn", frame->agency->name), "p",
              "class", "app-text");
    write_person(&html, frame, page);
    write_sections(&html, frame, page->outline, page->address_of_page);
    write_send(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- receipt ---- */

static const struct {
    const char *id, *color;
} deliveries[] = {
    [SENDING_QUEUED] = {"delivery.queued", "info"},
    [SENDING_HANDED] = {"delivery.handed", "info"},
    [SENDING_DELIVERED] = {"delivery.delivered", "success"},
    [SENDING_LATE] = {"delivery.late", "warning"},
    [SENDING_FAILED] = {"delivery.failed", "warning"},
    [SENDING_NO_POSTBOX] = {"delivery.none", "neutral"},
    [SENDING_OPENED] = {"delivery.opened", "success"},
    [SENDING_ON_PAPER] = {"delivery.paper", "info"},
};

const char *sending_delivery_text(const char *language, enum sending_delivery delivery)
{
    return message(language, deliveries[delivery].id);
}

static bool is_delivered(enum sending_delivery delivery)
{
    return delivery == SENDING_DELIVERED || delivery == SENDING_OPENED;
}

/* There, or on its way there. */
static bool is_in_mailbox(enum sending_delivery delivery)
{
    return delivery == SENDING_HANDED || is_delivered(delivery);
}

const char *sending_delivery_in(struct arena *arena, const char *language,
                                enum sending_delivery delivery, const char *mailbox)
{
    const char *text = sending_delivery_text(language, delivery);
    bool there = is_in_mailbox(delivery);
    return there && mailbox ? arena_printf(arena, "%s (%s)", text, mailbox) : text;
}

const char *sending_delivery_color(enum sending_delivery delivery)
{
    return deliveries[delivery].color;
}

static void write_moment(struct html *html, const struct frame *frame, bool done, const char *said,
                         const char *text)
{
    html_open(html, "li", "data-state", done ? "done" : "now");
    html_open(html, "span", "class", "app-timeline__dot");
    if (done)
        frame_icon(html, "check");
    html_close(html);
    html_leaf(html, said, "strong");
    html_text(html, text);
    html_text(html, " ");
    html_leaf(html, message(frame->language, done ? "progress.done" : "timeline.now"), "span",
              "class", "ds-sr-only");
    html_close(html);
}

/* "Kopien ligger i postkassen din (e-Boks)" */
static void write_at_mailbox(struct html *html, const struct frame *frame,
                             const struct sending_receipt *page, bool done, const char *id,
                             int64_t at)
{
    const char *language = frame->language, *said = message(language, id);
    write_moment(html, frame, done,
                 page->mailbox ? arena_printf(html->arena, "%s (%s)", said, page->mailbox) : said,
                 done && at ? locale_moment_at(html->arena, at, language)
                            : message(language, "timeline.wait.text"));
}

/* Handed over, delivered, opened: as far as it has come, and the step that is awaited. */
static void write_mailbox_moments(struct html *html, const struct frame *frame,
                                  const struct sending_receipt *page)
{
    const char *language = frame->language;
    bool delivered = is_delivered(page->delivery);
    int64_t handed_at = page->handed_at ? page->handed_at : page->delivered_at;
    if (!delivered && page->delivery != SENDING_HANDED) {
        write_moment(html, frame, false, message(language, "timeline.queued"),
                     message(language, page->delivery == SENDING_LATE ? "timeline.late.text"
                                                                      : "timeline.wait.text"));
        return;
    }
    write_moment(html, frame, true, message(language, "timeline.handed"),
                 handed_at ? locale_moment_at(html->arena, handed_at, language)
                           : message(language, "timeline.wait.text"));
    write_at_mailbox(html, frame, page, delivered,
                     delivered ? "timeline.delivered" : "timeline.confirming", page->delivered_at);
    if (page->delivery == SENDING_OPENED)
        write_moment(html, frame, true, message(language, "timeline.opened"),
                     locale_moment_at(html->arena, page->opened_at, language));
}

static void write_timeline(struct html *html, const struct frame *frame,
                           const struct sending_receipt *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "ol", "class", "app-timeline");
    write_moment(
        html, frame, true,
        message(language, page->is_supplement ? "later.timeline.received" : "timeline.received"),
        locale_moment_at(arena, page->received_at, language));
    if (page->delivery == SENDING_ON_PAPER)
        write_moment(html, frame, true, message(language, "timeline.paper"),
                     locale_moment_at(arena, page->delivered_at, language));
    else
        write_mailbox_moments(html, frame, page);
    const struct outcome_of_receipt *outcome = page->outcome;
    for (size_t i = outcome ? outcome->decision_count : 0; i > 0; i--)
        write_moment(html, frame, true,
                     arena_printf(arena, "%s: %s", message(language, "decision.heading"),
                                  outcome->decisions[i - 1].title),
                     locale_moment_at(arena, outcome->decisions[i - 1].decided_at, language));
    if (outcome && outcome->withdrawn_at)
        write_moment(html, frame, true, message(language, "withdraw.done"),
                     locale_moment_at(arena, outcome->withdrawn_at, language));
    html_close(html);
}

static const char *delivery_title(const struct sending_receipt *page)
{
    if (page->delivery == SENDING_ON_PAPER)
        return "receipt.paper.title";
    return is_in_mailbox(page->delivery) ? "receipt.postbox.title" : "receipt.copy.title";
}

static const char *delivery_lead(const struct sending_receipt *page)
{
    switch (page->delivery) {
    case SENDING_FAILED:
        return page->is_supplement ? "later.failed" : "receipt.failed";
    case SENDING_NO_POSTBOX:
        return page->is_supplement ? "later.no.postbox" : "receipt.no.postbox";
    case SENDING_ON_PAPER:
        return page->is_supplement ? "later.paper" : "receipt.paper";
    case SENDING_QUEUED: /* nobody knows yet which way it goes */
    case SENDING_LATE:
        return page->is_supplement ? "later.coming" : "receipt.coming";
    case SENDING_HANDED:
    case SENDING_DELIVERED:
    case SENDING_OPENED:
        break;
    }
    return page->is_supplement ? "later.postbox" : "receipt.postbox";
}

void sending_write_delivery(struct html *html, const struct frame *frame,
                            const struct sending_receipt *page)
{
    const char *language = frame->language;
    bool none = page->delivery == SENDING_NO_POSTBOX || page->delivery == SENDING_FAILED;
    html_open(html, "section", "aria-labelledby", "levering");
    html_leaf(html, message(language, delivery_title(page)), "h2", "class", "app-h2", "id",
              "levering");
    html_leaf(html, message(language, delivery_lead(page)), "p", "class", "app-text");
    if (!none)
        write_timeline(html, frame, page);
    html_close(html);
}

void sending_write_received(struct html *html, const struct frame *frame,
                            const struct sending_receipt *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    frame_message_begin(html, FRAME_SUCCESS, true);
    html_leaf(html, message(language, page->is_supplement ? "later.received" : "receipt.received"),
              "h2");
    html_open(html, "p");
    html_message(html, message_with(arena, language, "receipt.when", "tid",
                                    locale_moment_at(arena, page->received_at, language),
                                    "referanse", page->reference));
    if (page->answer_by > 0)
        html_text(html, message_with(arena, language, "receipt.answer", "dato",
                                     locale_date_at(arena, page->answer_by, language)));
    html_close_to(html, html->depth - 2);
}

void sending_write_copy(struct html *html, const struct frame *frame,
                        const struct sending_receipt *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    html_open(html, "section", "class", "app-stack app-stack--tight", "aria-labelledby",
              "kvittering");
    html_leaf(html, message(language, "receipt.yours"), "h2", "class", "app-h2", "id",
              "kvittering");
    html_open(html, "div", "class", "app-actions");
    if (page->pdf)
        frame_link_button(
            html, page->pdf, NULL, "download",
            page->pdf_size_bytes > 0
                ? message_with(arena, language,
                               page->is_supplement ? "later.pdf" : "receipt.pdf.size", "storrelse",
                               locale_size(arena, (uint64_t)page->pdf_size_bytes, language))
                : message(language, "receipt.pdf"));
    if (page->mailbox_url && is_delivered(page->delivery))
        frame_link_button(html, page->mailbox_url, "secondary", "mail",
                          message(language, "receipt.mailbox"));
    frame_link_button(html, FRAME_PATH_MY_PAGE, "secondary", NULL,
                      message(language, "receipt.mypage"));
    html_close_to(html, html->depth - 2);
}

static void write_next_fact(struct html *html, const struct frame *frame, const struct form *form,
                            const struct form_fact *fact)
{
    struct form_shown title = form_show(form, html->arena, fact->title, frame_reading(frame));
    struct form_shown detail = form_show(form, html->arena, fact->detail, frame_reading(frame));
    bool both = !text_is_empty(detail.text);
    html_open(html, "li", "lang", frame_lang(frame, title.language));
    if (!text_is_empty(fact->href))
        html_leaf(html, title.text, "a", "class", "ds-link", "href", fact->href);
    else if (both)
        html_leaf(html, title.text, "strong");
    else
        html_lines(html, title.text);
    if (both) {
        html_void(html, "br");
        html_lines(html, detail.text);
    }
    html_close(html);
}

static void write_later(struct html *html, const struct frame *frame,
                        const struct sending_later *later)
{
    const char *language = frame->language;
    bool is_here = later->sent_at > 0;
    int64_t day = is_here ? later->sent_at : later->due_at;
    html_open(html, "li");
    html_message(html,
                 message_with(html->arena, language,
                              is_here ? "receipt.later.here" : "receipt.later", "dokument",
                              later->label, "dato", locale_date_at(html->arena, day, language)));
    html_text(html, " ");
    html_leaf(html,
              message_with(html->arena, language,
                           is_here ? "receipt.later.receipt" : "receipt.later.link", "dokument",
                           later->label),
              "a", "class", "ds-link", "href", later->address);
    html_close(html);
}

/* How answers come to this person: the form cannot know. */
static const char *letters_of(const struct sending_receipt *page)
{
    if (page->delivery == SENDING_ON_PAPER)
        return "receipt.letters.paper";
    return is_in_mailbox(page->delivery) ? "receipt.letters.mailbox" : "receipt.letters";
}

static void write_next(struct html *html, const struct frame *frame,
                       const struct sending_receipt *page)
{
    const struct form_about *about = page->form ? form_about(page->form) : NULL;
    size_t next_count = about ? about->next_count : 0;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "videre");
    html_leaf(html, message(frame->language, "receipt.next"), "h2", "class", "app-h2", "id",
              "videre");
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < page->later_count; i++)
        write_later(html, frame, &page->later[i]);
    for (size_t i = 0; i < next_count; i++)
        write_next_fact(html, frame, page->form, &about->next[i]);
    html_leaf(html, message(frame->language, letters_of(page)), "li");
    html_close_to(html, html->depth - 2);
}

static void write_answers(struct html *html, const struct frame *frame,
                          const struct sending_receipt *page)
{
    if (!page->outline)
        return;
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, message(frame->language, "receipt.answers"), "summary");
    html_open(html, "div", "class", "app-stack app-stack--loose");
    struct frame sent = *frame; /* in the language it was sent in, whatever is read now */
    sent.reading = page->outline->language;
    write_sections(html, &sent, page->outline, NULL);
    html_close_to(html, html->depth - 2);
}

struct bytes sending_receipt_page(struct arena *arena, const struct frame *frame,
                                  const struct sending_receipt *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    const struct outcome_of_receipt *outcome = page->outcome;
    bool withdrawn = outcome && outcome->withdrawn_at;
    const char *title = message(language, withdrawn ? "withdraw.done.title" : "receipt.title");
    const char *name = page->reference;
    const char *name_language = language;
    if (page->form) {
        struct form_shown shown =
            form_show(page->form, arena, form_title(page->form), frame_reading(frame));
        name = shown.text;
        name_language = shown.language;
    }
    struct frame_page around = {
        .title = arena_printf(arena, "%s – %s", title, name),
        .refresh = page->address,
        .refresh_s = page->refresh_s,
    };
    frame_begin(&html, frame, &around);
    html_leaf(&html, name, "p", "class", "app-kicker", "lang", frame_lang(frame, name_language));
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (outcome)
        outcome_write_first(&html, frame, outcome);
    sending_write_received(&html, frame, page);
    sending_write_copy(&html, frame, page);
    sending_write_delivery(&html, frame, page);
    frame_refresh_link(&html, frame, &around);
    if (!withdrawn)
        write_next(&html, frame, page);
    write_answers(&html, frame, page);
    if (outcome)
        outcome_write_last(&html, frame, outcome);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}
