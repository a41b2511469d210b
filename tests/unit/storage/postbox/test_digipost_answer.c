#include "storage/postbox/digipost_answer.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/xml.h"
#include "tests/shared.h"

#include <string.h>

#define SAMPLES "protocols/digipost-samples"
#define OPEN(root) "<" root " xmlns='http://api.digipost.no/schema/v8'>"

static int open_arena(void **state)
{
    *state = arena_open();
    return 0;
}

static int close_arena(void **state)
{
    arena_close((struct arena **)state);
    return 0;
}

static struct bytes sample(struct arena *arena, const char *name)
{
    shared_or_skip(arena, SAMPLES);
    return shared_read(arena, arena_printf(arena, SAMPLES "/%s.response.xml", name));
}

static int64_t at(const char *iso)
{
    int64_t time;
    assert_true(clock_parse_iso(iso, &time));
    return time;
}

/* ---- the published samples ---- */

static void an_entry_point_gives_links_by_relation(void **state)
{
    struct digipost_entry entry;
    assert_true(
        digipost_answer_entry(*state, sample(*state, "02-entrypoint-for-sender"), &entry, NULL));

    assert_memory_equal(entry.certificate_pem, "-----BEGIN CERTIFICATE-----", 27);
    assert_int_equal(entry.links.count, 17);
    assert_string_equal(digipost_answer_link(&entry.links, "CREATE_MESSAGE"),
                        "https://sandbox.example.test/messages");
    assert_string_equal(digipost_answer_link(&entry.links, "DOCUMENT_STATUS"),
                        "https://sandbox.example.test/1000077/documents/status/");
    assert_null(digipost_answer_link(&entry.links, "create_message"));
    assert_null(digipost_answer_link(&entry.links, "STOP_SHARING"));
}

static void identification_tells_who_has_a_postbox(void **state)
{
    static const struct {
        const char *sample;
        enum digipost_identity identity;
    } cases[] = {
        {"04-identification-digipost", DIGIPOST_HAS_POSTBOX},
        {"05-identification-digipost-address-alias", DIGIPOST_HAS_POSTBOX},
        {"06-identification-identified-no-account", DIGIPOST_KNOWN},
        {"07-identification-unidentified", DIGIPOST_NOT_FOUND},
        {"08-identification-invalid", DIGIPOST_NOT_A_NUMBER},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum digipost_identity identity;
        assert_true(
            digipost_answer_identity(*state, sample(*state, cases[i].sample), &identity, NULL));
        assert_int_equal(identity, cases[i].identity);
    }
}

static void a_delivery_tells_ids_and_hashes_of_all_documents(void **state)
{
    struct digipost_delivery delivery;
    assert_true(digipost_answer_delivery(*state, sample(*state, "31-message-delivery-receipt"),
                                         &delivery, NULL));

    assert_string_equal(delivery.message_id, "soknad-2026-000123-kvittering");
    assert_int_equal(delivery.sender_id, 1000077);
    assert_string_equal(delivery.status, "DELIVERED");
    assert_int_equal(delivery.delivered_at, at("2026-03-02T10:00:00Z"));
    assert_string_equal(delivery.main.id, "b4e0d3a2-5c6d-4f7e-8a90-112233445501");
    assert_string_equal(delivery.main.content_hash, "5aY2rADqPBddMZPF0F32De0VbdRmBDxw0lRQfsJ35MI=");
    assert_int_equal(delivery.attachment_count, 2);
    assert_string_equal(delivery.attachments[1].id, "b4e0d3a2-5c6d-4f7e-8a90-112233445503");
    assert_string_equal(delivery.attachments[1].content_hash,
                        "FUOrtkFsZZw5MH5lLxixtWWP0tZ2BzDcT04DzPNBFzo=");
}

