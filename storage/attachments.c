#include "storage/attachments.h"

#include "engine/base/clock.h"
#include "storage/shared_documents.h"

static const char *const source_names[] = {
    [ATTACHMENT_POSTBOX] = "postbox",
    [ATTACHMENT_DISK] = "disk",
    [ATTACHMENT_EARLIER] = "earlier",
    [ATTACHMENT_LATER] = "later",
};

#define COLUMNS                                                                                    \
    "id, citizen, draft, submission, requirement, position, source, name, media_type, "            \
    "size_bytes, sha256, verdict, added_at, expected_by, consent, document, issuer_number, "       \
    "issuer_name, delivered_at, fetched_at, promise, copied_from"

/* Of a row called p. */
#define IS_OPEN_PROMISE                                                                            \
    "p.source = 'later' AND p.submission IS NOT NULL AND NOT EXISTS "                              \
    "(SELECT 1 FROM attachments k WHERE k.promise = p.id AND k.submission IS NOT NULL)"

static struct attachment read_row(const struct db_rows *rows)
{
    return (struct attachment){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .draft_id = db_text(rows, 2),
        .submission_id = db_text(rows, 3),
        .requirement = db_text(rows, 4),
        .position = db_integer(rows, 5),
        .source = (enum attachment_source)db_choice(rows, 6, source_names, COUNT(source_names)),
        .name = db_text(rows, 7),
        .media_type = db_text(rows, 8),
        .size_bytes = db_integer(rows, 9),
        .sha256 = db_sha256(rows, 10),
        .verdict = db_text(rows, 11),
        .added_at = db_integer(rows, 12),
        .expected_by = db_integer(rows, 13),
        .consent_id = db_text(rows, 14),
        .document_id = db_text(rows, 15),
        .issuer_number = db_text(rows, 16),
        .issuer_name = db_text(rows, 17),
        .delivered_at = db_integer(rows, 18),
        .fetched_at = db_integer(rows, 19),
        .promise_id = db_text(rows, 20),
        .copied_from = db_text(rows, 21),
    };
}

static bool read_all(struct arena *arena, struct db_rows *rows, struct attachment **out,
                     size_t *count)
{
    struct attachment *attachments = ARENA_ARRAY(arena, db_count(rows), struct attachment);
    for (size_t i = 0; db_next(rows); i++)
        attachments[i] = read_row(rows);
    *out = attachments;
    *count = db_count(rows);
    return true;
}

static bool insert(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                   const struct attachment *a, struct bytes content, struct attachment *out,
                   struct error *err)
{
    struct crypto_sha256 digest = a->id ? a->sha256 : crypto_sha256(content);
    const char *id = a->id ? a->id : crypto_random_id(arena, 128);
    struct db_rows *rows = NULL;
    if (!db_query(
            arena, db,
            DB_SQL("INSERT INTO attachments (" COLUMNS ") "
                   "SELECT $1, citizen, id, NULL, $4, "
                   "(SELECT COALESCE(MAX(position), 0) + 1 FROM attachments WHERE draft = $2), "
                   "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20 "
                   "FROM drafts d WHERE id = $2 AND citizen = $3 AND "
                   "(CASE WHEN $19 IS NULL THEN state = 'open' ELSE EXISTS "
                   "(SELECT 1 FROM attachments p WHERE p.id = $19 AND p.draft = d.id "
                   "AND " IS_OPEN_PROMISE ") END) "
                   "RETURNING " COLUMNS),
            DB_VALUES(DB_TEXT(id), DB_TEXT(draft_id), DB_TEXT(citizen_id), DB_TEXT(a->requirement),
                      DB_TEXT(source_names[a->source]), DB_TEXT(a->name), DB_TEXT(a->media_type),
                      DB_INTEGER((int64_t)content.size), DB_SHA256(digest), DB_TEXT(a->verdict),
                      DB_INTEGER(a->id ? a->added_at : clock_now()), DB_INTEGER(a->expected_by),
                      DB_TEXT(a->consent_id), DB_TEXT(a->document_id), DB_TEXT(a->issuer_number),
                      DB_TEXT(a->issuer_name), DB_INTEGER(a->delivered_at),
                      DB_INTEGER(a->fetched_at), DB_TEXT(a->promise_id), DB_TEXT(a->copied_from)),
            &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such open draft");
    *out = read_row(rows);
    return true;
}

bool attachments_add(struct arena *arena, struct db *db, const char *citizen_id,
                     const char *draft_id, const struct attachment *attachment,
                     struct bytes content, struct attachment *out, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct attachment added;
    if (!db_join(db, &transaction, err) ||
        !insert(arena, db, citizen_id, draft_id, attachment, content, &added, err))
        return false;
    if (attachment->source != ATTACHMENT_LATER &&
        !db_exec(db,
                 DB_SQL("INSERT INTO attachment_contents (attachment, content) VALUES ($1, $2)"),
                 DB_VALUES(DB_TEXT(added.id), DB_BYTES(content)), NULL, err))
        return false;
    if (!db_commit(&transaction, err))
        return false;
    *out = added;
    return true;
}

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
           read_all(arena, rows, out, count);
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
           read_all(arena, rows, out, count);
}

bool attachments_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                      struct attachment *out, struct bytes *content, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS ", content FROM attachments "
                         "JOIN attachment_contents ON attachment = id "
                         "WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such attachment, or nothing in it");

    struct attachment attachment = read_row(rows);
    struct bytes bytes = db_bytes(rows, 22);
    if (!db_is_intact(bytes, &attachment.sha256))
        return error_set(err, ERROR_BROKEN, "attachment %s is not what was stored", id);
    *out = attachment;
    *content = bytes;
    return true;
}

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
                 DB_SQL("DELETE FROM attachments WHERE id = $1 AND citizen = $2 "
                        "AND submission IS NULL AND (promise IS NOT NULL OR EXISTS "
                        "(SELECT 1 FROM drafts WHERE drafts.id = attachments.draft "
                        "AND drafts.state = 'open'))"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &changed, err))
        return false;
    if (changed == 0)
        return error_set(err, ERROR_MISSING, "no such attachment of an open draft");
    return shared_documents_attachment_removed(db, id, err) && db_commit(&transaction, err);
}

bool attachments_count(struct arena *arena, struct db *db, const char *citizen_id,
                       const char *draft_id, struct attachments_usage *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT COALESCE(SUM(CASE WHEN draft = $2 THEN 1 ELSE 0 END), 0), "
                         "COALESCE(SUM(CASE WHEN draft = $2 THEN size_bytes ELSE 0 END), 0), "
                         "COALESCE(SUM(size_bytes), 0) "
                         "FROM attachments WHERE citizen = $1 AND submission IS NULL"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_TEXT(draft_id)), &rows, err))
        return false;
    *out = (struct attachments_usage){0};
    if (db_next(rows))
        *out = (struct attachments_usage){db_integer(rows, 0), db_integer(rows, 1),
                                          db_integer(rows, 2)};
    return true;
}

bool attachments_freeze(struct db *db, const char *citizen_id, const char *draft_id,
                        const char *submission_id, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE attachments SET submission = $3 "
                          "WHERE draft = $1 AND citizen = $2 AND submission IS NULL"),
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
    *out = read_row(rows);
    return true;
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
           read_all(arena, rows, out, count);
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
           read_all(arena, rows, out, count);
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
                   DB_SQL("UPDATE attachments SET submission = $3 "
                          "WHERE promise = $1 AND citizen = $2 AND submission IS NULL"),
                   DB_VALUES(DB_TEXT(promise_id), DB_TEXT(citizen_id), DB_TEXT(submission_id)),
                   count, err);
}
