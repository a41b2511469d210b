#include "storage/shared_documents.h"

#include "engine/base/clock.h"
#include "storage/consents.h"
#include "storage/keys.h"

#include <string.h>

static const char *const state_names[] = {
    [SHARED_SEEN] = "seen",       [SHARED_WANTED] = "wanted", [SHARED_UNWANTED] = "unwanted",
    [SHARED_FETCHED] = "fetched", [SHARED_FAILED] = "failed", [SHARED_GONE] = "gone",
    [SHARED_DELETED] = "deleted",
};

const char *shared_documents_state_name(enum shared_state state)
{
    return state_names[state];
}

#define COLUMNS                                                                                    \
    "d.id, d.consent, d.texts, d.file_type, d.size_bytes, d.origin_number, d.delivered_at, "       \
    "d.state, d.attempts, d.reason, c.citizen"
#define COLUMN_COUNT 11

/* Sealed with the citizen's own key, as the consent is: what was fetched under it is told of also
 * when the draft is gone. NULL: forgotten. */
#define TEXTS "shared_documents.texts"
enum { TEXT_KEY, TEXT_SUBJECT, TEXT_ORIGIN, TEXT_COUNT };

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct shared_document *out, struct error *err)
{
    struct shared_document document = {
        .id = db_text(rows, 0),
        .consent_id = db_text(rows, 1),
        .key = "",
        .subject = "",
        .file_type = db_text(rows, 3),
        .size_bytes = db_integer(rows, 4),
        .origin_number = db_text(rows, 5),
        .delivered_at = db_integer(rows, 6),
        .state = (enum shared_state)db_choice(rows, 7, state_names, COUNT(state_names)),
        .attempts = db_integer(rows, 8),
        .reason = db_text(rows, 9),
    };
    const char *texts[TEXT_COUNT];
    struct keys_owner owner = {.citizen_id = db_text(rows, 10)};
    if (!db_is_null(rows, 2)) {
        if (!keys_open_texts(arena, db, owner, TEXTS, document.id, db_bytes(rows, 2), texts,
                             TEXT_COUNT, err))
            return false;
        document.key = texts[TEXT_KEY];
        document.subject = texts[TEXT_SUBJECT];
        document.origin_name = texts[TEXT_ORIGIN];
    }
    *out = document;
    return true;
}

static bool read_uses(struct arena *arena, struct db *db, struct shared_document *document,
                      struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT u.requirement, a.id, a.submission FROM shared_document_uses u "
                         "LEFT JOIN attachments a ON a.id = u.attachment "
                         "WHERE u.document = $1 ORDER BY u.position"),
                  DB_VALUES(DB_TEXT(document->id)), &rows, err))
        return false;
    struct shared_use *uses = ARENA_ARRAY(arena, db_count(rows), struct shared_use);
    for (size_t i = 0; db_next(rows); i++)
        uses[i] = (struct shared_use){db_text(rows, 0), db_text(rows, 1), db_text(rows, 2)};
    document->uses = uses;
    document->use_count = db_count(rows);
    return true;
}

bool shared_documents_list(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *consent_id, struct shared_document **out, size_t *count,
                           struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS " FROM shared_documents d "
                         "JOIN consents c ON c.id = d.consent "
                         "WHERE d.consent = $1 AND c.citizen = $2 ORDER BY d.position"),
                  DB_VALUES(DB_TEXT(consent_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    struct shared_document *documents = ARENA_ARRAY(arena, db_count(rows), struct shared_document);
    for (size_t i = 0; db_next(rows); i++) {
        if (!read_row(arena, db, rows, &documents[i], err) ||
            !read_uses(arena, db, &documents[i], err))
            return false;
    }
    *out = documents;
    *count = db_count(rows);
    return true;
}

/* Choosing ---------------------------------------------------------------------------------- */

static bool find_to_choose(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *id, struct shared_document *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS
                         " FROM shared_documents d JOIN consents c ON c.id = d.consent "
                         "WHERE d.id = $1 AND c.citizen = $2 "
                         "AND d.state IN ('seen', 'wanted', 'unwanted', 'failed', 'deleted') "
                         "AND " CONSENTS_LETS_IN("$3")),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(clock_now())), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such document to choose");
    return read_row(arena, db, rows, out, err) && read_uses(arena, db, out, err);
}

