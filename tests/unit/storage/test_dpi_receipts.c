/* test_dpi_receipts.c - what mailboxes said is kept as it came, and only as long as its letter. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/dpi_receipts.h"

#define RECEIPT_ID "c1a4d6f2-9a0b-4a6a-bb52-0f1f2a3b4c01"
#define JWS "eyJ.what the mailbox signed.c2ln"

static struct delivery letter(struct store *store)
{
    struct delivery delivery;
    struct db_rows *rows = NULL;
    const char *id = store_delivery(store, store_citizen(store, KARI));
    WORKS(store,
          db_query(store->arena, store->db, DB_SQL("SELECT message_id FROM outbox WHERE id = $1"),
                   DB_VALUES(DB_TEXT(id)), &rows, &store->err));
    assert_true(db_next(rows));
    WORKS(store,
          outbox_of_message(store->arena, store->db, db_text(rows, 0), &delivery, &store->err));
    return delivery;
}

static bool add(struct store *store, const struct delivery *delivery, bool *is_new)
{
    const struct sbd_receipt receipt = {
        .type = SBD_DELIVERED, .message_id = RECEIPT_ID, .happened_at = 1768465869};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(store->db, &transaction, &store->err) &&
           dpi_receipts_add(store->arena, store->db, delivery, &receipt, JWS, is_new,
                            &store->err) &&
           db_commit(&transaction, &store->err);
}

static bool list(struct store *store, const struct delivery *delivery, size_t *count)
{
    struct dpi_receipt *receipts;
    return dpi_receipts_list(store->arena, store->db, delivery, &receipts, count, &store->err);
}

static void a_receipt_is_kept_once(void **state)
{
    struct store *store = *state;
    struct delivery delivery = letter(store);
    bool is_new = false;
    size_t count = 0;
    WORKS(store, add(store, &delivery, &is_new));
    assert_true(is_new);
    WORKS(store, add(store, &delivery, &is_new));
    assert_false(is_new);
    WORKS(store, list(store, &delivery, &count));
    assert_int_equal(count, 1);
}

static void key_3_it_lies_sealed_and_a_changed_one_is_not_given(void **state)
{
    struct store *store = *state;
    struct delivery delivery = letter(store);
    struct db_rows *rows = NULL;
    bool is_new;
    size_t count;
    WORKS(store, add(store, &delivery, &is_new));
    WORKS(store, db_query(store->arena, store->db, DB_SQL("SELECT jws FROM dpi_receipts"),
                          DB_NO_VALUES, &rows, &store->err));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 0);
    assert_null(memmem(sealed.data, sealed.size, "mailbox", 7));
    unsigned char *changed = (unsigned char *)arena_bytes(store->arena, sealed).data;
    changed[sealed.size / 2] ^= 1;
    WORKS(store,
          db_exec(store->db, DB_SQL("UPDATE dpi_receipts SET jws = $1"),
                  DB_VALUES(DB_BYTES(((struct bytes){changed, sealed.size}))), NULL, &store->err));
    FAILS(store, list(store, &delivery, &count), ERROR_BROKEN);
    WORKS(store, db_exec(store->db,
                         DB_SQL("UPDATE dpi_receipts SET jws = $1, "
                                "id = 'c1a4d6f2-9a0b-4a6a-bb52-0f1f2a3b4c02'"),
                         DB_VALUES(DB_BYTES(sealed)), NULL, &store->err));
    FAILS(store, list(store, &delivery, &count), ERROR_BROKEN); /* in the place of another */
}

static void it_goes_with_its_letter(void **state)
{
    struct store *store = *state;
    struct delivery delivery = letter(store);
    bool is_new;
    size_t count = 7;
    WORKS(store, add(store, &delivery, &is_new));
    WORKS(store, db_exec(store->db, DB_SQL("DELETE FROM outbox WHERE id = $1"),
                         DB_VALUES(DB_TEXT(delivery.id)), NULL, &store->err));
    WORKS(store, list(store, &delivery, &count));
    assert_int_equal(count, 0);
}

/* How many submissions of hers have a letter that she was not told of. */
static size_t unnoticed(struct store *store, const char *citizen_id, int64_t since)
{
    const char *const *ids;
    size_t count = 0;
    WORKS(store, dpi_receipts_unnoticed(store->arena, store->db, citizen_id, since, &ids, &count,
                                        &store->err));
    return count;
}

static void a_notice_that_failed_is_told_until_the_letter_is_opened(void **state)
{
    struct store *store = *state;
    struct delivery delivery = letter(store);
    struct draft draft = store_draft(store, delivery.citizen_id);
    struct submission submission = store_submission(store, delivery.citizen_id, &draft);
    const struct sbd_receipt receipt = {
        .type = SBD_NOTICE_FAILED, .message_id = RECEIPT_ID, .happened_at = 1768465869};
    bool is_new, moved;
    WORKS(store, db_exec(store->db, DB_SQL("UPDATE outbox SET submission = $1"),
                         DB_VALUES(DB_TEXT(submission.id)), NULL, &store->err));
    WORKS(store,
          outbox_of_message(store->arena, store->db, delivery.message_id, &delivery, &store->err));
    assert_int_equal(unnoticed(store, delivery.citizen_id, 0), 0);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    WORKS(store, db_begin(store->db, &transaction, &store->err));
    WORKS(store, dpi_receipts_add(store->arena, store->db, &delivery, &receipt, JWS, &is_new,
                                  &store->err));
    WORKS(store, db_commit(&transaction, &store->err));

    assert_int_equal(unnoticed(store, delivery.citizen_id, 0), 1);
    assert_int_equal(unnoticed(store, delivery.citizen_id, 1768465869), 0); /* too long ago */
    assert_int_equal(unnoticed(store, store_citizen(store, OLA), 0), 0);
    WORKS(store, outbox_opened(store->db, delivery.message_id, 1768465870, &moved, &store->err));
    assert_int_equal(unnoticed(store, delivery.citizen_id, 0), 0);
}

static void what_is_set_aside_is_known_again_and_cut_where_it_is_too_long(void **state)
{
    struct store *store = *state;
    bool kept = false, is_new = false;
    int64_t first_at = 0;
    char *text = arena_alloc(store->arena, 3 * DPI_RECEIPTS_ASIDE_BYTES);
    memset(text, 'a', 3 * DPI_RECEIPTS_ASIDE_BYTES - 1);
    int64_t before = clock_now();
    WORKS(store, dpi_receipts_set_aside(store->arena, store->db, text, "too long", &kept, &first_at,
                                        &is_new, &store->err));
    assert_true(kept && is_new && first_at >= before);
    clock_set(clock_now() + 3600);
    int64_t again_at = 0;
    WORKS(store, dpi_receipts_set_aside(store->arena, store->db, text, "too long", &kept, &again_at,
                                        &is_new, &store->err));
    clock_set(0);
    assert_true(kept && !is_new && again_at == first_at);
    struct dpi_receipt *aside;
    size_t count;
    WORKS(store, dpi_receipts_aside(store->arena, store->db, 10, &aside, &count, &store->err));
    assert_int_equal(count, 1);
    assert_string_equal(aside[0].kind, "too long");
    assert_int_equal(strlen(aside[0].jws), DPI_RECEIPTS_ASIDE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_receipt_is_kept_once),
        WITH_STORE(key_3_it_lies_sealed_and_a_changed_one_is_not_given),
        WITH_STORE(it_goes_with_its_letter),
        WITH_STORE(a_notice_that_failed_is_told_until_the_letter_is_opened),
        WITH_STORE(what_is_set_aside_is_known_again_and_cut_where_it_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
