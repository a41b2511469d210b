/* test_consents.c - a citizen's consent, from yes to its end. */
#include "store.h"

#include "engine/base/clock.h"

static enum consent_state state_of(struct store *store, const struct consent *consent)
{
    struct consent read;
    WORKS(store, consents_read(store->arena, store->db, consent->citizen_id, consent->id, &read,
                               &store->err));
    return read.state;
}

/* A yes from a new citizen with an open draft. */
static struct consent given(struct store *store)
{
    const char *kari = store_citizen(store, KARI);
    return store_consent(store, kari, store_draft(store, kari).id);
}

static struct shared_document shared(const char *key)
{
    return (struct shared_document){.key = key,
                                    .subject = "Lønnsslipp",
                                    .file_type = "pdf",
                                    .size_bytes = 1000,
                                    .origin_number = "310123005",
                                    .origin_name = "Oppdiktet AS",
                                    .delivered_at = 1790000000};
}

static void saw(struct store *store, const struct consent *consent,
                const struct shared_document *documents, size_t count)
{
    WORKS(store, shared_documents_saw(store->arena, store->db, consent->id, 1998790400, 2000000000,
                                      documents, count, &store->err));
}

static void a_consent_tells_what_was_shown_and_agreed_to(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store), read;
    WORKS(store, consents_read(store->arena, store->db, consent.citizen_id, consent.id, &read,
                               &store->err));
    assert_string_equal(read.purpose, consent.purpose);
    assert_memory_equal(read.shown.bytes, consent.shown.bytes, CRYPTO_SHA256_BYTES);
    assert_int_equal(read.requirement_count, 2);
    assert_string_equal(read.requirements[0], "/hello/payslips");
    assert_string_equal(read.requirements[1], "/hello/tax");
    assert_string_equal(read.agency_number, consent.agency_number);
    assert_string_equal(read.shown_text, consent.shown_text);
    assert_int_equal(read.issuer_count, 2);
    assert_string_equal(read.issuers[0], consent.issuers[0]);
    assert_string_equal(read.issuers[1], consent.issuers[1]);
    assert_string_equal(read.request_uuid, consent.request_uuid);
    assert_int_equal(read.state, CONSENT_ASKED);

    struct consent by_request;
    WORKS(store, consents_of_request(store->arena, store->db, consent.request_uuid, &by_request,
                                     &store->err));
    assert_string_equal(by_request.id, consent.id);
    FAILS(store, consents_of_request(store->arena, store->db, "nobody's", &by_request, &store->err),
          ERROR_MISSING);
}

static bool lies_in(const struct db_rows *rows, const char *text)
{
    for (int column = 0; column < 2; column++) {
        struct bytes value = db_bytes(rows, column);
        if (memmem(value.data, value.size, text, strlen(text)))
            return true;
    }
    return false;
}

static void key_2_neither_purpose_nor_titles_lie_there_in_clear(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("https://postkassen.invalid/dokument/17");
    struct db_rows *rows = NULL;
    saw(store, &consent, &one, 1);
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT c.texts, d.texts FROM consents c, shared_documents d"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    assert_false(lies_in(rows, consent.purpose));
    assert_false(lies_in(rows, one.subject));
    assert_false(lies_in(rows, one.origin_name));
    assert_false(lies_in(rows, one.key));
    WORKS(store, db_query(store->arena, store->db,
                          DB_SQL("SELECT document_key, document_key FROM shared_documents"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    assert_false(lies_in(rows, one.key));
}

static void con_1_what_was_shown_is_held_against_its_digest(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store), read;
    struct crypto_sha256 another = crypto_sha256(BYTES_OF("something else"));
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE consents SET shown_sha256 = $1"),
                         DB_VALUES(DB_SHA256(another)), NULL, &store->err));
    FAILS(
        store,
        consents_read(store->arena, store->db, consent.citizen_id, consent.id, &read, &store->err),
        ERROR_BROKEN);
}

