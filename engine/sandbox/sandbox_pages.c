#include "engine/sandbox/sandbox_pages.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_contacts.h"
#include "engine/sandbox/sandbox_frame.h"
#include "engine/sandbox/sandbox_post_pages.h"
#include "engine/sandbox/sandbox_world.h"
#include "forms/locale.h"
#include "render/frame.h"

#include <stdlib.h>
#include <string.h>

#define LANGUAGE "nb"

/* One request for a page of somebody's mailbox. */
struct page {
    struct sandbox_world *world;
    struct request *request;
    struct response *response;
    const struct sandbox_person *person;
    struct sandbox_document *document; /* the address names it; a letter's is the primary one */
    struct html html;
};

static void begin(struct page *page, const char *title)
{
    html_init(&page->html, page->request->arena);
    sandbox_frame_begin(&page->html, title, page->person);
}

static void end(struct page *page, int status)
{
    sandbox_frame_end(&page->html);
    response_html(page->response, status, html_bytes(&page->html));
}

void sandbox_pages_trouble(void *context, int status, struct request *request,
                           struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    const char *title = status == 404 ? "Siden finnes ikke" : "Det gikk ikke";
    begin(&page, title);
    html_leaf(&page.html, arena_printf(request->arena, "Feil %d", status), "p", "class",
              "app-error-code");
    html_leaf(&page.html, title, "h1", "class", "app-h1");
    html_leaf(&page.html, "Gå tilbake til testpersonene og prøv derfra.", "p", "class", "app-lead");
    html_open(&page.html, "p");
    frame_link_button(&page.html, "/", NULL, NULL, "Til testpersonene");
    html_close(&page.html);
    end(&page, status);
}

/* ---- testpersonene ---- */

static void write_person(struct html *html, const struct sandbox_person *person)
{
    html_open(html, "li");
    frame_icon(html, "person");
    html_open(html, "div");
    html_open(html, "p");
    if (sandbox_contacts_provider(person) || person->has_mailbox)
        html_leaf(html, person->name, "a", "class", "ds-link", "href",
                  arena_printf(html->arena, "/postkasse/%s", person->key));
    else
        html_text(html, person->name);
    html_close(html);
    html_leaf(
        html,
        arena_printf(html->arena, "%.6s %s · %s", person->pid, person->pid + 6, person->about), "p",
        "class", "app-docs__meta");
    html_close_to(html, html->depth - 2);
}

void sandbox_pages_people(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    size_t count;
    const struct sandbox_person *people = sandbox_people(&count);
    begin(&page, "Velg testperson");
    html_leaf(&page.html, "Velg testperson", "h1", "class", "app-h1");
    html_leaf(&page.html, "Åpne postkassen til en av testpersonene.", "p", "class", "app-lead");
    html_open(&page.html, "div", "class", "app-sheet");
    html_open(&page.html, "ul", "class", "sk-letters");
    for (size_t i = 0; i < count; i++)
        write_person(&page.html, &people[i]);
    html_close_to(&page.html, page.html.depth - 2);
    sandbox_post_pages_refused(&page.html, page.world);
    end(&page, 200);
}

/* ---- innboksen ---- */

static const char *time_text(struct html *html, int64_t at_ms)
{
    return locale_moment_at(html->arena, at_ms / 1000, LANGUAGE);
}

static const char *sender_text(struct html *html, const struct sandbox_message *message)
{
    if (!message->origin_number)
        return "Lagt inn av deg";
    return arena_printf(html->arena, "Fra %s", message->sender_name);
}

static const char *letter_path(struct html *html, const struct sandbox_document *document,
                               const char *what)
{
    return arena_printf(html->arena, "/postkasse/%s/brev/%lld%s", document->message->person->key,
                        (long long)document->number, what);
}

/* What became of a share request: a word and its colour. */
static void write_share_tag(struct page *page, const struct sandbox_share *share)
{
    struct html *html = &page->html;
    switch (share->state) {
    case SANDBOX_SHARE_ASKED:
        frame_tag(html, "warning", "info", "Venter på svar fra deg");
        break;
    case SANDBOX_SHARE_REFUSED:
        frame_tag(html, "neutral", NULL, "Du har svart nei");
        break;
    case SANDBOX_SHARE_GIVEN:
        if (sandbox_mail_is_shared(page->world->mail, share))
            frame_tag(html, "success", "check", "Du deler dokumenter");
        else
            frame_tag(html, "neutral", "clock", "Delingen er utløpt");
        break;
    case SANDBOX_SHARE_WITHDRAWN:
        frame_tag(html, "neutral", NULL, "Du har trukket delingen tilbake");
        break;
    case SANDBOX_SHARE_STOPPED:
        frame_tag(html, "neutral", NULL, "Avsluttet av mottakeren");
        break;
    }
}

