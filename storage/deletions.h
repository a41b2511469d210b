/* deletions.h - whose keys were destroyed: a ledger beside the database, so that what was deleted
 * is deleted again after a backup was put back (security.md S-KEY-6). The ledger is a file that is
 * only added to, ids and times only; it is kept apart from backups and is never put back with one.
 *
 *   2026-11-23T12:00:00Z 0kT3QmLr5gS1Vw9yBzXc2A
 *
 * A deletion notes its owner in a row of its own transaction; deletions_write takes the rows over
 * into the file. The database knows how far into the file that was (a mark): a backup that was put
 * back knows an earlier place, and what stands after it is still to be done (retention_replay). */
#pragma once

#include "storage/db.h"

/* In the transaction that destroys the key (keys_shred calls it). */
CHECKED bool deletions_note(struct db *db, const char *owner_id, struct error *err);

/* Adds what was noted to the ledger (made with mode 0600), on disk when it returns, and forgets the
 * notes. *count: how many. A line that a crash cut is taken away. ERROR_BROKEN: the file cannot be
 * written, or ends before the mark (it is another one). One at a time. */
CHECKED bool deletions_write(struct arena *arena, struct db *db, const char *path, size_t *count,
                             struct error *err);

/* Owners in the ledger after the mark, in order, and where the next line would begin. No ledger is
 * an empty one, unless there is a mark: ERROR_BROKEN, as for a line that none of us wrote. */
CHECKED bool deletions_read(struct arena *arena, struct db *db, const char *path,
                            const char *const **owner_ids, size_t *count, int64_t *end,
                            struct error *err);

/* All up to there has been done. */
CHECKED bool deletions_mark(struct db *db, int64_t end, struct error *err);