static void other_deliveries_can_be_read_too(void **state)
{
    static const char *const cases[][2] = {{"21-message-delivery-share", "DELIVERED"},
                                           {"38-message-delivery-print", "DELIVERED_TO_PRINT"},
                                           {"42-message-delivery-pending", "COMPLETE"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct digipost_delivery delivery;
        assert_true(digipost_answer_delivery(*state, sample(*state, cases[i][0]), &delivery, NULL));
        assert_string_equal(delivery.status, cases[i][1]);
    }
}

static void a_status_tells_the_same_as_a_delivery(void **state)
{
    struct digipost_delivery delivered, waiting;
    assert_true(
        digipost_answer_status(*state, sample(*state, "43-document-status"), &delivered, NULL));
    assert_true(digipost_answer_status(*state, sample(*state, "44-document-status-not-delivered"),
                                       &waiting, NULL));

    assert_string_equal(delivered.status, "DELIVERED");
    assert_int_equal(delivered.sender_id, 1000077);
    assert_int_equal(delivered.attachment_count, 1);
    assert_string_equal(delivered.attachments[0].content_hash,
                        "FUOrtkFsZZw5MH5lLxixtWWP0tZ2BzDcT04DzPNBFzo=");
    assert_string_equal(waiting.status, "NOT_DELIVERED");
    assert_string_equal(waiting.main.content_hash, "");
    assert_int_equal(waiting.delivered_at, 0);
}

static void events_keep_their_document_kind_and_time(void **state)
{
    struct digipost_event *events;
    size_t count, listed;
    assert_true(digipost_answer_events(*state, sample(*state, "22-document-events"), &events,
                                       &count, &listed, NULL));

    assert_int_equal(listed, 4);
    assert_int_equal(count, 4);
    assert_int_equal(events[0].kind, DIGIPOST_EVENT_OPENED);
    assert_int_equal(events[1].kind, DIGIPOST_EVENT_SHARED);
    assert_int_equal(events[1].created_at, at("2026-03-02T11:05:00Z"));
    assert_string_equal(events[1].document_id, "7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01");
    assert_int_equal(events[2].kind, DIGIPOST_EVENT_WITHDRAWN);
    assert_int_equal(events[3].kind, DIGIPOST_EVENT_OTHER);
    assert_string_equal(events[3].type, "SMS_NOTIFICATION_FAILED");

    assert_true(digipost_answer_events(*state, sample(*state, "23-document-events-empty"), &events,
                                       &count, &listed, NULL));
    assert_int_equal(listed, 0);
}

static void a_share_state_lists_documents_and_their_origin(void **state)
{
    struct digipost_share_state share;
    assert_true(
        digipost_answer_share_state(*state, sample(*state, "25-share-state-shared"), &share, NULL));

    assert_int_equal(share.document_count, 2);
    const struct digipost_shared_document *slip = &share.documents[0], *lease = slip + 1;
    assert_string_equal(slip->title, "Lønnsslipp februar 2026");
    assert_string_equal(slip->file_type, "pdf");
    assert_int_equal(slip->size_bytes, 48213);
    assert_int_equal(slip->delivered_at, at("2026-02-12T06:00:00Z"));
    assert_int_equal(slip->origin, DIGIPOST_ORIGIN_ORGANISATION);
    assert_string_equal(slip->origin_name, "Oppdiktet Arbeidsgiver AS");
    assert_string_equal(slip->origin_organisation_number, "310123005");
    assert_string_equal(
        slip->content_url,
        "https://sandbox.example.test/1000077/shared-documents/77001/content/stream");
    assert_int_equal(lease->origin, DIGIPOST_ORIGIN_PRIVATE);
    assert_string_equal(lease->origin_organisation_number, "");
    assert_int_equal(strlen(slip->id), 43);
    assert_string_not_equal(slip->id, lease->id);
    assert_int_equal(share.shared_at, at("2026-03-02T11:05:00Z"));
    assert_int_equal(share.expires_at, at("2026-03-16T11:05:00Z"));
    assert_int_equal(share.withdrawn_at, 0);
    assert_string_equal(share.stop_url, "https://sandbox.example.test/documents/900001/data");
}

static void a_share_state_before_and_after_sharing_is_empty(void **state)
{
    struct digipost_share_state before, after;
    assert_true(digipost_answer_share_state(*state, sample(*state, "24-share-state-pending"),
                                            &before, NULL));
    assert_true(digipost_answer_share_state(*state, sample(*state, "26-share-state-withdrawn"),
                                            &after, NULL));

    assert_int_equal(before.document_count + after.document_count, 0);
    assert_int_equal(before.shared_at, 0);
    assert_non_null(before.stop_url);
    assert_int_equal(after.withdrawn_at, at("2026-03-05T07:00:00Z"));
    assert_null(after.stop_url);
}

static void an_error_is_read_as_code_and_type_without_its_message(void **state)
{
    static const char *const cases[][3] = {
        {"50-error-unknown-recipient", "UNKNOWN_RECIPIENT", "CLIENT_DATA"},
        {"51-error-invalid-signature", "INVALID_SIGNATURE", "CLIENT_TECHNICAL"},
        {"52-error-date-skew", "DATE_HEADER_OUTSIDE_ACCEPTED_INTERVAL", "CLIENT_TECHNICAL"},
        {"54-error-broker-not-authorized", "BROKER_NOT_AUTHORIZED", "CONFIGURATION"},
        {"55-error-duplicate-message", "DUPLICATE_MESSAGE", "CLIENT_DATA"},
        {"58-error-server", "SERVER_ERROR", "SERVER"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct digipost_refusal refusal;
        assert_true(digipost_answer_refusal(*state, sample(*state, cases[i][0]), &refusal));
        assert_string_equal(refusal.code, cases[i][1]);
        assert_string_equal(refusal.type, cases[i][2]);
    }
}

/* ---- what is new to us, and what is missing ---- */

static void what_we_do_not_know_is_passed_over(void **state)
{
    struct digipost_event *events;
    size_t count, listed;
    assert_true(digipost_answer_events(
        *state,
        BYTES_OF(OPEN("document-events") "<page/>"
                                         "<event uuid='7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01' "
                                         "type='SENT_TO_THE_MOON' "
                                         "created='2026-03-02T12:00:01.000+01:00' "
                                         "new='x'><metadata><x/></metadata></event>"
                                         "<event type='OPENED' created='2026-03-02T12:00:01Z'/>"
                                         "<event xmlns='urn:other' uuid='x'/></document-events>"),
        &events, &count, &listed, NULL));

    assert_int_equal(listed, 2); /* the one without a document is counted, not given */
    assert_int_equal(count, 1);
    assert_int_equal(events[0].kind, DIGIPOST_EVENT_OTHER);
    assert_string_equal(events[0].type, "SENT_TO_THE_MOON");
}

static void relations_are_known_by_their_last_part_whatever_its_case(void **state)
{
    struct digipost_entry entry;
    assert_true(digipost_answer_entry(
        *state,
        BYTES_OF(OPEN("entrypoint") "<link rel='urn:x/Create_Message' uri='https://a.test/m'/>"
                                    "<link uri='https://a.test/n'/><link rel='search'/>"
                                    "<link rel='/' uri='https://a.test/o'/></entrypoint>"),
        &entry, NULL));

    assert_string_equal(digipost_answer_link(&entry.links, "CREATE_MESSAGE"), "https://a.test/m");
    assert_null(digipost_answer_link(&entry.links, "SEARCH"));
    assert_string_equal(entry.certificate_pem, "");
}

static void an_error_of_2019_has_no_type(void **state)
{
    struct digipost_refusal refusal;
    assert_true(digipost_answer_refusal(
        *state, BYTES_OF(OPEN("error") "<error-code>UNKNOWN_RECIPIENT</error-code></error>"),
        &refusal));
    assert_string_equal(refusal.code, "UNKNOWN_RECIPIENT");
    assert_string_equal(refusal.type, "");
}

static void a_code_that_is_no_word_is_not_kept(void **state)
{
    struct digipost_refusal refusal;
    assert_true(digipost_answer_refusal(
        *state,
        BYTES_OF(OPEN("error") "<error-code>Kari Nordmann, 15838530181</error-code>"
                               "<error-type>x</error-type></error>"),
        &refusal));
    assert_string_equal(refusal.code, "");
    assert_string_equal(refusal.type, "");
}

static const char *shared_twice(struct arena *arena, const char *link)
{
    const char *one = arena_printf(
        arena,
        "<shared-document><delivery-time>2026-02-12T07:00:00Z</delivery-time><subject>A</subject>"
        "<file-type>pdf</file-type><file-size-bytes>7</file-size-bytes><origin/>"
        "<link rel='x/get_shared_document_content_stream' uri='%s'/></shared-document>",
        link);
    return arena_printf(
        arena,
        OPEN("share-documents-request-state") "<shared-documents>%s%s"
                                              "</shared-documents></share-documents-request-state>",
        one, one);
}

static void a_shared_document_has_the_same_id_when_its_links_are_others(void **state)
{
    struct digipost_share_state today, tomorrow;
    assert_true(digipost_answer_share_state(
        *state, BYTES_OF(shared_twice(*state, "https://a.test/1")), &today, NULL));
    assert_true(digipost_answer_share_state(
        *state, BYTES_OF(shared_twice(*state, "https://a.test/2")), &tomorrow, NULL));

    assert_string_equal(today.documents[0].id, tomorrow.documents[0].id);
    assert_string_equal(today.documents[1].id, tomorrow.documents[1].id);
    assert_string_not_equal(today.documents[0].id, today.documents[1].id);
    assert_int_equal(today.documents[0].origin, DIGIPOST_ORIGIN_UNKNOWN);
}

/* ---- hostile ---- */

/* Nothing may be read out of it, by any of the readers. */
static void assert_unreadable(struct arena *arena, struct bytes xml)
{
    struct digipost_entry entry;
    enum digipost_identity identity;
    struct digipost_delivery delivery;
    struct digipost_event *events;
    struct digipost_share_state share;
    struct digipost_refusal refusal;
    size_t count, listed;
    struct error err = {0};

    assert_false(digipost_answer_entry(arena, xml, &entry, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_identity(arena, xml, &identity, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_delivery(arena, xml, &delivery, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_status(arena, xml, &delivery, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_events(arena, xml, &events, &count, &listed, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_share_state(arena, xml, &share, &err));
    assert_int_equal(err.code, ERROR_UNAVAILABLE);
    assert_false(digipost_answer_refusal(arena, xml, &refusal));
}

static void outb_5_what_is_not_the_answer_asked_for_is_not_read(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "garbage",
        "<html><body>503 Service Unavailable</body></html>",
        "{\"result\":\"DIGIPOST\"}",
        "<message-delivery/>",
        OPEN("something-else") "</something-else>",
        "<entrypoint xmlns='http://api.digipost.no/schema/v7'/>",
        "\x1f\x8b\x08\x00\x00",
        "<error xmlns='http://api.digipost.no/schema/v8'>",
    };
    for (size_t i = 0; i < COUNT(bodies); i++)
        assert_unreadable(*state, BYTES_OF(bodies[i]));
}

static void outb_5_a_bomb_is_not_read(void **state)
{
    assert_unreadable(*state, BYTES_OF("<!DOCTYPE entrypoint [<!ENTITY a 'aaaaaaaaaa'>"
                                       "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>" OPEN(
                                           "entrypoint") "<certificate>&b;</certificate>"
                                                         "</entrypoint>"));
    struct buf deep;
    buf_init(&deep, *state);
    buf_add_text(&deep, OPEN("document-events"));
    for (int i = 0; i < 10000; i++)
        buf_add_text(&deep, "<event>");
    assert_unreadable(*state, buf_bytes(&deep));
}

static void outb_5_a_truncated_answer_is_not_read(void **state)
{
    struct bytes whole = sample(*state, "31-message-delivery-receipt");
    for (size_t size = 0; size + 1 < whole.size; size += 7)
        assert_unreadable(*state, (struct bytes){whole.data, size});
}

static void outb_5_values_of_the_wrong_kind_are_not_read(void **state)
{
#define DOCUMENT                                                                                   \
    "<primary-document><uuid>7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01</uuid></primary-document>"
    static const char *const deliveries[] = {
        OPEN("message-delivery") "<status>DELIVERED</status>" DOCUMENT "</message-delivery>",
        OPEN("message-delivery") "<sender-id>x</sender-id>" DOCUMENT "</message-delivery>",
        OPEN("message-delivery") "<sender-id>99999999999999999999</sender-id>" DOCUMENT
                                 "</message-delivery>",
        OPEN("message-delivery") "<sender-id>1</sender-id></message-delivery>",
        OPEN("message-delivery") "<sender-id>1</sender-id><primary-document><uuid>1</uuid>"
                                 "</primary-document></message-delivery>",
        OPEN("message-delivery") "<sender-id>1</sender-id><delivery-time>soon</"
                                 "delivery-time>" DOCUMENT "</message-delivery>",
        OPEN("message-delivery") "<sender-id>1</sender-id>" DOCUMENT
                                 "<attachment/></message-delivery>",
    };
    static const char *const states[] = {
        OPEN("share-documents-request-state") "</share-documents-request-state>",
        OPEN("share-documents-request-state") "<shared-documents><shared-document/>"
                                              "</shared-documents></share-documents-request-state>",
        OPEN("share-documents-request-state") "<shared-documents/><withdrawn-time>no"
                                              "</withdrawn-time></share-documents-request-state>",
        OPEN("share-documents-request-state") "<shared-documents><shared-document><file-type>pdf</"
                                              "file-type>"
                                              "<file-size-bytes>-1</file-size-bytes></"
                                              "shared-document></shared-documents>"
                                              "</share-documents-request-state>",
    };
    for (size_t i = 0; i < COUNT(deliveries); i++)
        assert_unreadable(*state, BYTES_OF(deliveries[i]));
    for (size_t i = 0; i < COUNT(states); i++)
        assert_unreadable(*state, BYTES_OF(states[i]));
    assert_unreadable(*state, BYTES_OF(OPEN("document-status") "</document-status>"));
    assert_unreadable(*state, BYTES_OF(OPEN("identification-result") "<result>MAYBE</result>"
                                                                     "</identification-result>"));
}

static void a_hash_that_is_no_sha_256_is_taken_as_none(void **state)
{
    struct digipost_delivery status;
    assert_true(digipost_answer_status(
        *state,
        BYTES_OF("<document-status xmlns='http://api.digipost.no/schema/v8' "
                 "uuid='7a1c2f7e-0d1b-4c52-9a55-0b6f3c1e2a01' status='DELIVERED' "
                 "content-hash='1B2M2Y8AsgTpgAmY7PhCfg==' content-hash-algorithm='MD5'/>"),
        &status, NULL));
    assert_string_equal(status.main.content_hash, "");
}

int main(void)
{
    xml_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_point_gives_links_by_relation),
        cmocka_unit_test(identification_tells_who_has_a_postbox),
        cmocka_unit_test(a_delivery_tells_ids_and_hashes_of_all_documents),
        cmocka_unit_test(other_deliveries_can_be_read_too),
        cmocka_unit_test(a_status_tells_the_same_as_a_delivery),
        cmocka_unit_test(events_keep_their_document_kind_and_time),
        cmocka_unit_test(a_share_state_lists_documents_and_their_origin),
        cmocka_unit_test(a_share_state_before_and_after_sharing_is_empty),
        cmocka_unit_test(an_error_is_read_as_code_and_type_without_its_message),
        cmocka_unit_test(what_we_do_not_know_is_passed_over),
        cmocka_unit_test(relations_are_known_by_their_last_part_whatever_its_case),
        cmocka_unit_test(an_error_of_2019_has_no_type),
        cmocka_unit_test(a_code_that_is_no_word_is_not_kept),
        cmocka_unit_test(a_shared_document_has_the_same_id_when_its_links_are_others),
        cmocka_unit_test(outb_5_what_is_not_the_answer_asked_for_is_not_read),
        cmocka_unit_test(outb_5_a_bomb_is_not_read),
        cmocka_unit_test(outb_5_a_truncated_answer_is_not_read),
        cmocka_unit_test(outb_5_values_of_the_wrong_kind_are_not_read),
        cmocka_unit_test(a_hash_that_is_no_sha_256_is_taken_as_none),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
