#include "storage/dpi_receipts.h"

#include "engine/base/clock.h"
#include "storage/keys.h"

#include <assert.h>

#define JWS "dpi_receipts.jws"
#define ASIDE "dpi_receipts_aside.jws"

/* ---- of a letter ---- */

static struct keys_owner owner_of(const struct delivery *delivery)
{
    return (struct keys_owner){delivery->citizen_id, delivery->draft_id};
}

bool dpi_receipts_add(struct arena *arena, struct db *db, const struct delivery *delivery,
                      const struct sbd_receipt *receipt, const char *jws, bool *is_new,
                      struct error *err)
{
    assert(db_in_transaction(db));
    struct bytes sealed;
    int64_t added = 0;
    if (!keys_seal(arena, db, owner_of(delivery), JWS, receipt->message_id, BYTES_OF(jws), &sealed,
                   err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO dpi_receipts (id, delivery, kind, happened_at, received_at, "
                        "jws) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING"),
                 DB_VALUES(DB_TEXT(receipt->message_id), DB_TEXT(delivery->id),
                           DB_TEXT(sbd_type_name(receipt->type)), DB_INTEGER(receipt->happened_at),
                           DB_INTEGER(clock_now()), DB_BYTES(sealed)),
                 &added, err))
        return false;
    *is_new = added == 1;
    return true;
}

/* A row of id, kind or why, two times, and what is sealed. */
static bool read_rows(struct arena *arena, struct db *db, struct db_rows *rows,
                      struct keys_owner owner, const char *what, struct dpi_receipt **out,
                      size_t *count, struct error *err)
{
    struct dpi_receipt *receipts = ARENA_ARRAY(arena, db_count(rows), struct dpi_receipt);
    for (size_t i = 0; db_next(rows); i++) {
        const char *id = db_text(rows, 0);
        struct bytes jws;
        if (!keys_open(arena, db, owner, what, id, db_bytes(rows, 4), &jws, err))
            return false;
        receipts[i] = (struct dpi_receipt){id, db_text(rows, 1), db_integer(rows, 2),
                                           db_integer(rows, 3), (const char *)jws.data};
    }
    *out = receipts;
    *count = db_count(rows);
    return true;
}

bool dpi_receipts_list(struct arena *arena, struct db *db, const struct delivery *delivery,
                       struct dpi_receipt **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT id, kind, happened_at, received_at, jws FROM dpi_receipts "
                           "WHERE delivery = $1 ORDER BY received_at, id LIMIT $2"),
                    DB_VALUES(DB_TEXT(delivery->id), DB_INTEGER(DPI_RECEIPTS_LIST_MAX)), &rows,
                    err) &&
           read_rows(arena, db, rows, owner_of(delivery), JWS, out, count, err);
}

bool dpi_receipts_unnoticed(struct arena *arena, struct db *db, const char *citizen_id,
                            int64_t since, const char *const **out, size_t *count,
                            struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT DISTINCT o.submission FROM dpi_receipts r "
                         "JOIN outbox o ON o.id = r.delivery WHERE o.citizen = $1 "
                         "AND o.submission IS NOT NULL AND o.opened_at = 0 AND r.kind = $2 "
                         "AND r.happened_at > $3 ORDER BY o.submission LIMIT $4"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_TEXT(sbd_type_name(SBD_NOTICE_FAILED)),
                            DB_INTEGER(since), DB_INTEGER(DPI_RECEIPTS_LIST_MAX)),
                  &rows, err))
        return false;
    const char **ids = ARENA_ARRAY(arena, db_count(rows), const char *);
    for (size_t i = 0; db_next(rows); i++)
        ids[i] = db_text(rows, 0);
    *out = ids;
    *count = db_count(rows);
    return true;
}

/* ---- set aside ---- */

static bool find_aside(struct arena *arena, struct db *db, const char *id, int64_t *first_at,
                       bool *found, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT first_seen_at FROM dpi_receipts_aside WHERE id = $1"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    *found = db_next(rows);
    if (*found)
        *first_at = db_integer(rows, 0);
    return true;
}

static bool add_aside(struct arena *arena, struct db *db, const char *id, const char *jws,
                      const char *why, bool *added, struct error *err)
{
    struct bytes sealed, whole = BYTES_OF(jws);
    int64_t changed = 0, now = clock_now();
    if (whole.size > DPI_RECEIPTS_ASIDE_BYTES)
        whole.size = DPI_RECEIPTS_ASIDE_BYTES;
    if (!db_exec(db, DB_SQL("DELETE FROM dpi_receipts_aside WHERE first_seen_at < $1"),
                 DB_VALUES(DB_INTEGER(now - DPI_RECEIPTS_ASIDE_S)), NULL, err) ||
        !keys_seal(arena, db, KEYS_SITE, ASIDE, id, whole, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO dpi_receipts_aside (id, why, first_seen_at, jws) "
                        "SELECT $1, $2, $3, $4 "
                        "WHERE (SELECT COUNT(*) FROM dpi_receipts_aside) < $5"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(why), DB_INTEGER(now), DB_BYTES(sealed),
                           DB_INTEGER(DPI_RECEIPTS_ASIDE_MAX)),
                 &changed, err))
        return false;
    *added = changed == 1;
    return true;
}

bool dpi_receipts_set_aside(struct arena *arena, struct db *db, const char *jws, const char *why,
                            bool *kept, int64_t *first_at, bool *is_new, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    const char *id = crypto_sha256_hex(arena, BYTES_OF(jws));
    bool found = false, added = false;
    int64_t first = clock_now();
    if (!db_join(db, &transaction, err) || !find_aside(arena, db, id, &first, &found, err) ||
        (!found && !add_aside(arena, db, id, jws, why, &added, err)) ||
        !db_commit(&transaction, err))
        return false;
    *kept = found || added;
    *first_at = first;
    *is_new = added;
    return true;
}

bool dpi_receipts_aside(struct arena *arena, struct db *db, size_t most, struct dpi_receipt **out,
                        size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT id, why, first_seen_at, first_seen_at, jws "
                           "FROM dpi_receipts_aside ORDER BY first_seen_at, id LIMIT $1"),
                    DB_VALUES(DB_INTEGER((int64_t)most)), &rows, err) &&
           read_rows(arena, db, rows, KEYS_SITE, ASIDE, out, count, err);
}
