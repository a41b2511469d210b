/* test_dpi.c - what goes to the access point, and what each of its answers means for the letter. */
#include "tests/unit/storage/postbox/dpi_world.h"

#include "engine/base/breaker.h"
#include "engine/base/clock.h"
#include "engine/base/cms_envelope.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "storage/db.h"
#include "storage/postbox/dpi_answer.h"
#include "storage/postbox/dpi_inbox.h"
#include "storage/postbox/sbd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define MESSAGE "0b5f9a52-6f0e-4c5e-9a39-2f7a6c1d0e11"
#define POST "POST /dpi/messages/out"
#define STATUSES "GET /dpi/messages/out/" MESSAGE "/statuses"

static struct dpi_world world;

static int set_up_all(void **state)
{
    (void)state;
    dpi_world_open(&world);
    return 0;
}

static int tear_down_all(void **state)
{
    (void)state;
    dpi_world_close(&world);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    dpi_world_reset(&world);
    return 0;
}

static int back_to_now(void **state)
{
    (void)state;
    clock_set(0);
    return 0;
}

static const struct postbox_document attachment = {"7d1f6c0e-3f55-4c0a-8a5c-6f2d9b1c7a42",
                                                   "Skattemelding",
                                                   "pdf",
                                                   {(const unsigned char *)"%PDF-2", 6}};

static struct postbox_letter letter(void)
{
    return (struct postbox_letter){
        .message_id = MESSAGE,
        .recipient.pid = DPI_LISE,
        .language = "nb",
        .title = "Kvittering for søknad",
        .level = 4,
        .wants_opening_receipt = true,
        .main = {.id = "2f1d0a77-5f63-4c1b-9b1a-1c0c4f6a8e21",
                 .title = "Kvittering",
                 .file_type = "pdf",
                 .content = BYTES_OF("%PDF-1 the receipt")},
        .attachments = &attachment,
        .attachment_count = 1,
    };
}

static struct postbox_outcome send(struct dpi *dpi)
{
    const struct postbox_letter sent = letter();
    return postbox_send(dpi_postbox(dpi), world.arena, &sent);
}

static struct postbox_outcome send_once(void)
{
    struct dpi *dpi = dpi_world_client(&world);
    struct postbox_outcome outcome = send(dpi);
    dpi_close(&dpi);
    return outcome;
}

static void expect(const struct postbox_outcome *outcome, enum postbox_result result,
                   enum error_code code)
{
    if (outcome->result != result || outcome->error.code != code)
        fail_msg("%s, %s: %s", postbox_result_name(outcome->result),
                 error_name(outcome->error.code), outcome->error.text);
}

/* ---- what goes out ---- */

/* The payload of the JWS in a request. */
static json_t *document_in(struct bytes request)
{
    const char *jws = memmem(request.data, request.size, "eyJ", 3); /* {" in base64url */
    const char *first = strchr(jws, '.') + 1;
    struct bytes json;
    assert_true(codec_unbase64url(
        world.arena, arena_printf(world.arena, "%.*s", (int)strcspn(first, "."), first), &json));
    json_t *root = json_loadb((const char *)json.data, json.size, 0, NULL);
    assert_non_null(root);
    return root;
}

static const char *text_at(const json_t *json, const char *path)
{
    char *rest = arena_text(world.arena, path), *name;
    while ((name = strsep(&rest, "/")))
        json = *name >= '0' && *name <= '9' ? json_array_get(json, (size_t)atoi(name))
                                            : json_object_get(json, name);
    return json_string_value(json);
}

#define HEADER "standardBusinessDocument/standardBusinessDocumentHeader/"

