#include "storage/supplements.h"

#include <assert.h>

#define COLUMNS                                                                                    \
    "s.id, s.citizen, s.submission, s.promise, s.delivery, s.digest, s.language, s.received_at, "  \
    "s.due_at, s.receipt_sha256, s.receipt_size_bytes, o.state, o.done_at, o.reason"
#define FROM_BOTH " FROM supplements s JOIN outbox o ON o.id = s.delivery "

static struct supplement read_row(const struct db_rows *rows)
{
    return (struct supplement){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .submission_id = db_text(rows, 2),
        .promise_id = db_text(rows, 3),
        .delivery_id = db_text(rows, 4),
        .digest = db_sha256(rows, 5),
        .language = db_text(rows, 6),
        .received_at = db_integer(rows, 7),
        .due_at = db_integer(rows, 8),
        .receipt_sha256 = db_sha256(rows, 9),
        .receipt_size_bytes = db_integer(rows, 10),
        .delivery = outbox_state_read(rows, 11),
        .delivered_at = db_integer(rows, 12),
        .delivery_reason = db_text(rows, 13),
    };
}

bool supplements_add(struct arena *arena, struct db *db, const struct supplement *s,
                     const char *draft_id, struct bytes receipt, struct error *err)
{
    assert(db_in_transaction(db));
    (void)arena, (void)draft_id;
    return db_exec(
        db,
        DB_SQL("INSERT INTO supplements (id, citizen, submission, promise, delivery, digest, "
               "language, received_at, due_at, receipt_sha256, receipt_size_bytes, receipt) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
        DB_VALUES(DB_TEXT(s->id), DB_TEXT(s->citizen_id), DB_TEXT(s->submission_id),
                  DB_TEXT(s->promise_id), DB_TEXT(s->delivery_id), DB_SHA256(s->digest),
                  DB_TEXT(s->language), DB_INTEGER(s->received_at), DB_INTEGER(s->due_at),
                  DB_SHA256(crypto_sha256(receipt)), DB_INTEGER((int64_t)receipt.size),
                  DB_BYTES(receipt)),
        NULL, err);
}

bool supplements_of_promise(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *promise_id, struct supplement *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE s.promise = $1 AND s.citizen = $2"),
                  DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "the promise is not kept");
    *out = read_row(rows);
    return true;
}

bool supplements_list(struct arena *arena, struct db *db, const char *citizen_id,
                      struct supplement **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE s.citizen = $1 "
                         "ORDER BY s.received_at DESC, s.id LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(SUPPLEMENTS_LIST_MAX)), &rows, err))
        return false;
    struct supplement *supplements = ARENA_ARRAY(arena, db_count(rows), struct supplement);
    for (size_t i = 0; db_next(rows); i++)
        supplements[i] = read_row(rows);
    *out = supplements;
    *count = db_count(rows);
    return true;
}

bool supplements_receipt(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT receipt, receipt_sha256 FROM supplements "
                         "WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such supplement");
    struct bytes receipt = db_bytes(rows, 0);
    struct crypto_sha256 digest = db_sha256(rows, 1);
    if (!db_is_intact(receipt, &digest))
        return error_set(err, ERROR_BROKEN, "the receipt of %s is not what was stored", id);
    *out = receipt;
    return true;
}
