/* An application withdrawn, and one decided on by machine and by command, with the letter that
 * tells so, killed at every call that leaves the process (killing.h). */
#include "tests/flow/killing.h"
#include "tests/flow/scene.h"
#include "tests/flow/traces.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A_DECISION "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define CASE_SYSTEM "organisation=310245682&scope=skjema:bevis.write"

/* Who withdraws or decides. */
struct outcome {
    struct arena *arena; /* of one application */
    enum traces_of traces;
    const char *submission_id, *reference;
    bool has_pressed;
    struct browser *machine;
    const char *bearer, *key, *body;
    const char *file;    /* the decision */
    struct mishap *page; /* of the command */
    char more[2][600];   /* MISHAP=..., LD_PRELOAD=... */
};

/* ---- how much of it is done ---- */

/* Wholly: 1; not at all: 0. Fails when it is between. */
static int64_t done_so_far(struct killing *killing)
{
    const struct outcome *outcome = killing->context;
    struct hand hand;
    hand_reach_in(&killing->crash.server, &hand);
    int64_t done = traces_count(&hand, outcome->traces, outcome->submission_id);
    hand_draw_back(&hand);
    return done;
}

static void insist(struct killing *killing, bool acknowledged)
{
    int64_t done = done_so_far(killing);
    if (acknowledged)
        assert_int_equal(done, 1);
    if (!killing->act->perform(killing))
        fail_msg("asked again it was not done");
    assert_int_equal(done_so_far(killing), 1);
    killing->letters = killing->sender.count * 2;
}

/* ---- an application that was sent ---- */

static void read_reference(struct killing *killing)
{
    struct outcome *outcome = killing->context;
    struct hand hand;
    hand_reach_in(&killing->crash.server, &hand);
    struct db_rows *rows =
        hand_ask(&hand, DB_SQL("SELECT reference FROM submissions WHERE id = $1"),
                 DB_VALUES(DB_TEXT(outcome->submission_id)));
    assert_true(db_next(rows));
    outcome->reference = arena_text(outcome->arena, db_text(rows, 0));
    hand_draw_back(&hand);
}

/* A new one, and all letters there. */
static void apply(struct killing *killing)
{
    struct outcome *outcome = killing->context;
    killing_fill_in(killing);
    assert_true(sender_send(&killing->sender));
    const struct sent *sent = &killing->sender.sent[killing->sender.count - 1];
    arena_reset(outcome->arena);
    outcome->submission_id = arena_text(outcome->arena, strrchr(sent->receipt, '/') + 1);
    outcome->has_pressed = false;
    killing->letters = killing->sender.count * 2 - 1;
    killing_wait_for_letters(killing);
    read_reference(killing);
}

/* ---- withdrawing ---- */

static void apply_and_ask(struct killing *killing)
{
    char url[400];
    apply(killing);
    snprintf(url, sizeof url, "%s%s", killing->crash.server.site,
             killing->sender.sent[killing->sender.count - 1].receipt);
    browser_visit(killing->sender.browser, url);
    browser_press(killing->sender.browser, "Trekk søknaden …");
    assert_int_equal(browser_status(killing->sender.browser), 200);
}

static bool withdraw(struct killing *killing)
{
    struct outcome *outcome = killing->context;
    struct browser *browser = killing->sender.browser;
    if (outcome->has_pressed)
        browser_press_again(browser);
    else
        browser_press_only(browser, "Trekk søknaden");
    outcome->has_pressed = true;
    bool acknowledged = browser_status(browser) == 303;
    if (acknowledged)
        killing->letters = killing->sender.count * 2;
    return acknowledged;
}

static const struct act withdrawing = {apply_and_ask, withdraw, insist};

/* ---- deciding by machine ---- */

static void give_token(struct killing *killing)
{
    struct outcome *outcome = killing->context;
    browser_send(
        outcome->machine, "POST",
        arena_printf(outcome->arena, "%s/control/machine-token", killing->crash.server.postbox),
        NULL, "application/x-www-form-urlencoded", BYTES_OF(CASE_SYSTEM));
    assert_int_equal(browser_status(outcome->machine), 200);
    struct bytes answer = browser_content(outcome->machine);
    json_t *json = json_loadb((const char *)answer.data, answer.size, 0, NULL);
    outcome->bearer = arena_printf(outcome->arena, "Authorization: Bearer %s",
                                   json_string_value(json_object_get(json, "access_token")));
    json_decref(json);
}