static void a_letter_goes_out_as_one_signed_document_and_one_sealed_package(void **state)
{
    (void)state;
    dpi_world_says(&world, POST, 201, NULL, NULL);

    struct postbox_outcome outcome = send_once();

    expect(&outcome, POSTBOX_ACCEPTED, ERROR_NONE);
    assert_int_equal(postman_count(world.postman, POST), 1);
    struct bytes request = dpi_world_request(&world, POST, 0);
    const char *text = (const char *)request.data;
    assert_true(text_starts_with(text, "POST /dpi/messages/out?kanal=skjema-1 HTTP/1.1\r\n"));
    assert_non_null(strcasestr(text, "\r\nAuthorization: Bearer token-1\r\n"));
    const char *document =
        strstr(text, "Content-Disposition: form-data; name=\"forretningsmelding\"; "
                     "filename=\"sbd.jwt\"\r\nContent-Type: application/jwt\r\n");
    const char *package =
        strstr(text, "Content-Disposition: form-data; name=\"dokumentpakke\"; "
                     "filename=\"asic.cms\"\r\nContent-Type: application/cms\r\n");
    assert_true(document && package && document < package);

    json_t *root = document_in(request);
    assert_string_equal(text_at(root, HEADER "documentIdentification/instanceIdentifier"), MESSAGE);
    assert_string_equal(text_at(root, HEADER "businessScope/scope/0/instanceIdentifier"), MESSAGE);
    assert_string_equal(text_at(root, HEADER "sender/0/identifier/value"), "0192:" DPI_AGENCY);
    assert_string_equal(text_at(root, HEADER "receiver/0/identifier/value"), "0192:" DPI_EBOKS);
    assert_string_equal(text_at(root, "standardBusinessDocument/digital/maskinportentoken"),
                        "token-1");
    assert_string_equal(text_at(root, "standardBusinessDocument/digital/mottaker/postkasseadresse"),
                        DPI_MAILBOX);
    json_decref(root);
}

static void the_package_is_for_the_mailbox_and_is_the_one_that_was_signed_for(void **state)
{
    (void)state;
    dpi_world_says(&world, POST, 201, NULL, NULL);
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_ACCEPTED, ERROR_NONE);

    struct bytes request = dpi_world_request(&world, POST, 0);
    const unsigned char *from = memmem(request.data, request.size, "application/cms\r\n\r\n", 19);
    from += 19;
    size_t left = (size_t)(request.data + request.size - from);
    const unsigned char *to = memmem(from, left, "\r\n--", 4);
    for (const unsigned char *next = to; next;) { /* the last such line is the end */
        to = next;
        next = memmem(next + 1, (size_t)(request.data + request.size - next - 1), "\r\n--", 4);
    }
    struct bytes package = {from, (size_t)(to - from)}, zip;
    struct cms_envelope facts;
    assert_true(cms_envelope_open(world.arena, package, world.key_pem[DPI_PARTY_EBOKS], &facts,
                                  &zip, NULL));
    assert_memory_equal(zip.data, "PK\003\004", 4);
    json_t *root = document_in(request);
    struct crypto_sha256 digest = crypto_sha256(package);
    assert_string_equal(
        text_at(root, "standardBusinessDocument/digital/dokumentpakkefingeravtrykk/digestValue"),
        codec_base64(world.arena, (struct bytes){digest.bytes, sizeof digest.bytes}));
    json_decref(root);
}

static void s_outb_no_request_to_the_access_point_names_the_person(void **state)
{
    (void)state;
    dpi_world_says(&world, POST, 400, DPI_PROBLEM, "{\"title\":\"no\"}");
    dpi_world_says(&world, STATUSES, 200, DPI_JSON, "[]");
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_REFUSED, ERROR_REFUSED);
    size_t seen = 0;
    for (size_t i = 0; i < postman_total(world.postman); i++) {
        struct bytes request = postman_request(world.postman, i);
        const char *text = (const char *)request.data;
        size_t head = (size_t)(strstr(text, "\r\n\r\n") - text);
        assert_null(memmem(request.data, head, DPI_LISE, 11)); /* in no address, whoever is asked */
        if (!memmem(request.data, head, "/krr/", 5)) {
            assert_null(memmem(request.data, request.size, DPI_LISE, 11));
            seen++;
        }
    }
    assert_int_equal(seen, 3); /* token, letter, status */
}

