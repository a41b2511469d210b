#include "engine/sandbox/sandbox_idporten_claims.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/sandbox/sandbox_idporten_clients.h"
#include "engine/sandbox/sandbox_idporten_keys.h"

#include <stdlib.h>
#include <string.h>

enum { ID_TOKEN_S = 120, LONG_AGO_S = 3600 };

#define ELSEWHERE "https://idporten.example"

char *sandbox_idporten_subject(const struct sandbox_world *world, struct arena *arena,
                               const struct sandbox_idporten_grant *grant)
{
    const struct crypto_sha256 *key = &world->idporten.pairwise;
    const char *whose = arena_printf(arena, "%s %s", grant->asked.client->id, grant->pid);
    struct crypto_sha256 mac =
        crypto_hmac((struct bytes){key->bytes, sizeof key->bytes}, BYTES_OF(whose));
    return codec_base64url(arena, (struct bytes){mac.bytes, sizeof mac.bytes});
}

static json_t *claims_of(const struct sandbox_world *world, struct arena *arena,
                         const struct sandbox_idporten_grant *grant)
{
    int64_t now = clock_now();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s], s:I, s:I, s:I, s:s, s:s, s:s, s:s}", "iss",
                     sandbox_idporten_issuer_of(world, arena), "aud", grant->asked.client->id,
                     "sub", sandbox_idporten_subject(world, arena, grant), "pid", grant->pid, "acr",
                     sandbox_idporten_level_name(grant->level), "amr", "TestID", "auth_time",
                     (json_int_t)grant->auth_time, "iat", (json_int_t)now, "exp",
                     (json_int_t)(now + ID_TOKEN_S), "jti", crypto_random_id(arena, 128), "nonce",
                     grant->asked.nonce, "locale", grant->asked.language, "sid", grant->sid);
}

/* ---- claims that must be refused ---- */

struct spoiling {
    struct sandbox_world *world;
    struct arena *arena;
    const struct sandbox_idporten_grant *grant;
    json_t *claims;
};

static bool is_on(const struct spoiling *spoiling, enum sandbox_idporten_fault fault)
{
    return sandbox_idporten_faulty(spoiling->world, fault);
}

static void say(const struct spoiling *spoiling, const char *name, const char *value)
{
    json_object_set_new(spoiling->claims, name, json_string(value));
}

static void say_times(const struct spoiling *spoiling, int64_t issued)
{
    json_object_set_new(spoiling->claims, "iat", json_integer(issued));
    json_object_set_new(spoiling->claims, "exp", json_integer(issued + ID_TOKEN_S));
}

static void spoil_level(const struct spoiling *spoiling)
{
    const struct sandbox_idporten_grant *grant = spoiling->grant;
    if (is_on(spoiling, SANDBOX_IDPORTEN_LOWER_ACR))
        say(spoiling, "acr",
            sandbox_idporten_level_name(grant->asked.level ? grant->asked.level - 1
                                                           : SANDBOX_IDPORTEN_LOW));
    if (is_on(spoiling, SANDBOX_IDPORTEN_OLD_ACR))
        say(spoiling, "acr", grant->level == SANDBOX_IDPORTEN_HIGH ? "Level4" : "Level3");
    if (is_on(spoiling, SANDBOX_IDPORTEN_OLD_AMR))
        say(spoiling, "amr", "Minid-PIN");
}

static void spoil_person(const struct spoiling *spoiling)
{
    if (is_on(spoiling, SANDBOX_IDPORTEN_NO_PID))
        json_object_del(spoiling->claims, "pid");
    if (is_on(spoiling, SANDBOX_IDPORTEN_INVALID_PID)) {
        char *pid = arena_text(spoiling->arena, spoiling->grant->pid);
        pid[10] = pid[10] == '9' ? '0' : (char)(pid[10] + 1);
        say(spoiling, "pid", pid);
    }
    if (is_on(spoiling, SANDBOX_IDPORTEN_NO_SID))
        json_object_del(spoiling->claims, "sid");
}

static void spoil_times(const struct spoiling *spoiling)
{
    int64_t now = clock_now();
    if (is_on(spoiling, SANDBOX_IDPORTEN_EXPIRED))
        say_times(spoiling, now - LONG_AGO_S);
    if (is_on(spoiling, SANDBOX_IDPORTEN_IAT_FUTURE))
        say_times(spoiling, now + LONG_AGO_S);
    if (is_on(spoiling, SANDBOX_IDPORTEN_OLD_AUTH_TIME))
        json_object_set_new(spoiling->claims, "auth_time", json_integer(now - LONG_AGO_S));
}

