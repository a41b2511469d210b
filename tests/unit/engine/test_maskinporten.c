/* The client of Maskinporten against the sandbox's, which reads grants with code of its own. */
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/jws.h"
#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/sandbox/sandbox_login.h"
#include "engine/sandbox/sandbox_people.h"
#include "engine/sandbox/sandbox_registers.h"
#include "storage/db.h"
#include "storage/postbox/maskinporten.h"
#include "tests/unit/engine/asker.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define SCOPE "krr:global/kontaktinformasjon.read"

struct world {
    struct asker asker;
    struct arena *arena;
    const char *issuer;
    struct bytes key_pem, certificate_pem;
    struct crypto_key *key;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    world->arena = arena_open();
    asker_open(&world->asker, false);
    world->issuer = arena_printf(world->arena, "%s" SANDBOX_LOGIN_PATH,
                                 sandbox_mailbox_url(world->asker.sandbox));
    const char *certificate =
        arena_printf(world->arena, "%s/broker.certificate.pem", world->asker.folder);
    *state = world;
    return files_read(world->arena, sandbox_broker_key_file(world->asker.sandbox), 65536,
                      &world->key_pem, &err) &&
                   files_read(world->arena, certificate, 65536, &world->certificate_pem, &err) &&
                   crypto_private_key_open(world->key_pem, "key", &world->key, &err)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    crypto_key_close(&world->key);
    asker_close(&world->asker);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static struct maskinporten_settings settings_of(struct world *world)
{
    return (struct maskinporten_settings){.url = world->issuer,
                                          .client_id = SANDBOX_LOGIN_CLIENT,
                                          .private_key_pem = world->key_pem,
                                          .kid = SANDBOX_LOGIN_KID,
                                          .allow_private = true,
                                          .timeout_ms = 5000};
}

static struct maskinporten *open_client(const struct maskinporten_settings *settings)
{
    struct maskinporten *client = NULL;
    assert_true(maskinporten_open(settings, &client, NULL));
    return client;
}

/* Posts fields to the sandbox and gives the JSON of the answer. */
static json_t *post(struct world *world, const char *path, const char *fields, int *status)
{
    const char *base = sandbox_mailbox_url(world->asker.sandbox);
    const struct fetch_destination destination = {.base_url = base, .allow_private = true};
    const struct fetch_header type = {"Content-Type", "application/x-www-form-urlencoded"};
    const struct fetch_request request = {.method = "POST",
                                          .url = arena_printf(world->arena, "%s%s", base, path),
                                          .headers = &type,
                                          .header_count = 1,
                                          .body = BYTES_OF(fields),
                                          .has_body = true,
                                          .max_bytes = 65536,
                                          .timeout_ms = 10000};
    struct fetch_answer answer;
    assert_true(fetch_send(world->arena, &destination, &request, &answer, NULL));
    *status = answer.status;
    return json_loadb((const char *)answer.body.data, answer.body.size, 0, NULL);
}

static void behave(struct world *world, const char *mode, int answers)
{
    int status;
    json_t *json = post(world, "/control/maskinporten",
                        arena_printf(world->arena, "mode=%s&answers=%d", mode, answers), &status);
    assert_int_equal(status, 200);
    json_decref(json);
}

/* The claims of a token, unchecked. */
static json_t *claims_of(struct world *world, const char *token)
{
    const char *first = strchr(token, '.') + 1;
    struct bytes json;
    assert_true(codec_unbase64url(
        world->arena, arena_printf(world->arena, "%.*s", (int)strcspn(first, "."), first), &json));
    return json_loadb((const char *)json.data, json.size, 0, NULL);
}

static const char *token_of(struct world *world, struct maskinporten *client, const char *consumer)
{
    const char *token = NULL;
    struct error err = {0};
    if (!maskinporten_token(client, world->arena, SCOPE, consumer, &token, &err))
        fail_msg("%s", err.text);
    return token;
}

static void a_token_is_kept_until_shortly_before_it_expires(void **state)
{
    struct world *world = *state;
    const struct maskinporten_settings settings = settings_of(world);
    struct maskinporten *client = open_client(&settings);
    const char *first = token_of(world, client, NULL);
    assert_string_equal(token_of(world, client, NULL), first);
    db_clock_advance(89 * 1000);
    assert_string_equal(token_of(world, client, NULL), first);
    db_clock_advance(1000);
    const char *second = token_of(world, client, NULL);
    assert_string_not_equal(second, first);

    CLEANUP(jws_close) json_t *claims = claims_of(world, second);
    assert_string_equal(jws_text(json_object_get(claims, "consumer"), "ID"), "0192:310123005");
    assert_string_equal(jws_text(claims, "scope"), SCOPE);
    assert_string_equal(jws_text(claims, "client_amr"), "private_key_jwt");
    assert_null(json_object_get(claims, "supplier"));
    maskinporten_close(&client);
    maskinporten_close(&client); /* twice does nothing */
}

static void a_token_that_was_not_taken_is_asked_for_anew(void **state)
{
    struct world *world = *state;
    const struct maskinporten_settings settings = settings_of(world);
    struct maskinporten *client = open_client(&settings);
    const char *first = token_of(world, client, NULL);
    maskinporten_forget(client, "another");
    assert_string_equal(token_of(world, client, NULL), first);
    maskinporten_forget(client, first);
    assert_string_not_equal(token_of(world, client, NULL), first);
    maskinporten_close(&client);
}

static void a_token_for_another_organisation_is_its_own(void **state)
{
    struct world *world = *state;
    const struct maskinporten_settings settings = settings_of(world);
    struct maskinporten *client = open_client(&settings);
    const char *own = token_of(world, client, NULL);
    const char *theirs = token_of(world, client, "310123021");
    assert_string_not_equal(own, theirs);
    assert_string_equal(token_of(world, client, "310123021"), theirs);
    CLEANUP(jws_close) json_t *claims = claims_of(world, theirs);
    assert_string_equal(jws_text(json_object_get(claims, "consumer"), "ID"), "0192:310123021");
    assert_string_equal(jws_text(json_object_get(claims, "supplier"), "ID"), "0192:310123005");
    maskinporten_close(&client);
}

static void a_client_without_a_registered_key_sends_its_certificate(void **state)
{
    struct world *world = *state;
    struct maskinporten_settings settings = settings_of(world);
    settings.client_id = SANDBOX_LOGIN_CERTIFICATE_CLIENT;
    settings.kid = NULL;
    const char *business_file = sandbox_dpi_certificate_file(world->asker.sandbox);
    struct bytes business;
    struct error err;
    assert_true(files_read(world->arena, business_file, 65536, &business, &err));
    const struct bytes chains[] = {world->certificate_pem, business};
    for (size_t i = 0; i < COUNT(chains); i++) {
        settings.chain_pem = chains[i];
        struct maskinporten *client = open_client(&settings);
        CLEANUP(jws_close) json_t *claims = claims_of(world, token_of(world, client, NULL));
        assert_string_equal(jws_text(claims, "client_amr"), "virksomhetssertifikat");
        maskinporten_close(&client);
    }
}

static enum error_code code_of(struct world *world, const struct maskinporten_settings *settings,
                               const char *scope, const char *consumer, struct error *err)
{
    struct maskinporten *client = open_client(settings);
    const char *token = NULL;
    *err = (struct error){0};
    assert_false(maskinporten_token(client, world->arena, scope, consumer, &token, err));
    assert_null(token);
    maskinporten_close(&client);
    return err->code;
}

static void a_refusal_is_told_with_its_number(void **state)
{
    struct world *world = *state;
    struct maskinporten_settings settings = settings_of(world);
    struct error err;
    assert_int_equal(code_of(world, &settings, "other:scope", NULL, &err), ERROR_REFUSED);
    assert_string_equal(err.text, "Maskinporten gives no token: 400 invalid_scope MP-200");
    assert_int_equal(code_of(world, &settings, SCOPE, "974761076", &err), ERROR_REFUSED);
    assert_non_null(strstr(err.text, "MP-251"));
    settings.kid = "another";
    assert_int_equal(code_of(world, &settings, SCOPE, NULL, &err), ERROR_REFUSED);
    assert_non_null(strstr(err.text, "MP-100"));
    settings = settings_of(world);
    struct bytes certificate;
    crypto_make_certificate(world->arena, "another", &settings.private_key_pem, &certificate);
    assert_int_equal(code_of(world, &settings, SCOPE, NULL, &err), ERROR_REFUSED);
    assert_non_null(strstr(err.text, "MP-124"));
    settings.client_id = SANDBOX_LOGIN_CERTIFICATE_CLIENT;
    settings.kid = NULL;
    settings.chain_pem = certificate;
    assert_int_equal(code_of(world, &settings, SCOPE, NULL, &err), ERROR_REFUSED);
    assert_non_null(strstr(err.text, "MP-122"));
}

static void trouble_there_is_no_refusal(void **state)
{
    struct world *world = *state;
    const struct maskinporten_settings settings = settings_of(world);
    static const char *const modes[] = {"down", "garbage", "error"};
    struct error err;
    for (size_t i = 0; i < COUNT(modes); i++) {
        behave(world, modes[i], 1);
        assert_int_equal(code_of(world, &settings, SCOPE, NULL, &err), ERROR_UNAVAILABLE);
    }
    behave(world, "refuse", 1);
    assert_int_equal(code_of(world, &settings, SCOPE, NULL, &err), ERROR_REFUSED);
}

static void a_client_needs_a_key_and_one_way_to_name_it(void **state)
{
    struct world *world = *state;
    struct maskinporten *client = NULL;
    struct error err;
    struct maskinporten_settings settings = settings_of(world);
    settings.kid = NULL;
    assert_false(maskinporten_open(&settings, &client, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    settings = settings_of(world);
    settings.private_key_pem = BYTES_OF("no key");
    assert_false(maskinporten_open(&settings, &client, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_null(client);
}

/* ---- what the sandbox's token endpoint refuses ---- */

/* The answer to a grant that is right, but for one claim (NULL: none). */
static const char *answer_to(struct world *world, const char *claim, json_t *value, bool twice)
{
    int64_t now = clock_now();
    CLEANUP(jws_close)
    json_t *claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "aud", world->issuer, "iss",
                               SANDBOX_LOGIN_CLIENT, "scope", SCOPE, "iat", (json_int_t)now, "exp",
                               (json_int_t)now + 120, "jti", crypto_uuid(world->arena));
    if (claim)
        json_object_set_new(claims, claim, value);
    const struct jws_signer signer = {
        .key = world->key, .scheme = CRYPTO_RS256, .kid = SANDBOX_LOGIN_KID};
    char *grant;
    assert_true(jws_write(world->arena, claims, &signer, &grant, NULL));
    const char *fields = arena_printf(
        world->arena, "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=%s", grant);
    int status;
    CLEANUP(jws_close) json_t *answer = post(world, SANDBOX_LOGIN_PATH "token", fields, &status);
    if (twice) {
        assert_int_equal(status, 200);
        jws_close(&answer);
        answer = post(world, SANDBOX_LOGIN_PATH "token", fields, &status);
    }
    if (status == 200)
        return "given";
    assert_int_equal(status, 400);
    return arena_printf(world->arena, "%s %.6s", jws_text(answer, "error"),
                        jws_text(answer, "error_description"));
}

static void the_sandbox_refuses_what_maskinporten_refuses(void **state)
{
    struct world *world = *state;
    int64_t now = clock_now();
    const struct {
        const char *claim;
        json_t *value;
        const char *expected;
    } lines[] = {
        {NULL, NULL, "given"},
        {"iat", json_integer(now - 8), "invalid_grant MP-130"}, /* exp is then too late */
        {"exp", json_integer(now + 30), "given"},
        {"exp", json_integer(now + 300), "invalid_grant MP-130"},
        {"exp", json_integer(now - 1), "invalid_grant MP-130"},
        {"iat", json_integer(now + 30), "invalid_grant MP-130"},
        {"iat", json_string("now"), "invalid_grant MP-130"},
        {"aud", json_string("https://maskinporten.no/"), "invalid_grant MP-110"},
        {"iss", json_string("nobody"), "invalid_grant MP-100"},
        {"scope", json_string(""), "invalid_scope MP-200"},
        {"scope", json_string(SCOPE " other"), "invalid_scope MP-200"},
        {"consumer_org", json_string("310123021"), "given"},
        {"consumer_org", json_string("123456789"), "invalid_request MP-011"},
        {"consumer_org", json_string("974761076"), "invalid_scope MP-251"},
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_string_equal(answer_to(world, lines[i].claim, lines[i].value, false),
                            lines[i].expected);
    assert_string_equal(answer_to(world, NULL, NULL, true), "invalid_grant MP-012");
    int status;
    CLEANUP(jws_close)
    json_t *answer = post(world, SANDBOX_LOGIN_PATH "token", "grant_type=password", &status);
    assert_int_equal(status, 400);
    assert_string_equal(jws_text(answer, "error"), "invalid_request");
}

/* ---- Kontakt- og reservasjonsregisteret, which such tokens open ---- */

/* What the stand-in says of that person to whom has a token with that scope. */
static json_t *ask_register(struct world *world, const char *scope, const char *person)
{
    const struct maskinporten_settings settings = settings_of(world);
    struct maskinporten *client = open_client(&settings);
    const char *token = NULL;
    assert_true(maskinporten_token(client, world->arena, scope, NULL, &token, NULL));
    maskinporten_close(&client);
    const char *base = sandbox_mailbox_url(world->asker.sandbox);
    const struct fetch_destination destination = {.base_url = base, .allow_private = true};
    const struct fetch_header headers[] = {
        {"Content-Type", "application/json"},
        {"Authorization", arena_printf(world->arena, "Bearer %s", token)}};
    const char *body = arena_printf(world->arena, "{\"personidentifikatorer\":[\"%s\"]}",
                                    sandbox_people_find(person)->pid);
    const struct fetch_request request = {
        .method = "POST",
        .url = arena_printf(world->arena, "%s" SANDBOX_REGISTERS_PATH "krr/rest/v2/personer", base),
        .headers = headers,
        .header_count = COUNT(headers),
        .body = BYTES_OF(body),
        .has_body = true,
        .max_bytes = 65536,
        .timeout_ms = 10000};
    struct fetch_answer answer;
    assert_true(fetch_send(world->arena, &destination, &request, &answer, NULL));
    assert_int_equal(answer.status, 200);
    json_t *json = json_loadb((const char *)answer.body.data, answer.body.size, 0, NULL);
    json_t *only = json_incref(json_array_get(json_object_get(json, "personer"), 0));
    json_decref(json);
    return only;
}

static void the_register_tells_whose_mailbox_it_is_and_who_is_reserved(void **state)
{
    static const struct {
        const char *person, *provider, *reserved, *notified;
    } cases[] = {
        {"ingrid", "984661185", "NEI", "KAN_VARSLES"},
        {"lise", "922020175", "NEI", "KAN_VARSLES"},
        {"kari", NULL, "NEI", "KAN_VARSLES"},
        {"einar", NULL, "JA", "KAN_IKKE_VARSLES"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *person =
            ask_register(*state, SCOPE " krr:global/digitalpost.read", cases[i].person);
        const json_t *mailbox = json_object_get(person, "digital_post");
        assert_true(
            text_equal(json_string_value(json_object_get(mailbox, "postkasseleverandoeradresse")),
                       cases[i].provider));
        assert_string_equal(json_string_value(json_object_get(person, "status")), "AKTIV");
        assert_string_equal(json_string_value(json_object_get(person, "reservasjon")),
                            cases[i].reserved);
        assert_string_equal(json_string_value(json_object_get(person, "varslingsstatus")),
                            cases[i].notified);
        assert_int_equal(json_object_get(person, "reservasjonstidspunkt") != NULL,
                         text_equal(cases[i].reserved, "JA"));
        assert_int_equal(json_object_get(person, "sertifikat") != NULL, mailbox != NULL);
        json_decref(person);
    }
}

static void the_register_tells_of_who_is_not_to_be_notified_and_who_is_not_there(void **state)
{
    static const struct {
        const char *person, *status, *notified;
    } cases[] = {
        {"solveig", "AKTIV", "KAN_IKKE_VARSLES"},
        {"torleif", "SLETTET", "KAN_IKKE_VARSLES"},
        {"nora", "IKKE_REGISTRERT", "KAN_IKKE_VARSLES"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *person = ask_register(*state, SCOPE, cases[i].person);
        assert_string_equal(json_string_value(json_object_get(person, "status")), cases[i].status);
        assert_string_equal(json_string_value(json_object_get(person, "varslingsstatus")),
                            cases[i].notified);
        json_decref(person);
    }
}

static void a_scope_that_was_not_given_hides_its_fields(void **state)
{
    json_t *person = ask_register(*state, "krr:global/digitalpost.read", "lise");
    assert_non_null(json_object_get(person, "sertifikat"));
    assert_null(json_object_get(person, "kontaktinformasjon"));
    assert_null(json_object_get(person, "varslingsstatus"));
    assert_null(json_object_get(person, "spraak"));
    json_decref(person);

    person = ask_register(*state, SCOPE, "lise");
    assert_null(json_object_get(person, "digital_post"));
    assert_null(json_object_get(person, "sertifikat"));
    assert_non_null(json_object_get(person, "kontaktinformasjon"));
    json_decref(person);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_kept_until_shortly_before_it_expires),
        cmocka_unit_test(a_token_that_was_not_taken_is_asked_for_anew),
        cmocka_unit_test(a_token_for_another_organisation_is_its_own),
        cmocka_unit_test(a_client_without_a_registered_key_sends_its_certificate),
        cmocka_unit_test(a_refusal_is_told_with_its_number),
        cmocka_unit_test(trouble_there_is_no_refusal),
        cmocka_unit_test(a_client_needs_a_key_and_one_way_to_name_it),
        cmocka_unit_test(the_sandbox_refuses_what_maskinporten_refuses),
        cmocka_unit_test(the_register_tells_whose_mailbox_it_is_and_who_is_reserved),
        cmocka_unit_test(the_register_tells_of_who_is_not_to_be_notified_and_who_is_not_there),
        cmocka_unit_test(a_scope_that_was_not_given_hides_its_fields),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
