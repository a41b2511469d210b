#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "tests/cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

enum { NOW = 1795434000 };

/* The folder that jwt_maker.mjs wrote to, from CMake. */
static const char made[] = JWT_FOLDER;

struct world {
    struct arena *arena;
    struct jws_keys *keys; /* published by the issuer of the table */
    struct crypto_key *key, *certificate;
    struct bytes certificate_pem;
};

static struct bytes read_whole(struct arena *arena, const char *name)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", made, name), "re");
    assert_non_null(file);
    unsigned char *data = arena_alloc(arena, JWS_KEYS_MAX_BYTES);
    size_t size = fread(data, 1, JWS_KEYS_MAX_BYTES, file);
    fclose(file);
    return (struct bytes){data, size};
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct bytes key_pem;
    world->arena = arena_open();
    *state = world;
    crypto_make_certificate(world->arena, "test", &key_pem, &world->certificate_pem);
    return jws_keys_parse(read_whole(world->arena, "jwks.json"), &world->keys, NULL) &&
                   crypto_private_key_open(key_pem, "key", &world->key, NULL) &&
                   crypto_certificate_open(world->certificate_pem, "certificate",
                                           &world->certificate, NULL)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    jws_keys_close(&world->keys);
    jws_keys_close(&world->keys); /* twice does nothing */
    crypto_key_close(&world->key);
    crypto_key_close(&world->certificate);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static struct jws_rules rules_allowing(const char *words)
{
    unsigned allowed = (text_has_word(words, "RS256") ? JWS_RS256 : 0) |
                       (text_has_word(words, "PS256") ? JWS_PS256 : 0) |
                       (text_has_word(words, "ES256") ? JWS_ES256 : 0);
    return (struct jws_rules){.algorithms = allowed,
                              .types = "JWT at+jwt",
                              .issuer = "https://issuer.example/",
                              .audience = "https://us.example",
                              .now = NOW};
}

/* ---- tokens that node made ---- */

static void jwt_1_to_3_every_line_of_the_table_holds(void **state)
{
    struct world *world = *state;
    struct cases cases;
    int wrong = 0, seen = 0;
    cases_open(&cases, JWT_FOLDER "/jwt.tsv");
    while (cases_next(&cases)) {
        struct jws_rules rules = rules_allowing(cases.fields[1]);
        CLEANUP(jws_close) json_t *claims = NULL;
        struct error err = {0};
        bool good = jws_read(cases.arena, cases.fields[3], world->keys, &rules, &claims, &err);
        bool expected = text_equal(cases.fields[0], "good");
        seen++;
        if (good == expected && (good || strstr(err.text, cases.fields[0])))
            continue;
        cases_complain(&cases, good ? "good" : err.text);
        fprintf(stderr, "  %s\n", cases.fields[2]);
        wrong++;
    }
    cases_close(&cases);
    assert_true(seen > 90);
    assert_int_equal(wrong, 0);
}

/* The first token that is good. */
static const char *good_token(struct world *world)
{
    struct cases cases;
    cases_open(&cases, JWT_FOLDER "/jwt.tsv");
    assert_true(cases_next(&cases));
    const char *token = arena_text(world->arena, cases.fields[3]);
    cases_close(&cases);
    return token;
}

static bool reads(struct world *world, const char *token, enum error_code *code)
{
    struct jws_rules rules = rules_allowing("RS256");
    CLEANUP(jws_close) json_t *claims = NULL;
    struct error err = {0};
    bool good = jws_read(world->arena, token, world->keys, &rules, &claims, &err);
    *code = err.code;
    return good;
}

static void claims_are_what_was_signed(void **state)
{
    struct world *world = *state;
    struct jws_rules rules = rules_allowing("RS256");
    CLEANUP(jws_close) json_t *claims = NULL;
    assert_true(jws_read(world->arena, good_token(world), world->keys, &rules, &claims, NULL));
    assert_string_equal(jws_text(claims, "sub"), "x");
    assert_int_equal(json_integer_value(json_object_get(claims, "more")), 1);
    assert_null(jws_text(claims, "more")); /* not a text */
    assert_null(jws_text(claims, "nothing"));
}

