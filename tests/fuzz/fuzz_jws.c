/* Signed JSON tokens from anybody. Two lines are a header and claims, which are signed with the key
 * that is known, so that what comes after the signature is reached; one line is a token as it is.
 */
#include "fuzz.h"

#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ISSUER "https://issuer.example/"
#define AUDIENCE "https://us.example"

static struct crypto_key *key;
static struct jws_keys *keys;

/* One key, named "k", in every scheme that it fits. */
static void ready(struct arena *arena)
{
    struct bytes key_pem, certificate_pem, n, e;
    if (keys)
        return;
    crypto_make_certificate(arena, "fuzz", &key_pem, &certificate_pem);
    if (!crypto_private_key_open(key_pem, "key", &key, NULL) ||
        !crypto_rsa_numbers(arena, key, &n, &e))
        abort();
    const char *set = arena_printf(
        arena, "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\",\"e\":\"%s\"}]}",
        codec_base64url(arena, n), codec_base64url(arena, e));
    if (!jws_keys_parse(BYTES_OF(set), &keys, NULL))
        abort();
}

static const char *sign(struct arena *arena, struct bytes header, struct bytes claims)
{
    char *message = arena_printf(arena, "%s.%s", codec_base64url(arena, header),
                                 codec_base64url(arena, claims));
    struct bytes signature;
    if (!crypto_sign_rs256(arena, key, BYTES_OF(message), &signature, NULL))
        abort();
    return arena_printf(arena, "%s.%s", message, codec_base64url(arena, signature));
}

static void check_claims(const json_t *claims)
{
    fuzz_promise(text_equal(jws_text(claims, "iss"), ISSUER), "the issuer is the one", NULL);
    const json_t *aud = json_object_get(claims, "aud");
    bool listed = json_is_array(aud) && json_array_size(aud) >= 1;
    fuzz_promise(listed || text_equal(json_string_value(aud), AUDIENCE), "it is for us", NULL);
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));
    int64_t iat = json_integer_value(json_object_get(claims, "iat"));
    fuzz_promise(exp > FUZZ_NOW - JWS_SKEW_S && iat <= FUZZ_NOW + JWS_SKEW_S, "it lives", NULL);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    ready(arena);
    bool is_made = memchr(input.data, '\n', input.size) != NULL;
    struct bytes claims = input, header = fuzz_take(&claims, "\n");
    const char *token = is_made ? sign(arena, header, claims) : arena_text_of(arena, input);
    const struct jws_rules rules = {.algorithms = JWS_RS256 | JWS_PS256 | JWS_ES256,
                                    .types = "JWT at+jwt",
                                    .issuer = ISSUER,
                                    .audience = AUDIENCE,
                                    .now = FUZZ_NOW};
    CLEANUP(jws_close) json_t *read = NULL;
    struct error err = {0};
    if (jws_read(arena, token, keys, &rules, &read, &err)) {
        fuzz_promise(is_made, "only what was signed is taken", token);
        check_claims(read);
        return;
    }
    fuzz_promise(!read, "nothing comes of a token that is refused", token);
    fuzz_promise(err.code == ERROR_DENIED || err.code == ERROR_MISSING, "a token is refused",
                 err.text);
    fuzz_promise(*err.text && text_is_utf8(BYTES_OF(err.text)), "a refusal is a sentence",
                 err.text);
}
