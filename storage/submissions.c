#include "storage/submissions.h"

#include "engine/base/clock.h"
#include "storage/keys.h"

#include <assert.h>

#define ANSWERS "submissions.answers"
#define RECEIPT "submissions.receipt"
#define DIGESTS "submissions.digests"

/* Its receipt letter stands beside it: has there been one, in which state, delivered when. */
#define LISTED_COLUMNS                                                                             \
    "s.id, s.citizen, s.reference, s.draft, s.submit_key, s.form, s.form_version, s.language, "    \
    "s.received_at, s.receipt_size_bytes, o.state, o.done_at, o.reason, o.channel, o.opened_at, "  \
    "o.mailbox, s.state"
#define ALL_COLUMNS LISTED_COLUMNS ", s.answers, s.digests"
#define FROM_BOTH                                                                                  \
    " FROM submissions s LEFT JOIN outbox o ON o.submission = s.id AND o.kind = 'receipt' "

static const char *const state_names[] = {
    [SUBMISSION_SENT] = "sent",
    [SUBMISSION_WITHDRAWN] = "withdrawn",
    [SUBMISSION_DECIDED] = "decided",
};

static struct submission read_listed(const struct db_rows *rows)
{
    struct submission submission = {
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .reference = db_text(rows, 2),
        .draft_id = db_text(rows, 3),
        .submit_key = db_text(rows, 4),
        .form_id = db_text(rows, 5),
        .form_version = db_text(rows, 6),
        .language = db_text(rows, 7),
        .received_at = db_integer(rows, 8),
        .receipt_size_bytes = db_integer(rows, 9),
        .has_delivery = !db_is_null(rows, 10),
        .state = (enum submission_state)db_choice(rows, 16, state_names, COUNT(state_names)),
    };
    if (submission.has_delivery) {
        submission.delivery = outbox_state_read(rows, 10);
        submission.delivered_at = db_integer(rows, 11);
        submission.delivery_reason = db_text(rows, 12);
        submission.channel = db_text(rows, 13);
        submission.opened_at = db_integer(rows, 14);
        submission.mailbox = db_text(rows, 15);
    }
    return submission;
}

static struct keys_owner owner_of(const struct submission *submission)
{
    return (struct keys_owner){submission->citizen_id, submission->draft_id};
}

/* Of what was sent, then of the receipt. */
struct digests {
    struct crypto_sha256 sent, receipt;
};

static bool open_digests(struct arena *arena, struct db *db, struct bytes sealed,
                         struct submission *submission, struct error *err)
{
    struct bytes plain;
    struct digests digests;
    if (!keys_open(arena, db, owner_of(submission), DIGESTS, submission->id, sealed, &plain, err))
        return false;
    if (plain.size != sizeof digests)
        return error_set(err, ERROR_BROKEN, "the digests of %s are not two", submission->id);
    memcpy(&digests, plain.data, sizeof digests);
    submission->digest = digests.sent;
    submission->receipt_sha256 = digests.receipt;
    return true;
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows,
                     struct submission *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such submission");
    struct submission submission = read_listed(rows);
    if (!keys_open(arena, db, owner_of(&submission), ANSWERS, submission.id, db_bytes(rows, 17),
                   &submission.answers, err) ||
        !open_digests(arena, db, db_bytes(rows, 18), &submission, err))
        return false;
    *out = submission;
    return true;
}

bool submissions_number(struct arena *arena, struct db *db, const char *series, int64_t *out,
                        struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("INSERT INTO submission_numbers (series, last) VALUES ($1, 1) "
                         "ON CONFLICT (series) DO UPDATE SET last = submission_numbers.last + 1 "
                         "RETURNING last"),
                  DB_VALUES(DB_TEXT(series)), &rows, err))
        return false;
    bool counted = db_next(rows);
    assert(counted);
    *out = db_integer(rows, 0);
    return true;
}

bool submissions_reference(struct arena *arena, struct db *db, const char *prefix,
                           int64_t received_at, const char **out, struct error *err)
{
    const char *series = arena_printf(arena, "%s-%04d", prefix, clock_oslo(received_at).year);
    int64_t number;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join_soon(db, &transaction, err) ||
        !submissions_number(arena, db, series, &number, err) || !db_commit(&transaction, err))
        return false;
    *out = arena_printf(arena, "%s-%06lld", series, (long long)number);
    return true;
}

bool submissions_skip_references(struct db *db, int64_t count, struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE submission_numbers SET last = last + $1"),
                   DB_VALUES(DB_INTEGER(count)), NULL, err);
}

