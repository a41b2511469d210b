#include "fake_provider.h"

#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(struct response *response, int status, char *json)
{
    response->status = status;
    response->body = BYTES_OF(json);
    response_header(response, "Content-Type", "application/json");
}

static char *metadata(const struct fake_provider *provider, struct arena *arena)
{
    const char *at = provider->issuer;
    return arena_printf(arena,
                        "{\"issuer\": \"%s\", \"authorization_endpoint\": \"%s/authorize\", "
                        "\"token_endpoint\": \"%s/token\", \"jwks_uri\": \"%s/jwks\", "
                        "\"id_token_signing_alg_values_supported\": [\"RS256\"]%s}",
                        provider->says_issuer, at, at, at, provider->more);
}

char *fake_provider_keys(const struct fake_provider *provider, struct arena *arena)
{
    return arena_printf(arena,
                        "{\"keys\": [{\"kty\": \"RSA\", \"use\": \"sig\", \"kid\": \"%s\", "
                        "\"n\": \"%s\", \"e\": \"%s\"}]}",
                        provider->kid, provider->modulus, provider->exponent);
}

static void answer(void *context, struct request *request, struct response *response)
{
    struct fake_provider *provider = context;
    if (text_equal(request->path, "/.well-known/openid-configuration")) {
        atomic_fetch_add(&provider->metadata_asked, 1);
        pthread_mutex_lock(&provider->gate);
        pthread_mutex_unlock(&provider->gate);
        say(response, provider->metadata_status, metadata(provider, request->arena));
    } else if (text_equal(request->path, "/jwks")) {
        atomic_fetch_add(&provider->keys_asked, 1);
        say(response, 200, fake_provider_keys(provider, request->arena));
    } else {
        snprintf(provider->form, sizeof provider->form, "%.*s", (int)request->body.size,
                 (const char *)request->body.data);
        say(response, provider->token_status, arena_text(request->arena, provider->token_answer));
    }
}

static void make_key(struct fake_provider *provider)
{
    struct bytes modulus, exponent;
    provider->key_pem = crypto_make_rsa(provider->arena, "provider");
    if (!crypto_private_key_open(provider->key_pem, "provider", &provider->key, NULL) ||
        !crypto_rsa_numbers(provider->arena, provider->key, &modulus, &exponent))
        abort();
    provider->modulus = codec_base64url(provider->arena, modulus);
    provider->exponent = codec_base64url(provider->arena, exponent);
}

void fake_provider_open(struct fake_provider *provider)
{
    struct error err;
    *provider = (struct fake_provider){.arena = arena_open(),
                                       .more = "",
                                       .metadata_status = 200,
                                       .gate = PTHREAD_MUTEX_INITIALIZER,
                                       .kid = "first",
                                       .token_answer = "{}",
                                       .token_status = 200};
    make_key(provider);
    const struct server_settings settings = {
        .worker_threads = 1, .io_threads = 1, .handle = answer, .context = provider};
    if (!server_open(&settings, &provider->server, &err)) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    snprintf(provider->issuer, sizeof provider->issuer, "http://127.0.0.1:%d",
             server_port(provider->server));
    provider->says_issuer = provider->issuer;
}

void fake_provider_close(struct fake_provider *provider)
{
    server_close(&provider->server);
    crypto_key_close(&provider->key);
    arena_close(&provider->arena);
}

char *fake_provider_sign(const struct fake_provider *provider, struct arena *arena,
                         const json_t *claims, const char *kid)
{
    const struct jws_signer signer = {.key = provider->key, .scheme = CRYPTO_RS256, .kid = kid};
    char *token;
    if (!jws_write(arena, claims, &signer, &token, NULL))
        abort();
    return token;
}
