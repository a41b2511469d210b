/* test_discovery.c - what an OpenID provider says of itself, and what of it is believed. */
#include "engine/login/discovery.h"
#include "engine/login/idporten.h"
#include "fake_provider.h"
#include "storage/db.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ISSUER "https://idporten.no"
#define DOCUMENT(issuer, token, algorithms)                                                        \
    "{\"issuer\": \"" issuer "\", \"authorization_endpoint\": "                                    \
    "\"https://login.idporten.no/authorize\", \"token_endpoint\": \"" token "\", \"jwks_uri\": "   \
    "\"https://idporten.no/jwks.json\", \"end_session_endpoint\": "                                \
    "\"https://login.idporten.no/logout\", \"id_token_signing_alg_values_supported\": "            \
    "[" algorithms "], \"authorization_response_iss_parameter_supported\": true}"

static const struct discovery_settings settings = {.issuer = ISSUER, .hosts = "login.idporten.no"};

static bool read(struct arena *arena, const char *json, struct discovery *out)
{
    const char *jwks_uri;
    struct error err = {0};
    bool good = discovery_read(arena, BYTES_OF(json), &settings, out, &jwks_uri, &err);
    assert_true(good || err.code == ERROR_REFUSED);
    assert_true(!good || strcmp(jwks_uri, "https://idporten.no/jwks.json") == 0);
    return good;
}

static void oidc_3_the_issuer_is_compared_letter_for_letter(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct discovery found;
    assert_true(read(arena, DOCUMENT(ISSUER, "https://idporten.no/token", "\"RS256\""), &found));
    assert_string_equal(found.token, "https://idporten.no/token");
    assert_string_equal(found.pushed, "");
    assert_true(found.says_issuer);
    assert_false(
        read(arena, DOCUMENT(ISSUER "/", "https://idporten.no/token", "\"RS256\""), &found));
    assert_false(read(
        arena, DOCUMENT("https://IDPORTEN.no", "https://idporten.no/token", "\"RS256\""), &found));
    assert_false(read(arena, "[]", &found));
    assert_false(read(arena, "{\"issuer\": \"" ISSUER "\"}", &found));
}

static void oidc_3_endpoints_are_https_and_on_the_hosts_that_were_named(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct discovery found;
    assert_true(
        read(arena, DOCUMENT(ISSUER, "https://login.idporten.no/token", "\"RS256\""), &found));
    assert_false(read(arena, DOCUMENT(ISSUER, "http://idporten.no/token", "\"RS256\""), &found));
    assert_false(read(arena, DOCUMENT(ISSUER, "https://other.example/token", "\"RS256\""), &found));
    assert_false(
        read(arena, DOCUMENT(ISSUER, "https://idporten.no:8443/token", "\"RS256\""), &found));
    assert_false(read(
        arena, DOCUMENT(ISSUER, "https://idporten.no@other.example/token", "\"RS256\""), &found));
    assert_false(read(
        arena, DOCUMENT(ISSUER, "https://idporten.no.other.example/token", "\"RS256\""), &found));
    assert_false(read(arena, DOCUMENT(ISSUER, "http://127.0.0.1/token", "\"RS256\""), &found));
}

static void jwt_1_only_algorithms_that_are_known_to_be_good_are_taken(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct discovery found;
    assert_true(read(
        arena,
        DOCUMENT(ISSUER, "https://idporten.no/token", "\"none\", \"HS256\", \"ES256\", \"PS256\""),
        &found));
    assert_int_equal(found.algorithms, JWS_ES256 | JWS_PS256);
    assert_false(
        read(arena, DOCUMENT(ISSUER, "https://idporten.no/token", "\"none\", \"HS256\""), &found));
}

static void hdr_2_where_pages_may_lead_is_known_from_the_settings(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *origins;
    struct error err;
    assert_true(discovery_origins(arena, &settings, &origins, &err));
    assert_string_equal(origins, " https://idporten.no https://login.idporten.no");
    struct discovery_settings wrong = settings;
    wrong.hosts = "a.example; script-src *";
    assert_false(discovery_origins(arena, &wrong, &origins, &err));
    wrong = settings;
    wrong.issuer = "http://127.0.0.1:8081/idporten";
    assert_false(discovery_origins(arena, &wrong, &origins, &err));
    wrong.allow_http = true;
    wrong.hosts = "";
    assert_true(discovery_origins(arena, &wrong, &origins, &err));
    assert_string_equal(origins, " http://127.0.0.1:8081");
}

/* The pair in ID-porten's own documents. */
static void oidc_1_the_challenge_is_the_verifiers_digest_without_padding(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    assert_string_equal(idporten_challenge(arena, "xyo94uhy3zKvgB0NJwLms86SwcjtWviEOpkBnGgaLlo"),
                        "b7elB7ZyxIXgFyvBznKvxl7wOB-H17Pz0a3B62NIMFI");
}

/* ---- asked, and kept ---- */

enum { SECOND_MS = 1000, DAY_MS = 24 * 3600 * 1000 };

struct asking {
    struct fake_provider provider;
    struct discovery_settings settings;
    struct discoveries *discoveries;
};

