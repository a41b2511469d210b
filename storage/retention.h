/* retention.h - deletes what is past its time, in small batches that may be interrupted
 * (security.md S-RET-1). Each deletion leaves an audit row in the same transaction. */
#pragma once

#include "storage/db.h"

/* Open drafts that were last saved before then (Unix seconds), with their documents: the oldest, at
 * most so many. *count is how many went; fewer than `most`: none is left. Sent ones are not
 * touched. Consents that run for them are ended by the worker, which finds their draft gone. */
CHECKED bool retention_delete_drafts(struct arena *arena, struct db *db, int64_t saved_before,
                                     size_t most, size_t *count, struct error *err);

/* Versions of forms that no draft, none of its earlier answers and no submission names; but never a
 * form's newest, which is the one that is offered. At most so many. */
CHECKED bool retention_delete_packages(struct db *db, size_t most, size_t *count,
                                       struct error *err);
