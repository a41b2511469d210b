#include "store.h"

#include "engine/letter.h"

#include <string.h>

#define PDF "%PDF-receipt"

struct sent {
    struct draft draft;
    struct submission submission;
    struct attachment attachment;
};

static struct sent send_something(struct store *store)
{
    struct sent sent;
    const char *citizen_id = store_citizen(store, KARI);
    sent.draft = store_draft(store, citizen_id);
    sent.attachment = store_attachment(store, citizen_id, sent.draft.id, "%PDF-lonn");
    sent.submission = store_submission(store, citizen_id, &sent.draft);
    return sent;
}

static struct delivery order_receipt(struct store *store, const struct sent *sent, int level)
{
    const struct letter_attachment attachment = {.id = sent->attachment.id,
                                                 .subject = "lonn.pdf",
                                                 .file_type = "pdf",
                                                 .sha256 = sent->attachment.sha256,
                                                 .size_bytes = sent->attachment.size_bytes};
    const struct letter_receipt receipt = {.submission = &sent->submission,
                                           .pdf = BYTES_OF(PDF),
                                           .subject = "Kvittering: æøå \"x\"",
                                           .security_level = level,
                                           .attachments = &attachment,
                                           .attachment_count = 1};
    return letter_order_receipt(store->arena, &receipt);
}

/* Through the outbox, as a worker gets it. */
static struct delivery store_and_lease(struct store *store, const struct delivery *delivery)
{
    const char *id;
    struct delivery leased;
    bool found;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, delivery, &id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    WORKS(store,
          outbox_lease(store->arena, store->db, "test", 60000, &leased, &found, &store->err));
    assert_true(found);
    return leased;
}

static void d_3_the_letter_of_a_receipt_has_the_ids_and_bytes_it_was_ordered_with(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);
    struct delivery ordered = order_receipt(store, &sent, 4);

    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_string_equal(letter.message_id, ordered.message_id);
    assert_string_equal(letter.recipient.pid, KARI);
    assert_int_equal(letter.level, 4);
    assert_null(letter.share);
    assert_string_equal(letter.main.id, ordered.documents[0].uuid);
    assert_string_equal(letter.main.title, "Kvittering: æøå \"x\"");
    assert_memory_equal(letter.main.content.data, PDF, sizeof PDF - 1);
    assert_int_equal(letter.attachment_count, 1);
    assert_string_equal(letter.attachments[0].id, ordered.documents[1].uuid);
    assert_memory_equal(letter.attachments[0].content.data, "%PDF-lonn", 9);
}

static void the_level_is_the_one_of_the_form(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);
    struct delivery ordered = order_receipt(store, &sent, 3);

    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_int_equal(letter.level, 3);
}

static void the_letter_goes_as_the_form_says(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);
    const int days[] = {0, 7};
    const struct letter_receipt receipt = {
        .submission = &sent.submission,
        .pdf = BYTES_OF(PDF),
        .subject = "Brev frå kommunen",
        .security_level = 3,
        .language = "nn",
        .wants_opening_receipt = true,
        .visible_from = 1800000000,
        .email_notice = {"Du har fått eit brev.", days, COUNT(days)},
    };
    struct delivery ordered = letter_order_receipt(store->arena, &receipt);

    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_true(postbox_check(&letter, &store->err));
    assert_string_equal(letter.language, "nn");
    assert_string_equal(letter.title, "Brev frå kommunen");
    assert_string_equal(letter.recipient.name, "Test Person");
    assert_int_equal(letter.level, 3);
    assert_true(letter.wants_opening_receipt);
    assert_int_equal(letter.visible_from, 1800000000);
    assert_string_equal(letter.email_notice.text, "Du har fått eit brev.");
    assert_int_equal(letter.email_notice.count, 2);
    assert_int_equal(letter.email_notice.repeat_days[1], 7);
    assert_null(letter.sms_notice.text);
    assert_int_equal(letter.attachment_count, 0);
}

static void d_3_every_order_has_ids_of_its_own_that_a_postbox_takes(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);

    struct delivery a = order_receipt(store, &sent, 4), b = order_receipt(store, &sent, 4);

    assert_string_not_equal(a.message_id, b.message_id);
    assert_string_not_equal(a.documents[0].uuid, b.documents[0].uuid);
    assert_string_not_equal(a.documents[0].uuid, a.documents[1].uuid);
    assert_true(strlen(a.message_id) <= POSTBOX_MAX_ID);
    assert_int_equal(a.message_id[strspn(a.message_id, "abcdefghijklmnopqrstuvwxyz"
                                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                       "0123456789._-")],
                     '\0');
}

