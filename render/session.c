#include "render/session.h"

#include <string.h>

#include "render/message.h"

/* A sentence with the clock time in it, which only the script knows. */
static void write_at_time(struct html *html, const struct frame *frame, const char *id,
                          const char *text_id, bool hidden)
{
    const char *text = message(frame->language, text_id), *at = strstr(text, "{tid}");
    html_open(html, "p", "id", id, "hidden", hidden ? "" : NULL);
    html_text(html, arena_text_of(html->arena, (struct bytes){(const unsigned char *)text,
                                                              (size_t)(at - text)}));
    html_leaf(html, "", "strong", "data-app-clock", message(frame->language, "session.clock"));
    html_text(html, at + strlen("{tid}"));
    html_close(html);
}

static void write_warning(struct html *html, const struct frame *frame)
{
    html_open(html, "div", "id", "_okt-snart");
    html_leaf(html, message(frame->language, "session.title"), "h2", "class", "app-h2", "id",
              "_okt-tittel", "tabindex", "-1");
    write_at_time(html, frame, "_okt-tekst", "session.text", false);
    write_at_time(html, frame, "_okt-siste", "session.last", true);
    html_open(html, "div", "class", "app-actions");
    frame_form(html, frame, SESSION_PATH_EXTEND, NULL, false);
    frame_button(html, &(struct frame_button){.text = message(frame->language, "session.extend")});
    html_close(html);
    frame_form(html, frame, FRAME_PATH_LOGOUT, NULL, false);
    frame_button(html, &(struct frame_button){.variant = "secondary",
                                              .text = message(frame->language, "ui.logout")});
    html_close_to(html, html->depth - 3);
}

/* The page that is open is loaded again, which leads to the login and back. */
static void write_over(struct html *html, const struct frame *frame)
{
    html_open(html, "div", "id", "_okt-ute", "hidden", "");
    html_leaf(html, message(frame->language, "session.over.title"), "h2", "class", "app-h2",
              "tabindex", "-1", "id", "_okt-ute-tittel");
    html_leaf(html, message(frame->language, "session.over.text"), "p");
    html_open(html, "div", "class", "app-actions");
    html_leaf(html, message(frame->language, "session.over.login"), "a", "class", "ds-button",
              "href", FRAME_PATH_LOGIN);
    html_close_to(html, html->depth - 2);
}

void session_write(struct html *html, const struct frame *frame)
{
    if (!frame->user_name || !frame->ends_at)
        return;
    html_open(html, "dialog", "class", "ds-dialog", "id", "_okt", "aria-labelledby", "_okt-tittel",
              "aria-describedby", "_okt-tekst");
    write_warning(html, frame);
    write_over(html, frame);
    html_close(html);
    session_write_left(html, frame);
}

void session_write_left(struct html *html, const struct frame *frame)
{
    int64_t left = frame->ends_at - frame->now;
    if (!frame->user_name || !frame->ends_at)
        return;
    html_leaf(html, "", "div", "id", "_okt-slutt", "hidden", "", "data-app-left",
              arena_printf(html->arena, "%lld", (long long)(left > 0 ? left : 0)), "hx-swap-oob",
              frame->partial ? "true" : NULL);
}
