/* id_token.h - what an OpenID provider signed about who logged in, checked claim by claim. Rules:
 * S-JWT-1 to -4, S-OIDC-10; OpenID Connect Core 1.0 3.1.3.7; ID-porten, "ID Token". */
#pragma once

#include "engine/base/jws.h"
#include "engine/login/jwks.h"
#include "storage/sessions.h"

struct id_token_rules {
    const char *issuer, *client_id;
    unsigned algorithms;       /* JWS_RS256 | ... */
    const char *pid_claim;     /* where the identity number is: "pid" */
    bool legacy_levels;        /* Level3 and Level4 are taken as what ID-porten calls them now */
    const struct login *login; /* what was asked for: nonce, acr, anew and started_at */
    int64_t now;               /* clock_now() */
};

/* Who it is. Everything is in the arena. */
struct id_token {
    const char *pid;  /* 11 digits with right check digits */
    const char *name; /* to be shown; "": it does not say, as ID-porten's never does */
    struct session_login login;
};

/* Why somebody does not come in, as far as they can do something about it. */
enum id_token_refusal {
    ID_TOKEN_NOT_GOOD,  /* the provider's or ours to mend */
    ID_TOKEN_NO_NUMBER, /* a login without a Norwegian identity number */
    ID_TOKEN_TOO_LOW,   /* less sure than what was asked for */
    ID_TOKEN_TOO_OLD,   /* the person was not asked again to prove who they are */
};

/* ERROR_DENIED: refused, *why says for whom; ERROR_UNAVAILABLE: the keys are not to be had. */
CHECKED bool id_token_read(struct arena *arena, struct jwks *keys, const char *token,
                           const struct id_token_rules *rules, struct id_token *out,
                           enum id_token_refusal *why, struct error *err);
