#include "engine/base/jws.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KID_MAX_BYTES = 200 };

void jws_close(json_t **claims)
{
    json_decref(*claims);
    *claims = NULL;
}

const char *jws_text(const json_t *claims, const char *name)
{
    const char *text = json_string_value(json_object_get(claims, name));
    return text_is_empty(text) ? NULL : text;
}

/* A JSON object where no name comes twice; NULL when it is not one. */
static json_t *parse_object(struct bytes bytes)
{
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

/* ---- the keys of an issuer ---- */

struct named_key {
    char kid[KID_MAX_BYTES + 1];
    char alg[16]; /* the only one it is for; "": any that fits */
    struct crypto_key *key;
};

struct jws_keys {
    size_t count;
    struct named_key keys[JWS_MAX_KEYS];
};

static const struct named_key *find_key(const struct jws_keys *keys, const char *kid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].kid, kid) == 0)
            return &keys->keys[i];
    return NULL;
}

static bool take_bytes(struct arena *arena, const json_t *jwk, const char *name, struct bytes *out)
{
    const char *text = jws_text(jwk, name);
    return text && codec_unbase64url(arena, text, out);
}

static bool open_numbers(struct arena *arena, const json_t *jwk, struct crypto_key **out)
{
    const char *kind = jws_text(jwk, "kty");
    struct bytes a, b;
    if (text_equal(kind, "RSA"))
        return take_bytes(arena, jwk, "n", &a) && take_bytes(arena, jwk, "e", &b) &&
               crypto_rsa_open(a, b, out, NULL);
    return text_equal(kind, "EC") && text_equal(jws_text(jwk, "crv"), "P-256") &&
           take_bytes(arena, jwk, "x", &a) && take_bytes(arena, jwk, "y", &b) &&
           crypto_p256_open(a, b, out, NULL);
}

/* Says "sig", or nothing. */
static bool is_for_signatures(const json_t *jwk)
{
    const json_t *use = json_object_get(jwk, "use"), *operations = json_object_get(jwk, "key_ops");
    if (use && !text_equal(json_string_value(use), "sig"))
        return false;
    for (size_t i = 0; i < json_array_size(operations); i++)
        if (text_equal(json_string_value(json_array_get(operations, i)), "verify"))
            return true;
    return operations == NULL;
}

/* False for one that is left out. */
static bool take_key(struct arena *arena, const json_t *jwk, struct named_key *out)
{
    const char *kid = jws_text(jwk, "kid"), *alg = jws_text(jwk, "alg");
    if (!kid || strlen(kid) > KID_MAX_BYTES || (alg && strlen(alg) >= sizeof out->alg) ||
        !is_for_signatures(jwk) || !open_numbers(arena, jwk, &out->key))
        return false;
    memcpy(out->kid, kid, strlen(kid) + 1);
    memcpy(out->alg, alg ? alg : "", alg ? strlen(alg) + 1 : 1);
    return true;
}

static bool take_keys(const json_t *set, struct jws_keys *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const json_t *list = json_object_get(set, "keys");
    if (!json_is_array(list))
        return error_set(err, ERROR_INVALID, "not a JWKS: an object with a list of keys");
    if (json_array_size(list) > JWS_MAX_KEYS)
        return error_set(err, ERROR_LIMIT, "a JWKS of more than %d keys", JWS_MAX_KEYS);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct named_key key = {.key = NULL};
        if (!take_key(arena, json_array_get(list, i), &key))
            continue;
        bool again = find_key(out, key.kid) != NULL;
        if (again) {
            crypto_key_close(&key.key);
            return error_set(err, ERROR_INVALID, "a JWKS where two keys have one name");
        }
        out->keys[out->count++] = key;
    }
    return true;
}

bool jws_keys_parse(struct bytes json, struct jws_keys **out, struct error *err)
{
    if (json.size > JWS_KEYS_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "a JWKS of more than %d bytes", JWS_KEYS_MAX_BYTES);
    json_t *set = parse_object(json);
    struct jws_keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        abort();
    bool good =
        set ? take_keys(set, keys, err) : error_set(err, ERROR_INVALID, "a JWKS that is not JSON");
    json_decref(set);
    if (!good) {
        jws_keys_close(&keys);
        return false;
    }
    *out = keys;
    return true;
}

void jws_keys_close(struct jws_keys **keys)
{
    if (!*keys)
        return;
    for (size_t i = 0; i < (*keys)->count; i++)
        crypto_key_close(&(*keys)->keys[i].key);
    free(*keys);
    *keys = NULL;
}

size_t jws_keys_count(const struct jws_keys *keys)
{
    return keys->count;
}

/* ---- reading ---- */

static const char *const scheme_names[] = {
    [CRYPTO_RS256] = "RS256",
    [CRYPTO_PS256] = "PS256",
    [CRYPTO_ES256] = "ES256",
};

/* A token taken apart. signed_part is its first two with the dot. */
struct parts {
    struct bytes header, payload, signature, signed_part;
};

static bool refuse(struct error *err, const char *why)
{
    return error_set(err, ERROR_DENIED, "%s", why);
}

