#include "storage/decisions.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "storage/keys.h"

#include <assert.h>
#include <string.h>

static const char *const outcome_names[] = {
    [DECISION_GRANTED] = "granted",
    [DECISION_PARTLY] = "partly",
    [DECISION_REFUSED] = "refused",
    [DECISION_DISMISSED] = "dismissed",
};

const char *decisions_outcome_name(enum decision_outcome outcome)
{
    return outcome_names[outcome];
}

bool decisions_find_outcome(const char *name, enum decision_outcome *out)
{
    for (size_t i = 0; i < COUNT(outcome_names); i++)
        if (text_equal(outcome_names[i], name)) {
            *out = (enum decision_outcome)i;
            return true;
        }
    return false;
}

/* Sealing: the texts about it and its digest as one blob, and its bytes as another. */
enum { TITLE, APPEAL, DIGEST, TEXTS };
#define SEALED "decisions.sealed"
#define CONTENT "decisions.content"

static struct keys_owner owner_of(const struct decision *decision)
{
    return (struct keys_owner){decision->citizen_id, decision->draft_id};
}

static struct crypto_sha256 digest_of_key(struct db *db, const char *key)
{
    return keys_lookup(db, "decisions.issue_key", key);
}

bool decisions_add(struct arena *arena, struct db *db, const struct decision *d,
                   struct bytes content, const char *key, struct error *err)
{
    assert(db_in_transaction(db));
    const struct crypto_sha256 digest = crypto_sha256(content);
    const struct crypto_sha256 key_digest = digest_of_key(db, key ? key : "");
    const char *texts[TEXTS] = {
        [TITLE] = d->title,
        [APPEAL] = d->appeal,
        [DIGEST] = codec_hex(arena, (struct bytes){digest.bytes, sizeof digest.bytes}),
    };
    struct bytes sealed, sealed_content;
    return keys_seal_texts(arena, db, owner_of(d), SEALED, d->id, texts, TEXTS, &sealed, err) &&
           keys_seal(arena, db, owner_of(d), CONTENT, d->id, content, &sealed_content, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO decisions (id, citizen, draft, submission, outcome, "
                          "delivery, decided_at, appeal_until, read_at, size_bytes, issue_key, "
                          "sealed, content) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)"),
                   DB_VALUES(DB_TEXT(d->id), DB_TEXT(d->citizen_id), DB_TEXT(d->draft_id),
                             DB_TEXT(d->submission_id), DB_TEXT(outcome_names[d->outcome]),
                             DB_TEXT(d->delivery_id), DB_INTEGER(d->decided_at),
                             DB_INTEGER(d->appeal_until), DB_INTEGER((int64_t)content.size),
                             key ? DB_SHA256(key_digest) : DB_NULL, DB_BYTES(sealed),
                             DB_BYTES(sealed_content)),
                   NULL, err);
}

/* Reading ------------------------------------------------------------------------------------ */

#define COLUMNS                                                                                    \
    "d.id, d.citizen, d.draft, d.submission, d.outcome, d.delivery, d.decided_at, "                \
    "d.appeal_until, d.read_at, d.size_bytes, o.state, o.done_at, o.reason, o.channel, "           \
    "o.mailbox, o.opened_at, d.sealed"
#define FROM_BOTH " FROM decisions d JOIN outbox o ON o.id = d.delivery "
enum { AFTER_COLUMNS = 17 };

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct decision *out, struct error *err)
{
    *out = (struct decision){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .draft_id = db_text(rows, 2),
        .submission_id = db_text(rows, 3),
        .outcome = (enum decision_outcome)db_choice(rows, 4, outcome_names, COUNT(outcome_names)),
        .delivery_id = db_text(rows, 5),
        .decided_at = db_integer(rows, 6),
        .appeal_until = db_integer(rows, 7),
        .read_at = db_integer(rows, 8),
        .size_bytes = db_integer(rows, 9),
        .delivery = outbox_state_read(rows, 10),
        .delivered_at = db_integer(rows, 11),
        .delivery_reason = db_text(rows, 12),
        .channel = db_text(rows, 13),
        .mailbox = db_text(rows, 14),
        .opened_at = db_integer(rows, 15),
    };
    const char *texts[TEXTS];
    struct bytes digest;
    if (!keys_open_texts(arena, db, owner_of(out), SEALED, out->id, db_bytes(rows, 16), texts,
                         TEXTS, err))
        return false;
    if (!codec_unhex(arena, texts[DIGEST], &digest) || digest.size != sizeof out->sha256.bytes)
        return error_set(err, ERROR_BROKEN, "decision %s has no digest", out->id);
    memcpy(out->sha256.bytes, digest.data, digest.size);
    out->title = texts[TITLE];
    out->appeal = texts[APPEAL];
    return true;
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows, struct decision *out,
                     struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such decision");
    return read_row(arena, db, rows, out, err);
}

bool decisions_of_key(struct arena *arena, struct db *db, const char *key, struct decision *out,
                      struct error *err)
{
    struct crypto_sha256 digest = digest_of_key(db, key);
    struct db_rows *rows = NULL;
    return db_query(arena, db, DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE d.issue_key = $1"),
                    DB_VALUES(DB_SHA256(digest)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

bool decisions_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                    struct decision *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE d.id = $1 AND d.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, int64_t most,
                 struct decision **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE d.citizen = $1 "
                         "ORDER BY d.decided_at DESC, d.id LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(most)), &rows, err))
        return false;
    struct decision *decisions = ARENA_ARRAY(arena, db_count(rows), struct decision);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &decisions[i], err))
            return false;
    *out = decisions;
    *count = db_count(rows);
    return true;
}

bool decisions_list(struct arena *arena, struct db *db, const char *citizen_id,
                    struct decision **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, DECISIONS_LIST_MAX, out, count, err);
}

bool decisions_all(struct arena *arena, struct db *db, const char *citizen_id,
                   struct decision **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, INT64_MAX, out, count, err);
}

bool decisions_content(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                       struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    struct decision decision;
    struct bytes content;
    if (!db_query(
            arena, db,
            DB_SQL("SELECT " COLUMNS ", d.content" FROM_BOTH "WHERE d.id = $1 AND d.citizen = $2"),
            DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) ||
        !read_one(arena, db, rows, &decision, err) ||
        !keys_open(arena, db, owner_of(&decision), CONTENT, id, db_bytes(rows, AFTER_COLUMNS),
                   &content, err))
        return false;
    if (!db_is_intact(content, &decision.sha256))
        return error_set(err, ERROR_BROKEN, "decision %s is not what was stored", id);
    *out = content;
    return true;
}

bool decisions_opened(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    assert(db_in_transaction(db));
    return db_exec(db,
                   DB_SQL("UPDATE decisions SET read_at = $3 "
                          "WHERE id = $1 AND citizen = $2 AND read_at = 0"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(clock_now())), NULL, err);
}
