#include "engine/base/clock.h"
#include "storage/outbox.h"

#include <assert.h>

enum { FIRST_WAIT_MS = 2000, MOST_WAIT_MS = 15 * 60 * 1000 };

/* What became of it ------------------------------------------------------------------------- */

/* One arrow of the state machine, for the one who holds the lease. What dies after they had it may
 * be there: whoever takes it up again asks first. */
static bool move(struct db *db, struct delivery *delivery, enum outbox_state to, int64_t wait_ms,
                 const char *reason, struct error *err)
{
    assert(outbox_may(delivery->state, to));
    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms > OUTBOX_MOST_WAIT_MS)
        wait_ms = OUTBOX_MOST_WAIT_MS;
    int64_t done_at = to == OUTBOX_DONE ? clock_now() : 0;
    int64_t lease_ms = to == OUTBOX_SENDING ? delivery->lease_ms : 0;
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE outbox SET state = $4, next_at_ms = db_now_ms() + $5, "
                        "lease_until_ms = CASE WHEN $6 > 0 THEN db_now_ms() + $6 ELSE 0 END, "
                        "sends = sends + CASE WHEN $4 = 'sending' THEN 1 "
                        "WHEN $4 = 'pending' AND state = 'sending' THEN -1 ELSE 0 END, "
                        "sending_at_ms = CASE WHEN $4 = 'sending' "
                        "THEN db_now_ms() ELSE sending_at_ms END, "
                        "unknown_at_ms = CASE $4 WHEN 'unknown' "
                        "THEN COALESCE(unknown_at_ms, db_now_ms()) "
                        "WHEN 'dead' THEN CASE state WHEN 'accepted' THEN db_now_ms() "
                        "ELSE unknown_at_ms END ELSE NULL END, "
                        "done_at = $7, reason = $8, channel = $9, "
                        "mailbox = $10 "
                        "WHERE id = $1 AND fence = $2 AND state = $3"),
                 DB_VALUES(DB_TEXT(delivery->id), DB_INTEGER(delivery->fence),
                           DB_TEXT(outbox_state_name(delivery->state)),
                           DB_TEXT(outbox_state_name(to)), DB_INTEGER(wait_ms),
                           DB_INTEGER(lease_ms), DB_INTEGER(done_at), DB_TEXT(reason),
                           DB_TEXT(delivery->channel), DB_TEXT(delivery->mailbox)),
                 &changed, err))
        return false;
    if (changed == 0)
        return error_set(err, ERROR_CONFLICT, "delivery %s was taken over by another worker",
                         delivery->id);
    delivery->state = to;
    return true;
}

bool outbox_sending(struct db *db, struct delivery *delivery, const char *channel,
                    struct error *err)
{
    assert(!db_in_transaction(db));
    struct delivery sending = *delivery;
    sending.channel = channel;
    if (!move(db, &sending, OUTBOX_SENDING, 0, "", err))
        return false;
    *delivery = sending;
    return true;
}

bool outbox_accepted(struct db *db, struct delivery *delivery, int64_t wait_ms, struct error *err)
{
    return move(db, delivery, OUTBOX_ACCEPTED, wait_ms, "", err);
}

bool outbox_done(struct db *db, struct delivery *delivery, struct error *err)
{
    return move(db, delivery, OUTBOX_DONE, 0, "", err);
}

bool outbox_again(struct db *db, struct delivery *delivery, int64_t wait_ms, const char *reason,
                  struct error *err)
{
    return move(db, delivery, OUTBOX_PENDING, wait_ms, reason, err);
}

bool outbox_unknown(struct db *db, struct delivery *delivery, int64_t wait_ms, const char *reason,
                    struct error *err)
{
    return move(db, delivery, OUTBOX_UNKNOWN, wait_ms, reason, err);
}

bool outbox_give_up(struct db *db, struct delivery *delivery, const char *reason, struct error *err)
{
    return move(db, delivery, OUTBOX_DEAD, 0, reason, err);
}

bool outbox_release(struct db *db, struct delivery *delivery, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(
            db,
            DB_SQL("UPDATE outbox SET lease_until_ms = 0, attempts = attempts - 1 "
                   "WHERE id = $1 AND fence = $2 AND state IN ('pending', 'unknown', 'accepted')"),
            DB_VALUES(DB_TEXT(delivery->id), DB_INTEGER(delivery->fence)), &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_CONFLICT,
                                     "delivery %s was taken over by another worker", delivery->id);
}

