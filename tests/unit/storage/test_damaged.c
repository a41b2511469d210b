/* test_damaged.c - whatever is changed at rest, in any place that is sealed, is found when it is
 * read: nothing of it is given (security.md S-KEY-3). */
#include "store.h"

#include "storage/attachment_bytes.h"
#include "storage/certificates.h"
#include "storage/prefills.h"
#include "storage/decisions.h"
#include "storage/supplements.h"
#include "storage/withdrawals.h"

#include <stdio.h>
#include <stdlib.h>

/* All that somebody has here. */
struct things {
    const char *citizen_id, *cookie, *supplement_id, *delivery_id;
    struct draft draft; /* sent */
    struct consent consent;
    struct attachment attachment; /* three chunks */
    struct submission submission;
    const char *certificate_id, *withdrawal_id, *decision_id;
};

enum { DOCUMENT_BYTES = 2 * SEAL_CHUNK_BYTES + 100 };

static struct bytes document(struct store *store, char letter)
{
    unsigned char *bytes = arena_alloc(store->arena, DOCUMENT_BYTES);
    memset(bytes, letter, DOCUMENT_BYTES);
    return (struct bytes){bytes, DOCUMENT_BYTES};
}

static void add_attachment(struct store *store, struct things *things, char letter)
{
    struct attachment wish = {.requirement = "/hello/payslips",
                              .source = ATTACHMENT_DISK,
                              .name = "lonn.pdf",
                              .media_type = "application/pdf"};
    const struct content content = {.size_bytes = DOCUMENT_BYTES, .bytes = document(store, letter)};
    WORKS(store, attachments_add(store->arena, store->db, things->citizen_id, things->draft.id,
                                 &wish, &content, &things->attachment, &store->err));
}

static void add_shared(struct store *store, const struct things *things)
{
    const struct shared_document document = {.key = "key",
                                             .subject = "Skattemelding",
                                             .file_type = "pdf",
                                             .size_bytes = 10,
                                             .origin_number = "974761076",
                                             .origin_name = "Skatteetaten"};
    WORKS(store, shared_documents_saw(store->arena, store->db, things->consent.id, 1998790400,
                                      2000000000, &document, 1, &store->err));
}

static void add_letter(struct store *store, struct things *things)
{
    struct outbox_document documents[] = {{.uuid = crypto_uuid(store->arena),
                                           .subject = "Kvittering",
                                           .file_type = "pdf",
                                           .content = OUTBOX_OWN_BYTES,
                                           .bytes = BYTES_OF("%PDF-letter")}};
    struct delivery delivery = {.kind = OUTBOX_SUPPLEMENT,
                                .citizen_id = things->citizen_id,
                                .submission_id = things->submission.id,
                                .message_id = crypto_random_id(store->arena, 128),
                                .payload = BYTES_OF("{\"to\": \"Kari\"}"),
                                .documents = documents,
                                .document_count = COUNT(documents)};
    WORKS(store, outbox_add(store->arena, store->db, &delivery, &things->delivery_id, &store->err));
}

static void add_supplement(struct store *store, struct things *things)
{
    struct supplement supplement = {.id = crypto_random_id(store->arena, 128),
                                    .citizen_id = things->citizen_id,
                                    .submission_id = things->submission.id,
                                    .promise_id = things->attachment.id,
                                    .delivery_id = things->delivery_id,
                                    .language = "nb"};
    things->supplement_id = supplement.id;
    WORKS(store, supplements_add(store->arena, store->db, &supplement, things->draft.id,
                                 BYTES_OF("%PDF-supplement"), &store->err));
}

static void add_certificate(struct store *store, struct things *things)
{
    struct certificate certificate = {.id = crypto_random_id(store->arena, 128),
                                      .citizen_id = things->citizen_id,
                                      .submission_id = things->submission.id,
                                      .draft_id = things->draft.id,
                                      .kind = CERTIFICATE_ISSUED,
                                      .type = "serving-licence",
                                      .title = "Serveringsbevilling",
                                      .media_type = "application/pdf",
                                      .issuer_number = "310245682",
                                      .issuer_name = "Fjordvik kommune",
                                      .number = "SB-2026-000001",
                                      .issued_at = 1800000000};
    things->certificate_id = certificate.id;
    WORKS(store, certificates_add(store->arena, store->db, &certificate,
                                  BYTES_OF("%PDF-certificate"), NULL, &store->err));
}

