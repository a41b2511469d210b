/* test_id_token.c - who somebody is by what an OpenID provider signed, claim by claim: each is once
 * wrong, the others right. What holds for any token is in test_jws, and the keys as they come and
 * go in test_machine. */
#include "engine/base/codec.h"
#include "engine/login/id_token.h"
#include "engine/login/level.h"
#include "fake_provider.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PID "15838530181"
#define CLIENT "fjordvik"
#define NONCE "n-0S6_WzA2Mj"

enum { NOW = 1795434000, STARTED = NOW - 30 };

struct world {
    struct fake_provider provider;
    struct arena *arena;
    struct jwks *keys;
    struct login login;
    struct id_token_rules rules;
    struct id_token token; /* what was read last */
    enum id_token_refusal why;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_provider_open(&world->provider);
    world->arena = arena_open();
    const struct jwks_settings keys = {
        .url = arena_printf(world->arena, "%s/jwks", world->provider.issuer),
        .allow_private = true,
        .timeout_ms = 5000};
    jwks_open(&keys, &world->keys);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    jwks_close(&world->keys);
    fake_provider_close(&world->provider);
    arena_close(&world->arena);
    free(world);
    return 0;
}

/* As it is asked for and answered when nothing is out of the way. */
static json_t *begin(struct world *world)
{
    world->login =
        (struct login){.nonce = NONCE, .acr = LEVEL_SUBSTANTIAL, .anew = "", .started_at = STARTED};
    world->rules = (struct id_token_rules){.issuer = world->provider.issuer,
                                           .client_id = CLIENT,
                                           .algorithms = JWS_RS256,
                                           .pid_claim = "pid",
                                           .login = &world->login,
                                           .now = NOW};
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "iss",
                     world->provider.issuer, "aud", CLIENT, "sub", "abc", "nonce", NONCE, "acr",
                     LEVEL_HIGH, "pid", PID, "sid", "sess-1", "auth_time", NOW - 10, "iat", NOW,
                     "exp", NOW + 120);
}

/* Takes the claims. ERROR_NONE: it was believed. */
static enum error_code read_token(struct world *world, json_t *claims)
{
    struct error err = {0};
    const char *token =
        fake_provider_sign(&world->provider, world->arena, claims, world->provider.kid);
    json_decref(claims);
    bool good = id_token_read(world->arena, world->keys, token, &world->rules, &world->token,
                              &world->why, &err);
    return good ? ERROR_NONE : err.code;
}

/* With that claim in place of the right one; NULL: without it. */
static enum error_code with(struct world *world, const char *claim, json_t *value)
{
    json_t *claims = begin(world);
    if (value)
        json_object_set_new(claims, claim, value);
    else
        json_object_del(claims, claim);
    return read_token(world, claims);
}

static void must_be_refused(struct world *world, const char *claim, json_t *value,
                            enum id_token_refusal why)
{
    enum error_code code = with(world, claim, value);
    if (code != ERROR_DENIED || world->why != why)
        fail_msg("%s: %s, refusal %d", claim, error_name(code), (int)world->why);
}

/* ---- the tests ---- */

static void oidc_10_who_it_is_is_what_was_signed(void **state)
{
    struct world *world = *state;

    assert_int_equal(read_token(world, begin(world)), ERROR_NONE);

    assert_string_equal(world->token.pid, PID);
    assert_string_equal(world->token.name, "");
    assert_string_equal(world->token.login.issuer, world->provider.issuer);
    assert_string_equal(world->token.login.acr, LEVEL_HIGH);
    assert_string_equal(world->token.login.sid, "sess-1");
    assert_int_equal(world->token.login.auth_time, NOW - 10);
    assert_true(*world->token.login.id_token); /* to say at logout who leaves */
}

static void jwt_3_a_token_for_another_login_is_refused(void **state)
{
    struct world *world = *state;
    must_be_refused(world, "nonce", NULL, ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "nonce", json_string("n-0S6_WzA2Mk"), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "nonce", json_string(NONCE "x"), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "nonce", json_integer(7), ID_TOKEN_NOT_GOOD);
    json_t *claims = begin(world);
    world->login.nonce = ""; /* none was sent */
    json_object_set_new(claims, "nonce", json_string(""));
    assert_int_equal(read_token(world, claims), ERROR_DENIED);
}

static void jwt_3_a_token_for_another_client_is_refused(void **state)
{
    struct world *world = *state;
    must_be_refused(world, "aud", json_string("another"), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "aud", json_pack("[s, s]", CLIENT, "another"), ID_TOKEN_NOT_GOOD);
    json_t *claims = begin(world);
    json_object_set_new(claims, "aud", json_pack("[s, s]", CLIENT, "another"));
    json_object_set_new(claims, "azp", json_string("another"));
    assert_int_equal(read_token(world, claims), ERROR_DENIED);
    claims = begin(world);
    json_object_set_new(claims, "aud", json_pack("[s, s]", "another", CLIENT));
    json_object_set_new(claims, "azp", json_string(CLIENT));
    assert_int_equal(read_token(world, claims), ERROR_NONE);
    assert_int_equal(with(world, "aud", json_pack("[s]", CLIENT)), ERROR_NONE);
}

