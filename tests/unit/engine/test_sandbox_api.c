/* test_sandbox_api.c - what the sandbox's Digipost accepts and answers: the shared vectors, both
 * clients' ways of writing, letters, shares, events; every answer against the schema; and that
 * nothing is lost when it is killed. */
#include "asker.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_schema.h"
#include "engine/sandbox/sandbox_signature.h"
#include "folder.h"
#include "tests/shared.h"

#include "engine/base/xml.h"

#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

#define LETTER "11111111-1111-4111-8111-11111111111a"
#define ATTACHMENT "11111111-1111-4111-8111-11111111111b"
#define REQUEST "44444444-4444-4444-8444-444444444444"
#define SIGNING "protocols/digipost-samples/signing/"

static int open_empty(void **state)
{
    static struct asker asker;
    asker_open(&asker, false);
    *state = &asker;
    return 0;
}

static int open_seeded(void **state)
{
    static struct asker asker;
    asker_open(&asker, true);
    *state = &asker;
    return 0;
}

static int close_asker(void **state)
{
    asker_close(*state);
    clock_set(0);
    return 0;
}

static struct fetch_answer get(struct asker *asker, const char *path)
{
    struct asker_request request = {.path = path};
    return asker_ask(asker, &request);
}

static struct fetch_answer post(struct asker *asker, const char *path, const char *type,
                                struct bytes body)
{
    struct asker_request request = {.path = path, .content_type = type, .body = body};
    return asker_ask(asker, &request);
}

static struct sandbox_letter *letters_of(struct asker *asker, const char *person, size_t *count)
{
    struct sandbox_letter *letters;
    sandbox_letters(asker->sandbox, asker->arena, person, &letters, count);
    return letters;
}

static bool has(const struct fetch_answer *answer, const char *text)
{
    return memmem(answer->body.data, answer->body.size, text, strlen(text)) != NULL;
}

/* ---- the shared vectors ---- */

