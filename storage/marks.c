#include "storage/marks.h"

bool marks_read(struct arena *arena, struct db *db, const char *name, const char **out,
                struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT value FROM marks WHERE name = $1"),
                  DB_VALUES(DB_TEXT(name)), &rows, err))
        return false;
    *out = db_next(rows) ? db_text(rows, 0) : NULL;
    return true;
}

bool marks_write(struct db *db, const char *name, const char *value, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO marks (name, value) VALUES ($1, $2) "
                          "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
                   DB_VALUES(DB_TEXT(name), DB_TEXT(value)), NULL, err);
}
