#include "render/kept.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/step.h"

static void write_radio(struct html *html, const struct frame *frame,
                        const struct kept_difference *difference, const char *value,
                        const char *words, const struct form_shown *answer, bool checked)
{
    const char *language = frame->language;
    char *id = arena_printf(html->arena, "%s-%s", difference->id, value);
    html_open(html, "div", "class", "ds-field");
    html_void(html, "input", "class", "ds-input", "type", "radio", "id", id, "name",
              arena_printf(html->arena, KEPT_FIELD_CHOICE "%s", difference->id), "value", value,
              "checked", checked ? "checked" : NULL);
    html_open(html, "label", "class", "ds-label", "data-weight", "regular", "for", id);
    html_leaf(html, message(language, words), "span", "class", "app-muted");
    html_text(html, " ");
    if (text_is_empty(answer->text)) {
        html_leaf(html, message(language, "moved.unanswered"), "em");
    } else {
        html_open(html, "strong", "lang", frame_lang(frame, answer->language));
        html_lines(html, answer->text);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

static void write_difference(struct html *html, const struct frame *frame,
                             const struct kept_page *page, const struct kept_difference *difference)
{
    (void)page;
    html_open(html, "fieldset", "class", "ds-fieldset");
    html_open(html, "legend", "class", "ds-label");
    html_text(html, difference->row);
    html_leaf(html, difference->question.text, "span", "lang",
              frame_lang(frame, difference->question.language));
    html_close(html);
    write_radio(html, frame, difference, KEPT_TYPED, "kept.typed", &difference->typed, true);
    write_radio(html, frame, difference, KEPT_SAVED, "kept.saved", &difference->saved, false);
    html_close(html);
}

/* Nothing typed goes without a word. */
static void write_homeless(struct html *html, const struct frame *frame,
                           const struct kept_page *page)
{
    if (!page->homeless_count)
        return;
    html_open(html, "section", "class", "app-stack app-stack--tight", "aria-labelledby", "uten");
    html_leaf(html, message(frame->language, "kept.homeless"), "h2", "class", "app-h2", "id",
              "uten");
    html_leaf(html, message(frame->language, "kept.homeless.text"), "p", "class", "app-text");
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < page->homeless_count; i++) {
        html_open(html, "li");
        html_lines(html, page->homeless[i]);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

static void write_form(struct html *html, const struct frame *frame, const struct kept_page *page)
{
    const char *language = frame->language;
    frame_main_form(html, page->action, "app-form", false);
    html_void(html, "input", "type", "hidden", "name", STEP_FIELD_REVISION, "value",
              arena_printf(html->arena, "%lld", (long long)page->revision));
    html_void(html, "input", "type", "hidden", "name", KEPT_FIELD_ID, "value", page->id);
    for (size_t i = 0; i < page->difference_count; i++)
        write_difference(html, frame, page, &page->differences[i]);
    if (page->files)
        frame_message(html, FRAME_WARNING, NULL,
                      message_count(html->arena, language, "kept.files", page->files), false);
    write_homeless(html, frame, page);
    html_open(html, "div", "class", "app-actions");
    frame_button(html, &(struct frame_button){.text = message(language, "kept.go")});
    html_close_to(html, html->depth - 2);
}

struct bytes kept_page(struct arena *arena, const struct frame *frame, const struct kept_page *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language;
    const char *title = message(language, page->other_window ? "kept.window.title" : "kept.title");
    struct frame_page around = {.title = arena_printf(arena, "%s – %s", title, page->form.text),
                                .posts = true};
    frame_begin(&html, frame, &around);
    html_open(&html, "p", "class", "app-kicker");
    html_leaf(&html, page->form.text, "span", "lang", frame_lang(frame, page->form.language));
    if (!text_equal(page->step.text, page->form.text)) { /* of a form of one step */
        html_text(&html, " · ");
        html_leaf(&html, page->step.text, "span", "lang", frame_lang(frame, page->step.language));
    }
    html_close(&html);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html,
              message_with(arena, language, page->other_window ? "kept.window.lead" : "kept.lead",
                           "tid", locale_moment_at(arena, page->kept_at, language)),
              "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    write_form(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}
