#include "engine/sandbox/sandbox_login.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_grant.h"
#include "engine/sandbox/sandbox_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOW_MS = 4000, TOKEN_MOST_S = 3600 };
enum mode { NORMAL, DOWN, SLOW, GARBAGE, REFUSE, BREAK };

static const char *const mode_names[] = {
    [NORMAL] = "normal",   [DOWN] = "down",     [SLOW] = "slow",
    [GARBAGE] = "garbage", [REFUSE] = "refuse", [BREAK] = "error",
};

char *sandbox_login_issuer(const struct sandbox_world *world, struct arena *arena)
{
    return arena_printf(arena, "%s" SANDBOX_LOGIN_PATH, world->mailbox_url);
}

/* ---- its keys ---- */

static void close_key(struct sandbox_login_key *key)
{
    crypto_key_close(&key->key);
    crypto_key_close(&key->certificate);
}

void sandbox_login_finish(struct sandbox_login *login)
{
    while (login->key_count)
        close_key(&login->keys[--login->key_count]);
}

/* Puts a new one first; the oldest goes when there is no more room. */
static void add_key(struct sandbox_login *login)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct sandbox_login_key made = {.key = NULL};
    struct bytes key_pem, certificate_pem;
    crypto_make_certificate(arena, "Sandkasse: Maskinporten", &key_pem, &certificate_pem);
    if (!crypto_private_key_open(key_pem, "key", &made.key, NULL) ||
        !crypto_certificate_open(certificate_pem, "certificate", &made.certificate, NULL))
        abort(); /* it was made just now */
    const char *kid = crypto_random_id(arena, 96);
    memcpy(made.kid, kid, strlen(kid) + 1);
    if (login->key_count == SANDBOX_LOGIN_KEYS)
        close_key(&login->keys[--login->key_count]);
    memmove(login->keys + 1, login->keys, login->key_count * sizeof *login->keys);
    login->keys[0] = made;
    login->key_count++;
}

void sandbox_login_init(struct sandbox_login *login)
{
    add_key(login);
}

static const struct sandbox_login_key *signing_key(const struct sandbox_login *login)
{
    return &login->keys[0];
}

static json_t *describe_key(struct arena *arena, const struct sandbox_login_key *key)
{
    struct bytes n, e;
    if (!crypto_rsa_numbers(arena, key->certificate, &n, &e))
        abort(); /* it was made as an RSA key */
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "use", "sig", "alg", "RS256",
                     "kid", key->kid, "n", codec_base64url(arena, n), "e",
                     codec_base64url(arena, e));
}

/* ---- how it behaves ---- */

static enum mode take_mode(struct sandbox_login *login)
{
    enum mode mode = (enum mode)login->mode;
    if (login->left && --login->left == 0)
        login->mode = NORMAL;
    return mode;
}

/* Nobody else waits meanwhile. */
static void pause_slowly(struct sandbox_world *world)
{
    pthread_mutex_unlock(&world->lock);
    for (int waited = 0; waited < SLOW_MS && !atomic_load(&world->is_closing); waited += 20)
        nanosleep(&(struct timespec){.tv_nsec = 20000000L}, NULL);
    pthread_mutex_lock(&world->lock);
}

/* True when the request is to be answered; else the response is set. */
static bool may_answer(struct sandbox_world *world, struct request *request,
                       struct response *response)
{
    switch (take_mode(&world->login)) {
    case NORMAL:
        return true;
    case SLOW:
        pause_slowly(world);
        return true;
    case DOWN:
        response_drop(response);
        return false;
    case GARBAGE:
        response_bytes(response, 200, "application/json", BYTES_OF("{\"keys\": [{"));
        return false;
    case REFUSE:
        sandbox_json(request, response, 400,
                     json_pack("{s:s, s:s}", "error", "invalid_grant", "error_description",
                               "MP-100 client authentication failed"));
        return false;
    case BREAK:
        response_text(response, 500, "500\n");
        return false;
    }
    return false;
}

void sandbox_login_control(void *context, struct request *request, struct response *response)
{
    struct sandbox_login *login = &((struct sandbox_world *)context)->login;
    const char *mode = request_field(request, "mode"), *answers = request_field(request, "answers");
    bool known = text_equal(mode, "rotate") || text_equal(mode, "forget");
    if (text_equal(mode, "rotate"))
        add_key(login);
    while (text_equal(mode, "forget") && login->key_count > 1)
        close_key(&login->keys[--login->key_count]);
    for (size_t i = 0; i < COUNT(mode_names); i++)
        if (text_equal(mode_names[i], mode)) {
            login->mode = (int)i;
            login->left = answers ? (int)strtol(answers, NULL, 10) : 0;
            known = true;
        }
    if (known)
        sandbox_json(request, response, 200, json_pack("{s:b}", "ok", 1));
    else
        response_text(response, 422, "no such mode\n");
}

