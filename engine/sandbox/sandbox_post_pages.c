#include "engine/sandbox/sandbox_post_pages.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_files.h"
#include "engine/sandbox/sandbox_frame.h"
#include "engine/sandbox/sandbox_mailboxes.h"
#include "engine/sandbox/sandbox_pages.h"
#include "forms/locale.h"
#include "render/frame.h"

#include <stdlib.h>

#define LANGUAGE "nb"

/* ---- words ---- */

static const char *sender_name(struct arena *arena, const struct sandbox_world *world,
                               const struct sandbox_post_message *message)
{
    for (size_t i = 0; i < world->broker_count; i++)
        if (world->brokers[i].name &&
            text_equal(world->brokers[i].organisation_number, message->consumer))
            return world->brokers[i].name;
    return arena_printf(arena, "org.nr. %s", message->consumer);
}

/* The sensitive title only inside: outside the one that may stand in an SMS. */
static const char *title_of(const struct sandbox_post_message *message)
{
    return message->opened_at_ms ? message->letter->documents[0].title : message->letter->title;
}

static int64_t came_at(const struct sandbox_post_message *message)
{
    int64_t sent_at = message->sent_at_ms / 1000, visible_from = message->letter->visible_from;
    return visible_from > sent_at ? visible_from : sent_at;
}

static const char *moment_text(struct html *html, int64_t at)
{
    return locale_moment_at(html->arena, at, LANGUAGE);
}

static const char *letter_path(struct html *html, const struct sandbox_post_message *message,
                               const char *what)
{
    return arena_printf(html->arena, "/postkasse/%s/post/%lld%s", message->letter->person->key,
                        (long long)message->number, what);
}

/* ---- the inbox ---- */

static bool is_theirs(const struct sandbox_post_message *message,
                      const struct sandbox_person *person)
{
    return message->letter && message->letter->person == person;
}

static void write_row(struct html *html, const struct sandbox_world *world,
                      const struct sandbox_post_message *message)
{
    size_t attachments = message->letter->document_count - 1;
    const char *more = attachments ? arena_printf(html->arena, " · %zu vedlegg", attachments) : "";
    html_open(html, "li", "class", message->opened_at_ms ? NULL : "sk-unread");
    frame_icon(html, "mail");
    html_open(html, "div");
    html_open(html, "p");
    html_leaf(html, title_of(message), "a", "class", "ds-link", "href",
              letter_path(html, message, ""));
    html_close(html);
    html_leaf(html,
              arena_printf(html->arena, "Fra %s · %s%s", sender_name(html->arena, world, message),
                           moment_text(html, came_at(message)), more),
              "p", "class", "app-docs__meta");
    html_close(html);
    html_open(html, "div");
    if (!message->opened_at_ms)
        frame_tag(html, "info", NULL, "Ulest");
    html_close_to(html, html->depth - 2);
}

static void write_waiting(struct html *html, const struct sandbox_world *world,
                          const struct sandbox_person *person)
{
    size_t count;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    for (size_t i = 0; i < count; i++)
        if (is_theirs(messages[i], person) && !sandbox_mailboxes_shows(world, messages[i]))
            html_leaf(html,
                      arena_printf(html->arena, "Levert, men vises først %s: «%s».",
                                   moment_text(html, messages[i]->letter->visible_from),
                                   messages[i]->letter->title),
                      "p", "class", "app-muted");
}

void sandbox_post_pages_list(struct html *html, const struct sandbox_world *world,
                             const struct sandbox_person *person, const char *none)
{
    size_t count, written = 0;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    for (size_t i = count; i-- > 0;) {
        if (!is_theirs(messages[i], person) || !sandbox_mailboxes_shows(world, messages[i]))
            continue;
        if (written++ == 0)
            html_open(html, "ul", "class", "sk-letters");
        write_row(html, world, messages[i]);
    }
    if (written)
        html_close(html);
    else
        html_leaf(html, none, "p", "class", "app-muted");
    write_waiting(html, world, person);
}

