/* logo.h - whether an SVG that an agency gives us may be shown: an allow-list of elements and
 * attributes, so that what nobody thought of is refused. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum { LOGO_MAX_BYTES = 32 * 1024, LOGO_MAX_RATIO = 8 };

struct logo {
    struct bytes svg;     /* UTF-8, in the arena */
    double width, height; /* of its viewBox */
};

/* Reads it, and writes it anew: what is served is what was checked, whatever the file's own
 * declaration says about how to read it. Shapes, gradients, clips and masks only: no script, no
 * style, no text (its font would be missing), no picture, no reference but to an id in the file,
 * no DOCTYPE and no processing instruction. The root has a viewBox, at most LOGO_MAX_RATIO times
 * as wide as high or high as wide.
 *
 * Fails with ERROR_INVALID, file and line (ERROR_LIMIT when too large). */
CHECKED bool logo_check(struct arena *arena, struct bytes file, const char *name, struct logo *out,
                        struct error *err);
