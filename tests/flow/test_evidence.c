/* Another agency asks for a document about somebody, over real HTTP: who asks for what and why, the
 * very document, the yes, the reading, and the yes taken back. */
#include "tests/flow/agency.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "storage/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define INGRID "02878520281"
#define JONAS "14838812180"
#define NOBODY "15838530181" /* a number that is right, and nobody here has */
#define TYPE "serveringsbevilling"
#define TITLE "Serveringsbevilling for Fjordkaféen"
#define READER "organisation=974761076&scope=skjema:bevis.read"
#define LETTER "En annen etat ber om et dokument om deg"

enum { WAIT_S = 30 };

/* "SK-2026-000001" on the receipt. */
static const char *reference_on(struct scene *scene, struct arena *arena)
{
    const char *text = browser_text(scene->walk.browser);
    const char *at = strstr(text, "SF-20");
    if (!at)
        at = strstr(text, "SK-20");
    if (!at)
        fail_msg("no reference: %s", text);
    return arena_printf(arena, "%.14s", at);
}

/* Somebody sends hello, and the agency issues a certificate on it; gives its SHA-256. */
static const char *issue(struct scene *scene, struct arena *arena, const char *name,
                         const char *const *more)
{
    scene_fill_hello(scene, name);
    walk_send(&scene->walk);
    const char *words[24] = {
        "issue",  reference_on(scene, arena), "--type",   TYPE, "--title", TITLE,
        "--data", scene->server.data,         "--sandbox"};
    for (size_t i = 9; more && *more; i++, more++)
        words[i] = *more;
    const char *said;
    if (server_run(arena, scene_program(), words, &said) != 0)
        fail_msg("issue: %s", said);
    const char *space = strrchr(said, ' ');
    assert_non_null(space);
    return arena_printf(arena, "%.64s", space + 1);
}

/* From the letter in the postbox to the page that it leads to, logged in. */
static void follow_letter(struct scene *scene, const char *person)
{
    struct browser *browser = scene->walk.browser;
    char url[256];
    scene_wait_for_letters(scene, person, LETTER, 1, WAIT_S);
    snprintf(url, sizeof url, "%s/postkasse/%s", scene->server.postbox, person);
    browser_visit(browser, url);
    browser_press(browser, LETTER);
    browser_press(browser, "Svar på forespørselen");
    if (browser_has_button(browser, "Jonas Lie Berg") || browser_sees(browser, "Testinnlogging"))
        walk_log_in(&scene->walk, "Ingrid Fjeld");
}

static const char *digest_of(struct arena *arena, const struct browser *browser)
{
    return crypto_sha256_hex(arena, browser_content(browser));
}

/* Asks about Ingrid, who has one; the conversation's address. */
static const char *ask_about_ingrid(struct agency *agency)
{
    assert_int_equal(agency_ask(agency, INGRID, TYPE, "sak-1"), 202);
    const char *address = agency_text(agency, "href");
    assert_string_equal(browser_header(agency->client, "Location"), address);
    assert_int_equal(agency_send(agency, "GET", address, NULL, NULL), 200);
    assert_string_equal(agency_text(agency, "state"), "pending");
    return address;
}

static void say_yes(struct scene *scene)
{
    follow_letter(scene, "ingrid");
    browser_press(scene->walk.browser, "Ja, del dokumentet");
    scene_must_see(scene->walk.browser, "Du har sagt ja");
}

static const char *document_of(struct agency *agency, const char *address)
{
    return arena_printf(agency->arena, "%s/document", address);
}