static void a_data_processor_signs_and_the_agency_is_named(void **state)
{
    (void)state;
    world.settings.private_key_pem = world.key_pem[DPI_PARTY_OTHER];
    world.settings.chain_pem = world.chain_pem[DPI_PARTY_OTHER];
    world.settings.sender = DPI_OTHER;
    world.settings.agency_unit = DPI_AGENCY ":plan";
    dpi_world_says(&world, POST, 201, NULL, NULL);
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_ACCEPTED, ERROR_NONE);
    json_t *root = document_in(dpi_world_request(&world, POST, 0));
    assert_string_equal(text_at(root, HEADER "sender/0/identifier/value"), "0192:" DPI_OTHER);
    assert_string_equal(
        text_at(root, "standardBusinessDocument/digital/avsender/virksomhetsidentifikator/value"),
        "0192:" DPI_AGENCY);
    assert_string_equal(
        text_at(root, "standardBusinessDocument/digital/avsender/avsenderidentifikator"),
        DPI_AGENCY ":plan");
    json_decref(root);
    json_t *grant = document_in(dpi_world_request(&world, "POST /token", 0));
    assert_string_equal(text_at(grant, "consumer_org"), DPI_AGENCY);
    assert_string_equal(text_at(grant, "scope"), DPI_SCOPE);
    json_decref(grant);
}

/* ---- what they answer ---- */

static const struct line {
    const char *when;
    int status;
    const char *headers, *body;
    enum flaw flaw;
    const char *statuses; /* what they say of the letter when asked; NULL: 404, as a problem */
    enum postbox_result result;
    enum error_code code;
    const char *word;
    int retry_after_s;
} lines[] = {
    {"taken", 201, NULL, NULL, 0, NULL, POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"taken, whatever it says besides", 201, DPI_JSON, "garbage", 0, NULL, POSTBOX_ACCEPTED,
     ERROR_NONE, "", 0},
    {"taken, by the prose", 200, DPI_JSON, "{}", 0, NULL, POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"garbage", 200, DPI_JSON, "[{\"status\": \"SEN", 0, NULL, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE,
     "", 0},
    {"somebody in between", 200, "Content-Type: text/html\r\n", "<p>Log in</p>", 0, NULL,
     POSTBOX_UNKNOWN, ERROR_UNAVAILABLE, "", 0},
    {"not valid", 400, DPI_PROBLEM, "{\"type\":\"urn:x/bad-sbd\",\"title\":\"Validation failed\"}",
     0, NULL, POSTBOX_REFUSED, ERROR_REFUSED, "bad-sbd", 0},
    {"used before, and sent on", 400, DPI_PROBLEM,
     "{\"type\":\"https://x.example/problem/message-id-used\",\"title\":\"no\"}", 0,
     "[{\"status\":\"SENDT\"}]", POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"used before, without more", 400, DPI_PROBLEM, "{\"title\":\"Message id already used\"}", 0,
     NULL, POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"a conflict, and it is there", 409, DPI_PROBLEM, "{\"title\":\"no\"}", 0,
     "[{\"status\":\"SENDT\"}]", POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"a conflict with who knows what", 409, DPI_PROBLEM, "{\"type\":\"x/not-now\"}", 0, "[]",
     POSTBOX_UNKNOWN, ERROR_CONFLICT, "not-now", 0},
    {"used before, and it failed", 400, DPI_PROBLEM, "{\"title\":\"already used\"}", 0,
     "[{\"status\":\"FEILET\",\"beskrivelse\":\"avvist\"}]", POSTBOX_REFUSED, ERROR_REFUSED,
     "FEILET", 0},
    {"any no about what is there", 400, DPI_PROBLEM, "{\"title\":\"no\"}", 0,
     "[{\"status\":\"OPPRETTET\"}]", POSTBOX_ACCEPTED, ERROR_NONE, "", 0},
    {"a no that is no problem+json", 400, "Content-Type: text/html\r\n", "<p>no</p>", 0, NULL,
     POSTBOX_UNKNOWN, ERROR_UNAVAILABLE, "", 0},
    {"a problem that is no JSON", 400, DPI_PROBLEM, "{", 0, NULL, POSTBOX_UNKNOWN,
     ERROR_UNAVAILABLE, "", 0},
    {"no agreement", 403, DPI_PROBLEM, "{\"title\":\"no scope\"}", 0, NULL, POSTBOX_REFUSED,
     ERROR_DENIED, "", 0},
    {"too large", 413, DPI_PROBLEM, "{\"title\":\"too large\"}", 0, NULL, POSTBOX_REFUSED,
     ERROR_REFUSED, "", 0},
    {"another address", 404, DPI_PROBLEM, "{\"title\":\"none\"}", 0, NULL, POSTBOX_UNKNOWN,
     ERROR_UNAVAILABLE, "", 0},
    {"too often", 429, DPI_PROBLEM "Retry-After: 30\r\n", "{\"title\":\"slowly\"}", 0, NULL,
     POSTBOX_NOT_SENT, ERROR_TOO_OFTEN, "", 30},
    {"a broken server", 500, DPI_PROBLEM, "{\"title\":\"oops\"}", 0, NULL, POSTBOX_UNKNOWN,
     ERROR_UNAVAILABLE, "", 0},
    {"a gateway", 503, "Content-Type: text/html\r\nRetry-After: 99999\r\n", "<h1>503</h1>", 0, NULL,
     POSTBOX_UNKNOWN, ERROR_UNAVAILABLE, "", 3600},
    {"sent elsewhere", 307, "Location: http://127.0.0.1:1/\r\n", NULL, 0, NULL, POSTBOX_UNKNOWN,
     ERROR_UNAVAILABLE, "", 0},
    {"the answer is lost", 201, NULL, NULL, FLAW_DROPPED, NULL, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE,
     "", 0},
    {"the answer is cut", 201, NULL, "", FLAW_CUT, NULL, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE, "", 0},
};

