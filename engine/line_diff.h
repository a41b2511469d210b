/* line_diff.h - how two texts differ, line by line, for people to read. */
#pragma once

#include "engine/base/buf.h"

/* Adds the lines of a unified diff, each after so many spaces: "- " only in the first text, "+ "
 * only in the second, "  " in both. Of what is in both only three lines around a difference are
 * shown, and "  …" for what is left out. */
void line_diff_write(struct buf *out, int indent, const char *first, const char *second);
