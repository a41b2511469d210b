/* try_case.h - acts out one case beside a form (forms/cases.h): answers as a citizen would, and
 * looks at what the form does then. Time is the case's; nothing is stored or sent. */
#pragma once

#include "forms/cases.h"
#include "render/frame.h"

/* Where the form did otherwise than the case says. */
struct try_difference {
    const struct cases_step *step;
    const char *why;            /* a step that could not be done; else NULL */
    const char *expected, *got; /* what shall be, as it stands in the case and as it should stand
                                   to be true: lines with '\n' between */
};

struct try_result {
    struct try_difference *items; /* in order; none: the case holds */
    size_t count, capacity;
};

/* A step that cannot be done is the last that is tried.
 *   agency  whose receipt it is
 *   what    one of the file's */
void try_case(struct arena *arena, const struct form *form, const struct frame_agency *agency,
              const struct cases_file *file, const struct cases_case *what, struct try_result *out);
