/* jwks.h - an issuer's keys, fetched when they are first needed and kept; and tokens checked with
 * them. Rules: security.md S-JWT-2.
 *
 * They are fetched again when they are an hour old, and when a token names a key that is not among
 * them, but at most once a minute, or every ten seconds while there are none at all; when the
 * issuer is down they are used until they are a day old.
 * Whoever needs keys that are not there waits for them, at most the timeout; all others go on. */
#pragma once

#include "engine/base/jws.h"

struct jwks_settings {
    const char *url;     /* where the JWKS is; from configuration only */
    const char *ca_file; /* own CA bundle, or NULL for the system's */
    bool allow_private;  /* loopback may be dialled */
    int timeout_ms;
};

/* Fetches nothing yet. The settings' texts are the caller's and outlive it. Used by any thread. */
struct jwks;
void jwks_open(const struct jwks_settings *settings, struct jwks **out);
void jwks_close(struct jwks **jwks);

/* As jws_read, with the issuer's keys. ERROR_DENIED: the token is refused, also for a key that the
 * issuer does not have; ERROR_UNAVAILABLE: the issuer's keys are not to be had. */
CHECKED bool jwks_read_token(struct jwks *jwks, struct arena *arena, const char *token,
                             const struct jws_rules *rules, json_t **claims, struct error *err);
