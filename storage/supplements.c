#include "storage/supplements.h"

#include "storage/keys.h"

#include <assert.h>

#define RECEIPT "supplements.receipt"
#define DIGESTS "supplements.digests"

#define COLUMNS                                                                                    \
    "s.id, s.citizen, s.submission, s.promise, s.delivery, s.digests, s.language, s.received_at, " \
    "s.due_at, s.receipt_size_bytes, o.state, o.done_at, o.reason, m.draft, o.channel, "           \
    "o.opened_at, o.mailbox"
#define FROM_ALL                                                                                   \
    " FROM supplements s JOIN outbox o ON o.id = s.delivery "                                      \
    "JOIN submissions m ON m.id = s.submission "

/* Of what was sent, then of the receipt. */
struct digests {
    struct crypto_sha256 sent, receipt;
};

static bool open_digests(struct arena *arena, struct db *db, const char *draft_id,
                         struct bytes sealed, struct supplement *supplement, struct error *err)
{
    struct keys_owner owner = {supplement->citizen_id, draft_id};
    struct bytes plain;
    struct digests digests;
    if (!keys_open(arena, db, owner, DIGESTS, supplement->id, sealed, &plain, err))
        return false;
    if (plain.size != sizeof digests)
        return error_set(err, ERROR_BROKEN, "the digests of %s are not two", supplement->id);
    memcpy(&digests, plain.data, sizeof digests);
    supplement->digest = digests.sent;
    supplement->receipt_sha256 = digests.receipt;
    return true;
}

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct supplement *out, struct error *err)
{
    struct supplement supplement = {
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .submission_id = db_text(rows, 2),
        .promise_id = db_text(rows, 3),
        .delivery_id = db_text(rows, 4),
        .language = db_text(rows, 6),
        .received_at = db_integer(rows, 7),
        .due_at = db_integer(rows, 8),
        .receipt_size_bytes = db_integer(rows, 9),
        .delivery = outbox_state_read(rows, 10),
        .delivered_at = db_integer(rows, 11),
        .delivery_reason = db_text(rows, 12),
        .channel = db_text(rows, 14),
        .opened_at = db_integer(rows, 15),
        .mailbox = db_text(rows, 16),
    };
    if (!open_digests(arena, db, db_text(rows, 13), db_bytes(rows, 5), &supplement, err))
        return false;
    *out = supplement;
    return true;
}

bool supplements_add(struct arena *arena, struct db *db, const struct supplement *s,
                     const char *draft_id, struct bytes receipt, struct error *err)
{
    assert(db_in_transaction(db));
    const struct keys_owner owner = {s->citizen_id, draft_id};
    const struct digests digests = {s->digest, crypto_sha256(receipt)};
    struct bytes sealed_receipt, sealed_digests;
    if (!keys_seal(arena, db, owner, RECEIPT, s->id, receipt, &sealed_receipt, err) ||
        !keys_seal(arena, db, owner, DIGESTS, s->id,
                   (struct bytes){(const unsigned char *)&digests, sizeof digests}, &sealed_digests,
                   err))
        return false;
    return db_exec(
        db,
        DB_SQL("INSERT INTO supplements (id, citizen, submission, promise, delivery, digests, "
               "language, received_at, due_at, receipt_size_bytes, receipt) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
        DB_VALUES(DB_TEXT(s->id), DB_TEXT(s->citizen_id), DB_TEXT(s->submission_id),
                  DB_TEXT(s->promise_id), DB_TEXT(s->delivery_id), DB_BYTES(sealed_digests),
                  DB_TEXT(s->language), DB_INTEGER(s->received_at), DB_INTEGER(s->due_at),
                  DB_INTEGER((int64_t)receipt.size), DB_BYTES(sealed_receipt)),
        NULL, err);
}

bool supplements_of_promise(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *promise_id, struct supplement *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_ALL "WHERE s.promise = $1 AND s.citizen = $2"),
                  DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "the promise is not kept");
    return read_row(arena, db, rows, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, int64_t most,
                 struct supplement **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_ALL "WHERE s.citizen = $1 "
                         "ORDER BY s.received_at DESC, s.id LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(most)), &rows, err))
        return false;
    struct supplement *supplements = ARENA_ARRAY(arena, db_count(rows), struct supplement);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &supplements[i], err))
            return false;
    *out = supplements;
    *count = db_count(rows);
    return true;
}

bool supplements_list(struct arena *arena, struct db *db, const char *citizen_id,
                      struct supplement **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, SUPPLEMENTS_LIST_MAX, out, count, err);
}

bool supplements_all(struct arena *arena, struct db *db, const char *citizen_id,
                     struct supplement **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, INT64_MAX, out, count, err);
}

bool supplements_receipt(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT s.receipt, m.draft" FROM_ALL "WHERE s.id = $1 AND s.citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such supplement");
    return keys_open(arena, db, (struct keys_owner){citizen_id, db_text(rows, 1)}, RECEIPT, id,
                     db_bytes(rows, 0), out, err);
}