static void key_3_a_consent_whose_seal_is_broken_is_not_shown_and_stops_nobody_else(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store), read, *ended = NULL;
    size_t count = 0;
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE consents SET texts = shown_sha256, ends_at = 1"),
                         DB_NO_VALUES, NULL, &store->err));
    FAILS(
        store,
        consents_read(store->arena, store->db, consent.citizen_id, consent.id, &read, &store->err),
        ERROR_BROKEN);
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, consents_expire(store->arena, store->db, 10, &ended, &count, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(ended[0].request_uuid, consent.request_uuid);
    assert_null(ended[0].purpose);
}

static void sql_3_anothers_consent_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store), read, *list = NULL;
    const char *ola = store_citizen(store, OLA);
    size_t count = 9;
    FAILS(store, consents_read(store->arena, store->db, ola, consent.id, &read, &store->err),
          ERROR_MISSING);
    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    FAILS(store, consents_withdraw(store->db, ola, consent.id, &store->err), ERROR_MISSING);
    struct consent others = consent;
    others.id = "new";
    others.citizen_id = ola;
    FAILS(store, consents_give(store->db, &others, &store->err), ERROR_MISSING);
    db_end(&transaction);
    WORKS(store, consents_list(store->arena, store->db, ola, NULL, &list, &count, &store->err));
    assert_int_equal(count, 0);
    WORKS(store, consents_list(store->arena, store->db, consent.citizen_id, consent.draft_id, &list,
                               &count, &store->err));
    assert_int_equal(count, 1);
}

static void given_in_the_same_second_the_newest_comes_first(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *draft_id = store_draft(store, kari).id;
    for (int i = 0; i < 8; i++) { /* ids are random: by those the order would be a toss-up */
        struct consent consent = store_consent(store, kari, draft_id), *list = NULL;
        size_t count = 0;
        WORKS(store,
              consents_list(store->arena, store->db, kari, draft_id, &list, &count, &store->err));
        assert_string_equal(list[0].id, consent.id);
    }
}

static void a_consent_moves_along_its_arrows_only(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    FAILS(store,
          consents_become(store->arena, store->db, consent.id, CONSENT_STOPPED, NULL, &store->err),
          ERROR_CONFLICT);
    WORKS(store, consents_become(store->arena, store->db, consent.id, CONSENT_REFUSED,
                                 "UNKNOWN_RECIPIENT", &store->err));
    assert_int_equal(state_of(store, &consent), CONSENT_REFUSED);
    for (int to = CONSENT_ASKED; to <= CONSENT_REFUSED; to++) {
        assert_false(consents_may(CONSENT_REFUSED, (enum consent_state)to));
        assert_false(consents_may(CONSENT_WITHDRAWN, (enum consent_state)to));
    }
}

static void it_is_settled_when_all_that_is_wanted_is_here(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a"), shared("b")}, *list = NULL;
    size_t count = 0;
    saw(store, &consent, two, 2);
    assert_int_equal(state_of(store, &consent), CONSENT_SHARED);
    WORKS(store, shared_documents_list(store->arena, store->db, consent.citizen_id, consent.id,
                                       &list, &count, &store->err));

    bool settled = true;
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         NULL, 0, &store->err));
    WORKS(store, consents_settle(store->arena, store->db, consent.id, &settled, &store->err));
    assert_false(settled); /* one is not chosen yet */
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[1].id,
                                         ONE("/hello/tax"), &store->err));
    WORKS(store, consents_settle(store->arena, store->db, consent.id, &settled, &store->err));
    assert_false(settled); /* it is not here yet */
    WORKS(store, shared_documents_failed(store->db, list[1].id, "too large", &store->err));
    WORKS(store, consents_settle(store->arena, store->db, consent.id, &settled, &store->err));
    assert_true(settled);
    assert_int_equal(state_of(store, &consent), CONSENT_FETCHED);
    WORKS(store, consents_settle(store->arena, store->db, consent.id, &settled, &store->err));
    assert_false(settled); /* once */
}

