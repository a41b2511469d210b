#include "storage/outbox_watch.h"

#include "storage/audit.h"

#define COLUMNS                                                                                    \
    "id, message_id, kind, state, channel, db_now_ms() - added_at_ms, next_at_ms - db_now_ms(), "  \
    "lease_until_ms > db_now_ms(), attempts, reason, done_at, opened_at, difference"

/* An hour is what a page promises, a day what a mailbox may take for its receipt. */
#define STUCK                                                                                      \
    "(state = 'dead' OR (state IN " OUTBOX_UNDERWAY " AND (reason <> '' "                          \
    "OR db_now_ms() - added_at_ms > CASE state WHEN 'accepted' THEN 86400000 ELSE 3600000 END)))"

static struct outbox_watched read_row(const struct db_rows *rows)
{
    int64_t next_in_ms = db_integer(rows, 6);
    struct outbox_watched watched = {
        .id = db_text(rows, 0),
        .message_id = db_text(rows, 1),
        .kind = outbox_kind_read(rows, 2),
        .state = outbox_state_read(rows, 3),
        .channel = db_text(rows, 4),
        .age_ms = db_integer(rows, 5),
        .is_leased = db_integer(rows, 7) != 0,
        .attempts = db_integer(rows, 8),
        .reason = db_text(rows, 9),
        .done_at = db_integer(rows, 10),
        .opened_at = db_integer(rows, 11),
        .difference = db_text(rows, 12),
    };
    bool waits = watched.state != OUTBOX_DONE && watched.state != OUTBOX_DEAD;
    watched.next_in_ms = waits && next_in_ms > 0 ? next_in_ms : 0;
    return watched;
}

bool outbox_watch_list(struct arena *arena, struct db *db, enum outbox_watch which, size_t most,
                       struct outbox_watched **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS " FROM outbox WHERE CASE $2 WHEN 0 THEN " STUCK
                         " WHEN 1 THEN state IN " OUTBOX_UNDERWAY " WHEN 2 THEN state = 'dead' "
                         "WHEN 3 THEN channel = 'print' WHEN 4 THEN difference <> '' ELSE TRUE END "
                         "ORDER BY CASE $2 WHEN 3 THEN -added_at_ms ELSE added_at_ms END, id "
                         "LIMIT $1"),
                  DB_VALUES(DB_INTEGER((int64_t)most), DB_INTEGER(which)), &rows, err))
        return false;
    struct outbox_watched *list = ARENA_ARRAY(arena, db_count(rows), struct outbox_watched);
    for (size_t i = 0; db_next(rows); i++)
        list[i] = read_row(rows);
    *out = list;
    *count = db_count(rows);
    return true;
}

bool outbox_watch_read(struct arena *arena, struct db *db, const char *id,
                       struct outbox_watched *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT " COLUMNS " FROM outbox WHERE id = $1"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "there is no such delivery");
    *out = read_row(rows);
    return true;
}

bool outbox_watch_retry(struct db *db, const char *id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    const struct audit_entry entry = {
        .actor = AUDIT_STAFF,
        .actor_id = "operator",
        .action = AUDIT_DELIVERY_RETRIED,
        .object_id = id,
        .succeeded = true,
    };
    return db_join(db, &transaction, err) && outbox_retry(db, id, err) &&
           audit_add(arena, db, &entry, err) && db_commit(&transaction, err);
}

bool outbox_watch_retry_all(struct db *db, const char *reason, int64_t *count, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_begin(db, &transaction, err) ||
        !db_query(arena, db, DB_SQL("SELECT id FROM outbox WHERE state = 'dead' AND reason = $1"),
                  DB_VALUES(DB_TEXT(reason)), &rows, err))
        return false;
    while (db_next(rows))
        if (!outbox_watch_retry(db, db_text(rows, 0), err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = (int64_t)db_count(rows);
    return true;
}

bool outbox_watch_reasons(struct arena *arena, struct db *db, size_t most,
                          struct outbox_given_up **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT reason, COUNT(*) FROM outbox WHERE state = 'dead' GROUP BY reason "
                         "ORDER BY COUNT(*) DESC, reason LIMIT $1"),
                  DB_VALUES(DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    struct outbox_given_up *reasons = ARENA_ARRAY(arena, db_count(rows), struct outbox_given_up);
    for (size_t i = 0; db_next(rows); i++)
        reasons[i] = (struct outbox_given_up){db_text(rows, 0), db_integer(rows, 1)};
    *out = reasons;
    *count = db_count(rows);
    return true;
}

bool outbox_watch_tally(struct arena *arena, struct db *db, struct outbox_tally **out,
                        size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT state, channel, COUNT(*), SUM(attempts), "
                         "MAX(db_now_ms() - added_at_ms), "
                         "SUM(CASE WHEN difference <> '' THEN 1 ELSE 0 END) "
                         "FROM outbox GROUP BY state, channel ORDER BY state, channel"),
                  DB_NO_VALUES, &rows, err))
        return false;
    struct outbox_tally *tallies = ARENA_ARRAY(arena, db_count(rows), struct outbox_tally);
    for (size_t i = 0; db_next(rows); i++)
        tallies[i] = (struct outbox_tally){
            .state = outbox_state_read(rows, 0),
            .channel = db_text(rows, 1),
            .count = db_integer(rows, 2),
            .attempts = db_integer(rows, 3),
            .oldest_ms = db_integer(rows, 4),
            .differences = db_integer(rows, 5),
        };
    *out = tallies;
    *count = db_count(rows);
    return true;
}

/* Comparing -------------------------------------------------------------------------------- */

bool outbox_watch_to_compare(struct arena *arena, struct db *db, int64_t since,
                             int64_t compared_before, size_t most, const char *const **ids,
                             size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(
            arena, db,
            DB_SQL("SELECT id FROM outbox WHERE compared_at < $2 AND channel NOT IN ('', 'print') "
                   "AND kind <> 'stop_sharing' "
                   "AND ((state = 'done' AND done_at >= $1) OR state = 'accepted') "
                   "ORDER BY compared_at, id LIMIT $3"),
            DB_VALUES(DB_INTEGER(since), DB_INTEGER(compared_before), DB_INTEGER((int64_t)most)),
            &rows, err))
        return false;
    const char **list = ARENA_ARRAY(arena, db_count(rows), const char *);
    for (size_t i = 0; db_next(rows); i++)
        list[i] = db_text(rows, 0);
    *ids = list;
    *count = db_count(rows);
    return true;
}

bool outbox_watch_compared(struct db *db, const char *id, int64_t at, const char *difference,
                           struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE outbox SET compared_at = $2, difference = $3 WHERE id = $1"),
                   DB_VALUES(DB_TEXT(id), DB_INTEGER(at), DB_TEXT(difference)), NULL, err);
}