static void a_yes_gives_the_very_document_that_was_previewed_and_each_reading_is_seen(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    const char *issued = issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);
    const char *address = ask_about_ingrid(&agency);

    follow_letter(scene, "ingrid");
    scene_must_see(browser, "(974\u00a0761\u00a0076)"); /* as its token says */
    scene_must_see(browser, "De kaller seg «Nordvik skjenkekontor»");
    scene_must_see(browser, "Vi må se bevillingen for å gi skjenkebevilling.");
    scene_must_see(browser, "alkoholloven § 1-7");
    scene_must_see(browser, issued);
    char page[512];
    snprintf(page, sizeof page, "%s", browser_address(browser));
    browser_press(browser, "Se dokumentet");
    assert_string_equal(digest_of(arena, browser), issued);
    browser_visit(browser, page);
    browser_press(browser, "Ja, del dokumentet");
    scene_must_see(browser, "De har ikke lest det.");

    assert_int_equal(agency_send(&agency, "GET", address, NULL, NULL), 200);
    assert_string_equal(agency_text(&agency, "state"), "given");
    assert_string_equal(agency_text(&agency, "evidence.sha256"), issued);
    assert_string_equal(agency_text(&agency, "evidence.issuer.name"), "Fjordvik kommune");
    json_t *json = agency_json(&agency);
    const json_t *chain = json_object_get(json_object_get(json, "evidence"), "provenance");
    assert_int_equal(json_array_size(chain), 2);
    json_decref(json);
    assert_int_equal(agency_send(&agency, "GET", agency_text(&agency, "evidence.href"), NULL, NULL),
                     200);
    assert_string_equal(digest_of(arena, agency.client), issued);
    assert_string_equal(browser_header(agency.client, "Content-Type"), "application/pdf");

    browser_visit(browser, page);
    scene_must_not_see(browser, "De har ikke lest det.");
    browser_visit(browser, "/min-side/samtykker");
    scene_must_see(browser, "Du sa ja. De kan lese til");
    browser_visit(browser, "/min-side/dokumenter");
    scene_must_see(browser, TITLE);

    browser_visit(browser, page);
    browser_press(browser, "Ta ja-et tilbake");
    scene_must_see(browser, "Fra da av kan etaten ikke lese dokumentet");
    assert_int_equal(agency_send(&agency, "GET", address, NULL, NULL), 410);
    assert_string_equal(agency_text(&agency, "type"), "urn:skjema:problem:evidence-withdrawn");
    assert_int_equal(agency_send(&agency, "GET", document_of(&agency, address), NULL, NULL), 404);

    browser_visit(browser, "/min-side/innsynslogg"); /* who looked, when and why (S-AUD-3) */
    scene_must_see(browser, "Et dokument om deg ble lest: " TITLE);
    scene_must_see(browser, "(974\u00a0761\u00a0076)");
    scene_must_see(browser, "Ja til å dele et dokument ble trukket tilbake: " TITLE);
    browser_press(browser, "Vi må se bevillingen for å gi skjenkebevilling.");
    assert_string_equal(browser_address(browser), page);
}

static void a_no_is_told_as_a_no(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    (void)issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);
    const char *address = ask_about_ingrid(&agency);

    browser_visit(scene->walk.browser, "/min-side");
    follow_letter(scene, "ingrid");
    browser_press(scene->walk.browser, "Nei, ikke del");

    scene_must_see(scene->walk.browser, "Etaten har ikke fått noe fra oss.");
    assert_int_equal(agency_send(&agency, "GET", address, NULL, NULL), 410);
    assert_string_equal(agency_text(&agency, "type"), "urn:skjema:problem:evidence-refused");
    assert_int_equal(agency_send(&agency, "GET", document_of(&agency, address), NULL, NULL), 404);
}

static void a_yes_holds_after_the_program_was_killed(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    CLEANUP(agency_close) struct agency later;
    const char *issued = issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);
    const char *address = ask_about_ingrid(&agency);
    say_yes(scene);

    server_kill(&scene->server);
    scene_start_again(scene);

    agency_open(&later, scene, arena, READER);
    assert_int_equal(agency_send(&later, "GET", document_of(&later, address), NULL, NULL), 200);
    assert_string_equal(digest_of(arena, later.client), issued);
}

static void run_sql(struct scene *scene, struct arena *arena, struct db_sql sql)
{
    struct db_pool *pool = NULL;
    struct error err = {0};
    const struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s/skjema.db", scene->server.data),
        .connections = 1,
        .wait_ms = 5000,
    };
    assert_true(db_pool_open(&options, &pool, &err));
    {
        CLEANUP(db_return) struct db *db = NULL;
        assert_true(db_borrow(pool, &db, &err));
        assert_true(db_exec(db, sql, DB_NO_VALUES, NULL, &err));
    }
    db_pool_close(&pool);
}

