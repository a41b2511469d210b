#include "engine/login/idporten.h"

#include "engine/base/breaker.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <jansson.h>
#include <string.h>

enum {
    SECRET_BITS = 256,
    WAIT_MS = 1000,        /* for a place among the calls */
    HINT_MAX_BYTES = 3000, /* of an id token in an address; a longer one is not sent along */
    CODE_MAX_BYTES = 2048,
};

struct idporten {
    struct arena *arena;
    struct idporten_settings settings;
    const char *origins;
    struct discoveries *discoveries;
    struct client_calls *calls;
    struct breaker *breaker;
};

bool idporten_open(const struct idporten_settings *settings, struct idporten **out,
                   struct error *err)
{
    if (!*settings->client.client_id)
        return error_set(err, ERROR_INVALID, "idporten_issuer is set, but not idporten_client");
    if (!text_has_word(settings->scope, "openid"))
        return error_set(err, ERROR_INVALID, "idporten_scope must have the word openid");
    struct arena *arena = arena_open();
    struct idporten *idporten = ARENA_NEW(arena, struct idporten);
    *idporten = (struct idporten){.arena = arena, .settings = *settings};
    if (!discovery_origins(arena, &settings->provider, &idporten->origins, err) ||
        !client_calls_open(&settings->client, &idporten->calls, err)) {
        arena_close(&arena);
        return false;
    }
    discoveries_open(&settings->provider, &idporten->discoveries);
    breaker_open_narrow(settings->calls_at_once, BREAKER_REST_MS, &idporten->breaker);
    *out = idporten;
    return true;
}

void idporten_close(struct idporten **idporten)
{
    if (!*idporten)
        return;
    breaker_close(&(*idporten)->breaker);
    discoveries_close(&(*idporten)->discoveries);
    client_calls_close(&(*idporten)->calls);
    struct arena *arena = (*idporten)->arena;
    *idporten = NULL;
    arena_close(&arena);
}

/* ---- calls ---- */

/* A call that has its place; left by leave. */
static bool enter(struct idporten *idporten, struct discovery_lease **lease, struct error *err)
{
    if (!breaker_enter(idporten->breaker, WAIT_MS, err))
        return false;
    if (discoveries_borrow(idporten->discoveries, lease, err))
        return true;
    breaker_leave(idporten->breaker, false);
    return false;
}

/* It is out of order when it does not answer; a no is an answer. */
static void leave(struct idporten *idporten, struct discovery_lease **lease, bool done,
                  const struct error *err)
{
    breaker_leave(idporten->breaker, done || err->code != ERROR_UNAVAILABLE);
    discoveries_return(lease);
}

/* What it says of itself. Once that is known nothing is asked of it, so that it is no matter
 * whether it answers, or how many wait for it. */
static bool look_up(struct idporten *idporten, struct discovery_lease **lease, struct error *err)
{
    *lease = discoveries_known(idporten->discoveries);
    if (*lease)
        return true;
    if (!enter(idporten, lease, err))
        return false;
    breaker_leave(idporten->breaker, true);
    return true;
}

/* ---- out ---- */

