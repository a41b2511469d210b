/* moved.h - the page that a draft meets when its form must be answered in another version: what
 * changed, the answers that go, and one button to go on. */
#pragma once

#include "forms/compare.h"
#include "render/frame.h"

#define MOVED_FIELD_VERSION "_versjon" /* of the form that was shown: digest */

struct moved {
    struct answers *before, *after;
    const struct compare_change *changes;
    size_t change_count;
    int64_t changed_at;
    const char *action; /* the button posts here */
    int64_t revision;   /* as STEP_FIELD_REVISION */
    const char *version;
};
struct bytes moved_page(struct arena *arena, const struct frame *frame, const struct moved *page);