static void time_ends_a_question_and_a_yes(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    (void)issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);
    const char *given = ask_about_ingrid(&agency);
    say_yes(scene);
    assert_int_equal(agency_ask(&agency, INGRID, TYPE, "sak-2"), 202);
    const char *asked = agency_text(&agency, "href");

    run_sql(scene, arena, DB_SQL("UPDATE evidence_consents SET ends_at = given_at"));
    run_sql(scene, arena,
            DB_SQL("UPDATE evidence_requests SET expires_at = asked_at "
                   "WHERE state = 'pending'"));

    const char *const over[] = {given, asked};
    for (size_t i = 0; i < COUNT(over); i++) {
        assert_int_equal(agency_send(&agency, "GET", over[i], NULL, NULL), 410);
        assert_string_equal(agency_text(&agency, "type"), "urn:skjema:problem:evidence-expired");
        assert_int_equal(agency_send(&agency, "GET", document_of(&agency, over[i]), NULL, NULL),
                         404);
    }
    browser_visit(scene->walk.browser, "/min-side/samtykker");
    scene_must_see(scene->walk.browser, "Tilgangen tok slutt");
    scene_must_see(scene->walk.browser, "Ikke besvart innen");
}

/* An answer with what differs from one question to the next put out of sight: status, headers but
 * their times, and every value of the body as a word for its type. */
static const char *shape_of(struct agency *agency)
{
    json_t *json = agency_json(agency), *value;
    const char *name;
    const char *shape = arena_printf(agency->arena, "%d %s %s", browser_status(agency->client),
                                     browser_header(agency->client, "Content-Type"),
                                     browser_header(agency->client, "Retry-After") ? "retry" : "-");
    json_object_foreach(json, name, value)
    {
        const char *text = json_string_value(value);
        bool told = text_equal(name, "state") || text_equal(name, "type") ||
                    text_equal(name, "title") || text_equal(name, "evidence_type");
        shape = arena_printf(agency->arena, "%s %s=%s/%zu", shape, name, told ? text : "",
                             text ? strlen(text) : 0);
    }
    json_decref(json);
    return shape;
}

static void api_2_before_an_answer_nothing_tells_whether_there_is_anybody(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    (void)issue(scene, arena, "Ingrid Fjeld", NULL);
    browser_press(scene->walk.browser, "Logg ut");
    walk_start(&scene->walk, "hello", "Jonas Lie Berg"); /* known, and has nothing */
    agency_open(&agency, scene, arena, READER);
    static const char *const people[] = {INGRID, JONAS, NOBODY};

    const char *shapes[COUNT(people)][3];
    for (size_t i = 0; i < COUNT(people); i++) {
        agency_ask(&agency, people[i], TYPE, people[i]);
        const char *address = agency_text(&agency, "href");
        shapes[i][0] = shape_of(&agency);
        if (i == 0) /* the letter has gone, and there still is no more to be seen */
            scene_wait_for_letters(scene, "ingrid", LETTER, 1, WAIT_S);
        agency_send(&agency, "GET", address, NULL, NULL);
        shapes[i][1] = shape_of(&agency);
        agency_send(&agency, "GET", document_of(&agency, address), NULL, NULL);
        shapes[i][2] = shape_of(&agency);
    }

    for (size_t i = 1; i < COUNT(people); i++)
        for (size_t k = 0; k < 3; k++)
            assert_string_equal(shapes[i][k], shapes[0][k]);
    scene_wait_for_letters(scene, "jonas", LETTER, 0, 0);
}

