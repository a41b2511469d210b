/* What becomes of an application: the citizen withdraws it, or the agency decides on it, by command
 * and by machine; and what both see of that afterwards. */
#include "tests/flow/agency.h"
#include "tests/flow/crowd.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WAIT_S = 30, PRESSES = 20 };

#define A_DECISION "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
#define CASE_SYSTEM "organisation=310245682&scope=skjema:bevis.write"

/* Ingrid has sent "hello"; the browser is at the receipt. Its reference. */
static const char *apply(struct scene *scene, struct arena *arena)
{
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    return scene_reference(scene, arena);
}

/* `skjema decide`, with a file of that text; its exit status, and what it said. */
static int decide(struct scene *scene, struct arena *arena, const char *reference,
                  const char *content, const char *outcome, const char **said)
{
    const char *path = arena_printf(arena, "%s/vedtak.pdf", scene->server.data);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) > 0);
    assert_int_equal(fclose(file), 0);
    const char *const words[] = {
        "decide",         reference,      "--file",           path,
        "--outcome",      outcome,        "--title",          "Vedtak om nærmiljøet",
        "--appeal-until", "2099-01-15",   "--data",           scene->server.data,
        "--sandbox",      "--public_url", scene->server.site, NULL};
    return server_run(arena, scene_program(), words, said);
}

/* Whether a file of that name lies in all that is held about her, as she takes it home. */
static bool is_in_her_data(struct browser *browser, const char *name)
{
    browser_visit(browser, "/min-side/data/alt.zip");
    assert_int_equal(browser_status(browser), 200);
    struct bytes zip = browser_content(browser);
    return memmem(zip.data, zip.size, name, strlen(name)) != NULL;
}

static void a_decision_is_news_until_it_is_opened_and_says_how_to_appeal(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *reference = apply(scene, arena);

    if (decide(scene, arena, reference, A_DECISION, "granted", &said) != 0)
        fail_msg("%s", said);

    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Du har fått et vedtak");
    scene_must_see(browser, "Innvilget");
    browser_press(browser, "Se vedtaket");
    scene_must_see(browser, "Vedtak om nærmiljøet");
    scene_must_see(browser, "Fristen for å klage er 15. januar 2099.");
    scene_must_see(browser, "Oppgi referansen");
    browser_press(browser, "Last ned vedtaket");
    struct bytes content = browser_content(browser);
    assert_int_equal(content.size, strlen(A_DECISION));
    assert_memory_equal(content.data, A_DECISION, content.size);

    browser_visit(browser, "/min-side");
    scene_must_not_see(browser, "Du har fått et vedtak");
    scene_must_see(browser, "Vedtak om nærmiljøet");
    browser_visit(browser, "/min-side/dokumenter");
    browser_press(browser, "Fra oss (1)");
    scene_must_see(browser, "Vedtak om nærmiljøet");
    scene_must_see(browser, arena_printf(arena, "Brukt i %s", reference));
    browser_press(browser, "Lastet opp (0)");
    scene_must_not_see(browser, "Vedtak om nærmiljøet");
    browser_visit(browser, "/min-side/innsynslogg");
    scene_must_see(browser, "Vedtak kom");
    scene_must_see(browser, "Vedtak ble åpnet");
    assert_true(is_in_her_data(browser, "vedtak-01.pdf"));
}

static void the_letter_of_a_decision_leads_to_it_and_is_sent_once(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *reference = apply(scene, arena);
    assert_int_equal(decide(scene, arena, reference, A_DECISION, "refused", &said), 0);
    assert_int_equal(decide(scene, arena, reference, A_DECISION, "refused", &said), 0);

    scene_wait_for_letters(scene, "ingrid", "Vedtak: ", 1, WAIT_S);

    CLEANUP(browser_close) struct browser *postbox = scene_browser();
    browser_visit(postbox, arena_printf(arena, "%s/postkasse/ingrid", scene->server.postbox));
    browser_press(postbox, "Vedtak: ");
    const char *link = browser_link(postbox, "Se vedtaket");
    assert_non_null(link);
    browser_visit(browser, link);
    scene_must_see(browser, "Avslag");
    scene_must_see(browser, "Slik klager du");
}

static void an_application_is_withdrawn_once_however_often_it_is_pressed(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *reference = apply(scene, arena);

    browser_press(browser, "Trekk søknaden …");
    scene_must_see(browser, "Du kan ikke angre dette.");
    scene_must_see(browser, "Det du sendte inn, blir ikke slettet.");
    browser_press(browser, "Trekk søknaden");
    scene_must_see(browser, "Du har trukket søknaden");
    browser_press_again(browser);
    assert_int_equal(browser_status(browser), 303);

    scene_wait_for_letters(scene, "ingrid", "Trukket: ", 1, WAIT_S);
    scene_wait_for_letters(scene, "ingrid", "Kvittering", 1, WAIT_S); /* it was true */
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Trukket ");
    browser_visit(browser, "/min-side/innsynslogg");
    scene_must_see(browser, "Søknad ble trukket");
    assert_true(is_in_her_data(browser, "trukket.pdf"));
    assert_int_equal(decide(scene, arena, reference, A_DECISION, "granted", &said), 1);
    assert_non_null(strstr(said, "withdrawn"));
    const char *const words[] = {"decide",           "--withdrawn", "--data",
                                 scene->server.data, "--sandbox",   NULL};
    assert_int_equal(server_run(arena, scene_program(), words, &said), 0);
    assert_non_null(strstr(said, reference));
}

