/* rotation.h - when there is a new master key: what was wrapped under earlier ones is wrapped under
 * it, a few at a time while the site runs (security.md S-KEY-5). Only what stands right under a
 * master key changes: a citizen's key stays the same, and nothing sealed is touched. Stopping
 * anywhere loses nothing: what was wrapped anew stays so, the rest is found again. */
#pragma once

#include "storage/keyring.h"
#include "storage/keys.h"

/* At most so many, in one transaction. *count: fewer than `most` when none is left. */
CHECKED bool rotation_step(struct db *db, size_t most, size_t *count, struct error *err);

/* How many keys a master key wraps: one that wraps none may be taken away. */
CHECKED bool rotation_wrapped_by(struct db *db, const char *master_id, int64_t *out,
                                 struct error *err);

/* Opens every wrapped key, also those of drafts. *opened: how many did; *failed: how many did not,
 * and first: why the first of them did not. */
CHECKED bool rotation_check(struct db *db, int64_t *opened, int64_t *failed, struct error *first,
                            struct error *err);
