/* retention.h - deletes what is past its time, in small batches that may be interrupted
 * (security.md S-RET-1). Each destroys the key first (S-KEY-6), and leaves an audit row in the same
 * transaction. */
#pragma once

#include "storage/db.h"

/* Open drafts of that form (NULL: of any) that were last saved before then (Unix seconds), with
 * their documents: the oldest, at most so many. *count is how many went; fewer than `most`: none is
 * left. Sent ones are not touched. Consents that run for them are ended by the worker, which finds
 * their draft gone. */
CHECKED bool retention_delete_drafts(struct arena *arena, struct db *db, const char *form_id,
                                     int64_t saved_before, size_t most, size_t *count,
                                     struct error *err);

/* What was sent and is past its keep_until now, with documents, letters that are done or given up,
 * the draft it was, and the consents given for it, which have ended. Nothing goes while a letter of
 * it is on its way or a consent still asks. *count as above. */
CHECKED bool retention_delete_submissions(struct arena *arena, struct db *db, int64_t now,
                                          size_t most, size_t *count, struct error *err);

/* Before serving: does again what the ledger of deletions (deletions.h) says was done after the
 * database was as it is now, because a backup was put back. *count: how many owners that were. */
CHECKED bool retention_replay(struct arena *arena, struct db *db, const char *ledger_path,
                              size_t *count, struct error *err);

/* Gives what was sent before keep_until was written down its time, as its form says now: the rows
 * without one are handed to keep_until_of, which answers for one received then. *count as above. */
CHECKED bool retention_promise(struct arena *arena, struct db *db, const char *form_id,
                               int64_t (*keep_until_of)(const void *context, int64_t received_at),
                               const void *context, size_t most, size_t *count, struct error *err);

/* Forgets the bytes of versions of forms that no draft, none of its earlier answers and no
 * submission names; but never of a form's newest. The row stays: a version that is offered again is
 * the one it was, and whether drafts are to go over does not change with housekeeping. At most so
 * many. */
CHECKED bool retention_forget_packages(struct db *db, size_t most, size_t *count,
                                       struct error *err);
