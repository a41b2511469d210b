/* migrate.h - brings the tables up to what this program expects (schema/, built in), forward only.
 */
#pragma once

#include "storage/db.h"

/* A file of schema/; its version is its place in the list, from 1. */
struct migration {
    const char *name, *script;
};
extern const struct migration migrate_schema[];
extern const size_t migrate_schema_count;

/* Applies what is missing, in order, each in its own transaction; two processes that start at once
 * migrate once (security.md D-15). ERROR_INVALID: the database is newer than this program, or a
 * file that was applied to it is not the one that this program has under that number. */
CHECKED bool migrate_run(struct db *db, struct error *err);

/* Changes nothing: ERROR_INVALID unless the tables are just those that this program has. */
CHECKED bool migrate_check(struct db *db, struct error *err);

/* The same as migrate_run from another list. */
CHECKED bool migrate_apply(struct db *db, const struct migration *migrations, size_t count,
                           struct error *err);
