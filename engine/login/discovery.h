/* discovery.h - what an OpenID provider says of itself (OpenID Connect Discovery 1.0; RFC 8414;
 * RFC 9126 5), fetched when first needed and kept for a day, with its keys. Rule: S-OIDC-3. */
#pragma once

#include "engine/login/jwks.h"

struct discovery_settings {
    const char *issuer;  /* letter for letter as tokens say it: "https://idporten.no" */
    const char *hosts;   /* where endpoints may be besides the issuer's own host, comma between;
                          * with a port where it is not 443 */
    const char *ca_file; /* own CA bundle, or NULL for the system's */
    bool allow_http;     /* development: the issuer and its endpoints may be http on loopback */
    int timeout_ms;      /* of each call */
};

/* Endpoints are on allowed hosts; "" is one that it does not have. */
struct discovery {
    const char *authorization, *token, *end_session, *pushed;
    unsigned algorithms; /* JWS_RS256 | ...: what id tokens are signed with */
    bool says_issuer;    /* answers of the authorization endpoint carry iss (RFC 9207) */
    struct jwks *keys;   /* until it is given back */
};

/* Reads the document. ERROR_REFUSED, with what is wrong, when the issuer is another, an endpoint is
 * missing or not where it may be, or no algorithm is one that we know. keys is not set; *jwks_uri
 * says where they are. Everything is in the arena. */
CHECKED bool discovery_read(struct arena *arena, struct bytes json,
                            const struct discovery_settings *settings, struct discovery *out,
                            const char **jwks_uri, struct error *err);

/* "https://login.idporten.no" of an address, in the arena; NULL when it is none that may be called:
 * scheme, host and port only, no user, no odd letters. http on loopback only. */
const char *discovery_origin(struct arena *arena, const char *url);

/* The issuer's origin and those of the hosts, with a space before each: for a policy that says
 * where pages may lead. Known without asking anybody. ERROR_INVALID: the issuer is no address. */
CHECKED bool discovery_origins(struct arena *arena, const struct discovery_settings *settings,
                               const char **out, struct error *err);

/* The settings' texts are the caller's and outlive it. Used by any thread. */
struct discoveries;
void discoveries_open(const struct discovery_settings *settings, struct discoveries **out);
void discoveries_close(struct discoveries **discoveries);

/* The provider as it is now. It is asked when nothing is known, and again when that is a day old;
 * if it is then not to be had, what is known is used for one day more. Only who knows nothing waits
 * for another that asks. ERROR_UNAVAILABLE; ERROR_REFUSED as discovery_read. */
struct discovery_lease;
CHECKED bool discoveries_borrow(struct discoveries *discoveries, struct discovery_lease **lease,
                                struct error *err);

/* The same without asking anybody; NULL when nothing is known that may be used. */
struct discovery_lease *discoveries_known(struct discoveries *discoveries);

const struct discovery *discovery_of(const struct discovery_lease *lease);
void discoveries_return(struct discovery_lease **lease); /* NULL is taken */
