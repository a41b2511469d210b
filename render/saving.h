/* saving.h - what a step says about being saved, and what the script saves it with between presses
 * (design.md section 6, autosave). */
#pragma once

#include "render/step.h"

/* In the form of a step: its revision, when it was saved, and what is shown when it could not be.
 */
void saving_write(struct html *html, const struct frame *frame, const struct step *step);
