/* digipost_call.h - one exchange with Digipost: which address, sign, send, verify, and when they
 * said no, what kind of no. Used by digipost.c and digipost_share.c only. */
#pragma once

#include "storage/postbox/digipost.h"
#include "storage/postbox/digipost_answer.h"

#include "engine/base/breaker.h"
#include "engine/base/crypto.h"
#include "engine/base/fetch.h"

#include <pthread.h>

enum {
    DIGIPOST_ENTRY_KEPT_S = 3600,             /* Digipost API, 5: at most */
    DIGIPOST_XML_MAX_BYTES = 4 * 1024 * 1024, /* of any answer that is XML */
    DIGIPOST_TIMEOUT_MS = 30000,
    DIGIPOST_MAX_PINS = 8,
};

#define DIGIPOST_XML "application/vnd.digipost-v8+xml"

/* Who an entry point is for: events and sending are the broker's, states and status the sender's.
 */
enum digipost_party { DIGIPOST_BROKER, DIGIPOST_SENDER, DIGIPOST_PARTIES };

/* An entry point as it was read. */
struct digipost_kept {
    struct arena *arena; /* what entry lies in; NULL: not read yet */
    int64_t read_at;
    struct digipost_entry entry;
};

struct digipost {
    struct postbox postbox;
    struct arena *arena;                   /* what the settings lie in */
    struct fetch_destination api, content; /* content.base_url may be NULL */
    struct breaker *api_breaker, *content_breaker;
    int64_t broker_id, sender_id;
    struct crypto_key *key;
    struct crypto_sha256 pins[DIGIPOST_MAX_PINS];
    size_t pin_count;
    bool unsigned_streams;
    int timeout_ms, document_ms;
    pthread_mutex_t kept_lock; /* round kept, never held during a call */
    struct digipost_kept kept[DIGIPOST_PARTIES];
};

/* The address of a relation: from the entry point kept, which is read first when there is none or
 * it is too old. *out is NULL when the entry point does not offer it. Fails with ERROR_UNAVAILABLE
 * or as digipost_call_refused says; nothing but entry points has been asked for then. */
CHECKED bool digipost_call_find(struct digipost *digipost, struct arena *arena,
                                enum digipost_party party, const char *relation, const char **out,
                                struct error *err);

/* The same, but a relation that is not offered is ERROR_UNAVAILABLE. */
CHECKED bool digipost_call_link(struct digipost *digipost, struct arena *arena,
                                enum digipost_party party, const char *relation, const char **out,
                                struct error *err);

/* An address under the configured one: path begins with '/'. */
const char *digipost_call_under(struct digipost *digipost, struct arena *arena, const char *path);

struct digipost_request {
    const char *method, *url;
    const char *accept;       /* NULL: DIGIPOST_XML */
    const char *content_type; /* NULL: there is no body */
    struct bytes body;
    size_t max_bytes;     /* of the answer; 0: DIGIPOST_XML_MAX_BYTES */
    bool may_be_unsigned; /* believe a yes that has no signature; a no must have one */

    /* For a document; else NULL and 0. What went to the stream is believed only when the call has
     * succeeded. */
    const struct fetch_stream *stream;
    int timeout_ms;
};

/* An answer that is Digipost's. */
struct digipost_reply {
    int status;
    struct bytes body; /* "" when it went to the stream */
    bool is_signed;
    const char *location; /* NULL: none */
    int retry_after_s;    /* at most 3,600; 0: not told */
};

/* Sends and waits; every status of a verified answer is a success here. When the signature is not
 * by the certificate we know, the entry point is read again, once, and the same answer verified
 * with the certificate it gives: the request is never sent twice. Fails with ERROR_DENIED or
 * ERROR_INVALID before anything was sent: the address is not under the configured one, or cannot be
 * signed. Fails with anything else when nothing is known of what the other side did: no answer, too
 * large (ERROR_LIMIT), not signed, compressed. */
CHECKED bool digipost_call(struct digipost *digipost, struct arena *arena,
                           const struct digipost_request *request, struct digipost_reply *out,
                           struct error *err);

/* A GET without signature to the content address (shared documents only); 200 is the only success.
 * Of the request: url, max_bytes, stream, timeout_ms. */
CHECKED bool digipost_call_content(struct digipost *digipost, struct arena *arena,
                                   const struct digipost_request *request, struct error *err);

/* The no in a verified answer, with 2xx as ERROR_NONE (Digipost API, 9, 10):
 *   ERROR_UNAVAILABLE  5xx, type SERVER, or a body that is no <error>: nothing is known
 *   ERROR_LIMIT        429: not done, later
 *   ERROR_BROKEN       not done, later, and tell the operator: our clock
 *   ERROR_CONFLICT     it is there already, or its time has passed
 *   ERROR_MISSING      no such recipient, document or message
 *   ERROR_DENIED       not ours to see (any more)
 *   ERROR_INVALID      what we sent breaks a rule
 *   ERROR_REFUSED      the rest: our agreement or our program
 * A 404 or 405 that is about the address and not about a document is ERROR_UNAVAILABLE, and the
 * entry points are forgotten: the next call reads them again. */
struct digipost_no {
    enum error_code code;
    bool not_done; /* certainly: the same request may be sent again */
    char word[64]; /* Digipost's: "UNKNOWN_RECIPIENT"; "": none */
};
struct digipost_no digipost_call_no(struct digipost *digipost, struct arena *arena,
                                    const struct digipost_reply *reply);

/* True for 2xx; else fills *err from digipost_call_no. */
CHECKED bool digipost_call_succeeded(struct digipost *digipost, struct arena *arena,
                                     const struct digipost_reply *reply, struct error *err);

/* digipost_call and digipost_call_succeeded: for requests that change nothing. */
CHECKED bool digipost_call_get(struct digipost *digipost, struct arena *arena, const char *url,
                               struct bytes *out, struct error *err);
