#include "engine/sandbox/sandbox_jws.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static json_t *decode(struct arena *arena, const char *part)
{
    struct bytes json;
    json_t *value =
        codec_unbase64url(arena, part, &json)
            ? json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL)
            : NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

const char *sandbox_jws_read(struct arena *arena, const char *text, struct sandbox_jws *out)
{
    char *header = arena_text(arena, text);
    char *payload = strchr(header, '.'), *signature = payload ? strchr(payload + 1, '.') : NULL;
    if (!signature || strchr(signature + 1, '.'))
        return "not three parts with a full stop between";
    struct bytes signed_part = {(const unsigned char *)text, (size_t)(signature - header)};
    *payload++ = *signature++ = '\0';
    struct sandbox_jws jws = {.signed_part = arena_bytes(arena, signed_part)};
    if (!codec_unbase64url(arena, signature, &jws.signature))
        return "the signature is not base64url";
    jws.header = decode(arena, header);
    if (!jws.header)
        return "the header is not base64url of a JSON object";
    jws.payload = decode(arena, payload);
    if (!jws.payload) {
        sandbox_jws_close(&jws);
        return "the payload is not base64url of a JSON object";
    }
    *out = jws;
    return NULL;
}

void sandbox_jws_close(struct sandbox_jws *jws)
{
    json_decref(jws->header);
    json_decref(jws->payload);
    jws->header = jws->payload = NULL;
}

static void close_key(struct crypto_key **key)
{
    crypto_key_close(key);
}

static struct crypto_key *open_certificate(struct arena *arena, struct bytes der)
{
    enum { LINE = 64 };
    const char *base64 = codec_base64(arena, der);
    struct buf pem;
    buf_init(&pem, arena);
    buf_add_text(&pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t size = strlen(base64), at = 0; at < size; at += LINE)
        buf_printf(&pem, "%.*s\n", LINE, base64 + at);
    buf_add_text(&pem, "-----END CERTIFICATE-----\n");
    struct crypto_key *key = NULL;
    return crypto_certificate_open(buf_bytes(&pem), "x5c", &key, NULL) ? key : NULL;
}

bool sandbox_jws_verify(struct arena *arena, struct bytes certificate, struct bytes message,
                        struct bytes signature)
{
    CLEANUP(close_key) struct crypto_key *key = open_certificate(arena, certificate);
    return key && crypto_verify_rs256(key, message, signature);
}

const char *sandbox_jws_check(struct arena *arena, const struct sandbox_jws *jws,
                              struct bytes *certificate)
{
    const json_t *chain = json_object_get(jws->header, "x5c");
    const char *first = json_string_value(json_array_get(chain, 0));
    if (!text_equal(json_string_value(json_object_get(jws->header, "alg")), "RS256"))
        return "alg must be RS256";
    if (!first || json_array_size(chain) != 1)
        return "x5c must hold one certificate";
    if (json_object_size(jws->header) != 2)
        return "the header holds more than alg and x5c";
    if (!codec_unbase64(arena, first, certificate))
        return "x5c is not Base64 of a certificate in one line";
    if (!sandbox_jws_verify(arena, *certificate, jws->signed_part, jws->signature))
        return "the signature does not verify by the key in x5c";
    return NULL;
}

static char *encode(struct arena *arena, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    if (!text)
        abort(); /* made by us, of UTF-8 */
    char *encoded = codec_base64url(arena, BYTES_OF(text));
    free(text);
    return encoded;
}

char *sandbox_jws_write(struct arena *arena, json_t *payload, const struct crypto_key *key,
                        struct bytes certificate)
{
    json_t *header =
        json_pack("{s:[s], s:s}", "x5c", codec_base64(arena, certificate), "alg", "RS256");
    const char *first = encode(arena, header), *second = encode(arena, payload);
    char *message = arena_printf(arena, "%s.%s", first, second);
    struct bytes signature;
    if (!crypto_sign_rs256(arena, key, BYTES_OF(message), &signature, NULL))
        return NULL;
    return arena_printf(arena, "%s.%s", message, codec_base64url(arena, signature));
}