/* What a receipt says ----------------------------------------------------------------------- */

bool outbox_delivered_by_receipt(struct db *db, const char *message_id, int64_t at, bool *moved,
                                 struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE outbox SET state = 'done', done_at = $2, reason = '', "
                        "unknown_at_ms = NULL, lease_until_ms = 0, fence = fence + 1 "
                        "WHERE message_id = $1 AND state <> 'done'"),
                 DB_VALUES(DB_TEXT(message_id), DB_INTEGER(at)), &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

bool outbox_fail(struct db *db, struct delivery *delivery, const char *reason, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_join(db, &transaction, err) && outbox_give_up(db, delivery, reason, err) &&
           db_exec(db, DB_SQL("UPDATE outbox SET failed = 1 WHERE id = $1"),
                   DB_VALUES(DB_TEXT(delivery->id)), NULL, err) &&
           db_commit(&transaction, err);
}

bool outbox_refused_by_receipt(struct db *db, const char *message_id, const char *reason,
                               bool *moved, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE outbox SET state = 'dead', failed = 1, reason = $2, "
                        "unknown_at_ms = db_now_ms(), lease_until_ms = 0, fence = fence + 1 "
                        "WHERE message_id = $1 AND state IN " OUTBOX_UNDERWAY),
                 DB_VALUES(DB_TEXT(message_id), DB_TEXT(reason)), &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

bool outbox_opened(struct db *db, const char *message_id, int64_t at, bool *moved,
                   struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE outbox SET opened_at = $2 WHERE message_id = $1 AND opened_at = 0"),
                 DB_VALUES(DB_TEXT(message_id), DB_INTEGER(at)), &changed, err))
        return false;
    *moved = changed > 0;
    return true;
}

/* What an operator says --------------------------------------------------------------------- */

/* What failed for certain goes out as a letter that was never sent before: with a new message id,
 * by whichever channel reaches the person now (D-9). */
bool outbox_retry(struct db *db, const char *id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    int64_t changed = 0;
    if (!db_exec(
            db,
            DB_SQL("UPDATE outbox SET "
                   "state = CASE WHEN failed = 1 OR unknown_at_ms IS NULL "
                   "THEN 'pending' ELSE 'unknown' END, "
                   "unknown_at_ms = CASE WHEN failed = 1 OR unknown_at_ms IS NULL "
                   "THEN NULL ELSE db_now_ms() END, "
                   "sending_at_ms = CASE WHEN failed = 1 THEN NULL ELSE sending_at_ms END, "
                   "channel = CASE WHEN failed = 1 THEN '' ELSE channel END, "
                   "message_id = CASE WHEN failed = 1 THEN $2 ELSE message_id END, failed = 0, "
                   "attempts = 0, sends = 0, added_at_ms = db_now_ms(), next_at_ms = db_now_ms() "
                   "WHERE id = $1 AND state = 'dead'"),
            DB_VALUES(DB_TEXT(id), DB_TEXT(crypto_uuid(arena))), &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such delivery was given up");
}

bool outbox_doubt(struct db *db, int64_t *count, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t changed = 0;
    if (!db_join(db, &transaction, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE outbox SET state = 'unknown', channel = '', reason = "
                        "'a backup was put back: it may have been sent since it was made', "
                        "unknown_at_ms = db_now_ms(), sending_at_ms = db_now_ms(), "
                        "next_at_ms = db_now_ms(), lease_until_ms = 0, fence = fence + 1 "
                        "WHERE state IN " OUTBOX_UNDERWAY),
                 DB_NO_VALUES, &changed, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE outbox SET channel = '', unknown_at_ms = db_now_ms(), "
                        "sending_at_ms = db_now_ms() WHERE state = 'dead'"),
                 DB_NO_VALUES, NULL, err) ||
        !db_commit(&transaction, err))
        return false;
    *count = changed;
    return true;
}

/* When ------------------------------------------------------------------------------------- */

int64_t outbox_wait_ms(int64_t attempts, uint32_t random)
{
    int64_t most = FIRST_WAIT_MS;
    for (int64_t i = 1; i < attempts && most < MOST_WAIT_MS; i++)
        most *= 2;
    if (most > MOST_WAIT_MS)
        most = MOST_WAIT_MS;
    return (int64_t)random % (most + 1);
}