void sandbox_post_pages_refused(struct html *html, const struct sandbox_world *world)
{
    size_t count, written = 0;
    struct sandbox_post_message *const *messages = sandbox_post_messages(world->post, &count);
    for (size_t i = count; i-- > 0;) {
        const char *why = messages[i]->refusal ? messages[i]->refusal : messages[i]->failure;
        if (!why)
            continue;
        if (written++ == 0) {
            html_open(html, "section", "class", "app-sheet app-stack", "aria-labelledby", "avvist");
            html_leaf(html, "Digital post som ikke ble levert", "h2", "class", "app-h2", "id",
                      "avvist");
            html_open(html, "dl", "class", "app-consent");
        }
        html_open(html, "div");
        html_leaf(html, moment_text(html, messages[i]->sent_at_ms / 1000), "dt");
        html_leaf(html, why, "dd");
        html_close(html);
    }
    if (written)
        html_close_to(html, html->depth - 2);
}

/* ---- one letter ---- */

/* One request for a page about a letter. */
struct page {
    struct sandbox_world *world;
    struct request *request;
    struct response *response;
    const struct sandbox_person *person;
    const struct sandbox_post_message *message;
    struct html html;
};

/* What the address names; false: answered with 404. */
static bool find(struct page *page)
{
    page->person = sandbox_people_find(request_parameter(page->request, "person"));
    int64_t number = strtoll(request_parameter(page->request, "number"), NULL, 10);
    page->message = sandbox_post_find_number(page->world->post, number);
    html_init(&page->html, page->request->arena);
    if (page->person && page->message && is_theirs(page->message, page->person) &&
        sandbox_mailboxes_shows(page->world, page->message))
        return true;
    sandbox_pages_trouble(page->world, 404, page->request, page->response);
    return false;
}

static void write_unopened(struct page *page)
{
    struct html *html = &page->html;
    html_open(html, "section", "class", "app-sheet app-stack");
    html_leaf(html,
              "Avsenderen har bedt om å få vite når du åpner brevet. Når du åpner det, sender "
              "postkassen en kvittering med tidspunktet.",
              "p");
    html_open(html, "form", "method", "post", "action", letter_path(html, page->message, "/apne"));
    html_leaf(html, "Åpne brevet", "button", "class", "ds-button", "type", "submit");
    html_close_to(html, html->depth - 2);
}

static const char *type_text(const char *media_type)
{
    static const char *const names[][2] = {
        {"application/pdf", "PDF"}, {"text/html", "HTML"},   {"text/plain", "tekst"},
        {"image/png", "bilde"},     {"image/jpeg", "bilde"}, {"application/octet-stream", "fil"}};
    for (size_t i = 0; i < COUNT(names); i++)
        if (text_equal(names[i][0], media_type))
            return names[i][1];
    return media_type;
}

static void write_document(struct page *page, size_t index)
{
    struct html *html = &page->html;
    const struct sandbox_post_document *document = &page->message->letter->documents[index];
    html_open(html, "li");
    frame_icon(html, "doc");
    html_open(html, "div");
    html_leaf(html, document->title, "p", "class", "app-docs__title");
    html_leaf(html,
              arena_printf(html->arena, "%s, %s%s", type_text(document->type),
                           locale_size(html->arena, document->size_bytes, LANGUAGE),
                           index ? " · Vedlegg" : ""),
              "p", "class", "app-docs__meta");
    html_close(html);
    html_open(html, "div", "class", "app-docs__action");
    const char *what = arena_printf(html->arena, "/dokument/%zu", index);
    html_open(html, "a", "class", "ds-button", "data-variant", "tertiary", "href",
              letter_path(html, page->message, what));
    html_text(html, "Åpne");
    html_leaf(html, arena_printf(html->arena, " %s", document->title), "span", "class",
              "ds-sr-only");
    html_close_to(html, html->depth - 3);
}

/* Lenke utenfor brev: beside the letter, in the sender's words. */
static void write_link(struct page *page)
{
    struct html *html = &page->html;
    const struct sandbox_post_link *link = &page->message->letter->link;
    if (!link->url)
        return;
    html_open(html, "section", "class", "app-sheet app-stack", "aria-labelledby", "lenke");
    html_leaf(html, link->description ? link->description : "Gå videre hos avsenderen", "h2",
              "class", "app-h2", "id", "lenke");
    if (link->deadline)
        html_leaf(html, arena_printf(html->arena, "Frist: %s", moment_text(html, link->deadline)),
                  "p");
    html_open(html, "p");
    frame_link_button(html, link->url, NULL, NULL, link->button ? link->button : "Gå til avsender");
    html_close_to(html, html->depth - 2);
}

static void write_documents(struct page *page)
{
    struct html *html = &page->html;
    size_t count = page->message->letter->document_count;
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "filer");
    html_leaf(html, count > 1 ? "Brev og vedlegg" : "Brevet", "h2", "class", "app-h2", "id",
              "filer");
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < count; i++)
        write_document(page, i);
    html_close_to(html, html->depth - 2);
}

