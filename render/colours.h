/* colours.h - an agency's colour: the scale of Designsystemet's `accent`, light and dark, made from
 * one colour, with a check that everything can be read. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum { COLOURS_MAX_BYTES = 16 * 1024 };

/* Reads lines of `name = #rrggbb`; '#' and a space begin a comment.
 *
 *   accent = #0b6a53                          all 16 tokens, light and dark, are made from it
 *   dark accent-base-default = #4fb096        one token instead of what was made
 *
 * *css gets a stylesheet for after app.css, in the arena. Text must have a contrast of 4.5:1 with
 * what it stands on, borders, buttons and icons 3:1 with what is round them, light and dark (WCAG
 * 2.2, 1.4.3 and 1.4.11); less is ERROR_INVALID with both colours, as is a line that is wrong. */
CHECKED bool colours_read(struct arena *arena, struct bytes file, const char *name,
                          struct bytes *css, struct error *err);

/* WCAG 2.2's contrast of two colours, each 0xRRGGBB: 1 to 21. */
double colours_contrast(uint32_t one, uint32_t other);

/* What of Designsystemet's neutral colours accent stands on or beside, for a test that they are
 * still so. */
struct colours_ground {
    const char *token; /* "neutral-surface-default" */
    uint32_t light, dark;
};
const struct colours_ground *colours_grounds(size_t *count);
