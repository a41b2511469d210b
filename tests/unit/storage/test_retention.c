/* test_retention.c - what is past its time goes, and nothing else. */
#include "store.h"

#include "engine/base/clock.h"
#include "storage/audit.h"
#include "storage/retention.h"

static void ret_1_old_drafts_go_oldest_first_in_batches_and_leave_an_audit_row(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    clock_set(1800000000);
    store_draft(store, kari);
    store_draft(store, kari);
    clock_set(1800000000 + 40 * 86400);
    struct draft fresh = store_draft(store, kari);
    int64_t before = clock_now() - 30 * 86400;

    size_t first, second;
    WORKS(store,
          retention_delete_drafts(store->arena, store->db, NULL, before, 1, &first, &store->err));
    WORKS(store, retention_delete_drafts(store->arena, store->db, "hello", before, 10, &second,
                                         &store->err));
    clock_set(0);

    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
    struct draft *left;
    size_t count;
    WORKS(store, drafts_list(store->arena, store->db, kari, &left, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(left[0].id, fresh.id);
    struct audit_entry *entries;
    WORKS(store, audit_list(store->arena, store->db, kari, &entries, &count, &store->err));
    assert_int_equal(count, 2);
    assert_int_equal(entries[0].action, AUDIT_RETENTION_DELETED);
}

static void ret_1_a_sent_draft_is_not_touched(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, draft.revision, &store->err));

    size_t count;
    WORKS(store, retention_delete_drafts(store->arena, store->db, NULL, clock_now() + 10, 10,
                                         &count, &store->err));

    assert_int_equal(count, 0);
}

/* A submission with an attachment, its letter in that state, to be kept until then. */
static struct submission sent(struct store *store, const char *kari, int64_t keep_until,
                              bool delivered)
{
    struct draft draft = store_draft(store, kari);
    struct consent consent = store_consent(store, kari, draft.id);
    store_attachment(store, kari, draft.id, "%PDF-1");
    struct submission submission = store_submission(store, kari, &draft);
    const char *id;
    struct delivery letter = {.kind = OUTBOX_RECEIPT,
                              .citizen_id = kari,
                              .submission_id = submission.id,
                              .message_id = crypto_random_id(store->arena, 128),
                              .payload = BYTES_OF("{}")};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, attachments_freeze(store->db, kari, draft.id, submission.id, &store->err));
    WORKS(store, outbox_add(store->arena, store->db, &letter, &id, &store->err));
    WORKS(store, drafts_send(store->arena, store->db, kari, draft.id, draft.revision, &store->err));
    WORKS(store,
          consents_become(store->arena, store->db, consent.id, CONSENT_EXPIRED, NULL, &store->err));
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE submissions SET keep_until = $1 WHERE id = $2"),
                  DB_VALUES(DB_INTEGER(keep_until), DB_TEXT(submission.id)), NULL, &store->err));
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE outbox SET state = $1 WHERE citizen = $2"),
                         DB_VALUES(DB_TEXT(delivered ? "done" : "unknown"), DB_TEXT(kari)), NULL,
                         &store->err));
    WORKS(store, db_commit(&transaction, &store->err));
    return submission;
}

static int64_t rows_in(struct store *store, struct db_sql sql)
{
    struct db_rows *rows = NULL;
    WORKS(store, db_query(store->arena, store->db, sql, DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    return db_integer(rows, 0);
}

static size_t delete_submissions(struct store *store, int64_t now)
{
    size_t count;
    WORKS(store,
          retention_delete_submissions(store->arena, store->db, now, 10, &count, &store->err));
    return count;
}

static void ret_1_what_was_sent_goes_with_everything_of_it_when_its_time_is_over(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    struct submission old = sent(store, kari, 1800000000, true);
    struct submission kept = sent(store, kari, 1900000000, true);

    assert_int_equal(delete_submissions(store, 1800000000), 0);
    assert_int_equal(delete_submissions(store, 1800000001), 1);

    struct submission *left;
    size_t count;
    WORKS(store, submissions_list(store->arena, store->db, kari, &left, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(left[0].id, kept.id);
    assert_int_equal(rows_in(store, DB_SQL("SELECT COUNT(*) FROM drafts")), 1);
    assert_int_equal(rows_in(store, DB_SQL("SELECT COUNT(*) FROM attachments")), 1);
    assert_int_equal(rows_in(store, DB_SQL("SELECT COUNT(*) FROM attachment_chunks")), 1);
    assert_int_equal(rows_in(store, DB_SQL("SELECT COUNT(*) FROM consents")), 1);
    assert_int_equal(rows_in(store, DB_SQL("SELECT COUNT(*) FROM outbox "
                                           "WHERE submission IS NOT NULL")),
                     1);
    struct audit_entry *entries;
    WORKS(store, audit_list(store->arena, store->db, kari, &entries, &count, &store->err));
    assert_int_equal(entries[0].action, AUDIT_RETENTION_DELETED);
    assert_string_equal(entries[0].object_id, old.id);
}

static void ret_1_nothing_goes_while_its_letter_is_on_the_way(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    sent(store, kari, 1800000000, false);
    assert_int_equal(delete_submissions(store, 1900000000), 0);
}

static void ret_1_without_a_known_time_nothing_goes_until_it_is_given_one(void **state)
{
    struct store *store = *state;
    const char *kari = store_citizen(store, KARI);
    sent(store, kari, 0, true);
    assert_int_equal(delete_submissions(store, INT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(ret_1_old_drafts_go_oldest_first_in_batches_and_leave_an_audit_row),
        WITH_STORE(ret_1_a_sent_draft_is_not_touched),
        WITH_STORE(ret_1_what_was_sent_goes_with_everything_of_it_when_its_time_is_over),
        WITH_STORE(ret_1_nothing_goes_while_its_letter_is_on_the_way),
        WITH_STORE(ret_1_without_a_known_time_nothing_goes_until_it_is_given_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