bool submissions_add(struct db *db, const struct submission *s, struct bytes receipt,
                     struct error *err)
{
    assert(db_in_transaction(db));
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const struct digests digests = {s->digest, crypto_sha256(receipt)};
    struct bytes answers, sealed_receipt, sealed_digests;
    if (!keys_seal(arena, db, owner_of(s), ANSWERS, s->id, s->answers, &answers, err) ||
        !keys_seal(arena, db, owner_of(s), RECEIPT, s->id, receipt, &sealed_receipt, err) ||
        !keys_seal(arena, db, owner_of(s), DIGESTS, s->id,
                   (struct bytes){(const unsigned char *)&digests, sizeof digests}, &sealed_digests,
                   err))
        return false;
    return db_exec(
        db,
        DB_SQL("INSERT INTO submissions (id, citizen, reference, draft, submit_key, digests, form, "
               "form_version, language, received_at, receipt_size_bytes, answers, receipt, "
               "keep_until) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"),
        DB_VALUES(DB_TEXT(s->id), DB_TEXT(s->citizen_id), DB_TEXT(s->reference),
                  DB_TEXT(s->draft_id), DB_TEXT(s->submit_key), DB_BYTES(sealed_digests),
                  DB_TEXT(s->form_id), DB_TEXT(s->form_version), DB_TEXT(s->language),
                  DB_INTEGER(s->received_at), DB_INTEGER((int64_t)receipt.size), DB_BYTES(answers),
                  DB_BYTES(sealed_receipt), DB_INTEGER(s->keep_until)),
        NULL, err);
}

bool submissions_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                      struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " ALL_COLUMNS FROM_BOTH "WHERE s.id = $1 AND s.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

bool submissions_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " ALL_COLUMNS FROM_BOTH "WHERE s.draft = $1 AND s.citizen = $2"),
                    DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

bool submissions_of_key(struct arena *arena, struct db *db, const char *citizen_id,
                        const char *submit_key, struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(
               arena, db,
               DB_SQL("SELECT " ALL_COLUMNS FROM_BOTH "WHERE s.submit_key = $1 AND s.citizen = $2"),
               DB_VALUES(DB_TEXT(submit_key), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

/* One statement, which holds the row until the transaction ends; what else is decided in that is
 * decided over this state. from: another that will do, or the same. */
static bool move(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                 enum submission_state from, enum submission_state also_from,
                 const enum submission_state *to, struct error *err)
{
    assert(db_in_transaction(db));
    int64_t changed = 0;
    struct submission found;
    if (!db_exec(db,
                 DB_SQL("UPDATE submissions SET state = COALESCE($5, state) "
                        "WHERE id = $1 AND citizen = $2 AND state IN ($3, $4)"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_TEXT(state_names[from]),
                           DB_TEXT(state_names[also_from]), DB_TEXT(to ? state_names[*to] : NULL)),
                 &changed, err))
        return false;
    if (changed == 1)
        return true;
    return submissions_read(arena, db, citizen_id, id, &found, err) &&
           error_set(err, ERROR_CONFLICT, "the submission is %s", state_names[found.state]);
}

bool submissions_become(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                        enum submission_state state, struct error *err)
{
    assert(state != SUBMISSION_SENT);
    return move(arena, db, citizen_id, id, SUBMISSION_SENT,
                state == SUBMISSION_DECIDED ? SUBMISSION_DECIDED : SUBMISSION_SENT, &state, err);
}

bool submissions_take_more(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *id, struct error *err)
{
    return move(arena, db, citizen_id, id, SUBMISSION_SENT, SUBMISSION_DECIDED, NULL, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, int64_t most,
                 struct submission **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " LISTED_COLUMNS FROM_BOTH "WHERE s.citizen = $1 "
                         "ORDER BY s.received_at DESC, s.reference DESC LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(most)), &rows, err))
        return false;
    struct submission *submissions = ARENA_ARRAY(arena, db_count(rows), struct submission);
    for (size_t i = 0; db_next(rows); i++)
        submissions[i] = read_listed(rows);
    *out = submissions;
    *count = db_count(rows);
    return true;
}

bool submissions_list(struct arena *arena, struct db *db, const char *citizen_id,
                      struct submission **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, SUBMISSIONS_LIST_MAX, out, count, err);
}

bool submissions_all(struct arena *arena, struct db *db, const char *citizen_id,
                     struct submission **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, INT64_MAX, out, count, err);
}

bool submissions_count(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT COUNT(*) FROM submissions"), DB_NO_VALUES, &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

bool submissions_of_reference(struct arena *arena, struct db *db, const char *reference,
                              struct submission *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT " LISTED_COLUMNS FROM_BOTH "WHERE s.reference = $1"),
                  DB_VALUES(DB_TEXT(reference)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such submission");
    *out = read_listed(rows);
    return true;
}

bool submissions_receipt(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                         struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT receipt, draft FROM submissions WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such submission");
    return keys_open(arena, db, (struct keys_owner){citizen_id, db_text(rows, 1)}, RECEIPT, id,
                     db_bytes(rows, 0), out, err);
}
