/* test_supplements.c - what was sent afterwards is kept once for each promise, as it was sent. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/retention.h"
#include "storage/supplements.h"

struct sent {
    const char *kari;
    struct draft draft;
    struct submission submission;
    struct attachment promise;
};

static struct sent promise(struct store *store)
{
    struct sent sent = {.kari = store_citizen(store, KARI)};
    sent.draft = store_draft(store, sent.kari);
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_LATER,
                              .name = "Skattemelding",
                              .media_type = "",
                              .expected_by = 1900000000};
    WORKS(store, attachments_add(store->arena, store->db, sent.kari, sent.draft.id, &wish, NULL,
                                 &sent.promise, &store->err));
    sent.submission = store_submission(store, sent.kari, &sent.draft);
    WORKS(store, drafts_send(store->arena, store->db, sent.kari, sent.draft.id, 1, &store->err));
    WORKS(store,
          attachments_freeze(store->db, sent.kari, sent.draft.id, sent.submission.id, &store->err));
    return sent;
}

static struct supplement keep(struct store *store, const struct sent *sent)
{
    return (struct supplement){
        .id = crypto_random_id(store->arena, 128),
        .citizen_id = sent->kari,
        .submission_id = sent->submission.id,
        .promise_id = sent->promise.id,
        .delivery_id = store_delivery(store, sent->kari),
        .digest = crypto_sha256(BYTES_OF("documents")),
        .language = "nn",
        .received_at = 1900000001,
        .due_at = 1900000000,
    };
}

static bool add(struct store *store, const struct sent *sent, const struct supplement *supplement)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(store->db, &transaction, &store->err) &&
           supplements_add(store->arena, store->db, supplement, sent->draft.id,
                           BYTES_OF("%PDF-receipt"), &store->err) &&
           db_commit(&transaction, &store->err);
}

static void it_comes_back_as_it_was_sent_with_where_its_letter_is(void **state)
{
    struct store *store = *state;
    struct sent sent = promise(store);
    struct supplement wish = keep(store, &sent), read, *list;
    struct bytes receipt;
    size_t count;
    FAILS(store,
          supplements_of_promise(store->arena, store->db, sent.kari, sent.promise.id, &read,
                                 &store->err),
          ERROR_MISSING);

    WORKS(store, add(store, &sent, &wish));

    WORKS(store, supplements_of_promise(store->arena, store->db, sent.kari, sent.promise.id, &read,
                                        &store->err));
    assert_string_equal(read.id, wish.id);
    assert_string_equal(read.submission_id, sent.submission.id);
    assert_string_equal(read.language, "nn");
    assert_int_equal(read.received_at, 1900000001);
    assert_int_equal(read.due_at, 1900000000);
    assert_int_equal(read.delivery, OUTBOX_PENDING);
    assert_memory_equal(read.digest.bytes, wish.digest.bytes, CRYPTO_SHA256_BYTES);
    WORKS(store,
          supplements_receipt(store->arena, store->db, sent.kari, read.id, &receipt, &store->err));
    assert_int_equal(receipt.size, read.receipt_size_bytes);
    assert_memory_equal(receipt.data, "%PDF-receipt", 12);
    WORKS(store, supplements_list(store->arena, store->db, sent.kari, &list, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(list[0].promise_id, sent.promise.id);
}

static void d_4_a_promise_is_kept_once(void **state)
{
    struct store *store = *state;
    struct sent sent = promise(store);
    struct supplement first = keep(store, &sent), second = keep(store, &sent), read;
    WORKS(store, add(store, &sent, &first));

    FAILS(store, add(store, &sent, &second), ERROR_CONFLICT);

    WORKS(store, supplements_of_promise(store->arena, store->db, sent.kari, sent.promise.id, &read,
                                        &store->err));
    assert_string_equal(read.id, first.id);
}

static void sql_3_anothers_supplement_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    struct sent sent = promise(store);
    struct supplement wish = keep(store, &sent), read, *list;
    const char *ola = store_citizen(store, OLA);
    struct bytes receipt;
    size_t count = 9;
    WORKS(store, add(store, &sent, &wish));

    FAILS(store,
          supplements_of_promise(store->arena, store->db, ola, sent.promise.id, &read, &store->err),
          ERROR_MISSING);
    FAILS(store, supplements_receipt(store->arena, store->db, ola, wish.id, &receipt, &store->err),
          ERROR_MISSING);
    WORKS(store, supplements_list(store->arena, store->db, ola, &list, &count, &store->err));
    assert_int_equal(count, 0);
}

static void a_receipt_changed_at_rest_is_found_when_read(void **state)
{
    struct store *store = *state;
    struct sent sent = promise(store);
    struct supplement wish = keep(store, &sent);
    struct bytes receipt;
    WORKS(store, add(store, &sent, &wish));
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE supplements SET receipt = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("%PDF-another"))), NULL, &store->err));

    FAILS(store,
          supplements_receipt(store->arena, store->db, sent.kari, wish.id, &receipt, &store->err),
          ERROR_BROKEN);
}

static void ret_1_it_goes_with_its_submission_and_what_was_laid_up_too(void **state)
{
    struct store *store = *state;
    struct sent sent = promise(store);
    struct supplement wish = keep(store, &sent), *list;
    struct attachment document = {.requirement = "/hello/tax",
                                  .source = ATTACHMENT_DISK,
                                  .name = "skattemelding.pdf",
                                  .media_type = "application/pdf",
                                  .promise_id = sent.promise.id};
    size_t count = 9;
    int64_t kept;
    WORKS(store, attachments_add(store->arena, store->db, sent.kari, sent.draft.id, &document,
                                 CONTENT("%PDF-later"), &document, &store->err));
    WORKS(store, attachments_keep_promise(store->db, sent.kari, sent.promise.id, sent.submission.id,
                                          &kept, &store->err));
    WORKS(store, add(store, &sent, &wish));
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET keep_until = 1"), DB_NO_VALUES,
                         NULL, &store->err));

    WORKS(store, retention_delete_submissions(store->arena, store->db, 2, 10, &count, &store->err));

    assert_int_equal(count, 1);
    WORKS(store, supplements_list(store->arena, store->db, sent.kari, &list, &count, &store->err));
    assert_int_equal(count, 0);
    FAILS(store,
          attachments_find(store->arena, store->db, sent.kari, document.id, &document, &store->err),
          ERROR_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(it_comes_back_as_it_was_sent_with_where_its_letter_is),
        WITH_STORE(d_4_a_promise_is_kept_once),
        WITH_STORE(sql_3_anothers_supplement_is_as_missing_as_none),
        WITH_STORE(a_receipt_changed_at_rest_is_found_when_read),
        WITH_STORE(ret_1_it_goes_with_its_submission_and_what_was_laid_up_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
