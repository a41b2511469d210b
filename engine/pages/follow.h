/* follow.h - what the script posts between the presses of a step (STEP_AUTOSAVE, STEP_FOLLOW of
 * render/step.h): it is saved as any post, validates nothing, and leads nowhere. */
#pragma once

#include "engine/pages/press.h"

bool follow_is(const struct request *request);

/* Whether the step is to be shown again, since questions or sums hang on what was answered. */
bool follow_shows(const struct request *request);

/* Told to a screen reader: questions came, or went; "" when they are the same. seen: of before. */
const char *follow_what_changed(struct fill *fill, const struct press_seen *seen);

/* Adds to the findings what the page said was wrong, and still is; and, to be told at its field
 * alone, what cannot be read as what it should be in a field that was left (design.md section 4:
 * never while typing, never that something is missing). */
void follow_look_again(struct fill *fill);

/* After that: whether the answer is the step, and not only that it is saved. */
bool follow_changes_page(const struct fill *fill);

/* The answers: it is saved as the draft is now; and 409, nothing was done, since the draft is
 * another by now or goes on elsewhere. */
void follow_saved(struct fill *fill);
void follow_overtaken(struct fill *fill);
