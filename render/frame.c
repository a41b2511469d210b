#include "render/frame.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/session.h"
#include "render/static.h"

#include <assert.h>
#include <string.h>

#define MAIN_FORM "skjema"

/* Back and forward load pages as they do without htmx. No extension is taken, what a reader has
 * opened stays open when the page round it changes, and nothing is evaluated in any case. */
#define HTMX_CONFIG                                                                                \
    "{\"history\":\"reload\",\"extensions\":\"none\",\"morphIgnore\":[\"data-htmx-powered\","      \
    "\"open\"]}"

static void write_title(struct html *html, const struct frame *frame, const struct frame_page *page)
{
    const char *start = "";
    if (page->error_count > 0)
        start = message_with(html->arena, frame->language, "ui.title.error", "n",
                             locale_integer(html->arena, page->error_count, frame->language));
    const char *about = page->about ? arena_printf(html->arena, " – %s", page->about) : "";
    html_leaf(
        html,
        arena_printf(html->arena, "%s%s%s – %s", start, page->title, about, frame->agency->name),
        "title");
}

static void write_head(struct html *html, const struct frame *frame, const struct frame_page *page)
{
    html_open(html, "head");
    html_void(html, "meta", "charset", "utf-8");
    html_void(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html_void(html, "meta", "name", "color-scheme", "content", "light dark");
    html_void(html, "meta", "name", "robots", "content", "noindex");
    if (frame->refreshes && page->refresh && page->refresh_s > 0)
        html_void(html, "meta", "http-equiv", "refresh", "content",
                  arena_printf(html->arena, "%d", page->refresh_s));
    write_title(html, frame, page);
    const struct frame_agency *agency = frame->agency;
    html_void(html, "link", "rel", "icon", "type", "image/svg+xml", "href",
              agency->icon ? agency->icon : static_path("icon.svg"));
    html_void(html, "link", "rel", "stylesheet", "href", static_path("app.css"));
    if (agency->colours)
        html_void(html, "link", "rel", "stylesheet", "href", agency->colours);
    if (page->is_live) {
        html_void(html, "meta", "name", "htmx-config", "content", HTMX_CONFIG);
        html_script(html, static_path("htmx.js"));
    }
    html_script(html, static_path("app.js"));
    if (page->is_live)
        html_script(html, static_path("live.js"));
    if (page->has_uploads)
        html_script(html, static_path("upload.js"));
    html_close(html);
}

/* Room is kept for it before it has come: LOGO_HEIGHT is app.css's too. The name stands beside it,
 * so it has none of its own. */
static void write_logo(struct html *html, const struct frame_agency *agency)
{
    enum { LOGO_HEIGHT = 40 };
    const char *width = arena_printf(html->arena, "%.0f", LOGO_HEIGHT * agency->logo_ratio);
    const char *height = arena_printf(html->arena, "%d", LOGO_HEIGHT);
    html_open(html, "picture");
    if (agency->logo_dark)
        html_void(html, "source", "srcset", agency->logo_dark, "media",
                  "(prefers-color-scheme: dark)");
    html_void(html, "img", "class", "app-brand__logo", "src", agency->logo, "alt", "", "width",
              width, "height", height);
    html_close(html);
}

/* Ours is drawn in the page and not fetched, so that it takes the colour of the theme. */
static void write_mark(struct html *html)
{
    html_open(html, "svg", "class", "app-brand__mark", "viewBox", "0 0 36 36", "aria-hidden",
              "true", "focusable", "false");
    html_leaf(html, "", "path", "fill", "currentColor", "d",
              "M4 4h28v17c0 6-6 10-14 12C10 31 4 27 4 21z");
    html_leaf(html, "", "path", "fill", "none", "stroke", "#fff", "stroke-width", "2.4",
              "stroke-linejoin", "round", "stroke-linecap", "round", "d",
              "m8 21 6-9 4.5 6 3-4 6.500 7M9 25.5c3 2 5-2 8.500 0s5.500-2 9.500 0");
    html_close(html);
}

static void write_brand(struct html *html, const struct frame *frame)
{
    html_open(html, "a", "class", "app-brand", "href", FRAME_PATH_FRONT);
    if (frame->agency->logo)
        write_logo(html, frame->agency);
    else
        write_mark(html);
    html_open(html, "span", "class", "app-brand__name");
    html_text(html, frame->agency->name);
    html_leaf(html, message(frame->language, "frame.area"), "span", "class", "app-brand__sub");
    html_close_to(html, html->depth - 2);
}

static void write_language(struct html *html, const struct frame *frame,
                           const struct frame_page *page, const char *language)
{
    const char *name = texts_language_name(language);
    const char *current = text_equal(language, frame_reading(frame)) ? "true" : NULL;
    if (page->posts)
        html_leaf(html, name, "button", "type", "submit", "form", MAIN_FORM, "name",
                  FRAME_FIELD_LANGUAGE, "value", language, "formnovalidate", "", "lang", language,
                  "aria-current", current);
    else
        html_leaf(html, name, "a", "href", arena_printf(html->arena, "?lang=%s", language), "lang",
                  language, "hreflang", language, "aria-current", current);
}

static void write_languages(struct html *html, const struct frame *frame,
                            const struct frame_page *page)
{
    if (frame->language_count < 2)
        return;
    html_open(html, "li");
    html_open(html, "details", "class", "app-lang");
    html_open(html, "summary");
    frame_icon(html, "globe");
    html_open(html, "span");
    html_leaf(html, message(frame->language, "frame.language"), "span", "class", "ds-sr-only");
    html_leaf(html, texts_language_name(frame_reading(frame)), "span", "lang",
              frame_lang(frame, frame_reading(frame)));
    html_close_to(html, html->depth - 2);
    html_open(html, "ul");
    for (size_t i = 0; i < frame->language_count; i++) {
        html_open(html, "li");
        write_language(html, frame, page, frame->languages[i]);
        html_close(html);
    }
    html_close_to(html, html->depth - 3);
}

static void write_user(struct html *html, const struct frame *frame)
{
    html_open(html, "li");
    html_open(html, "span", "class", "app-user");
    frame_icon(html, "person");
    html_open(html, "span");
    if (*frame->user_name)
        html_leaf(html, message(frame->language, "frame.user"), "span", "class", "ds-sr-only");
    html_text(html, *frame->user_name ? frame->user_name
                                      : message(frame->language, "frame.user.unnamed"));
    html_close_to(html, html->depth - 3);

    html_open(html, "li");
    frame_form(html, frame, FRAME_PATH_LOGOUT, NULL, false);
    html_leaf(html, message(frame->language, "ui.logout"), "button", "class", "app-headlink",
              "type", "submit");
    html_close_to(html, html->depth - 2);
}

/* What must come before the menu's buttons: see frame_main_form. */
static void write_first_of_form(struct html *html, const struct frame *frame,
                                const struct frame_page *page)
{
    if (frame->csrf)
        html_void(html, "input", "type", "hidden", "form", MAIN_FORM, "name", FRAME_FIELD_CSRF,
                  "value", frame->csrf);
    html_leaf(html, message(frame->language, "ui.next"), "button", "class", "ds-sr-only", "type",
              "submit", "form", MAIN_FORM, "name", page->press_name, "value", page->press_value,
              "tabindex", "-1", "aria-hidden", "true");
}

static void write_header(struct html *html, const struct frame *frame,
                         const struct frame_page *page)
{
    html_open(html, "header", "class", "app-header");
    html_open(html, "div", "class", "app-inner");
    if (page->posts)
        write_first_of_form(html, frame, page);
    write_brand(html, frame);
    html_open(html, "nav", "aria-label", message(frame->language, "frame.tools"));
    html_open(html, "ul", "class", "app-tools");
    html_open(html, "li");
    html_leaf(html, message(frame->language, "frame.mypage"), "a", "class", "app-headlink", "href",
              FRAME_PATH_MY_PAGE, "aria-current", page->my_page ? "true" : NULL);
    html_close(html);
    write_languages(html, frame, page);
    if (frame->user_name)
        write_user(html, frame);
    html_close_to(html, html->depth - 4);
}

static void write_test_band(struct html *html, const struct frame *frame)
{
    html_open(html, "aside", "class", "app-testband", "aria-label",
              message(frame->language, "frame.test.label"));
    html_open(html, "div", "class", "app-inner");
    html_open(html, "p");
    html_message(html, message(frame->language, "frame.test"));
    html_close_to(html, html->depth - 3);
}

static void begin_column(struct html *html, const struct frame_page *page)
{
    if (page->bare)
        return;
    html_open(html, "div", "class", "app-inner");
    html_open(html, "div", "class", page->wide ? "app-column app-column--wide" : "app-column");
}

void frame_lacking(struct html *html, const struct frame *frame)
{
    if (!frame->lacking)
        return;
    struct texts_arg args[] = {{"sprak", texts_language_name(frame->lacking)},
                               {"vises", texts_language_name(frame_reading(frame))}};
    struct texts_text said =
        texts_say(html->arena, &texts_site, "frame.lacking", frame->lacking, args, COUNT(args));
    html_open(html, "p", "class", "app-lacking");
    frame_icon(html, "globe");
    html_leaf(html, said.text, "span", "lang", frame_lang(frame, said.language));
    html_close(html);
}

static void begin_content(struct html *html, const struct frame *frame,
                          const struct frame_page *page)
{
    begin_column(html, page);
    if (!page->bare)
        frame_lacking(html, frame);
}

void frame_begin(struct html *html, const struct frame *frame, const struct frame_page *page)
{
    if (frame->partial) {
        write_title(html, frame, page);
        begin_content(html, frame, page);
        return;
    }
    html_doctype(html);
    html_open(html, "html", "lang", frame->language, "data-color-scheme", "auto", "data-size",
              "md");
    write_head(html, frame, page);
    html_open(html, "body", "data-color", "accent");
    html_leaf(html, message(frame->language, "ui.skip"), "a", "class", "ds-skip-link", "href",
              "#innhold");
    write_header(html, frame, page);
    if (frame->sandbox)
        write_test_band(html, frame);
    html_open(html, "main", "id", "innhold", "class", "app-main", "tabindex", "-1");
    begin_content(html, frame, page);
}

static void write_footer_link(struct html *html, const char *address, const char *text)
{
    html_open(html, "li");
    html_leaf(html, text, "a", "class", "ds-link", "href", address);
    html_close(html);
}

static void write_footer(struct html *html, const struct frame *frame)
{
    const struct frame_agency *agency = frame->agency;
    html_open(html, "footer", "class", "app-footer");
    html_open(html, "div", "class", "app-inner");
    html_open(html, "p");
    html_text(html, agency->name);
    if (!text_is_empty(agency->address))
        html_text(html, arena_printf(html->arena, ", %s", agency->address));
    html_close(html);
    html_open(html, "nav", "aria-label", message(frame->language, "frame.about"));
    html_open(html, "ul");
    if (!text_is_empty(agency->phone))
        write_footer_link(
            html, frame_phone_address(html->arena, agency->phone),
            message_with(html->arena, frame->language, "frame.phone", "nummer", agency->phone));
    if (!text_is_empty(agency->email))
        write_footer_link(html, arena_printf(html->arena, "mailto:%s", agency->email),
                          agency->email);
    write_footer_link(html, FRAME_PATH_PRIVACY, message(frame->language, "frame.privacy"));
    write_footer_link(html, FRAME_PATH_ACCESSIBILITY,
                      message(frame->language, "frame.accessibility"));
    html_close_to(html, html->depth - 4);
}

void frame_end(struct html *html, const struct frame *frame, const struct frame_page *page)
{
    if (!page->bare)
        html_close_to(html, html->depth - 2);
    if (frame->partial)
        return;
    html_close(html);
    write_footer(html, frame);
    session_write(html, frame);
    if (page->is_live)
        html_leaf(html, "", "p", "class", "ds-sr-only", "role", "status", "id", FRAME_SAID_ID);
    html_close_to(html, 0);
    buf_add_byte(&html->out, '\n');
}

char *frame_phone_address(struct arena *arena, const char *phone)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, "tel:");
    for (const char *c = phone; *c; c++)
        if ((*c >= '0' && *c <= '9') || *c == '+')
            buf_add_byte(&out, (unsigned char)*c);
    return buf_text(&out);
}

