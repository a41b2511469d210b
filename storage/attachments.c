#include "storage/attachments.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "storage/attachment_bytes.h"
#include "storage/attachment_checks.h"
#include "storage/keys.h"
#include "storage/shared_documents.h"

#include <assert.h>

static const char *const source_names[] = {
    [ATTACHMENT_POSTBOX] = "postbox",
    [ATTACHMENT_DISK] = "disk",
    [ATTACHMENT_EARLIER] = "earlier",
    [ATTACHMENT_LATER] = "later",
};

static const char *const state_names[] = {
    [ATTACHMENT_READY] = "ready",
    [ATTACHMENT_CHECKING] = "checking",
    [ATTACHMENT_HELD] = "held",
    [ATTACHMENT_REFUSED] = "refused",
};

static const char *const verdict_names[] = {
    [ATTACHMENT_UPLOADED] = "uploaded",
    [ATTACHMENT_ISSUER] = "issuer",
    [ATTACHMENT_UNCONFIRMED] = "unconfirmed",
    [ATTACHMENT_FAILED] = "failed",
};

const char *attachments_verdict_word(enum attachment_verdict verdict)
{
    return verdict_names[verdict];
}

/* The sealed ones, as they lie in the column `texts`. */
enum { TEXT_NAME, TEXT_ISSUER_NAME, TEXT_SIGNER, TEXT_DIGEST, TEXT_COUNT };
#define TEXTS "attachments.texts"

#define COLUMNS                                                                                    \
    "id, citizen, draft, submission, requirement, position, source, state, reason, "               \
    "active_content, verdict, media_type, size_bytes, added_at, expected_by, promise, "            \
    "copied_from, consent, document, issuer_number, delivered_at, fetched_at, signed_at, "         \
    "valid_until, texts"

/* Of a row called p. */
#define IS_OPEN_PROMISE                                                                            \
    "p.source = 'later' AND p.submission IS NOT NULL AND NOT EXISTS "                              \
    "(SELECT 1 FROM attachments k WHERE k.promise = p.id AND k.submission IS NOT NULL) "           \
    "AND NOT EXISTS (SELECT 1 FROM submissions w WHERE w.id = p.submission "                       \
    "AND w.state = 'withdrawn')"

static bool read_digest(struct arena *arena, const char *hex, struct attachment *row,
                        struct error *err)
{
    struct bytes digest;
    if (!hex || !codec_unhex(arena, hex, &digest) || digest.size != sizeof row->sha256.bytes)
        return error_set(err, ERROR_BROKEN, "the digest of attachment %s is not one", row->id);
    memcpy(row->sha256.bytes, digest.data, digest.size);
    return true;
}

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct attachment *out, struct error *err)
{
    struct attachment row = {
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .draft_id = db_text(rows, 2),
        .submission_id = db_text(rows, 3),
        .requirement = db_text(rows, 4),
        .position = db_integer(rows, 5),
        .source = (enum attachment_source)db_choice(rows, 6, source_names, COUNT(source_names)),
        .state = (enum attachment_state)db_choice(rows, 7, state_names, COUNT(state_names)),
        .reason = db_text(rows, 8),
        .active_content = db_integer(rows, 9) != 0,
        .verdict =
            (enum attachment_verdict)db_choice(rows, 10, verdict_names, COUNT(verdict_names)),
        .media_type = db_text(rows, 11),
        .size_bytes = db_integer(rows, 12),
        .added_at = db_integer(rows, 13),
        .expected_by = db_integer(rows, 14),
        .promise_id = db_text(rows, 15),
        .copied_from = db_text(rows, 16),
        .consent_id = db_text(rows, 17),
        .document_id = db_text(rows, 18),
        .issuer_number = db_text(rows, 19),
        .delivered_at = db_integer(rows, 20),
        .fetched_at = db_integer(rows, 21),
        .signed_at = db_integer(rows, 22),
        .valid_until = db_integer(rows, 23),
    };
    const char *texts[TEXT_COUNT];
    if (!keys_open_texts(arena, db, (struct keys_owner){row.citizen_id, row.draft_id}, TEXTS,
                         row.id, db_bytes(rows, 24), texts, COUNT(texts), err))
        return false;
    row.name = texts[TEXT_NAME];
    row.issuer_name = texts[TEXT_ISSUER_NAME];
    row.signer = texts[TEXT_SIGNER];
    if (!read_digest(arena, texts[TEXT_DIGEST], &row, err))
        return false;
    *out = row;
    return true;
}

