#include "render/saving.h"

#include "forms/locale.h"
#include "render/message.h"
#include "render/session.h"

#define REVISION_ID "_revisjon"
#define LINE_ID "utkaststatus"

static void write_revision(struct html *html, int64_t revision, bool exchanged)
{
    html_void(html, "input", "type", "hidden", "id", REVISION_ID, "name", STEP_FIELD_REVISION,
              "value", arena_printf(html->arena, "%lld", (long long)revision), "hx-swap-oob",
              exchanged ? "true" : NULL);
}

static void write_line(struct html *html, const struct frame *frame, int64_t saved_at)
{
    const char *text = frame_is_today(saved_at, frame->now)
                           ? message_with(html->arena, frame->language, "ui.saved", "tid",
                                          frame_clock(html->arena, saved_at, frame->language))
                           : message_with(html->arena, frame->language, "step.saved.before", "tid",
                                          locale_moment_at(html->arena, saved_at, frame->language));
    html_open(html, "p", "class", "app-draft", "id", LINE_ID);
    frame_icon(html, "check");
    html_leaf(html,
              arena_printf(html->arena, "%s %s", text, message(frame->language, "step.saved.more")),
              "span");
    html_close(html);
}

/* The script triggers it (app.js); what is refused or does not arrive changes nothing here, and is
 * told by the script. It waits while a press is on its way. */
static void write_autosave(struct html *html, const struct frame *frame, const char *action)
{
    html_open(html, "div", "class", "ds-alert", "data-color", "warning", "id", "_ikke-lagret",
              "hidden", "");
    html_leaf(html, message(frame->language, "ui.notsaved"), "p");
    html_close(html);
    html_leaf(html, "", "div", "id", "_autolagring", "hidden", "", "hx-post", action, "hx-trigger",
              "app-save", "hx-vals", STEP_FIELD_ACTION ":" STEP_AUTOSAVE, "hx-target", "#" LINE_ID,
              "hx-swap", "outerHTML", "hx-sync", "closest form:queue all", "hx-status:409",
              "swap:outerHTML", "hx-status:4xx", "swap:none", "hx-status:5xx", "swap:none");
}

/* "a b": what is wrong stays told while answers change. */
static void write_places(struct html *html, const char *name, const struct finding_list *findings,
                         size_t from, size_t to)
{
    struct buf places;
    buf_init(&places, html->arena);
    for (size_t i = from; i < to; i++)
        buf_printf(&places, "%s%s", places.size ? " " : "", findings->items[i].place);
    if (places.size)
        html_void(html, "input", "type", "hidden", "name", name, "value", buf_text(&places));
}

static void write_wrong(struct html *html, const struct step *step)
{
    const struct finding_list *findings = step->findings;
    if (!findings)
        return;
    size_t early = findings->count - step->early_count;
    write_places(html, STEP_FIELD_WRONG, findings, 0, early);
    write_places(html, STEP_FIELD_EARLY, findings, early, findings->count);
}

void saving_write(struct html *html, const struct frame *frame, const struct step *step)
{
    write_revision(html, step->revision, false);
    write_wrong(html, step);
    if (step->saved_at == 0)
        return;
    write_line(html, frame, step->saved_at);
    write_autosave(html, frame, step->action);
}

struct bytes step_saved_part(struct arena *arena, const struct frame *frame, int64_t saved_at,
                             int64_t revision)
{
    struct html html;
    html_init(&html, arena);
    write_line(&html, frame, saved_at);
    write_revision(&html, revision, true);
    session_write_left(&html, frame);
    return html_bytes(&html);
}

struct bytes step_changed_part(struct arena *arena, const struct frame *frame, int64_t saved_at,
                               const char *address)
{
    struct html html;
    html_init(&html, arena);
    html_open(&html, "div", "class", "ds-alert", "data-color", "warning", "id", LINE_ID);
    html_leaf(&html,
              message_with(arena, frame->language, "ui.conflict", "tid",
                           frame_clock(arena, saved_at, frame->language)),
              "p");
    html_open(&html, "p");
    html_leaf(&html, message(frame->language, "ui.conflict.link"), "a", "class", "ds-link", "href",
              address);
    html_close_to(&html, 0);
    return html_bytes(&html);
}