/* The good token, read at that moment by somebody with these names. */
static bool reads_as(struct world *world, int64_t now, const char *issuer, const char *audience)
{
    struct jws_rules rules = rules_allowing("RS256");
    rules.now = now;
    rules.issuer = issuer;
    rules.audience = audience;
    CLEANUP(jws_close) json_t *claims = NULL;
    return jws_read(world->arena, good_token(world), world->keys, &rules, &claims, NULL);
}

static void jwt_3_a_token_is_of_now_within_a_minute_from_its_issuer_and_for_us(void **state)
{
    struct world *world = *state;
    const struct jws_rules rules = rules_allowing("RS256");
    CLEANUP(jws_close) json_t *claims = NULL;
    assert_true(jws_read(world->arena, good_token(world), world->keys, &rules, &claims, NULL));
    int64_t iat = json_integer_value(json_object_get(claims, "iat"));
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));

    assert_true(reads_as(world, exp + 59, rules.issuer, rules.audience));
    assert_false(reads_as(world, exp + 60, rules.issuer, rules.audience));
    assert_true(reads_as(world, iat - 60, rules.issuer, rules.audience));
    assert_false(reads_as(world, iat - 61, rules.issuer, rules.audience));
    assert_false(reads_as(world, NOW, "https://issuer.example", rules.audience));
    assert_false(reads_as(world, NOW, rules.issuer, "https://us.example/"));
}

static void jwt_1_a_token_with_any_one_character_changed_is_refused(void **state)
{
    struct world *world = *state;
    const char *token = good_token(world);
    enum error_code code;
    assert_true(reads(world, token, &code));
    for (size_t i = 0; token[i]; i++) {
        char *changed = arena_text(world->arena, token);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(reads(world, changed, &code));
    }
}

static void jwt_1_a_token_of_more_than_8_kib_is_refused(void **state)
{
    struct world *world = *state;
    enum error_code code;
    char *token = arena_alloc(world->arena, JWS_MAX_BYTES + 2);
    memset(token, 'A', JWS_MAX_BYTES + 1);
    struct error err;
    struct jws_rules rules = rules_allowing("RS256");
    json_t *claims = NULL;
    assert_false(jws_read(world->arena, token, world->keys, &rules, &claims, &err));
    assert_non_null(strstr(err.text, "too long"));
    token[JWS_MAX_BYTES] = '\0';
    assert_false(jws_read(world->arena, token, world->keys, &rules, &claims, &err));
    assert_null(strstr(err.text, "too long"));
    assert_false(reads(world, "", &code));
}

static void jwt_2_an_unknown_key_is_told_from_a_refused_token(void **state)
{
    struct world *world = *state;
    struct jws_keys *none;
    struct jws_rules rules = rules_allowing("RS256");
    json_t *claims = NULL;
    struct error err;
    assert_true(jws_keys_parse(BYTES_OF("{\"keys\":[]}"), &none, NULL));
    assert_false(jws_read(world->arena, good_token(world), none, &rules, &claims, &err));
    assert_int_equal(err.code, ERROR_MISSING);
    jws_keys_close(&none);
    rules.issuer = "https://other.example/";
    assert_false(jws_read(world->arena, good_token(world), world->keys, &rules, &claims, &err));
    assert_int_equal(err.code, ERROR_DENIED);
}

/* ---- keys ---- */

static void jwt_2_weak_and_foreign_keys_are_left_out(void **state)
{
    struct world *world = *state;
    assert_int_equal(jws_keys_count(world->keys), 3); /* rsa, rsa-only, ec of ten */
}

