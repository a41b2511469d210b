/* digipost_sign.h - signs requests to Digipost and verifies its answers (Digipost API, 2 and 3).
 * RSASSA-PKCS1-v1_5 with SHA-256 over a few lines of text that both sides make from what is sent.
 */
#pragma once

#include "engine/base/crypto.h"
#include "engine/base/fetch.h"

enum { DIGIPOST_SIGN_CLOCK_S = 300 }; /* Date may differ by this much, and not a second more */

/* The values of the headers that make a request a signed one. */
struct digipost_signature {
    const char *user_id;      /* X-Digipost-UserId */
    const char *date;         /* Date */
    const char *content_hash; /* X-Content-SHA256; NULL when there is no body */
    const char *signature;    /* X-Digipost-Signature */
};

/* Signs a request as the broker at a time (Unix seconds).
 *   url   the very string that fetch_send gets; host and port are not signed
 *   body  NULL when there is none: an empty one is something else
 * Fails with ERROR_INVALID when the url is not one that goes on the wire as it is (see
 * digipost_sign_path) or the key cannot sign. */
CHECKED bool digipost_sign_request(struct arena *arena, const struct crypto_key *key,
                                   const char *method, const char *url, const struct bytes *body,
                                   int64_t broker_id, int64_t at, struct digipost_signature *out,
                                   struct error *err);

/* What a request is signed over; signature->signature is not looked at. */
CHECKED bool digipost_sign_request_text(struct arena *arena, const char *method, const char *url,
                                        const struct digipost_signature *signature,
                                        const char **out, struct error *err);

/* What an answer to url is signed over; content_hash is NULL when the answer has no such header. */
CHECKED bool digipost_sign_answer_text(struct arena *arena, int status, const char *url,
                                       const char *date, const char *content_hash, const char **out,
                                       struct error *err);

enum digipost_sign_verdict {
    DIGIPOST_SIGN_GOOD,
    DIGIPOST_SIGN_UNSIGNED,      /* no signature at all; what else was there is right */
    DIGIPOST_SIGN_BAD_DATE,      /* none, not one, or too far from now */
    DIGIPOST_SIGN_BAD_HASH,      /* none although there is a body, or not the body's */
    DIGIPOST_SIGN_ENCODED,       /* as gzip, or otherwise, which we never ask for */
    DIGIPOST_SIGN_BAD_SIGNATURE, /* not this certificate's signature of this answer */
};

/* Verifies date, body and signature of an answer to url at a time.
 *   certificate  NULL when there is none yet: then every signature is BAD_SIGNATURE */
enum digipost_sign_verdict digipost_sign_verify(struct arena *arena,
                                                const struct crypto_key *certificate,
                                                const char *url, const struct fetch_answer *answer,
                                                int64_t now);

/* The verdict as the end of a sentence: "is not signed". Static. */
const char *digipost_sign_verdict_text(enum digipost_sign_verdict verdict);

/* Path ("/" when there is none) and query (without '?', "" when there is none) of an absolute http
 * or https URL, as a client sends them. False when it has a fragment, user information, or a
 * character that a client would have to encode: the signed string would not be the sent one. */
CHECKED bool digipost_sign_path(struct arena *arena, const char *url, const char **path,
                                const char **query);