static bool split(struct arena *arena, const char *token, struct parts *out, struct error *err)
{
    char *text = arena_text(arena, token);
    char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return refuse(err, "a token that has not three parts");
    *first = *second = '\0';
    if (!codec_unbase64url(arena, text, &out->header) ||
        !codec_unbase64url(arena, first + 1, &out->payload) ||
        !codec_unbase64url(arena, second + 1, &out->signature))
        return refuse(err, "a token that is not base64url");
    if (!out->signature.size)
        return refuse(err, "a token without a signature");
    out->signed_part = (struct bytes){(const unsigned char *)token, (size_t)(second - text)};
    return true;
}

static bool type_fits(const char *typ, const char *types)
{
    if (strncasecmp(typ, "application/", 12) == 0)
        typ += 12;
    size_t length = strlen(typ);
    for (const char *word = types; *word && length; word += strspn(word, " ")) {
        size_t size = strcspn(word, " ");
        if (size == length && strncasecmp(word, typ, size) == 0)
            return true;
        word += size;
    }
    return false;
}

/* What a header may not have, since then the rest means something else than we read. */
static bool check_extensions(const json_t *header, const char *types, struct error *err)
{
    static const char *const refused[] = {"crit", "zip", "enc", "cty", "b64"};
    for (size_t i = 0; i < COUNT(refused); i++)
        if (json_object_get(header, refused[i]))
            return error_set(err, ERROR_DENIED, "a token with %s in its header", refused[i]);
    const json_t *typ = json_object_get(header, "typ");
    if (typ && (!json_is_string(typ) || !type_fits(json_string_value(typ), types)))
        return refuse(err, "a token of another type");
    return true;
}

static bool read_header(struct bytes bytes, const struct jws_keys *keys,
                        const struct jws_rules *rules, enum crypto_scheme *scheme,
                        const struct named_key **key, struct error *err)
{
    CLEANUP(jws_close) json_t *header = parse_object(bytes);
    if (!header)
        return refuse(err, "a token whose header is not a JSON object");
    const char *alg = jws_text(header, "alg"), *kid = jws_text(header, "kid");
    size_t at = 0;
    while (at < COUNT(scheme_names) && !text_equal(alg, scheme_names[at]))
        at++;
    if (at == COUNT(scheme_names) || !(rules->algorithms & 1u << at))
        return refuse(err, "a token signed in a way that is not allowed");
    if (!check_extensions(header, rules->types, err))
        return false;
    if (!kid)
        return refuse(err, "a token that does not name its key");
    *key = find_key(keys, kid);
    if (!*key)
        return error_set(err, ERROR_MISSING, "a token with a key that its issuer does not have");
    if (*(*key)->alg && !text_equal((*key)->alg, alg))
        return refuse(err, "a token signed in another way than its key is for");
    *scheme = (enum crypto_scheme)at;
    return true;
}

static bool check_audience(const json_t *claims, const char *audience)
{
    const json_t *aud = json_object_get(claims, "aud");
    if (json_is_string(aud))
        return text_equal(json_string_value(aud), audience);
    bool ours = false;
    for (size_t i = 0; i < json_array_size(aud); i++) {
        const char *one = json_string_value(json_array_get(aud, i));
        if (!one)
            return false;
        ours = ours || text_equal(one, audience);
    }
    const json_t *azp = json_object_get(claims, "azp");
    bool alone = json_array_size(aud) == 1 && !azp;
    return ours && (alone || text_equal(json_string_value(azp), audience));
}

/* False when it is there and no time, or not there and must be; *out stays as it is then. */
static bool take_time(const json_t *claims, const char *name, bool must, int64_t *out)
{
    const json_t *value = json_object_get(claims, name);
    if (!value)
        return !must;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > INT64_MAX / 2)
        return false;
    *out = json_integer_value(value);
    return true;
}

static bool check_times(const json_t *claims, int64_t now, struct error *err)
{
    int64_t expires_at = 0, issued_at = 0, not_before = 0;
    if (!take_time(claims, "exp", true, &expires_at) ||
        !take_time(claims, "iat", true, &issued_at) ||
        !take_time(claims, "nbf", false, &not_before))
        return refuse(err, "a token without its times, or with times that are not numbers");
    if (now >= expires_at + JWS_SKEW_S)
        return refuse(err, "a token that has expired");
    if (issued_at > now + JWS_SKEW_S || not_before > now + JWS_SKEW_S)
        return refuse(err, "a token from the future");
    return true;
}

static bool check_claims(const json_t *claims, const struct jws_rules *rules, struct error *err)
{
    if (!text_equal(jws_text(claims, "iss"), rules->issuer))
        return refuse(err, "a token of another issuer");
    if (!check_audience(claims, rules->audience))
        return refuse(err, "a token for somebody else");
    return check_times(claims, rules->now, err);
}