const char *idporten_challenge(struct arena *arena, const char *verifier)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(verifier));
    return codec_base64url(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

/* Asks the provider to keep the request: the browser then carries only the name of it. */
static bool push(struct idporten *idporten, struct arena *arena, const char *url,
                 const struct client_field *fields, size_t count, const char **request_uri,
                 struct error *err)
{
    CLEANUP(jws_close) json_t *answer = NULL;
    if (!client_call_post(idporten->calls, arena, url, fields, count, &answer, err))
        return false;
    const char *text = jws_text(answer, "request_uri");
    if (!text)
        return error_set(err, ERROR_UNAVAILABLE, "the OpenID provider keeps no request");
    *request_uri = arena_text(arena, text);
    return true;
}

static const char *with_query(struct arena *arena, const char *url,
                              const struct client_field *fields, size_t count)
{
    return arena_printf(arena, "%s%c%s", url, strchr(url, '?') ? '&' : '?',
                        client_call_form(arena, fields, count));
}

static bool write_address(struct idporten *idporten, struct arena *arena,
                          const struct discovery *provider, const struct idporten_wish *wish,
                          const struct login *login, const char **address, struct error *err)
{
    const struct idporten_settings *settings = &idporten->settings;
    const struct client_field client = {"client_id", settings->client.client_id};
    const struct client_field fields[] = {
        {"response_type", "code"},
        {"redirect_uri", arena_printf(arena, "%s" IDPORTEN_PATH_BACK, wish->origin)},
        {"scope", settings->scope},
        {"state", login->state},
        {"nonce", login->nonce},
        {"code_challenge", idporten_challenge(arena, login->verifier)},
        {"code_challenge_method", "S256"},
        {"acr_values", login->acr},
        {"ui_locales", wish->language},
        {"prompt", wish->anew ? "login" : NULL},
    };
    const char *request_uri = NULL;
    if (*provider->pushed &&
        !push(idporten, arena, provider->pushed, fields, COUNT(fields), &request_uri, err))
        return false;
    const struct client_field pushed[] = {client, {"request_uri", request_uri}};
    *address = request_uri ? with_query(arena, provider->authorization, pushed, COUNT(pushed))
                           : arena_printf(arena, "%s&%s",
                                          with_query(arena, provider->authorization, &client, 1),
                                          client_call_form(arena, fields, COUNT(fields)));
    return true;
}

bool idporten_begin(struct idporten *idporten, struct arena *arena,
                    const struct idporten_wish *wish, struct login *login, const char **address,
                    struct error *err)
{
    login->state = crypto_random_id(arena, SECRET_BITS);
    login->nonce = crypto_random_id(arena, SECRET_BITS);
    login->verifier = crypto_random_id(arena, SECRET_BITS);
    login->acr = wish->acr;
    login->anew = wish->anew ? "ja" : "";
    struct discovery_lease *lease = NULL;
    if (!enter(idporten, &lease, err))
        return false;
    bool done = write_address(idporten, arena, discovery_of(lease), wish, login, address, err);
    leave(idporten, &lease, done, err);
    return done;
}

/* ---- back ---- */

bool idporten_check(struct idporten *idporten, const struct login *login, const char *state,
                    const char *issuer, struct error *err)
{
    if (!state || !*login->state || !crypto_equal(BYTES_OF(state), BYTES_OF(login->state)))
        return error_set(err, ERROR_DENIED, "the login was begun elsewhere: state is another");
    if (issuer && !text_equal(issuer, idporten->settings.provider.issuer))
        return error_set(err, ERROR_DENIED, "the answer is another provider's: iss is another");
    if (issuer)
        return true;
    struct discovery_lease *lease = NULL;
    if (!look_up(idporten, &lease, err))
        return false;
    bool says_issuer = discovery_of(lease)->says_issuer;
    discoveries_return(&lease);
    return !says_issuer || error_set(err, ERROR_DENIED, "the answer lacks iss");
}

/* RFC 6749 4.1.3; *id_token is in the arena. */
static bool redeem(struct idporten *idporten, struct arena *arena, const char *url,
                   const char *origin, const struct login *login, const char *code,
                   const char **id_token, struct error *err)
{
    const struct client_field fields[] = {
        {"grant_type", "authorization_code"},
        {"code", code},
        {"redirect_uri", arena_printf(arena, "%s" IDPORTEN_PATH_BACK, origin)},
        {"code_verifier", login->verifier},
    };
    CLEANUP(jws_close) json_t *answer = NULL;
    if (!client_call_post(idporten->calls, arena, url, fields, COUNT(fields), &answer, err))
        return false;
    const char *text = jws_text(answer, "id_token");
    if (!text || strlen(text) > JWS_MAX_BYTES)
        return error_set(err, ERROR_REFUSED, "the OpenID provider gave no id token");
    *id_token = arena_text(arena, text);
    return true;
}

bool idporten_finish(struct idporten *idporten, struct arena *arena, const char *origin,
                     const struct login *login, const char *code, struct id_token *out,
                     enum id_token_refusal *why, struct error *err)
{
    const struct idporten_settings *settings = &idporten->settings;
    *why = ID_TOKEN_NOT_GOOD;
    if (!*code || strlen(code) > CODE_MAX_BYTES)
        return error_set(err, ERROR_DENIED, "the answer has no code");
    struct discovery_lease *lease = NULL;
    if (!enter(idporten, &lease, err))
        return false;
    const struct discovery *provider = discovery_of(lease);
    const struct id_token_rules rules = {.issuer = settings->provider.issuer,
                                         .client_id = settings->client.client_id,
                                         .algorithms = provider->algorithms,
                                         .pid_claim = settings->pid_claim,
                                         .legacy_levels = settings->legacy_levels,
                                         .login = login,
                                         .now = clock_now()};
    const char *id_token;
    bool done = redeem(idporten, arena, provider->token, origin, login, code, &id_token, err) &&
                id_token_read(arena, provider->keys, id_token, &rules, out, why, err);
    leave(idporten, &lease, done, err);
    return done;
}

/* ---- leaving ---- */

const char *idporten_leave(struct idporten *idporten, struct arena *arena, const char *origin,
                           const struct session_login *login)
{
    struct discovery_lease *lease = NULL;
    struct error err = {0};
    if (!text_equal(login->issuer, idporten->settings.provider.issuer) ||
        !look_up(idporten, &lease, &err))
        return NULL;
    bool has_hint = *login->id_token && strlen(login->id_token) <= HINT_MAX_BYTES;
    const struct client_field fields[] = {
        {"id_token_hint", has_hint ? login->id_token : NULL},
        {"client_id", idporten->settings.client.client_id},
        {"post_logout_redirect_uri", arena_printf(arena, "%s" IDPORTEN_PATH_LOGGED_OUT, origin)},
        {"state", crypto_random_id(arena, SECRET_BITS)},
    };
    const char *url = discovery_of(lease)->end_session;
    const char *address = *url ? with_query(arena, url, fields, COUNT(fields)) : NULL;
    discoveries_return(&lease);
    return address;
}

const char *idporten_issuer(const struct idporten *idporten)
{
    return idporten->settings.provider.issuer;
}

bool idporten_is_issuer(const struct idporten *idporten, const char *issuer)
{
    const char *own = idporten->settings.provider.issuer;
    size_t size = strlen(own), said = strlen(issuer);
    size -= size && own[size - 1] == '/';
    said -= said && issuer[said - 1] == '/';
    return size == said && strncmp(own, issuer, size) == 0;
}

const char *idporten_origins(const struct idporten *idporten)
{
    return idporten->origins;
}
