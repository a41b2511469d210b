/* press.h - the buttons of a step: on, back, rows, documents. Everything happens in memory, and
 * sets where the response leads; fill.c saves it. */
#pragma once

#include "engine/pages/fill.h"
#include "forms/posted.h"

/* The questions that were on the page as it was sent, by place_id(). */
struct press_seen {
    const char **ids;
    size_t count, capacity;
};

/* To be asked before what was posted is taken in. */
struct press_seen press_what_was_seen(struct fill *fill);

bool press_saw(const struct press_seen *seen, const char *id);

/* Told at the next look at the page; at: id of the list it is about, NULL: on top. */
void press_tell(struct fill *fill, const char *at, const char *text);

/* What the button says: action is one of STEP_NEXT and its like (render/step.h), old_note the
 * draft's of before. The response is set unless *again: the step with its findings. */
CHECKED bool press_act(struct fill *fill, const char *action, const char *old_note,
                       const struct press_seen *seen, const struct posted_field *fields,
                       size_t field_count, bool *again, struct error *err);
