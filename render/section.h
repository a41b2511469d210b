/* section.h - the body of a step: groups under headings, questions that hang on others, values that
 * are calculated, rows to add and remove, documents. */
#pragma once

#include "render/step.h"

/* Writes everything of the page that is shown now, into the form that is open in html. */
void section_write(struct html *html, const struct frame *frame, const struct step *step);

/* Where the error summary leads for a finding of this page: "#id". */
char *section_target(struct arena *arena, const struct frame *frame, const struct step *step,
                     const struct finding *finding);