/* Fetched under the consent, in the open draft. */
static struct attachment fetched(struct store *store, const struct consent *consent,
                                 const struct shared_document *document)
{
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_POSTBOX,
                              .name = "a.pdf",
                              .media_type = "application/pdf",
                              .consent_id = consent->id,
                              .document_id = document->id};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, consent->citizen_id, consent->draft_id,
                                 &wish, CONTENT("%PDF-a"), &added, &store->err));
    WORKS(store,
          shared_documents_fetched(store->db, document->id, "/hello/tax", added.id, &store->err));
    return added;
}

static void con_1_withdrawing_deletes_what_was_fetched_and_not_sent(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document two[2] = {shared("a"), shared("b")}, *list = NULL;
    size_t count = 0;
    saw(store, &consent, two, 2);
    WORKS(store, shared_documents_list(store->arena, store->db, consent.citizen_id, consent.id,
                                       &list, &count, &store->err));
    for (size_t i = 0; i < 2; i++)
        WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id,
                                             list[i].id, ONE("/hello/tax"), &store->err));
    fetched(store, &consent, &list[0]);

    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, consents_withdraw(store->db, consent.citizen_id, consent.id, &store->err));
    FAILS(store, consents_withdraw(store->db, consent.citizen_id, consent.id, &store->err),
          ERROR_MISSING);
    WORKS(store, db_commit(&transaction, &store->err));

    assert_int_equal(state_of(store, &consent), CONSENT_WITHDRAWN);
    struct attachment *attachments = NULL;
    WORKS(store, attachments_of_draft(store->arena, store->db, consent.citizen_id, consent.draft_id,
                                      &attachments, &count, &store->err));
    assert_int_equal(count, 0);
    struct shared_next next;
    bool found = true;
    WORKS(store, shared_documents_next(store->arena, store->db, 1000, &next, &found, &store->err));
    assert_false(found);
    FAILS(store, shared_documents_fetched(store->db, list[1].id, "/hello/tax", "late", &store->err),
          ERROR_DENIED);
}

static void withdrawing_leaves_what_was_sent(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store);
    struct shared_document one = shared("a"), *list = NULL;
    size_t count = 0;
    saw(store, &consent, &one, 1);
    WORKS(store, shared_documents_list(store->arena, store->db, consent.citizen_id, consent.id,
                                       &list, &count, &store->err));
    WORKS(store, shared_documents_choose(store->arena, store->db, consent.citizen_id, list[0].id,
                                         ONE("/hello/tax"), &store->err));
    fetched(store, &consent, &list[0]);
    struct draft draft;
    WORKS(store, drafts_read(store->arena, store->db, consent.citizen_id, consent.draft_id, &draft,
                             &store->err));
    struct submission submission = store_submission(store, consent.citizen_id, &draft);
    WORKS(store,
          attachments_freeze(store->db, consent.citizen_id, draft.id, submission.id, &store->err));

    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, consents_withdraw(store->db, consent.citizen_id, consent.id, &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    struct attachment *attachments = NULL;
    WORKS(store, attachments_of_submission(store->arena, store->db, consent.citizen_id,
                                           submission.id, &attachments, &count, &store->err));
    assert_int_equal(count, 1);
}

static void a_stop_seen_outside_is_a_withdrawal_only_while_we_still_share(void **state)
{
    struct store *store = *state;
    struct consent running = given(store);
    bool changed = false;
    WORKS(store, consents_withdrawn_outside(store->db, running.id, &changed, &store->err));
    assert_true(changed);
    assert_int_equal(state_of(store, &running), CONSENT_WITHDRAWN);

    struct consent ours = given(store);
    struct shared_document one = shared("a");
    saw(store, &ours, &one, 1);
    WORKS(store,
          consents_become(store->arena, store->db, ours.id, CONSENT_FETCHED, NULL, &store->err));
    WORKS(store, consents_withdrawn_outside(store->db, ours.id, &changed, &store->err));
    assert_false(changed);
    assert_int_equal(state_of(store, &ours), CONSENT_FETCHED);
}

