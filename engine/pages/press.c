#include "engine/pages/press.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/pages/attach.h"
#include "engine/pages/note.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "forms/validate.h"
#include "render/step.h"

#include <string.h>

/* ---- telling, and where to go on ---- */

void press_tell(struct fill *fill, const char *at, const char *text)
{
    fill->draft.row.note =
        note_write(fill->request->arena,
                   &(struct note){.page = fill->page->word, .at = at ? at : "", .text = text});
}

/* A fragment does not come back from htmx, so its answer is told what takes the focus. */
static void lead(struct fill *fill, const struct form_page *page, const char *fragment)
{
    struct arena *arena = fill->request->arena;
    bool partial = page && request_is_partial(fill->request);
    response_redirect(fill->response,
                      arena_printf(arena, "%s%s%s", progress_address(arena, &fill->draft, page),
                                   partial ? "?" STEP_QUERY_FOCUS "=" : "#", fragment));
}

static void go(struct fill *fill, const char *fragment)
{
    lead(fill, fill->page, fragment);
}

static bool add_row(struct fill *fill, const char *id, struct error *err)
{
    const struct form_control *repeat;
    struct place *from, *row, **rows;
    if (!posted_find_repeat(fill->draft.answers, fill->page, id, &repeat, &from) ||
        !answers_can_add(fill->draft.answers, repeat, from) ||
        answers_rows(fill->draft.answers, fill->request->arena, repeat, from, &rows) >=
            (size_t)fill->visitor->app->config->repeat_rows) {
        go(fill, "innhold");
        return true;
    }
    if (!answers_add(fill->draft.answers, repeat, from, &row, err))
        return false;
    go(fill, place_id(fill->request->arena, row));
    return true;
}

/* "Barn 2": by the repeat's short name, else by its label, else a word for any row. */
static const char *row_name(struct fill *fill, const struct form_control *repeat,
                            const struct place *row)
{
    const char *language = fill->draft.row.language;
    const struct form_text *named = repeat->short_name ? repeat->short_name : repeat->label;
    struct form_shown name =
        answers_show(fill->draft.answers, fill->request->arena, named, row, language);
    return *name.text ? arena_printf(fill->request->arena, "%s %d", name.text, place_position(row))
                      : say(language, "row");
}

static void remove_row(struct fill *fill, const char *id)
{
    struct arena *arena = fill->request->arena;
    const struct form_control *repeat = NULL;
    struct place *row = posted_find(fill->draft.answers, fill->page, id, &repeat);
    if (!row || !repeat || repeat->kind != FORM_REPEAT ||
        !answers_can_remove(fill->draft.answers, repeat, row)) {
        go(fill, "innhold");
        return;
    }
    int left = place_row_count(row) - 1;
    const char *name = row_name(fill, repeat, row), *language = fill->draft.row.language;
    const char *at = posted_repeat_id(arena, repeat, place_parent(row));
    const char *text = left ? say_count(arena, language, "row.removed", left, "navn", name)
                            : say_of(arena, language, "row.removed.0", "navn", name);
    struct bytes before = answers_write(fill->draft.answers, arena, ANSWERS_DRAFT);
    answers_remove(fill->draft.answers, row);
    fill->draft.row.note =
        note_write(arena, &(struct note){.page = fill->page->word,
                                         .at = at,
                                         .text = text,
                                         .answers = arena_text_of(arena, before)});
    go(fill, at);
}

/* The answers of before the row went, with what was posted since taken in again. */
static bool undo_remove(struct fill *fill, const char *note_text, const struct posted_field *fields,
                        size_t field_count, struct error *err)
{
    const struct note *note = note_read(fill->request->arena, note_text, fill->page->word);
    if (!note || !note->answers) {
        go(fill, "innhold");
        return true;
    }
    struct answers *before;
    if (!answers_load(fill->draft.package->form, clock_now(), BYTES_OF(note->answers), &before,
                      err))
        return false;
    answers_speak(before, fill->draft.row.language);
    if (!open_draft_replace(fill->request->arena, &fill->draft, before, err) ||
        !posted_apply(before, fill->page, fields, field_count, NULL, err))
        return false;
    go(fill, note->at);
    return true;
}

/* A button of the form's own: shown again where it stands, when it still stands there. */
static void press_button(struct fill *fill, const char *id)
{
    struct answers *answers = fill->draft.answers;
    const struct form_control *button;
    struct place *from;
    if (posted_find_button(answers, fill->page, id, &button, &from))
        answers_press(answers, button, from);
    bool is_there = posted_find_button(answers, fill->page, id, &button, &from);
    go(fill, is_there ? arena_printf(fill->request->arena, STEP_PRESS_ID "%s", id) : "innhold");
}

static const char *after(const char *action, const char *start)
{
    return text_starts_with(action, start) ? action + strlen(start) : NULL;
}

static bool remove_file(struct fill *fill, const char *attachment_id, struct error *err)
{
    const char *name, *upload_id;
    if (!attach_remove(fill->request->arena, &fill->draft, attachment_id, &name, &upload_id, err))
        return false;
    if (!name) {
        go(fill, "innhold");
        return true;
    }
    press_tell(fill, upload_id,
               say_of(fill->request->arena, fill->draft.row.language, "file.removed", "fil", name));
    go(fill, arena_printf(fill->request->arena, STEP_UPLOAD_ID "%s", upload_id));
    return true;
}

