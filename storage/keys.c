#include "storage/keys.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "storage/deletions.h"
#include "storage/keyring.h"

#include <assert.h>
#include <stdio.h>

#define MASTER KEYS_MASTER
#define SITE "site"
#define LOOKUP "lookup"
enum { PSEUDONYM_BYTES = 16 };

static const char *id_of(struct keys_owner owner)
{
    if (owner.draft_id)
        return owner.draft_id;
    return owner.citizen_id ? owner.citizen_id : SITE;
}

/* Opened keys, kept ------------------------------------------------------------------------- */

static void wipe_key(struct seal_key *key)
{
    seal_key_wipe(key);
}

void keys_forget(struct keys_kept *kept)
{
    seal_wipe(kept, sizeof *kept);
}

void keys_move(struct keys_kept *from, struct keys_kept *to)
{
    *to = *from;
    keys_forget(from);
}

/* above_id: the citizen of a draft, else "". */
static bool recall(struct db *db, const char *owner_id, const char *above_id, struct seal_key *out)
{
    const struct keys_kept *kept = db_kept_keys(db);
    for (size_t i = 0; i < KEYS_KEPT; i++)
        if (strcmp(kept->at[i].owner_id, owner_id) == 0 &&
            strcmp(kept->at[i].above_id, above_id) == 0) {
            *out = kept->at[i].key;
            return true;
        }
    return false;
}

static void keep(struct db *db, const char *owner_id, const char *above_id,
                 const struct seal_key *key)
{
    struct keys_kept *kept = db_kept_keys(db);
    if (strlen(owner_id) >= KEYS_KEPT_ID_MAX || strlen(above_id) >= KEYS_KEPT_ID_MAX)
        return;
    size_t at = kept->next++ % KEYS_KEPT;
    snprintf(kept->at[at].owner_id, KEYS_KEPT_ID_MAX, "%s", owner_id);
    snprintf(kept->at[at].above_id, KEYS_KEPT_ID_MAX, "%s", above_id);
    kept->at[at].key = *key;
}

/* The table --------------------------------------------------------------------------------- */

static bool no_key(const char *owner_id, struct error *err)
{
    return error_set(err, ERROR_BROKEN, "there is no key of %s: it was destroyed, or never made",
                     owner_id);
}

/* Under a master key. */
static bool unwrap_top(struct db *db, const char *owner_id, const char *wrapped_by,
                       struct bytes wrapped, struct seal_key *out, struct error *err)
{
    if (!text_starts_with(wrapped_by, MASTER))
        return error_set(err, ERROR_BROKEN, "the key of %s is not wrapped under a master key",
                         owner_id);
    return keyring_unwrap(db_keys(db), wrapped_by + strlen(MASTER), owner_id, wrapped, out, err);
}