static void write_letter_row(struct page *page, const struct sandbox_message *message)
{
    struct html *html = &page->html;
    const struct sandbox_document *primary = &message->documents[0];
    html_open(html, "li", "class", primary->opened_at_ms ? NULL : "sk-unread");
    frame_icon(html, primary->share ? "shield" : message->origin_number ? "mail" : "doc");
    html_open(html, "div");
    html_open(html, "p");
    html_leaf(html, primary->subject, "a", "class", "ds-link", "href",
              letter_path(html, primary, ""));
    html_close(html);
    const char *attachments = "";
    if (message->document_count > 1)
        attachments = arena_printf(html->arena, " · %zu vedlegg", message->document_count - 1);
    html_leaf(html,
              arena_printf(html->arena, "%s · %s%s", sender_text(html, message),
                           time_text(html, message->delivered_at_ms), attachments),
              "p", "class", "app-docs__meta");
    html_close(html);
    html_open(html, "div");
    if (primary->share)
        write_share_tag(page, primary->share);
    else if (!primary->opened_at_ms)
        frame_tag(html, "info", NULL, "Ulest");
    html_close_to(html, html->depth - 2);
}

static int newer_first(const void *a, const void *b)
{
    const struct sandbox_message *const *first = a, *const *second = b;
    int64_t difference = (*second)->delivered_at_ms - (*first)->delivered_at_ms;
    return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

/* What has come to the person, newest first. */
static struct sandbox_message **delivered_to(const struct page *page, size_t *count)
{
    size_t all, found = 0;
    struct sandbox_message *const *messages = sandbox_mail_messages(page->world->mail, &all);
    struct sandbox_message **theirs = ARENA_ARRAY(page->html.arena, all, struct sandbox_message *);
    for (size_t i = all; i-- > 0;)
        if (messages[i]->person == page->person &&
            sandbox_mail_is_delivered(page->world->mail, messages[i]))
            theirs[found++] = messages[i];
    qsort(theirs, found, sizeof(struct sandbox_message *), newer_first);
    *count = found;
    return theirs;
}

/* Share requests and other letters have a list each; none: what to say then. */
static void write_letters(struct page *page, bool share_requests, const char *none)
{
    size_t count, written = 0;
    struct sandbox_message **messages = delivered_to(page, &count);
    for (size_t i = 0; i < count; i++) {
        if (share_requests != (messages[i]->documents[0].share != NULL))
            continue;
        if (written++ == 0)
            html_open(&page->html, "ul", "class", "sk-letters");
        write_letter_row(page, messages[i]);
    }
    if (written)
        html_close(&page->html);
    else
        html_leaf(&page->html, none, "p", "class", "app-muted");
}

/* What came by way of an access point. */
static void write_digital_post(struct page *page)
{
    struct html *html = &page->html;
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "digital-post");
    html_leaf(html, "Digital post fra det offentlige", "h2", "class", "app-h2", "id",
              "digital-post");
    sandbox_post_pages_list(html, page->world, page->person, "Ingen har sendt deg noe.");
    html_close(html);
}

static void write_other_inbox(struct page *page)
{
    begin(page, "Innboks");
    html_leaf(&page->html, "Innboks", "h1", "class", "app-h1");
    write_digital_post(page);
    end(page, 200);
}

static void write_inbox(struct page *page)
{
    struct html *html = &page->html;
    begin(page, "Innboks");
    html_leaf(html, "Innboks", "h1", "class", "app-h1");
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "deling");
    html_leaf(html, "Forespørsler om å dele dokumenter", "h2", "class", "app-h2", "id", "deling");
    write_letters(page, true, "Ingen har spurt om dokumenter fra deg.");
    html_close(html);
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "brev");
    html_leaf(html, "Brev og dokumenter", "h2", "class", "app-h2", "id", "brev");
    write_letters(page, false, "Du har ingen brev ennå.");
    html_close(html);
    write_digital_post(page);
    end(page, 200);
}

