/* kept.h - the page that gives back what was typed and could not become part of the draft: for each
 * question both what was typed and what is saved, and the person says which holds. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"

#define KEPT_FIELD_ID "_id"       /* of what was kept, as shown */
#define KEPT_FIELD_CHOICE "valg." /* + kept_difference.id: */
#define KEPT_TYPED "skrevet"      /* what was typed holds */
#define KEPT_SAVED "lagret"       /* what is saved holds */

struct kept_difference {
    const char *id;                           /* place_id() */
    const char *row;                          /* "Barn 2: ", or "" */
    struct form_shown question, typed, saved; /* an answer that is "" is told as not given */
};

struct kept_page {
    bool other_window; /* else the session had ended */
    int64_t kept_at;
    struct form_shown form, step; /* titles */
    const struct kept_difference *differences;
    size_t difference_count;
    const char *const *homeless; /* typed where there is no question any more: to be copied */
    size_t homeless_count;
    int64_t files; /* so many came with it, and must be chosen again */
    const char *action, *id;
    int64_t revision; /* as STEP_FIELD_REVISION */
};
struct bytes kept_page(struct arena *arena, const struct frame *frame,
                       const struct kept_page *page);
