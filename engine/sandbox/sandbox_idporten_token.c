#include "engine/sandbox/sandbox_idporten_token.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_claims.h"
#include "engine/sandbox/sandbox_idporten_clients.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_json.h"

#include <string.h>

enum { SLOW_MS = 4000, LONGER_BYTES = 4 * 1024 * 1024 };
enum { VERIFIER_LEAST = 43, VERIFIER_MOST = 128 }; /* RFC 7636 4.1 */

/* ---- misbehaving ---- */

static void answer_longer(struct request *request, struct response *response)
{
    char *body = arena_alloc(request->arena, LONGER_BYTES + 1);
    memset(body, ' ', LONGER_BYTES);
    response_bytes(response, 200, "application/json", BYTES_OF(body));
}

/* True when that was the answer. */
static bool misbehaves(struct sandbox_world *world, struct request *request,
                       struct response *response)
{
    if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_TOKEN_500))
        response_text(response, 500, "500\n");
    else if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_TOKEN_DOWN))
        response_drop(response);
    else if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_TOKEN_GARBAGE))
        response_bytes(response, 200, "application/json", BYTES_OF("{\"id_token\": [{"));
    else if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_TOKEN_LONGER))
        answer_longer(request, response);
    else
        return false;
    return true;
}

/* Nobody else waits meanwhile. */
static void pause_slowly(struct sandbox_world *world)
{
    pthread_mutex_unlock(&world->lock);
    sandbox_world_pause(world, SLOW_MS);
    pthread_mutex_lock(&world->lock);
}

/* ---- the code ---- */

static struct sandbox_idporten_grant *find_grant(struct sandbox_world *world, const char *code)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(code));
    for (size_t i = 0; i < SANDBOX_IDPORTEN_KEPT; i++) {
        struct sandbox_idporten_grant *grant = &world->idporten.grants[i];
        if (grant->is_kept && memcmp(&grant->code, &digest, sizeof digest) == 0)
            return grant;
    }
    return NULL;
}

/* RFC 7636 4.6 */
static bool is_verifier(struct arena *arena, const char *verifier, const char *challenge)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t size = verifier ? strlen(verifier) : 0;
    if (size < VERIFIER_LEAST || size > VERIFIER_MOST || strspn(verifier, unreserved) != size)
        return false;
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(verifier));
    return text_equal(codec_base64url(arena, (struct bytes){digest.bytes, sizeof digest.bytes}),
                      challenge);
}

/* NULL: the code is good for that client, and is used up; else what is wrong. A code that was
 * used takes its access token with it (RFC 6749 4.1.2). */
static const char *redeem(struct sandbox_world *world, struct request *request,
                          const struct sandbox_idporten_client *client,
                          struct sandbox_idporten_grant **out)
{
    const char *code = request_field(request, "code");
    struct sandbox_idporten_grant *grant = code ? find_grant(world, code) : NULL;
    if (!grant || grant->asked.client != client)
        return "no such code for this client";
    if (grant->is_used && !sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_CODE_AGAIN)) {
        grant->is_kept = false;
        return "the code was used before";
    }
    grant->is_used = true;
    if (sandbox_idporten_now(world) > grant->until)
        return "the code is too old";
    if (!text_equal(request_field(request, "redirect_uri"), grant->asked.redirect_uri))
        return "redirect_uri is not that of the authorization request";
    if (!is_verifier(request->arena, request_field(request, "code_verifier"),
                     grant->asked.challenge))
        return "code_verifier does not fit code_challenge";
    *out = grant;
    return NULL;
}

static void give(struct sandbox_world *world, struct request *request, struct response *response,
                 struct sandbox_idporten_grant *grant)
{
    const char *access = crypto_random_id(request->arena, 256);
    grant->token = crypto_sha256(BYTES_OF(access));
    grant->until = sandbox_idporten_now(world) + SANDBOX_IDPORTEN_TOKEN_S;
    const char *id_token = sandbox_idporten_id_token(world, request->arena, grant);
    sandbox_json(request, response, 200,
                 json_pack("{s:s, s:s, s:s, s:i, s:s}", "access_token", access, "id_token",
                           id_token, "token_type", "Bearer", "expires_in", SANDBOX_IDPORTEN_TOKEN_S,
                           "scope", grant->asked.scope));
}

void sandbox_idporten_token(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    if (misbehaves(world, request, response))
        return;
    if (sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_TOKEN_SLOW))
        pause_slowly(world);
    const char *endpoint =
        arena_printf(request->arena, "%s/token", sandbox_idporten_issuer_of(world, request->arena));
    const struct sandbox_idporten_client *client =
        sandbox_idporten_authenticate(world, request, endpoint, response);
    if (!client)
        return;
    if (!text_equal(request_field(request, "grant_type"), "authorization_code")) {
        sandbox_idporten_error(request, response, 400, "unsupported_grant_type",
                               "grant_type must be authorization_code");
        return;
    }
    struct sandbox_idporten_grant *grant;
    const char *wrong = redeem(world, request, client, &grant);
    if (wrong)
        sandbox_idporten_error(request, response, 400, "invalid_grant", wrong);
    else
        give(world, request, response, grant);
}

/* ---- userinfo ---- */

static const struct sandbox_idporten_grant *find_token(const struct sandbox_world *world,
                                                       const char *header)
{
    if (!header || !text_starts_with(header, "Bearer "))
        return NULL;
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(header + strlen("Bearer ")));
    for (size_t i = 0; i < SANDBOX_IDPORTEN_KEPT; i++) {
        const struct sandbox_idporten_grant *grant = &world->idporten.grants[i];
        if (grant->is_kept && memcmp(&grant->token, &digest, sizeof digest) == 0)
            return sandbox_idporten_now(world) <= grant->until ? grant : NULL;
    }
    return NULL;
}

void sandbox_idporten_userinfo(void *context, struct request *request, struct response *response)
{
    const struct sandbox_world *world = context;
    const struct sandbox_idporten_grant *grant =
        find_token(world, request_header(request, "Authorization"));
    if (!grant) {
        sandbox_idporten_error(request, response, 401, "invalid_token", "no such access token");
        response_header(response, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
        return;
    }
    sandbox_json(request, response, 200,
                 json_pack("{s:s, s:s, s:s}", "sub",
                           sandbox_idporten_subject(world, request->arena, grant), "pid",
                           grant->pid, "locale", grant->asked.language));
}
