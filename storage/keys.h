/* keys.h - whose key seals what: a key for each citizen, wrapped under a master key (keyring.h),
 * and one for each draft, wrapped under its citizen's; a submission is sealed with the key of the
 * draft it was (security.md S-KEY-1..4). What a key sealed can be read as long as its row in `keys`
 * can; without it the rows that stay are noise, also in every copy of them (S-KEY-6).
 *
 *     struct keys_owner owner = {citizen_id, draft_id};
 *     struct bytes sealed;
 *     if (!keys_seal(arena, db, owner, "drafts.answers", draft_id, answers, &sealed, err)) ...
 *
 * `what` names the column and `object_id` the row: a sealed value opens in that place only. A row
 * names in clear only ids, states, times, sizes, form ids and organisation numbers.
 *
 * Failing to open, a missing key included: ERROR_BROKEN, and nothing is given. */
#pragma once

#include "engine/base/seal_stream.h"
#include "storage/db.h"

struct keys_owner {
    const char *citizen_id; /* NULL with no draft: the site itself, for what is nobody's yet */
    const char *draft_id;   /* NULL: the citizen's own */
};
#define KEYS_SITE ((struct keys_owner){NULL, NULL})

/* After migrate_run, before anything else: makes the site's keys at the first start. Fails with
 * ERROR_BROKEN when a master key that wraps something here is not in the keyring. */
CHECKED bool keys_prepare(struct db *db, struct error *err);

/* The key of a new citizen or draft; in the transaction that makes the row (joined). */
CHECKED bool keys_make(struct db *db, struct keys_owner owner, struct error *err);

/* Sealed is in the arena; opened too, with a NUL after its last byte. */
CHECKED bool keys_seal(struct arena *arena, struct db *db, struct keys_owner owner,
                       const char *what, const char *object_id, struct bytes plain,
                       struct bytes *out, struct error *err);
CHECKED bool keys_open(struct arena *arena, struct db *db, struct keys_owner owner,
                       const char *what, const char *object_id, struct bytes sealed,
                       struct bytes *out, struct error *err);

/* Several private texts of a row as one sealed value; NULL is kept as NULL. Opening: as many as
 * were sealed, else ERROR_BROKEN. */
CHECKED bool keys_seal_texts(struct arena *arena, struct db *db, struct keys_owner owner,
                             const char *what, const char *object_id, const char *const *texts,
                             size_t count, struct bytes *out, struct error *err);
CHECKED bool keys_open_texts(struct arena *arena, struct db *db, struct keys_owner owner,
                             const char *what, const char *object_id, struct bytes sealed,
                             const char **texts, size_t count, struct error *err);

/* A document that is never in memory at once: as seal_stream.h, with the owner's key. */
CHECKED bool keys_writer_open(struct db *db, struct keys_owner owner, const char *what,
                              const char *object_id, seal_put *put, void *context,
                              struct seal_writer **out, struct error *err);
CHECKED bool keys_reader_open(struct db *db, struct keys_owner owner, const char *what,
                              const char *object_id, struct bytes head, int64_t size_bytes,
                              seal_get *get, void *context, struct seal_reader **out,
                              struct error *err);

/* Fails when the owner's key is not there, or does not open: before something that does not open is
 * said to be changed. */
CHECKED bool keys_are_there(struct db *db, struct keys_owner owner, struct error *err);

/* To find a row by what it must not tell: HMAC-SHA-256 with a key of the site's own (S-KEY-4).
 * what: the column, so that equal values in two columns do not look alike. */
struct crypto_sha256 keys_lookup(struct db *db, const char *what, const char *value);

/* The citizen's name in the audit: HMAC with the citizen's key, base64url (S-AUD-4). Once that key
 * is destroyed nobody can tell whose rows those were. In the arena. */
CHECKED bool keys_pseudonym(struct arena *arena, struct db *db, const char *citizen_id,
                            const char **out, struct error *err);

/* Destroys the key of a draft; of a citizen, with those of all drafts. First thing of a deletion,
 * in its transaction; deletions.h has it done again after a backup was put back. No error when
 * there is none. db_checkpoint takes it out of the log too. */
CHECKED bool keys_shred(struct db *db, struct keys_owner owner, struct error *err);

/* What `wrapped_by` of a key begins with that stands under a master key; its id follows. For
 * rotation.c, as keys_opens: whether that row's key opens, read anew. */
#define KEYS_MASTER "master:"
enum { KEYS_WRAPPER_MAX = sizeof KEYS_MASTER + 17 };
CHECKED bool keys_opens(struct db *db, const char *owner_id, const char *wrapped_by,
                        struct error *err);

/* Opened keys that a connection keeps until it is returned: db.c's business. */
enum { KEYS_KEPT = 4, KEYS_KEPT_ID_MAX = 32 };
struct keys_kept {
    struct {
        char owner_id[KEYS_KEPT_ID_MAX], above_id[KEYS_KEPT_ID_MAX]; /* "": none */
        struct seal_key key;
    } at[KEYS_KEPT];
    size_t next;
};
void keys_forget(struct keys_kept *kept);

/* From one connection to the next of the same request, which then need not open them again. */
void keys_move(struct keys_kept *from, struct keys_kept *to);