static bool promise(struct fill *fill, const char *upload_id, bool later, struct error *err)
{
    if (!attach_later(fill->request->arena, &fill->draft, upload_id, later,
                      fill->visitor->app->config->later_days, err))
        return false;
    go(fill, arena_printf(fill->request->arena, STEP_UPLOAD_ID "%s", upload_id));
    return true;
}

bool press_saw(const struct press_seen *seen, const char *id)
{
    for (size_t i = 0; i < seen->count; i++)
        if (text_equal(seen->ids[i], id))
            return true;
    return false;
}

/* Whether a finding's place was on the page as the person saw it: a question that only now appeared
 * is shown before it is called missing (design.md section 4, conditional section). */
static bool was_seen(const struct fill *fill, const struct press_seen *seen,
                     const struct finding *finding)
{
    if (!text_starts_with(finding->code, "req."))
        return true;
    const struct place *place = answers_find(fill->draft.answers, finding->place);
    return place && press_saw(seen, place_id(fill->request->arena, place));
}

static void add_seen(struct arena *arena, struct press_seen *seen, const char *id)
{
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity ? seen->capacity * 2 : 64;
        const char **grown = ARENA_ARRAY(arena, seen->capacity, const char *);
        if (seen->count)
            memcpy(grown, seen->ids, seen->count * sizeof *grown);
        seen->ids = grown;
    }
    seen->ids[seen->count++] = id;
}

static void see(struct fill *fill, struct press_seen *seen, const struct form_control *control,
                const struct place *from)
{
    struct answers *answers = fill->draft.answers;
    if (!answers_is_open(answers, control, from))
        return;
    if (control->kind == FORM_REPEAT) {
        struct place **rows;
        size_t count = answers_rows(answers, fill->request->arena, control, from, &rows);
        for (size_t i = 0; i < count; i++)
            for (const struct form_control *c = control->first_child; c; c = c->next)
                see(fill, seen, c, rows[i]);
        return;
    }
    const struct place *place = answers_shown(answers, control, from);
    if (place && control->kind != FORM_GROUP)
        add_seen(fill->request->arena, seen, place_id(fill->request->arena, place));
    for (const struct form_control *c = control->first_child; c; c = c->next)
        see(fill, seen, c, from);
}

struct press_seen press_what_was_seen(struct fill *fill)
{
    struct press_seen seen = {0};
    see(fill, &seen, fill->page->control, NULL);
    return seen;
}

/* "Next": on to the next step, or this one again with what is wrong. *again is then true. */
static void go_on(struct fill *fill, const struct press_seen *seen, bool *again)
{
    struct finding_list all;
    finding_list_init(&all, fill->request->arena);
    validate_page(fill->draft.answers, fill->page, fill->draft.row.language, &all);
    for (size_t i = 0; i < all.count; i++)
        if (was_seen(fill, seen, &all.items[i]))
            finding_add(&fill->findings, &all.items[i]);
    if (all.errors && !fill->findings.errors) {
        press_tell(fill, NULL, say(fill->draft.row.language, "more.questions"));
        go(fill, "innhold");
        return;
    }
    if (fill->findings.errors) {
        *again = true;
        return;
    }
    const struct form_page *next = progress_after(&fill->draft, fill->page);
    progress_reach(&fill->draft, next);
    lead(fill, next, "innhold");
}

static void go_back(struct fill *fill)
{
    const struct form_page *before = progress_previous(&fill->draft, fill->page);
    lead(fill, before ? before : fill->page, "innhold");
}

static void recalculated(struct fill *fill)
{
    press_tell(fill, NULL, say(fill->draft.row.language, "calculated"));
    go(fill, "innhold");
}

bool press_act(struct fill *fill, const char *action, const char *old_note,
               const struct press_seen *seen, const struct posted_field *fields, size_t field_count,
               bool *again, struct error *err)
{
    struct arena *arena = fill->request->arena;
    const char *id;
    if ((id = after(action, STEP_ADD)))
        return add_row(fill, id, err);
    if ((id = after(action, STEP_UNDO)))
        return undo_remove(fill, old_note, fields, field_count, err);
    if ((id = after(action, STEP_REMOVE_FILE)))
        return remove_file(fill, id, err);
    if ((id = after(action, STEP_LATER)))
        return promise(fill, id, true, err);
    if ((id = after(action, STEP_NOT_LATER)))
        return promise(fill, id, false, err);

    if ((id = after(action, STEP_REMOVE)))
        remove_row(fill, id);
    else if ((id = after(action, STEP_PRESS)))
        press_button(fill, id);
    else if ((id = after(action, STEP_UPLOAD)))
        go(fill, arena_printf(arena, STEP_UPLOAD_ID "%s", id));
    else if (text_equal(action, STEP_PREVIOUS))
        go_back(fill);
    else if (text_equal(action, STEP_SAVE))
        response_redirect(fill->response, FRAME_PATH_MY_PAGE "?lagret=ja");
    else if (text_equal(action, STEP_DELETE))
        response_redirect(fill->response,
                          arena_printf(arena, "/utkast/%s/slett", fill->draft.row.id));
    else if (text_equal(action, STEP_FETCH))
        response_redirect(fill->response,
                          arena_printf(arena, "/utkast/%s/samtykke", fill->draft.row.id));
    else if (text_equal(action, STEP_EARLIER))
        response_redirect(fill->response,
                          arena_printf(arena, "/utkast/%s/tidligere", fill->draft.row.id));
    else if (text_equal(action, STEP_REFRESH))
        go(fill, "innhold");
    else if (text_equal(action, STEP_CALCULATE))
        recalculated(fill);
    else
        go_on(fill, seen, again);
    return true;
}
