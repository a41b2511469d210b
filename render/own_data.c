#include "render/own_data.h"

#include "forms/locale.h"
#include "render/message.h"
#include "render/overview.h"

/* One thing that is held: how much of it, and what becomes of it. */
static void write_held(struct html *html, const char *language, const char *id, size_t count,
                       const char *fate_id)
{
    html_open(html, "div");
    html_leaf(html, arena_printf(html->arena, "%s (%zu)", message(language, id), count), "dt");
    html_leaf(html, message(language, fate_id), "dd");
    html_close(html);
}

static void write_held_all(struct html *html, const struct frame *frame,
                           const struct own_data_page *page)
{
    const char *language = frame->language;
    overview_begin_section(html, frame, "data-har", "data.have");
    html_open(html, "dl", "class", "app-dl");
    write_held(html, language, "data.drafts", page->drafts, "data.drafts.fate");
    write_held(html, language, "data.sent", page->sent, "data.sent.fate");
    write_held(html, language, "data.documents", page->documents + page->draft_documents,
               "data.documents.fate");
    write_held(html, language, "data.certificates", page->certificates, "data.certificates.fate");
    write_held(html, language, "data.consents", page->consents, "data.consents.fate");
    write_held(html, language, "data.requests", page->requests, "data.requests.fate");
    write_held(html, language, "data.logins", page->logins, "data.logins.fate");
    html_close_to(html, html->depth - 2);
}

static void write_taking(struct html *html, const struct frame *frame,
                         const struct own_data_page *page)
{
    const char *language = frame->language;
    overview_begin_section(html, frame, "data-ta-med", "data.take");
    html_leaf(html, message(language, "data.take.text"), "p");
    html_open(html, "p");
    frame_link_button(
        html, OWN_DATA_PATH_ZIP, NULL, "download",
        message_with(html->arena, language, "data.take.button", "storrelse",
                     locale_size(html->arena, (uint64_t)page->bytes + 50000, language)));
    html_close_to(html, html->depth - 2);
}

static void write_deleting(struct html *html, const struct frame *frame,
                           const struct own_data_page *page)
{
    const char *language = frame->language;
    overview_begin_section(html, frame, "data-slett", "data.delete");
    html_leaf(html, message(language, page->drafts ? "data.delete.text" : "data.delete.none"), "p");
    if (page->drafts) {
        html_open(html, "p");
        frame_link_button(html, OWN_DATA_PATH_DELETE, "secondary", "trash",
                          message(language, "data.delete.button"));
        html_close(html);
    }
    html_leaf(html,
              message_with(html->arena, language, "data.delete.stays", "etat", frame->agency->name),
              "p", "class", "app-muted");
    html_close(html);
}

struct bytes own_data_page(struct arena *arena, const struct frame *frame,
                           const struct own_data_page *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around = overview_begin(&html, frame, OVERVIEW_PATH_DATA, "data.title");
    if (page->deleted)
        frame_message(&html, FRAME_SUCCESS, NULL, message(language, "data.deleted"), true);
    html_leaf(&html, message(language, "data.lead"), "p", "class", "app-lead");
    write_held_all(&html, frame, page);
    write_taking(&html, frame, page);
    write_deleting(&html, frame, page);
    overview_begin_section(&html, frame, "data-innlogginger", "data.logins.title");
    html_leaf(&html, message(language, "data.logins.text"), "p");
    html_open(&html, "p");
    html_leaf(&html, message(language, "data.logins.link"), "a", "class", "ds-link", "href",
              OVERVIEW_PATH_LOGINS);
    html_close_to(&html, html.depth - 2);
    return overview_end(&html, frame, &around);
}

struct bytes own_data_delete_page(struct arena *arena, const struct frame *frame,
                                  const struct own_data_page *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around = {.title = message(language, "data.delete.title"), .my_page = true};
    frame_begin(&html, frame, &around);
    html_leaf(&html, message(language, "data.delete.title"), "h1", "class", "app-h1");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html, message_count(arena, language, "data.delete.drafts", (int64_t)page->drafts),
              "p");
    if (page->draft_documents)
        html_leaf(
            &html,
            message_count(arena, language, "data.delete.documents", (int64_t)page->draft_documents),
            "p");
    html_leaf(&html, message(language, "data.delete.consents"), "p");
    frame_message(&html, FRAME_WARNING, NULL, message(language, "delete.warning"), false);
    frame_form(&html, frame, OWN_DATA_PATH_DELETE, "app-actions", false);
    frame_button(&html, &(struct frame_button){.color = "danger",
                                               .icon = "trash",
                                               .text = message(language, "data.delete.yes")});
    frame_link_button(&html, OVERVIEW_PATH_DATA, "secondary", NULL,
                      message(language, "data.delete.no"));
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- logins ---- */

static void write_end_button(struct html *html, const struct frame *frame, const char *id,
                             const char *text_id, const char *hidden)
{
    frame_form(html, frame, OVERVIEW_PATH_LOGINS, NULL, false);
    frame_button(html, &(struct frame_button){.name = OWN_DATA_FIELD_LOGIN,
                                              .value = id,
                                              .variant = "secondary",
                                              .size = "sm",
                                              .text = message(frame->language, text_id),
                                              .hidden = hidden});
    html_close(html);
}

static void write_login(struct html *html, const struct frame *frame,
                        const struct own_data_login *login)
{
    const char *language = frame->language;
    const char *begun = locale_moment_at(html->arena, login->created_at, language);
    html_open(html, "li", "class", "app-card");
    html_leaf(html, message_with(html->arena, language, "logins.at", "tid", begun), "h2", "class",
              "app-h3");
    if (login->is_this)
        frame_tag(html, "success", "check", message(language, "logins.this"));
    html_leaf(html,
              message_with(html->arena, language,
                           login->is_high ? "logins.used.high" : "logins.used", "tid",
                           locale_moment_at(html->arena, login->used_at, language)),
              "p", "class", "app-muted");
    if (!login->is_this)
        write_end_button(html, frame, login->id, "logins.end", begun);
    html_close(html);
}

struct bytes own_data_logins_page(struct arena *arena, const struct frame *frame,
                                  const struct own_data_login *logins, size_t count, bool ended)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    struct frame_page around = overview_begin(&html, frame, OVERVIEW_PATH_DATA, "logins.title");
    if (ended)
        frame_message(&html, FRAME_SUCCESS, NULL, message(language, "logins.ended"), true);
    html_leaf(&html, message(language, "logins.lead"), "p", "class", "app-lead");
    html_open(&html, "ul", "class", "app-cards");
    for (size_t i = 0; i < count; i++)
        write_login(&html, frame, &logins[i]);
    html_close(&html);
    if (count > 1)
        write_end_button(&html, frame, OWN_DATA_OTHERS, "logins.end.others", NULL);
    return overview_end(&html, frame, &around);
}