static bool is_same_choice(const struct shared_document *document, const char *const *requirements,
                           size_t count)
{
    if (document->state != (count ? SHARED_WANTED : SHARED_UNWANTED) ||
        document->use_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(document->uses[i].requirement, requirements[i]) != 0)
            return false;
    return true;
}

static bool add_use(struct db *db, const struct shared_document *document, size_t position,
                    const char *requirement, struct error *err)
{
    int64_t added = 0;
    if (!db_exec(db,
                 DB_SQL("INSERT INTO shared_document_uses (document, position, requirement) "
                        "SELECT $1, $2, requirement FROM consent_requirements "
                        "WHERE consent = $3 AND requirement = $4"),
                 DB_VALUES(DB_TEXT(document->id), DB_INTEGER((int64_t)position),
                           DB_TEXT(document->consent_id), DB_TEXT(requirement)),
                 &added, err))
        return false;
    return added == 1 || error_set(err, ERROR_INVALID, "the consent is not for this requirement");
}

bool shared_documents_choose(struct arena *arena, struct db *db, const char *citizen_id,
                             const char *id, const char *const *requirements, size_t count,
                             struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct shared_document document;
    if (!db_join(db, &transaction, err) ||
        !find_to_choose(arena, db, citizen_id, id, &document, err))
        return false;
    if (is_same_choice(&document, requirements, count))
        return true;
    if (!db_exec(db, DB_SQL("DELETE FROM shared_document_uses WHERE document = $1"),
                 DB_VALUES(DB_TEXT(id)), NULL, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_use(db, &document, i, requirements[i], err))
            return false;
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = $2, attempts = 0, next_at_ms = 0, "
                          "reason = '' WHERE id = $1"),
                   DB_VALUES(DB_TEXT(id),
                             DB_TEXT(state_names[count ? SHARED_WANTED : SHARED_UNWANTED])),
                   NULL, err) &&
           db_commit(&transaction, err);
}

/* In SQL, of the rows of shared_documents: fetched, and not one of its attachments is left. */
#define IS_NO_ATTACHMENT                                                                           \
    "state = 'fetched' AND NOT EXISTS (SELECT 1 FROM shared_document_uses u "                      \
    "JOIN attachments a ON a.id = u.attachment WHERE u.document = shared_documents.id) "

bool shared_documents_attachment_removed(struct db *db, const char *attachment_id,
                                         struct error *err)
{
    struct db_values values = DB_VALUES(DB_TEXT(attachment_id));
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = 'deleted' WHERE id = (SELECT "
                          "document FROM shared_document_uses WHERE attachment = $1) "
                          "AND " IS_NO_ATTACHMENT),
                   values, NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM shared_document_uses WHERE attachment = $1"), values,
                   NULL, err);
}

bool shared_documents_ended(struct db *db, const char *consent_id, struct error *err)
{
    struct db_values values = DB_VALUES(DB_TEXT(consent_id));
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = 'gone' "
                          "WHERE consent = $1 AND state IN ('seen', 'wanted')"),
                   values, NULL, err) &&
           db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = 'deleted' "
                          "WHERE consent = $1 AND " IS_NO_ATTACHMENT),
                   values, NULL, err) &&
           db_exec(db,
                   DB_SQL("UPDATE shared_documents SET texts = NULL "
                          "WHERE consent = $1 AND state IN ('unwanted', 'gone')"),
                   values, NULL, err);
}

/* What the postbox says --------------------------------------------------------------------- */

/* When access ends is ours to know: no event tells of it, and the postbox need not say. It is never
 * later than what the citizen said yes to. */
