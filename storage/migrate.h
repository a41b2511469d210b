/* migrate.h - brings the tables up to what this program expects (schema/, built in), forward only. */
#pragma once

#include "storage/db.h"

/* The newest version that this program knows. */
int migrate_newest(void);

/* Applies what is missing, in order, each in its own transaction; two processes that start at once
 * migrate once. ERROR_INVALID: the database is newer than the program. */
CHECKED bool migrate_run(struct db *db, struct error *err);

/* The same from a list of the caller's, version 1 first: for tests. */
struct migration {
    const char *name, *script;
};
CHECKED bool migrate_apply(struct db *db, const struct migration *migrations, size_t count,
                           struct error *err);
