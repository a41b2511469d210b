#include "storage/citizens.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"

static bool read_one(struct db_rows *rows, struct citizen *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such citizen");
    out->id = db_text(rows, 0);
    out->pid = db_text(rows, 1);
    out->name = db_text(rows, 2);
    return true;
}

bool citizens_know(struct arena *arena, struct db *db, const char *pid, const char *name,
                   struct citizen *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("INSERT INTO citizens (id, pid, name, created_at) "
                           "VALUES ($1, $2, $3, $4) "
                           "ON CONFLICT (pid) DO UPDATE SET name = excluded.name "
                           "RETURNING id, pid, name"),
                    DB_VALUES(DB_TEXT(crypto_random_id(arena, 128)), DB_TEXT(pid), DB_TEXT(name),
                              DB_INTEGER(clock_now())),
                    &rows, err) &&
           read_one(rows, out, err);
}

bool citizens_read(struct arena *arena, struct db *db, const char *id, struct citizen *out,
                   struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db, DB_SQL("SELECT id, pid, name FROM citizens WHERE id = $1"),
                    DB_VALUES(DB_TEXT(id)), &rows, err) &&
           read_one(rows, out, err);
}