static const char *string_in(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static struct bytes signing_file(struct arena *arena, const char *name)
{
    return shared_read(arena, arena_printf(arena, SIGNING "%s", name));
}

static struct crypto_key *certificate_of(struct arena *arena, const char *key_name)
{
    bool is_client = text_starts_with(key_name, "client");
    struct crypto_key *certificate = NULL;
    assert_true(crypto_certificate_open(
        signing_file(arena, is_client ? "client-test-cert.pem" : "server-test-cert.pem"), key_name,
        &certificate, NULL));
    return certificate;
}

static struct request request_of(struct arena *arena, const json_t *vector)
{
    const char *query = string_in(vector, "query");
    const json_t *headers = json_object_get(vector, "headers");
    struct request request = {.arena = arena, .method = string_in(vector, "method")};
    request.target =
        arena_printf(arena, "%s%s%s", string_in(vector, "path"), *query ? "?" : "", query);
    request.headers.items = ARENA_ARRAY(arena, 4, struct request_pair);
    static const char *const names[] = {"Date", "X-Content-SHA256", "X-Digipost-UserId"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (string_in(headers, names[i]))
            request.headers.items[request.headers.count++] =
                (struct request_pair){names[i], string_in(headers, names[i])};
    return request;
}

static void check_vector(struct arena *arena, const json_t *vector)
{
    const json_t *headers = json_object_get(vector, "headers");
    const char *wanted = string_in(vector, "canonical");
    const char *signature = string_in(vector, "signature_base64");
    CLEANUP(crypto_key_close)
    struct crypto_key *certificate = certificate_of(arena, string_in(vector, "key"));
    if (text_equal(string_in(vector, "kind"), "request")) {
        struct request request = request_of(arena, vector);
        assert_string_equal(sandbox_signature_of_request(arena, &request, false), wanted);
        assert_true(sandbox_signature_verifies(arena, &request, certificate, signature));
        request.target = arena_printf(arena, "%s2", request.target);
        assert_false(sandbox_signature_verifies(arena, &request, certificate, signature));
        return;
    }
    int status = (int)json_integer_value(json_object_get(vector, "status"));
    const char *canonical = sandbox_signature_of_answer(
        arena, status, string_in(vector, "request_path"), string_in(headers, "Date"),
        string_in(headers, "X-Content-SHA256"));
    assert_string_equal(canonical, wanted);
    struct bytes given;
    assert_true(codec_unbase64(arena, signature, &given));
    assert_true(crypto_verify_rs256(certificate, BYTES_OF(canonical), given));
}

static void signatures_are_those_of_the_shared_vectors(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    shared_or_skip(arena, SIGNING "vectors.json");
    struct bytes file = signing_file(arena, "vectors.json");
    json_t *vectors = json_loadb((const char *)file.data, file.size, 0, NULL);
    assert_true(json_array_size(vectors) >= 11);
    for (size_t i = 0; i < json_array_size(vectors); i++)
        check_vector(arena, json_array_get(vectors, i));
    json_decref(vectors);
}

static void shared_sample_requests_are_as_the_schema_says(void **state)
{
    (void)state;
    static const struct {
        const char *file, *root;
    } samples[] = {
        {"03-identification", "identification"},
        {"10-identification-name-and-address", "identification"},
        {"20-message-share-documents-request", "message"},
        {"28-stop-sharing", "additional-data"},
        {"30-message-receipt-with-attachments", "message"},
        {"32-message-external-link", "message"},
        {"33-message-appointment", "message"},
        {"34-message-proof", "message"},
        {"35-message-opening-receipt", "message"},
        {"36-message-notifications", "message"},
        {"37-message-print-fallback", "message"},
        {"39-message-direct-print", "message"},
        {"40-message-print-if-unread-delayed", "message"},
        {"41-message-request-for-registration", "message"},
    };
    CLEANUP(arena_close) struct arena *arena = arena_open();
    shared_or_skip(arena, "protocols/digipost-samples/03-identification.request.xml");
    CLEANUP(sandbox_schema_close) struct sandbox_schema *tables = NULL;
    assert_true(sandbox_schema_open(NULL, &tables, NULL));
    for (size_t i = 0; i < COUNT(samples); i++) {
        CLEANUP(xml_close) xmlDoc *doc = NULL;
        const char *name =
            arena_printf(arena, "protocols/digipost-samples/%s.request.xml", samples[i].file);
        assert_true(xml_parse(shared_read(arena, name), name, &doc, NULL));
        struct sandbox_schema_verdict verdict;
        sandbox_schema_check(tables, doc, samples[i].root, &verdict);
        if (*verdict.broken || *verdict.limit)
            fail_msg("%s: %s%s", name, verdict.broken, verdict.limit);
    }
}

/* ---- letters ---- */

static void a_letter_lies_in_the_mailbox_byte_for_byte(void **state)
{
    struct asker *asker = *state;

    struct fetch_answer answer = post(asker, "/messages", ASKER_MULTIPART,
                                      asker_letter(asker, "brev-1", LETTER, ATTACHMENT));

    assert_int_equal(answer.status, 201);
    assert_non_null(fetch_header(&answer, "Location"));
    assert_string_equal(asker_element(asker, &answer, "message-id"), "brev-1");
    assert_string_equal(asker_element(asker, &answer, "status"), "DELIVERED");
    size_t count;
    struct sandbox_letter *letters = letters_of(asker, "ingrid", &count);
    assert_int_equal(count, 2);
    assert_string_equal(letters[0].sender_name, "Fjordvik kommune");
    assert_true(letters[1].is_attachment);
    struct bytes content;
    assert_true(sandbox_document_bytes(asker->sandbox, asker->arena, ATTACHMENT, &content));
    assert_int_equal(content.size, strlen(ASKER_PDF));
    assert_memory_equal(content.data, ASKER_PDF, content.size);
}

static void a_letter_as_the_net_client_writes_it_is_read(void **state)
{
    struct asker *asker = *state;
    static const char body[] =
        "--\"b7-42\r\n" /* a preamble that looks almost like a delimiter */
        "\r\n--b7-42\r\nContent-Type: application/vnd.digipost-v8+xml\r\n"
        "Content-Disposition: attachment; filename=message\r\n\r\n"
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<message xmlns=\"http://api.digipost.no/schema/v8\"><message-id>net-1</message-id>"
        "<sender-id>1000077</sender-id><recipient><personal-identification-number>" ASKER_INGRID
        "</personal-identification-number></recipient><primary-document><uuid>" LETTER
        "</uuid><subject>Fra .NET</subject><file-type>PDF</file-type></primary-document>"
        "</message>\r\n--b7-42\r\nContent-Type: application/octet-stream\r\n"
        "Content-Disposition: attachment; filename=" LETTER "\r\n\r\n" ASKER_PDF
        "\r\n--b7-42--\r\nafterword";

    struct fetch_answer answer = post(
        asker, "/messages", "multipart/vnd.digipost-v8+xml; boundary=\"b7-42\"", BYTES_OF(body));

    assert_int_equal(answer.status, 201);
    struct bytes content;
    assert_true(sandbox_document_bytes(asker->sandbox, asker->arena, LETTER, &content));
    assert_memory_equal(content.data, ASKER_PDF, content.size);
}

static void the_status_of_a_document_tells_the_hash_and_the_attachments(void **state)
{
    struct asker *asker = *state;
    asker_send(asker, asker_letter(asker, "brev-1", LETTER, ATTACHMENT));
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(ASKER_PDF));
    const char *hash =
        codec_base64(asker->arena, (struct bytes){digest.bytes, sizeof digest.bytes});

    struct fetch_answer fixed = get(asker, "/documents/1000077/" LETTER "/status");
    struct fetch_answer linked = get(asker, "/1000077/documents/status/" LETTER);

    assert_true(has(&fixed, "status=\"DELIVERED\""));
    assert_true(has(&fixed, arena_printf(asker->arena, "content-hash=\"%s\"", hash)));
    assert_true(has(&fixed, "<attachments uuid=\"" ATTACHMENT "\""));
    assert_int_equal(fixed.body.size, linked.body.size);
    assert_memory_equal(fixed.body.data, linked.body.data, fixed.body.size);
}

static const char *identify(struct asker *asker, const char *pid)
{
    const char *xml = arena_printf(
        asker->arena,
        "<identification xmlns=\"http://api.digipost.no/schema/v8\">"
        "<personal-identification-number>%s</personal-identification-number></identification>",
        pid);
    struct fetch_answer answer = post(asker, "/identification", ASKER_XML, BYTES_OF(xml));
    assert_int_equal(answer.status, 200);
    return asker_element(asker, &answer, "result");
}

static void a_person_is_told_by_whether_they_have_a_mailbox(void **state)
{
    struct asker *asker = *state;
    assert_string_equal(identify(asker, ASKER_INGRID), "DIGIPOST");
    assert_string_equal(identify(asker, ASKER_KARI), "IDENTIFIED");
    assert_string_equal(identify(asker, "15838530181"), "UNIDENTIFIED");
    assert_string_equal(identify(asker, "15838530182"), "INVALID");
}

/* ---- sharing ---- */

static const char *fresh_tax_return(struct asker *asker)
{
    size_t count;
    struct sandbox_letter *letters = letters_of(asker, "ingrid", &count);
    const char *found = NULL;
    for (size_t i = 0; i < count; i++)
        if (text_starts_with(letters[i].subject, "Skattemelding"))
            found = letters[i].uuid;
    assert_non_null(found);
    return found;
}

static void ask_and_share(struct asker *asker, int seconds)
{
    const char *const chosen[] = {fresh_tax_return(asker)};
    asker_send(asker, asker_share_request(asker, "deling", REQUEST, "974761076", seconds));
    assert_true(sandbox_share(asker->sandbox, REQUEST, chosen, 1, NULL));
}

static struct fetch_answer state_of(struct asker *asker)
{
    return get(asker, "/1000077/share-documents-requests/" REQUEST);
}

static void what_is_shared_can_be_fetched_until_it_is_withdrawn(void **state)
{
    struct asker *asker = *state;
    ask_and_share(asker, 3600);
    struct fetch_answer shared = state_of(asker);
    const char *stream = asker_link(asker, &shared, "get_shared_document_content_stream");

    struct fetch_answer content = get(asker, stream);

    struct bytes original;
    assert_true(
        sandbox_document_bytes(asker->sandbox, asker->arena, fresh_tax_return(asker), &original));
    assert_int_equal(content.status, 200);
    assert_string_equal(fetch_header(&content, "Content-Type"), "application/pdf");
    assert_int_equal(content.body.size, original.size);
    assert_memory_equal(content.body.data, original.data, original.size);
    assert_true(asker_is_signed(asker, stream, &content, NULL));

    assert_true(sandbox_withdraw(asker->sandbox, REQUEST, NULL));
    struct fetch_answer refused = get(asker, stream);
    assert_int_equal(refused.status, 403);
    assert_string_equal(asker_element(asker, &refused, "error-code"), "ILLEGAL_ACCESS");
    assert_true(*asker_element(asker, &(struct fetch_answer){.body = state_of(asker).body},
                               "withdrawn-time"));
}

static void sharing_ends_when_its_time_is_up(void **state)
{
    struct asker *asker = *state;
    ask_and_share(asker, 600);
    struct fetch_answer shared = state_of(asker);
    const char *stream = asker_link(asker, &shared, "get_shared_document_content_stream");

    sandbox_advance(asker->sandbox, 599);
    int before = get(asker, stream).status;
    sandbox_advance(asker->sandbox, 2);
    int after = get(asker, stream).status;

    assert_int_equal(before, 200);
    assert_int_equal(after, 403);
    struct fetch_answer expired = state_of(asker);
    assert_false(has(&expired, "<shared-document>"));
    assert_false(has(&expired, "stop_sharing"));
}

static void the_organisation_can_stop_and_the_second_time_is_told_so(void **state)
{
    struct asker *asker = *state;
    ask_and_share(asker, 3600);
    struct fetch_answer shared = state_of(asker);
    const char *stop = asker_link(asker, &shared, "stop_sharing");
    static const char body[] =
        "<additional-data xmlns=\"http://api.digipost.no/schema/v8\"><data-type>"
        "<share-documents-request-sharing-stopped "
        "xmlns=\"http://api.digipost.no/schema/datatypes\"/></data-type>"
        "<sender-id>1000077</sender-id></additional-data>";

    struct fetch_answer first = post(asker, stop, ASKER_XML, BYTES_OF(body));
    struct fetch_answer second = post(asker, stop, ASKER_XML, BYTES_OF(body));

    assert_int_equal(first.status, 200);
    assert_int_equal(first.body.size, 0);
    assert_null(fetch_header(&first, "X-Content-SHA256"));
    assert_true(asker_is_signed(asker, stop, &first, NULL));
    assert_string_equal(asker_element(asker, &second, "error-code"), "INVALID_TRANSACTION");
}

static void only_documents_from_the_origins_asked_for_can_be_shared(void **state)
{
    struct asker *asker = *state;
    size_t count;
    struct sandbox_letter *letters = letters_of(asker, "ingrid", &count);
    asker_send(asker, asker_share_request(asker, "deling", REQUEST, "974761076", 3600));

    for (size_t i = 0; i < count; i++) {
        const char *const chosen[] = {letters[i].uuid, fresh_tax_return(asker)};
        struct error err = {0};
        if (!text_equal(letters[i].origin_number, "974761076")) {
            assert_false(sandbox_share(asker->sandbox, REQUEST, chosen, 2, &err));
            assert_int_equal(err.code, ERROR_DENIED);
        }
    }
    struct fetch_answer state_now = state_of(asker);
    assert_false(has(&state_now, "shared-at-time"));
}

static const char *interval(struct asker *asker, int offset, int most)
{
    char *from = codec_percent(asker->arena, clock_iso_oslo(asker->arena, clock_now() - 60));
    char *to = codec_percent(asker->arena, clock_iso_oslo(asker->arena, clock_now() + 60));
    return arena_printf(asker->arena,
                        "/documents/events?from=%s&to=%s&offset=%d&maxResults=%d&sender=%d", from,
                        to, offset, most, ASKER_BROKER);
}

static void events_come_page_by_page_on_the_broker(void **state)
{
    struct asker *asker = *state;
    ask_and_share(asker, 3600);
    assert_true(sandbox_withdraw(asker->sandbox, REQUEST, NULL));

    struct fetch_answer first = get(asker, interval(asker, 0, 1));
    struct fetch_answer second = get(asker, interval(asker, 1, 1));
    struct fetch_answer third = get(asker, interval(asker, 2, 1));

    assert_true(has(&first, "SHARE_DOCUMENTS_REQUEST_DOCUMENTS_SHARED"));
    assert_true(has(&first, REQUEST));
    assert_true(has(&second, "SHARE_DOCUMENTS_REQUEST_SHARING_WITHDRAWN"));
    assert_false(has(&second, "DOCUMENTS_SHARED\""));
    assert_false(has(&third, "<event"));
}

/* ---- answers against the schema ---- */

static void keep_answer(struct asker *asker, int number, struct fetch_answer answer)
{
    const char *name = arena_printf(asker->arena, "answer-%02d.xml", number);
    folder_write(asker->arena, asker->folder, name, arena_text_of(asker->arena, answer.body));
}

static void every_kind_of_answer_is_as_the_schema_says(void **state)
{
    struct asker *asker = *state;
    shared_or_skip(asker->arena, "protocols/xsd/digipost-all.xsd");
    char schema_path[PATH_MAX];
    assert_non_null(
        realpath(shared_path(asker->arena, "protocols/xsd/digipost-all.xsd"), schema_path));
    static const char *const paths[] = {
        "/",
        "/1000077",
        "/sender-information/1000077",
        "/sender-information/9",
        "/1000077/documents/status/" LETTER,
        "/1000077/documents/status/" REQUEST,
        "/1000077/share-documents-requests/" REQUEST,
        "/nowhere",
        "/1000061",
    };
    int number = 0;
    asker_send(asker, asker_share_request(asker, "deling", REQUEST, "974761076", 3600));
    keep_answer(asker, number++, state_of(asker));
    const char *const chosen[] = {fresh_tax_return(asker)};
    assert_true(sandbox_share(asker->sandbox, REQUEST, chosen, 1, NULL));
    assert_true(sandbox_open_letter(asker->sandbox, REQUEST, NULL));
    struct fetch_answer shared = state_of(asker);
    keep_answer(asker, number++,
                get(asker, asker_link(asker, &shared, "get_shared_document_content")));
    keep_answer(asker, number++,
                post(asker, "/messages", ASKER_MULTIPART,
                     asker_letter(asker, "brev-1", LETTER, ATTACHMENT)));
    for (size_t i = 0; i < COUNT(paths); i++)
        keep_answer(asker, number++, get(asker, paths[i]));
    assert_true(sandbox_withdraw(asker->sandbox, REQUEST, NULL));
    keep_answer(asker, number++, state_of(asker));
    keep_answer(asker, number++, get(asker, interval(asker, 0, 100)));
    static const char *const pids[] = {ASKER_INGRID, ASKER_KARI, "15838530181", "15838530182"};
    for (size_t i = 0; i < COUNT(pids); i++) {
        const char *xml = arena_printf(
            asker->arena,
            "<identification xmlns=\"http://api.digipost.no/schema/v8\" "
            "include-personalias-for-digipost-user=\"true\"><personal-identification-number>%s"
            "</personal-identification-number></identification>",
            pids[i]);
        keep_answer(asker, number++, post(asker, "/identification", ASKER_XML, BYTES_OF(xml)));
        keep_answer(asker, number++,
                    post(asker, "/identification/encryption-key", ASKER_XML, BYTES_OF(xml)));
    }

    const char *command =
        arena_printf(asker->arena,
                     "cd %s && xmllint --nonet --noout --schema %s answer-*.xml >said 2>&1 || "
                     "{ cat said >&2; false; }",
                     asker->folder, schema_path);
    assert_int_equal(system(command), 0);
}

static void every_answer_to_a_link_is_signed(void **state)
{
    struct asker *asker = *state;
    static const char *const paths[] = {"/", "/1000077", "/documents/events", "/nowhere"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct fetch_answer answer = get(asker, paths[i]);
        assert_true(asker_is_signed(asker, paths[i], &answer, NULL));
    }
}

/* ---- faults ---- */

static struct asker_request letter_request(struct asker *asker)
{
    return (struct asker_request){.path = "/messages",
                                  .content_type = ASKER_MULTIPART,
                                  .body = asker_letter(asker, "brev-1", LETTER, NULL)};
}

static void a_fault_hits_the_requests_it_is_for_and_no_more(void **state)
{
    struct asker *asker = *state;
    struct asker_request letter = letter_request(asker);
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_ERROR_BEFORE, "CREATE_MESSAGE", 1);

    int entry_point = get(asker, "/").status;
    int first = asker_ask(asker, &letter).status;
    int second = asker_ask(asker, &letter).status;

    assert_int_equal(entry_point, 200);
    assert_int_equal(first, 500);
    assert_int_equal(second, 201);
}

