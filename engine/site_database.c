#include "engine/site_database.h"

#include <unistd.h>

enum { WAIT_MS = 20000 }; /* for the site's own writers */

static const char *file_of(struct arena *arena, const char *folder)
{
    return arena_printf(arena, "%s/skjema.db", folder);
}

const char *site_database_url(struct arena *arena, const char *folder)
{
    return arena_printf(arena, "sqlite:%s", file_of(arena, folder));
}

bool site_database_is_there(struct arena *arena, const char *folder)
{
    return access(file_of(arena, folder), R_OK) == 0;
}

bool site_database_open(struct arena *arena, const char *folder, struct keyring *keys,
                        struct site_database *out, struct error *err)
{
    if (!site_database_is_there(arena, folder))
        return error_at(err, ERROR_MISSING, file_of(arena, folder), 0,
                        "there is no database to read: see --data");
    const struct db_options options = {
        .url = site_database_url(arena, folder),
        .connections = 1,
        .wait_ms = WAIT_MS,
        .keys = keys,
    };
    struct site_database database = {0};
    if (db_pool_open(&options, &database.pool, err) &&
        db_borrow(database.pool, &database.db, err)) {
        *out = database;
        return true;
    }
    site_database_close(&database);
    return false;
}

void site_database_close(struct site_database *database)
{
    db_return(&database->db);
    db_pool_close(&database->pool);
}