static int set_up(void **state)
{
    static struct asking asking;
    fake_provider_open(&asking.provider);
    asking.settings = (struct discovery_settings){
        .issuer = asking.provider.issuer, .hosts = "", .allow_http = true, .timeout_ms = 5000};
    discoveries_open(&asking.settings, &asking.discoveries);
    *state = &asking;
    return 0;
}

static int tear_down(void **state)
{
    struct asking *asking = *state;
    discoveries_close(&asking->discoveries);
    discoveries_close(&asking->discoveries); /* twice does nothing */
    fake_provider_close(&asking->provider);
    return 0;
}

/* ERROR_NONE: it is known. *pushes: whether it takes pushed requests, as it was understood. */
static enum error_code borrow(struct asking *asking, bool *pushes)
{
    struct discovery_lease *lease;
    struct error err = {0};
    if (!discoveries_borrow(asking->discoveries, &lease, &err))
        return err.code;
    *pushes = *discovery_of(lease)->pushed != '\0';
    discoveries_return(&lease);
    discoveries_return(&lease); /* twice does nothing */
    return ERROR_NONE;
}

static void oidc_3_a_provider_is_asked_once_a_day(void **state)
{
    struct asking *asking = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bool pushes;
    assert_null(discoveries_known(asking->discoveries));
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(asking->provider.metadata_asked, 1);
    asking->provider.more = arena_printf(
        arena, ", \"pushed_authorization_request_endpoint\": \"%s/par\"", asking->provider.issuer);
    db_clock_advance(DAY_MS - SECOND_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(asking->provider.metadata_asked, 1);
    assert_false(pushes);

    db_clock_advance(SECOND_MS);

    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(asking->provider.metadata_asked, 2);
    assert_true(pushes);
    assert_int_equal(asking->provider.keys_asked, 0); /* nobody needed them */
}

static void what_is_known_does_for_a_second_day_while_it_is_not_to_be_had(void **state)
{
    struct asking *asking = *state;
    bool pushes;
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    asking->provider.metadata_status = 503;
    db_clock_advance(DAY_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(asking->provider.metadata_asked, 2);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    assert_int_equal(asking->provider.metadata_asked, 2); /* not by each who comes */
    db_clock_advance(DAY_MS - SECOND_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);

    db_clock_advance(SECOND_MS + 10 * SECOND_MS);

    assert_null(discoveries_known(asking->discoveries));
    assert_int_equal(borrow(asking, &pushes), ERROR_UNAVAILABLE);
    asking->provider.metadata_status = 200;
    assert_int_equal(borrow(asking, &pushes), ERROR_UNAVAILABLE); /* it was asked just now */
    db_clock_advance(10 * SECOND_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
}

static void *borrow_meanwhile(void *context)
{
    bool pushes;
    if (borrow(context, &pushes) != ERROR_NONE)
        abort();
    return NULL;
}

static void only_one_waits_for_what_is_known_already(void **state)
{
    struct asking *asking = *state;
    bool pushes;
    pthread_t one;
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);
    db_clock_advance(DAY_MS);
    pthread_mutex_lock(&asking->provider.gate);
    assert_int_equal(pthread_create(&one, NULL, borrow_meanwhile, asking), 0);
    while (asking->provider.metadata_asked < 2)
        sched_yield();

    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);

    bool still_waits = pthread_tryjoin_np(one, NULL) == EBUSY;
    pthread_mutex_unlock(&asking->provider.gate);
    assert_true(still_waits);
    assert_int_equal(pthread_join(one, NULL), 0);
    assert_int_equal(asking->provider.metadata_asked, 2);
}

static void oidc_3_who_calls_itself_another_is_not_believed_later_either(void **state)
{
    struct asking *asking = *state;
    bool pushes;
    asking->provider.says_issuer = "https://another.example";
    assert_int_equal(borrow(asking, &pushes), ERROR_REFUSED);
    assert_int_equal(borrow(asking, &pushes), ERROR_REFUSED);
    assert_int_equal(asking->provider.metadata_asked, 1);
    asking->provider.says_issuer = asking->provider.issuer;
    db_clock_advance(10 * SECOND_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_NONE);

    asking->provider.says_issuer = "https://another.example";
    asking->provider.more = ", \"pushed_authorization_request_endpoint\": \"https://a.example/\"";
    db_clock_advance(DAY_MS);

    assert_int_equal(borrow(asking, &pushes), ERROR_NONE); /* as it was known */
    assert_false(pushes);
    db_clock_advance(DAY_MS);
    assert_int_equal(borrow(asking, &pushes), ERROR_REFUSED);
}

int main(void)
{
#define ASKING(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oidc_3_the_issuer_is_compared_letter_for_letter),
        cmocka_unit_test(oidc_3_endpoints_are_https_and_on_the_hosts_that_were_named),
        cmocka_unit_test(jwt_1_only_algorithms_that_are_known_to_be_good_are_taken),
        cmocka_unit_test(oidc_1_the_challenge_is_the_verifiers_digest_without_padding),
        cmocka_unit_test(hdr_2_where_pages_may_lead_is_known_from_the_settings),
        ASKING(oidc_3_a_provider_is_asked_once_a_day),
        ASKING(what_is_known_does_for_a_second_day_while_it_is_not_to_be_had),
        ASKING(only_one_waits_for_what_is_known_already),
        ASKING(oidc_3_who_calls_itself_another_is_not_believed_later_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