void frame_form(struct html *html, const struct frame *frame, const char *action,
                const char *class_names, bool multipart)
{
    html_open(html, "form", "class", class_names, "action", action, "method", "post", "enctype",
              multipart ? "multipart/form-data" : NULL, "novalidate", "");
    if (frame->csrf)
        html_void(html, "input", "type", "hidden", "name", FRAME_FIELD_CSRF, "value", frame->csrf);
}

void frame_say(struct html *html, const struct frame *frame, const char *text)
{
    if (!frame->partial)
        return;
    html_leaf(html, text ? text : "", "p", "id", FRAME_SAID_ID, "hx-swap-oob", "innerHTML");
    session_write_left(html, frame);
}

void frame_live_form(struct html *html, const char *action, const char *class_names, bool multipart)
{
    html_open(html, "form", "id", MAIN_FORM, "class", class_names, "action", action, "method",
              "post", "enctype", multipart ? "multipart/form-data" : NULL, "novalidate", "",
              "hx-post", action, "hx-target", "#innhold", "hx-sync", "this:queue all");
}

void frame_main_form(struct html *html, const char *action, const char *class_names, bool multipart)
{
    html_open(html, "form", "id", MAIN_FORM, "class", class_names, "action", action, "method",
              "post", "enctype", multipart ? "multipart/form-data" : NULL, "novalidate", "");
}

