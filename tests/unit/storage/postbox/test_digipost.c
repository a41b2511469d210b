#include "storage/postbox/digipost.h"
#include "storage/postbox/digipost_share.h"

#include "engine/base/codec.h"
#include "engine/base/fetch.h"
#include "engine/base/xml.h"
#include "tests/unit/storage/postbox/digipost_world.h"
#include "tests/unit/storage/postbox/document.h"

#define MAIN_ID "b4e0d3a2-5c6d-4f7e-8a90-112233445501"
#define OTHER_ID "b4e0d3a2-5c6d-4f7e-8a90-112233445502"

static const struct postbox_document enclosed = {
    OTHER_ID, "Søknadsskjema", "pdf", {(unsigned char *)"two", 3}};

static struct postbox_letter letter(void)
{
    return (struct postbox_letter){
        .message_id = "fb-2026-000123",
        .recipient = {.pid = "15838530181"},
        .language = "nb",
        .title = "Kvittering",
        .level = 4,
        .main = {MAIN_ID, "Kvittering", "pdf", BYTES_OF("one")},
        .attachments = &enclosed,
        .attachment_count = 1,
    };
}

/* ---- what Digipost would say ---- */

static const char *hash_of(struct world *world, const char *content)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(content));
    return codec_base64(world->arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

static const char *delivery_with(struct world *world, const char *id, const char *main,
                                 const char *attachment)
{
    return arena_printf(
        world->arena,
        "<message-delivery" V8 "><message-id>%s</message-id><delivery-method>DIGIPOST"
        "</delivery-method><sender-id>1000077</sender-id><status>DELIVERED</status>"
        "<delivery-time>2026-03-02T10:15:31.123+01:00</delivery-time>"
        "<primary-document><uuid>" MAIN_ID "</uuid><file-type>pdf</file-type>"
        "<content-hash hash-algorithm='SHA256'>%s</content-hash></primary-document>"
        "<attachment><uuid>" OTHER_ID "</uuid><file-type>pdf</file-type>"
        "<content-hash hash-algorithm='SHA256'>%s</content-hash></attachment></message-delivery>",
        id, hash_of(world, main), hash_of(world, attachment));
}

static const char *delivery(struct world *world)
{
    return delivery_with(world, "fb-2026-000123", "one", "two");
}

static const char *status_with(struct world *world, const char *main_id, const char *main)
{
    return arena_printf(world->arena,
                        "<document-status" V8 " uuid='%s' sender-id='1000077' status='DELIVERED' "
                        "delivered='2026-03-02T10:15:31.123+01:00' content-hash='%s' "
                        "content-hash-algorithm='SHA256'><attachments uuid='" OTHER_ID
                        "' status='DELIVERED' "
                        "content-hash='%s' content-hash-algorithm='SHA256'/></document-status>",
                        main_id, hash_of(world, main), hash_of(world, "two"));
}

static struct postbox_outcome send_letter(struct world *world)
{
    struct postbox_letter sent = letter();
    return postbox_send(digipost_postbox(world->digipost), world->arena, &sent);
}

static struct postbox_outcome ask_status(struct world *world)
{
    struct postbox_letter sent = letter();
    return postbox_status(digipost_postbox(world->digipost), world->arena, &sent);
}

/* ---- on the wire ---- */

/* Puts a word for the value of a header that is another at each run. */
static char *mask(struct arena *arena, const char *text, const char *header)
{
    const char *at = strcasestr(text, header);
    assert_non_null(at);
    const char *value = at + strlen(header);
    return arena_printf(arena, "%.*s<...>%s", (int)(value - text), text,
                        value + strcspn(value, "\r"));
}

static char *all_requests(struct world *world)
{
    struct buf out;
    buf_init(&out, world->arena);
    for (size_t i = 0; i < postman_total(world->postman); i++) {
        char *text = arena_text_of(world->arena, postman_request(world->postman, i));
        text = mask(world->arena, text, "\r\nHost: ");
        text = mask(world->arena, text, "\r\nDate: ");
        text = mask(world->arena, text, "\r\nX-Digipost-Signature: ");
        buf_printf(&out, "%s\r\n========\r\n", text);
    }
    return buf_text(&out);
}

static void assert_golden(struct arena *arena, const char *found, const char *name)
{
    const char *path = arena_printf(arena, "tests/golden/digipost/%s", name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "wbe");
        assert_non_null(file);
        assert_true(fputs(found, file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s cannot be read", path);
    enum { MOST = 64 * 1024 };
    char *expected = arena_alloc(arena, MOST + 1);
    size_t size = fread(expected, 1, MOST, file);
    fclose(file);
    assert_true(size < MOST);
    assert_string_equal(found, expected);
}

static void requests_are_on_the_wire_as_they_were(void **state)
{
    struct world *world = *state;
    const char *shares = arena_printf(
        world->arena,
        "<share-documents-request-state" V8 "><shared-documents><shared-document><subject>A"
        "</subject><file-type>pdf</file-type><file-size-bytes>4</file-size-bytes><origin/>%s"
        "</shared-document></shared-documents><shared-at-time>2026-03-02T10:00:00+01:00"
        "</shared-at-time>%s</share-documents-request-state>",
        link_to(world, "GET_SHARED_DOCUMENT_CONTENT_STREAM", "/Shared/1"),
        link_to(world, "STOP_SHARING", "/documents/9/data"));
    says_entry_points(world);
    says(world, "POST /identification", 200,
         "<identification-result" V8 "><result>DIGIPOST</result></identification-result>");
    says(world, "POST /messages", 201, delivery(world));
    says(world, "GET /1000077/documents/status/" MAIN_ID, 200, status_with(world, MAIN_ID, "one"));
    says(world, "GET /documents/events", 200, "<document-events" V8 "/>");
    says(world, "GET /1000077/shares/" MAIN_ID, 200, shares);
    says(world, "GET /Shared/1", 200, "%PDF");
    says(world, "POST /documents/9/data", 200, NULL);

    enum digipost_identity identity;
    struct postbox_recipient person = letter().recipient;
    struct digipost_event *events;
    struct digipost_share_state shared;
    struct bytes content;
    size_t count;
    int64_t until;
    assert_true(digipost_identify(world->digipost, world->arena, &person, &identity, NULL));
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
    assert_int_equal(ask_status(world).result, POSTBOX_DELIVERED);
    assert_true(digipost_share_events(world->digipost, world->arena, NOW - 3600, &events, &count,
                                      &until, NULL));
    assert_true(digipost_share_state(world->digipost, world->arena, MAIN_ID, &shared, NULL));
    assert_true(
        document_read(world->digipost, world->arena, &shared.documents[0], 100, &content, NULL));
    assert_true(digipost_share_stop(world->digipost, world->arena, MAIN_ID, NULL));

    struct clock_time t = clock_utc(until);
    char *to = arena_printf(world->arena, "T%02d%%3A%02d%%3A%02d.000", t.hour, t.minute, t.second);
    assert_golden(world->arena, replace(world->arena, all_requests(world), to, "T<...>"),
                  "requests.http");
}

/* ---- what comes of a letter ---- */

static void a_letter_is_delivered_when_ids_and_hashes_agree(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 201, delivery(world));

    struct postbox_outcome outcome = send_letter(world);

    assert_int_equal(outcome.result, POSTBOX_DELIVERED);
    assert_int_equal(outcome.error.code, ERROR_NONE);
    assert_int_equal(outcome.delivered_at, NOW + 1);
}

/* What the postman says to a letter, and what must be made of it. */
struct verdict {
    const char *name;
    struct postman_answer answer;
    enum postbox_result result;
    enum error_code code;
};

static void assert_verdict(struct world *world, const struct verdict *verdict)
{
    postman_forget(world->postman);
    reopen(world, settings(world));
    says_entry_points(world);
    struct postman_answer answer = verdict->answer;
    answer.target = "POST /messages";
    postman_says(world->postman, answer);

    struct postbox_outcome outcome = send_letter(world);

    if (outcome.result != verdict->result || outcome.error.code != verdict->code)
        fail_msg("%s: %s, %s: %s", verdict->name, postbox_result_name(outcome.result),
                 error_name(outcome.error.code), outcome.error.text);
    assert_int_equal(postman_count(world->postman, "POST /messages"), 1);
}

static void outb_5_only_a_believed_no_is_a_no(void **state)
{
    struct world *world = *state;
    const char *unknown_recipient = refusal(world, "UNKNOWN_RECIPIENT", "CLIENT_DATA");
    const char *good = delivery(world);
    const struct verdict verdicts[] = {
        {"no", {NULL, 404, unknown_recipient, NULL, FLAW_NONE}, POSTBOX_REFUSED, ERROR_MISSING},
        {"no, unsigned",
         {NULL, 404, unknown_recipient, NULL, FLAW_UNSIGNED},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"no, by somebody",
         {NULL, 404, unknown_recipient, NULL, FLAW_OTHER_KEY},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"yes, unsigned",
         {NULL, 201, good, NULL, FLAW_UNSIGNED},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"yes, by somebody",
         {NULL, 201, good, NULL, FLAW_OTHER_KEY},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"yes, old", {NULL, 201, good, NULL, FLAW_OLD}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"yes, other hash", {NULL, 201, good, NULL, FLAW_HASH}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"nothing", {NULL, 201, good, NULL, FLAW_DROPPED}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"half", {NULL, 201, good, NULL, FLAW_CUT}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"gateway", {NULL, 503, "<html>", NULL, FLAW_UNSIGNED}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"garbage", {NULL, 200, "yes", NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"empty", {NULL, 201, NULL, NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"empty no", {NULL, 400, NULL, NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"error page no",
         {NULL, 400, "<html/>", NULL, FLAW_NONE},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"elsewhere",
         {NULL, 302, NULL, "Location: /\r\n", FLAW_NONE},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"compressed",
         {NULL, 201, good, "Content-Encoding: gzip\r\n", FLAW_NONE},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT(verdicts); i++)
        assert_verdict(world, &verdicts[i]);
}

static void outb_5_an_answer_about_another_letter_is_no_answer(void **state)
{
    struct world *world = *state;
    const char *other_sender =
        replace(world->arena, delivery(world), "<sender-id>1000077", "<sender-id>1000078");
    const char *other_id =
        replace(world->arena, delivery(world), MAIN_ID, "b4e0d3a2-5c6d-4f7e-8a90-112233445599");
    const char *no_attachment = replace(world->arena, delivery(world), "attachment>", "x>");
    const char *no_hash = replace(world->arena, delivery(world), "SHA256", "MD5");
    const struct verdict verdicts[] = {
        {"message id",
         {NULL, 201, delivery_with(world, "fb-2026-000124", "one", "two"), NULL, FLAW_NONE},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"sender", {NULL, 201, other_sender, NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"uuid", {NULL, 201, other_id, NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"attachment",
         {NULL, 201, no_attachment, NULL, FLAW_NONE},
         POSTBOX_UNKNOWN,
         ERROR_UNAVAILABLE},
        {"hash", {NULL, 201, no_hash, NULL, FLAW_NONE}, POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {"content",
         {NULL, 201, delivery_with(world, "fb-2026-000123", "one", "tow"), NULL, FLAW_NONE},
         POSTBOX_REFUSED,
         ERROR_CONFLICT},
    };
    for (size_t i = 0; i < COUNT(verdicts); i++)
        assert_verdict(world, &verdicts[i]);
}

/* Codes and statuses as the dossier of the API gives them (9, 10). */
static void each_error_code_leads_to_what_can_be_done_about_it(void **state)
{
    struct world *world = *state;
    static const struct {
        int status;
        const char *code, *type;
        enum postbox_result result;
        enum error_code error;
    } rows[] = {
        {400, "SCHEMA_VALIDATION_ERROR", "CLIENT_TECHNICAL", POSTBOX_REFUSED, ERROR_REFUSED},
        {400, "VALIDATION_FAILED", "CLIENT_DATA", POSTBOX_REFUSED, ERROR_INVALID},
        {413, "FILE_TOO_LARGE", "CLIENT_DATA", POSTBOX_REFUSED, ERROR_INVALID},
        {403, "BROKER_NOT_AUTHORIZED", "CONFIGURATION", POSTBOX_REFUSED, ERROR_REFUSED},
        {403, "INVALID_SIGNATURE", "CLIENT_TECHNICAL", POSTBOX_REFUSED, ERROR_REFUSED},
        {403, "GENERAL_ERROR", "NONE", POSTBOX_REFUSED, ERROR_REFUSED},
        {400, "SOMETHING_NEW", "CLIENT_DATA", POSTBOX_REFUSED, ERROR_INVALID},
        {400, "SOMETHING_NEW", "SOMETHING_NEW", POSTBOX_REFUSED, ERROR_REFUSED},
        {400, "SOMETHING_NEW", "SERVER", POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {500, "SERVER_ERROR", "SERVER", POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {503, "API_UNAVAILABLE", "SERVER", POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {500, "UNKNOWN_RECIPIENT", "CLIENT_DATA", POSTBOX_UNKNOWN, ERROR_UNAVAILABLE},
        {400, "DATE_HEADER_OUTSIDE_ACCEPTED_INTERVAL", "CLIENT_TECHNICAL", POSTBOX_NOT_SENT,
         ERROR_BROKEN},
        {429, "SOMETHING_NEW", "CLIENT_TECHNICAL", POSTBOX_NOT_SENT, ERROR_LIMIT},
        {404, "PROBLEM_WITH_REQUEST", "CLIENT_TECHNICAL", POSTBOX_NOT_SENT, ERROR_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct verdict verdict = {
            rows[i].code,
            {NULL, rows[i].status, refusal(world, rows[i].code, rows[i].type), NULL, FLAW_NONE},
            rows[i].result,
            rows[i].error,
        };
        assert_verdict(world, &verdict);
    }
}

static void the_pause_and_the_word_they_give_are_passed_on(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    const char *body = refusal(world, "API_UNAVAILABLE", "SERVER");
    postman_says(world->postman, (struct postman_answer){"POST /messages", 503, body,
                                                         "Retry-After: 120\r\n", FLAW_NONE});
    postman_says(world->postman, (struct postman_answer){"POST /messages", 503, body,
                                                         "Retry-After: 99999\r\n", FLAW_NONE});

    struct postbox_outcome first = send_letter(world), second = send_letter(world);

    assert_string_equal(first.code, "API_UNAVAILABLE");
    assert_int_equal(first.retry_after_s, 120);
    assert_int_equal(second.retry_after_s, 3600);
}

static void nothing_is_sent_when_the_entry_point_cannot_be_read(void **state)
{
    struct world *world = *state;
    says(world, "GET /", 403, refusal(world, "UNKNOWN_USER_ID", "CLIENT_TECHNICAL"));

    struct postbox_outcome outcome = send_letter(world);

    assert_int_equal(outcome.result, POSTBOX_NOT_SENT);
    assert_int_equal(outcome.error.code, ERROR_UNAVAILABLE);
    assert_non_null(strstr(outcome.error.text, "UNKNOWN_USER_ID"));
    assert_int_equal(postman_total(world->postman), 1);
}

static void a_letter_with_a_mistake_is_refused_before_anything_is_sent(void **state)
{
    struct world *world = *state;
    struct postbox_letter wrong = letter();
    wrong.recipient.pid = "123";

    struct postbox_outcome outcome =
        postbox_send(digipost_postbox(world->digipost), world->arena, &wrong);

    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_int_equal(outcome.error.code, ERROR_INVALID);
    assert_int_equal(postman_total(world->postman), 0);
}

/* ---- duplicates and status ---- */

static void a_duplicate_is_success_when_the_letter_there_is_ours(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 409, refusal(world, "DUPLICATE_MESSAGE", "CLIENT_DATA"));
    says(world, "GET /1000077/documents/status/" MAIN_ID, 200, status_with(world, MAIN_ID, "one"));

    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
}

static void a_duplicate_with_other_content_is_refused(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 409, NULL);
    says(world, "GET /1000077/documents/status/" MAIN_ID, 200, status_with(world, MAIN_ID, "two"));

    struct postbox_outcome outcome = send_letter(world);

    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_int_equal(outcome.error.code, ERROR_CONFLICT);
}

static void a_duplicate_of_a_letter_with_other_ids_is_refused(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 409, refusal(world, "DUPLICATE_MESSAGE", "CLIENT_DATA"));
    says(world, "GET /1000077/documents/status/" MAIN_ID, 404,
         refusal(world, "DOCUMENT_NOT_FOUND", "CLIENT_TECHNICAL"));

    struct postbox_outcome outcome = send_letter(world);

    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_int_equal(outcome.error.code, ERROR_CONFLICT);
}

static void a_status_says_absent_only_about_the_document(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    const char *target = "GET /1000077/documents/status/" MAIN_ID;
    says(world, target, 404, refusal(world, "DOCUMENT_NOT_FOUND", "CLIENT_TECHNICAL"));
    says(world, target, 404, refusal(world, "PROBLEM_WITH_REQUEST", "CLIENT_TECHNICAL"));
    says(world, target, 404, NULL);
    says(world, target, 500, refusal(world, "SERVER_ERROR", "SERVER"));
    says(world, target, 200, status_with(world, OTHER_ID, "one"));

    assert_int_equal(ask_status(world).result, POSTBOX_NOT_SENT);
    assert_int_equal(ask_status(world).result, POSTBOX_UNKNOWN);
    assert_int_equal(ask_status(world).result, POSTBOX_UNKNOWN);
    assert_int_equal(ask_status(world).result, POSTBOX_UNKNOWN);
    assert_int_equal(ask_status(world).result, POSTBOX_UNKNOWN); /* about another document */
}

static void a_status_without_link_is_asked_for_at_the_known_path(void **state)
{
    struct world *world = *state;
    const char *entry = replace(world->arena, entry_point(world), "document_status", "x");
    says(world, "GET /", 200, entry);
    says(world, "GET /1000077", 200, entry);
    says(world, "GET /documents/1000077/" MAIN_ID "/status", 200,
         status_with(world, MAIN_ID, "one"));

    assert_int_equal(ask_status(world).result, POSTBOX_DELIVERED);
}

static void a_letter_that_waits_is_accepted_and_not_delivered(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 201,
         replace(world->arena, delivery(world), ">DELIVERED<", ">COMPLETE<"));
    says(world, "GET /1000077/documents/status/" MAIN_ID, 200,
         "<document-status" V8 " uuid='" MAIN_ID "' status='NOT_DELIVERED'/>");

    assert_int_equal(send_letter(world).result, POSTBOX_ACCEPTED);
    assert_int_equal(ask_status(world).result, POSTBOX_ACCEPTED);
}

/* ---- whom to believe ---- */

static void an_entry_point_is_kept_for_an_hour(void **state)
{
    struct world *world = *state;
    says_entry_points(world);
    says(world, "POST /messages", 201, delivery(world));

    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
    clock_set(NOW + 3500);
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
    assert_int_equal(postman_count(world->postman, "GET /"), 1);
    clock_set(NOW + 3600);
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
    assert_int_equal(postman_count(world->postman, "GET /"), 2);
}

static void a_new_certificate_is_learnt_without_sending_twice(void **state)
{
    struct world *world = *state;
    says(world, "GET /", 200, entry_point(world));
    says(world, "POST /messages", 201, delivery(world));
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);

    postman_rotate(world->postman);
    says(world, "GET /", 200, entry_point(world));
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);

    assert_int_equal(postman_count(world->postman, "POST /messages"), 2);
    assert_int_equal(postman_count(world->postman, "GET /"), 2);
    postman_rotate(world->postman);
}

static void outb_4_only_a_pinned_certificate_is_believed(void **state)
{
    struct world *world = *state;
    struct digipost_settings pinned = settings(world);
    pinned.trust_entry_point = false;
    pinned.certificate_pins =
        arena_printf(world->arena, "%064d, %s", 0, postman_fingerprint(world->postman));
    reopen(world, pinned);
    says(world, "GET /", 200, entry_point(world));
    says(world, "POST /messages", 201, delivery(world));
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);

    postman_rotate(world->postman);
    says(world, "GET /", 200, entry_point(world));
    assert_int_equal(send_letter(world).result, POSTBOX_UNKNOWN);  /* it was out already */
    assert_int_equal(send_letter(world).result, POSTBOX_NOT_SENT); /* nobody to believe */
    assert_int_equal(postman_count(world->postman, "POST /messages"), 2);
    postman_rotate(world->postman);
}

static void outb_4_an_entry_point_that_is_changed_is_not_used(void **state)
{
    struct world *world = *state;
    static const enum flaw flaws[] = {FLAW_OTHER_KEY, FLAW_OLD, FLAW_HASH, FLAW_CUT};
    for (size_t i = 0; i < COUNT(flaws); i++) {
        postman_forget(world->postman);
        postman_says(world->postman,
                     (struct postman_answer){"GET /", 200, entry_point(world), NULL, flaws[i]});
        assert_int_equal(send_letter(world).result, POSTBOX_NOT_SENT);
        assert_int_equal(postman_total(world->postman), 1);
    }
}

static void an_entry_point_need_not_be_signed(void **state)
{
    struct world *world = *state;
    postman_says(world->postman,
                 (struct postman_answer){"GET /", 200, entry_point(world), NULL, FLAW_UNSIGNED});
    says(world, "POST /messages", 201, delivery(world));

    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
}

static void outb_1_a_link_that_leads_elsewhere_is_not_followed(void **state)
{
    struct world *world = *state;
    CLEANUP(postman_close) struct postman *elsewhere = postman_open();
    const char *entry = replace(world->arena, entry_point(world), "uri='", "uri='http://x.test/");
    const char *next_door = replace(world->arena, entry_point(world), postman_url(world->postman),
                                    postman_url(elsewhere));
    const char *user = replace(world->arena, entry_point(world), "uri='http://", "uri='http://a@");
    const char *scheme = replace(world->arena, entry_point(world), "uri='http://", "uri='file://");
    const char *entries[] = {entry, next_door, user, scheme};
    for (size_t i = 0; i < COUNT(entries); i++) {
        postman_forget(world->postman);
        reopen(world, settings(world));
        says(world, "GET /", 200, entries[i]);

        struct postbox_outcome outcome = send_letter(world);

        assert_int_equal(outcome.result, POSTBOX_NOT_SENT);
        assert_int_equal(outcome.error.code, ERROR_DENIED);
        assert_int_equal(postman_total(world->postman), 1);
        assert_int_equal(postman_total(elsewhere), 0);
    }
}

static void an_address_that_is_gone_is_looked_up_anew(void **state)
{
    struct world *world = *state;
    says(world, "GET /", 200, replace(world->arena, entry_point(world), "/messages", "/old"));
    says(world, "GET /", 200, entry_point(world));
    says(world, "POST /messages", 201, delivery(world));

    assert_int_equal(send_letter(world).result, POSTBOX_NOT_SENT);
    assert_int_equal(send_letter(world).result, POSTBOX_DELIVERED);
}

static void settings_that_trust_nobody_are_refused(void **state)
{
    struct world *world = *state;
    struct digipost_settings nobody = settings(world), odd = nobody, keyless = nobody;
    nobody.trust_entry_point = false;
    odd.certificate_pins = "abc";
    keyless.private_key_pem = BYTES_OF("-----BEGIN");
    struct digipost *digipost = NULL;
    struct error err = {0};

    assert_false(digipost_open(&nobody, &digipost, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(digipost_open(&odd, &digipost, &err));
    assert_int_equal(err.code, ERROR_INVALID);
    assert_false(digipost_open(&keyless, &digipost, &err));
    assert_null(digipost);
}

int main(void)
{
    xml_start();
    fetch_start();
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_client, close_client)
    const struct CMUnitTest tests[] = {
        CASE(requests_are_on_the_wire_as_they_were),
        CASE(a_letter_is_delivered_when_ids_and_hashes_agree),
        CASE(outb_5_only_a_believed_no_is_a_no),
        CASE(outb_5_an_answer_about_another_letter_is_no_answer),
        CASE(each_error_code_leads_to_what_can_be_done_about_it),
        CASE(the_pause_and_the_word_they_give_are_passed_on),
        CASE(nothing_is_sent_when_the_entry_point_cannot_be_read),
        CASE(a_letter_with_a_mistake_is_refused_before_anything_is_sent),
        CASE(a_duplicate_is_success_when_the_letter_there_is_ours),
        CASE(a_duplicate_with_other_content_is_refused),
        CASE(a_duplicate_of_a_letter_with_other_ids_is_refused),
        CASE(a_status_says_absent_only_about_the_document),
        CASE(a_status_without_link_is_asked_for_at_the_known_path),
        CASE(a_letter_that_waits_is_accepted_and_not_delivered),
        CASE(an_entry_point_is_kept_for_an_hour),
        CASE(a_new_certificate_is_learnt_without_sending_twice),
        CASE(outb_4_only_a_pinned_certificate_is_believed),
        CASE(outb_4_an_entry_point_that_is_changed_is_not_used),
        CASE(an_entry_point_need_not_be_signed),
        CASE(outb_1_a_link_that_leads_elsewhere_is_not_followed),
        CASE(an_address_that_is_gone_is_looked_up_anew),
        CASE(settings_that_trust_nobody_are_refused),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
