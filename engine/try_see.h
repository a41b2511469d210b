/* try_see.h - what is to be seen of a form while a case is acted out: the parts that try_case.c
 * (what happens) and try_see.c (what shall be) share. */
#pragma once

#include "forms/cases.h"
#include "render/frame.h"
#include "render/outline.h"
#include "storage/prefills.h"

struct trial {
    struct arena *arena;
    const struct form *form;
    const struct frame_agency *agency;
    struct answers *answers; /* NULL until something is answered or looked at */
    int64_t now;
    const char *language;
    const struct cases_step *citizen; /* NULL: nobody was named */
    struct outline_attached *documents;
    size_t document_count;
    struct prefills_question *known; /* what registers say */
    size_t known_count;
    const char *why;   /* why the last thing could not be done */
    bool is_forbidden; /* the form does not let the citizen do it */
};

/* The place that is meant now. NULL: trial->why. */
struct place *try_place(struct trial *trial, const struct cases_place *named);

/* What the place's field lies in: for repeats that may have no row. NULL: trial->why. */
struct place *try_around(struct trial *trial, const struct cases_place *named);

/* Relevant, and on a page that is shown, not in a closed case of a switch. control may be NULL. */
bool try_is_shown(struct trial *trial, const struct form_control *control,
                  const struct place *place);

/* What a step says shall be and what is, both written as in a case; equal when it holds. False:
 * trial->why. */
CHECKED bool try_see(struct trial *trial, const struct cases_step *step, const char **expected,
                     const char **got);

/* As a case writes it: no-break spaces are spaces, nothing stands at the ends of lines, and what
 * is made anew each time (uuid) is "(random id)". */
char *try_plain(struct arena *arena, const char *text);
