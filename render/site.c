#include "render/site.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"

/* ---- start page ---- */

/* The form's texts in the reader's language. */
struct start {
    struct html *html;
    const struct frame *frame;
    const struct site_start *page;
};

/* Writes the text into an element, with its lang; nothing when there is none. */
static void write_shown(const struct start *start, const struct form_text *text,
                        const char *element, const char *class_names)
{
    struct form_shown shown =
        form_show(start->page->form, start->html->arena, text, frame_reading(start->frame));
    if (text_is_empty(shown.text))
        return;
    html_open(start->html, element, "class", class_names, "lang",
              frame_lang(start->frame, shown.language));
    html_lines(start->html, shown.text);
    html_close(start->html);
}

static bool has_text(const struct start *start, const struct form_text *text)
{
    return !text_is_empty(
        form_show(start->page->form, start->html->arena, text, frame_reading(start->frame)).text);
}

/* To begin is a POST when somebody is logged in, and a link to the login when not. */
static void write_begin(const struct start *start)
{
    struct html *html = start->html;
    const struct site_start *page = start->page;
    const char *language = start->frame->language;
    html_open(html, "div", "class", "app-row");
    if (page->draft) {
        frame_link_button(html, page->draft, NULL, NULL, message(language, "start.resume"));
        frame_form(html, start->frame, page->action, NULL, false);
        frame_button(html, &(struct frame_button){.variant = "secondary",
                                                  .text = message(language, "start.anew")});
        html_close(html);
    } else if (start->frame->user_name) {
        frame_form(html, start->frame, page->action, NULL, false);
        frame_button(html, &(struct frame_button){.text = message(language, "start.begin")});
        html_close(html);
    } else {
        frame_link_button(html, page->login, NULL, "lock", message(language, "start.login"));
    }
    html_close(html);
}

static void write_hero(const struct start *start)
{
    struct html *html = start->html;
    const struct form_about *about = form_about(start->page->form);
    html_open(html, "div", "class", "app-hero");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "div", "class", "app-column app-column--wide");
    frame_lacking(html, start->frame);
    write_shown(start, about->category, "p", "app-kicker");
    write_shown(start, form_title(start->page->form), "h1", "app-h1");
    write_shown(start, about->lead, "p", "app-lead app-text");
    if (start->page->draft)
        html_leaf(html,
                  message_with(html->arena, start->frame->language, "start.draft", "tid",
                               locale_moment_at(html->arena, start->page->draft_saved_at,
                                                start->frame->language)),
                  "p", "class", "app-lead app-text");
    write_begin(start);
    html_close_to(html, html->depth - 3);
}

static void write_fact(const struct start *start, const char *icon, const struct form_fact *fact,
                       const char *more)
{
    struct html *html = start->html;
    if (!has_text(start, fact->title))
        return;
    struct form_shown title =
        form_show(start->page->form, html->arena, fact->title, frame_reading(start->frame));
    html_open(html, "li");
    html_open(html, "h2", "class", "app-h3", "lang", frame_lang(start->frame, title.language));
    frame_icon(html, icon);
    html_text(html, title.text);
    html_close(html);
    write_shown(start, fact->detail, "p", NULL);
    html_leaf(html, more, "p");
    html_close(html);
}

static void write_facts(const struct start *start)
{
    struct html *html = start->html;
    const struct form_about *about = form_about(start->page->form);
    if (!has_text(start, about->time.title) && !has_text(start, about->who.title) &&
        !has_text(start, about->answer.title) && !has_text(start, about->deadline.title))
        return;
    const char *pause =
        message_with(html->arena, start->frame->language, "start.pause", "dager",
                     locale_integer(html->arena, start->page->draft_days, start->frame->language));
    html_open(html, "ul", "class", "app-facts");
    write_fact(start, "clock", &about->time, has_text(start, about->time.detail) ? NULL : pause);
    write_fact(start, "people", &about->who, NULL);
    write_fact(start, "mail", &about->answer, NULL);
    write_fact(start, "info", &about->deadline, NULL);
    html_close(html);
}