static bool read_all(struct arena *arena, struct db *db, struct db_rows *rows,
                     struct attachment **out, size_t *count, struct error *err)
{
    struct attachment *attachments = ARENA_ARRAY(arena, db_count(rows), struct attachment);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &attachments[i], err))
            return false;
    *out = attachments;
    *count = db_count(rows);
    return true;
}

/* Adding ------------------------------------------------------------------------------------ */

/* Where it comes in the draft, which must take it: open, or with that promise not kept yet. */
static bool find_place(struct arena *arena, struct db *db, const char *citizen_id,
                       const char *draft_id, const char *promise_id, int64_t *position,
                       struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT (SELECT COALESCE(MAX(position), 0) + 1 FROM attachments "
                         "WHERE draft = $1) FROM drafts d WHERE id = $1 AND citizen = $2 AND "
                         "(CASE WHEN $3 IS NULL THEN state = 'open' ELSE EXISTS "
                         "(SELECT 1 FROM attachments p WHERE p.id = $3 AND p.draft = d.id "
                         "AND " IS_OPEN_PROMISE ") END)"),
                  DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id), DB_TEXT(promise_id)), &rows,
                  err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING,
                         promise_id ? "no such promise that is not kept yet"
                                    : "no such open draft");
    *position = db_integer(rows, 0);
    return true;
}

static bool insert(struct arena *arena, struct db *db, const struct attachment *a,
                   struct bytes head, struct error *err)
{
    const char *texts[TEXT_COUNT] = {
        [TEXT_NAME] = a->name,
        [TEXT_ISSUER_NAME] = a->issuer_name,
        [TEXT_SIGNER] = a->signer,
        [TEXT_DIGEST] = codec_hex(arena, (struct bytes){a->sha256.bytes, sizeof a->sha256.bytes}),
    };
    struct bytes sealed;
    if (!keys_seal_texts(arena, db, (struct keys_owner){a->citizen_id, a->draft_id}, TEXTS, a->id,
                         texts, COUNT(texts), &sealed, err))
        return false;
    return db_exec(
        db,
        DB_SQL("INSERT INTO attachments (" COLUMNS ", head) "
               "VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
               "$16, $17, $18, $19, $20, $21, $22, $23, $24, $25)"),
        DB_VALUES(DB_TEXT(a->id), DB_TEXT(a->citizen_id), DB_TEXT(a->draft_id),
                  DB_TEXT(a->requirement), DB_INTEGER(a->position),
                  DB_TEXT(source_names[a->source]), DB_TEXT(state_names[a->state]),
                  DB_TEXT(a->reason), DB_INTEGER(a->active_content),
                  DB_TEXT(verdict_names[a->verdict]), DB_TEXT(a->media_type),
                  DB_INTEGER(a->size_bytes), DB_INTEGER(a->added_at), DB_INTEGER(a->expected_by),
                  DB_TEXT(a->promise_id), DB_TEXT(a->copied_from), DB_TEXT(a->consent_id),
                  DB_TEXT(a->document_id), DB_TEXT(a->issuer_number), DB_INTEGER(a->delivered_at),
                  DB_INTEGER(a->fetched_at), DB_INTEGER(a->signed_at), DB_INTEGER(a->valid_until),
                  DB_BYTES(sealed), head.size ? DB_BYTES(head) : DB_NULL),
        NULL, err);
}

/* Row and bytes. */
static bool insert_whole(struct arena *arena, struct db *db, const struct attachment *row,
                         const struct content *content, struct error *err)
{
    CLEANUP(seal_writer_close) struct seal_writer *writer = NULL;
    struct attachment_bytes_place place = {db, row->id};
    struct bytes head = {NULL, 0};
    if (content && !attachment_bytes_begin(&place, row, &writer, &head, err))
        return false;
    return insert(arena, db, row, head, err) &&
           (!content || attachment_bytes_write(writer, row, content, err));
}

