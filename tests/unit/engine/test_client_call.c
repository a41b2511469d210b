/* test_client_call.c - what we post to an OpenID provider, the proof of who we are in it, and what
 * its answers mean. */
#include "engine/base/clock.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "engine/login/client_call.h"
#include "fake_provider.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { NOW = 1795434000 };

struct world {
    struct fake_provider provider;
    struct arena *arena;
    struct client_call_settings settings;
    const char *url;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    fake_provider_open(&world->provider);
    world->arena = arena_open();
    world->url = arena_printf(world->arena, "%s/token", world->provider.issuer);
    world->settings = (struct client_call_settings){.issuer = world->provider.issuer,
                                                    .client_id = "fjordvik & co",
                                                    .key_pem = world->provider.key_pem,
                                                    .kid = "ours",
                                                    .allow_private = true,
                                                    .timeout_ms = 5000};
    clock_set(NOW);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    clock_set(0);
    fake_provider_close(&world->provider);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static const struct client_field code[] = {
    {"grant_type", "authorization_code"}, {"left_out", NULL}, {"code", "a b&c=d/\u00e6"}};

/* ERROR_NONE: it was answered; *what is the member "access_token". */
static enum error_code post(struct world *world, const char **what, struct error *err)
{
    struct client_calls *calls = NULL;
    json_t *answer = NULL;
    assert_true(client_calls_open(&world->settings, &calls, err));
    *err = (struct error){0};
    bool good = client_call_post(calls, world->arena, world->url, code, COUNT(code), &answer, err);
    const char *text = good ? jws_text(answer, "access_token") : NULL;
    *what = text ? arena_text(world->arena, text) : "";
    jws_close(&answer);
    client_calls_close(&calls);
    client_calls_close(&calls); /* twice does nothing */
    return good ? ERROR_NONE : err->code;
}

/* What came as that field, as it was sent; "" when it did not come. */
static const char *field(struct world *world, const char *name)
{
    const char *start = arena_printf(world->arena, "&%s=", name);
    const char *form = arena_printf(world->arena, "&%s", world->provider.form);
    const char *at = strstr(form, start);
    return at ? arena_printf(world->arena, "%.*s", (int)strcspn(at + strlen(start), "&"),
                             at + strlen(start))
              : "";
}

static json_t *read_assertion(struct world *world, int64_t now, struct error *err)
{
    struct jws_keys *keys;
    world->provider.kid = "ours"; /* its key is ours here */
    assert_true(
        jws_keys_parse(BYTES_OF(fake_provider_keys(&world->provider, world->arena)), &keys, err));
    const struct jws_rules rules = {.algorithms = JWS_RS256,
                                    .types = "JWT",
                                    .issuer = world->settings.client_id,
                                    .audience = world->provider.issuer,
                                    .now = now};
    json_t *claims = NULL;
    if (!jws_read(world->arena, field(world, "client_assertion"), keys, &rules, &claims, err))
        claims = NULL;
    jws_keys_close(&keys);
    return claims;
}

/* ---- the tests ---- */

static void oidc_1_fields_are_posted_so_that_each_is_read_as_it_was(void **state)
{
    struct world *world = *state;
    struct error err;
    const char *what;
    world->provider.token_answer = "{\"access_token\": \"t\"}";

    assert_int_equal(post(world, &what, &err), ERROR_NONE);

    assert_string_equal(what, "t");
    assert_string_equal(field(world, "grant_type"), "authorization_code");
    assert_string_equal(field(world, "code"), "a%20b%26c%3Dd%2F%C3%A6");
    assert_string_equal(field(world, "client_id"), "fjordvik%20%26%20co");
    assert_null(strstr(world->provider.form, "left_out"));
}

static void oidc_1_the_proof_is_for_that_issuer_once_and_for_a_minute(void **state)
{
    struct world *world = *state;
    struct error err;
    const char *what;
    assert_int_equal(post(world, &what, &err), ERROR_NONE);

    CLEANUP(jws_close) json_t *first = read_assertion(world, NOW, &err);
    if (!first)
        fail_msg("%s", err.text);
    assert_string_equal(field(world, "client_assertion_type"),
                        "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
    assert_string_equal(field(world, "client_secret"), "");
    assert_string_equal(jws_text(first, "sub"), world->settings.client_id);
    assert_int_equal(json_integer_value(json_object_get(first, "iat")), NOW);
    assert_int_equal(json_integer_value(json_object_get(first, "exp")), NOW + 60);
    assert_null(read_assertion(world, NOW + 60 + JWS_SKEW_S, &err));

    assert_int_equal(post(world, &what, &err), ERROR_NONE);
    CLEANUP(jws_close) json_t *second = read_assertion(world, NOW, &err);
    assert_string_not_equal(jws_text(first, "jti"), jws_text(second, "jti"));
    assert_true(strlen(jws_text(first, "jti")) >= 43); /* 256 bits */
}

static void with_a_secret_that_is_the_proof(void **state)
{
    struct world *world = *state;
    struct error err;
    const char *what;
    world->settings.secret = "hem&lig";

    assert_int_equal(post(world, &what, &err), ERROR_NONE);

    assert_string_equal(field(world, "client_secret"), "hem%26lig");
    assert_string_equal(field(world, "client_assertion"), "");
    assert_string_equal(field(world, "client_assertion_type"), "");
}

static void what_it_answers_is_told_by_what_can_be_done_about_it(void **state)
{
    static const struct {
        int status;
        const char *answer;
        enum error_code code;
    } lines[] = {
        {200, "{}", ERROR_NONE},
        {201, "{}", ERROR_NONE},
        {200, "", ERROR_UNAVAILABLE},
        {200, "[]", ERROR_UNAVAILABLE},
        {200, "<html>", ERROR_UNAVAILABLE},
        {200, "{\"a\": 1, \"a\": 2}", ERROR_UNAVAILABLE},
        {204, "", ERROR_UNAVAILABLE},
        {302, "{}", ERROR_UNAVAILABLE},
        {400, "{\"error\": \"invalid_grant\"}", ERROR_REFUSED},
        {401, "", ERROR_REFUSED},
        {499, "<html>", ERROR_REFUSED},
        {500, "{\"error\": \"server_error\"}", ERROR_UNAVAILABLE},
        {503, "", ERROR_UNAVAILABLE},
    };
    struct world *world = *state;
    struct error err;
    const char *what;
    for (size_t i = 0; i < COUNT(lines); i++) {
        world->provider.token_status = lines[i].status;
        world->provider.token_answer = lines[i].answer;
        enum error_code got = post(world, &what, &err);
        if (got != lines[i].code)
            fail_msg("%d %s: %s", lines[i].status, lines[i].answer, error_name(got));
    }
}

static void log_1_of_a_refusal_only_its_word_is_told(void **state)
{
    struct world *world = *state;
    struct error err;
    const char *what;
    world->provider.token_status = 400;
    world->provider.token_answer = "{\"error\": \"invalid_grant\", \"error_description\": \"x7\"}";
    assert_int_equal(post(world, &what, &err), ERROR_REFUSED);
    assert_string_equal(err.text, "the OpenID provider says no: 400 invalid_grant");
    world->provider.token_answer = "{\"error\": \"no 15838530181\"}";
    assert_int_equal(post(world, &what, &err), ERROR_REFUSED);
    assert_string_equal(err.text, "the OpenID provider says no: 400 no");
}

static void a_key_without_a_name_or_that_is_none_is_told_at_the_start(void **state)
{
    struct world *world = *state;
    struct client_calls *calls = NULL;
    struct error err = {0};
    world->settings.kid = "";
    assert_false(client_calls_open(&world->settings, &calls, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_non_null(strstr(err.text, "idporten_kid"));
    world->settings.kid = "ours";
    world->settings.key_pem = BYTES_OF("no key");
    assert_false(client_calls_open(&world->settings, &calls, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_null(calls);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(oidc_1_fields_are_posted_so_that_each_is_read_as_it_was),
        TEST(oidc_1_the_proof_is_for_that_issuer_once_and_for_a_minute),
        TEST(with_a_secret_that_is_the_proof),
        TEST(what_it_answers_is_told_by_what_can_be_done_about_it),
        TEST(log_1_of_a_refusal_only_its_word_is_told),
        TEST(a_key_without_a_name_or_that_is_none_is_told_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