static void add_outcomes(struct store *store, struct things *things)
{
    struct withdrawal withdrawal = {.id = crypto_random_id(store->arena, 128),
                                    .citizen_id = things->citizen_id,
                                    .submission_id = things->submission.id,
                                    .delivery_id = things->delivery_id,
                                    .withdrawn_at = 1800000000};
    struct decision decision = {.id = crypto_random_id(store->arena, 128),
                                .citizen_id = things->citizen_id,
                                .submission_id = things->submission.id,
                                .draft_id = things->draft.id,
                                .title = "Vedtak",
                                .appeal = "Klag til oss",
                                .decided_at = 1800000000,
                                .delivery_id = things->delivery_id};
    things->withdrawal_id = withdrawal.id;
    things->decision_id = decision.id;
    WORKS(store, withdrawals_add(store->arena, store->db, &withdrawal, things->draft.id,
                                 BYTES_OF("%PDF-withdrawal"), &store->err));
    WORKS(store, decisions_add(store->arena, store->db, &decision, BYTES_OF("%PDF-decision"), NULL,
                               &store->err));
}

static struct things things_of(struct store *store, const char *pid, char letter)
{
    struct things things = {.citizen_id = store_citizen(store, pid)};
    const struct session_login login = {
        .acr = "high", .issuer = "https://issuer.example", .sid = "sid", .id_token = ""};
    WORKS(store, sessions_start(store->arena, store->db, things.citizen_id, &login, &things.cookie,
                                &store->err));
    things.draft = store_draft(store, things.citizen_id);
    things.draft.note = "A note";
    WORKS(store,
          drafts_save(store->arena, store->db, things.citizen_id, &things.draft, &store->err));
    things.consent = store_consent(store, things.citizen_id, things.draft.id);
    add_shared(store, &things);
    add_attachment(store, &things, letter);
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        WORKS(store,
              prefills_ask(store->db, things.citizen_id, things.draft.id, "krr", "", &store->err));
        WORKS(store, db_commit(&transaction, &store->err));
    }
    things.submission = store_submission(store, things.citizen_id, &things.draft);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    add_letter(store, &things);
    add_supplement(store, &things);
    add_certificate(store, &things);
    add_outcomes(store, &things);
    WORKS(store, db_commit(&transaction, &store->err));
    return things;
}

/* Reading ----------------------------------------------------------------------------------- */

static bool read_draft(struct store *store, const struct things *of)
{
    struct draft draft;
    return drafts_read(store->arena, store->db, of->citizen_id, of->draft.id, &draft, &store->err);
}

static bool read_citizen(struct store *store, const struct things *of)
{
    struct citizen citizen;
    return citizens_read(store->arena, store->db, of->citizen_id, &citizen, &store->err);
}

static bool use_session(struct store *store, const struct things *of)
{
    static const struct sessions_rules rules = {1800, 7200};
    struct session session;
    return sessions_use(store->arena, store->db, of->cookie, &rules, &session, &store->err);
}

static bool read_submission(struct store *store, const struct things *of)
{
    struct submission submission;
    return submissions_read(store->arena, store->db, of->citizen_id, of->submission.id, &submission,
                            &store->err);
}

static bool read_receipt(struct store *store, const struct things *of)
{
    struct bytes receipt;
    return submissions_receipt(store->arena, store->db, of->citizen_id, of->submission.id, &receipt,
                               &store->err);
}

static bool read_attachment(struct store *store, const struct things *of)
{
    struct attachment attachment;
    struct bytes content;
    return attachments_read(store->arena, store->db, of->citizen_id, of->attachment.id, &attachment,
                            &content, &store->err);
}

static bool read_shared(struct store *store, const struct things *of)
{
    struct shared_document *documents;
    size_t count;
    return shared_documents_list(store->arena, store->db, of->citizen_id, of->consent.id,
                                 &documents, &count, &store->err);
}

static bool read_consent(struct store *store, const struct things *of)
{
    struct consent consent;
    return consents_read(store->arena, store->db, of->citizen_id, of->consent.id, &consent,
                         &store->err);
}

static bool read_prefills(struct store *store, const struct things *of)
{
    struct prefills_question *questions;
    size_t count;
    return prefills_of_draft(store->arena, store->db, of->citizen_id, of->draft.id, &questions,
                             &count, &store->err);
}

static bool read_supplement(struct store *store, const struct things *of)
{
    struct supplement supplement;
    struct bytes receipt;
    return supplements_of_promise(store->arena, store->db, of->citizen_id, of->attachment.id,
                                  &supplement, &store->err) &&
           supplements_receipt(store->arena, store->db, of->citizen_id, of->supplement_id, &receipt,
                               &store->err);
}