static bool mark_shared(struct db *db, const char *consent_id, int64_t shared_at,
                        int64_t expires_at, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE consents SET state = 'shared', "
                          "changed_at = CASE WHEN state = 'shared' THEN changed_at ELSE $3 END, "
                          "shared_at = CASE WHEN $2 > 0 THEN $2 WHEN shared_at > 0 THEN shared_at "
                          "ELSE $3 END WHERE id = $1 AND state IN ('asked', 'shared')"),
                   DB_VALUES(DB_TEXT(consent_id), DB_INTEGER(shared_at), DB_INTEGER(clock_now())),
                   NULL, err) &&
           db_exec(db,
                   DB_SQL("UPDATE consents SET expires_at = "
                          "CASE WHEN $2 > 0 AND $2 < shared_at + duration_seconds THEN $2 "
                          "ELSE shared_at + duration_seconds END "
                          "WHERE id = $1 AND state = 'shared'"),
                   DB_VALUES(DB_TEXT(consent_id), DB_INTEGER(expires_at)), NULL, err);
}

/* By what a document is found again at the next look, without telling which it is. */
static struct crypto_sha256 lookup_of(struct arena *arena, struct db *db, const char *consent_id,
                                      const char *key)
{
    return keys_lookup(db, "shared_documents.document_key",
                       arena_printf(arena, "%s %s", consent_id, key));
}

/* The consent that is being looked at. */
struct looked_at {
    const char *id, *citizen_id;
};

static bool add_or_find(struct arena *arena, struct db *db, const struct looked_at *consent,
                        const struct shared_document *d, struct error *err)
{
    const char *const texts[TEXT_COUNT] = {d->key, d->subject, d->origin_name};
    const char *id = crypto_random_id(arena, 128);
    struct crypto_sha256 lookup = lookup_of(arena, db, consent->id, d->key);
    struct bytes sealed;
    return keys_seal_texts(arena, db, (struct keys_owner){.citizen_id = consent->citizen_id}, TEXTS,
                           id, texts, TEXT_COUNT, &sealed, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO shared_documents (id, consent, position, document_key, "
                          "texts, file_type, size_bytes, origin_number, delivered_at, state, "
                          "attempts, next_at_ms, reason) VALUES ($1, $2, "
                          "(SELECT COALESCE(MAX(position), 0) + 1 FROM shared_documents "
                          "WHERE consent = $2), $3, $4, $5, $6, $7, $8, 'seen', 0, 0, '') "
                          "ON CONFLICT (consent, document_key) DO UPDATE SET state = 'seen' "
                          "WHERE shared_documents.state = 'gone'"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(consent->id), DB_SHA256(lookup), DB_BYTES(sealed),
                             DB_TEXT(d->file_type), DB_INTEGER(d->size_bytes),
                             DB_TEXT(d->origin_number), DB_INTEGER(d->delivered_at)),
                   NULL, err);
}

static bool is_listed(struct crypto_sha256 key, const struct crypto_sha256 *listed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(listed[i].bytes, key.bytes, sizeof key.bytes) == 0)
            return true;
    return false;
}

static bool mark_gone(struct arena *arena, struct db *db, const char *consent_id,
                      const struct shared_document *documents, size_t count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, document_key FROM shared_documents "
                         "WHERE consent = $1 AND state IN ('seen', 'wanted')"),
                  DB_VALUES(DB_TEXT(consent_id)), &rows, err))
        return false;
    struct crypto_sha256 *listed = ARENA_ARRAY(arena, count, struct crypto_sha256);
    for (size_t i = 0; i < count; i++)
        listed[i] = lookup_of(arena, db, consent_id, documents[i].key);
    while (db_next(rows))
        if (!is_listed(db_sha256(rows, 1), listed, count) &&
            !db_exec(db, DB_SQL("UPDATE shared_documents SET state = 'gone' WHERE id = $1"),
                     DB_VALUES(DB_TEXT(db_text(rows, 0))), NULL, err))
            return false;
    return db_exec(db,
                   DB_SQL("DELETE FROM shared_document_uses WHERE document IN "
                          "(SELECT id FROM shared_documents WHERE consent = $1 "
                          "AND state = 'gone')"),
                   DB_VALUES(DB_TEXT(consent_id)), NULL, err);
}