static void a_letter_whose_answer_is_lost_is_there_and_is_a_duplicate_the_next_time(void **state)
{
    struct asker *asker = *state;
    struct asker_request letter = letter_request(asker);
    struct fetch_answer answer;
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_ANSWER_LOST, NULL, 1);

    assert_false(asker_try(asker, &letter, &answer));
    answer = asker_ask(asker, &letter);

    assert_int_equal(answer.status, 409);
    assert_string_equal(asker_element(asker, &answer, "error-code"), "DUPLICATE_MESSAGE");
    size_t count;
    letters_of(asker, "ingrid", &count);
    assert_int_equal(count, 1);
}

static void nothing_is_stored_when_it_is_down_or_fails_before(void **state)
{
    static const enum sandbox_fault faults[] = {
        SANDBOX_FAULT_REFUSE,       SANDBOX_FAULT_ERROR_BEFORE,  SANDBOX_FAULT_GATEWAY,
        SANDBOX_FAULT_UNKNOWN_CODE, SANDBOX_FAULT_NO_ERROR_TYPE, SANDBOX_FAULT_EMPTY_ERROR,
        SANDBOX_FAULT_GARBAGE,      SANDBOX_FAULT_DOWN};
    struct asker *asker = *state;
    struct asker_request letter = letter_request(asker);
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct fetch_answer answer;
        sandbox_fault(asker->sandbox, faults[i], NULL, 1);
        bool answered = asker_try(asker, &letter, &answer);
        assert_true(answered == (faults[i] != SANDBOX_FAULT_DOWN));
    }
    size_t count;
    letters_of(asker, "ingrid", &count);
    assert_int_equal(count, 0);
}