static void jwt_2_a_jwks_that_cannot_be_trusted_is_refused(void **state)
{
    struct world *world = *state;
    const char *set = arena_text_of(world->arena, read_whole(world->arena, "jwks.json"));
    const char *first = strchr(set, '{') + 9, *end = strstr(first, "},");
    const char *one = arena_printf(world->arena, "%.*s", (int)(end + 1 - first), first);
    struct buf many;
    buf_init(&many, world->arena);
    buf_add_text(&many, "{\"keys\":[{}");
    for (int i = 0; i < JWS_MAX_KEYS; i++)
        buf_add_text(&many, ",{}");
    buf_add_text(&many, "]}");
    char *large = arena_alloc(world->arena, JWS_KEYS_MAX_BYTES + 2);
    memset(large, ' ', JWS_KEYS_MAX_BYTES + 1);
    const struct {
        const char *text;
        enum error_code code;
    } wrong[] = {
        {"", ERROR_INVALID},
        {"{}", ERROR_INVALID},
        {"[]", ERROR_INVALID},
        {"{\"keys\":{}}", ERROR_INVALID},
        {"{\"keys\":[],\"keys\":[]}", ERROR_INVALID},
        {"{\"keys\":[]} x", ERROR_INVALID},
        {arena_printf(world->arena, "{\"keys\":[%s,%s]}", one, one), ERROR_INVALID},
        {buf_text(&many), ERROR_LIMIT},
        {large, ERROR_LIMIT},
    };
    struct jws_keys *keys = NULL;
    assert_true(
        jws_keys_parse(BYTES_OF(arena_printf(world->arena, "{\"keys\":[%s]}", one)), &keys, NULL));
    assert_int_equal(jws_keys_count(keys), 1);
    jws_keys_close(&keys);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct error err;
        assert_false(jws_keys_parse(BYTES_OF(wrong[i].text), &keys, &err));
        assert_int_equal(err.code, wrong[i].code);
        assert_null(keys);
    }
}

static void jwt_2_keys_that_are_none_are_left_out(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "{\"keys\":[1,null,\"x\",[],{}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":\"AQAB\",\"y\":\"AQAB\"}]"
        "}",
        /* 32 bytes each, but no point of the curve */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
        "\"x\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\","
        "\"y\":\"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\"}]}",
    };
    for (size_t i = 0; i < COUNT(sets); i++) {
        struct jws_keys *keys;
        assert_true(jws_keys_parse(BYTES_OF(sets[i]), &keys, NULL));
        assert_int_equal(jws_keys_count(keys), 0);
        jws_keys_close(&keys);
    }
}

/* ---- writing ---- */

static json_t *decode(struct arena *arena, const char *part)
{
    struct bytes json;
    assert_true(codec_unbase64url(arena, part, &json));
    return json_loadb((const char *)json.data, json.size, 0, NULL);
}

/* The header of what is written with a kid, or with the chain. */
static json_t *header_written(struct world *world, const char *kid, struct bytes chain)
{
    const struct jws_signer signer = {
        .key = world->key, .scheme = CRYPTO_RS256, .kid = kid, .chain_pem = chain};
    CLEANUP(jws_close) json_t *claims = json_pack("{s:s}", "iss", "us");
    char *token;
    assert_true(jws_write(world->arena, claims, &signer, &token, NULL));
    char *first = strchr(token, '.'), *second = strchr(first + 1, '.');
    struct bytes signature;
    assert_true(codec_unbase64url(world->arena, second + 1, &signature));
    struct bytes message = {(const unsigned char *)token, (size_t)(second - token)};
    assert_true(crypto_verify_rs256(world->certificate, message, signature));
    *first = '\0';
    return decode(world->arena, token);
}

