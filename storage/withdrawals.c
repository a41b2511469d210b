#include "storage/withdrawals.h"

#include "storage/keys.h"
#include "storage/submissions.h"

#include <assert.h>

#define RECEIPT "withdrawals.receipt"

#define FROM_ALL                                                                                   \
    " FROM withdrawals w JOIN outbox o ON o.id = w.delivery "                                      \
    "JOIN submissions m ON m.id = w.submission "

bool withdrawals_add(struct arena *arena, struct db *db, const struct withdrawal *w,
                     const char *draft_id, struct bytes receipt, struct error *err)
{
    assert(db_in_transaction(db));
    struct bytes sealed;
    int64_t number;
    return submissions_number(arena, db, "withdrawals", &number, err) &&
           keys_seal(arena, db, (struct keys_owner){w->citizen_id, draft_id}, RECEIPT, w->id,
                     receipt, &sealed, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO withdrawals (id, citizen, submission, delivery, "
                          "withdrawn_at, number, receipt_size_bytes, receipt) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
                   DB_VALUES(DB_TEXT(w->id), DB_TEXT(w->citizen_id), DB_TEXT(w->submission_id),
                             DB_TEXT(w->delivery_id), DB_INTEGER(w->withdrawn_at),
                             DB_INTEGER(number), DB_INTEGER((int64_t)receipt.size),
                             DB_BYTES(sealed)),
                   NULL, err);
}

bool withdrawals_of_submission(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *submission_id, struct withdrawal *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT w.id, w.citizen, w.submission, w.delivery, w.withdrawn_at, "
                         "w.number, w.receipt_size_bytes, o.state, o.done_at, o.reason, o.channel, "
                         "o.mailbox, o.opened_at" FROM_ALL
                         "WHERE w.submission = $1 AND w.citizen = $2"),
                  DB_VALUES(DB_TEXT(submission_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "the submission is not withdrawn");
    *out = (struct withdrawal){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .submission_id = db_text(rows, 2),
        .delivery_id = db_text(rows, 3),
        .withdrawn_at = db_integer(rows, 4),
        .number = db_integer(rows, 5),
        .receipt_size_bytes = db_integer(rows, 6),
        .delivery = outbox_state_read(rows, 7),
        .delivered_at = db_integer(rows, 8),
        .delivery_reason = db_text(rows, 9),
        .channel = db_text(rows, 10),
        .mailbox = db_text(rows, 11),
        .opened_at = db_integer(rows, 12),
    };
    return true;
}

bool withdrawals_receipt(struct arena *arena, struct db *db, const char *citizen_id,
                         const char *submission_id, struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT w.id, w.receipt, m.draft" FROM_ALL
                         "WHERE w.submission = $1 AND w.citizen = $2"),
                  DB_VALUES(DB_TEXT(submission_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "the submission is not withdrawn");
    return keys_open(arena, db, (struct keys_owner){citizen_id, db_text(rows, 2)}, RECEIPT,
                     db_text(rows, 0), db_bytes(rows, 1), out, err);
}

bool withdrawals_after(struct arena *arena, struct db *db, int64_t number,
                       struct withdrawal_told **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT w.number, m.reference, m.form, w.withdrawn_at FROM withdrawals w "
                         "JOIN submissions m ON m.id = w.submission WHERE w.number > $1 "
                         "ORDER BY w.number LIMIT $2"),
                  DB_VALUES(DB_INTEGER(number), DB_INTEGER(WITHDRAWALS_LIST_MAX)), &rows, err))
        return false;
    struct withdrawal_told *told = ARENA_ARRAY(arena, db_count(rows), struct withdrawal_told);
    for (size_t i = 0; db_next(rows); i++)
        told[i] = (struct withdrawal_told){
            .number = db_integer(rows, 0),
            .reference = db_text(rows, 1),
            .form_id = db_text(rows, 2),
            .withdrawn_at = db_integer(rows, 3),
        };
    *out = told;
    *count = db_count(rows);
    return true;
}