/* ---- what it publishes ---- */

void sandbox_login_metadata(void *context, struct request *request, struct response *response)
{
    const struct sandbox_world *world = context;
    const char *issuer = sandbox_login_issuer(world, request->arena);
    sandbox_json(request, response, 200,
                 json_pack("{s:s, s:o, s:o, s:[s], s:[s]}", "issuer", issuer, "token_endpoint",
                           json_sprintf("%stoken", issuer), "jwks_uri",
                           json_sprintf("%sjwk", issuer), "grant_types_supported",
                           "urn:ietf:params:oauth:grant-type:jwt-bearer",
                           "token_endpoint_auth_methods_supported", "private_key_jwt"));
}

void sandbox_login_jwks(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    if (!may_answer(world, request, response))
        return;
    signing_key(&world->login); /* so that there is one */
    json_t *keys = json_array();
    for (size_t i = 0; i < world->login.key_count; i++)
        json_array_append_new(keys, describe_key(request->arena, &world->login.keys[i]));
    sandbox_json(request, response, 200, json_pack("{s:o}", "keys", keys));
}

/* ---- tokens ---- */

static char *encode(struct arena *arena, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    char *encoded = codec_base64url(arena, BYTES_OF(text));
    free(text);
    return encoded;
}

/* Takes the claims over. */
static char *sign(struct arena *arena, const struct sandbox_login_key *key, const char *kid,
                  json_t *claims)
{
    json_t *header = json_pack("{s:s, s:s}", "kid", kid, "alg", "RS256");
    char *message = arena_printf(arena, "%s.%s", encode(arena, header), encode(arena, claims));
    struct bytes signature;
    if (!crypto_sign_rs256(arena, key->key, BYTES_OF(message), &signature, NULL))
        abort(); /* it was made as an RSA key */
    return arena_printf(arena, "%s.%s", message, codec_base64url(arena, signature));
}

static json_t *organisation(const char *number)
{
    return number ? json_pack("{s:s, s:o}", "authority", "iso6523-actorid-upis", "ID",
                              json_sprintf("0192:%s", number))
                  : NULL;
}

static json_t *claims_of(const struct sandbox_world *world, struct arena *arena,
                         const struct sandbox_grant *grant, int seconds)
{
    int64_t now = clock_now();
    const char *delegation = grant->supplier ? "https://altinn.sandkasse.example" : NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:o*, s:o*, s:s*, s:s*, s:s, s:I, s:I, s:s}", "iss",
                     sandbox_login_issuer(world, arena), "client_id", grant->client_id,
                     "client_amr", grant->method, "scope", grant->scope, "consumer",
                     organisation(grant->consumer), "supplier", organisation(grant->supplier),
                     "delegation_source", delegation, "aud", grant->audience, "token_type",
                     "Bearer", "iat", (json_int_t)now, "exp", (json_int_t)(now + seconds), "jti",
                     crypto_random_id(arena, 256));
}

static void give_token(struct request *request, struct response *response, const char *token,
                       const char *scope, int seconds)
{
    sandbox_json(request, response, 200,
                 json_pack("{s:s, s:s, s:i, s:s}", "access_token", token, "token_type", "Bearer",
                           "expires_in", seconds, "scope", scope));
}

void sandbox_login_token(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    if (!may_answer(world, request, response))
        return;
    const char *kind = request_field(request, "grant_type");
    const char *assertion = request_field(request, "assertion");
    struct sandbox_grant_refusal refusal = {"invalid_request", "MP-011 grant_type or assertion"};
    struct sandbox_grant grant;
    bool asked_well = text_equal(kind, "urn:ietf:params:oauth:grant-type:jwt-bearer") && assertion;
    if (!asked_well || !sandbox_grant_read(world, request->arena, assertion, &grant, &refusal)) {
        sandbox_json(request, response, 400,
                     json_pack("{s:s, s:s}", "error", refusal.error, "error_description",
                               refusal.description));
        return;
    }
    json_t *claims = claims_of(world, request->arena, &grant, SANDBOX_LOGIN_TOKEN_S);
    const struct sandbox_login_key *key = signing_key(&world->login);
    give_token(request, response, sign(request->arena, key, key->kid, claims), grant.scope,
               SANDBOX_LOGIN_TOKEN_S);
}

/* ---- tokens by hand ---- */

static const char *field_or(const struct request *request, const char *name, const char *otherwise)
{
    const char *value = request_field(request, name);
    return text_is_empty(value) ? otherwise : value;
}

