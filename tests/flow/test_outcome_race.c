/* The citizen withdraws an application at the very moment when the agency decides on it, by machine
 * or by command: it becomes one of the two, and each side is told which, once. */
#include "tests/flow/agency.h"
#include "tests/flow/crowd.h"
#include "tests/flow/traces.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { ROUNDS = 8, COMMAND_ROUNDS = 2, EACH = 3, WAIT_S = 30 };

#define A_DECISION "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define CASE_SYSTEM "organisation=310245682&scope=skjema:bevis.write"

/* One application, and both who act on it. */
struct race {
    struct scene *scene;
    struct arena *arena, *of_citizen, *of_agency;    /* the last two each for one thread */
    const char *receipt, *submission_id, *reference; /* receipt: its path */
    struct crowd_request press, order;
    struct crowd_answer *pressed, *ordered;
    const char *file; /* the decision, for the command */
    int command_status;
    const char *command_said;
};

/* ---- an application, its question open, and the decision made ---- */

static void apply(struct race *race, const struct agency *ours)
{
    struct browser *browser = race->scene->walk.browser;
    struct arena *arena = race->arena;
    scene_fill_hello(race->scene, "Ingrid Fjeld");
    walk_send(&race->scene->walk);
    race->receipt = strstr(arena_text(arena, browser_address(browser)), "/kvittering/");
    race->submission_id = strrchr(race->receipt, '/') + 1;
    race->reference = scene_reference(race->scene, arena);
    browser_press(browser, "Trekk søknaden …");
    race->press = (struct crowd_request){
        .url = arena_text(arena, browser_address(browser)),
        .type = "application/x-www-form-urlencoded",
        .body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf")),
        .headers = {arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena))},
    };
    race->order = (struct crowd_request){
        .url = arena_printf(arena, "%s/api/v1/decisions", race->scene->server.site),
        .type = "application/json",
        .body = arena_printf(arena,
                             "{\"submission\": \"%s\", \"outcome\": \"granted\", "
                             "\"title\": \"Vedtak\", \"pdf\": \"%s\"}",
                             race->reference, codec_base64(arena, BYTES_OF(A_DECISION))),
        .headers = {arena_printf(arena, "Authorization: Bearer %s", ours->token),
                    arena_printf(arena, "Idempotency-Key: %s", race->reference)},
    };
}

static void write_decision(struct race *race)
{
    race->file = arena_printf(race->arena, "%s/vedtak.pdf", race->scene->server.data);
    FILE *file = fopen(race->file, "we");
    assert_non_null(file);
    assert_true(fputs(A_DECISION, file) > 0);
    assert_int_equal(fclose(file), 0);
}

/* ---- at once, each in a thread ---- */

static void *withdraw(void *context)
{
    struct race *race = context;
    race->pressed = crowd_send(race->of_citizen, &race->press, EACH);
    return NULL;
}

static void *decide(void *context)
{
    struct race *race = context;
    race->ordered = crowd_send(race->of_agency, &race->order, EACH);
    return NULL;
}

static void *decide_by_command(void *context)
{
    struct race *race = context;
    const struct server_under_test *server = &race->scene->server;
    const char *const words[] = {
        "decide",    race->reference, "--file",     race->file, "--outcome",
        "granted",   "--title",       "Vedtak",     "--data",   server->data,
        "--sandbox", "--public_url",  server->site, NULL};
    race->command_status = server_run(race->of_agency, scene_program(), words, &race->command_said);
    return NULL;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
}

/* Nobody can write meanwhile, so that both have seen that nothing is decided before either goes on:
 * mostly the one that was first (a command waits where it opens the database, and is the later). It
 * holds whoever it is. */
static void act_at_once(struct race *race, void *(*first)(void *), void *(*second)(void *))
{
    struct hand hand;
    struct error err;
    const long by_command_ms = 200, ms = 40;
    pthread_t threads[2];
    hand_reach_in(&race->scene->server, &hand);
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        if (!db_begin(hand.db, &transaction, &err))
            fail_msg("%s", err.text);
        assert_int_equal(pthread_create(&threads[0], NULL, first, race), 0);
        pause_ms(first == decide_by_command ? by_command_ms : ms);
        assert_int_equal(pthread_create(&threads[1], NULL, second, race), 0);
        pause_ms(second == decide_by_command ? by_command_ms : ms);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    hand_draw_back(&hand);
}

/* ---- what came of it ---- */