static void an_answer_can_be_wrong_in_signature_hash_and_date(void **state)
{
    struct asker *asker = *state;
    static const enum sandbox_fault faults[] = {SANDBOX_FAULT_WRONG_SIGNATURE,
                                                SANDBOX_FAULT_NO_SIGNATURE,
                                                SANDBOX_FAULT_WRONG_HASH, SANDBOX_FAULT_GATEWAY};
    for (size_t i = 0; i < COUNT(faults); i++) {
        sandbox_fault(asker->sandbox, faults[i], NULL, 1);
        struct fetch_answer answer = get(asker, "/1000077");
        assert_false(asker_is_signed(asker, "/1000077", &answer, NULL));
    }
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_WRONG_DATE, NULL, 1);
    struct fetch_answer late = get(asker, "/");
    int64_t date;
    assert_true(asker_is_signed(asker, "/", &late, NULL));
    assert_true(clock_parse_rfc1123(fetch_header(&late, "Date"), &date));
    assert_true(date - clock_now() > 500);
}

static void a_chunked_answer_is_signed_too(void **state)
{
    struct asker *asker = *state;
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_CHUNKED, NULL, 1);
    struct fetch_answer answer = get(asker, "/");
    assert_null(fetch_header(&answer, "Content-Length"));
    assert_true(asker_is_signed(asker, "/", &answer, NULL));
}

