#include "render/moved.h"

#include "engine/base/text.h"
#include "forms/locale.h"
#include "render/message.h"
#include "render/outline.h"
#include "render/step.h"

/* Which changes stand together, under which heading. */
struct part {
    enum compare_kind kinds[2];
    const char *title, *lead; /* messages; lead may be NULL */
};

static const struct part parts[] = {
    {{COMPARE_UNFIT, COMPARE_UNFIT}, "moved.unfit", "moved.unfit.lead"},
    {{COMPARE_ADDED, COMPARE_ADDED}, "moved.added", NULL},
    {{COMPARE_REWORDED, COMPARE_CHOICES}, "moved.reworded", "moved.reworded.lead"},
    {{COMPARE_REMOVED, COMPARE_REMOVED}, "moved.removed", "moved.removed.lead"},
};

static bool is_in(const struct part *part, const struct compare_change *change)
{
    return change->kind == part->kinds[0] || change->kind == part->kinds[1];
}

/* ---- one question ---- */

static void write_answers(struct html *html, const struct frame *frame, const struct moved *page,
                          const struct compare_change *change)
{
    if (change->kind != COMPARE_UNFIT && change->kind != COMPARE_REMOVED)
        return;
    for (size_t i = 0; i < change->answer_count; i++) {
        const struct compare_answer *answer = &change->answers[i];
        html_open(html, "p");
        html_text(html,
                  outline_row_words(html->arena, page->before, answer->place, frame->language));
        html_lines(html, answer->value);
        html_close(html);
    }
    if (!change->answer_count)
        html_leaf(html, message(frame->language, "moved.unanswered"), "p", "class", "app-muted");
}

static const char *question(const struct compare_change *change, const struct form_shown *text)
{
    const struct form_control *control = change->after ? change->after : change->before;
    return text_is_empty(text->text) ? control->field->name : text->text;
}

static void write_change(struct html *html, const struct frame *frame, const struct moved *page,
                         const struct compare_change *change)
{
    const struct form_shown *text = change->after ? &change->is : &change->was;
    html_open(html, "li");
    html_leaf(html, question(change, text), "strong", "lang", frame_lang(frame, text->language));
    if (change->kind == COMPARE_REWORDED)
        html_leaf(html,
                  message_with(html->arena, frame->language, "moved.was", "tekst",
                               question(change, &change->was)),
                  "p", "class", "app-muted", "lang", frame_lang(frame, change->was.language));
    if (change->kind == COMPARE_CHOICES)
        html_leaf(html, message(frame->language, "moved.choices"), "p", "class", "app-muted");
    write_answers(html, frame, page, change);
    html_close(html);
}

/* ---- the page ---- */

static void write_part(struct html *html, const struct frame *frame, const struct moved *page,
                       const struct part *part)
{
    size_t count = 0;
    for (size_t i = 0; i < page->change_count; i++)
        count += is_in(part, &page->changes[i]);
    if (count == 0)
        return;
    html_open(html, "section", "class", "app-stack");
    html_leaf(html, message(frame->language, part->title), "h2", "class", "app-h2");
    html_leaf(html, part->lead ? message(frame->language, part->lead) : NULL, "p");
    html_open(html, "ul", "class", "app-list");
    for (size_t i = 0; i < page->change_count; i++)
        if (is_in(part, &page->changes[i]))
            write_change(html, frame, page, &page->changes[i]);
    html_close_to(html, html->depth - 2);
}

static void write_button(struct html *html, const struct frame *frame, const struct moved *page)
{
    frame_form(html, frame, page->action, "app-actions", false);
    html_void(html, "input", "type", "hidden", "name", STEP_FIELD_REVISION, "value",
              arena_printf(html->arena, "%lld", (long long)page->revision));
    html_void(html, "input", "type", "hidden", "name", MOVED_FIELD_VERSION, "value", page->version);
    frame_button(html, &(struct frame_button){.text = message(frame->language, "moved.go")});
    frame_link_button(html, FRAME_PATH_MY_PAGE, "secondary", NULL,
                      message(frame->language, "moved.later"));
    html_close(html);
}

struct bytes moved_page(struct arena *arena, const struct frame *frame, const struct moved *page)
{
    struct html html;
    html_init(&html, arena);
    const char *language = frame->language, *title = message(language, "moved.title");
    struct form_shown name = answers_show(page->after, arena, form_title(answers_form(page->after)),
                                          NULL, frame->language);
    struct frame_page around = {.title = arena_printf(arena, "%s – %s", title, name.text)};
    frame_begin(&html, frame, &around);
    html_leaf(&html, name.text, "p", "class", "app-kicker", "lang",
              frame_lang(frame, name.language));
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html,
              message_with(arena, language, "moved.lead", "dato",
                           locale_date_at(arena, page->changed_at, language)),
              "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    if (page->change_count == 0)
        html_leaf(&html, message(language, "moved.none"), "p");
    for (size_t i = 0; i < COUNT(parts); i++)
        write_part(&html, frame, page, &parts[i]);
    write_button(&html, frame, page);
    html_close(&html);
    frame_end(&html, frame, &around);
    return html_bytes(&html);
}