void frame_message(struct html *html, enum frame_tone tone, const char *title, const char *text,
                   bool status)
{
    frame_message_begin(html, tone, status);
    html_leaf(html, title, "h2");
    html_open(html, "p");
    html_message(html, text);
    html_close(html);
    html_close(html);
}

void frame_message_begin(struct html *html, enum frame_tone tone, bool status)
{
    static const char *const colors[] = {
        [FRAME_INFO] = "info",
        [FRAME_SUCCESS] = "success",
        [FRAME_WARNING] = "warning",
        [FRAME_DANGER] = "danger",
    };
    html_open(html, "div", "class", "ds-alert", "data-color", colors[tone], "role",
              status ? "status" : NULL);
}

void frame_refresh_link(struct html *html, const struct frame *frame, const struct frame_page *page)
{
    if (!page->refresh || page->refresh_s <= 0)
        return;
    const char *start = arena_printf(html->arena, "%s?" FRAME_REFRESH_QUERY "=ja", page->refresh);
    html_open(html, "p", "class", "app-small app-noprint");
    html_leaf(html, message(frame->language, frame->refreshes ? "refresh.stop" : "refresh.start"),
              "a", "class", "ds-link", "href", frame->refreshes ? page->refresh : start);
    html_close(html);
}

void frame_tag(struct html *html, const char *color, const char *icon, const char *text)
{
    html_open(html, "span", "class", "ds-tag", "data-color", color);
    if (icon)
        frame_icon(html, icon);
    html_text(html, text);
    html_close(html);
}