static void a_new_certificate_is_told_of_by_the_entry_point(void **state)
{
    struct asker *asker = *state;
    CLEANUP(crypto_key_close) struct crypto_key *before = asker_server_certificate(asker);
    sandbox_fault(asker->sandbox, SANDBOX_FAULT_ROTATED, NULL, 1);

    struct fetch_answer answer = get(asker, "/");

    assert_false(asker_is_signed(asker, "/", &answer, before));
    assert_true(asker_is_signed(asker, "/", &answer, NULL));
    const char *pem = asker_element(asker, &answer, "certificate");
    struct crypto_key *told = NULL;
    assert_true(crypto_certificate_open(BYTES_OF(pem), "told", &told, NULL));
    assert_true(asker_is_signed(asker, "/", &answer, told));
    crypto_key_close(&told);
}

static void every_fault_has_a_name_that_can_be_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < SANDBOX_FAULT_COUNT; i++) {
        enum sandbox_fault fault;
        assert_true(sandbox_fault_parse(sandbox_fault_name((enum sandbox_fault)i), &fault));
        assert_int_equal(fault, i);
    }
}

/* ---- being killed ---- */

static void letters_and_shares_survive_a_restart(void **state)
{
    struct asker *asker = *state;
    ask_and_share(asker, 3600);
    asker_send(asker, asker_letter(asker, "brev-1", LETTER, ATTACHMENT));
    size_t count_before, count_after;
    letters_of(asker, "ingrid", &count_before);
    struct fetch_answer before = state_of(asker);

    asker_stop(asker);
    asker_start(asker, true);

    letters_of(asker, "ingrid", &count_after);
    struct fetch_answer after = state_of(asker);
    assert_int_equal(count_after, count_before);
    assert_string_equal(asker_element(asker, &after, "shared-at-time"),
                        asker_element(asker, &before, "shared-at-time"));
    struct bytes content;
    assert_true(sandbox_document_bytes(asker->sandbox, asker->arena, LETTER, &content));
    assert_memory_equal(content.data, ASKER_PDF, content.size);
}