static void d_8_every_answer_has_one_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct line *line = &lines[i];
        dpi_world_reset(&world);
        postman_says(world.postman, (struct postman_answer){POST, line->status, line->body,
                                                            line->headers, line->flaw});
        if (line->statuses)
            dpi_world_says(&world, STATUSES, 200, DPI_JSON, line->statuses);
        else
            dpi_world_says(&world, STATUSES, 404, DPI_PROBLEM, "{}");
        struct postbox_outcome outcome = send_once();
        if (outcome.result != line->result || outcome.error.code != line->code ||
            !text_equal(outcome.code, line->word) || outcome.retry_after_s != line->retry_after_s)
            fail_msg("%s: %s, %s \"%s\" %d: %s", line->when, postbox_result_name(outcome.result),
                     error_name(outcome.error.code), outcome.code, outcome.retry_after_s,
                     outcome.error.text);
        assert_int_equal(postman_count(world.postman, POST), 1);
    }
}

static void a_token_that_was_not_taken_is_renewed_once_in_both_places(void **state)
{
    (void)state;
    dpi_world_says(&world, POST, 401, DPI_PROBLEM, "{\"title\":\"expired\"}");
    dpi_world_says(&world, POST, 201, NULL, NULL);
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_ACCEPTED, ERROR_NONE);
    struct bytes again = dpi_world_request(&world, POST, 1);
    assert_non_null(strcasestr((const char *)again.data, "Bearer token-2\r\n"));
    json_t *root = document_in(again);
    assert_string_equal(text_at(root, "standardBusinessDocument/digital/maskinportentoken"),
                        "token-2");
    json_decref(root);

    dpi_world_reset(&world);
    dpi_world_says(&world, POST, 401, DPI_PROBLEM, "{\"title\":\"expired\"}");
    outcome = send_once();
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    assert_int_equal(postman_count(world.postman, POST), 2);
}

static void without_a_token_nothing_is_sent(void **state)
{
    (void)state;
    postman_forget(world.postman);
    dpi_world_says(&world, "POST /krr/rest/v2/personer", 200, DPI_JSON,
                   dpi_world_person(&world, DPI_PARTY_EBOKS));
    dpi_world_says(&world, "POST /token", 400, DPI_JSON, "{\"error\":\"invalid_scope\"}");
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_REFUSED);
    assert_int_equal(postman_count(world.postman, POST), 0);
}

