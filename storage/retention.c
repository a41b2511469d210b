#include "storage/retention.h"

#include "storage/audit.h"
#include "storage/drafts.h"

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

bool retention_delete_drafts(struct arena *arena, struct db *db, int64_t saved_before, size_t most,
                             size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT citizen, id FROM drafts WHERE state = 'open' AND saved_at < $1 "
                         "ORDER BY saved_at, id LIMIT $2"),
                  DB_VALUES(DB_INTEGER(saved_before), DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    while (db_next(rows))
        if (!delete_draft(arena, db, db_text(rows, 0), db_text(rows, 1), err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = db_count(rows);
    return true;
}

bool retention_delete_packages(struct db *db, size_t most, size_t *count, struct error *err)
{
    int64_t deleted = 0;
    if (!db_exec(db,
                 DB_SQL("DELETE FROM form_packages WHERE (form, digest) IN "
                        "(SELECT p.form, p.digest FROM form_packages p WHERE p.number < "
                        "(SELECT MAX(number) FROM form_packages n WHERE n.form = p.form) "
                        "AND NOT EXISTS (SELECT 1 FROM drafts d "
                        "WHERE d.form = p.form AND d.form_version = p.digest) "
                        "AND NOT EXISTS (SELECT 1 FROM submissions s "
                        "WHERE s.form = p.form AND s.form_version = p.digest) "
                        "AND NOT EXISTS (SELECT 1 FROM earlier_answers e "
                        "JOIN drafts d ON d.id = e.draft "
                        "WHERE d.form = p.form AND e.form_version = p.digest) LIMIT $1)"),
                 DB_VALUES(DB_INTEGER((int64_t)most)), &deleted, err))
        return false;
    *count = (size_t)deleted;
    return true;
}
