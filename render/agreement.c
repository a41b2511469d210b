#include "render/agreement.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/evidence.h"
#include "render/message.h"
#include "render/overview.h"

#include <string.h>

/* ---- what the yes is to ---- */

/* "24 timer", "7 dager": how long the access lasts, in the largest unit that is whole. */
static const char *length_of_time(struct arena *arena, const char *language, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *id;
    } units[] = {{86400, "time.days"}, {3600, "time.hours"}, {60, "time.minutes"}};
    for (size_t i = 0; i < COUNT(units); i++) {
        bool whole = seconds % units[i].seconds == 0;
        bool few_hours = units[i].seconds == 86400 && seconds < 2 * 86400;
        if (whole && seconds >= units[i].seconds && !few_hours)
            return message_count(arena, language, units[i].id, seconds / units[i].seconds);
    }
    return message_count(arena, language, "time.minutes", (seconds + 59) / 60);
}

static const char *joined(struct arena *arena, const char *const *texts, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "%s%s", i ? ", " : "", texts[i]);
    return buf_text(&buf);
}

static void add_term(struct buf *buf, const char *language, const char *id, const char *text)
{
    buf_printf(buf, "%s\t%s\n", message(language, id), text);
}

char *agreement_text(struct arena *arena, const struct frame *frame,
                     const struct agreement_asking *page)
{
    const char *language = frame->language;
    const struct frame_agency *agency = frame->agency;
    struct buf buf;
    buf_init(&buf, arena);
    add_term(&buf, language, "consent.who",
             message_with(arena, language, "consent.who.text", "navn", agency->name, "nummer",
                          locale_organisation(arena, agency->number)));
    if (page->document_count)
        add_term(&buf, language, "consent.asked",
                 joined(arena, page->documents, page->document_count));
    add_term(&buf, language, "consent.from",
             page->issuer_count ? joined(arena, page->issuers, page->issuer_count)
                                : message(language, "consent.from.anybody"));
    add_term(&buf, language, "consent.what", message(language, "consent.what.text"));
    add_term(&buf, language, "consent.not", message(language, "consent.not.text"));
    add_term(&buf, language, "consent.purpose",
             text_is_empty(page->purpose)
                 ? message_with(arena, language, "consent.purpose.text", "skjema", page->form_title)
                 : page->purpose);
    add_term(&buf, language, "consent.long",
             message_with(arena, language, "consent.long.text", "lengde",
                          length_of_time(arena, language, page->share_s)));
    add_term(&buf, language, "consent.undo", message(language, "consent.undo.text"));
    return buf_text(&buf);
}

static const char *lang_of(const char *text, const struct form_shown *others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(others[i].text, text))
            return others[i].language;
    return NULL;
}

/* The terms as they stand in agreement_text; a purpose may have lines of its own. */
void agreement_write_terms(struct html *html, const char *text, const char *lang,
                           const struct form_shown *others, size_t other_count)
{
    html_open(html, "dl", "class", "app-consent", "lang", lang);
    for (const char *at = text; *at;) {
        const char *tab = strchr(at, '\t');
        if (!tab)
            break;
        const char *end = tab + strcspn(tab, "\n");
        while (*end) { /* up to the line that has a name of its own */
            const char *next = end + 1;
            if (!*next || memchr(next, '\t', strcspn(next, "\n")))
                break;
            end = next + strcspn(next, "\n");
        }
        html_open(html, "div");
        html_leaf(html, arena_printf(html->arena, "%.*s", (int)(tab - at), at), "dt");
        const char *said = arena_printf(html->arena, "%.*s", (int)(end - tab - 1), tab + 1);
        html_open(html, "dd", "lang", lang_of(said, others, other_count));
        html_lines(html, said);
        html_close_to(html, html->depth - 2);
        at = *end ? end + 1 : end;
    }
    html_close(html);
}

static void write_already(struct html *html, const struct frame *frame, const char *address)
{
    if (!address)
        return;
    frame_message_begin(html, FRAME_INFO, false);
    html_leaf(html, message(frame->language, "consent.already"), "p");
    html_open(html, "p");
    html_leaf(html, message(frame->language, "consent.already.link"), "a", "class", "ds-link",
              "href", address);
    html_close_to(html, html->depth - 2);
}