static void an_access_point_that_is_down_is_left_alone_for_a_while(void **state)
{
    (void)state;
    dpi_world_says(&world, POST, 500, DPI_PROBLEM, "{}");
    struct dpi *dpi = dpi_world_client(&world);
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        struct postbox_outcome outcome = send(dpi);
        expect(&outcome, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    }
    struct postbox_outcome outcome = send(dpi);
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_UNAVAILABLE); /* certainly */
    assert_int_equal(postman_count(world.postman, POST), BREAKER_FAILURES);
    dpi_close(&dpi);
    dpi_close(&dpi); /* twice does nothing */
}

/* ---- whom it goes to ---- */

static void who_has_no_mailbox_gets_nothing_and_the_caller_is_told(void **state)
{
    (void)state;
    postman_forget(world.postman);
    dpi_world_says(&world, "POST /krr/rest/v2/personer", 200, DPI_JSON,
                   "{\"personer\":[{\"personidentifikator\":\"" DPI_LISE
                   "\",\"reservasjon\":\"NEI\",\"status\":\"IKKE_REGISTRERT\"}]}");
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_MISSING);
    assert_string_equal(outcome.code, "NO_MAILBOX");
    struct dpi *dpi = dpi_world_client(&world);
    bool reached = true;
    const struct postbox_recipient lise = {.pid = DPI_LISE};
    assert_true(postbox_reaches(dpi_postbox(dpi), world.arena, &lise, &reached, NULL));
    assert_false(reached);
    dpi_close(&dpi);
    assert_int_equal(postman_count(world.postman, "POST /token"), 0);
}

static void d_10_a_register_that_is_down_is_waited_for(void **state)
{
    (void)state;
    postman_forget(world.postman);
    dpi_world_says(&world, "POST /krr/rest/v2/personer", 503, NULL, NULL);
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    assert_string_equal(outcome.code, "KRR");
}

static void a_certificate_that_nobody_vouches_for_is_not_encrypted_to(void **state)
{
    (void)state;
    postman_forget(world.postman);
    dpi_world_says(&world, "POST /krr/rest/v2/personer", 200, DPI_JSON,
                   dpi_world_person(&world, DPI_PARTY_STRANGER));
    struct postbox_outcome outcome = send_once();
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    assert_string_equal(outcome.code, "MAILBOX_CERTIFICATE");
    assert_int_equal(postman_count(world.postman, POST), 0);
}

static void a_certificate_that_has_expired_is_not_encrypted_to(void **state)
{
    (void)state;
    struct dpi *dpi = dpi_world_client(&world);
    clock_set(clock_now() + (int64_t)11 * 365 * 24 * 3600);
    struct postbox_outcome outcome = send(dpi);
    expect(&outcome, POSTBOX_NOT_SENT, ERROR_UNAVAILABLE);
    assert_string_equal(outcome.code, "MAILBOX_CERTIFICATE");
    dpi_close(&dpi);
}

static void what_no_mailbox_takes_is_refused_before_it_is_sent(void **state)
{
    (void)state;
    struct dpi *dpi = dpi_world_client(&world);
    struct postbox_letter wrong = letter();
    wrong.main.file_type = "xml";
    struct postbox_outcome outcome = postbox_send(dpi_postbox(dpi), world.arena, &wrong);
    expect(&outcome, POSTBOX_REFUSED, ERROR_INVALID);
    wrong = letter();
    wrong.message_id = "not-a-uuid";
    outcome = postbox_send(dpi_postbox(dpi), world.arena, &wrong);
    expect(&outcome, POSTBOX_REFUSED, ERROR_INVALID);
    dpi_close(&dpi);
    assert_int_equal(postman_count(world.postman, POST), 0);
}

/* ---- status ---- */