static bool read_top(struct db *db, const char *owner_id, struct seal_key *out, struct error *err)
{
    if (recall(db, owner_id, "", out))
        return true;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT wrapped_by, wrapped FROM keys WHERE owner = $1"),
                  DB_VALUES(DB_TEXT(owner_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return no_key(owner_id, err);
    if (!unwrap_top(db, owner_id, db_text(rows, 0), db_bytes(rows, 1), out, err))
        return false;
    keep(db, owner_id, "", out);
    return true;
}

/* A draft's key, through its citizen's. */
static bool read_draft(struct db *db, struct keys_owner owner, struct seal_key *out,
                       struct error *err)
{
    if (recall(db, owner.draft_id, owner.citizen_id, out))
        return true;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(wipe_key) struct seal_key above = {0};
    struct db_rows *rows = NULL;
    if (!read_top(db, owner.citizen_id, &above, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT wrapped FROM keys WHERE owner = $1 AND wrapped_by = $2"),
                  DB_VALUES(DB_TEXT(owner.draft_id), DB_TEXT(owner.citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return no_key(owner.draft_id, err);
    if (!seal_unwrap(above.secret, owner.draft_id, db_bytes(rows, 0), out))
        return error_set(err, ERROR_BROKEN, "the key of %s is not what was wrapped for it",
                         owner.draft_id);
    keep(db, owner.draft_id, owner.citizen_id, out);
    return true;
}

static bool read_key(struct db *db, struct keys_owner owner, struct seal_key *out,
                     struct error *err)
{
    assert(owner.citizen_id || !owner.draft_id);
    return owner.draft_id ? read_draft(db, owner, out, err) : read_top(db, id_of(owner), out, err);
}

static bool insert(struct db *db, const char *owner_id, const char *wrapped_by,
                   const unsigned char wrapped[SEAL_WRAPPED_BYTES], struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO keys (owner, wrapped_by, wrapped, made_at) "
                          "VALUES ($1, $2, $3, $4)"),
                   DB_VALUES(DB_TEXT(owner_id), DB_TEXT(wrapped_by),
                             DB_BYTES(((struct bytes){wrapped, SEAL_WRAPPED_BYTES})),
                             DB_INTEGER(clock_now())),
                   NULL, err);
}

/* Under the key that is active now: `skjema keys` may have made another, and may have taken away
 * the one we know: cmd_keys.c does so in a transaction, as this is one. */
static bool make_top(struct db *db, const char *owner_id, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    char wrapped_by[KEYS_WRAPPER_MAX] = MASTER;
    if (!keyring_refresh(db_keys(db), err))
        return false;
    seal_key_make(&key);
    keyring_wrap(db_keys(db), owner_id, &key, wrapped, wrapped_by + strlen(MASTER));
    if (!insert(db, owner_id, wrapped_by, wrapped, err))
        return false;
    keep(db, owner_id, "", &key);
    return true;
}

static bool make_draft(struct db *db, struct keys_owner owner, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key above = {0}, key;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    seal_key_make(&key);
    if (!read_top(db, owner.citizen_id, &above, err))
        return false;
    seal_wrap(above.secret, owner.draft_id, &key, wrapped);
    if (!insert(db, owner.draft_id, owner.citizen_id, wrapped, err))
        return false;
    keep(db, owner.draft_id, owner.citizen_id, &key);
    return true;
}

bool keys_make(struct db *db, struct keys_owner owner, struct error *err)
{
    assert(owner.citizen_id && db_in_transaction(db));
    return owner.draft_id ? make_draft(db, owner, err) : make_top(db, owner.citizen_id, err);
}

bool keys_opens(struct db *db, const char *owner_id, const char *wrapped_by, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    keys_forget(db_kept_keys(db));
    return text_starts_with(wrapped_by, MASTER)
               ? read_top(db, owner_id, &key, err)
               : read_draft(db, (struct keys_owner){wrapped_by, owner_id}, &key, err);
}

/* The site's own ---------------------------------------------------------------------------- */

/* Each master key that wraps something here, by steps through the index: there are few of them and
 * many rows. */
static bool check_masters(struct arena *arena, struct db *db, struct error *err)
{
    struct keyring_master masters[KEYRING_MAX];
    size_t count = keyring_list(db_keys(db), masters);
    const char *after = MASTER;
    for (;;) {
        struct db_rows *rows = NULL;
        if (!db_query(arena, db,
                      DB_SQL("SELECT MIN(wrapped_by) FROM keys "
                             "WHERE wrapped_by > $1 AND wrapped_by < 'master;'"),
                      DB_VALUES(DB_TEXT(after)), &rows, err))
            return false;
        if (!db_next(rows) || db_is_null(rows, 0))
            return true;
        after = db_text(rows, 0);
        size_t at = 0;
        while (at < count && strcmp(masters[at].id, after + strlen(MASTER)) != 0)
            at++;
        if (at == count)
            return error_set(err, ERROR_BROKEN,
                             "the database has keys wrapped under master key %s, which is not "
                             "among the master keys",
                             after + strlen(MASTER));
    }
}

static bool make_site(struct arena *arena, struct db *db, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db, DB_SQL("SELECT 1 FROM keys WHERE owner = 'lookup'"), DB_NO_VALUES,
                    &rows, err) &&
           (db_count(rows) || (make_top(db, LOOKUP, err) && make_top(db, SITE, err)));
}

bool keys_prepare(struct db *db, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(wipe_key) struct seal_key key = {0};
    CLEANUP(db_end) struct db_transaction transaction = {0}; /* `skjema keys` waits meanwhile */
    if (!db_join(db, &transaction, err) || !keyring_refresh(db_keys(db), err) ||
        !check_masters(arena, db, err) || !make_site(arena, db, err) ||
        !read_top(db, LOOKUP, &key, err) || !db_commit(&transaction, err))
        return false;
    keyring_set_lookup(db_keys(db), key.secret);
    return true;
}

struct crypto_sha256 keys_lookup(struct db *db, const char *what, const char *value)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *text = arena_printf(arena, "%s=%s", what, value);
    struct crypto_sha256 found =
        crypto_hmac((struct bytes){keyring_lookup(db_keys(db)), SEAL_SECRET_BYTES}, BYTES_OF(text));
    seal_wipe((char *)(uintptr_t)text, strlen(text));
    return found;
}

bool keys_pseudonym(struct arena *arena, struct db *db, const char *citizen_id, const char **out,
                    struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    if (!read_top(db, citizen_id, &key, err))
        return false;
    unsigned char secret[SEAL_SECRET_BYTES];
    seal_derive(key.secret, "skjema pseudonym 1", secret);
    struct crypto_sha256 name =
        crypto_hmac((struct bytes){secret, sizeof secret}, BYTES_OF(citizen_id));
    seal_wipe(secret, sizeof secret);
    *out = codec_base64url(arena, (struct bytes){name.bytes, PSEUDONYM_BYTES});
    return true;
}

/* Sealing ----------------------------------------------------------------------------------- */

bool keys_seal(struct arena *arena, struct db *db, struct keys_owner owner, const char *what,
               const char *object_id, struct bytes plain, struct bytes *out, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    if (!read_key(db, owner, &key, err))
        return false;
    *out = seal_whole(arena, &key, &(struct seal_about){what, object_id, id_of(owner)}, plain);
    return true;
}

bool keys_open(struct arena *arena, struct db *db, struct keys_owner owner, const char *what,
               const char *object_id, struct bytes sealed, struct bytes *out, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    return read_key(db, owner, &key, err) &&
           seal_open_whole(arena, &key, &(struct seal_about){what, object_id, id_of(owner)}, sealed,
                           out, err);
}

/* A text: 1 and its size in four bytes and its bytes; NULL: 0. */
static struct bytes pack(struct arena *arena, const char *const *texts, size_t count)
{
    struct buf packed;
    buf_init(&packed, arena);
    for (size_t i = 0; i < count; i++) {
        buf_add_byte(&packed, texts[i] != NULL);
        if (!texts[i])
            continue;
        size_t size = strlen(texts[i]);
        assert(size <= UINT32_MAX);
        for (int shift = 24; shift >= 0; shift -= 8)
            buf_add_byte(&packed, (unsigned char)(size >> shift));
        buf_add(&packed, (struct bytes){(const unsigned char *)texts[i], size});
    }
    return buf_bytes(&packed);
}

static bool unpack_one(struct arena *arena, struct bytes *left, const char **out)
{
    const unsigned char *at = left->data;
    if (left->size >= 1 && at[0] == 0) {
        *out = NULL;
        *left = (struct bytes){at + 1, left->size - 1};
        return true;
    }
    if (left->size < 5 || at[0] != 1)
        return false;
    size_t size = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
    if (size > left->size - 5 || memchr(at + 5, 0, size))
        return false;
    *out = arena_text_of(arena, (struct bytes){at + 5, size});
    *left = (struct bytes){at + 5 + size, left->size - 5 - size};
    return true;
}

bool keys_seal_texts(struct arena *arena, struct db *db, struct keys_owner owner, const char *what,
                     const char *object_id, const char *const *texts, size_t count,
                     struct bytes *out, struct error *err)
{
    return keys_seal(arena, db, owner, what, object_id, pack(arena, texts, count), out, err);
}

bool keys_open_texts(struct arena *arena, struct db *db, struct keys_owner owner, const char *what,
                     const char *object_id, struct bytes sealed, const char **texts, size_t count,
                     struct error *err)
{
    struct bytes left;
    if (!keys_open(arena, db, owner, what, object_id, sealed, &left, err))
        return false;
    const char **opened = ARENA_ARRAY(arena, count, const char *);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = unpack_one(arena, &left, &opened[i]);
    if (!good || left.size)
        return error_set(err, ERROR_BROKEN, "%s of %s does not hold %zu texts", what, object_id,
                         count);
    memcpy(texts, opened, count * sizeof *texts);
    return true;
}

bool keys_writer_open(struct db *db, struct keys_owner owner, const char *what,
                      const char *object_id, seal_put *put, void *context, struct seal_writer **out,
                      struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    if (!read_key(db, owner, &key, err))
        return false;
    seal_writer_open(&key, &(struct seal_about){what, object_id, id_of(owner)}, put, context, out);
    return true;
}

bool keys_reader_open(struct db *db, struct keys_owner owner, const char *what,
                      const char *object_id, struct bytes head, int64_t size_bytes, seal_get *get,
                      void *context, struct seal_reader **out, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    return read_key(db, owner, &key, err) &&
           seal_reader_open(&key, &(struct seal_about){what, object_id, id_of(owner)}, head,
                            size_bytes, get, context, out, err);
}

bool keys_are_there(struct db *db, struct keys_owner owner, struct error *err)
{
    CLEANUP(wipe_key) struct seal_key key = {0};
    return read_key(db, owner, &key, err);
}

/* Destroying -------------------------------------------------------------------------------- */

static bool shred_draft(struct db *db, struct keys_owner owner, int64_t *gone, struct error *err)
{
    return db_exec(db, DB_SQL("DELETE FROM keys WHERE owner = $1 AND wrapped_by = $2"),
                   DB_VALUES(DB_TEXT(owner.draft_id), DB_TEXT(owner.citizen_id)), gone, err);
}

static bool shred_citizen(struct db *db, const char *citizen_id, int64_t *gone, struct error *err)
{
    return db_exec(db, DB_SQL("DELETE FROM keys WHERE owner = $1 OR wrapped_by = $1"),
                   DB_VALUES(DB_TEXT(citizen_id)), gone, err);
}

bool keys_shred(struct db *db, struct keys_owner owner, struct error *err)
{
    assert(owner.citizen_id && db_in_transaction(db));
    int64_t gone = 0;
    keys_forget(db_kept_keys(db));
    if (!(owner.draft_id ? shred_draft(db, owner, &gone, err)
                         : shred_citizen(db, owner.citizen_id, &gone, err)))
        return false;
    return !gone || deletions_note(db, id_of(owner), err);
}