static void d_4_twenty_identical_presses_at_once_withdraw_once(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    apply(scene, arena);
    const char *receipt = strstr(arena_text(arena, browser_address(browser)), "/kvittering/");
    browser_press(browser, "Trekk søknaden …");
    const struct crowd_request request = {
        .url = arena_text(arena, browser_address(browser)),
        .type = "application/x-www-form-urlencoded",
        .body = arena_printf(arena, "_csrf=%s", browser_value(browser, "_csrf")),
        .headers = {arena_printf(arena, "Cookie: %s", browser_cookies(browser, arena))},
    };

    const struct crowd_answer *answers = crowd_send(arena, &request, PRESSES);

    for (int i = 0; i < PRESSES; i++) {
        assert_int_equal(answers[i].status, 303);
        assert_string_equal(answers[i].location, receipt);
    }
    scene_wait_for_letters(scene, "ingrid", "Trukket: ", 1, WAIT_S);
    CLEANUP(agency_close) struct agency ours;
    agency_open(&ours, scene, arena, CASE_SYSTEM);
    assert_int_equal(agency_send(&ours, "GET", "/api/v1/withdrawals", NULL, NULL), 200);
    json_t *told = agency_json(&ours);
    assert_int_equal(json_array_size(json_object_get(told, "withdrawals")), 1);
    json_decref(told);
}

static void what_was_decided_while_the_question_was_read_is_not_withdrawn(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *said, *reference = apply(scene, arena);
    browser_press(browser, "Trekk søknaden …");
    assert_int_equal(decide(scene, arena, reference, A_DECISION, "partly", &said), 0);

    browser_press(browser, "Trekk søknaden");

    assert_int_equal(browser_status(browser), 409);
    scene_must_see(browser, "Søknaden er avgjort");
    browser_press(browser, "Se vedtaket");
    scene_must_see(browser, "Delvis innvilget");
}

static char *order(struct arena *arena, const char *reference, const char *pdf)
{
    return arena_printf(
        arena,
        "{\"submission\": \"%s\", \"outcome\": \"dismissed\", \"title\": \"Avvist\", "
        "\"pdf\": \"%s\"}",
        reference, codec_base64(arena, BYTES_OF(pdf)));
}

static void the_case_system_sends_a_decision_and_learns_of_withdrawals(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours, other;
    const char *reference = apply(scene, arena);
    agency_open(&ours, scene, arena, CASE_SYSTEM);
    agency_open(&other, scene, arena, "organisation=974761076&scope=skjema:bevis.write");
    const char *body = order(arena, reference, A_DECISION);
    const char key[] = "Idempotency-Key: sak-1";

    assert_int_equal(agency_send(&other, "POST", "/api/v1/decisions", key, body), 403);
    assert_int_equal(agency_send(&ours, "POST", "/api/v1/decisions", key, body), 201);
    const char *id = arena_text(arena, agency_text(&ours, "decision"));
    assert_int_equal(agency_send(&ours, "POST", "/api/v1/decisions", key, body), 201);
    assert_string_equal(agency_text(&ours, "decision"), id);
    body = order(arena, reference, "%PDF-1.4 another");
    assert_int_equal(agency_send(&ours, "POST", "/api/v1/decisions", key, body), 409);
    body = order(arena, reference, "not a PDF");
    assert_int_equal(agency_send(&ours, "POST", "/api/v1/decisions", key, body), 422);
    browser_visit(browser, "/min-side");
    scene_must_see(browser, "Avvist");

    assert_int_equal(agency_send(&ours, "GET", "/api/v1/withdrawals", NULL, NULL), 200);
    assert_null(strstr(arena_text_of(arena, browser_content(ours.client)), "withdrawn_at"));
    const char *second = apply(scene, arena);
    browser_press(browser, "Trekk søknaden …");
    browser_press(browser, "Trekk søknaden");
    assert_int_equal(agency_send(&ours, "GET", "/api/v1/withdrawals", NULL, NULL), 200);
    assert_non_null(strstr(arena_text_of(arena, browser_content(ours.client)), second));
    assert_int_equal(agency_send(&other, "GET", "/api/v1/withdrawals", NULL, NULL), 403);
    agency_check_answers(scene);
}

static void d_4_twenty_identical_decisions_at_once_are_one(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency ours;
    const char *reference = apply(scene, arena);
    agency_open(&ours, scene, arena, CASE_SYSTEM);
    const struct crowd_request request = {
        .url = arena_printf(arena, "%s/api/v1/decisions", scene->server.site),
        .type = "application/json",
        .body = order(arena, reference, A_DECISION),
        .headers = {arena_printf(arena, "Authorization: Bearer %s", ours.token),
                    "Idempotency-Key: sak-1"},
    };

    const struct crowd_answer *answers = crowd_send(arena, &request, PRESSES);

    for (int i = 0; i < PRESSES; i++) {
        assert_int_equal(answers[i].status, 201);
        assert_int_equal(answers[i].body.size, answers[0].body.size);
        assert_memory_equal(answers[i].body.data, answers[0].body.data, answers[0].body.size);
    }
    scene_wait_for_letters(scene, "ingrid", "Vedtak: ", 1, WAIT_S);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_set_up, scene_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_decision_is_news_until_it_is_opened_and_says_how_to_appeal),
        TEST(the_letter_of_a_decision_leads_to_it_and_is_sent_once),
        TEST(an_application_is_withdrawn_once_however_often_it_is_pressed),
        TEST(d_4_twenty_identical_presses_at_once_withdraw_once),
        TEST(what_was_decided_while_the_question_was_read_is_not_withdrawn),
        TEST(the_case_system_sends_a_decision_and_learns_of_withdrawals),
        TEST(d_4_twenty_identical_decisions_at_once_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
