#include "engine/pages/follow.h"

#include "engine/base/text.h"
#include "engine/pages/say.h"
#include "forms/validate.h"
#include "render/step.h"

bool follow_is(const struct request *request)
{
    return follow_shows(request) ||
           text_equal(request_field(request, STEP_FIELD_ACTION), STEP_AUTOSAVE);
}

bool follow_shows(const struct request *request)
{
    return text_equal(request_field(request, STEP_FIELD_ACTION), STEP_FOLLOW);
}

static bool saw_all_of(const struct press_seen *seen, const struct press_seen *of)
{
    for (size_t i = 0; i < of->count; i++)
        if (!press_saw(seen, of->ids[i]))
            return false;
    return true;
}

const char *follow_what_changed(struct fill *fill, const struct press_seen *seen)
{
    struct press_seen now = press_what_was_seen(fill);
    const char *language = fill->draft.row.language;
    if (!saw_all_of(seen, &now))
        return say(language, "questions.added");
    return saw_all_of(&now, seen) ? "" : say(language, "questions.gone");
}

/* "" when it was not posted. */
static const char *words_of(const struct fill *fill, const char *name)
{
    const char *words = request_field(fill->request, name);
    return words ? words : "";
}

static bool is_told_early(const struct fill *fill, const struct finding *finding)
{
    struct place *place = answers_find(fill->draft.answers, finding->place);
    if (!place || validate_place(fill->draft.answers, place) != VALIDATE_TYPE)
        return false;
    return text_has_word(words_of(fill, STEP_FIELD_EARLY), finding->place) ||
           text_has_word(words_of(fill, STEP_FIELD_LEFT), place_id(fill->request->arena, place));
}

void follow_look_again(struct fill *fill)
{
    const char *wrong = words_of(fill, STEP_FIELD_WRONG);
    if (!*wrong && !*words_of(fill, STEP_FIELD_EARLY) && !*words_of(fill, STEP_FIELD_LEFT))
        return;
    struct finding_list all;
    finding_list_init(&all, fill->request->arena);
    validate_page(fill->draft.answers, fill->page, fill->draft.row.language, &all);
    for (size_t i = 0; i < all.count; i++)
        if (text_has_word(wrong, all.items[i].place))
            finding_add(&fill->findings, &all.items[i]);
    for (size_t i = 0; i < all.count; i++)
        if (!text_has_word(wrong, all.items[i].place) && is_told_early(fill, &all.items[i])) {
            finding_add(&fill->findings, &all.items[i]);
            fill->early_count++;
        }
}

bool follow_changes_page(const struct fill *fill)
{
    return follow_shows(fill->request) || fill->early_count ||
           *words_of(fill, STEP_FIELD_EARLY); /* it may say otherwise now, or nothing */
}

static struct frame frame_of(const struct fill *fill)
{
    struct frame frame = visitor_form_frame(fill->visitor, fill->request->arena,
                                            fill->draft.package->form, fill->draft.row.language);
    frame.partial = true;
    return frame;
}

void follow_saved(struct fill *fill)
{
    const struct draft *row = &fill->draft.row;
    struct frame frame = frame_of(fill);
    response_html(fill->response, 200,
                  step_saved_part(fill->request->arena, &frame, row->saved_at, row->revision));
}

void follow_overtaken(struct fill *fill)
{
    struct arena *arena = fill->request->arena;
    const struct draft *row = &fill->draft.row;
    struct frame frame = frame_of(fill);
    response_remove_header(fill->response, "Location");
    response_header(fill->response, "HX-Retarget", "#utkaststatus"); /* what is typed stays */
    response_html(fill->response, 409,
                  step_changed_part(arena, &frame, row->saved_at,
                                    arena_printf(arena, "/utkast/%s", row->id)));
}