static void write_needs(const struct start *start)
{
    struct html *html = start->html;
    const struct form_about *about = form_about(start->page->form);
    if (about->need_count == 0)
        return;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "trenger");
    html_leaf(html, message(start->frame->language, "start.needs"), "h2", "class", "app-h2", "id",
              "trenger");
    html_open(html, "ul", "class", "app-checklist");
    for (size_t i = 0; i < about->need_count; i++) {
        html_open(html, "li");
        frame_icon(html, "check");
        html_open(html, "span");
        write_shown(start, about->needs[i].title, "strong", NULL);
        if (has_text(start, about->needs[i].detail)) {
            html_void(html, "br");
            write_shown(start, about->needs[i].detail, "span", NULL);
        }
        html_close_to(html, html->depth - 2);
    }
    html_close_to(html, html->depth - 2);
}

/* A fact in running text: its title as a paragraph or, with an address, as a link after the detail.
 */
static void write_paragraphs(const struct start *start, const struct form_fact *fact)
{
    struct html *html = start->html;
    bool link = !text_is_empty(fact->href);
    bool both = has_text(start, fact->detail);
    if (both)
        write_shown(start, fact->detail, "p", NULL);
    if (!link) {
        if (!both)
            write_shown(start, fact->title, "p", NULL);
        return;
    }
    struct form_shown title =
        form_show(start->page->form, html->arena, fact->title, frame_reading(start->frame));
    html_open(html, "p");
    html_leaf(html, title.text, "a", "class", "ds-link", "href", fact->href, "lang",
              frame_lang(start->frame, title.language));
    html_close(html);
}

static void write_law(const struct start *start)
{
    struct html *html = start->html;
    const struct form_fact *law = &form_about(start->page->form)->law;
    if (!has_text(start, law->title))
        return;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "hjemmel");
    html_leaf(html, message(start->frame->language, "start.law"), "h2", "class", "app-h2", "id",
              "hjemmel");
    write_paragraphs(start, law);
    html_close(html);
}

/* How drafts are kept is said by the form or, when it does not, by us; when one is logged out
 * always by us (WCAG 2.2.1). */
static void write_privacy(const struct start *start)
{
    struct html *html = start->html;
    const char *language = start->frame->language;
    const struct form_fact *privacy = &form_about(start->page->form)->privacy;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "personvern");
    html_leaf(html, message(language, "start.privacy"), "h2", "class", "app-h2", "id",
              "personvern");
    if (!has_text(start, privacy->detail))
        html_leaf(html,
                  message_with(html->arena, language, "start.drafts", "dager",
                               locale_integer(html->arena, start->page->draft_days, language)),
                  "p");
    if (has_text(start, privacy->title))
        write_paragraphs(start, privacy);
    html_leaf(html, message(language, "start.session"), "p");
    html_close(html);
}

static void write_contact(const struct start *start, const struct form_contact *contact)
{
    struct html *html = start->html;
    html_open(html, "p");
    write_shown(start, contact->name, "strong", NULL);
    if (has_text(start, contact->address)) {
        html_void(html, "br");
        write_shown(start, contact->address, "span", NULL);
    }
    if (!text_is_empty(contact->phone)) {
        html_void(html, "br");
        html_text(html, message(start->frame->language, "start.phone"));
        html_leaf(html, contact->phone, "a", "class", "ds-link app-nowrap", "href",
                  frame_phone_address(html->arena, contact->phone));
    }
    if (!text_is_empty(contact->email)) {
        html_void(html, "br");
        html_leaf(html, contact->email, "a", "class", "ds-link", "href",
                  arena_printf(html->arena, "mailto:%s", contact->email));
    }
    html_close(html);
}

static void write_help(const struct start *start)
{
    struct html *html = start->html;
    const struct form_about *about = form_about(start->page->form);
    if (about->contact_count == 0 && !has_text(start, about->other_ways.title))
        return;
    html_open(html, "section", "class", "app-text", "aria-labelledby", "hjelp");
    html_leaf(html, message(start->frame->language, "start.help"), "h2", "class", "app-h2", "id",
              "hjelp");
    if (has_text(start, about->other_ways.title))
        write_paragraphs(start, &about->other_ways);
    for (size_t i = 0; i < about->contact_count; i++)
        write_contact(start, &about->contacts[i]);
    html_close(html);
}