static void jwt_3_times_are_believed_within_a_minute(void **state)
{
    struct world *world = *state;
    assert_int_equal(with(world, "exp", json_integer(NOW - JWS_SKEW_S + 1)), ERROR_NONE);
    must_be_refused(world, "exp", json_integer(NOW - JWS_SKEW_S), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "exp", json_string("1795434120"), ID_TOKEN_NOT_GOOD);
    assert_int_equal(with(world, "iat", json_integer(NOW + JWS_SKEW_S)), ERROR_NONE);
    must_be_refused(world, "iat", json_integer(NOW + JWS_SKEW_S + 1), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "iat", NULL, ID_TOKEN_NOT_GOOD);
    assert_int_equal(with(world, "nbf", json_integer(NOW + JWS_SKEW_S)), ERROR_NONE);
    must_be_refused(world, "nbf", json_integer(NOW + JWS_SKEW_S + 1), ID_TOKEN_NOT_GOOD);
    assert_int_equal(with(world, "auth_time", json_integer(NOW + JWS_SKEW_S)), ERROR_NONE);
    must_be_refused(world, "auth_time", json_integer(NOW + JWS_SKEW_S + 1), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "auth_time", json_integer(0), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "auth_time", json_real(NOW - 0.5), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "auth_time", json_string("1795433990"), ID_TOKEN_NOT_GOOD);
}

static void jwt_3_a_token_without_a_subject_is_refused(void **state)
{
    struct world *world = *state;
    char longest[257] = "";
    memset(longest, 's', 255);
    must_be_refused(world, "sub", NULL, ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "sub", json_string(""), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "sub", json_integer(1), ID_TOKEN_NOT_GOOD);
    assert_int_equal(with(world, "sub", json_string(longest)), ERROR_NONE);
    longest[255] = 's';
    must_be_refused(world, "sub", json_string(longest), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "sid", json_string(longest), ID_TOKEN_NOT_GOOD);
    must_be_refused(world, "sid", json_integer(1), ID_TOKEN_NOT_GOOD);
    assert_int_equal(with(world, "sid", NULL), ERROR_NONE);
    assert_string_equal(world->token.login.sid, "");
}

static void jwt_4_a_level_below_what_was_asked_for_is_refused(void **state)
{
    struct world *world = *state;
    must_be_refused(world, "acr", NULL, ID_TOKEN_TOO_LOW);
    must_be_refused(world, "acr", json_string("idporten-loa-low"), ID_TOKEN_TOO_LOW);
    must_be_refused(world, "acr", json_string("Level4"), ID_TOKEN_TOO_LOW);
    assert_int_equal(with(world, "acr", json_string(LEVEL_SUBSTANTIAL)), ERROR_NONE);

    json_t *claims = begin(world);
    world->login.acr = LEVEL_HIGH;
    json_object_set_new(claims, "acr", json_string(LEVEL_SUBSTANTIAL));
    assert_int_equal(read_token(world, claims), ERROR_DENIED);
    assert_int_equal(world->why, ID_TOKEN_TOO_LOW);
}

static void jwt_4_the_older_words_count_only_where_that_is_set(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *said, *is;
    } words[] = {{"Level4", LEVEL_HIGH}, {"Level3", LEVEL_SUBSTANTIAL}, {LEVEL_HIGH, LEVEL_HIGH}};
    for (size_t i = 0; i < COUNT(words); i++) {
        json_t *claims = begin(world);
        world->rules.legacy_levels = true;
        json_object_set_new(claims, "acr", json_string(words[i].said));
        assert_int_equal(read_token(world, claims), ERROR_NONE);
        assert_string_equal(world->token.login.acr, words[i].is);
    }
}

static enum error_code asked_anew(struct world *world, json_t *auth_time)
{
    json_t *claims = begin(world);
    world->login.anew = "ja";
    if (auth_time)
        json_object_set_new(claims, "auth_time", auth_time);
    else
        json_object_del(claims, "auth_time");
    return read_token(world, claims);
}

static void jwt_4_who_was_to_prove_it_again_did_so_after_that_was_asked(void **state)
{
    struct world *world = *state;
    assert_int_equal(asked_anew(world, json_integer(STARTED - JWS_SKEW_S)), ERROR_NONE);
    assert_int_equal(asked_anew(world, json_integer(STARTED - JWS_SKEW_S - 1)), ERROR_DENIED);
    assert_int_equal(world->why, ID_TOKEN_TOO_OLD);
    assert_int_equal(asked_anew(world, NULL), ERROR_DENIED);
    assert_int_equal(world->why, ID_TOKEN_TOO_OLD);
    assert_int_equal(with(world, "auth_time", NULL), ERROR_NONE); /* who was not, need not */
    assert_int_equal(world->token.login.auth_time, 0);
}

