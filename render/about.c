#include "render/about.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"

#include <string.h>

/* ---- the agency's own paragraphs ---- */

static bool is_address(const char *word)
{
    return text_starts_with(word, "https://") || text_starts_with(word, "mailto:") ||
           text_starts_with(word, "tel:");
}

/* What is read of an address that is written to or called is what comes after the colon. */
static void write_words(struct html *html, char *line)
{
    for (char *word; (word = strsep(&line, " ")) != NULL;) {
        if (is_address(word)) {
            bool site = text_starts_with(word, "https://");
            html_leaf(html, site ? word : strchr(word, ':') + 1, "a", "class", "ds-link", "href",
                      word);
        } else {
            html_text(html, word);
        }
        if (line)
            html_text(html, " ");
    }
}

struct own {
    struct html *html;
    size_t outside; /* how deep the page is */
    const char *in; /* "p", "ul" or NULL */
};

static void leave(struct own *own)
{
    html_close_to(own->html, own->outside);
    own->in = NULL;
}

static void enter(struct own *own, const char *element)
{
    if (text_equal(own->in, element))
        return;
    leave(own);
    html_open(own->html, element, "class", text_equal(element, "ul") ? "app-list" : NULL);
    own->in = element;
}

static void write_own_line(struct own *own, char *line)
{
    struct html *html = own->html;
    if (!*line) {
        leave(own);
    } else if (text_starts_with(line, "# ")) {
        leave(own);
        html_leaf(html, line + 2, "h2", "class", "app-h2");
    } else if (text_starts_with(line, "- ")) {
        enter(own, "ul");
        html_open(html, "li");
        write_words(html, line + 2);
        html_close(html);
    } else {
        if (text_equal(own->in, "p"))
            html_text(html, " ");
        enter(own, "p");
        write_words(html, line);
    }
}

static void write_own(struct html *html, const struct frame *frame, const struct about_page *page)
{
    if (text_is_empty(page->own))
        return;
    html_open(html, "section", "class", "app-text", "lang", frame_lang(frame, page->language));
    struct own own = {.html = html, .outside = html->depth};
    char *rest = arena_text(html->arena, page->own);
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        write_own_line(&own, text_trim(html->arena, line));
    leave(&own);
    html_close(html);
}

/* ---- what is true for every agency ---- */

static const char *say(struct html *html, const struct frame *frame, const struct about_page *page,
                       const char *id)
{
    return message_with(html->arena, frame->language, id, "etat", frame->agency->name, "dager",
                        locale_integer(html->arena, page->draft_days, frame->language), "minutter",
                        locale_integer(html->arena, page->idle_minutes, frame->language));
}

static void begin_part(struct html *html, const struct frame *frame, const char *heading)
{
    html_open(html, "section", "class", "app-text");
    html_leaf(html, message(frame->language, heading), "h2", "class", "app-h2");
}

static void write_list(struct html *html, const struct frame *frame, const struct about_page *page,
                       const char *const *ids, size_t count)
{
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < count; i++) {
        html_open(html, "li");
        html_message(html, say(html, frame, page, ids[i]));
        html_close(html);
    }
    html_close(html);
}

/* "Etaten, Gata 1. Telefon 22 33 44 55. post@example.no" */
static void write_contact(struct html *html, const struct frame_agency *agency)
{
    html_open(html, "p");
    html_leaf(html, agency->name, "strong");
    if (!text_is_empty(agency->address)) {
        html_void(html, "br");
        html_text(html, agency->address);
    }
    if (!text_is_empty(agency->phone)) {
        html_void(html, "br");
        html_leaf(html, agency->phone, "a", "class", "ds-link app-nowrap", "href",
                  frame_phone_address(html->arena, agency->phone));
    }
    if (!text_is_empty(agency->email)) {
        html_void(html, "br");
        html_leaf(html, agency->email, "a", "class", "ds-link", "href",
                  arena_printf(html->arena, "mailto:%s", agency->email));
    }
    html_close(html);
}

/* Who watches over the agency: their name is the link's text in every language. */
static void write_complaint(struct html *html, const struct frame *frame, const char *id,
                            const char *address)
{
    html_open(html, "p");
    html_text(html, message(frame->language, id));
    html_text(html, " ");
    html_leaf(html, address + strlen("https://www."), "a", "class", "ds-link", "href", address);
    html_close(html);
}

static void begin(struct html *html, const struct frame *frame, const struct about_page *page,
                  struct frame_page *around, const char *title, const char *lead)
{
    around->title = message(frame->language, title);
    frame_begin(html, frame, around);
    html_leaf(html, around->title, "h1", "class", "app-h1");
    html_leaf(html, say(html, frame, page, lead), "p", "class", "app-lead");
    html_open(html, "div", "class", "app-sheet app-stack app-stack--loose");
}

static struct bytes finish(struct html *html, const struct frame *frame,
                           const struct about_page *page, const struct frame_page *around)
{
    write_own(html, frame, page);
    html_close(html);
    frame_end(html, frame, around);
    return html_bytes(html);
}

struct bytes about_accessibility_page(struct arena *arena, const struct frame *frame,
                                      const struct about_page *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = {0};
    begin(&html, frame, page, &around, "about.accessibility.title", "about.accessibility.lead");

    begin_part(&html, frame, "about.accessibility.rules");
    html_leaf(&html, say(&html, frame, page, "about.accessibility.rules.text"), "p");
    write_list(&html, frame, page,
               (const char *const[]){"about.accessibility.keyboard", "about.accessibility.script",
                                     "about.accessibility.zoom", "about.accessibility.time"},
               4);
    html_close(&html);

    begin_part(&html, frame, "about.accessibility.tell");
    html_leaf(&html, say(&html, frame, page, "about.accessibility.tell.text"), "p");
    write_contact(&html, frame->agency);
    write_complaint(&html, frame, "about.accessibility.complain", "https://www.uutilsynet.no");
    html_close(&html);
    return finish(&html, frame, page, &around);
}

struct bytes about_privacy_page(struct arena *arena, const struct frame *frame,
                                const struct about_page *page)
{
    struct html html;
    html_init(&html, arena);
    struct frame_page around = {0};
    begin(&html, frame, page, &around, "about.privacy.title", "about.privacy.lead");

    begin_part(&html, frame, "about.privacy.kept");
    write_list(&html, frame, page,
               (const char *const[]){"about.privacy.draft", "about.privacy.sent",
                                     "about.privacy.login", "about.privacy.log"},
               4);
    html_close(&html);

    begin_part(&html, frame, "about.privacy.goes");
    html_leaf(&html, say(&html, frame, page, "about.privacy.goes.text"), "p");
    html_close(&html);

    begin_part(&html, frame, "about.privacy.cookies");
    html_leaf(&html, say(&html, frame, page, "about.privacy.cookies.text"), "p");
    html_close(&html);

    begin_part(&html, frame, "about.privacy.rights");
    html_leaf(&html, say(&html, frame, page, "about.privacy.rights.text"), "p");
    write_contact(&html, frame->agency);
    write_complaint(&html, frame, "about.privacy.complain", "https://www.datatilsynet.no");
    html_close(&html);
    return finish(&html, frame, page, &around);
}
