#include "render/step.h"

#include "engine/base/text.h"
#include "render/message.h"
#include "render/saving.h"
#include "render/section.h"

/* ---- progress ---- */

static const char *state_word(const struct frame *frame, const struct step_progress *progress,
                              size_t at)
{
    if (at == progress->current)
        return message(frame->language, "progress.here");
    switch (progress->links[at].state) {
    case STEP_DONE:
        return message(frame->language, "progress.done");
    case STEP_WITH_ERRORS:
        return message(frame->language, "progress.errors");
    case STEP_NOT_STARTED:
        break;
    }
    return message(frame->language, "progress.not");
}

static const char *state_name(const struct step_progress *progress, size_t at)
{
    if (at == progress->current || progress->links[at].state == STEP_NOT_STARTED)
        return NULL;
    return progress->links[at].state == STEP_DONE ? "done" : "error";
}

static void write_link(struct html *html, const struct frame *frame,
                       const struct step_progress *progress, size_t at)
{
    const struct step_link *link = &progress->links[at];
    const char *state = state_name(progress, at);
    html_open(html, "li", "data-state", state, "aria-current",
              at == progress->current ? "step" : NULL);
    html_open(html, "span", "class", "app-steps__no");
    if (text_equal(state, "done"))
        frame_icon(html, "check");
    else
        html_text(html, arena_printf(html->arena, "%zu", at + 1));
    html_close(html);
    html_open(html, "span");
    if (link->reachable && at != progress->current)
        html_leaf(html, link->title, "a", "class", "ds-link", "href", link->address, "lang",
                  frame_lang(frame, link->language));
    else
        html_leaf(html, link->title, "span", "lang", frame_lang(frame, link->language));
    html_text(html, " ");
    html_leaf(html, state_word(frame, progress, at), "span", "class", "ds-sr-only");
    html_close_to(html, html->depth - 2);
}

static const char *step_words(struct arena *arena, const struct frame *frame, const char *id,
                              const struct step_progress *progress)
{
    return message_with(arena, frame->language, id, "n",
                        arena_printf(arena, "%zu", progress->current + 1), "m",
                        arena_printf(arena, "%zu", progress->count));
}

void step_write_progress(struct html *html, const struct frame *frame,
                         const struct step_progress *progress)
{
    struct arena *arena = html->arena;
    bool last = progress->current + 1 >= progress->count;
    html_open(html, "div", "class", "app-progress");
    html_open(html, "div", "class", "app-progress__row");
    html_leaf(html, step_words(arena, frame, "ui.step", progress), "p", "id", "fremdrift");
    html_open(html, "p", "class", "app-small app-muted");
    if (last) {
        html_text(html, message(frame->language, "progress.last"));
    } else {
        const struct step_link *next = &progress->links[progress->current + 1];
        frame_message_in(html, frame, "progress.next", "steg", next->title, next->language);
    }
    html_close_to(html, html->depth - 2);
    html_leaf(html, "", "progress", "max", arena_printf(arena, "%zu", progress->count), "value",
              arena_printf(arena, "%zu", progress->current + 1), "aria-labelledby", "fremdrift");
    html_open(html, "details", "class", "app-readmore");
    html_leaf(html, message(frame->language, "progress.all"), "summary");
    html_open(html, "ol", "class", "app-steps");
    for (size_t i = 0; i < progress->count; i++)
        write_link(html, frame, progress, i);
    html_close_to(html, html->depth - 3);
}

/* ---- what is wrong ---- */

void step_write_summary(struct html *html, const struct frame *frame,
                        const struct step_mistake *mistakes, size_t count)
{
    if (count == 0)
        return;
    html_open(html, "div", "class", "ds-error-summary", "id", "feil", "role", "group", "tabindex",
              "-1", "aria-labelledby", "feil-tittel", "autofocus", html->focus ? NULL : "");
    html_leaf(html, message_count(html->arena, frame->language, "ui.summary", (int64_t)count), "h2",
              "class", "ds-heading", "id", "feil-tittel");
    html_open(html, "ul", "class", "ds-list");
    for (size_t i = 0; i < count; i++) {
        html_open(html, "li");
        html_leaf(html, mistakes[i].text, "a", "class", "ds-link", "href", mistakes[i].address,
                  "lang", mistakes[i].language);
        html_close(html);
    }
    html_close_to(html, html->depth - 2);
}

static size_t mistakes_of(struct arena *arena, const struct frame *frame, const struct step *step,
                          struct step_mistake **out)
{
    size_t count = step->findings ? step->findings->count - step->early_count : 0;
    *out = ARENA_ARRAY(arena, count, struct step_mistake);
    for (size_t i = 0; i < count; i++)
        (*out)[i] = (struct step_mistake){
            .text = step->findings->items[i].text,
            .address = section_target(arena, frame, step, &step->findings->items[i]),
            .language = frame_lang(frame, step->findings->items[i].language),
        };
    return count;
}

/* ---- the page ---- */