static void oidc_10_without_one_identity_number_it_is_nobody(void **state)
{
    struct world *world = *state;
    must_be_refused(world, "pid", NULL, ID_TOKEN_NO_NUMBER);
    must_be_refused(world, "pid", json_string(""), ID_TOKEN_NO_NUMBER);
    must_be_refused(world, "pid", json_string("15838530182"), ID_TOKEN_NO_NUMBER);
    must_be_refused(world, "pid", json_string(PID " "), ID_TOKEN_NO_NUMBER);
    must_be_refused(world, "pid", json_integer(15838530181), ID_TOKEN_NO_NUMBER);
    must_be_refused(world, "pid", json_pack("[s, s]", PID, "02879110001"), ID_TOKEN_NO_NUMBER);
}

/* A member that stands there twice cannot be written with jansson. */
static void jwt_1_a_token_with_two_identity_numbers_is_refused(void **state)
{
    struct world *world = *state;
    json_t *claims = begin(world);
    const char *text = json_dumps(claims, JSON_COMPACT);
    json_decref(claims);
    const char *twice = arena_printf(world->arena, "{\"pid\":\"02879110001\",%s", text + 1);
    free((char *)text);
    const struct jws_signer signer = {
        .key = world->provider.key, .scheme = CRYPTO_RS256, .kid = world->provider.kid};
    char *token;
    struct error err = {0};
    assert_true(jws_write_document(world->arena, BYTES_OF(twice), &signer, &token, &err));
    assert_false(id_token_read(world->arena, world->keys, token, &world->rules, &world->token,
                               &world->why, &err));
    assert_int_equal(err.code, ERROR_DENIED);
}

static void jwt_2_a_token_that_names_a_key_of_nobodys_is_refused(void **state)
{
    struct world *world = *state;
    world->provider.kid = "first";
    assert_int_equal(read_token(world, begin(world)), ERROR_NONE);
    json_t *claims = begin(world);
    const char *token = fake_provider_sign(&world->provider, world->arena, claims, "second");
    json_decref(claims);
    struct error err = {0};
    assert_false(id_token_read(world->arena, world->keys, token, &world->rules, &world->token,
                               &world->why, &err));
    assert_int_equal(err.code, ERROR_DENIED);
    assert_int_equal(world->why, ID_TOKEN_NOT_GOOD);
}

/* Signed by the same key, for us, with all the same claims: its header says that it is no id token.
 */
static void api_1_an_access_token_lets_nobody_log_in(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->arena;
    struct error err = {0};
    static const char *const types[] = {"JWT", "at+jwt", "logout+jwt"};
    world->provider.kid = "first";
    for (size_t i = 0; i < COUNT(types); i++) {
        json_t *claims = begin(world);
        char *payload = json_dumps(claims, JSON_COMPACT);
        const char *head =
            arena_printf(arena, "{\"alg\":\"RS256\",\"kid\":\"first\",\"typ\":\"%s\"}", types[i]);
        const char *text = arena_printf(arena, "%s.%s", codec_base64url(arena, BYTES_OF(head)),
                                        codec_base64url(arena, BYTES_OF(payload)));
        free(payload);
        json_decref(claims);
        struct bytes signature;
        assert_true(crypto_sign(arena, world->provider.key, CRYPTO_RS256, BYTES_OF(text),
                                &signature, &err));
        bool is_in =
            id_token_read(arena, world->keys,
                          arena_printf(arena, "%s.%s", text, codec_base64url(arena, signature)),
                          &world->rules, &world->token, &world->why, &err);
        assert_int_equal(is_in, i == 0);
    }
    assert_int_equal(err.code, ERROR_DENIED);
}

static void oidc_10_the_number_is_where_the_settings_say(void **state)
{
    struct world *world = *state;
    json_t *claims = begin(world);
    world->rules.pid_claim = "https://provider.example/number";
    json_object_del(claims, "pid");
    json_object_set_new(claims, world->rules.pid_claim, json_string(PID));
    json_object_set_new(claims, "name", json_string(" Kari  Test "));

    assert_int_equal(read_token(world, claims), ERROR_NONE);

    assert_string_equal(world->token.pid, PID);
    assert_string_equal(world->token.name, "Kari Test");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oidc_10_who_it_is_is_what_was_signed),
        cmocka_unit_test(jwt_3_a_token_for_another_login_is_refused),
        cmocka_unit_test(jwt_3_a_token_for_another_client_is_refused),
        cmocka_unit_test(jwt_3_times_are_believed_within_a_minute),
        cmocka_unit_test(jwt_3_a_token_without_a_subject_is_refused),
        cmocka_unit_test(jwt_4_a_level_below_what_was_asked_for_is_refused),
        cmocka_unit_test(jwt_4_the_older_words_count_only_where_that_is_set),
        cmocka_unit_test(jwt_4_who_was_to_prove_it_again_did_so_after_that_was_asked),
        cmocka_unit_test(oidc_10_without_one_identity_number_it_is_nobody),
        cmocka_unit_test(jwt_1_a_token_with_two_identity_numbers_is_refused),
        cmocka_unit_test(jwt_2_a_token_that_names_a_key_of_nobodys_is_refused),
        cmocka_unit_test(api_1_an_access_token_lets_nobody_log_in),
        cmocka_unit_test(oidc_10_the_number_is_where_the_settings_say),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