static void the_letter_that_asks_to_share_says_what_the_consent_says(void **state)
{
    struct store *store = *state;
    const char *citizen_id = store_citizen(store, KARI);
    struct draft draft = store_draft(store, citizen_id);
    struct consent consent = store_consent(store, citizen_id, draft.id);
    consent.language = "en";
    static const char *const numbers[] = {"974761076", "310245682"};

    struct delivery ordered = letter_order_share(store->arena, &consent, BYTES_OF("%PDF-ask"),
                                                 "Del dokumenter", numbers, COUNT(numbers));
    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_string_equal(letter.main.id, consent.request_uuid);
    assert_memory_equal(letter.main.content.data, "%PDF-ask", 8);
    assert_string_equal(letter.language, "en");
    assert_string_equal(letter.share->purpose, consent.purpose);
    assert_int_equal(letter.share->duration_s, consent.duration_seconds);
    assert_int_equal(letter.share->organisation_number_count, 2);
    assert_string_equal(letter.share->organisation_numbers[0], "974761076");
    assert_string_equal(letter.share->organisation_numbers[1], "310245682");
    assert_int_equal(letter.attachment_count, 0);
}

static void d_8_a_letter_whose_bytes_were_changed_is_not_sent(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);
    struct delivery ordered = order_receipt(store, &sent, 4);
    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;

    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET receipt = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("%PDF-other!!"))), NULL, &store->err));

    FAILS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err),
          ERROR_BROKEN);
}

static void a_stop_is_an_order_without_documents(void **state)
{
    struct store *store = *state;
    const char *citizen_id = store_citizen(store, KARI);
    struct draft draft = store_draft(store, citizen_id);
    struct consent consent = store_consent(store, citizen_id, draft.id);

    struct delivery stop = letter_order_stop(store->arena, &consent);

    assert_int_equal(stop.kind, OUTBOX_STOP_SHARING);
    assert_string_equal(stop.consent_id, consent.id);
    assert_int_equal(stop.document_count, 0);
}

static void a_letter_about_an_evidence_request_leads_to_it(void **state)
{
    struct store *store = *state;
    const struct letter_own own = {.citizen_id = store_citizen(store, KARI),
                                   .subject = "Nordvik spør",
                                   .pdf = BYTES_OF("%PDF-ask")};
    const struct postbox_link link = {.url = "https://skjema.example/bevis/x",
                                      .button = "Svar på forespørselen",
                                      .deadline = 1775080740};
    struct delivery ordered = letter_order_evidence(store->arena, &own, "request-1", &link);

    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_string_equal(leased.evidence_request_id, "request-1");
    assert_int_equal(letter.level, 4);
    assert_string_equal(letter.link->url, link.url);
    assert_string_equal(letter.link->button, link.button);
    assert_null(letter.link->description);
    assert_int_equal(letter.link->deadline, link.deadline);
    assert_true(postbox_check(&letter, &store->err));
}

static void the_letter_of_a_certificate_says_what_it_proves_of_whom(void **state)
{
    struct store *store = *state;
    struct sent sent = send_something(store);
    const struct letter_own own = {.citizen_id = sent.submission.citizen_id,
                                   .subject = "Serveringsbevilling",
                                   .pdf = BYTES_OF("%PDF-proof")};
    const struct postbox_proof proof = {.authorizer = "Fjordvik kommune",
                                        .title = "Serveringsbevilling",
                                        .issued_at = 1772352000,
                                        .valid_from = 1772352000,
                                        .valid_until = 1803855600,
                                        .first_name = "Kari",
                                        .surname = "Solvang",
                                        .number_name = "Nummer",
                                        .number = "SB-2026-000001"};
    struct delivery ordered =
        letter_order_certificate(store->arena, &own, sent.submission.id, &proof);

    struct delivery leased = store_and_lease(store, &ordered);
    struct postbox_letter letter;
    WORKS(store, letter_of_delivery(store->arena, store->db, &leased, &letter, &store->err));

    assert_string_equal(leased.submission_id, sent.submission.id);
    assert_string_equal(letter.proof->title, proof.title);
    assert_string_equal(letter.proof->surname, proof.surname);
    assert_string_equal(letter.proof->number, proof.number);
    assert_int_equal(letter.proof->valid_until, proof.valid_until);
    assert_true(postbox_check(&letter, &store->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(d_3_the_letter_of_a_receipt_has_the_ids_and_bytes_it_was_ordered_with),
        WITH_STORE(the_level_is_the_one_of_the_form),
        WITH_STORE(the_letter_goes_as_the_form_says),
        WITH_STORE(d_3_every_order_has_ids_of_its_own_that_a_postbox_takes),
        WITH_STORE(the_letter_that_asks_to_share_says_what_the_consent_says),
        WITH_STORE(d_8_a_letter_whose_bytes_were_changed_is_not_sent),
        WITH_STORE(a_stop_is_an_order_without_documents),
        WITH_STORE(a_letter_about_an_evidence_request_leads_to_it),
        WITH_STORE(the_letter_of_a_certificate_says_what_it_proves_of_whom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
