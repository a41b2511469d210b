#include "render/letter_link.h"

#include "forms/locale.h"
#include "render/message.h"

static const struct {
    const char *title, *lead;
} kinds[] = {
    [LETTER_LINK_NOT_YOURS] = {"link.other.title", "link.other.lead"},
    [LETTER_LINK_PAST] = {"link.past.title", "link.past.lead"},
    [LETTER_LINK_DONE] = {"link.done.title", "link.done.lead"},
};

/* Which letter it was, for who has several. */
static void write_about(struct html *html, const struct frame *frame,
                        const struct letter_link_page *page)
{
    if (page->kind == LETTER_LINK_NOT_YOURS)
        return;
    html_open(html, "p", "class", "app-kicker");
    html_leaf(html, page->form.text, "span", "lang", frame_lang(frame, page->form.language));
    html_text(html, " · ");
    html_leaf(html, page->reference, "span", "class", "app-nowrap");
    html_close(html);
}

/* The one who is logged in may have borrowed the machine, or the letter. */
static void write_change_person(struct html *html, const struct frame *frame)
{
    const char *language = frame->language;
    if (frame->user_name && *frame->user_name)
        frame_message(
            html, FRAME_INFO, NULL,
            message_with(html->arena, language, "link.other.you", "navn", frame->user_name), false);
    html_leaf(html, message(language, "link.other.text"), "p", "class", "app-text");
    frame_form(html, frame, FRAME_PATH_LOGOUT, "app-actions", false);
    frame_button(html, &(struct frame_button){.text = message(language, "link.other.logout")});
    frame_link_button(html, FRAME_PATH_MY_PAGE, "secondary", NULL,
                      message(language, "trouble.mypage"));
    html_close(html);
}

static void write_ways_on(struct html *html, const struct frame *frame,
                          const struct letter_link_page *page)
{
    const char *language = frame->language;
    bool past = page->kind == LETTER_LINK_PAST;
    html_leaf(html, message(language, past ? "link.past.text" : "link.done.text"), "p", "class",
              "app-text");
    html_open(html, "div", "class", "app-actions");
    if (past)
        frame_link_button(html, page->task, NULL, NULL, message(language, "link.past.go"));
    frame_link_button(html, page->receipt, past ? "secondary" : NULL, NULL,
                      message(language, "link.receipt"));
    html_close(html);
}

struct bytes letter_link_page(struct arena *arena, const struct frame *frame,
                              const struct letter_link_page *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language, *title = message(language, kinds[page->kind].title);
    struct frame_page around = {.title = title};
    frame_begin(&html, frame, &around);
    write_about(&html, frame, page);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html,
              message_with(arena, language, kinds[page->kind].lead, "tid",
                           page->at ? locale_moment_at(arena, page->at, language) : ""),
              "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (page->kind == LETTER_LINK_NOT_YOURS)
        write_change_person(&html, frame);
    else
        write_ways_on(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}
