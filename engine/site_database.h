/* site_database.h - the database of a data folder, opened beside a running site or without one: for
 * commands. */
#pragma once

#include "storage/db.h"

struct site_database {
    struct db_pool *pool;
    struct db *db; /* the one connection */
};

/* "sqlite:FOLDER/skjema.db" */
const char *site_database_url(struct arena *arena, const char *folder);

bool site_database_is_there(struct arena *arena, const char *folder);

/* Opens one that is there; ERROR_MISSING: none is, and opening would make one. What is sealed is
 * read with keys; NULL: nothing is. Migrating and preparing keys is the caller's business.
 *     CLEANUP(site_database_close) struct site_database database = {0}; */
CHECKED bool site_database_open(struct arena *arena, const char *folder, struct keyring *keys,
                                struct site_database *out, struct error *err);
void site_database_close(struct site_database *database);