static void what_is_written_names_its_key_or_carries_its_certificates(void **state)
{
    struct world *world = *state;
    CLEANUP(jws_close) json_t *named = header_written(world, "k-1", (struct bytes){0});
    assert_string_equal(jws_text(named, "alg"), "RS256");
    assert_string_equal(jws_text(named, "kid"), "k-1");
    assert_null(json_object_get(named, "x5c"));

    struct bytes twice =
        BYTES_OF(arena_printf(world->arena, "Bag Attributes\n%s# and\r\n%s",
                              arena_text_of(world->arena, world->certificate_pem),
                              arena_text_of(world->arena, world->certificate_pem)));
    CLEANUP(jws_close) json_t *carried = header_written(world, NULL, twice);
    assert_null(json_object_get(carried, "kid"));
    const json_t *chain = json_object_get(carried, "x5c");
    assert_int_equal(json_array_size(chain), 2);
    struct bytes der;
    assert_true(codec_unbase64(world->arena, json_string_value(json_array_get(chain, 1)), &der));
    struct crypto_sha256 digest = crypto_sha256(der);
    struct crypto_sha256 expected = crypto_certificate_fingerprint(world->certificate);
    assert_memory_equal(digest.bytes, expected.bytes, sizeof digest.bytes);
}

static void nothing_is_written_with_a_key_of_another_kind_or_an_empty_chain(void **state)
{
    struct world *world = *state;
    CLEANUP(jws_close) json_t *claims = json_pack("{s:s}", "iss", "us");
    struct jws_signer signer = {.key = world->key, .scheme = CRYPTO_ES256, .kid = "k"};
    char *token;
    struct error err;
    assert_false(jws_write(world->arena, claims, &signer, &token, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    signer = (struct jws_signer){
        .key = world->key, .scheme = CRYPTO_RS256, .chain_pem = BYTES_OF("no certificate")};
    assert_false(jws_write(world->arena, claims, &signer, &token, &err));
    assert_int_equal(err.code, ERROR_INVALID);
}

static void what_is_written_can_be_read(void **state)
{
    struct world *world = *state;
    struct bytes n, e;
    assert_true(crypto_rsa_numbers(world->arena, world->key, &n, &e));
    const char *set =
        arena_printf(world->arena,
                     "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"%s\","
                     "\"e\":\"%s\"}]}",
                     codec_base64url(world->arena, n), codec_base64url(world->arena, e));
    struct jws_keys *keys;
    assert_true(jws_keys_parse(BYTES_OF(set), &keys, NULL));
    CLEANUP(jws_close)
    json_t *claims = json_pack("{s:s, s:s, s:i, s:i}", "iss", "https://issuer.example/", "aud",
                               "https://us.example", "iat", NOW, "exp", NOW + 120);
    const enum crypto_scheme schemes[] = {CRYPTO_RS256, CRYPTO_PS256};
    for (size_t i = 0; i < COUNT(schemes); i++) {
        const struct jws_signer signer = {.key = world->key, .scheme = schemes[i], .kid = "k"};
        char *token;
        assert_true(jws_write(world->arena, claims, &signer, &token, NULL));
        struct jws_rules rules = rules_allowing("RS256 PS256");
        CLEANUP(jws_close) json_t *read = NULL;
        assert_true(jws_read(world->arena, token, keys, &rules, &read, NULL));
        assert_true(json_equal(read, claims));
    }
    jws_keys_close(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jwt_1_to_3_every_line_of_the_table_holds),
        cmocka_unit_test(claims_are_what_was_signed),
        cmocka_unit_test(jwt_3_a_token_is_of_now_within_a_minute_from_its_issuer_and_for_us),
        cmocka_unit_test(jwt_1_a_token_with_any_one_character_changed_is_refused),
        cmocka_unit_test(jwt_1_a_token_of_more_than_8_kib_is_refused),
        cmocka_unit_test(jwt_2_an_unknown_key_is_told_from_a_refused_token),
        cmocka_unit_test(jwt_2_weak_and_foreign_keys_are_left_out),
        cmocka_unit_test(jwt_2_a_jwks_that_cannot_be_trusted_is_refused),
        cmocka_unit_test(jwt_2_keys_that_are_none_are_left_out),
        cmocka_unit_test(what_is_written_names_its_key_or_carries_its_certificates),
        cmocka_unit_test(nothing_is_written_with_a_key_of_another_kind_or_an_empty_chain),
        cmocka_unit_test(what_is_written_can_be_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
