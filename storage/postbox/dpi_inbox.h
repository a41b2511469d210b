/* dpi_inbox.h - receipts that wait for us at the access point. Reading them does not take them off
 * the list; dpi_inbox_done does, once they are safe with us. */
#pragma once

#include "storage/postbox/dpi.h"

enum {
    DPI_INBOX_PAGE = 50,                   /* asked for at once, the oldest we hope: not told */
    DPI_INBOX_MAX_BYTES = 4 * 1024 * 1024, /* of the answer */
};

/* The JWS of each message that waits, as they sent it, in the arena: nothing is checked but that it
 * is a text. For our channel and unit only, when those are set. ERROR_UNAVAILABLE: no answer, or
 * one that cannot be read; ERROR_REFUSED: not let in; ERROR_LIMIT: larger than we take. */
CHECKED bool dpi_inbox_list(struct dpi *dpi, struct arena *arena, const char *const **out,
                            size_t *count, struct error *err);

/* Takes a message off the list, by its id (UUID in lower case); one that is not there is no error:
 * it was taken off before. */
CHECKED bool dpi_inbox_done(struct dpi *dpi, struct arena *arena, const char *id,
                            struct error *err);