/* Claims made wrong in one way. */
static void spoil_claims(json_t *claims, const char *wrong)
{
    int64_t now = clock_now();
    if (text_equal(wrong, "expired")) {
        json_object_set_new(claims, "iat", json_integer(now - 720));
        json_object_set_new(claims, "exp", json_integer(now - 600));
    } else if (text_equal(wrong, "future")) {
        json_object_set_new(claims, "iat", json_integer(now + 600));
        json_object_set_new(claims, "exp", json_integer(now + 720));
    } else if (text_equal(wrong, "issuer")) {
        json_object_set_new(claims, "iss", json_string("https://other.example/"));
    } else if (text_equal(wrong, "audience")) {
        json_object_set_new(claims, "aud", json_string("https://other.example"));
    } else if (text_equal(wrong, "login")) {
        json_object_set_new(claims, "nonce", json_string("n-0S6_WzA2Mj"));
        json_object_set_new(claims, "acr", json_string("idporten-loa-high"));
        json_object_set_new(claims, "sub", json_string("somebody"));
    } else if (text_equal(wrong, "consumer")) {
        json_object_del(claims, "consumer");
    }
}

/* A token whose header or signature is wrong in one way; takes the claims over. */
static char *sign_wrongly(struct arena *arena, const struct sandbox_login_key *key, json_t *claims,
                          const char *wrong)
{
    if (text_equal(wrong, "key"))
        return sign(arena, key, "another", claims);
    if (text_equal(wrong, "none"))
        return arena_printf(arena, "%s.%s.",
                            encode(arena, json_pack("{s:s, s:s}", "kid", key->kid, "alg", "none")),
                            encode(arena, claims));
    if (text_equal(wrong, "hs256")) {
        struct bytes n, e;
        if (!crypto_rsa_numbers(arena, key->certificate, &n, &e))
            abort();
        json_t *header = json_pack("{s:s, s:s}", "kid", key->kid, "alg", "HS256");
        char *message = arena_printf(arena, "%s.%s", encode(arena, header), encode(arena, claims));
        struct crypto_sha256 mac = crypto_hmac(n, BYTES_OF(message));
        return arena_printf(arena, "%s.%s", message,
                            codec_base64url(arena, (struct bytes){mac.bytes, sizeof mac.bytes}));
    }
    char *token = sign(arena, key, key->kid, claims);
    if (text_equal(wrong, "signature")) {
        char *first = strrchr(token, '.') + 1;
        *first = *first == 'A' ? 'B' : 'A';
    }
    return token;
}

void sandbox_login_control_token(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const char *wrong = field_or(request, "wrong", "");
    long seconds = strtol(field_or(request, "seconds", "120"), NULL, 10);
    if (seconds < 1 || seconds > TOKEN_MOST_S) {
        response_text(response, 422, "seconds must be 1 to 3600\n");
        return;
    }
    const struct sandbox_grant grant = {
        .client_id = "sandkasse-annen-etat",
        .method = "private_key_jwt",
        .scope = field_or(request, "scope", SANDBOX_LOGIN_SCOPES),
        .consumer = field_or(request, "organisation", SANDBOX_PEOPLE_TAX_NUMBER),
        .supplier = field_or(request, "supplier", NULL),
        .audience = field_or(request, "audience", SANDBOX_LOGIN_AUDIENCE),
    };
    json_t *claims = claims_of(world, request->arena, &grant, (int)seconds);
    spoil_claims(claims, wrong);
    const struct sandbox_login_key *key = signing_key(&world->login);
    give_token(request, response, sign_wrongly(request->arena, key, claims, wrong), grant.scope,
               (int)seconds);
}

/* ---- at the registers ---- */

static bool is_signed_here(struct sandbox_login *login, struct arena *arena, const char *token,
                           const char *end)
{
    struct bytes signature;
    struct bytes message = {(const unsigned char *)token, (size_t)(end - token)};
    if (!codec_unbase64url(arena, end + 1, &signature))
        return false;
    for (size_t i = 0; i < login->key_count; i++)
        if (crypto_verify_rs256(login->keys[i].certificate, message, signature))
            return true;
    return false;
}

json_t *sandbox_login_claims(struct sandbox_world *world, struct arena *arena, const char *header)
{
    if (!header || !text_starts_with(header, "Bearer "))
        return NULL;
    const char *token = header + strlen("Bearer ");
    const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || !is_signed_here(&world->login, arena, token, second))
        return NULL;
    struct bytes json;
    char *middle = arena_printf(arena, "%.*s", (int)(second - first - 1), first + 1);
    return codec_unbase64url(arena, middle, &json)
               ? json_loadb((const char *)json.data, json.size, 0, NULL)
               : NULL;
}

int sandbox_login_check(struct sandbox_world *world, struct arena *arena, const char *header,
                        const char *scope)
{
    json_t *claims = sandbox_login_claims(world, arena, header);
    bool alive = json_integer_value(json_object_get(claims, "exp")) > clock_now();
    const char *scopes = json_string_value(json_object_get(claims, "scope"));
    bool may = scopes && text_has_word(scopes, scope);
    json_decref(claims);
    return !alive ? 401 : may ? 200 : 403;
}