static void spoil(const struct spoiling *spoiling)
{
    spoil_level(spoiling);
    spoil_person(spoiling);
    spoil_times(spoiling);
    if (is_on(spoiling, SANDBOX_IDPORTEN_WRONG_NONCE))
        say(spoiling, "nonce", crypto_random_id(spoiling->arena, 256));
    if (is_on(spoiling, SANDBOX_IDPORTEN_WRONG_AUD))
        say(spoiling, "aud", SANDBOX_IDPORTEN_OTHER_CLIENT);
    if (is_on(spoiling, SANDBOX_IDPORTEN_SEVERAL_AUD))
        json_object_set_new(
            spoiling->claims, "aud",
            json_pack("[s, s]", spoiling->grant->asked.client->id, SANDBOX_IDPORTEN_OTHER_CLIENT));
    if (is_on(spoiling, SANDBOX_IDPORTEN_WRONG_ISS))
        say(spoiling, "iss", ELSEWHERE);
}

/* ---- signatures that must be refused ---- */

static json_t *header_of(const char *kid, const char *algorithm)
{
    return json_pack("{s:s, s:s}", "kid", kid, "alg", algorithm);
}

/* "header.claims." with nothing behind. */
static char *unsigned_token(const struct spoiling *spoiling, json_t *header)
{
    const struct sandbox_idporten_key *key = sandbox_idporten_key(spoiling->world);
    char *token = sandbox_idporten_sign(spoiling->arena, key->key, header, spoiling->claims);
    strrchr(token, '.')[1] = '\0';
    return token;
}

/* With the published key as the secret that both know. */
static char *symmetric_token(const struct spoiling *spoiling,
                             const struct sandbox_idporten_key *key)
{
    struct bytes n, e;
    if (!crypto_rsa_numbers(spoiling->arena, key->certificate, &n, &e))
        abort(); /* it was made as an RSA key */
    char *token = unsigned_token(spoiling, header_of(key->kid, "HS256"));
    struct bytes message = {(const unsigned char *)token, strlen(token) - 1};
    struct crypto_sha256 mac = crypto_hmac(n, message);
    return arena_printf(
        spoiling->arena, "%s%s", token,
        codec_base64url(spoiling->arena, (struct bytes){mac.bytes, sizeof mac.bytes}));
}

/* By the program's own key, which is not ours. */
static char *foreign_token(const struct spoiling *spoiling, json_t *header)
{
    return sandbox_idporten_sign(spoiling->arena, spoiling->world->idporten.client_key, header,
                                 spoiling->claims);
}

static char *sign(const struct spoiling *spoiling)
{
    const struct sandbox_idporten_key *key = sandbox_idporten_key(spoiling->world);
    if (is_on(spoiling, SANDBOX_IDPORTEN_ALG_NONE))
        return unsigned_token(spoiling, header_of(key->kid, "none"));
    if (is_on(spoiling, SANDBOX_IDPORTEN_HS256))
        return symmetric_token(spoiling, key);
    if (is_on(spoiling, SANDBOX_IDPORTEN_FOREIGN_KEY))
        return foreign_token(spoiling, header_of(key->kid, "RS256"));
    if (is_on(spoiling, SANDBOX_IDPORTEN_JKU)) {
        json_t *header = header_of(key->kid, "RS256");
        json_object_set_new(header, "jku", json_string(ELSEWHERE "/jwk"));
        json_object_set_new(header, "x5u", json_string(ELSEWHERE "/x5u"));
        return foreign_token(spoiling, header);
    }
    const char *kid = is_on(spoiling, SANDBOX_IDPORTEN_UNKNOWN_KID) ? "another" : key->kid;
    return sandbox_idporten_sign(spoiling->arena, key->key, header_of(kid, "RS256"),
                                 spoiling->claims);
}

char *sandbox_idporten_id_token(struct sandbox_world *world, struct arena *arena,
                                const struct sandbox_idporten_grant *grant)
{
    const struct spoiling spoiling = {
        .world = world, .arena = arena, .grant = grant, .claims = claims_of(world, arena, grant)};
    spoil(&spoiling);
    return sign(&spoiling);
}