struct bytes agreement_asking_page(struct arena *arena, const struct frame *frame,
                                   const struct agreement_asking *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around = {
        .title = message(language, "consent.title"), .about = page->form_title, .posts = true};
    frame_begin(&html, frame, &around);
    html_leaf(&html, message(language, "share.kicker"), "p", "class", "app-kicker");
    html_leaf(&html, around.title, "h1", "class", "app-h1");
    html_leaf(&html, message(language, "consent.lead"), "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (page->changed)
        frame_message(&html, FRAME_WARNING, NULL, message(language, "consent.changed"), true);
    write_already(&html, frame, page->already);
    html_leaf(&html, message(language, "consent.heading"), "h2", "class", "app-h2");
    const struct form_shown purpose = {page->purpose, frame_lang(frame, page->purpose_language)};
    agreement_write_terms(&html, agreement_text(arena, frame, page), NULL, &purpose, 1);
    frame_message(&html, FRAME_INFO, NULL, message(language, "consent.free"), false);
    frame_main_form(&html, page->action, "app-actions", false);
    if (page->shown)
        html_void(&html, "input", "type", "hidden", "name", AGREEMENT_FIELD_SHOWN, "value",
                  page->shown);
    frame_button(&html,
                 &(struct frame_button){.icon = "mail", .text = message(language, "consent.go")});
    frame_link_button(&html, page->back, "secondary", NULL, message(language, "consent.back"));
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- on Min side ---- */

static const char *state_text(struct arena *arena, const char *language,
                              const struct agreement *agreement)
{
    static const char *const ids[] = {
        [AGREEMENT_RUNS] = "my.consent.lasts",      [AGREEMENT_DONE] = "my.consent.done",
        [AGREEMENT_EXPIRED] = "my.consent.ended",   [AGREEMENT_WITHDRAWN] = "my.consent.withdrawn",
        [AGREEMENT_REFUSED] = "my.consent.refused",
    };
    int64_t at = agreement->state == AGREEMENT_RUNS ? agreement->ends_at : agreement->changed_at;
    return message_with(arena, language, ids[agreement->state], "tid",
                        locale_moment_at(arena, at, language));
}

static void write_times(struct html *html, const char *language, const struct agreement *agreement)
{
    struct arena *arena = html->arena;
    html_open(html, "p", "class", "app-muted");
    html_message(html,
                 arena_printf(arena, "%s · %s",
                              message_with(arena, language, "my.consent.given", "tid",
                                           locale_moment_at(arena, agreement->given_at, language)),
                              state_text(arena, language, agreement)));
    html_close(html);
}

static void write_fate(struct html *html, const char *language,
                       const struct agreement_document *document)
{
    static const char *const ids[] = {
        [AGREEMENT_COMING] = "my.consent.coming",
        [AGREEMENT_IN_DRAFT] = "my.consent.in.draft",
        [AGREEMENT_DELETED] = "my.consent.deleted",
    };
    if (document->fate != AGREEMENT_SENT) {
        html_text(html, message(language, ids[document->fate]));
        return;
    }
    html_leaf(
        html,
        message_with(html->arena, language, "my.consent.sent", "referanse", document->reference),
        "a", "class", "ds-link", "href", document->address);
}

static size_t count_of(const struct agreement *agreement, enum agreement_fate fate)
{
    size_t count = 0;
    for (size_t i = 0; i < agreement->document_count; i++)
        count += agreement->documents[i].fate == fate;
    return count;
}

/* "Skattemelding for 2025 – sendt inn i FB-2026-004817" */
static void write_document(struct html *html, const char *language,
                           const struct agreement_document *document)
{
    html_open(html, "li");
    html_text(html, arena_printf(html->arena, "%s – ", document->name));
    write_fate(html, language, document);
    html_close(html);
}

static void write_documents(struct html *html, const char *language,
                            const struct agreement *agreement)
{
    if (!agreement->document_count)
        return;
    html_open(html, "ul", "class", "app-text");
    for (size_t i = 0; i < agreement->document_count; i++)
        write_document(html, language, &agreement->documents[i]);
    html_close(html);
}

static void write_withdraw(struct html *html, const struct frame *frame,
                           const struct agreement *agreement)
{
    if (!agreement->withdraw)
        return;
    frame_form(html, frame, agreement->withdraw, NULL, false);
    frame_button(html, &(struct frame_button){
                           .variant = "secondary",
                           .color = "danger",
                           .text = message(frame->language, "my.withdraw"),
                           .hidden = arena_printf(html->arena, ": %s", agreement->form_title.text),
                           .hidden_language = frame_lang(frame, agreement->form_title.language),
                       });
    html_close(html);
}

static void write_question(struct html *html, const char *language,
                           const struct agreement *agreement)
{
    if (!agreement->withdraw)
        return;
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, message(language, "my.withdraw.question"), "summary");
    html_open(html, "div");
    html_leaf(html, message(language, "my.withdraw.text"), "p");
    html_close_to(html, html->depth - 2);
}

static void write_count(struct html *html, const struct frame *frame,
                        const struct agreement *agreement)
{
    html_open(html, "p");
    if (agreement->document_count) {
        html_text(html, message_count(html->arena, frame->language, "my.consent.documents",
                                      (int64_t)agreement->document_count));
        html_text(html, ": ");
    }
    frame_text_in(html, frame, agreement->form_title.text, agreement->form_title.language);
    html_close(html);
}

static void write_card(struct html *html, const struct frame *frame,
                       const struct agreement *agreement)
{
    const char *language = frame->language;
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_leaf(html, message(language, "my.consent.title"), "h3", "class", "app-h3");
    write_count(html, frame, agreement);
    write_times(html, language, agreement);
    write_documents(html, language, agreement);
    html_open(html, "p");
    html_open(html, "a", "class", "ds-link", "href", agreement->address);
    html_text(html, message(language, "my.consent.see"));
    html_leaf(html, arena_printf(html->arena, ": %s", agreement->form_title.text), "span", "class",
              "ds-sr-only", "lang", frame_lang(frame, agreement->form_title.language));
    html_close_to(html, html->depth - 2);
    write_question(html, language, agreement);
    html_close(html);
    write_withdraw(html, frame, agreement);
    html_close(html);
}

static void write_cards(struct html *html, const struct frame *frame,
                        const struct agreement *agreements, size_t count, bool past)
{
    size_t written = 0;
    overview_begin_section(html, frame, past ? "tidligere" : "aktive",
                           past ? "my.consents.past" : "my.consents.active");
    for (size_t i = 0; i < count; i++) {
        if (agreements[i].is_past != past)
            continue;
        if (written++ == 0)
            html_open(html, "ul", "class", "app-cards");
        write_card(html, frame, &agreements[i]);
    }
    if (written > 0)
        html_close(html);
    else
        overview_write_none(html, frame, past ? "my.consents.past.none" : "my.consents.none");
    html_close(html);
}

struct bytes agreement_list_page(struct arena *arena, const struct frame *frame,
                                 const struct agreement *agreements, size_t count,
                                 const struct evidence_item *requests, size_t request_count)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = overview_begin(&html, frame, OVERVIEW_PATH_CONSENTS, "my.consents");
    evidence_write_list(&html, frame, requests, request_count);
    write_cards(&html, frame, agreements, count, false);
    write_cards(&html, frame, agreements, count, true);
    return overview_end(&html, frame, &around);
}

