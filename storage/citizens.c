#include "storage/citizens.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "storage/keys.h"

#define PID_LOOKUP "citizens.pid"
#define SEALED "citizens.sealed"
enum { TEXTS = 2 }; /* number, name */

static bool open_one(struct arena *arena, struct db *db, struct db_rows *rows, struct citizen *out,
                     struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such citizen");
    const char *id = db_text(rows, 0), *texts[TEXTS];
    if (!keys_open_texts(arena, db, (struct keys_owner){.citizen_id = id}, SEALED, id,
                         db_bytes(rows, 1), texts, TEXTS, err))
        return false;
    *out = (struct citizen){.id = id, .pid = texts[0], .name = texts[1]};
    return true;
}

static bool seal(struct arena *arena, struct db *db, const struct citizen *citizen,
                 struct bytes *out, struct error *err)
{
    const char *const texts[TEXTS] = {citizen->pid, citizen->name};
    return keys_seal_texts(arena, db, (struct keys_owner){.citizen_id = citizen->id}, SEALED,
                           citizen->id, texts, TEXTS, out, err);
}

static bool add(struct arena *arena, struct db *db, const struct citizen *citizen,
                struct crypto_sha256 lookup, struct error *err)
{
    struct bytes sealed;
    return keys_make(db, (struct keys_owner){.citizen_id = citizen->id}, err) &&
           seal(arena, db, citizen, &sealed, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO citizens (id, pid_lookup, sealed, created_at) "
                          "VALUES ($1, $2, $3, $4)"),
                   DB_VALUES(DB_TEXT(citizen->id), DB_SHA256(lookup), DB_BYTES(sealed),
                             DB_INTEGER(clock_now())),
                   NULL, err);
}

static bool rename_to(struct arena *arena, struct db *db, struct citizen *citizen, const char *name,
                      struct error *err)
{
    struct bytes sealed;
    citizen->name = arena_text(arena, name);
    return seal(arena, db, citizen, &sealed, err) &&
           db_exec(db, DB_SQL("UPDATE citizens SET sealed = $2 WHERE id = $1"),
                   DB_VALUES(DB_TEXT(citizen->id), DB_BYTES(sealed)), NULL, err);
}

bool citizens_know(struct arena *arena, struct db *db, const char *pid, const char *name,
                   struct citizen *out, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct crypto_sha256 lookup = keys_lookup(db, PID_LOOKUP, pid);
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db, DB_SQL("SELECT id, sealed FROM citizens WHERE pid_lookup = $1"),
                  DB_VALUES(DB_SHA256(lookup)), &rows, err))
        return false;
    struct citizen citizen;
    if (!db_count(rows)) {
        citizen = (struct citizen){crypto_random_id(arena, 128), arena_text(arena, pid),
                                   arena_text(arena, name)};
        if (!add(arena, db, &citizen, lookup, err))
            return false;
    } else if (!open_one(arena, db, rows, &citizen, err) ||
               (*name && !text_equal(citizen.name, name) &&
                !rename_to(arena, db, &citizen, name, err))) {
        return false;
    }
    if (!db_commit(&transaction, err))
        return false;
    *out = citizen;
    return true;
}

bool citizens_read(struct arena *arena, struct db *db, const char *id, struct citizen *out,
                   struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db, DB_SQL("SELECT id, sealed FROM citizens WHERE id = $1"),
                    DB_VALUES(DB_TEXT(id)), &rows, err) &&
           open_one(arena, db, rows, out, err);
}
