#include "engine/login/id_token.h"

#include "engine/base/text.h"
#include "engine/login/level.h"
#include "engine/login/name.h"
#include "forms/mod11.h"

#include <jansson.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 255 }; /* of sub (OpenID Connect Core 1.0, 2) and sid */

static bool refuse(enum id_token_refusal *why, enum id_token_refusal it, struct error *err,
                   const char *text)
{
    *why = it;
    return error_set(err, ERROR_DENIED, "the id token: %s", text);
}

/* The token was made for this login of this browser. */
static bool is_ours(const json_t *claims, const struct login *login)
{
    const char *nonce = jws_text(claims, "nonce");
    return nonce && *login->nonce && crypto_equal(BYTES_OF(nonce), BYTES_OF(login->nonce));
}

/* What the provider calls a level, in the words that the rest of us know. */
static const char *acr_of(const json_t *claims, bool legacy)
{
    const char *acr = jws_text(claims, "acr");
    if (legacy && text_equal(acr, "Level4"))
        return LEVEL_HIGH;
    if (legacy && text_equal(acr, "Level3"))
        return LEVEL_SUBSTANTIAL;
    return acr ? acr : "";
}

/* When the person last proved who they are: 0 when it is not said. False: something else than a
 * whole number, or a time to come. */
static bool read_auth_time(const json_t *claims, int64_t now, int64_t *out)
{
    const json_t *claim = json_object_get(claims, "auth_time");
    *out = 0;
    if (!claim)
        return true;
    if (!json_is_integer(claim) || json_integer_value(claim) <= 0 ||
        json_integer_value(claim) > now + JWS_SKEW_S)
        return false;
    *out = json_integer_value(claim);
    return true;
}

/* When they were to prove it again, it was after they were sent (S-JWT-4). */
static bool is_fresh(int64_t auth_time, const struct login *login)
{
    return !*login->anew || auth_time + JWS_SKEW_S >= login->started_at;
}

static const char *short_text(const json_t *claims, const char *name)
{
    const char *text = jws_text(claims, name);
    return text && strlen(text) <= TEXT_MAX_BYTES ? text : NULL;
}

static bool read_claims(struct arena *arena, const json_t *claims,
                        const struct id_token_rules *rules, struct id_token *out,
                        enum id_token_refusal *why, struct error *err)
{
    int64_t auth_time;
    const char *acr = acr_of(claims, rules->legacy_levels);
    const char *pid = jws_text(claims, rules->pid_claim);
    const char *sid = short_text(claims, "sid");
    if (!is_ours(claims, rules->login))
        return refuse(why, ID_TOKEN_NOT_GOOD, err, "nonce is not the one we sent");
    if (!short_text(claims, "sub"))
        return refuse(why, ID_TOKEN_NOT_GOOD, err, "no sub");
    if (json_object_get(claims, "sid") && !sid)
        return refuse(why, ID_TOKEN_NOT_GOOD, err, "sid is not a text");
    if (!read_auth_time(claims, rules->now, &auth_time))
        return refuse(why, ID_TOKEN_NOT_GOOD, err, "auth_time is no time");
    if (level_of(acr) < level_of(rules->login->acr))
        return refuse(why, ID_TOKEN_TOO_LOW, err, "acr is lower than what we asked for");
    if (!is_fresh(auth_time, rules->login))
        return refuse(why, ID_TOKEN_TOO_OLD, err, "auth_time is before we asked");
    if (!pid || !mod11_is_fnr(pid))
        return refuse(why, ID_TOKEN_NO_NUMBER, err, "no identity number");
    *out = (struct id_token){.pid = arena_text(arena, pid),
                             .name = name_to_show(arena, jws_text(claims, "name")),
                             .login = {.acr = arena_text(arena, acr),
                                       .issuer = rules->issuer,
                                       .sid = arena_text(arena, sid ? sid : ""),
                                       .auth_time = auth_time}};
    return true;
}

bool id_token_read(struct arena *arena, struct jwks *keys, const char *token,
                   const struct id_token_rules *rules, struct id_token *out,
                   enum id_token_refusal *why, struct error *err)
{
    const struct jws_rules signature = {.algorithms = rules->algorithms,
                                        .types = "JWT",
                                        .issuer = rules->issuer,
                                        .audience = rules->client_id,
                                        .now = rules->now};
    CLEANUP(jws_close) json_t *claims = NULL;
    *why = ID_TOKEN_NOT_GOOD;
    if (!jwks_read_token(keys, arena, token, &signature, &claims, err) ||
        !read_claims(arena, claims, rules, out, why, err))
        return false;
    out->login.id_token = arena_text(arena, token);
    return true;
}
