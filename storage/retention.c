#include "storage/retention.h"

#include "storage/attachment_bytes.h"
#include "storage/audit.h"
#include "storage/deletions.h"
#include "storage/drafts.h"
#include "storage/keys.h"
#include "storage/outbox.h"

static bool delete_draft(struct arena *arena, struct db *db, const char *citizen_id,
                         const char *draft_id, struct error *err)
{
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = citizen_id,
        .action = AUDIT_RETENTION_DELETED,
        .object_id = draft_id,
        .succeeded = true,
        .request_id = "",
    };
    return drafts_delete(db, citizen_id, draft_id, err) && audit_add(arena, db, &entry, err);
}

bool retention_delete_drafts(struct arena *arena, struct db *db, const char *form_id,
                             int64_t saved_before, size_t most, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT citizen, id FROM drafts WHERE state = 'open' AND saved_at < $1 "
                         "AND ($3 IS NULL OR form = $3) ORDER BY saved_at, id LIMIT $2"),
                  DB_VALUES(DB_INTEGER(saved_before), DB_INTEGER((int64_t)most), DB_TEXT(form_id)),
                  &rows, err))
        return false;
    while (db_next(rows))
        if (!delete_draft(arena, db, db_text(rows, 0), db_text(rows, 1), err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = db_count(rows);
    return true;
}

/* The key first (S-KEY-6), then everything that names it. */
static bool delete_submission(struct arena *arena, struct db *db, const char *citizen_id,
                              const char *id, const char *draft_id, struct error *err)
{
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = citizen_id,
        .action = AUDIT_RETENTION_DELETED,
        .object_id = id,
        .succeeded = true,
        .request_id = "",
    };
    struct db_values own = DB_VALUES(DB_TEXT(id)), draft = DB_VALUES(DB_TEXT(draft_id));
    return keys_shred(db, (struct keys_owner){citizen_id, draft_id}, err) &&
           db_exec(db, DB_SQL("DELETE FROM supplements WHERE submission = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM withdrawals WHERE submission = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM decisions WHERE submission = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM letter_links WHERE submission = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM outbox WHERE submission = $1"), own, NULL, err) &&
           db_exec(db,
                   DB_SQL("DELETE FROM outbox WHERE consent IN "
                          "(SELECT id FROM consents WHERE draft = $1)"),
                   draft, NULL, err) &&
           attachment_bytes_destroy_submission(db, id, err) &&
           db_exec(db, DB_SQL("DELETE FROM attachments WHERE submission = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM submissions WHERE id = $1"), own, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM drafts WHERE id = $1"), draft, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM consents WHERE draft = $1"), draft, NULL, err) &&
           audit_add(arena, db, &entry, err);
}

bool retention_delete_submissions(struct arena *arena, struct db *db, int64_t now, size_t most,
                                  size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT s.citizen, s.id, s.draft FROM submissions s "
                         "WHERE s.keep_until > 0 AND s.keep_until < $1 "
                         "AND NOT EXISTS (SELECT 1 FROM outbox o WHERE (o.submission = s.id "
                         "OR o.consent IN (SELECT id FROM consents WHERE draft = s.draft)) "
                         "AND o.state IN " OUTBOX_UNDERWAY ") "
                         "AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.draft = s.draft "
                         "AND c.state IN ('asked', 'shared')) "
                         "ORDER BY s.keep_until, s.id LIMIT $2"),
                  DB_VALUES(DB_INTEGER(now), DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    while (db_next(rows))
        if (!delete_submission(arena, db, db_text(rows, 0), db_text(rows, 1), db_text(rows, 2),
                               err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = db_count(rows);
    return true;
}

/* Again, what was done before a backup was put back -------------------------------------------- */

/* A draft that was not sent when the backup was made may have been since, so its state does not
 * count; a citizen's key takes those of all drafts with it. */
static bool delete_again(struct arena *arena, struct db *db, const char *owner_id,
                         struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT d.citizen, s.id FROM drafts d "
                         "LEFT JOIN submissions s ON s.draft = d.id WHERE d.id = $1"),
                  DB_VALUES(DB_TEXT(owner_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return keys_shred(db, (struct keys_owner){.citizen_id = owner_id}, err);
    if (db_is_null(rows, 1))
        return delete_draft(arena, db, db_text(rows, 0), owner_id, err);
    return delete_submission(arena, db, db_text(rows, 0), db_text(rows, 1), owner_id, err);
}

bool retention_replay(struct arena *arena, struct db *db, const char *ledger_path, size_t *count,
                      struct error *err)
{
    const char *const *owner_ids;
    int64_t end = 0;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!deletions_read(arena, db, ledger_path, &owner_ids, count, &end, err))
        return false;
    if (!*count)
        return true;
    if (!db_begin(db, &transaction, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!delete_again(arena, db, owner_ids[i], err))
            return false;
    return deletions_mark(db, end, err) && db_commit(&transaction, err);
}

bool retention_promise(struct arena *arena, struct db *db, const char *form_id,
                       int64_t (*keep_until_of)(const void *context, int64_t received_at),
                       const void *context, size_t most, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, received_at FROM submissions "
                         "WHERE keep_until = 0 AND form = $1 LIMIT $2"),
                  DB_VALUES(DB_TEXT(form_id), DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    *count = db_count(rows);
    if (!*count)
        return true;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    while (db_next(rows))
        if (!db_exec(db, DB_SQL("UPDATE submissions SET keep_until = $2 WHERE id = $1"),
                     DB_VALUES(DB_TEXT(db_text(rows, 0)),
                               DB_INTEGER(keep_until_of(context, db_integer(rows, 1)))),
                     NULL, err))
            return false;
    return db_commit(&transaction, err);
}

bool retention_forget_packages(struct db *db, size_t most, size_t *count, struct error *err)
{
    static const struct bytes nothing = {0};
    int64_t forgotten = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE form_packages SET content = $2, sha256 = $3 "
                        "WHERE (form, digest) IN "
                        "(SELECT p.form, p.digest FROM form_packages p WHERE LENGTH(p.content) > 0 "
                        "AND p.number < "
                        "(SELECT MAX(number) FROM form_packages n WHERE n.form = p.form) "
                        "AND NOT EXISTS (SELECT 1 FROM drafts d "
                        "WHERE d.form = p.form AND d.form_version = p.digest) "
                        "AND NOT EXISTS (SELECT 1 FROM submissions s "
                        "WHERE s.form = p.form AND s.form_version = p.digest) "
                        "AND NOT EXISTS (SELECT 1 FROM earlier_answers e "
                        "JOIN drafts d ON d.id = e.draft "
                        "WHERE d.form = p.form AND e.form_version = p.digest) LIMIT $1)"),
                 DB_VALUES(DB_INTEGER((int64_t)most), DB_BYTES(nothing),
                           DB_SHA256(crypto_sha256(nothing))),
                 &forgotten, err))
        return false;
    *count = (size_t)forgotten;
    return true;
}
