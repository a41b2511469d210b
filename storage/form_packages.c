#include "storage/form_packages.h"

#include "engine/base/clock.h"

#define COLUMNS "form, digest, moves_drafts, number, first_seen"

static struct form_package read_row(const struct db_rows *rows)
{
    return (struct form_package){
        .form_id = db_text(rows, 0),
        .digest = db_text(rows, 1),
        .moves_drafts = db_integer(rows, 2) != 0,
        .number = db_integer(rows, 3),
        .first_seen = db_integer(rows, 4),
    };
}

static bool is_kept(struct arena *arena, struct db *db, const struct form_package *package,
                    bool *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM form_packages "
                         "WHERE form = $1 AND digest = $2 AND LENGTH(content) > 0"),
                  DB_VALUES(DB_TEXT(package->form_id), DB_TEXT(package->digest)), &rows, err))
        return false;
    *out = db_count(rows) > 0;
    return true;
}

bool form_packages_keep(struct arena *arena, struct db *db, const struct form_package *package,
                        struct error *err)
{
    bool kept;
    if (!is_kept(arena, db, package, &kept, err))
        return false;
    if (kept) /* as nearly always: no writer's turn, no bytes */
        return true;
    struct crypto_sha256 digest = crypto_sha256(package->content);
    return db_exec(db,
                   DB_SQL("INSERT INTO form_packages (" COLUMNS ", sha256, content) "
                          "SELECT $1, $2, $3, COALESCE(MAX(number), 0) + 1, $4, $5, $6 "
                          "FROM form_packages WHERE form = $1 "
                          "ON CONFLICT (form, digest) DO UPDATE SET "
                          "sha256 = excluded.sha256, content = excluded.content"),
                   DB_VALUES(DB_TEXT(package->form_id), DB_TEXT(package->digest),
                             DB_INTEGER(package->moves_drafts ? 1 : 0), DB_INTEGER(clock_now()),
                             DB_SHA256(digest), DB_BYTES(package->content)),
                   NULL, err);
}

bool form_packages_read(struct arena *arena, struct db *db, const char *form_id, const char *digest,
                        struct form_package *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS " FROM form_packages WHERE form = $1 AND digest = $2"),
                  DB_VALUES(DB_TEXT(form_id), DB_TEXT(digest)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such version of %s", form_id);
    *out = read_row(rows);
    return true;
}

bool form_packages_content(struct arena *arena, struct db *db, const char *form_id,
                           const char *digest, struct form_package *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS ", sha256, content FROM form_packages "
                         "WHERE form = $1 AND digest = $2"),
                  DB_VALUES(DB_TEXT(form_id), DB_TEXT(digest)), &rows, err))
        return false;
    if (!db_next(rows) || !db_bytes(rows, 6).size)
        return error_set(err, ERROR_MISSING, "no such version of %s", form_id);
    struct form_package package = read_row(rows);
    struct crypto_sha256 stored = db_sha256(rows, 5);
    package.content = db_bytes(rows, 6);
    if (!db_is_intact(package.content, &stored))
        return error_set(err, ERROR_BROKEN, "the version of %s is not what was stored", form_id);
    *out = package;
    return true;
}

bool form_packages_move(struct arena *arena, struct db *db, const char *form_id, int64_t after,
                        int64_t to, bool *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM form_packages WHERE form = $1 AND number > $2 "
                         "AND number <= $3 AND moves_drafts = 1 LIMIT 1"),
                  DB_VALUES(DB_TEXT(form_id), DB_INTEGER(after), DB_INTEGER(to)), &rows, err))
        return false;
    *out = db_count(rows) > 0;
    return true;
}
