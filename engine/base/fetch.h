/* fetch.h - one request out, within limits (libcurl). The only HTTP client of the program. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct fetch_header {
    const char *name, *value;
};

/* Where requests of one kind may go (security.md S-OUTB-1): from configuration only. */
struct fetch_destination {
    const char *base_url; /* "https://api.digipost.no": scheme, host, port, path prefix */
    const char *ca_file;  /* own CA bundle, or NULL for the system's */
    bool allow_private;   /* loopback and private addresses may be dialled (S-OUTB-3) */
};

struct fetch_request {
    const char *method;                 /* "GET", "POST", ... */
    const char *url;                    /* absolute; must lie under the destination */
    const struct fetch_header *headers; /* sent as they are, in order */
    size_t header_count;
    struct bytes body;
    bool has_body;    /* an empty body is something else than none */
    size_t max_bytes; /* of the answer's body */
    int timeout_ms;   /* the whole call; connecting gets at most 5,000 of it */
};

struct fetch_answer {
    int status;
    struct fetch_header *headers; /* as received, in order; names as sent by the server */
    size_t header_count;
    struct bytes body;
};

/* Once, before any thread. */
void fetch_start(void);

/* True when the URL has the same scheme, host and port as the base and its path lies under the
 * base's path: the guard for links in answers. Nothing is dialled. */
bool fetch_is_under(const struct fetch_destination *destination, const char *url);

/* Sends and waits. Every HTTP status is a success here; *out is in the arena.
 * Fails with ERROR_DENIED before anything was sent when the URL is not under the destination or
 * the address is not allowed, ERROR_INVALID for a header with a control character; ERROR_LIMIT when
 * the answer is larger than max_bytes; else ERROR_UNAVAILABLE: nothing is known of what the other
 * side did. TLS >= 1.2 with peer and host checked; http only to loopback; no redirects, proxies,
 * cookies, .netrc or decompression (S-OUTB-2). */
CHECKED bool fetch_send(struct arena *arena, const struct fetch_destination *destination,
                        const struct fetch_request *request, struct fetch_answer *out,
                        struct error *err);

/* A header's value by name (case does not matter), or NULL; the last one when there are several. */
const char *fetch_header(const struct fetch_answer *answer, const char *name);
