/* sandbox_layout.h - the paths of the API's links. A client must follow links, so the layout is
 * another one at every start: each word of a path gets a mark, and some capital letters, from a
 * seed.
 *
 * A pattern: "/{sender}/shared-documents/{number}/{number}/content", "/documents/{number}/data",
 * "/{sender}/documents/status/{uuid}". */
#pragma once

#include "engine/base/arena.h"

struct sandbox_layout_values {
    int64_t sender;
    int64_t numbers[2]; /* in the order of the pattern */
    const char *uuid;   /* NULL when writing: the path ends before it, in '/' */
};

/* The pattern's path under that seed; 1: as it is. */
char *sandbox_layout_path(struct arena *arena, uint64_t seed, const char *pattern,
                          const struct sandbox_layout_values *values);

/* True when the path (decoded) is the pattern's under that seed. */
bool sandbox_layout_match(struct arena *arena, uint64_t seed, const char *pattern, const char *path,
                          struct sandbox_layout_values *out);
