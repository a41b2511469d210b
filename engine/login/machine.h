/* machine.h - which machine asks: the Maskinporten access token of a request, checked (security.md
 * S-API-1, S-API-3; RFC 6750). A cookie says nothing here, and a token nothing on the pages. */
#pragma once

#include "engine/http/request.h"
#include "engine/login/jwks.h"

/* The agency that asks, as request->visitor of a route with ROUTER_MACHINE. Everything is in the
 * request's arena. */
struct machine {
    const char *organisation_number; /* consumer: 9 digits with a valid check digit */
    const char *supplier;            /* who asks on its behalf; "": itself */
    const char *scope;               /* what it may, words with a space between */
    const char *client_id;
    const char *token_id; /* jti; "": none */
};

struct machine_settings {
    const char *issuer;   /* "https://maskinporten.no/" */
    const char *audience; /* what aud must be: we, as tokens are asked for */
    struct jwks_settings keys;
};

/* Checks tokens of one issuer; used by any thread. The settings' texts are the caller's and outlive
 * it. */
struct machines;
void machines_open(const struct machine_settings *settings, struct machines **out);
void machines_close(struct machines **machines);

/* Who sent it. ERROR_MISSING: no bearer token in the Authorization header; ERROR_DENIED: one that
 * is refused (also one from a login: with nonce, acr, amr, auth_time, at_hash or sid);
 * ERROR_UNAVAILABLE: the issuer's keys are not to be had. */
CHECKED bool machine_read(struct machines *machines, const struct request *request,
                          struct machine *out, struct error *err);

/* Whether the token has that scope, a whole word of it. */
bool machine_may(const struct machine *machine, const char *scope);
