/* client_call.h - our calls to an OpenID provider as the client that is registered there: a form,
 * and proof of who we are with it; JSON back. Rules: RFC 6749 2.3, RFC 7523 2.2, OpenID Connect
 * Core 1.0 9; S-OIDC-1. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

typedef struct json_t json_t;

struct client_call_settings {
    const char *issuer; /* whom the proof is for */
    const char *client_id;
    struct bytes key_pem; /* RSA: private_key_jwt, RS256 */
    const char *kid;      /* its name there */
    const char *secret;   /* client_secret_post instead; NULL: the key */
    const char *ca_file;  /* own CA bundle, or NULL for the system's */
    bool allow_private;   /* loopback may be dialled */
    int timeout_ms;
};

/* Texts are the caller's and outlive it; used by any thread. ERROR_INVALID: the key cannot be read,
 * or has no name. */
struct client_calls;
CHECKED bool client_calls_open(const struct client_call_settings *settings,
                               struct client_calls **out, struct error *err);
void client_calls_close(struct client_calls **calls);

struct client_field {
    const char *name, *value; /* value NULL: left out */
};

/* Fields as application/x-www-form-urlencoded (RFC 3986 escapes), for a body or a query. */
char *client_call_form(struct arena *arena, const struct client_field *fields, size_t count);

/* Posts the fields with client_id and the proof. *out is the answer of a 200 or 201, a JSON object;
 * jws_close. ERROR_REFUSED: it said no,
 * its "error" is in the text; ERROR_UNAVAILABLE: nothing is known, or it is no such answer. */
CHECKED bool client_call_post(struct client_calls *calls, struct arena *arena, const char *url,
                              const struct client_field *fields, size_t count, json_t **out,
                              struct error *err);