/* Finds person and document of the address; false: answered with 404. */
static bool find(struct page *page)
{
    page->person = sandbox_people_find(request_parameter(page->request, "person"));
    const char *number = request_parameter(page->request, "number");
    if (number)
        page->document = sandbox_mail_find_number(page->world->mail, strtoll(number, NULL, 10));
    const struct sandbox_document *document = page->document;
    if (page->person && page->person->has_mailbox &&
        (!number || (document && document->message->person == page->person &&
                     sandbox_mail_is_delivered(page->world->mail, document->message))))
        return true;
    sandbox_pages_trouble(page->world, 404, page->request, page->response);
    return false;
}

void sandbox_pages_inbox(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    page.person = sandbox_people_find(request_parameter(request, "person"));
    if (page.person && !page.person->has_mailbox && sandbox_contacts_provider(page.person))
        write_other_inbox(&page);
    else if (find(&page))
        write_inbox(&page);
}

/* ---- ett brev ---- */

/* "PDF, 12 kB" */
static const char *file_text(struct html *html, const struct sandbox_document *document)
{
    char *type = arena_text(html->arena, document->file_type);
    for (char *at = type; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    return arena_printf(html->arena, "%s, %s", type,
                        locale_size(html->arena, document->size_bytes, LANGUAGE));
}

static void write_document(struct html *html, const struct sandbox_document *document)
{
    html_open(html, "li");
    frame_icon(html, "doc");
    html_open(html, "div");
    html_leaf(html, document->subject, "p", "class", "app-docs__title");
    html_leaf(html,
              arena_printf(html->arena, "%s%s", file_text(html, document),
                           document->is_attachment ? " · Vedlegg" : ""),
              "p", "class", "app-docs__meta");
    html_close(html);
    html_open(html, "div", "class", "app-docs__action");
    html_open(html, "a", "class", "ds-button", "data-variant", "tertiary", "href",
              arena_printf(html->arena, "/postkasse/%s/dokument/%lld",
                           document->message->person->key, (long long)document->number));
    html_text(html, "Åpne");
    html_leaf(html, arena_printf(html->arena, " %s", document->subject), "span", "class",
              "ds-sr-only");
    html_close_to(html, html->depth - 3);
}

static void write_documents(struct html *html, const struct sandbox_message *message)
{
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < message->document_count; i++)
        write_document(html, &message->documents[i]);
    html_close(html);
}

static void write_fact(struct html *html, const char *term, const char *text)
{
    html_open(html, "div");
    html_leaf(html, term, "dt");
    html_leaf(html, text, "dd");
    html_close(html);
}

static const char *duration_text(struct arena *arena, int64_t seconds)
{
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    if (seconds >= 2 * DAY)
        return arena_printf(arena, "%lld dager", (long long)(seconds / DAY));
    if (seconds >= 2 * HOUR)
        return arena_printf(arena, "%lld timer", (long long)(seconds / HOUR));
    if (seconds >= HOUR)
        return "én time";
    return arena_printf(arena, "%lld minutter", (long long)((seconds + MINUTE - 1) / MINUTE));
}

/* "org.nr. 310 245 682" */
static const char *number_text(struct html *html, const char *number)
{
    if (strlen(number) != 9)
        return number;
    return arena_printf(html->arena, "org.nr. %.3s\u00a0%.3s\u00a0%s", number, number + 3,
                        number + 6);
}

static const char *origin_name(struct page *page, const char *number)
{
    size_t count;
    struct sandbox_message *const *messages = sandbox_mail_messages(page->world->mail, &count);
    for (size_t i = 0; i < count; i++)
        if (text_equal(messages[i]->origin_number, number))
            return messages[i]->sender_name;
    return number_text(&page->html, number);
}

static const char *origins_text(struct page *page, const struct sandbox_share *share)
{
    if (share->allowed_count == 0)
        return "Alle dokumenter i postkassen";
    struct buf text;
    buf_init(&text, page->html.arena);
    buf_add_text(&text, "Bare dokumenter du har fått fra ");
    for (size_t i = 0; i < share->allowed_count; i++)
        buf_printf(&text, "%s%s",
                   i == 0                          ? ""
                   : i + 1 == share->allowed_count ? " og "
                                                   : ", ",
                   origin_name(page, share->allowed[i]));
    return buf_text(&text);
}