/* Each press is told the same, and what is so. */
static void check_citizen(struct race *race, bool withdrawn)
{
    struct browser *browser = race->scene->walk.browser;
    for (int i = 0; i < EACH; i++) {
        const struct crowd_answer *answer = &race->pressed[i];
        assert_int_equal(answer->status, withdrawn ? 303 : 409);
        assert_string_equal(answer->location, withdrawn ? race->receipt : "");
        if (!withdrawn)
            assert_non_null(strstr((const char *)answer->body.data, "Søknaden er avgjort"));
    }
    browser_visit(browser, race->receipt);
    scene_must_see(browser, withdrawn ? "Du har trukket søknaden" : "Innvilget");
    scene_must_not_see(browser, withdrawn ? "Innvilget" : "Du har trukket søknaden");
}

static void check_agency(const struct race *race, bool withdrawn)
{
    for (int i = 0; i < EACH; i++) {
        assert_int_equal(race->ordered[i].status, withdrawn ? 409 : 201);
        if (!withdrawn)
            assert_string_equal((const char *)race->ordered[i].body.data,
                                (const char *)race->ordered[0].body.data);
    }
}

static void check_command(const struct race *race, bool withdrawn)
{
    assert_int_equal(race->command_status, withdrawn ? 1 : 0);
    assert_true(!strstr(race->command_said, "withdrawn") == !withdrawn);
}

static bool was_withdrawn(struct race *race)
{
    struct hand hand;
    hand_reach_in(&race->scene->server, &hand);
    int64_t withdrawn = traces_count(&hand, TRACES_WITHDRAWN, race->submission_id);
    int64_t decided = traces_count(&hand, TRACES_DECIDED, race->submission_id);
    hand_draw_back(&hand);
    assert_int_equal(withdrawn + decided, 1);
    return withdrawn;
}

/* The agency asks what was withdrawn: just that is told. */
static void check_told(struct agency *ours, const char *const *references, size_t count)
{
    assert_int_equal(agency_send(ours, "GET", "/api/v1/withdrawals", NULL, NULL), 200);
    json_t *told = agency_json(ours);
    const json_t *list = json_object_get(told, "withdrawals");
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(list, i), "submission")),
            references[i]);
    json_decref(told);
}

/* ---- the tests ---- */

/* One round; whether it was withdrawn. */
static bool run(struct race *race, const struct agency *ours, bool by_command, bool citizen_first)
{
    CLEANUP(arena_close) struct arena *of_citizen = arena_open();
    CLEANUP(arena_close) struct arena *of_agency = arena_open();
    void *(*deciding)(void *) = by_command ? decide_by_command : decide;
    race->of_citizen = of_citizen;
    race->of_agency = of_agency;
    apply(race, ours);

    act_at_once(race, citizen_first ? withdraw : deciding, citizen_first ? deciding : withdraw);

    bool withdrawn = was_withdrawn(race);
    check_citizen(race, withdrawn);
    (by_command ? check_command : check_agency)(race, withdrawn);
    return withdrawn;
}

static void race_all(struct scene *scene, bool by_command, size_t rounds)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours;
    struct race race = {.scene = scene, .arena = arena};
    const char *references[ROUNDS];
    size_t withdrawn = 0;
    agency_open(&ours, scene, arena, CASE_SYSTEM);
    write_decision(&race);
    for (size_t i = 0; i < rounds; i++)
        if (run(&race, &ours, by_command, i % 2 == 0))
            references[withdrawn++] = race.reference;

    check_told(&ours, references, withdrawn);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", (int)rounds, WAIT_S);
    scene_wait_for_letters(scene, "ingrid", "Trukket: ", (int)withdrawn, WAIT_S);
    scene_wait_for_letters(scene, "ingrid", "Vedtak: ", (int)(rounds - withdrawn), WAIT_S);
    print_message("withdrawn in %zu of %zu rounds\n", withdrawn, rounds);
}

static void d_3_withdrawn_and_decided_on_at_once_it_is_one_of_them_and_both_are_told(void **state)
{
    race_all(*state, false, ROUNDS);
}

static void d_3_withdrawn_while_a_command_decides_it_is_one_of_them(void **state)
{
    race_all(*state, true, COMMAND_ROUNDS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(d_3_withdrawn_and_decided_on_at_once_it_is_one_of_them_and_both_are_told),
        TEST(d_3_withdrawn_while_a_command_decides_it_is_one_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