void frame_icon(struct html *html, const char *name)
{
    html_open(html, "svg", "class", "app-icon", "aria-hidden", "true", "focusable", "false");
    html_leaf(html, "", "use", "href",
              arena_printf(html->arena, "%s#%s", static_path("icons.svg"), name));
    html_close(html);
}

void frame_link_button(struct html *html, const char *address, const char *variant,
                       const char *icon, const char *text)
{
    html_open(html, "a", "class", "ds-button", "data-variant", variant, "href", address);
    if (icon)
        frame_icon(html, icon);
    html_text(html, text);
    html_close(html);
}

void frame_button(struct html *html, const struct frame_button *button)
{
    html_open(html, "button", "class", "ds-button", "data-variant", button->variant, "data-color",
              button->color, "data-size", button->size, "type", "submit", "id", button->id, "name",
              button->name, "value", button->value, "formaction", button->address, "formnovalidate",
              button->no_validate ? "" : NULL, "data-app-once", button->once ? "" : NULL);
    if (button->icon)
        frame_icon(html, button->icon);
    html_text(html, button->text);
    html_leaf(html, button->hidden, "span", "class", "ds-sr-only", "lang", button->hidden_language);
    html_close(html);
}

char *frame_clock(struct arena *arena, int64_t at, const char *language)
{
    const char *iso = clock_iso_oslo(arena, at);
    return locale_time(arena, iso, language);
}

bool frame_is_today(int64_t at, int64_t now)
{
    struct clock_time then = clock_oslo(at), today = clock_oslo(now);
    return then.year == today.year && then.month == today.month && then.day == today.day;
}

const char *frame_reading(const struct frame *frame)
{
    return frame->reading ? frame->reading : frame->language;
}

const char *frame_lang(const struct frame *frame, const char *language)
{
    return text_is_empty(language) || text_equal(language, frame->language) ? NULL : language;
}

void frame_text_in(struct html *html, const struct frame *frame, const char *text,
                   const char *language)
{
    const char *lang = frame_lang(frame, language);
    if (lang)
        html_leaf(html, text, "span", "lang", lang);
    else
        html_text(html, text);
}

void frame_message_in(struct html *html, const struct frame *frame, const char *id,
                      const char *name, const char *text, const char *language)
{
    frame_message_in_with(html, frame, id, name, text, language, NULL, 0);
}

void frame_message_in_with(struct html *html, const struct frame *frame, const char *id,
                           const char *name, const char *text, const char *language,
                           const struct texts_arg *others, size_t count)
{
    const char *whole = message(frame->language, id);
    const char *place = strstr(whole, arena_printf(html->arena, "{%s}", name));
    assert(place);
    const char *before = arena_printf(html->arena, "%.*s", (int)(place - whole), whole);
    html_text(html, texts_fill(html->arena, before, others, count));
    frame_text_in(html, frame, text, language);
    html_text(html, texts_fill(html->arena, strchr(place, '}') + 1, others, count));
}