static void write_fact(struct html *html, const char *term, const char *text)
{
    html_open(html, "div");
    html_leaf(html, term, "dt");
    html_leaf(html, text, "dd");
    html_close(html);
}

/* "til x@example.no, dag 0 og 7: «Du har fått post.»" */
static const char *notice_text(struct arena *arena, const struct sandbox_post_notice *notice)
{
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "Til %s, dag ", notice->address);
    for (size_t i = 0; i < notice->count; i++)
        buf_printf(&text, "%s%d",
                   i == 0                   ? ""
                   : i + 1 == notice->count ? " og "
                                            : ", ",
                   notice->days[i]);
    buf_printf(&text, ": «%s»", notice->text);
    return buf_text(&text);
}

/* What a tester wants to see of it, and a citizen would not. */
static void write_facts(struct page *page)
{
    struct html *html = &page->html;
    const struct sandbox_post_letter *letter = page->message->letter;
    html_open(html, "section", "class", "app-sheet app-stack", "aria-labelledby", "om");
    html_leaf(html, "Om sendingen", "h2", "class", "app-h2", "id", "om");
    html_open(html, "dl", "class", "app-consent");
    write_fact(html, "Tittel i varsler", letter->title);
    write_fact(html, "Sikkerhetsnivå",
               letter->level == 4 ? "4: innlogging på høyt nivå"
                                  : "3: innlogging på nivå betydelig");
    write_fact(html, "Språk", letter->language);
    write_fact(html, "E-postvarsel",
               letter->email.address ? notice_text(html->arena, &letter->email) : "Ikke bestilt");
    write_fact(html, "SMS-varsel",
               letter->sms.address ? notice_text(html->arena, &letter->sms) : "Ikke bestilt");
    write_fact(html, "Kvittering ved åpning", letter->wants_receipt ? "Ja" : "Nei");
    html_close_to(html, html->depth - 2);
}

static void write_letter(struct page *page)
{
    struct html *html = &page->html;
    const struct sandbox_post_message *message = page->message;
    sandbox_frame_begin(html, title_of(message), page->person);
    html_open(html, "p", "class", "app-kicker");
    html_leaf(html, "Innboks", "a", "class", "ds-link", "href",
              arena_printf(html->arena, "/postkasse/%s", page->person->key));
    html_close(html);
    html_leaf(html, title_of(message), "h1", "class", "app-h1");
    html_leaf(html,
              arena_printf(html->arena, "Fra %s · %s",
                           sender_name(html->arena, page->world, message),
                           moment_text(html, came_at(message))),
              "p", "class", "app-muted");
    if (message->opened_at_ms) {
        write_link(page);
        write_documents(page);
    } else {
        write_unopened(page);
    }
    write_facts(page);
    sandbox_frame_end(html);
    response_html(page->response, 200, html_bytes(html));
}

/* Without a receipt to ask about, looking is opening. */
void sandbox_post_pages_letter(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    struct error err;
    if (!find(&page))
        return;
    if (!page.message->letter->wants_receipt &&
        !sandbox_mailboxes_open(page.world, page.message->number, &err))
        sandbox_pages_trouble(context, error_http_status(err.code), request, response);
    else
        write_letter(&page);
}

void sandbox_post_pages_open(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    struct error err;
    if (!find(&page))
        return;
    if (sandbox_mailboxes_open(page.world, page.message->number, &err))
        response_redirect(response, letter_path(&page.html, page.message, ""));
    else
        sandbox_pages_trouble(context, error_http_status(err.code), request, response);
}

/* ---- documents ---- */

void sandbox_post_pages_document(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    if (!find(&page))
        return;
    const struct sandbox_post_letter *letter = page.message->letter;
    size_t index = (size_t)strtoull(request_parameter(request, "document"), NULL, 10);
    struct error err;
    struct bytes content;
    if (!page.message->opened_at_ms || index >= letter->document_count) {
        sandbox_pages_trouble(context, 404, request, response);
        return;
    }
    const struct sandbox_post_document *document = &letter->documents[index];
    if (!sandbox_ledger_content(page.world->ledger, request->arena, document->sha256, &content,
                                &err))
        sandbox_pages_trouble(context, 500, request, response);
    else
        sandbox_files_answer(response, document->type, content);
}
