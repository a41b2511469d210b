#include "storage/migrate.h"

#include "engine/base/clock.h"

/* Before the first version there is no table to ask. */
static const char files_table[] = "CREATE TABLE IF NOT EXISTS schema_files ("
                                  "version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
                                  "sha256 BYTEA NOT NULL, applied_at BIGINT NOT NULL)";

static struct crypto_sha256 digest_of(const struct migration *migration)
{
    return crypto_sha256(BYTES_OF(migration->script));
}

static bool version_of(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT COALESCE(MAX(version), 0) FROM schema_files"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

static bool make_files_table(struct db *db, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) && db_run_script(db, files_table, err) &&
           db_commit(&transaction, err);
}

/* What was applied is what this program has under that number: else its tables are other ones. */
static bool check_applied(struct arena *arena, struct db *db, const struct migration *migrations,
                          struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT version, name, sha256 FROM schema_files ORDER BY version"),
                  DB_NO_VALUES, &rows, err))
        return false;
    while (db_next(rows)) {
        const struct migration *known = &migrations[db_integer(rows, 0) - 1];
        struct crypto_sha256 applied = db_sha256(rows, 2), expected = digest_of(known);
        if (memcmp(applied.bytes, expected.bytes, sizeof expected.bytes) != 0)
            return error_set(err, ERROR_INVALID,
                             "the database was made with another %s than this program has (%s): "
                             "it belongs to another build",
                             db_text(rows, 1), known->name);
    }
    return true;
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
    if (!check_applied(arena, db, migrations, err))
        return false;
    *done = version == (int64_t)count;
    if (*done)
        return true;

    const struct migration *next = &migrations[version];
    struct error why = {0};
    if (!db_run_script(db, next->script, &why))
        return error_at(err, why.code, next->name, 0, "%s", why.text);
    struct crypto_sha256 digest = digest_of(next);
    return db_exec(db,
                   DB_SQL("INSERT INTO schema_files (version, name, sha256, applied_at) "
                          "VALUES ($1, $2, $3, $4)"),
                   DB_VALUES(DB_INTEGER(version + 1), DB_TEXT(next->name), DB_SHA256(digest),
                             DB_INTEGER(clock_now())),
                   NULL, err) &&
           db_commit(&transaction, err);
}

bool migrate_apply(struct db *db, const struct migration *migrations, size_t count,
                   struct error *err)
{
    if (!make_files_table(db, err))
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

bool migrate_check(struct db *db, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    int64_t version = 0;
    if (!version_of(arena, db, &version, err))
        return false;
    if (version != (int64_t)migrate_schema_count)
        return error_set(err, ERROR_INVALID,
                         "the database has schema version %lld, this program %zu: look at it with "
                         "the release that made it",
                         (long long)version, migrate_schema_count);
    return check_applied(arena, db, migrate_schema, err);
}