static void api_2_others_find_nothing_by_any_id(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    CLEANUP(agency_close) struct agency other;
    CLEANUP(agency_close) struct agency scopeless;
    (void)issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);
    const char *address = ask_about_ingrid(&agency);
    say_yes(scene);
    char page[512];
    snprintf(page, sizeof page, "%s", browser_address(scene->walk.browser));
    browser_visit(scene->walk.browser, "/min-side/dokumenter");
    const char *certificate = arena_text(arena, browser_link(scene->walk.browser, "Last ned"));

    agency_open(&other, scene, arena, "organisation=310123021&scope=skjema:bevis.read");
    assert_int_equal(agency_send(&other, "GET", address, NULL, NULL), 404);
    assert_int_equal(agency_send(&other, "GET", document_of(&other, address), NULL, NULL), 404);
    agency_open(&scopeless, scene, arena, "organisation=974761076&scope=skjema:bevis.write");
    assert_int_equal(agency_send(&scopeless, "GET", address, NULL, NULL), 403);
    assert_int_equal(agency_ask(&scopeless, INGRID, TYPE, "x"), 403);
    assert_int_equal(agency_send(&agency, "POST", "/api/v1/certificates", NULL, "{}"), 403);
    assert_int_equal(agency_send(&scopeless, "POST", "/api/v1/certificates", NULL, "{}"), 403);

    browser_press(scene->walk.browser, "Logg ut");
    walk_start(&scene->walk, "hello", "Jonas Lie Berg");
    const char *const pages[] = {page, certificate};
    for (size_t i = 0; i < COUNT(pages); i++) {
        browser_visit(scene->walk.browser, pages[i]);
        assert_int_equal(browser_status(scene->walk.browser), 404);
    }
}

static void the_same_key_asks_once_and_what_is_wrong_is_pointed_to(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    agency_open(&agency, scene, arena, READER);
    static const char path[] = "/api/v1/evidence-requests";

    assert_int_equal(agency_ask(&agency, NOBODY, TYPE, "k"), 202);
    const char *first = agency_text(&agency, "conversation");
    assert_int_equal(agency_ask(&agency, NOBODY, TYPE, "k"), 202);
    assert_string_equal(agency_text(&agency, "conversation"), first);
    assert_int_equal(agency_ask(&agency, NOBODY, "attest", "k"), 409);
    assert_int_equal(agency_ask(&agency, NOBODY, TYPE, "k2"), 202);
    assert_int_equal(agency_ask(&agency, NOBODY, TYPE, "k3"), 202);
    assert_int_equal(agency_ask(&agency, NOBODY, TYPE, "k4"), 429);
    assert_non_null(browser_header(agency.client, "Retry-After"));

    assert_int_equal(agency_send(&agency, "POST", path, NULL, "{}"), 400);
    assert_int_equal(agency_send(&agency, "POST", path, "Idempotency-Key: k5", "{\"x\":1}"), 422);
    json_t *problem = agency_json(&agency);
    json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
    assert_string_equal(json_string_value(json_object_get(error, "pointer")), "/x");
    json_decref(problem);
    const char *spaces = arena_printf(arena, "%*s{}", 16 * 1024, "");
    assert_int_equal(agency_send(&agency, "POST", path, "Idempotency-Key: k6", spaces), 413);
    assert_int_equal(
        agency_send(&agency, "GET", arena_printf(arena, "%s/%s", path, first), NULL, NULL), 200);
    const char *tag =
        arena_printf(arena, "If-None-Match: %s", browser_header(agency.client, "ETag"));
    assert_int_equal(
        agency_send(&agency, "GET", arena_printf(arena, "%s/%s", path, first), tag, NULL), 304);
}

static void a_certificate_is_issued_by_the_agency_itself_once_for_each_key(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    CLEANUP(agency_close) struct agency other;
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *body =
        arena_printf(arena, "{\"submission\":\"%s\",\"type\":\"" TYPE "\",\"title\":\"" TITLE "\"}",
                     reference_on(scene, arena));
    agency_open(&agency, scene, arena, "organisation=310245682&scope=skjema:bevis.write");
    agency_open(&other, scene, arena, "organisation=974761076&scope=skjema:bevis.write");

    const char *key = "Idempotency-Key: vedtak-1";
    assert_int_equal(agency_send(&other, "POST", "/api/v1/certificates", key, body), 403);
    assert_int_equal(agency_send(&agency, "POST", "/api/v1/certificates", key, body), 201);
    const char *id = agency_text(&agency, "certificate");
    assert_int_equal(agency_send(&agency, "POST", "/api/v1/certificates", key, body), 201);
    assert_string_equal(agency_text(&agency, "certificate"), id);

    scene_wait_for_letters(scene, "ingrid", TITLE, 1, WAIT_S);
    char uuid[64];
    walk_letters(&scene->walk, "ingrid", TITLE, uuid, sizeof uuid);
    struct bytes letter = walk_letter_bytes(&scene->walk, arena, uuid);
    browser_visit(scene->walk.browser, "/min-side/dokumenter");
    browser_press(scene->walk.browser, "Last ned");
    assert_string_equal(digest_of(arena, scene->walk.browser), crypto_sha256_hex(arena, letter));
}