bool shared_documents_saw(struct arena *arena, struct db *db, const char *consent_id,
                          int64_t shared_at, int64_t expires_at,
                          const struct shared_document *documents, size_t count, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT citizen FROM consents WHERE id = $1 "
                         "AND state IN ('asked', 'shared')"),
                  DB_VALUES(DB_TEXT(consent_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return true;
    struct looked_at consent = {consent_id, db_text(rows, 0)};
    if (count > 0 && !mark_shared(db, consent_id, shared_at, expires_at, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add_or_find(arena, db, &consent, &documents[i], err))
            return false;
    return mark_gone(arena, db, consent_id, documents, count, err) && db_commit(&transaction, err);
}

/* Fetching ---------------------------------------------------------------------------------- */

static bool read_next(struct arena *arena, struct db *db, const char *id, struct shared_next *out,
                      struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS ", c.draft, c.request_uuid "
                         "FROM shared_documents d JOIN consents c ON c.id = d.consent "
                         "WHERE d.id = $1"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such document");
    *out = (struct shared_next){
        .citizen_id = db_text(rows, COLUMN_COUNT - 1),
        .draft_id = db_text(rows, COLUMN_COUNT),
        .request_uuid = db_text(rows, COLUMN_COUNT + 1),
    };
    return read_row(arena, db, rows, &out->document, err) &&
           read_uses(arena, db, &out->document, err);
}

bool shared_documents_next(struct arena *arena, struct db *db, int64_t hold_ms,
                           struct shared_next *out, bool *found, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("UPDATE shared_documents SET next_at_ms = db_now_ms() + $1 WHERE id = "
                         "(SELECT d.id FROM shared_documents d "
                         "JOIN consents c ON c.id = d.consent JOIN drafts f ON f.id = c.draft "
                         "WHERE d.state = 'wanted' AND f.state = 'open' AND " CONSENTS_LETS_IN(
                             "$2") "AND (d.next_at_ms <= db_now_ms() "
                                   "OR d.next_at_ms > db_now_ms() + 3600000) "
                                   "ORDER BY d.next_at_ms, d.id LIMIT 1) RETURNING id"),
                  DB_VALUES(DB_INTEGER(hold_ms), DB_INTEGER(clock_now())), &rows, err))
        return false;
    /* held before it is read: one that cannot be read waits too, and keeps the others from nothing
     */
    bool some = db_next(rows);
    if (!db_commit(&transaction, err) ||
        (some && !read_next(arena, db, db_text(rows, 0), out, err)))
        return false;
    *found = some;
    return true;
}

bool shared_documents_fetched(struct db *db, const char *id, const char *requirement,
                              const char *attachment_id, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE shared_document_uses SET attachment = $3 WHERE document = $1 "
                        "AND requirement = $2 AND attachment IS NULL AND EXISTS "
                        "(SELECT 1 FROM shared_documents d JOIN consents c ON c.id = d.consent "
                        "WHERE d.id = $1 AND d.state = 'wanted' AND " CONSENTS_LETS_IN("$4") ")"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(requirement), DB_TEXT(attachment_id),
                           DB_INTEGER(clock_now())),
                 &changed, err))
        return false;
    if (changed == 0)
        return error_set(err, ERROR_DENIED, "document %s is no longer ours to fetch", id);
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = 'fetched', reason = '' "
                          "WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM shared_document_uses u "
                          "WHERE u.document = $1 AND u.attachment IS NULL)"),
                   DB_VALUES(DB_TEXT(id)), NULL, err);
}

bool shared_documents_failed(struct db *db, const char *id, const char *reason, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET state = 'failed', reason = $2, "
                          "attempts = attempts + 1 WHERE id = $1 AND state = 'wanted'"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(reason)), NULL, err);
}

bool shared_documents_again(struct db *db, const char *id, int64_t wait_ms, const char *reason,
                            struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE shared_documents SET next_at_ms = db_now_ms() + $2, "
                          "reason = $3, attempts = attempts + 1 "
                          "WHERE id = $1 AND state = 'wanted'"),
                   DB_VALUES(DB_TEXT(id), DB_INTEGER(wait_ms), DB_TEXT(reason)), NULL, err);
}