static void write_submit(struct html *html, const struct frame *frame, const char *value,
                         const char *text_id, const char *variant, const char *color)
{
    frame_button(html, &(struct frame_button){
                           .name = STEP_FIELD_ACTION,
                           .value = value,
                           .variant = variant,
                           .color = color,
                           .text = message(frame->language, text_id),
                           .no_validate = !text_equal(value, STEP_NEXT),
                       });
}

static void write_actions(struct html *html, const struct frame *frame, const struct step *step)
{
    html_open(html, "div");
    html_open(html, "div", "class", "app-actions");
    write_submit(html, frame, STEP_NEXT, "ui.next", NULL, NULL);
    if (step->progress.current > 0)
        write_submit(html, frame, STEP_PREVIOUS, "ui.prev", "secondary", NULL);
    html_close(html);
    html_open(html, "div", "class", "app-actions app-actions--later");
    write_submit(html, frame, STEP_SAVE, "ui.later", "tertiary", NULL);
    write_submit(html, frame, STEP_DELETE, "step.delete", "tertiary", "danger");
    html_close_to(html, html->depth - 2);
}

static bool has_upload(const struct form_page *page)
{
    for (const struct form_control *c = page->control; c; c = form_control_after(c, page->control))
        if (c->kind == FORM_UPLOAD)
            return true;
    return false;
}

/* On any page: the script comes with the first, since htmx brings the others without their head. */
static bool any_has_upload(const struct form *form)
{
    size_t count;
    const struct form_page *pages = form_pages(form, &count);
    for (size_t i = 0; i < count; i++)
        if (has_upload(&pages[i]))
            return true;
    return false;
}

static void write_form(struct html *html, const struct frame *frame, const struct step *step)
{
    frame_live_form(html, step->action, "app-form", has_upload(step->page));
    saving_write(html, frame, step);
    section_write(html, frame, step);
    write_actions(html, frame, step);
    html_close(html);
}

struct bytes step_fetching_page(struct arena *arena, const struct frame *frame,
                                const struct step *step)
{
    struct html html;
    html_init(&html, arena);
    struct form_shown name = answers_show(
        step->answers, arena, form_title(answers_form(step->answers)), NULL, frame->language);
    const char *title = message(frame->language, "fetching.title");
    struct frame_page page = {.title = arena_printf(arena, "%s – %s", title, name.text),
                              .refresh = step->action,
                              .refresh_s = 1,
                              .is_live = !frame->refreshes};
    frame_begin(&html, frame, &page);
    html_leaf(&html, name.text, "p", "class", "app-kicker", "lang",
              frame_lang(frame, name.language));
    html_leaf(&html, title, "h1", "class", "app-h1", "id", "tittel");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html, message(frame->language, "fetching.lead"), "p", "role", "status");
    if (page.is_live)
        html_leaf(&html, "", "div", "hidden", "", "hx-get",
                  arena_printf(arena, "%s?" STEP_QUERY_POLL "=ja", step->action), "hx-trigger",
                  "every 1s");
    html_open(&html, "div", "class", "app-actions");
    frame_link_button(&html, step->action, NULL, NULL, message(frame->language, "fetching.go"));
    html_close(&html);
    frame_refresh_link(&html, frame, &page);
    html_close(&html);
    frame_end(&html, frame, &page);
    return html_bytes(&html);
}

static const char *what_is_said(const struct step *step)
{
    if (step->said || !step->notice_count)
        return step->said;
    return step->notices[0].text;
}

struct bytes step_page(struct arena *arena, const struct frame *frame, const struct step *step)
{
    struct html html;
    html_init(&html, arena);
    html.focus = step->focus;
    const struct form *form = answers_form(step->answers);
    struct form_shown name =
        answers_show(step->answers, arena, form_title(form), NULL, frame_reading(frame));
    struct form_shown title =
        answers_show(step->answers, arena, step->page->title, NULL, frame_reading(frame));
    struct step_mistake *mistakes = NULL;
    size_t count = mistakes_of(arena, frame, step, &mistakes);
    bool alone = text_equal(title.text, name.text); /* a form of one step is called as it is */
    struct frame_page page = {
        .title = arena_printf(arena, "%s – %s", title.text,
                              step_words(arena, frame, "progress.title", &step->progress)),
        .about = alone ? NULL : name.text,
        .error_count = (int)count,
        .has_uploads = any_has_upload(form),
        .is_live = true,
        .posts = true, /* Enter presses the first button: that must not be "Fjern barn 1" */
        .press_name = STEP_FIELD_ACTION,
        .press_value = STEP_NEXT,
    };
    frame_begin(&html, frame, &page);
    html_leaf(&html, alone ? NULL : name.text, "p", "class", "app-kicker", "lang",
              frame_lang(frame, name.language));
    html_leaf(&html, title.text, "h1", "class", "app-h1", "id", "tittel", "tabindex", "-1", "lang",
              frame_lang(frame, title.language));
    step_write_progress(&html, frame, &step->progress);
    html_open(&html, "div", "class", "app-sheet");
    step_write_summary(&html, frame, mistakes, count);
    write_form(&html, frame, step);
    html_close(&html);
    frame_end(&html, frame, &page);
    frame_say(&html, frame, what_is_said(step));
    return html_bytes(&html);
}
