#include "storage/migrate.h"

#include "engine/base/clock.h"

/* Before the first version there is no table to ask. */
static const char versions_table[] = "CREATE TABLE IF NOT EXISTS schema_versions ("
                                     "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                                     "applied_at BIGINT NOT NULL)";

static bool version_of(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT COALESCE(MAX(version), 0) FROM schema_versions"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

static bool make_versions_table(struct db *db, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) && db_run_script(db, versions_table, err) &&
           db_commit(&transaction, err);
}

/* One step, or none when another process took it meanwhile: the version is asked for again under
 * the writer's lock. */
static bool apply_next(struct db *db, const struct migration *migrations, size_t count, bool *done,
                       struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t version = 0;
    if (!db_begin(db, &transaction, err) || !version_of(arena, db, &version, err))
        return false;
    if (version > (int64_t)count)
        return error_set(err, ERROR_INVALID,
                         "the database has schema version %lld, this program knows %zu: it was "
                         "used by a newer one",
                         (long long)version, count);
    *done = version == (int64_t)count;
    if (*done)
        return true;

    const struct migration *next = &migrations[version];
    struct error why = {0};
    if (!db_run_script(db, next->script, &why))
        return error_at(err, why.code, next->name, 0, "%s", why.text);
    return db_exec(db,
                   DB_SQL("INSERT INTO schema_versions (version, name, applied_at) "
                          "VALUES ($1, $2, $3)"),
                   DB_VALUES(DB_INTEGER(version + 1), DB_TEXT(next->name), DB_INTEGER(clock_now())),
                   NULL, err) &&
           db_commit(&transaction, err);
}

bool migrate_apply(struct db *db, const struct migration *migrations, size_t count,
                   struct error *err)
{
    if (!make_versions_table(db, err))
        return false;
    for (bool done = false; !done;)
        if (!apply_next(db, migrations, count, &done, err))
            return false;
    return true;
}

bool migrate_run(struct db *db, struct error *err)
{
    return migrate_apply(db, migrate_schema, migrate_schema_count, err);
}