static void what_became_of_a_letter_is_read_from_its_statuses(void **state)
{
    (void)state;
    static const struct {
        const char *when, *statuses;
        enum postbox_result result;
    } histories[] = {
        {"unknown", "[]", POSTBOX_NOT_SENT},
        {"taken", "[{\"status\":\"OPPRETTET\"}]", POSTBOX_ACCEPTED},
        {"on its way", "[{\"status\":\"OPPRETTET\"},{\"status\":\"SENDT\"}]", POSTBOX_ACCEPTED},
        {"failed", "[{\"status\":\"FEILET\"},{\"status\":\"OPPRETTET\"}]", POSTBOX_REFUSED},
        {"failed first",
         "[{\"status\":\"SENDT\",\"timestamp\":\"2026-01-15T09:31:00Z\"},"
         "{\"status\":\"FEILET\",\"timestamp\":\"2026-01-15T09:30:00Z\"}]",
         POSTBOX_ACCEPTED},
        {"failed last",
         "[{\"status\":\"FEILET\",\"timestamp\":\"2026-01-15T09:32:00Z\"},"
         "{\"status\":\"SENDT\",\"timestamp\":\"2026-01-15T09:31:00Z\"}]",
         POSTBOX_REFUSED},
        {"in no order that is told", "[{\"status\":\"FEILET\"},{\"status\":\"SENDT\"}]",
         POSTBOX_ACCEPTED},
        {"a word nobody knows", "[{\"status\":\"NYTT\"}]", POSTBOX_UNKNOWN},
        {"no list", "{\"status\":\"SENDT\"}", POSTBOX_UNKNOWN},
        {"no JSON", "SENDT", POSTBOX_UNKNOWN},
    };
    struct dpi *dpi = dpi_world_client(&world);
    const struct postbox_letter asked = letter();
    for (size_t i = 0; i < COUNT(histories); i++) {
        dpi_world_reset(&world);
        dpi_world_says(&world, STATUSES, 200, DPI_JSON, histories[i].statuses);
        struct postbox_outcome outcome = postbox_status(dpi_postbox(dpi), world.arena, &asked);
        if (outcome.result != histories[i].result)
            fail_msg("%s: %s", histories[i].when, postbox_result_name(outcome.result));
    }
    dpi_world_reset(&world); /* and without an answer nothing is known */
    postman_says(world.postman,
                 (struct postman_answer){STATUSES, 200, "[]", DPI_JSON, FLAW_DROPPED});
    struct postbox_outcome outcome = postbox_status(dpi_postbox(dpi), world.arena, &asked);
    expect(&outcome, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE);
    dpi_close(&dpi);
}

static void what_they_write_is_told_without_names_and_numbers(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Postkassen finnes ikke", "Postkassen finnes ikke"},
        {"ukjent: lise.strand#1ABC", "ukjent: …"},
        {"for " DPI_LISE " at\nlise@example.no", "for … at …"},
        {"SBD:5023 \"navn\"", "SBD:5023 navn"},
        {NULL, ""},
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        assert_string_equal(dpi_answer_words(world.arena, pairs[i][0], 100), pairs[i][1]);
    assert_int_equal(text_length(dpi_answer_words(world.arena, "aaaa bbbb cccc", 6)), 6);
}

/* ---- receipts that wait ---- */

static void the_list_is_of_our_channel_and_nothing_is_nothing(void **state)
{
    (void)state;
    world.settings.agency_unit = DPI_AGENCY ":plan";
    struct dpi *dpi = dpi_world_client(&world);
    const char *const *messages;
    size_t count = 7;
    dpi_world_says(&world, "GET /dpi/messages/in", 204, NULL, NULL);
    dpi_world_says(&world, "GET /dpi/messages/in", 200, DPI_JSON,
                   "[{\"forretningsmelding\":\"a.b.c\",\"downloadurl\":\"http://127.0.0.1:1/\"},"
                   "{\"other\":1},{\"forretningsmelding\":\"d.e.f\"}]");
    assert_true(dpi_inbox_list(dpi, world.arena, &messages, &count, NULL));
    assert_int_equal(count, 0);
    assert_true(dpi_inbox_list(dpi, world.arena, &messages, &count, NULL));
    assert_int_equal(count, 2);
    assert_string_equal(messages[1], "d.e.f");
    const char *request = (const char *)dpi_world_request(&world, "GET /dpi/messages/in", 0).data;
    assert_true(text_starts_with(request, "GET /dpi/messages/in?page_size=50&kanal=skjema-1&"
                                          "avsenderidentifikator=" DPI_AGENCY "%3Aplan HTTP/1.1"));
    dpi_close(&dpi);
}

