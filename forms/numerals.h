/* numerals.h - numbers as people type them: "41 400", "41.400", "41400,50", "-7", "1,234.5". */
#pragma once

#include "engine/base/arena.h"

/* Reads a typed number into the plain decimal form ("-1234.5"): no grouping, no leading zeros, no
 * sign on zero, decimals as typed.
 *
 * Spaces and no-break spaces between digits are left out. Of '.' and ',' the last is the decimal
 * sign and the other groups by three; one that occurs more than once groups. A single one followed
 * by just three digits groups when it is '.' and the number shall be whole, or ',' and the language
 * is English: so "41.400" kroner are not 41. False when it is not a number. */
CHECKED bool numerals_read(struct arena *arena, const char *typed, bool whole, const char *language,
                           const char **decimal);

/* Without what people put between digits of a number with a fixed length: spaces, no-break spaces,
 * dots and hyphens. */
char *numerals_compact(struct arena *arena, const char *typed);

/* The number of digits in a plain decimal. */
size_t numerals_digits(const char *decimal);