static void a_line_cut_off_by_a_kill_is_not_in_the_way(void **state)
{
    struct asker *asker = *state;
    asker_send(asker, asker_letter(asker, "brev-1", LETTER, NULL));
    asker_stop(asker);
    FILE *ledger = fopen(arena_printf(asker->arena, "%s/ledger.jsonl", asker->folder), "abe");
    fputs("{\"what\":\"message\",\"mess", ledger);
    fclose(ledger);

    asker_start(asker, false);
    asker_send(asker, asker_letter(asker, "brev-2", ATTACHMENT, NULL));
    asker_stop(asker);
    asker_start(asker, false);

    size_t count;
    letters_of(asker, "ingrid", &count);
    assert_int_equal(count, 2);
}

/* In a process of its own: says where it listens, takes one letter, is killed. */
static void run_child(struct asker *asker, int say)
{
    asker_start(asker, false);
    asker_send(asker, asker_letter(asker, "brev-1", LETTER, NULL));
    if (write(say, "x", 1) != 1)
        _exit(1);
    pause();
}

static void a_letter_that_was_answered_for_is_there_after_kill_9(void **state)
{
    (void)state;
    struct asker asker = {.arena = arena_open()};
    asker.folder = folder_make(asker.arena);
    int answered[2];
    assert_int_equal(pipe(answered), 0);
    pid_t child = fork();
    if (child == 0)
        run_child(&asker, answered[1]);
    char byte;
    assert_int_equal(read(answered[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);

    asker_start(&asker, false);

    size_t count;
    struct sandbox_letter *letters = letters_of(&asker, "ingrid", &count);
    assert_int_equal(count, 1);
    assert_string_equal(letters[0].message_id, "brev-1");
    close(answered[0]);
    close(answered[1]);
    asker_close(&asker);
}

static void two_sandboxes_cannot_have_one_folder(void **state)
{
    struct asker *asker = *state;
    struct sandbox_settings settings = {.folder = asker->folder, .empty = true};
    struct sandbox *second = NULL;
    struct error err = {0};
    assert_false(sandbox_open(&settings, &second, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
}

#define IN_EMPTY(test) cmocka_unit_test_setup_teardown(test, open_empty, close_asker)
#define IN_SEEDED(test) cmocka_unit_test_setup_teardown(test, open_seeded, close_asker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_that_was_answered_for_is_there_after_kill_9),
        cmocka_unit_test(signatures_are_those_of_the_shared_vectors),
        cmocka_unit_test(shared_sample_requests_are_as_the_schema_says),
        cmocka_unit_test(every_fault_has_a_name_that_can_be_read_back),
        IN_EMPTY(a_letter_lies_in_the_mailbox_byte_for_byte),
        IN_EMPTY(a_letter_as_the_net_client_writes_it_is_read),
        IN_EMPTY(the_status_of_a_document_tells_the_hash_and_the_attachments),
        IN_EMPTY(a_person_is_told_by_whether_they_have_a_mailbox),
        IN_SEEDED(what_is_shared_can_be_fetched_until_it_is_withdrawn),
        IN_SEEDED(sharing_ends_when_its_time_is_up),
        IN_SEEDED(the_organisation_can_stop_and_the_second_time_is_told_so),
        IN_SEEDED(only_documents_from_the_origins_asked_for_can_be_shared),
        IN_SEEDED(events_come_page_by_page_on_the_broker),
        IN_SEEDED(every_kind_of_answer_is_as_the_schema_says),
        IN_EMPTY(every_answer_to_a_link_is_signed),
        IN_EMPTY(a_fault_hits_the_requests_it_is_for_and_no_more),
        IN_EMPTY(a_letter_whose_answer_is_lost_is_there_and_is_a_duplicate_the_next_time),
        IN_EMPTY(nothing_is_stored_when_it_is_down_or_fails_before),
        IN_EMPTY(an_answer_can_be_wrong_in_signature_hash_and_date),
        IN_EMPTY(a_chunked_answer_is_signed_too),
        IN_EMPTY(a_new_certificate_is_told_of_by_the_entry_point),
        IN_SEEDED(letters_and_shares_survive_a_restart),
        IN_EMPTY(a_line_cut_off_by_a_kill_is_not_in_the_way),
        IN_EMPTY(two_sandboxes_cannot_have_one_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