static bool read_certificate(struct store *store, const struct things *of)
{
    struct certificate certificate;
    struct bytes content;
    return certificates_read(store->arena, store->db, of->citizen_id, of->certificate_id,
                             &certificate, &store->err) &&
           certificates_content(store->arena, store->db, of->citizen_id, of->certificate_id,
                                &content, &store->err);
}

static bool read_withdrawal(struct store *store, const struct things *of)
{
    struct bytes receipt;
    return withdrawals_receipt(store->arena, store->db, of->citizen_id, of->submission.id, &receipt,
                               &store->err);
}

static bool read_decision(struct store *store, const struct things *of)
{
    struct decision decision;
    struct bytes content;
    return decisions_read(store->arena, store->db, of->citizen_id, of->decision_id, &decision,
                          &store->err) &&
           decisions_content(store->arena, store->db, of->citizen_id, of->decision_id, &content,
                             &store->err);
}

/* The sealed places, each by the id in its row. */
enum id_of {
    CITIZEN,
    DRAFT,
    SUBMISSION,
    ATTACHMENT,
    CONSENT,
    SUPPLEMENT,
    CERTIFICATE,
    WITHDRAWAL,
    DECISION
};
static const struct place {
    const char *name;
    enum id_of id;
    struct db_sql get, set;
    bool (*read)(struct store *store, const struct things *of);
} places[] = {
#define PLACE(table, column, id, kind, read)                                                       \
    {                                                                                              \
#table "." #column, kind,                                                                  \
            {"SELECT " #column " FROM " #table " WHERE " id " = $1" },                             \
             {"UPDATE " #table " SET " #column " = $2 WHERE " id " = $1" }, read                   \
    }
    PLACE(citizens, sealed, "id", CITIZEN, read_citizen),
    PLACE(sessions, sealed, "citizen", CITIZEN, use_session),
    PLACE(drafts, answers, "id", DRAFT, read_draft),
    PLACE(drafts, note, "id", DRAFT, read_draft),
    PLACE(prefills, sealed, "draft", DRAFT, read_prefills),
    PLACE(shared_documents, texts, "consent", CONSENT, read_shared),
    PLACE(consents, texts, "id", CONSENT, read_consent),
    PLACE(attachments, texts, "id", ATTACHMENT, read_attachment),
    PLACE(attachments, head, "id", ATTACHMENT, read_attachment),
    PLACE(attachment_chunks, sealed, "number = 0 AND attachment", ATTACHMENT, read_attachment),
    PLACE(attachment_chunks, sealed, "number = 1 AND attachment", ATTACHMENT, read_attachment),
    PLACE(attachment_chunks, sealed, "number = 2 AND attachment", ATTACHMENT, read_attachment),
    PLACE(submissions, answers, "id", SUBMISSION, read_submission),
    PLACE(submissions, digests, "id", SUBMISSION, read_submission),
    PLACE(submissions, receipt, "id", SUBMISSION, read_receipt),
    PLACE(supplements, digests, "id", SUPPLEMENT, read_supplement),
    PLACE(supplements, receipt, "id", SUPPLEMENT, read_supplement),
    PLACE(withdrawals, receipt, "id", WITHDRAWAL, read_withdrawal),
    PLACE(decisions, sealed, "id", DECISION, read_decision),
    PLACE(decisions, content, "id", DECISION, read_decision),
    PLACE(certificates, sealed, "id", CERTIFICATE, read_certificate),
    PLACE(certificate_contents, content, "certificate", CERTIFICATE, read_certificate),
#undef PLACE
};

static const char *row_of(const struct place *place, const struct things *of)
{
    switch (place->id) {
    case CITIZEN:
        return of->citizen_id;
    case DRAFT:
        return of->draft.id;
    case SUBMISSION:
        return of->submission.id;
    case ATTACHMENT:
        return of->attachment.id;
    case CONSENT:
        return of->consent.id;
    case SUPPLEMENT:
        return of->supplement_id;
    case WITHDRAWAL:
        return of->withdrawal_id;
    case DECISION:
        return of->decision_id;
    case CERTIFICATE:
        break;
    }
    return of->certificate_id;
}

static struct bytes get(struct store *store, const struct place *place, const struct things *of)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, place->get,
                          DB_VALUES(DB_TEXT(row_of(place, of))), &rows, &store->err));
    assert_true(db_next(rows));
    return db_bytes(rows, 0);
}

static void set(struct store *store, const struct place *place, const struct things *of,
                struct bytes bytes)
{
    int64_t changed = 0;
    WORKS(store,
          db_exec(store->db, place->set, DB_VALUES(DB_TEXT(row_of(place, of)), DB_BYTES(bytes)),
                  &changed, &store->err));
    assert_int_equal(changed, 1);
}