struct bytes site_start_page(struct arena *arena, const struct frame *frame,
                             const struct site_start *page)
{
    struct html html;
    html_init(&html, arena);
    struct start start = {&html, frame, page};
    struct frame_page around = {
        .title = form_show(page->form, arena, form_title(page->form), frame_reading(frame)).text,
        .bare = true,
    };
    frame_begin(&html, frame, &around);
    write_hero(&start);
    html_open(&html, "div", "class", "app-inner");
    html_open(&html, "div", "class", "app-column app-column--wide app-stack app-stack--loose");
    write_facts(&start);
    write_needs(&start);
    write_law(&start);
    write_privacy(&start);
    write_help(&start);
    write_begin(&start);
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- login ---- */

/* What some want to know before they log in: shut until they ask. */
static void write_more(struct html *html, const char *question, const char *answer)
{
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, question, "summary");
    html_open(html, "div");
    html_leaf(html, answer, "p");
    html_close_to(html, html->depth - 2);
}

struct bytes site_login_page(struct arena *arena, const struct frame *frame,
                             const struct site_login *page)
{
    struct html html;
    html_init(&html, arena);
    const char *title = message(frame->language, page->more_sure    ? "login.title.sure"
                                                 : page->form_title ? "login.title.apply"
                                                                    : "login.title");
    struct frame_page around = {
        .title =
            page->form_title ? arena_printf(arena, "%s – %s", title, page->form_title) : title};
    frame_begin(&html, frame, &around);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, message(frame->language, page->more_sure ? "login.lead.sure" : "login.lead"),
              "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (page->more_sure)
        frame_message(&html, FRAME_INFO, NULL, message(frame->language, "login.sure.kept"), false);
    html_open(&html, "div", "class", "app-actions");
    frame_link_button(&html, page->go, NULL, "lock", message(frame->language, "login.go"));
    html_close(&html);
    write_more(&html, message(frame->language, "login.ways"),
               message(frame->language, "login.ways.text"));
    if (page->form_title)
        write_more(
            &html, message(frame->language, "login.others"),
            message_with(arena, frame->language, "login.others.text", "navn", frame->agency->name));
    html_open(&html, "p");
    html_leaf(&html, message(frame->language, "login.back"), "a", "class", "ds-link", "href",
              page->back);
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

struct bytes site_logged_out_page(struct arena *arena, const struct frame *frame)
{
    struct html html;
    html_init(&html, arena);
    const char *title = message(frame->language, "left.title");
    struct frame_page around = {.title = title};
    frame_begin(&html, frame, &around);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, message(frame->language, "left.lead"), "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html, message(frame->language, "trouble.shared.machine"), "p");
    html_open(&html, "div", "class", "app-actions");
    frame_link_button(&html, FRAME_PATH_FRONT, NULL, NULL,
                      message(frame->language, "trouble.front"));
    frame_link_button(&html, FRAME_PATH_LOGIN, "secondary", "lock",
                      message(frame->language, "left.again"));
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}

/* ---- deleting a draft ---- */

struct bytes site_delete_page(struct arena *arena, const struct frame *frame,
                              const struct site_delete *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    const char *title = message(language, "delete.title");
    struct frame_page around = {.title =
                                    arena_printf(arena, "%s – %s", title, page->form_title.text)};
    frame_begin(&html, frame, &around);
    html_leaf(&html, page->form_title.text, "p", "class", "app-kicker", "lang",
              frame_lang(frame, page->form_title.language));
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html,
              message_with(arena, language, "delete.text", "tid",
                           locale_moment_at(arena, page->saved_at, language)),
              "p");
    html_leaf(&html,
              page->document_count > 0
                  ? message_count(arena, language, "delete.documents", page->document_count)
                  : NULL,
              "p");
    frame_message(&html, FRAME_WARNING, NULL, message(language, "delete.warning"), false);
    frame_form(&html, frame, page->action, "app-actions", false);
    frame_button(&html, &(struct frame_button){
                            .color = "danger",
                            .icon = "trash",
                            .text = message(language, "delete.yes"),
                        });
    frame_link_button(&html, page->back, "secondary", NULL, message(language, "delete.no"));
    html_close_to(&html, html.depth - 2);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}
