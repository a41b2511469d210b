/* document.h - a shared document whole in memory, for tests of what comes. */
#pragma once

#include "storage/postbox/digipost_share.h"

static inline bool document_read(struct digipost *digipost, struct arena *arena,
                                 const struct digipost_shared_document *document, int64_t max_bytes,
                                 struct bytes *out, struct error *err)
{
    CLEANUP(spools_close) struct spools *spools = NULL;
    spools_open(NULL, max_bytes, &spools);
    CLEANUP(spool_close) struct spool *spool = NULL;
    spool_open(spools, max_bytes, &spool);
    const struct fetch_stream stream = {.spool = spool};
    if (!digipost_share_content(digipost, arena, document, max_bytes, &stream, err))
        return false;
    struct content content = spool_content(spool);
    struct bytes whole; /* the spool's, when it is small */
    if (!content_whole(arena, &content, (size_t)max_bytes, &whole, err))
        return false;
    *out = arena_bytes(arena, whole);
    return true;
}
