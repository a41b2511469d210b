#include "storage/deletions.h"

#include "engine/base/clock.h"

bool deletions_note(struct db *db, const char *owner_id, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO deletions (owner, deleted_at) VALUES ($1, $2) "
                          "ON CONFLICT (owner) DO NOTHING"),
                   DB_VALUES(DB_TEXT(owner_id), DB_INTEGER(clock_now())), NULL, err);
}
