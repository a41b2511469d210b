/* deletions.h - whose keys were destroyed: a ledger beside the database, ids and times only, so
 * that what was deleted is deleted again after a backup was put back (security.md S-KEY-6). A row
 * notes it in the deletion's own transaction; deletions_write takes it over into the file. */
#pragma once

#include "storage/db.h"

/* In the transaction that destroys the key (keys_shred calls it). */
CHECKED bool deletions_note(struct db *db, const char *owner_id, struct error *err);
