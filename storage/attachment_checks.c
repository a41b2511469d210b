#include "storage/attachment_checks.h"

#include "storage/attachments.h"

bool attachment_checks_order(struct db *db, const char *attachment_id, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO attachment_checks (attachment, due_at_ms, attempts) "
                          "VALUES ($1, db_now_ms(), 0)"),
                   DB_VALUES(DB_TEXT(attachment_id)), NULL, err);
}

/* One UPDATE chooses and marks, so that two workers never get the same. */
bool attachment_checks_lease(struct arena *arena, struct db *db, int64_t lease_ms,
                             struct attachment_check *out, bool *found, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *leased = NULL, *rows = NULL;
    *found = false;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("UPDATE attachment_checks SET due_at_ms = db_now_ms() + $1, "
                         "attempts = attempts + 1 WHERE attachment = "
                         "(SELECT attachment FROM attachment_checks "
                         "WHERE due_at_ms <= db_now_ms() ORDER BY due_at_ms LIMIT 1) "
                         "RETURNING attachment, attempts"),
                  DB_VALUES(DB_INTEGER(lease_ms)), &leased, err))
        return false;
    if (!db_next(leased))
        return true;
    struct attachment_check check = {.attachment_id = db_text(leased, 0),
                                     .attempts = db_integer(leased, 1)};
    if (!db_query(arena, db, DB_SQL("SELECT citizen, draft FROM attachments WHERE id = $1"),
                  DB_VALUES(DB_TEXT(check.attachment_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_BROKEN, "a check without its attachment");
    check.citizen_id = db_text(rows, 0);
    check.draft_id = db_text(rows, 1);
    if (!db_commit(&transaction, err))
        return false;
    *out = check;
    *found = true;
    return true;
}

/* Over: the row goes, and the attachment says what it came to. */
static bool settle(struct db *db, const struct attachment_check *check, enum attachment_state state,
                   const char *reason, bool *mine, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t deleted = 0;
    bool changed = false;
    *mine = false;
    if (!db_join(db, &transaction, err) ||
        !db_exec(
            db, DB_SQL("DELETE FROM attachment_checks WHERE attachment = $1 AND attempts = $2"),
            DB_VALUES(DB_TEXT(check->attachment_id), DB_INTEGER(check->attempts)), &deleted, err))
        return false;
    if (!deleted)
        return true;
    if (!attachments_checked(db, check->attachment_id, state, reason, &changed, err) ||
        !db_commit(&transaction, err))
        return false;
    *mine = changed;
    return true;
}

bool attachment_checks_passed(struct db *db, const struct attachment_check *check, bool *mine,
                              struct error *err)
{
    return settle(db, check, ATTACHMENT_READY, "", mine, err);
}

bool attachment_checks_refused(struct db *db, const struct attachment_check *check,
                               const char *reason, bool *mine, struct error *err)
{
    return settle(db, check, ATTACHMENT_REFUSED, reason, mine, err);
}

bool attachment_checks_held(struct db *db, const struct attachment_check *check, const char *reason,
                            int64_t wait_ms, bool *mine, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t moved = 0;
    bool changed = false;
    *mine = false;
    if (!db_join(db, &transaction, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE attachment_checks SET due_at_ms = db_now_ms() + $3 "
                        "WHERE attachment = $1 AND attempts = $2"),
                 DB_VALUES(DB_TEXT(check->attachment_id), DB_INTEGER(check->attempts),
                           DB_INTEGER(wait_ms)),
                 &moved, err))
        return false;
    if (!moved)
        return true;
    if (!attachments_checked(db, check->attachment_id, ATTACHMENT_HELD, reason, &changed, err) ||
        !db_commit(&transaction, err))
        return false;
    *mine = changed;
    return true;
}

bool attachment_checks_release(struct db *db, const struct attachment_check *check,
                               struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE attachment_checks SET due_at_ms = db_now_ms() "
                          "WHERE attachment = $1 AND attempts = $2"),
                   DB_VALUES(DB_TEXT(check->attachment_id), DB_INTEGER(check->attempts)), NULL,
                   err);
}

bool attachment_checks_due_in_ms(struct arena *arena, struct db *db, int64_t *out,
                                 struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT MIN(due_at_ms) - db_now_ms() FROM attachment_checks"),
                  DB_NO_VALUES, &rows, err))
        return false;
    bool none = !db_next(rows) || db_is_null(rows, 0);
    int64_t in_ms = none ? ATTACHMENT_CHECKS_NONE : db_integer(rows, 0);
    *out = in_ms < 0 ? 0 : in_ms;
    return true;
}