static void a_receipt_that_is_not_on_the_list_any_more_was_taken_off_before(void **state)
{
    (void)state;
    struct dpi *dpi = dpi_world_client(&world);
    struct error err = {0};
    const char *target = "POST /dpi/messages/in/" MESSAGE "/read";
    dpi_world_says(&world, target, 200, NULL, NULL);
    dpi_world_says(&world, target, 404, DPI_PROBLEM, "{}");
    dpi_world_says(&world, target, 403, DPI_PROBLEM, "{}");
    assert_true(dpi_inbox_done(dpi, world.arena, MESSAGE, &err));
    assert_true(dpi_inbox_done(dpi, world.arena, MESSAGE, &err));
    assert_false(dpi_inbox_done(dpi, world.arena, MESSAGE, &err));
    assert_int_equal(err.code, ERROR_REFUSED);
    dpi_close(&dpi);
}

/* ---- settings ---- */

static void refused(const char *words)
{
    struct dpi *dpi = NULL;
    struct error err = {0};
    assert_false(dpi_open(&world.settings, &dpi, &err));
    assert_null(dpi);
    assert_int_equal(err.code, ERROR_INVALID);
    if (!strstr(err.text, words))
        fail_msg("%s", err.text);
    dpi_world_reset(&world);
}

static void settings_that_cannot_work_are_refused_in_one_clear_line(void **state)
{
    (void)state;
    world.settings.private_key_pem = world.key_pem[DPI_PARTY_OTHER];
    refused("do not belong together");
    world.settings.agency = DPI_OTHER;
    refused("dpi_certificate is of organisation " DPI_AGENCY);
    world.settings.sender = DPI_OTHER;
    refused("but " DPI_OTHER " sends");
    world.settings.channel = "et blankt tegn";
    refused("dpi_channel");
    world.settings.base_url = "";
    refused("dpi_url");
    world.settings.krr = NULL;
    refused("krr_url");
    world.settings.maskinporten = NULL;
    refused("maskinporten_client");
    world.settings.chain_pem = BYTES_OF("no certificate");
    refused("");
    clock_set(clock_now() + (int64_t)11 * 365 * 24 * 3600);
    refused("has expired");
    clock_set(clock_now() - (int64_t)30 * 365 * 24 * 3600);
    refused("not valid yet");
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, back_to_now)
    const struct CMUnitTest tests[] = {
        TEST(a_letter_goes_out_as_one_signed_document_and_one_sealed_package),
        TEST(the_package_is_for_the_mailbox_and_is_the_one_that_was_signed_for),
        TEST(s_outb_no_request_to_the_access_point_names_the_person),
        TEST(a_data_processor_signs_and_the_agency_is_named),
        TEST(d_8_every_answer_has_one_meaning),
        TEST(a_token_that_was_not_taken_is_renewed_once_in_both_places),
        TEST(without_a_token_nothing_is_sent),
        TEST(an_access_point_that_is_down_is_left_alone_for_a_while),
        TEST(who_has_no_mailbox_gets_nothing_and_the_caller_is_told),
        TEST(d_10_a_register_that_is_down_is_waited_for),
        TEST(a_certificate_that_nobody_vouches_for_is_not_encrypted_to),
        TEST(a_certificate_that_has_expired_is_not_encrypted_to),
        TEST(what_no_mailbox_takes_is_refused_before_it_is_sent),
        TEST(what_became_of_a_letter_is_read_from_its_statuses),
        TEST(what_they_write_is_told_without_names_and_numbers),
        TEST(the_list_is_of_our_channel_and_nothing_is_nothing),
        TEST(a_receipt_that_is_not_on_the_list_any_more_was_taken_off_before),
        TEST(settings_that_cannot_work_are_refused_in_one_clear_line),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