bool jws_read(struct arena *arena, const char *token, const struct jws_keys *keys,
              const struct jws_rules *rules, json_t **claims, struct error *err)
{
    assert(*rules->issuer && *rules->audience);
    struct parts parts;
    enum crypto_scheme scheme = CRYPTO_RS256;
    const struct named_key *key = NULL;
    if (strlen(token) > JWS_MAX_BYTES)
        return refuse(err, "a token that is too long");
    if (!split(arena, token, &parts, err) ||
        !read_header(parts.header, keys, rules, &scheme, &key, err))
        return false;
    if (!crypto_verify(key->key, scheme, parts.signed_part, parts.signature))
        return refuse(err, "a token whose signature does not fit");
    CLEANUP(jws_close) json_t *found = parse_object(parts.payload);
    if (!found)
        return refuse(err, "a token whose claims are not a JSON object");
    if (!check_claims(found, rules, err))
        return false;
    *claims = found;
    found = NULL; /* now the caller's */
    return true;
}

/* ---- documents that bring the signer's certificate ---- */

static bool read_chain(struct arena *arena, const json_t *x5c, struct jws_document *out,
                       struct error *err)
{
    size_t count = json_array_size(x5c);
    if (!count || count > X509_MAX_CHAIN)
        return refuse(err, "a document without x5c, or with too many certificates in it");
    out->chain = ARENA_ARRAY(arena, count, struct x509_certificate);
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        const char *base64 = json_string_value(json_array_get(x5c, i));
        struct bytes der;
        if (!base64 || !codec_unbase64(arena, base64, &der) ||
            !x509_read(arena, der, "x5c", &out->chain[i], NULL))
            return refuse(err, "a document with something in x5c that is no certificate");
    }
    return true;
}

static bool read_document_header(struct arena *arena, struct bytes bytes, struct jws_document *out,
                                 struct error *err)
{
    CLEANUP(jws_close) json_t *header = parse_object(bytes);
    if (!header)
        return refuse(err, "a document whose header is not a JSON object");
    if (!text_equal(jws_text(header, "alg"), scheme_names[CRYPTO_RS256]))
        return refuse(err, "a document that is not signed with RS256");
    return check_extensions(header, "JWT JOSE", err) &&
           read_chain(arena, json_object_get(header, "x5c"), out, err);
}

bool jws_read_document(struct arena *arena, const char *token, size_t most,
                       struct jws_document *out, struct error *err)
{
    struct parts parts;
    struct jws_document read;
    if (strlen(token) > most)
        return error_set(err, ERROR_LIMIT, "a document of more than %zu bytes", most);
    if (!split(arena, token, &parts, err) || !read_document_header(arena, parts.header, &read, err))
        return false;
    CLEANUP(crypto_key_close) struct crypto_key *key = NULL;
    if (!x509_key(&read.chain[0], &key, err) ||
        !crypto_verify(key, CRYPTO_RS256, parts.signed_part, parts.signature))
        return refuse(err, "a document whose signature does not fit");
    read.payload = parts.payload;
    *out = read;
    return true;
}

/* ---- writing ---- */

/* Each certificate's DER form in base64, which is what stands in its PEM form between the lines. */
static json_t *chain_of(struct arena *arena, struct bytes pem)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    json_t *chain = json_array();
    for (const char *at = arena_text_of(arena, pem); (at = strstr(at, begin));) {
        at += strlen(begin);
        const char *stop = strstr(at, end);
        if (!stop)
            break;
        struct buf base64;
        buf_init(&base64, arena);
        for (; at < stop; at++)
            if (!strchr(" \r\n\t", *at))
                buf_add_byte(&base64, (unsigned char)*at);
        struct bytes der;
        if (codec_unbase64(arena, buf_text(&base64), &der) && der.size)
            json_array_append_new(chain, json_string(buf_text(&base64)));
    }
    return chain;
}

static struct bytes dump(struct arena *arena, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (!text)
        abort(); /* only out of memory */
    struct bytes copy = arena_bytes(arena, BYTES_OF(text));
    free(text);
    return copy;
}

bool jws_write_document(struct arena *arena, struct bytes payload, const struct jws_signer *signer,
                        char **out, struct error *err)
{
    assert(!signer->kid == (signer->chain_pem.size > 0));
    CLEANUP(jws_close) json_t *header = json_pack("{s:s}", "alg", scheme_names[signer->scheme]);
    if (signer->kid)
        json_object_set_new(header, "kid", json_string(signer->kid));
    else
        json_object_set_new(header, "x5c", chain_of(arena, signer->chain_pem));
    if (!signer->kid && !json_array_size(json_object_get(header, "x5c")))
        return error_set(err, ERROR_INVALID, "no certificate in PEM form");
    char *message = arena_printf(arena, "%s.%s", codec_base64url(arena, dump(arena, header)),
                                 codec_base64url(arena, payload));
    struct bytes signature;
    if (!crypto_sign(arena, signer->key, signer->scheme, BYTES_OF(message), &signature, err))
        return false;
    *out = arena_printf(arena, "%s.%s", message, codec_base64url(arena, signature));
    return true;
}

bool jws_write(struct arena *arena, const json_t *claims, const struct jws_signer *signer,
               char **out, struct error *err)
{
    return jws_write_document(arena, dump(arena, claims), signer, out, err);
}
