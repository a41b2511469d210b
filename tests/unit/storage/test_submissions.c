/* test_submissions.c - what was sent, as it was sent. */
#include "store.h"

static void references_count_up_by_prefix_and_year(void **state)
{
    struct store *store = *state;
    enum { DECEMBER_31_2026_22_59_UTC = 1798757940 };
    static const struct {
        const char *prefix;
        int64_t at;
        const char *expected;
    } cases[] = {
        {"FB", DECEMBER_31_2026_22_59_UTC, "FB-2026-000001"},
        {"FB", DECEMBER_31_2026_22_59_UTC, "FB-2026-000002"},
        {"SB", DECEMBER_31_2026_22_59_UTC, "SB-2026-000001"},
        {"FB", DECEMBER_31_2026_22_59_UTC + 60, "FB-2027-000001"}, /* it is midnight in Norway */
        {"FB", DECEMBER_31_2026_22_59_UTC, "FB-2026-000003"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *reference = NULL;
        WORKS(store, submissions_reference(store->arena, store->db, cases[i].prefix, cases[i].at,
                                           &reference, &store->err));
        assert_string_equal(reference, cases[i].expected);
    }
}

static void a_submission_comes_back_as_it_was_sent(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct submission sent = store_submission(store, kari, &draft);
    struct submission read[3];
    WORKS(store, submissions_read(store->arena, store->db, kari, sent.id, &read[0], &store->err));
    WORKS(store,
          submissions_of_draft(store->arena, store->db, kari, draft.id, &read[1], &store->err));
    WORKS(store, submissions_of_key(store->arena, store->db, kari, draft.submit_key, &read[2],
                                    &store->err));
    for (size_t i = 0; i < COUNT(read); i++) {
        assert_string_equal(read[i].id, sent.id);
        assert_string_equal(read[i].reference, "HE-2027-000001");
        assert_memory_equal(read[i].digest.bytes, sent.digest.bytes, CRYPTO_SHA256_BYTES);
        assert_memory_equal(read[i].answers.data, sent.answers.data, sent.answers.size);
        assert_false(read[i].has_delivery);
    }
    struct bytes receipt;
    WORKS(store,
          submissions_receipt(store->arena, store->db, kari, sent.id, &receipt, &store->err));
    assert_int_equal(receipt.size, strlen("%PDF-receipt"));
    assert_memory_equal(receipt.data, "%PDF-receipt", receipt.size);
}

static void d_3_a_draft_and_its_key_are_sent_once(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct draft other = store_draft(store, kari);
    struct submission sent = store_submission(store, kari, &draft);

    struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    struct submission again = sent;
    again.id = "another-id";
    again.reference = "HE-2027-000099";
    again.submit_key = other.submit_key;
    FAILS(store, submissions_add(store->db, &again, BYTES_OF("%PDF"), &store->err), ERROR_CONFLICT);
    again.submit_key = sent.submit_key;
    again.draft_id = other.id;
    FAILS(store, submissions_add(store->db, &again, BYTES_OF("%PDF"), &store->err), ERROR_CONFLICT);
    again.submit_key = other.submit_key;
    again.reference = sent.reference;
    FAILS(store, submissions_add(store->db, &again, BYTES_OF("%PDF"), &store->err), ERROR_CONFLICT);
    db_end(&transaction);
}

static void sql_3_anothers_submission_is_as_missing_as_none(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    const char *ola = store_citizen(store, OLA);
    struct draft draft = store_draft(store, kari);
    struct submission sent = store_submission(store, kari, &draft), read;
    struct bytes receipt;
    FAILS(store, submissions_read(store->arena, store->db, ola, sent.id, &read, &store->err),
          ERROR_MISSING);
    FAILS(store, submissions_of_draft(store->arena, store->db, ola, draft.id, &read, &store->err),
          ERROR_MISSING);
    FAILS(store,
          submissions_of_key(store->arena, store->db, ola, draft.submit_key, &read, &store->err),
          ERROR_MISSING);
    FAILS(store, submissions_receipt(store->arena, store->db, ola, sent.id, &receipt, &store->err),
          ERROR_MISSING);
}

static void the_list_tells_where_each_receipt_letter_is(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft drafts[2] = {store_draft(store, kari), store_draft(store, kari)};
    struct submission first = store_submission(store, kari, &drafts[0]);
    struct submission second = store_submission(store, kari, &drafts[1]);
    const char *letter = store_delivery(store, kari);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE outbox SET submission = $2 WHERE id = $1"),
                         DB_VALUES(DB_TEXT(letter), DB_TEXT(first.id)), NULL, &store->err));

    struct submission *list = NULL;
    size_t count = 0;
    WORKS(store, submissions_list(store->arena, store->db, kari, &list, &count, &store->err));
    assert_int_equal(count, 2);
    assert_string_equal(list[0].id, second.id);
    assert_false(list[0].has_delivery);
    assert_true(list[1].has_delivery);
    assert_int_equal(list[1].delivery, OUTBOX_PENDING);
    assert_int_equal(list[1].delivered_at, 0);
}

static void a_receipt_changed_at_rest_is_found_when_read(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    struct submission sent = store_submission(store, kari, &draft);
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE submissions SET receipt = $1"),
                         DB_VALUES(DB_BYTES(BYTES_OF("%PDF-forged!"))), NULL, &store->err));
    struct bytes receipt;
    FAILS(store, submissions_receipt(store->arena, store->db, kari, sent.id, &receipt, &store->err),
          ERROR_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(references_count_up_by_prefix_and_year),
        WITH_STORE(a_submission_comes_back_as_it_was_sent),
        WITH_STORE(d_3_a_draft_and_its_key_are_sent_once),
        WITH_STORE(sql_3_anothers_submission_is_as_missing_as_none),
        WITH_STORE(the_list_tells_where_each_receipt_letter_is),
        WITH_STORE(a_receipt_changed_at_rest_is_found_when_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
