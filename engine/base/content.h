/* content.h - the bytes of a document wherever they lie: in memory, in a spool, in the database.
 * Who reads does not keep them whole, so a document of a hundred megabytes costs a window of it. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct content {
    int64_t size_bytes;
    /* Reads size bytes from `at` (0 <= at, at + size <= size_bytes) to `to`. Fails as the place
     * where they lie does; ERROR_BROKEN when they are not what was stored. NULL: all is in `bytes`.
     */
    bool (*read)(void *context, int64_t at, unsigned char *to, size_t size, struct error *err);
    void *context;
    struct bytes bytes;
};

/* Bytes in memory, borrowed. */
struct content content_of(struct bytes bytes);

/* A run of it; as content.read, for both kinds. Past the end is our mistake: assert. */
CHECKED bool content_read(const struct content *content, int64_t at, unsigned char *to, size_t size,
                          struct error *err);

/* All of it, in the arena or where it lies in memory; ERROR_LIMIT when it is more than most. */
CHECKED bool content_whole(struct arena *arena, const struct content *content, size_t most,
                           struct bytes *out, struct error *err);