static void the_command_says_what_is_missing_and_issues_once_for_each_key(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    static const char *const key[] = {"--key", "vedtak-1", NULL};
    const char *said;
    const char *first = issue(scene, arena, "Ingrid Fjeld", key);
    const char *reference = reference_on(scene, arena);
    const char *const again[] = {"issue",     reference, "--type",   TYPE,
                                 "--title",   "Another", "--data",   scene->server.data,
                                 "--sandbox", "--key",   "vedtak-1", NULL};
    assert_int_equal(server_run(arena, scene_program(), again, &said), 0);
    assert_non_null(strstr(said, first));

    const char *const unknown[] = {"issue",  "SK-1999-000001",   "--type",    TYPE, "--title", "T",
                                   "--data", scene->server.data, "--sandbox", NULL};
    assert_int_equal(server_run(arena, scene_program(), unknown, &said), 1);
    assert_non_null(strstr(said, "no such"));
    const char *const typeless[] = {"issue", reference, "--title", "T", NULL};
    assert_int_equal(server_run(arena, scene_program(), typeless, &said), 2);
    const char *const help[] = {"issue", "--help", NULL};
    assert_int_equal(server_run(arena, scene_program(), help, &said), 0);
    assert_non_null(strstr(said, "--valid-until"));
}

static void what_was_issued_can_be_shared_from_the_postbox_with_another_form(void **state)
{
    struct scene *scene = *state;
    struct browser *browser = scene->walk.browser;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    (void)issue(scene, arena, "Ingrid Fjeld", NULL);
    scene_wait_for_letters(scene, "ingrid", TITLE, 1, WAIT_S);
    browser_press(browser, "Logg ut");

    walk_to_documents(&scene->walk, "Ingrid Fjeld");
    walk_consent(&scene->walk);
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(&scene->walk, "ingrid");
    browser_tick_described(postbox, TITLE, "Fra Fjordvik kommune");
    browser_press(postbox, "Del dokumenter");
    walk_wait_for(&scene->walk, "Legg ved valgte dokumenter", WAIT_S);
    scene_must_see(browser, TITLE);
    browser_press(browser, "Legg ved valgte dokumenter");

    walk_wait_for(&scene->walk, "1 av 2 krav er oppfylt", WAIT_S);
    scene_must_see(browser, TITLE);
    scene_must_see(browser, "Bekreftet fra avsender");
}

/* A client that knows nothing but the API's description. */
static const char *client(struct agency *agency, const char *act, const char *word,
                          const char *type)
{
    const char *const words[] = {"node",
                                 "tests/openapi/client.mjs",
                                 agency->scene->server.site,
                                 agency->token,
                                 act,
                                 word,
                                 type,
                                 NULL};
    const char *said;
    if (server_run(agency->arena, "/usr/bin/env", words, &said) != 0)
        fail_msg("%s", said);
    return text_trim(agency->arena, said);
}

static void a_client_made_from_the_description_asks_and_reads(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(agency_close) struct agency agency;
    const char *issued = issue(scene, arena, "Ingrid Fjeld", NULL);
    agency_open(&agency, scene, arena, READER);

    const char *conversation = client(&agency, "ask", INGRID, TYPE);
    assert_string_equal(client(&agency, "look", conversation, NULL), "pending");
    assert_string_equal(client(&agency, "read", conversation, NULL), "404");
    say_yes(scene);
    assert_string_equal(client(&agency, "look", conversation, NULL), "given");
    assert_string_equal(client(&agency, "read", conversation, NULL), issued);
    browser_press(scene->walk.browser, "Ta ja-et tilbake");
    assert_string_equal(client(&agency, "look", conversation, NULL),
                        "urn:skjema:problem:evidence-withdrawn");
}