bool attachments_add(struct arena *arena, struct db *db, const char *citizen_id,
                     const char *draft_id, const struct attachment *attachment,
                     const struct content *content, struct attachment *out, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct attachment row = *attachment;
    row.citizen_id = citizen_id;
    row.draft_id = draft_id;
    row.submission_id = NULL;
    row.reason = row.reason ? row.reason : "";
    if (!row.id) {
        row.id = crypto_random_id(arena, 128);
        row.added_at = clock_now();
        row.sha256 = crypto_sha256((struct bytes){NULL, 0});
        if (content && !attachment_bytes_digest(content, &row.sha256, err))
            return false;
    }
    row.size_bytes = content ? content->size_bytes : 0;
    if (!db_join(db, &transaction, err) ||
        !find_place(arena, db, citizen_id, draft_id, row.promise_id, &row.position, err) ||
        !insert_whole(arena, db, &row, content, err) ||
        (row.state == ATTACHMENT_CHECKING && !attachment_checks_order(db, row.id, err)) ||
        !db_commit(&transaction, err))
        return false;
    *out = row;
    return true;
}

/* Reading ----------------------------------------------------------------------------------- */

bool attachments_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, struct attachment **out, size_t *count,
                          struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM attachments "
                           "WHERE draft = $1 AND citizen = $2 AND promise IS NULL "
                           "ORDER BY position"),
                    DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_of_submission(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *submission_id, struct attachment **out, size_t *count,
                               struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM attachments "
                           "WHERE submission = $1 AND citizen = $2 ORDER BY position"),
                    DB_VALUES(DB_TEXT(submission_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                      struct attachment *out, struct bytes *content, struct error *err)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    struct attachment row;
    struct bytes whole;
    if (!attachments_find(arena, db, citizen_id, id, &row, err) ||
        !attachment_bytes_open(db, &row, &bytes, err))
        return false;
    struct content stored = attachment_bytes_content(bytes);
    if (!content_whole(arena, &stored, ATTACHMENTS_WHOLE_MAX, &whole, err))
        return false;
    if (!db_is_intact(whole, &row.sha256))
        return error_set(err, ERROR_BROKEN, "attachment %s is not what was stored", id);
    *out = row;
    *content = whole;
    return true;
}

/* Changing ---------------------------------------------------------------------------------- */

bool attachments_require(struct db *db, const char *citizen_id, const char *id,
                         const char *requirement, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE attachments SET requirement = $3 WHERE id = $1 AND citizen = $2 "
                        "AND submission IS NULL"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_TEXT(requirement)), &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such attachment of an open draft");
}

bool attachments_remove(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t changed = 0;
    if (!db_join(db, &transaction, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE attachments SET head = NULL WHERE id = $1 AND citizen = $2 "
                        "AND submission IS NULL AND (promise IS NOT NULL OR EXISTS "
                        "(SELECT 1 FROM drafts WHERE drafts.id = attachments.draft "
                        "AND drafts.state = 'open'))"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &changed, err))
        return false;
    if (changed == 0)
        return error_set(err, ERROR_MISSING, "no such attachment of an open draft");
    return attachment_bytes_destroy(db, id, err) &&
           db_exec(db, DB_SQL("DELETE FROM attachments WHERE id = $1"), DB_VALUES(DB_TEXT(id)),
                   NULL, err) &&
           shared_documents_attachment_removed(db, id, err) && db_commit(&transaction, err);
}

bool attachments_count(struct arena *arena, struct db *db, const char *citizen_id,
                       const char *draft_id, struct attachments_usage *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT COALESCE(SUM(CASE WHEN draft = $2 THEN 1 ELSE 0 END), 0), "
                         "COALESCE(SUM(CASE WHEN draft = $2 THEN size_bytes ELSE 0 END), 0), "
                         "COALESCE(SUM(size_bytes), 0) "
                         "FROM attachments WHERE citizen = $1 AND submission IS NULL "
                         "AND state <> 'refused'"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_TEXT(draft_id)), &rows, err))
        return false;
    *out = (struct attachments_usage){0};
    if (db_next(rows))
        *out = (struct attachments_usage){db_integer(rows, 0), db_integer(rows, 1),
                                          db_integer(rows, 2)};
    return true;
}

bool attachments_checked(struct db *db, const char *id, enum attachment_state state,
                         const char *reason, bool *changed, struct error *err)
{
    assert(db_in_transaction(db));
    int64_t count = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE attachments SET state = $2, reason = $3 WHERE id = $1 "
                        "AND state IN ('checking', 'held')"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(state_names[state]), DB_TEXT(reason)), &count, err))
        return false;
    *changed = count == 1;
    return !*changed || state != ATTACHMENT_REFUSED || attachment_bytes_destroy(db, id, err);
}

