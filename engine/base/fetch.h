/* fetch.h - one request out, within limits (libcurl). The only HTTP client of the program. */
#pragma once

#include "engine/base/spool.h"

struct fetch_header {
    const char *name, *value;
};

/* Where requests of one kind may go (security.md S-OUTB-1): from configuration only. */
struct fetch_destination {
    const char *base_url; /* "https://api.digipost.no": scheme, host, port, path prefix */
    const char *ca_file;  /* own CA bundle, or NULL for the system's */
    bool allow_private;   /* loopback and private addresses may be dialled (S-OUTB-3) */
};

/* For an answer that is a document: its body is put aside while it comes, never whole in memory. */
struct fetch_stream {
    struct spool *spool; /* gets the body of an answer with status 200; the caller finishes it, or
                          * lets it go when something else in the answer was wrong */

    /* Asked before the first of it and then some times a second: may it still come? False, with
     * *err: the call ends there. NULL: it may. */
    bool (*go_on)(void *context, struct error *err);
    void *context;
};

struct fetch_request {
    const char *method;                 /* "GET", "POST", ... */
    const char *url;                    /* absolute; must lie under the destination */
    const struct fetch_header *headers; /* sent as they are, in order */
    size_t header_count;
    struct bytes body;
    bool has_body;                     /* an empty body is something else than none */
    size_t max_bytes;                  /* of the answer's body */
    int timeout_ms;                    /* the whole call; connecting gets at most 5,000 of it */
    const struct fetch_stream *stream; /* a body with another status than 200 comes in memory, then
                                        * at most FETCH_NO_BYTES. NULL: every body does */
};

enum { FETCH_NO_BYTES = 64 * 1024 }; /* what a no may be, however small the document */

struct fetch_answer {
    int status;
    struct fetch_header *headers; /* as received, in order; names as sent by the server */
    size_t header_count;
    struct bytes body;
    bool is_streamed;                 /* the body went to the stream's spool instead: */
    struct crypto_sha256 body_sha256; /* of that */
    int64_t body_bytes;
};

/* Once, before any thread. */
void fetch_start(void);

/* True when the URL has the same scheme, host and port as the base and its path lies under the
 * base's path: the guard for links in answers. Nothing is dialled. */
bool fetch_is_under(const struct fetch_destination *destination, const char *url);

/* Whether the URL's host is this machine, by its name alone: 127.x.x.x, localhost or [::1], with
 * any port and no user. Nothing is dialled. */
bool fetch_is_here(const char *url);

/* Sends and waits. Every HTTP status is a success here; *out is in the arena.
 * Fails with ERROR_DENIED before anything was sent when the URL is not under the destination or
 * the address is not allowed, ERROR_INVALID for a header with a control character; ERROR_LIMIT when
 * the answer is larger than max_bytes, which is counted while it comes (with a stream: the document
 * is; a no that is too large is ERROR_UNAVAILABLE); as the spool or go_on does;
 * else ERROR_UNAVAILABLE: nothing is known of what the other side did. A sender that comes to
 * nothing, or drips, is cut. TLS >= 1.2 with peer and host checked; http only to loopback; no
 * redirects, proxies, cookies, .netrc or decompression (S-OUTB-2). */
CHECKED bool fetch_send(struct arena *arena, const struct fetch_destination *destination,
                        const struct fetch_request *request, struct fetch_answer *out,
                        struct error *err);

/* The program is stopping: calls that run may go on for so long yet, then they and all new ones end
 * as ERROR_UNAVAILABLE, so that whoever does not answer holds nobody up (security.md D-13). */
void fetch_end_within(int within_ms);

/* A header's value by name (case does not matter), or NULL; the last one when there are several. */
const char *fetch_header(const struct fetch_answer *answer, const char *name);

/* Its version, as it calls itself: "libcurl/7.88.1 OpenSSL/3.0.17 ...". In static memory. */
const char *fetch_library(void);
