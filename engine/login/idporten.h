/* idporten.h - login at ID-porten, or at any OpenID provider that is configured: where a browser is
 * sent, what it brings back, and where it is sent to log out. Authorization code with PKCE S256
 * (RFC 7636), pushed when the provider takes that (RFC 9126), private_key_jwt or a secret. Rules:
 * S-OIDC-1 to -3, -11; OpenID Connect Core 1.0, RP-Initiated Logout 1.0; the folder's part of
 * engine/README.md.
 *
 * Calls block the thread that makes them: hold no database connection then. So many at once, the
 * next waits a second, and a provider that fails again and again is left alone (base/breaker.h), so
 * that one that is slow never takes all the threads of the site. */
#pragma once

#include "engine/login/client_call.h"
#include "engine/login/discovery.h"
#include "engine/login/id_token.h"

struct idporten_settings {
    struct discovery_settings provider;
    struct client_call_settings client;
    const char *scope;     /* "openid profile" */
    const char *pid_claim; /* "pid" */
    bool legacy_levels;
    int calls_at_once;
};

/* Where it brings browsers back, on this site; registered there with the site's address before. */
#define IDPORTEN_PATH_BACK "/logg-inn/tilbake"
#define IDPORTEN_PATH_FRONT_CHANNEL "/logg-ut/idporten"
#define IDPORTEN_PATH_LOGGED_OUT "/logget-ut"

/* Asks nobody yet. The settings' texts are the caller's and outlive it; used by any thread.
 * ERROR_INVALID: a setting that cannot be used. */
struct idporten;
CHECKED bool idporten_open(const struct idporten_settings *settings, struct idporten **out,
                           struct error *err);
void idporten_close(struct idporten **idporten);

/* What a verifier is shown as until the code is redeemed (RFC 7636 4.2, S256). */
const char *idporten_challenge(struct arena *arena, const char *verifier);

/* What a login is to be. */
struct idporten_wish {
    const char *origin;   /* the site's address: "https://skjema.example.no" */
    const char *language; /* "nb", "nn", "en", "se" */
    const char *acr;      /* at least so sure: level_acr */
    bool anew;            /* the person proves who they are again */
};

/* New state, nonce and verifier of 256 random bits, in *login with acr and anew (return_to is the
 * caller's); *address is where the browser goes. May call the provider. */
CHECKED bool idporten_begin(struct idporten *idporten, struct arena *arena,
                            const struct idporten_wish *wish, struct login *login,
                            const char **address, struct error *err);

/* Whether what came back belongs to that login: state equal, in a time that depends on nothing, and
 * iss the provider's, which it must be when it is said or the provider always says it (RFC 9207).
 * state, issuer: of the query, NULL when there was none. Calls the provider if it is not known yet.
 */
CHECKED bool idporten_check(struct idporten *idporten, const struct login *login, const char *state,
                            const char *issuer, struct error *err);

/* Makes the code into who it is, once: by the token endpoint, and by checking what it gives. The
 * access token goes no further. origin: as it was begun with. ERROR_DENIED with *why;
 * ERROR_REFUSED: the provider takes the code or us for no good; ERROR_UNAVAILABLE. */
CHECKED bool idporten_finish(struct idporten *idporten, struct arena *arena, const char *origin,
                             const struct login *login, const char *code, struct id_token *out,
                             enum id_token_refusal *why, struct error *err);

/* Where the browser of a session that has ended goes, so that it ends at the provider too; NULL
 * when the provider has no such place, or is not to be had. */
const char *idporten_leave(struct idporten *idporten, struct arena *arena, const char *origin,
                           const struct session_login *login);

/* Whether a logout that the provider tells of is of its own issuer, with or without a '/' at the
 * end: its documents say both. */
const char *idporten_issuer(const struct idporten *idporten);
bool idporten_is_issuer(const struct idporten *idporten, const char *issuer);

/* " https://idporten.no https://login.idporten.no": where pages may lead, and who may frame the
 * page of a logout, each with a space before it. */
const char *idporten_origins(const struct idporten *idporten);