static void write_question(struct page *page)
{
    struct html *html = &page->html;
    const struct sandbox_message *message = page->document->message;
    const struct sandbox_share *share = page->document->share;
    html_open(html, "dl", "class", "app-consent");
    write_fact(html, "Hvem spør",
               arena_printf(html->arena, "%s, %s", message->sender_name,
                            number_text(html, message->origin_number)));
    write_fact(html, "Formål", share->purpose);
    write_fact(html, "Hvor lenge",
               arena_printf(html->arena,
                            "%s kan hente det du deler i %s. Du kan trekke delingen "
                            "tilbake når som helst.",
                            message->sender_name, duration_text(html->arena, share->max_seconds)));
    write_fact(html, "Hva du kan dele", origins_text(page, share));
    html_close(html);
}

static void write_choice(struct page *page, const struct sandbox_document *document)
{
    struct html *html = &page->html;
    const char *id = arena_printf(html->arena, "d%lld", (long long)document->number);
    const char *about = arena_printf(html->arena, "%s-om", id);
    html_open(html, "div", "class", "ds-field", "data-variant", "outline");
    html_void(html, "input", "class", "ds-input", "type", "checkbox", "id", id, "name", "dokument",
              "value", id + 1, "aria-describedby", about);
    html_leaf(html, document->subject, "label", "class", "ds-label", "for", id);
    html_leaf(html,
              arena_printf(html->arena, "%s · %s · %s", file_text(html, document),
                           sender_text(html, document->message),
                           time_text(html, document->message->delivered_at_ms)),
              "p", "data-field", "description", "id", about);
    html_close(html);
}

static void write_choices(struct page *page)
{
    struct html *html = &page->html;
    size_t count, choices = 0;
    struct sandbox_message **messages = delivered_to(page, &count);
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_leaf(html, "Velg dokumenter du vil dele", "legend", "class", "app-legend-h");
    html_open(html, "div", "class", "app-pick");
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < messages[i]->document_count; k++) {
            if (!sandbox_mail_may_share(page->world->mail, page->document,
                                        &messages[i]->documents[k]))
                continue;
            write_choice(page, &messages[i]->documents[k]);
            choices++;
        }
    html_close(html);
    if (choices == 0)
        html_leaf(html, "Du har ingen dokumenter som passer.", "p", "class", "app-muted");
    html_close(html);
}

static void write_button(struct html *html, const char *variant, const char *color,
                         const char *action, const char *text)
{
    html_leaf(html, text, "button", "class", "ds-button", "type", "submit", "data-variant", variant,
              "data-color", color, "formaction", action);
}

static void write_answer_form(struct page *page)
{
    struct html *html = &page->html;
    html_open(html, "form", "class", "app-form", "method", "post", "action",
              letter_path(html, page->document, "/del"));
    write_choices(page);
    html_open(html, "div", "class", "app-actions");
    write_button(html, NULL, NULL, NULL, "Del dokumenter");
    write_button(html, "secondary", NULL, letter_path(html, page->document, "/ikke-del"),
                 "Ikke del");
    html_close_to(html, html->depth - 2);
}

static void write_given(struct page *page)
{
    struct html *html = &page->html;
    const struct sandbox_share *share = page->document->share;
    html_leaf(html,
              arena_printf(html->arena, "Delt %s. Kan hentes til %s.",
                           time_text(html, share->shared_at_ms),
                           time_text(html, share->expires_at_ms)),
              "p");
    html_open(html, "ul", "class", "app-docs");
    for (size_t i = 0; i < share->document_count; i++)
        write_document(html, share->documents[i]);
    html_close(html);
    if (!sandbox_mail_is_shared(page->world->mail, share))
        return;
    html_leaf(html,
              arena_printf(html->arena, "Gå tilbake til %s for å fortsette der.",
                           page->document->message->sender_name),
              "p");
    html_open(html, "form", "method", "post", "action",
              letter_path(html, page->document, "/trekk-tilbake"));
    write_button(html, "secondary", "danger", NULL, "Trekk tilbake deling");
    html_close(html);
}

