/* multipart.h - reads multipart/form-data as it comes: fields into memory within the limits of
 * request.h, files into spools. A file is never whole in memory, and nothing of one is kept before
 * the first part, which carries our token, was looked at (security.md S-CSRF-1, S-FILE-2). Rules:
 * RFC 7578, RFC 2046 5.1.1, read strictly: CRLF only, no preamble, no nested parts, no part headers
 * but those that browsers send. */
#pragma once

#include "engine/base/spool.h"
#include "engine/http/request.h"

enum {
    MULTIPART_WINDOW_BYTES = 128 * 1024, /* a window of this size is never too small to go on */
    MULTIPART_DENIED = -1,               /* admit said no */
};

struct multipart_rules {
    struct spools *spools; /* where files go */
    int64_t file_bytes;    /* of a file; one with more becomes REQUEST_FILE_TOO_LARGE */
    size_t files;          /* of a request; one more becomes REQUEST_FILE_TOO_MANY */

    /* Called once, when the first part has come as far as it may: a field wholly (then the request
     * has that one), a file with its headers only. False: nothing more is taken. NULL: all may. */
    bool (*admit)(void *context);
    void *context;
};

bool multipart_is(const struct request *request);

struct multipart; /* one thread at a time */

/* rules are copied. */
void multipart_open(struct request *request, const struct multipart_rules *rules,
                    struct multipart **out);

/* With its files: their contents are no longer valid. NULL is taken. */
void multipart_close(struct multipart **multipart);

/* Reads on. window: what has come and was not used yet; *used: how much of it was used now, the
 * rest must stand at the beginning of the next window. Returns 0, or the status to refuse with: 413
 * past a limit of request.h, 503 when the disk fails, else 400; or MULTIPART_DENIED. Then it is
 * over. */
CHECKED int multipart_read(struct multipart *multipart, struct bytes window, size_t *used);

/* Reads the rest: nothing more comes. Sets the request's fields and files, which live until
 * multipart_close. Returns as multipart_read; 400 too when a name is also in the query. */
CHECKED int multipart_end(struct multipart *multipart, struct bytes window);
