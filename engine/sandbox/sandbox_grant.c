#include "engine/sandbox/sandbox_grant.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "forms/mod11.h"

#include <jansson.h>
#include <string.h>

enum { GRANT_MOST_S = 120, CLOCK_APART_S = 10, LINE = 64 };

/* What the program's clients may ask for; and who has let it ask on their behalf. */
static const char scopes[] = "krr:global/kontaktinformasjon.read krr:global/digitalpost.read "
                             "digitalpostinnbygger:send";
static const char *const delegating[] = {"310123021", "314400801"};

struct reading {
    struct sandbox_world *world;
    struct arena *arena;
    struct sandbox_grant_refusal *refusal;
    json_t *header, *claims;
    struct bytes signed_part, signature;
};

static bool refuse(struct reading *reading, const char *error, const char *description)
{
    *reading->refusal = (struct sandbox_grant_refusal){error, description};
    return false;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static json_t *decode(struct arena *arena, const char *part)
{
    struct bytes json;
    if (!codec_unbase64url(arena, part, &json))
        return NULL;
    return json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
}

static bool take_apart(struct reading *reading, const char *assertion)
{
    char *header = arena_text(reading->arena, assertion);
    char *claims = strchr(header, '.'), *signature = claims ? strchr(claims + 1, '.') : NULL;
    if (!signature)
        return refuse(reading, "invalid_request", "MP-011 assertion is not a JWS");
    reading->signed_part =
        (struct bytes){(const unsigned char *)assertion, (size_t)(signature - header)};
    *claims++ = *signature++ = '\0';
    reading->header = decode(reading->arena, header);
    reading->claims = decode(reading->arena, claims);
    if (!json_is_object(reading->header) || !json_is_object(reading->claims) ||
        !codec_unbase64url(reading->arena, signature, &reading->signature))
        return refuse(reading, "invalid_request", "MP-011 assertion is not a JWS");
    return true;
}

static bool is_same(const struct crypto_key *given, const struct crypto_key *known)
{
    struct crypto_sha256 a = crypto_certificate_fingerprint(given);
    struct crypto_sha256 b = crypto_certificate_fingerprint(known);
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

/* The agency's business certificate, for the same key as the broker's. */
static bool is_business_certificate(struct reading *reading, const char *base64)
{
    struct bytes der;
    const struct sandbox_authority_pair *agency;
    return codec_unbase64(reading->arena, base64, &der) &&
           sandbox_authority_find(reading->world->authority, SANDBOX_AUTHORITY_AGENCY, &agency,
                                  NULL) &&
           crypto_equal(der, agency->certificate);
}

/* The first certificate of x5c is one that is registered, letter for letter. */
static bool is_registered_certificate(struct reading *reading)
{
    const char *base64 =
        json_string_value(json_array_get(json_object_get(reading->header, "x5c"), 0));
    struct buf pem;
    buf_init(&pem, reading->arena);
    buf_add_text(&pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t size = strlen(base64 ? base64 : ""), at = 0; at < size; at += LINE)
        buf_printf(&pem, "%.*s\n", LINE, base64 + at);
    buf_add_text(&pem, "-----END CERTIFICATE-----\n");
    struct crypto_key *given = NULL;
    if (!crypto_certificate_open(buf_bytes(&pem), "x5c", &given, NULL))
        return refuse(reading, "invalid_grant", "MP-123 x5c cannot be read");
    bool known = is_same(given, reading->world->broker_certificates[0]) ||
                 is_business_certificate(reading, base64);
    crypto_key_close(&given);
    return known || refuse(reading, "invalid_grant", "MP-122 another organisation's certificate");
}

/* Which client, and that it signed as it is registered: one with a key by its kid, the other with
 * the organisation's certificate. */
static bool check_client(struct reading *reading, struct sandbox_grant *out)
{
    const char *client = text_of(reading->claims, "iss");
    bool by_kid = text_equal(client, SANDBOX_LOGIN_CLIENT);
    if (!by_kid && !text_equal(client, SANDBOX_LOGIN_CERTIFICATE_CLIENT))
        return refuse(reading, "invalid_grant", "MP-100 client not found");
    if (!text_equal(text_of(reading->header, "alg"), "RS256"))
        return refuse(reading, "invalid_grant", "MP-124 alg must be RS256 here");
    if (by_kid && !text_equal(text_of(reading->header, "kid"), SANDBOX_LOGIN_KID))
        return refuse(reading, "invalid_grant", "MP-100 kid is not one of the client's keys");
    if (!by_kid && !is_registered_certificate(reading))
        return false;
    if (!crypto_verify_rs256(reading->world->broker_certificates[0], reading->signed_part,
                             reading->signature))
        return refuse(reading, "invalid_grant", "MP-124 the signature does not verify");
    out->client_id = by_kid ? SANDBOX_LOGIN_CLIENT : SANDBOX_LOGIN_CERTIFICATE_CLIENT;
    out->method = by_kid ? "private_key_jwt" : "virksomhetssertifikat";
    return true;
}

static bool check_times(struct reading *reading)
{
    const json_t *iat = json_object_get(reading->claims, "iat");
    const json_t *exp = json_object_get(reading->claims, "exp");
    if (!json_is_integer(iat) || !json_is_integer(exp))
        return refuse(reading, "invalid_grant", "MP-130 iat and exp must be numbers");
    int64_t issued = json_integer_value(iat), expires = json_integer_value(exp), now = clock_now();
    if (issued < now - CLOCK_APART_S || issued > now + CLOCK_APART_S)
        return refuse(reading, "invalid_grant", "MP-130 iat is more than 10 seconds off");
    if (expires <= now || expires - issued > GRANT_MOST_S || expires < issued)
        return refuse(reading, "invalid_grant", "MP-130 exp must be at most 120 seconds after iat");
    return true;
}

static bool check_scope(struct reading *reading, struct sandbox_grant *out)
{
    char *words = arena_text(reading->arena, text_of(reading->claims, "scope"));
    out->scope = text_of(reading->claims, "scope");
    if (!*words)
        return refuse(reading, "invalid_scope", "MP-200 no scope asked for");
    for (char *rest = words, *word; (word = strsep(&rest, " "));)
        if (!text_has_word(scopes, word))
            return refuse(reading, "invalid_scope", "MP-200 the client does not have that scope");
    return true;
}

/* On whose behalf, when it is not itself. */
static bool check_consumer(struct reading *reading, struct sandbox_grant *out)
{
    const char *own = reading->world->brokers[0].organisation_number;
    const char *consumer = text_of(reading->claims, "consumer_org");
    out->consumer = own;
    out->supplier = NULL;
    if (!*consumer || text_equal(consumer, own))
        return true;
    if (!mod11_is_orgnr(consumer))
        return refuse(reading, "invalid_request", "MP-011 consumer_org is no organisation number");
    for (size_t i = 0; i < COUNT(delegating); i++)
        if (text_equal(delegating[i], consumer)) {
            out->consumer = consumer;
            out->supplier = own;
            return true;
        }
    return refuse(reading, "invalid_scope", "MP-251 consumer_org has not delegated it");
}

static bool use_up(struct reading *reading)
{
    struct sandbox_login *login = &reading->world->login;
    const char *jti = text_of(reading->claims, "jti");
    struct crypto_sha256 mark = crypto_sha256(*jti ? BYTES_OF(jti) : reading->signed_part);
    size_t kept = login->used_count < SANDBOX_LOGIN_USED ? login->used_count : SANDBOX_LOGIN_USED;
    for (size_t i = 0; i < kept; i++)
        if (memcmp(login->used[i].bytes, mark.bytes, sizeof mark.bytes) == 0)
            return refuse(reading, "invalid_grant", "MP-012 the grant was used before");
    login->used[login->used_count++ % SANDBOX_LOGIN_USED] = mark;
    return true;
}

static const char *resource_of(struct reading *reading)
{
    const json_t *resource = json_object_get(reading->claims, "resource");
    const json_t *one = json_is_array(resource) ? json_array_get(resource, 0) : resource;
    return arena_text(reading->arena, json_string_value(one));
}

static bool check(struct reading *reading, struct sandbox_grant *out)
{
    const char *issuer = sandbox_login_issuer(reading->world, reading->arena);
    if (!check_client(reading, out))
        return false;
    if (!text_equal(text_of(reading->claims, "aud"), issuer))
        return refuse(reading, "invalid_grant", "MP-110 aud must be this issuer");
    if (!check_times(reading) || !check_scope(reading, out) || !check_consumer(reading, out) ||
        !use_up(reading))
        return false;
    out->scope = arena_text(reading->arena, out->scope);
    out->consumer = arena_text(reading->arena, out->consumer);
    out->audience = resource_of(reading);
    return true;
}

bool sandbox_grant_read(struct sandbox_world *world, struct arena *arena, const char *assertion,
                        struct sandbox_grant *out, struct sandbox_grant_refusal *refusal)
{
    struct reading reading = {.world = world, .arena = arena, .refusal = refusal};
    struct sandbox_grant found = {0};
    bool good = take_apart(&reading, assertion) && check(&reading, &found);
    json_decref(reading.header);
    json_decref(reading.claims);
    if (good)
        *out = found;
    return good;
}
