/* Which machine asks: tokens of the sandbox's Maskinporten, right ones and wrong ones, and the keys
 * they are checked with as these come, change and fail. */
#include "engine/base/jws.h"
#include "engine/login/machine.h"
#include "engine/sandbox/sandbox_login.h"
#include "storage/db.h"
#include "tests/unit/engine/asker.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct asker asker;
    struct arena *arena;
    struct machine_settings settings;
    struct machines *machines;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->arena = arena_open();
    asker_open(&world->asker, false);
    const char *issuer = arena_printf(world->arena, "%s" SANDBOX_LOGIN_PATH,
                                      sandbox_mailbox_url(world->asker.sandbox));
    world->settings = (struct machine_settings){
        .issuer = issuer,
        .audience = SANDBOX_LOGIN_AUDIENCE,
        .keys = {.url = arena_printf(world->arena, "%sjwk", issuer),
                 .allow_private = true,
                 .timeout_ms = 5000},
    };
    machines_open(&world->settings, &world->machines);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    machines_close(&world->machines);
    machines_close(&world->machines); /* twice does nothing */
    asker_close(&world->asker);
    arena_close(&world->arena);
    free(world);
    return 0;
}

static json_t *post(struct world *world, const char *path, const char *fields)
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
    assert_int_equal(answer.status, 200);
    return json_loadb((const char *)answer.body.data, answer.body.size, 0, NULL);
}

static void behave(struct world *world, const char *mode)
{
    json_t *json =
        post(world, "/control/maskinporten", arena_printf(world->arena, "mode=%s", mode));
    json_decref(json);
}

static const char *token_with(struct world *world, const char *fields)
{
    json_t *json = post(world, "/control/machine-token", fields);
    const char *token = arena_text(world->arena, jws_text(json, "access_token"));
    json_decref(json);
    return token;
}

/* The request with such headers, at most two. */
static struct request request_with(struct world *world, const char *first, const char *second)
{
    struct request_pair *headers = ARENA_ARRAY(world->arena, 2, struct request_pair);
    headers[0] = (struct request_pair){"authorization", first};
    headers[1] = (struct request_pair){"Authorization", second};
    return (struct request){.arena = world->arena,
                            .headers = {headers, (size_t)(first != NULL) + (second != NULL)}};
}

static enum error_code outcome(struct world *world, const char *token, struct machine *out)
{
    struct request request =
        request_with(world, arena_printf(world->arena, "Bearer %s", token), NULL);
    struct error err = {0};
    return machine_read(world->machines, &request, out, &err) ? ERROR_NONE : err.code;
}

static void api_1_an_agency_is_who_its_token_says(void **state)
{
    struct world *world = *state;
    struct machine machine;
    const char *token =
        token_with(world, "organisation=974761076&supplier=310245682&scope=a:b.read%20a:c");
    assert_int_equal(outcome(world, token, &machine), ERROR_NONE);
    assert_string_equal(machine.organisation_number, "974761076");
    assert_string_equal(machine.supplier, "310245682");
    assert_string_equal(machine.client_id, "sandkasse-annen-etat");
    assert_true(*machine.token_id);
    assert_true(machine_may(&machine, "a:b.read"));
    assert_true(machine_may(&machine, "a:c"));
    assert_false(machine_may(&machine, "a:b"));
    assert_false(machine_may(&machine, "a:b.read a:c"));
    assert_false(machine_may(&machine, ""));
    assert_int_equal(outcome(world, token_with(world, "seconds=60"), &machine), ERROR_NONE);
    assert_string_equal(machine.supplier, "");
}

static void api_1_wrong_tokens_are_refused(void **state)
{
    struct world *world = *state;
    static const char *const wrong[] = {
        "wrong=expired",
        "wrong=future",
        "wrong=issuer",
        "wrong=audience",
        "wrong=key",
        "wrong=signature",
        "wrong=none",
        "wrong=hs256",
        "wrong=login",
        "wrong=consumer",
        "supplier=1",
        "organisation=974761077",
        "organisation=97476107X",
        "audience=https://x.no/",
    };
    struct machine machine;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(outcome(world, token_with(world, wrong[i]), &machine), ERROR_DENIED);
}