static const char *with(struct arena *arena, const char *text, const char *from, const char *to)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (const char *at; (at = strstr(text, from)); text = at + strlen(from))
        buf_printf(&buf, "%.*s%s", (int)(at - text), text, to);
    buf_add_text(&buf, text);
    return buf_text(&buf);
}

/* The first block of commands in README.md after those words, for this scene's addresses. */
static const char *readme_block(struct scene *scene, struct arena *arena, const char *after)
{
    enum { MOST = 1 << 20 };
    char *readme = arena_alloc(arena, MOST);
    FILE *file = fopen("README.md", "re");
    assert_non_null(file);
    readme[fread(readme, 1, MOST - 1, file)] = '\0';
    fclose(file);
    const char *at = strstr(readme, after);
    assert_non_null(at);
    const char *start = strstr(at, "```\n") + 4;
    const char *block = arena_printf(arena, "%.*s", (int)(strstr(start, "```") - start), start);
    block = with(arena, block, "http://localhost:8080", scene->server.site);
    block = with(arena, block, "http://localhost:8081", scene->server.postbox);
    return with(arena, block, "build/skjema", scene_program());
}

static const char *run_commands(struct arena *arena, const char *commands)
{
    const char *const words[] = {"bash", "-c", commands, NULL};
    const char *said;
    if (server_run(arena, "/usr/bin/env", words, &said) != 0)
        fail_msg("%s: %s", commands, said);
    return said;
}

static void the_commands_of_the_readme_issue_ask_and_read(void **state)
{
    struct scene *scene = *state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    scene_fill_hello(scene, "Ingrid Fjeld");
    walk_send(&scene->walk);
    const char *order = readme_block(scene, arena, "issue a certificate on it");
    order = with(arena, order, "SF-2026-000001", reference_on(scene, arena));
    order = with(arena, order, "--sandbox\n",
                 arena_printf(arena, "--sandbox --data %s\n", scene->server.data));
    const char *issued = strrchr(run_commands(arena, order), ' ') + 1;
    const char *commands = readme_block(scene, arena, "Then be the other agency");

    const char *first = run_commands(arena, commands);
    if (!strstr(first, "\"state\": \"pending\""))
        fail_msg("%s", first);
    say_yes(scene);
    const char *then = run_commands(arena, commands);
    if (!strstr(then, arena_printf(arena, "%.64s", issued)))
        fail_msg("%s", then);
}

/* What was asked and answered is held against the API's description, whatever the test was about.
 */
static int check_and_tear_down(void **state)
{
    struct scene *scene = *state;
    char path[600];
    snprintf(path, sizeof path, "%s/answers.jsonl", scene->server.data);
    FILE *file = fopen(path, "re");
    if (file) {
        fclose(file);
        agency_check_answers(scene);
    }
    return scene_tear_down(state);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, scene_set_up, check_and_tear_down)

int main(void)
{
    const struct CMUnitTest alone[] = {
        FRESH(a_yes_gives_the_very_document_that_was_previewed_and_each_reading_is_seen),
        FRESH(a_no_is_told_as_a_no),
        FRESH(a_yes_holds_after_the_program_was_killed),
        FRESH(time_ends_a_question_and_a_yes),
        FRESH(api_2_before_an_answer_nothing_tells_whether_there_is_anybody),
        FRESH(api_2_others_find_nothing_by_any_id),
        FRESH(a_client_made_from_the_description_asks_and_reads),
        FRESH(what_was_issued_can_be_shared_from_the_postbox_with_another_form),
        FRESH(the_commands_of_the_readme_issue_ask_and_read),
    };
    const struct CMUnitTest together[] = {
        cmocka_unit_test(the_same_key_asks_once_and_what_is_wrong_is_pointed_to),
        cmocka_unit_test(a_certificate_is_issued_by_the_agency_itself_once_for_each_key),
        cmocka_unit_test(the_command_says_what_is_missing_and_issues_once_for_each_key),
    };
    int failed = cmocka_run_group_tests(alone, NULL, NULL);
    return failed + cmocka_run_group_tests(together, scene_set_up, check_and_tear_down);
}
