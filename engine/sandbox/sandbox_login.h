/* sandbox_login.h - a stand-in for Maskinporten, at the mailbox's address under /maskinporten/:
 * metadata, JWKS and a token endpoint that takes signed grants (sandbox_grant.h) and gives access
 * tokens (RS256, 120 seconds).
 *
 * For who tries the API for machines by hand, and for tests:
 *   POST /control/machine-token   a token as another agency would have got it. All may be left out:
 *        organisation=NUMBER  scope=WORDS  audience=TEXT  supplier=NUMBER  seconds=N
 *        wrong=NAME           one that must be refused: "expired", "future", "issuer", "audience",
 *                             "key" (not among those published), "signature", "none" (unsigned),
 *                             "hs256" (signed with the public key), "login" (an id token),
 *                             "consumer" (does not say which organisation)
 *   POST /control/maskinporten    mode=NAME answers=N: how it behaves, as for registers: "normal",
 *        "down", "slow", "garbage", "refuse" (invalid_grant), "error" (500); "rotate" makes a new
 *        key, beside which the old one stays published; "forget" takes the old ones away. */
#pragma once

#include "engine/base/crypto.h"
#include "engine/http/response.h"

#include <jansson.h>

#define SANDBOX_LOGIN_PATH "/maskinporten/"

/* What tokens for the program's API are asked for with, unless told otherwise. */
#define SANDBOX_LOGIN_AUDIENCE "https://skjema.sandkasse.example"
#define SANDBOX_LOGIN_SCOPES "skjema:bevis.read skjema:bevis.write"

/* The program's own registrations: one signs grants with a key known by name, one with the broker's
 * certificate. Both are the first broker's organisation. */
#define SANDBOX_LOGIN_CLIENT "sandkasse-skjema"
#define SANDBOX_LOGIN_KID "sandkasse-1"
#define SANDBOX_LOGIN_CERTIFICATE_CLIENT "sandkasse-virksomhet"

enum { SANDBOX_LOGIN_TOKEN_S = 120, SANDBOX_LOGIN_KEYS = 4, SANDBOX_LOGIN_USED = 256 };

struct sandbox_world;

struct sandbox_login_key {
    struct crypto_key *key, *certificate;
    char kid[48];
};

/* Part of struct sandbox_world; {0} at first. */
struct sandbox_login {
    struct sandbox_login_key keys[SANDBOX_LOGIN_KEYS]; /* newest first; made when first needed */
    size_t key_count;
    int mode, left;                                /* sandbox_login.c's */
    struct crypto_sha256 used[SANDBOX_LOGIN_USED]; /* grants, by their jti or bytes */
    size_t used_count;
};
/* With a first key, made now: it takes long, and later others would wait. */
void sandbox_login_init(struct sandbox_login *login);
void sandbox_login_finish(struct sandbox_login *login);

/* "http://127.0.0.1:8081/maskinporten/" */
char *sandbox_login_issuer(const struct sandbox_world *world, struct arena *arena);

/* What an Authorization header allows at a register: 200 when it is a token of ours that lives and
 * has the scope, 401 when it is none, 403 when it lacks the scope. */
int sandbox_login_check(struct sandbox_world *world, struct arena *arena, const char *header,
                        const char *scope);

/* The claims of the token in an Authorization header, or NULL when there is none that was signed
 * here. It may have expired. json_decref. */
json_t *sandbox_login_claims(struct sandbox_world *world, struct arena *arena, const char *header);

/* Handlers; context is the struct sandbox_world, whose lock is held. */
void sandbox_login_metadata(void *context, struct request *request, struct response *response);
void sandbox_login_jwks(void *context, struct request *request, struct response *response);
void sandbox_login_token(void *context, struct request *request, struct response *response);
void sandbox_login_control(void *context, struct request *request, struct response *response);
void sandbox_login_control_token(void *context, struct request *request, struct response *response);