static void api_3_only_one_bearer_token_in_the_header_counts(void **state)
{
    struct world *world = *state;
    const char *token = token_with(world, "seconds=60");
    const char *bearer = arena_printf(world->arena, "Bearer %s", token);
    const char *lower = arena_printf(world->arena, "bearer  %s", token);
    const struct {
        const char *first, *second;
        enum error_code code;
    } lines[] = {
        {bearer, NULL, ERROR_NONE},      {lower, NULL, ERROR_NONE},
        {NULL, NULL, ERROR_MISSING},     {"Basic eDp5", NULL, ERROR_MISSING},
        {bearer, bearer, ERROR_MISSING}, {token, NULL, ERROR_MISSING},
        {"Bearer ", NULL, ERROR_DENIED}, {"Bearer", NULL, ERROR_MISSING},
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct request request = request_with(world, lines[i].first, lines[i].second);
        struct machine machine;
        struct error err = {0};
        bool good = machine_read(world->machines, &request, &machine, &err);
        assert_int_equal(good ? ERROR_NONE : err.code, lines[i].code);
    }
}

static void jwt_2_a_new_key_is_looked_for_at_most_once_a_minute(void **state)
{
    struct world *world = *state;
    struct machine machine;
    db_clock_advance(60 * 1000);
    assert_int_equal(outcome(world, token_with(world, "wrong=key"), &machine), ERROR_DENIED);
    const char *old = token_with(world, "seconds=600");
    behave(world, "rotate");
    const char *new = token_with(world, "seconds=600");
    assert_int_equal(outcome(world, new, &machine), ERROR_DENIED); /* it looked just now */
    assert_int_equal(outcome(world, old, &machine), ERROR_NONE);
    db_clock_advance(60 * 1000);
    assert_int_equal(outcome(world, new, &machine), ERROR_NONE);
    assert_int_equal(outcome(world, old, &machine), ERROR_NONE); /* still published */
    behave(world, "forget");
    db_clock_advance(3600 * 1000);
    assert_int_equal(outcome(world, new, &machine), ERROR_NONE); /* and looked once more */
    assert_int_equal(outcome(world, old, &machine), ERROR_DENIED);
}

static void jwt_2_keys_are_used_for_a_day_when_the_issuer_is_down(void **state)
{
    struct world *world = *state;
    struct machine machine;
    db_clock_advance(3600 * 1000);
    const char *token = token_with(world, "seconds=3600");
    assert_int_equal(outcome(world, token, &machine), ERROR_NONE);
    db_clock_advance(60 * 1000);
    assert_int_equal(outcome(world, token_with(world, "wrong=key"), &machine), ERROR_DENIED);
    behave(world, "down");
    db_clock_advance(24 * 3600 * 1000 - 1000);
    assert_int_equal(outcome(world, token, &machine), ERROR_NONE);
    db_clock_advance(61 * 1000);
    assert_int_equal(outcome(world, token, &machine), ERROR_UNAVAILABLE);
    behave(world, "garbage");
    db_clock_advance(60 * 1000);
    assert_int_equal(outcome(world, token, &machine), ERROR_UNAVAILABLE);
    behave(world, "normal");
    assert_int_equal(outcome(world, token, &machine), ERROR_UNAVAILABLE); /* it looked just now */
    db_clock_advance(10 * 1000); /* as long as there are no keys at all */
    assert_int_equal(outcome(world, token, &machine), ERROR_NONE);
}

struct crowd {
    struct world *world;
    const char *token;
    int refused;
};

static void *read_many(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < 50; i++) {
        CLEANUP(arena_close) struct arena *arena = arena_open();
        struct request_pair header = {"Authorization",
                                      arena_printf(arena, "Bearer %s", crowd->token)};
        struct request request = {.arena = arena, .headers = {&header, 1}};
        struct machine machine;
        struct error err;
        crowd->refused += !machine_read(crowd->world->machines, &request, &machine, &err);
        if (i % 10 == 9)
            db_clock_advance(3600 * 1000);
    }
    return NULL;
}

static void keys_are_renewed_while_others_use_them(void **state)
{
    struct world *world = *state;
    struct crowd crowds[3];
    pthread_t threads[COUNT(crowds)];
    const char *token = token_with(world, "seconds=3600");
    for (size_t i = 0; i < COUNT(crowds); i++) {
        crowds[i] = (struct crowd){.world = world, .token = token};
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &crowds[i]), 0);
    }
    for (size_t i = 0; i < COUNT(crowds); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(crowds[i].refused, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(api_1_an_agency_is_who_its_token_says),
        cmocka_unit_test(api_1_wrong_tokens_are_refused),
        cmocka_unit_test(api_3_only_one_bearer_token_in_the_header_counts),
        cmocka_unit_test(jwt_2_a_new_key_is_looked_for_at_most_once_a_minute),
        cmocka_unit_test(jwt_2_keys_are_used_for_a_day_when_the_issuer_is_down),
        cmocka_unit_test(keys_are_renewed_while_others_use_them),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
