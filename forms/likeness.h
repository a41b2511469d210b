/* likeness.h - the most alike of several names: for "did you mean". */
#pragma once

#include "engine/base/arena.h"

/* Begin with only `wanted` set. */
struct likeness {
    const char *wanted;
    const char *nearest; /* NULL: none is alike */
    int distance;
};

/* Takes a name into account; it must live as long as the likeness. */
void likeness_compare(struct likeness *likeness, const char *name);

/* ", did you mean 'x'?" or "". */
const char *likeness_suggestion(struct arena *arena, const struct likeness *likeness);