static void apply_to_be_decided(struct killing *killing)
{
    struct outcome *outcome = killing->context;
    apply(killing);
    give_token(killing);
    outcome->key = arena_printf(outcome->arena, "Idempotency-Key: %s", outcome->submission_id);
    outcome->body =
        arena_printf(outcome->arena,
                     "{\"submission\": \"%s\", \"outcome\": \"granted\", \"title\": \"Vedtak\", "
                     "\"pdf\": \"%s\"}",
                     outcome->reference, codec_base64(outcome->arena, BYTES_OF(A_DECISION)));
}

static bool decide(struct killing *killing)
{
    const struct outcome *outcome = killing->context;
    const char *const headers[] = {outcome->bearer, outcome->key, NULL};
    browser_send(outcome->machine, "POST",
                 arena_printf(outcome->arena, "%s/api/v1/decisions", killing->crash.server.site),
                 headers, "application/json", BYTES_OF(outcome->body));
    bool acknowledged = browser_status(outcome->machine) == 201;
    if (acknowledged)
        killing->letters = killing->sender.count * 2;
    return acknowledged;
}

static const struct act deciding = {apply_to_be_decided, decide, insist};

/* ---- deciding by command ---- */

/* `skjema decide` as somebody types it, with mishap_preload below it. */
static bool decide_by_command(struct killing *killing)
{
    const struct outcome *outcome = killing->context;
    const struct server_under_test *server = &killing->crash.server;
    const char *said;
    const char *const words[] = {outcome->more[0],
                                 outcome->more[1],
                                 scene_program(),
                                 "decide",
                                 outcome->reference,
                                 "--file",
                                 outcome->file,
                                 "--outcome",
                                 "granted",
                                 "--title",
                                 "Vedtak",
                                 "--data",
                                 server->data,
                                 "--sandbox",
                                 "--forms",
                                 killing->crash.forms,
                                 "--public_url",
                                 server->site,
                                 NULL};
    bool acknowledged = server_run(outcome->arena, "/usr/bin/env", words, &said) == 0;
    if (acknowledged)
        killing->letters = killing->sender.count * 2;
    return acknowledged;
}

static const struct act commanding = {apply, decide_by_command, insist};

static void write_decision(const char *path)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(A_DECISION, file) > 0);
    assert_int_equal(fclose(file), 0);
}

/* ---- the tests ---- */

static void kill_everywhere(const struct act *act, enum traces_of traces, int64_t offset)
{
    struct killing killing;
    size_t submissions;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(arena_close) struct arena *of_one = arena_open();
    CLEANUP(browser_close) struct browser *machine = scene_browser();
    struct outcome outcome = {.arena = of_one, .traces = traces, .machine = machine};
    browser_bear(machine);
    killing_open(&killing, "digipost", act);
    killing.context = &outcome;
    crash_tell_sandbox(&killing.crash, "dedupe", "value=no");
    if (act == &commanding) {
        const char *path = arena_printf(arena, "%s/mishap-command", killing.crash.base);
        outcome.page = killing.page = mishap_open(path);
        outcome.file = arena_printf(arena, "%s/vedtak.pdf", killing.crash.base);
        write_decision(outcome.file);
        snprintf(outcome.more[0], sizeof outcome.more[0], "MISHAP=%s", path);
        snprintf(outcome.more[1], sizeof outcome.more[1], "LD_PRELOAD=%s",
                 killing.crash.server.preload);
    }
    killing_everywhere(&killing, offset, &submissions);
    assert_int_equal(killing.letters, submissions * 2);
    assert_true(killing.struck[MISHAP_SYNC] && killing.struck[MISHAP_WRITE]);
    mishap_close(&outcome.page);
    killing_close(&killing);
}

static void d_8_killed_at_any_call_an_application_is_withdrawn_once(void **state)
{
    (void)state;
    kill_everywhere(&withdrawing, TRACES_WITHDRAWN, 2);
}

static void d_8_killed_at_any_call_it_is_decided_on_once(void **state)
{
    (void)state;
    kill_everywhere(&deciding, TRACES_DECIDED, 1);
}

static void d_3_a_command_killed_at_any_call_decides_once(void **state)
{
    (void)state;
    kill_everywhere(&commanding, TRACES_DECIDED, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(d_8_killed_at_any_call_an_application_is_withdrawn_once),
        cmocka_unit_test(d_8_killed_at_any_call_it_is_decided_on_once),
        cmocka_unit_test(d_3_a_command_killed_at_any_call_decides_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