static void write_share(struct page *page)
{
    struct html *html = &page->html;
    html_open(html, "section", "class", "app-sheet app-stack", "aria-labelledby", "deling");
    html_leaf(html,
              arena_printf(html->arena, "%s ber deg dele dokumenter",
                           page->document->message->sender_name),
              "h2", "class", "app-h2", "id", "deling");
    html_open(html, "p");
    write_share_tag(page, page->document->share);
    html_close(html);
    write_question(page);
    if (page->document->share->state == SANDBOX_SHARE_ASKED)
        write_answer_form(page);
    else if (page->document->share->state == SANDBOX_SHARE_GIVEN)
        write_given(page);
    html_close(html);
}

static void write_link(struct html *html, const struct sandbox_document *document)
{
    if (!document->link_url)
        return;
    html_open(html, "p");
    frame_link_button(html, document->link_url, NULL, NULL,
                      document->link_text ? document->link_text : "Gå til avsenderen");
    html_close(html);
}

/* wrong: what was wrong with the answer just given, or NULL. */
static void write_letter(struct page *page, int status, const char *wrong)
{
    struct html *html = &page->html;
    const struct sandbox_message *message = page->document->message;
    begin(page, message->documents[0].subject);
    html_open(html, "p", "class", "app-kicker");
    html_leaf(html, "Innboks", "a", "class", "ds-link", "href",
              arena_printf(html->arena, "/postkasse/%s", page->person->key));
    html_close(html);
    html_leaf(html, message->documents[0].subject, "h1", "class", "app-h1");
    html_leaf(html,
              arena_printf(html->arena, "%s · %s", sender_text(html, message),
                           time_text(html, message->delivered_at_ms)),
              "p", "class", "app-muted");
    if (wrong)
        frame_message(html, FRAME_DANGER, NULL, wrong, true);
    if (page->document->share)
        write_share(page);
    html_open(html, "section", "class", "app-sheet", "aria-labelledby", "filer");
    html_leaf(html, message->document_count > 1 ? "Brev og vedlegg" : "Brevet", "h2", "class",
              "app-h2", "id", "filer");
    write_documents(html, message);
    write_link(html, page->document);
    html_close(html);
    end(page, status);
}

void sandbox_pages_letter(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    if (!find(&page))
        return;
    struct error err;
    if (sandbox_mail_opened(page.world->mail, page.document, &err))
        write_letter(&page, 200, NULL);
    else
        sandbox_pages_trouble(context, 500, request, response);
}

/* ---- svarene ---- */

/* Back to the letter, or the letter again with what was wrong. */
static void finish(struct page *page, bool ok, const struct error *err)
{
    if (ok)
        response_redirect(page->response, letter_path(&page->html, page->document, ""));
    else if (err->code == ERROR_INVALID)
        write_letter(page, 422, "Velg minst ett dokument, eller velg «Ikke del».");
    else if (err->code == ERROR_BROKEN)
        sandbox_pages_trouble(page->world, 500, page->request, page->response);
    else
        write_letter(page, error_http_status(err->code),
                     "Det går ikke lenger. Se status nedenfor.");
}

static bool find_request(struct page *page)
{
    page->html.arena = page->request->arena;
    if (!find(page))
        return false;
    if (!page->document->share)
        sandbox_pages_trouble(page->world, 404, page->request, page->response);
    return page->document->share != NULL;
}

void sandbox_pages_share(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    if (!find_request(&page))
        return;
    struct sandbox_document **chosen =
        ARENA_ARRAY(request->arena, request->fields.count, struct sandbox_document *);
    size_t count = 0;
    for (size_t i = 0; i < request->fields.count; i++) {
        struct sandbox_document *document = NULL;
        if (text_equal(request->fields.items[i].name, "dokument"))
            document = sandbox_mail_find_number(page.world->mail,
                                                strtoll(request->fields.items[i].value, NULL, 10));
        if (document)
            chosen[count++] = document;
    }
    struct error err;
    bool ok = sandbox_mail_share(page.world->mail, page.document, chosen, count, &err);
    finish(&page, ok, &err);
}

void sandbox_pages_refuse(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    struct error err;
    if (find_request(&page))
        finish(&page, sandbox_mail_refuse(page.world->mail, page.document, &err), &err);
}

void sandbox_pages_withdraw(void *context, struct request *request, struct response *response)
{
    struct page page = {.world = context, .request = request, .response = response};
    struct error err;
    if (find_request(&page))
        finish(&page, sandbox_mail_withdraw(page.world->mail, page.document, &err), &err);
}