/* ---- one of them ---- */

/* The documents with that fate under a heading, or nothing. */
static void write_part(struct html *html, const char *language, const char *heading_id,
                       const struct agreement *agreement, enum agreement_fate fate)
{
    if (!count_of(agreement, fate))
        return;
    html_leaf(html, message(language, heading_id), "h2", "class", "app-h2");
    html_open(html, "ul", "class", "app-text");
    for (size_t i = 0; i < agreement->document_count; i++) {
        const struct agreement_document *document = &agreement->documents[i];
        if (document->fate == fate && fate == AGREEMENT_SENT)
            write_document(html, language, document);
        else if (document->fate == fate)
            html_leaf(html, document->name, "li");
    }
    html_close(html);
}

/* What a withdrawal did, plainly. */
static void write_outcome(struct html *html, const struct frame *frame,
                          const struct agreement *agreement)
{
    const char *language = frame->language;
    frame_message(html, FRAME_SUCCESS, message(language, "withdrawn.title"),
                  message(language, "withdrawn.access"), true);
    write_part(html, language, "withdrawn.deleted", agreement, AGREEMENT_DELETED);
    if (!count_of(agreement, AGREEMENT_DELETED))
        html_leaf(html, message(language, "withdrawn.deleted.none"), "p", "class", "app-text");
    write_part(html, language, "withdrawn.remains", agreement, AGREEMENT_SENT);
    if (count_of(agreement, AGREEMENT_SENT))
        html_leaf(html, message(language, "withdrawn.why"), "p", "class", "app-text");
}

static void write_fetched(struct html *html, const char *language,
                          const struct agreement *agreement)
{
    html_leaf(html, message(language, "my.consent.fetched"), "h2", "class", "app-h2");
    write_documents(html, language, agreement);
    if (!agreement->document_count)
        html_leaf(html, message(language, "my.consent.fetched.none"), "p", "class", "app-text");
}

struct bytes agreement_page(struct arena *arena, const struct frame *frame,
                            const struct agreement *agreement)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around =
        overview_begin(&html, frame, OVERVIEW_PATH_CONSENTS, "my.consent.title");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html, agreement->form_title.text, "p", "class", "app-lead", "lang",
              frame_lang(frame, agreement->form_title.language));
    write_times(&html, language, agreement);
    if (agreement->state == AGREEMENT_WITHDRAWN)
        write_outcome(&html, frame, agreement);
    else
        write_fetched(&html, language, agreement);
    html_leaf(&html, message(language, "my.consent.yes"), "h2", "class", "app-h2");
    agreement_write_terms(&html, agreement->shown, frame_lang(frame, agreement->language), NULL, 0);
    write_question(&html, language, agreement);
    html_open(&html, "div", "class", "app-actions");
    if (agreement->goes_on)
        frame_link_button(
            &html, agreement->goes_on, "primary", NULL,
            message(language, agreement->is_sent ? "trouble.receipt" : "start.resume"));
    write_withdraw(&html, frame, agreement);
    frame_link_button(&html, OVERVIEW_PATH_CONSENTS, "secondary", NULL,
                      message(language, "withdrawn.back"));
    html_close_to(&html, html.depth - 2);
    return overview_end(&html, frame, &around);
}