/* What was put there is not given, and nothing of it is told. */
static void must_be_broken(struct store *store, const struct place *place, const struct things *of,
                           struct bytes bytes, const char *how)
{
    set(store, place, of, bytes);
    store->err = (struct error){0};
    if (place->read(store, of))
        fail_msg("%s %s is read", place->name, how);
    if (store->err.code != ERROR_BROKEN)
        fail_msg("%s %s: %s: %s", place->name, how, error_name(store->err.code), store->err.text);
    static const char *const never[] = {KARI, OLA, "Test Person", "lonn", "<hello/>", "%PDF"};
    for (size_t i = 0; i < COUNT(never); i++)
        assert_null(strstr(store->err.text, never[i]));
}

static struct bytes flipped(struct store *store, struct bytes bytes, size_t at)
{
    struct bytes copy = arena_bytes(store->arena, bytes);
    ((unsigned char *)(uintptr_t)copy.data)[at] ^= 1;
    return copy;
}

static void damage(struct store *store, const struct place *place, const struct things *of,
                   const struct things *other)
{
    const struct bytes good = arena_bytes(store->arena, get(store, place, of));
    const size_t places_in_it[] = {0, 1, 9, good.size / 2, good.size - 1};
    for (size_t i = 0; i < COUNT(places_in_it); i++)
        if (places_in_it[i] < good.size)
            must_be_broken(store, place, of, flipped(store, good, places_in_it[i]),
                           arena_printf(store->arena, "with byte %zu flipped", places_in_it[i]));
    const size_t sizes[] = {0, 1, SEAL_HEAD_BYTES - 1, good.size - 1};
    for (size_t i = 0; i < COUNT(sizes); i++)
        must_be_broken(store, place, of, (struct bytes){good.data, sizes[i]},
                       arena_printf(store->arena, "cut to %zu bytes", sizes[i]));
    must_be_broken(store, place, of, get(store, place, other), "of somebody else");
    set(store, place, of, good);
    WORKS(store, place->read(store, of));
}

static void key_3_whatever_is_changed_at_rest_is_found_and_nothing_of_it_is_given(void **state)
{
    struct store *store = *state;
    struct things kari = things_of(store, KARI, 'k'), ola = things_of(store, OLA, 'o');
    CLEANUP(db_end) struct db_transaction transaction = {0}; /* or each change waits for the disk */
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    for (size_t i = 0; i < COUNT(places); i++) {
        damage(store, &places[i], &kari, &ola);
        WORKS(store, places[i].read(store, &ola));
    }
}

static void key_3_values_of_one_owner_in_each_others_place_are_found(void **state)
{
    struct store *store = *state;
    struct things kari = things_of(store, KARI, 'k');
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    for (size_t i = 0; i < COUNT(places); i++)
        for (size_t k = 0; k < COUNT(places); k++) {
            if (i == k)
                continue;
            const struct bytes good = arena_bytes(store->arena, get(store, &places[i], &kari));
            must_be_broken(store, &places[i], &kari, get(store, &places[k], &kari),
                           arena_printf(store->arena, "from %s", places[k].name));
            set(store, &places[i], &kari, good);
        }
}

/* Chunks ------------------------------------------------------------------------------------ */

static void key_3_chunks_swapped_left_out_or_added_are_found(void **state)
{
    static const struct {
        const char *how;
        struct db_sql sql;
    } changes[] = {
        {"swapped",
         {"UPDATE attachment_chunks SET number = 9 - number WHERE number < 2 "
          "AND attachment = $1"}},
        {"without its last",
         {"DELETE FROM attachment_chunks WHERE number = 2 AND attachment = $1"}},
        {"without its middle",
         {"DELETE FROM attachment_chunks WHERE number = 1 AND attachment = $1"}},
        {"of none", {"DELETE FROM attachment_chunks WHERE attachment = $1"}},
        {"with one repeated",
         {"UPDATE attachment_chunks SET sealed = (SELECT c.sealed FROM attachment_chunks c "
          "WHERE c.number = 0 AND c.attachment = $1) WHERE number = 1 AND attachment = $1"}},
        {"said to be shorter", {"UPDATE attachments SET size_bytes = 131072 WHERE id = $1"}},
        {"said to be longer", {"UPDATE attachments SET size_bytes = size_bytes + 1 WHERE id = $1"}},
    };
    struct store *store = *state;
    struct things kari = things_of(store, KARI, 'k');
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct db_transaction transaction = {0};
        WORKS(store, db_begin(store->db, &transaction, &store->err));
        WORKS(store, db_exec(store->db, changes[i].sql, DB_VALUES(DB_TEXT(kari.attachment.id)),
                             NULL, &store->err));
        if (i == 0)
            WORKS(store, db_exec(store->db,
                                 DB_SQL("UPDATE attachment_chunks SET number = number - 8 "
                                        "WHERE number > 2"),
                                 DB_NO_VALUES, NULL, &store->err));
        store->err = (struct error){0};
        if (read_attachment(store, &kari) || store->err.code != ERROR_BROKEN)
            fail_msg("%s: %s: %s", changes[i].how, error_name(store->err.code), store->err.text);
        db_end(&transaction);
        WORKS(store, read_attachment(store, &kari));
    }
}

