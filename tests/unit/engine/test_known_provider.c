/* An OpenID provider whose own word of itself is known: what needs no call, and what goes on while
 * it does not answer. It is the sandbox's ID-porten. */
#include "engine/files.h"
#include "engine/login/idporten.h"
#include "storage/db.h"
#include "tests/unit/engine/asker.h"

#include <stdlib.h>
#include <string.h>

#define SITE "http://localhost:8080"

enum { DAY_MS = 24 * 3600 * 1000, KEY_MAX_BYTES = 64 * 1024, RESTS_AFTER = 5 };

struct world {
    struct asker asker;
    struct arena *arena;
    struct idporten_settings settings;
    struct idporten *idporten;
};

static int set_up_all(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    asker_open(&world->asker, false);
    *state = world;
    return 0;
}

static int tear_down_all(void **state)
{
    struct world *world = *state;
    asker_close(&world->asker);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static int set_up(void **state)
{
    struct world *world = *state;
    const struct sandbox *sandbox = world->asker.sandbox;
    const char *issuer = sandbox_idporten_issuer(sandbox);
    world->settings = (struct idporten_settings){
        .provider = {.issuer = issuer, .hosts = "", .allow_http = true, .timeout_ms = 5000},
        .client = {.issuer = issuer,
                   .client_id = sandbox_idporten_client(sandbox),
                   .kid = sandbox_idporten_kid(sandbox),
                   .allow_private = true,
                   .timeout_ms = 5000},
        .scope = "openid profile",
        .pid_claim = "pid",
        .calls_at_once = 1,
    };
    assert_true(files_read(world->arena, sandbox_idporten_key_file(sandbox), KEY_MAX_BYTES,
                           &world->settings.client.key_pem, NULL));
    assert_true(idporten_open(&world->settings, &world->idporten, NULL));
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    idporten_close(&world->idporten);
    return 0;
}

static void fail_so_often(struct world *world, const char *fault, int count)
{
    const char *base = sandbox_mailbox_url(world->asker.sandbox);
    const struct fetch_destination destination = {.base_url = base, .allow_private = true};
    const struct fetch_header type = {"Content-Type", "application/x-www-form-urlencoded"};
    const char *fields = arena_printf(world->arena, "fault=%s&count=%d", fault, count);
    const struct fetch_request request = {
        .method = "POST",
        .url = arena_printf(world->arena, "%s/control/fault", base),
        .headers = &type,
        .header_count = 1,
        .body = BYTES_OF(fields),
        .has_body = true,
        .max_bytes = 65536,
        .timeout_ms = 10000,
    };
    struct fetch_answer answer;
    assert_true(fetch_send(world->arena, &destination, &request, &answer, NULL));
    assert_int_equal(answer.status / 100, 2);
}

static bool begin(struct world *world, struct login *login, struct error *err)
{
    const struct idporten_wish wish = {
        .origin = SITE, .language = "nb", .acr = "idporten-loa-high"};
    const char *address;
    return idporten_begin(world->idporten, world->arena, &wish, login, &address, err);
}

/* Until it is left alone. */
static void break_down(struct world *world, const struct login *login)
{
    enum id_token_refusal why;
    struct id_token token;
    struct error err;
    fail_so_often(world, "idporten-token-down", RESTS_AFTER);
    for (int i = 0; i < RESTS_AFTER; i++)
        assert_false(idporten_finish(world->idporten, world->arena, SITE, login, "code", &token,
                                     &why, &err));
    struct login other = {0};
    assert_false(begin(world, &other, &err));
    assert_non_null(strstr(err.text, "left alone"));
}

static void oidc_11_a_logout_is_told_to_a_provider_that_is_left_alone(void **state)
{
    struct world *world = *state;
    struct login login = {0};
    struct error err;
    assert_true(begin(world, &login, &err));
    break_down(world, &login);

    const struct session_login session = {.issuer = world->settings.provider.issuer,
                                          .id_token = "a.b.c"};
    const char *address = idporten_leave(world->idporten, world->arena, SITE, &session);

    assert_non_null(address);
    assert_non_null(strstr(address, "/endsession?id_token_hint=a.b.c"));
    assert_false(begin(world, &login, &err)); /* and that was no sign that it is well */
}

static void oidc_2_an_answer_without_iss_is_refused_while_the_provider_is_left_alone(void **state)
{
    struct world *world = *state;
    struct login login = {0};
    struct error err;
    assert_true(begin(world, &login, &err));
    break_down(world, &login);
    assert_false(idporten_check(world->idporten, &login, login.state, NULL, &err));
    assert_int_equal(err.code, ERROR_DENIED);
}

static const struct jwks *keys_of(struct discoveries *discoveries)
{
    struct discovery_lease *lease = NULL;
    assert_true(discoveries_borrow(discoveries, &lease, NULL));
    const struct jwks *keys = discovery_of(lease)->keys;
    discoveries_return(&lease);
    return keys;
}

/* Else nobody could log in on the day that it is asked again and publishes no keys just then. */
static void jwt_2_keys_stay_while_the_provider_says_the_same_of_itself(void **state)
{
    struct world *world = *state;
    struct discoveries *discoveries;
    discoveries_open(&world->settings.provider, &discoveries);
    assert_null(discoveries_known(discoveries));
    const struct jwks *keys = keys_of(discoveries);

    db_clock_advance(DAY_MS);
    assert_ptr_equal(keys_of(discoveries), keys);
    db_clock_advance(DAY_MS); /* which it would not be used for, had it not been renewed */
    fail_so_often(world, "idporten-metadata-down", 1);
    assert_ptr_equal(keys_of(discoveries), keys);
    db_clock_advance(DAY_MS);
    assert_null(discoveries_known(discoveries));
    discoveries_close(&discoveries);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_WORLD(oidc_11_a_logout_is_told_to_a_provider_that_is_left_alone),
        IN_WORLD(oidc_2_an_answer_without_iss_is_refused_while_the_provider_is_left_alone),
        IN_WORLD(jwt_2_keys_stay_while_the_provider_says_the_same_of_itself),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