bool attachments_fail(struct db *db, const char *citizen_id, const char *id, const char *reason,
                      bool *changed, struct error *err)
{
    assert(db_in_transaction(db));
    int64_t count = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE attachments SET state = 'refused', verdict = 'failed', reason = $3 "
                        "WHERE id = $1 AND citizen = $2 AND submission IS NULL "
                        "AND state = 'ready' AND source <> 'later'"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_TEXT(reason)), &count, err))
        return false;
    *changed = count == 1;
    return !*changed || attachment_bytes_destroy(db, id, err);
}

bool attachments_freeze(struct db *db, const char *citizen_id, const char *draft_id,
                        const char *submission_id, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE attachments SET submission = $3 WHERE draft = $1 "
                          "AND citizen = $2 AND submission IS NULL AND state = 'ready'"),
                   DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id), DB_TEXT(submission_id)), NULL,
                   err);
}

bool attachments_find(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                      struct attachment *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS " FROM attachments WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such attachment");
    return read_row(arena, db, rows, out, err);
}

/* $1: the citizen, $2: now. */
#define MAY_BE_USED_AGAIN                                                                          \
    "citizen = $1 AND source <> 'later' AND state = 'ready' AND verdict <> 'failed' "              \
    "AND submission IN (SELECT s.id FROM submissions s WHERE s.citizen = $1 "                      \
    "AND (s.keep_until = 0 OR s.keep_until > $2))"

bool attachments_sent(struct arena *arena, struct db *db, const char *citizen_id, int64_t now,
                      struct attachment **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(
               arena, db,
               DB_SQL("SELECT " COLUMNS " FROM attachments WHERE " MAY_BE_USED_AGAIN
                      " ORDER BY added_at DESC, id LIMIT $3"),
               DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(now), DB_INTEGER(ATTACHMENTS_SENT_MAX)),
               &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_has_sent(struct arena *arena, struct db *db, const char *citizen_id, int64_t now,
                          bool *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM attachments WHERE " MAY_BE_USED_AGAIN " LIMIT 1"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(now)), &rows, err))
        return false;
    *out = db_count(rows) > 0;
    return true;
}

struct attachment attachments_again(const struct attachment *sent)
{
    struct attachment copy = *sent;
    copy.id = copy.draft_id = copy.submission_id = copy.requirement = NULL;
    copy.promise_id = copy.consent_id = copy.document_id = copy.reason = NULL;
    copy.position = copy.expected_by = 0;
    copy.source = ATTACHMENT_EARLIER;
    copy.copied_from = sent->id;
    copy.fetched_at = sent->fetched_at ? sent->fetched_at : sent->added_at;
    return copy;
}

bool attachments_promised(struct arena *arena, struct db *db, const char *citizen_id,
                          struct attachment **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM attachments p "
                           "WHERE citizen = $1 AND " IS_OPEN_PROMISE
                           " ORDER BY expected_by, id LIMIT $2"),
                    DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(ATTACHMENTS_PROMISED_MAX)), &rows,
                    err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_of_promise(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *promise_id, struct attachment **out, size_t *count,
                            struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM attachments "
                           "WHERE promise = $1 AND citizen = $2 ORDER BY position"),
                    DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_laid_up(struct arena *arena, struct db *db, const char *citizen_id,
                         const char *submission_id, struct attachment **out, size_t *count,
                         struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM attachments WHERE submission IS NULL "
                           "AND citizen = $2 AND promise IN "
                           "(SELECT id FROM attachments WHERE submission = $1) "
                           "ORDER BY added_at, position"),
                    DB_VALUES(DB_TEXT(submission_id), DB_TEXT(citizen_id)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool attachments_expect(struct db *db, const char *citizen_id, const char *promise_id,
                        int64_t expected_by, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE attachments SET expected_by = $3 "
                        "WHERE id = $1 AND citizen = $2 AND source = 'later'"),
                 DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id), DB_INTEGER(expected_by)),
                 &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such promise");
}

bool attachments_keep_promise(struct db *db, const char *citizen_id, const char *promise_id,
                              const char *submission_id, int64_t *count, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE attachments SET submission = $3 WHERE promise = $1 "
                          "AND citizen = $2 AND submission IS NULL AND state = 'ready'"),
                   DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id), DB_TEXT(submission_id)),
                   count, err);
}
