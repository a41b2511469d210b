#include "storage/submissions.h"

#include "engine/base/clock.h"

#include <assert.h>

/* Its receipt letter stands beside it: has there been one, in which state, delivered when. */
#define LISTED_COLUMNS                                                                             \
    "s.id, s.citizen, s.reference, s.draft, s.submit_key, s.digest, s.form, s.form_version, "      \
    "s.language, s.received_at, s.receipt_sha256, s.receipt_size_bytes, o.state, o.done_at, "      \
    "o.reason"
#define FROM_BOTH                                                                                  \
    " FROM submissions s LEFT JOIN outbox o ON o.submission = s.id AND o.kind = 'receipt' "

static struct submission read_listed(const struct db_rows *rows)
{
    struct submission submission = {
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .reference = db_text(rows, 2),
        .draft_id = db_text(rows, 3),
        .submit_key = db_text(rows, 4),
        .digest = db_sha256(rows, 5),
        .form_id = db_text(rows, 6),
        .form_version = db_text(rows, 7),
        .language = db_text(rows, 8),
        .received_at = db_integer(rows, 9),
        .receipt_sha256 = db_sha256(rows, 10),
        .receipt_size_bytes = db_integer(rows, 11),
        .has_delivery = !db_is_null(rows, 12),
    };
    if (submission.has_delivery) {
        submission.delivery = outbox_state_read(rows, 12);
        submission.delivered_at = db_integer(rows, 13);
        submission.delivery_reason = db_text(rows, 14);
    }
    return submission;
}

static bool read_one(struct db_rows *rows, struct submission *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such submission");
    *out = read_listed(rows);
    out->answers = db_bytes(rows, 15);
    return true;
}

bool submissions_reference(struct arena *arena, struct db *db, const char *prefix,
                           int64_t received_at, const char **out, struct error *err)
{
    const char *series = arena_printf(arena, "%s-%04d", prefix, clock_oslo(received_at).year);
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("INSERT INTO submission_numbers (series, last) VALUES ($1, 1) "
                         "ON CONFLICT (series) DO UPDATE SET last = submission_numbers.last + 1 "
                         "RETURNING last"),
                  DB_VALUES(DB_TEXT(series)), &rows, err))
        return false;
    bool counted = db_next(rows);
    assert(counted);
    *out = arena_printf(arena, "%s-%06lld", series, (long long)db_integer(rows, 0));
    return true;
}

bool submissions_add(struct db *db, const struct submission *s, struct bytes receipt,
                     struct error *err)
{
    assert(db_in_transaction(db));
    struct crypto_sha256 receipt_digest = crypto_sha256(receipt);
    return db_exec(
        db,
        DB_SQL("INSERT INTO submissions (id, citizen, reference, draft, submit_key, digest, form, "
               "form_version, language, received_at, receipt_sha256, receipt_size_bytes, answers, "
               "receipt, keep_until) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"),
        DB_VALUES(DB_TEXT(s->id), DB_TEXT(s->citizen_id), DB_TEXT(s->reference),
                  DB_TEXT(s->draft_id), DB_TEXT(s->submit_key), DB_SHA256(s->digest),
                  DB_TEXT(s->form_id), DB_TEXT(s->form_version), DB_TEXT(s->language),
                  DB_INTEGER(s->received_at), DB_SHA256(receipt_digest),
                  DB_INTEGER((int64_t)receipt.size), DB_BYTES(s->answers), DB_BYTES(receipt),
                  DB_INTEGER(s->keep_until)),
        NULL, err);
}

bool submissions_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                      struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " LISTED_COLUMNS ", s.answers" FROM_BOTH
                           "WHERE s.id = $1 AND s.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(rows, out, err);
}

bool submissions_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " LISTED_COLUMNS ", s.answers" FROM_BOTH
                           "WHERE s.draft = $1 AND s.citizen = $2"),
                    DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(rows, out, err);
}

bool submissions_of_key(struct arena *arena, struct db *db, const char *citizen_id,
                        const char *submit_key, struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " LISTED_COLUMNS ", s.answers" FROM_BOTH
                           "WHERE s.submit_key = $1 AND s.citizen = $2"),
                    DB_VALUES(DB_TEXT(submit_key), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(rows, out, err);
}

bool submissions_list(struct arena *arena, struct db *db, const char *citizen_id,
                      struct submission **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " LISTED_COLUMNS FROM_BOTH "WHERE s.citizen = $1 "
                         "ORDER BY s.received_at DESC, s.reference DESC LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(SUBMISSIONS_LIST_MAX)), &rows, err))
        return false;
    struct submission *submissions = ARENA_ARRAY(arena, db_count(rows), struct submission);
    for (size_t i = 0; db_next(rows); i++)
        submissions[i] = read_listed(rows);
    *out = submissions;
    *count = db_count(rows);
    return true;
}

bool submissions_receipt(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT receipt, receipt_sha256 FROM submissions "
                         "WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such submission");
    struct bytes receipt = db_bytes(rows, 0);
    struct crypto_sha256 digest = db_sha256(rows, 1);
    if (!db_is_intact(receipt, &digest))
        return error_set(err, ERROR_BROKEN, "the receipt of %s is not what was stored", id);
    *out = receipt;
    return true;
}
