#include "storage/rotation.h"

#include <assert.h>
#include <stdio.h>

enum { CHECK_BATCH = 200 };

/* One key from under its master key to under the active one; nothing when somebody else did. */
static bool rewrap(struct db *db, const char *owner_id, const char *wrapped_by,
                   struct bytes wrapped, struct error *err)
{
    struct seal_key key;
    unsigned char anew[SEAL_WRAPPED_BYTES];
    char now[KEYS_WRAPPER_MAX] = KEYS_MASTER;
    if (!keyring_unwrap(db_keys(db), wrapped_by + strlen(KEYS_MASTER), owner_id, wrapped, &key,
                        err))
        return false;
    keyring_wrap(db_keys(db), owner_id, &key, anew, now + strlen(KEYS_MASTER));
    seal_key_wipe(&key);
    return db_exec(db,
                   DB_SQL("UPDATE keys SET wrapped_by = $2, wrapped = $3 "
                          "WHERE owner = $1 AND wrapped_by = $4"),
                   DB_VALUES(DB_TEXT(owner_id), DB_TEXT(now),
                             DB_BYTES(((struct bytes){anew, sizeof anew})), DB_TEXT(wrapped_by)),
                   NULL, err);
}

bool rotation_step(struct db *db, size_t most, size_t *count, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct keyring_master masters[KEYRING_MAX];
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) || !keyring_refresh(db_keys(db), err))
        return false;
    size_t master_count = keyring_list(db_keys(db), masters);
    const char *active = arena_printf(arena, KEYS_MASTER "%s", masters[master_count - 1].id);
    if (!db_query(arena, db,
                  DB_SQL("SELECT owner, wrapped_by, wrapped FROM keys "
                         "WHERE (wrapped_by > 'master:' AND wrapped_by < $1) "
                         "OR (wrapped_by > $1 AND wrapped_by < 'master;') LIMIT $2"),
                  DB_VALUES(DB_TEXT(active), DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    while (db_next(rows))
        if (!rewrap(db, db_text(rows, 0), db_text(rows, 1), db_bytes(rows, 2), err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = db_count(rows);
    return true;
}

bool rotation_wrapped_by(struct db *db, const char *master_id, int64_t *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT COUNT(*) FROM keys WHERE wrapped_by = $1"),
                  DB_VALUES(DB_TEXT(arena_printf(arena, KEYS_MASTER "%s", master_id))), &rows, err))
        return false;
    bool counted = db_next(rows);
    assert(counted);
    *out = db_integer(rows, 0);
    return true;
}

bool rotation_check(struct db *db, int64_t *opened, int64_t *failed, struct error *first,
                    struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char after[SEAL_ABOUT_MAX + 1] = "";
    *opened = *failed = 0;
    for (size_t count = CHECK_BATCH; count == CHECK_BATCH;) {
        struct db_rows *rows = NULL;
        if (!db_query(arena, db,
                      DB_SQL("SELECT owner, wrapped_by FROM keys WHERE owner > $1 "
                             "ORDER BY owner LIMIT $2"),
                      DB_VALUES(DB_TEXT(after), DB_INTEGER(CHECK_BATCH)), &rows, err))
            return false;
        count = db_count(rows);
        while (db_next(rows)) {
            struct error why = {0};
            snprintf(after, sizeof after, "%s", db_text(rows, 0));
            if (keys_opens(db, after, db_text(rows, 1), &why))
                ++*opened;
            else if (++*failed == 1)
                *first = why;
        }
        arena_reset(arena);
    }
    return true;
}