static void con_1_a_consent_past_its_time_expires(void **state)
{
    struct store *store = *state;
    struct consent waits = given(store), runs = given(store), *list = NULL;
    struct shared_document one = shared("a"), *documents = NULL;
    saw(store, &runs, &one, 1); /* until 2000000000, as the postbox says */
    size_t count = 9;

    clock_set(1900000000);
    WORKS(store, consents_expire(store->arena, store->db, 10, &list, &count, &store->err));
    assert_int_equal(count, 0);
    clock_set(2000000001);
    WORKS(store, consents_expire(store->arena, store->db, 10, &list, &count, &store->err));
    clock_set(0);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, runs.id);
    assert_int_equal(state_of(store, &runs), CONSENT_EXPIRED);
    assert_int_equal(state_of(store, &waits), CONSENT_ASKED);
    WORKS(store, shared_documents_list(store->arena, store->db, runs.citizen_id, runs.id,
                                       &documents, &count, &store->err));
    assert_int_equal(documents[0].state, SHARED_GONE);
}

static void only_delivered_requests_are_looked_at_and_each_in_its_turn(void **state)
{
    struct store *store = *state;
    struct consent consent = given(store), other = given(store), *list = NULL;
    size_t count = 9;
    WORKS(store,
          consents_to_look_at(store->arena, store->db, 60000, 10, &list, &count, &store->err));
    assert_int_equal(count, 0);

    const char *letter = store_delivery(store, consent.citizen_id);
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE outbox SET consent = $2, kind = 'share_request', "
                                "state = 'done' WHERE id = $1"),
                         DB_VALUES(DB_TEXT(letter), DB_TEXT(consent.id)), NULL, &store->err));
    WORKS(store,
          consents_to_look_at(store->arena, store->db, 60000, 10, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, consent.id);
    assert_string_not_equal(list[0].id, other.id);
    WORKS(store,
          consents_to_look_at(store->arena, store->db, 60000, 10, &list, &count, &store->err));
    assert_int_equal(count, 0);
    db_clock_advance(60001);
    WORKS(store,
          consents_to_look_at(store->arena, store->db, 60000, 10, &list, &count, &store->err));
    assert_int_equal(count, 1);
}

static void how_far_events_were_read_is_kept(void **state)
{
    struct store *store = *state;
    int64_t at = 9;
    WORKS(store, consents_events_read_to(store->arena, store->db, &at, &store->err));
    assert_int_equal(at, 0);
    WORKS(store, consents_set_events_read_to(store->db, 1800000000, &store->err));
    WORKS(store, consents_set_events_read_to(store->db, 1800000060, &store->err));
    WORKS(store, consents_events_read_to(store->arena, store->db, &at, &store->err));
    assert_int_equal(at, 1800000060);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_consent_tells_what_was_shown_and_agreed_to),
        WITH_STORE(key_2_neither_purpose_nor_titles_lie_there_in_clear),
        WITH_STORE(con_1_what_was_shown_is_held_against_its_digest),
        WITH_STORE(key_3_a_consent_whose_seal_is_broken_is_not_shown_and_stops_nobody_else),
        WITH_STORE(sql_3_anothers_consent_is_as_missing_as_none),
        WITH_STORE(given_in_the_same_second_the_newest_comes_first),
        WITH_STORE(a_consent_moves_along_its_arrows_only),
        WITH_STORE(it_is_settled_when_all_that_is_wanted_is_here),
        WITH_STORE(con_1_withdrawing_deletes_what_was_fetched_and_not_sent),
        WITH_STORE(withdrawing_leaves_what_was_sent),
        WITH_STORE(a_stop_seen_outside_is_a_withdrawal_only_while_we_still_share),
        WITH_STORE(con_1_a_consent_past_its_time_expires),
        WITH_STORE(only_delivered_requests_are_looked_at_and_each_in_its_turn),
        WITH_STORE(how_far_events_were_read_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
