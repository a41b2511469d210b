#include "render/find_form.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/overview.h"

/* ---- the field ---- */

static void write_field(struct html *html, const struct frame *frame, const char *address,
                        const struct find_form *page)
{
    const char *language = frame->language;
    html_open(html, "form", "class", "app-find", "method", "get", "action", address, "role",
              "search");
    html_open(html, "div", "class", "ds-field");
    html_leaf(html, message(language, "find.label"), "label", "class", "ds-label", "for",
              FIND_FORM_FIELD);
    html_leaf(html, message(language, "find.hint"), "p", "data-field", "description", "id",
              "q-hjelp");
    html_open(html, "div", "class", "app-find__row");
    html_void(html, "input", "class", "ds-input", "type", "search", "id", FIND_FORM_FIELD, "name",
              FIND_FORM_FIELD, "value", page->wanted, "maxlength", "100", "aria-describedby",
              "q-hjelp");
    frame_button(html, &(struct frame_button){.text = message(language, "find.button")});
    html_close_to(html, html->depth - 3);
}

/* How many, and the way back to all of them. */
static void write_result(struct html *html, const struct frame *frame, const char *address,
                         const struct find_form *page)
{
    struct arena *arena = html->arena;
    const char *language = frame->language;
    if (!*page->wanted)
        return;
    html_open(html, "div", "class", "app-find__result");
    const char *found =
        page->total > 1
            ? message_with(arena, language, "find.found.n", "ord", page->wanted, "n",
                           arena_printf(arena, "%zu", page->total))
            : message_with(arena, language, page->total ? "find.found.1" : "find.found.0", "ord",
                           page->wanted);
    html_leaf(html, found, "p", "class", "app-h3", "role", "status");
    if (page->total == 0)
        html_leaf(html, message(language, "find.advice"), "p");
    html_open(html, "p");
    html_leaf(html, message(language, "find.all"), "a", "class", "ds-link", "href", address);
    html_close_to(html, html->depth - 2);
}

/* ---- the list ---- */

static void write_fact(struct html *html, const struct frame *frame, const char *icon,
                       const char *label, const struct form_shown *text)
{
    if (text_is_empty(text->text))
        return;
    html_open(html, "li");
    frame_icon(html, icon);
    html_open(html, "span");
    html_leaf(html, message(frame->language, label), "span", "class", "ds-sr-only");
    html_leaf(html, text->text, "span", "lang", frame_lang(frame, text->language));
    html_close_to(html, html->depth - 2);
}

static void write_draft(struct html *html, const struct frame *frame,
                        const struct find_form_entry *entry)
{
    const char *language = frame->language;
    if (!entry->draft)
        return;
    html_open(html, "div", "class", "app-actions");
    html_open(html, "a", "class", "ds-button", "data-variant", "secondary", "href", entry->draft);
    html_open(html, "span");
    html_text(html, message(language, "find.resume"));
    html_leaf(html, arena_printf(html->arena, ": %s", entry->title.text), "span", "class",
              "ds-sr-only", "lang", frame_lang(frame, entry->title.language));
    html_close_to(html, html->depth - 3);
}

static void write_entry(struct html *html, const struct frame *frame,
                        const struct find_form_entry *entry)
{
    const char *language = frame->language;
    html_open(html, "li", "class", "app-card");
    html_open(html, "div");
    html_leaf(html, text_is_empty(entry->topic.text) ? NULL : entry->topic.text, "p", "class",
              "app-small app-muted", "lang", frame_lang(frame, entry->topic.language));
    html_open(html, "h2", "class", "app-h3");
    html_leaf(html, entry->title.text, "a", "class", "ds-link", "href", entry->address, "lang",
              frame_lang(frame, entry->title.language));
    html_close(html);
    html_leaf(html, text_is_empty(entry->summary.text) ? NULL : entry->summary.text, "p", "lang",
              frame_lang(frame, entry->summary.language));
    if (!text_is_empty(entry->time.text) || !text_is_empty(entry->deadline.text)) {
        html_open(html, "ul", "class", "app-find__facts");
        write_fact(html, frame, "clock", "find.time", &entry->time);
        write_fact(html, frame, "info", "find.deadline", &entry->deadline);
        html_close(html);
    }
    if (entry->draft)
        html_leaf(html,
                  message_with(html->arena, language, "start.draft", "tid",
                               locale_moment_at(html->arena, entry->draft_saved_at, language)),
                  "p", "class", "app-muted");
    html_close(html);
    write_draft(html, frame, entry);
    html_close(html);
}

static void write_page_link(struct html *html, const char *address, const struct find_form *page,
                            size_t from, const char *text)
{
    struct arena *arena = html->arena;
    html_open(html, "a", "class", "ds-link", "href",
              arena_printf(arena, "%s?" FIND_FORM_FIELD "=%s&" FIND_FORM_QUERY_FROM "=%zu", address,
                           codec_percent(arena, page->wanted), from));
    html_text(html, text);
    html_close(html);
}

static void write_list(struct html *html, const struct frame *frame, const char *address,
                       const struct find_form *page)
{
    if (page->count > 0) {
        html_open(html, "ul", "class", "app-cards");
        for (size_t i = 0; i < page->count; i++)
            write_entry(html, frame, &page->entries[i]);
        html_close(html);
    }
    if (page->from + page->count >= page->total)
        return;
    html_open(html, "p");
    write_page_link(html, address, page, page->from + page->count,
                    message(frame->language, "find.more"));
    html_close(html);
}

static void write_all(struct html *html, const struct frame *frame, const char *address,
                      const struct find_form *page)
{
    if (page->is_empty)
        return;
    write_field(html, frame, address, page);
    write_result(html, frame, address, page);
    write_list(html, frame, address, page);
}

/* ---- the pages ---- */

/* "«barn» – Søknader og skjema": so that a search is found again among one's tabs. */
static const char *title_of(struct arena *arena, const char *title, const struct find_form *page)
{
    return *page->wanted ? arena_printf(arena, "«%s» – %s", page->wanted, title) : title;
}

struct bytes find_form_front_page(struct arena *arena, const struct frame *frame,
                                  const struct find_form *page)
{
    struct html html;
    html_init(&html, arena);
    const char *title = message(frame->language, "front.title");
    struct frame_page around = {.title = title_of(arena, title, page), .wide = true};
    frame_begin(&html, frame, &around);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, message(frame->language, page->is_empty ? "front.none" : "front.lead"), "p",
              "class", "app-lead");
    write_all(&html, frame, FRAME_PATH_FRONT, page);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

struct bytes find_form_my_page(struct arena *arena, const struct frame *frame,
                               const struct find_form *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = overview_begin(&html, frame, OVERVIEW_PATH_FORMS, "find.title");
    html_open(&html, "section");
    html_leaf(&html, message(frame->language, page->is_empty ? "front.none" : "front.lead"), "p",
              "class", "app-text");
    write_all(&html, frame, OVERVIEW_PATH_FORMS, page);
    html_close(&html);
    return overview_end(&html, frame, &around);
}