/* The worker -------------------------------------------------------------------------------- */

static void key_3_a_damaged_letter_is_not_sent_and_others_are(void **state)
{
    struct store *store = *state;
    struct things kari = things_of(store, KARI, 'k'), ola = things_of(store, OLA, 'o');
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE outbox SET payload = $2 WHERE id = $1"),
                         DB_VALUES(DB_TEXT(kari.delivery_id), DB_BYTES(BYTES_OF("{}"))), NULL,
                         &store->err));
    struct delivery delivery;
    bool found = false;
    WORKS(store, outbox_lease(store->arena, store->db, "w", 1000, &delivery, &found, &store->err));
    assert_true(found);
    assert_string_equal(delivery.id, ola.delivery_id);
    WORKS(store, outbox_lease(store->arena, store->db, "w", 1000, &delivery, &found, &store->err));
    assert_false(found);
}

static void key_3_a_damaged_question_to_a_register_does_not_stop_others(void **state)
{
    struct store *store = *state;
    struct things kari = things_of(store, KARI, 'k');
    things_of(store, OLA, 'o');
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE prefills SET sealed = $2 WHERE draft = $1"),
                  DB_VALUES(DB_TEXT(kari.draft.id), DB_BYTES(BYTES_OF("x"))), NULL, &store->err));
    struct prefills_question question;
    const char *pid = NULL;
    int failed = 0, leased = 0;
    for (bool found = true, good = true; (found || !good) && failed + leased < 5;) {
        good =
            prefills_lease(store->arena, store->db, 100000, &question, &pid, &found, &store->err);
        failed += !good;
        leased += good && found;
    }
    assert_int_equal(failed, 1);
    assert_int_equal(leased, 1);
    assert_string_equal(pid, OLA);
}

static void key_3_a_damaged_document_to_be_fetched_does_not_stop_others(void **state)
{
    struct store *store = *state;
    const char *people[] = {store_citizen(store, KARI), store_citizen(store, OLA)};
    const char *consents[2];
    for (int i = 0; i < 2; i++) {
        struct things things = {.citizen_id = people[i], .draft = store_draft(store, people[i])};
        things.consent = store_consent(store, people[i], things.draft.id);
        consents[i] = things.consent.id;
        add_shared(store, &things);
        struct shared_document *list;
        size_t count;
        WORKS(store, shared_documents_list(store->arena, store->db, people[i], consents[i], &list,
                                           &count, &store->err));
        WORKS(store, shared_documents_choose(store->arena, store->db, people[i], list[0].id,
                                             ONE("/hello/tax"), &store->err));
    }
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE shared_documents SET texts = $2 WHERE consent = $1"),
                  DB_VALUES(DB_TEXT(consents[0]), DB_BYTES(BYTES_OF("x"))), NULL, &store->err));
    int failed = 0, leased = 0;
    for (bool found = true, good = true; (found || !good) && failed + leased < 5;) {
        struct shared_next next;
        good = shared_documents_next(store->arena, store->db, 100000, &next, &found, &store->err);
        failed += !good;
        leased += good && found;
        if (good && found)
            assert_string_equal(next.citizen_id, people[1]);
    }
    assert_int_equal(failed, 1);
    assert_int_equal(leased, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(key_3_whatever_is_changed_at_rest_is_found_and_nothing_of_it_is_given),
        WITH_STORE(key_3_values_of_one_owner_in_each_others_place_are_found),
        WITH_STORE(key_3_chunks_swapped_left_out_or_added_are_found),
        WITH_STORE(key_3_a_damaged_letter_is_not_sent_and_others_are),
        WITH_STORE(key_3_a_damaged_question_to_a_register_does_not_stop_others),
        WITH_STORE(key_3_a_damaged_document_to_be_fetched_does_not_stop_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
