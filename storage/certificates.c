#include "storage/certificates.h"

#include "engine/base/codec.h"
#include "storage/keys.h"

#include <assert.h>
#include <string.h>

static const char *const kind_names[] = {
    [CERTIFICATE_ISSUED] = "issued",
    [CERTIFICATE_FETCHED] = "fetched",
};

bool certificates_is_type(const char *word)
{
    size_t length = word ? strlen(word) : 0;
    return length > 0 && length <= CERTIFICATES_MAX_TYPE && word[0] >= 'a' && word[0] <= 'z' &&
           strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* Sealing: the texts about it and its digest as one blob, and its bytes as another. */
enum { TITLE, NUMBER, ISSUER_NAME, DIGEST, TEXTS };
static const char sealed_texts[] = "certificates.sealed";
static const char sealed_content[] = "certificate_contents.content";

static struct keys_owner owner_of(const struct certificate *certificate)
{
    return (struct keys_owner){certificate->citizen_id, certificate->draft_id};
}

static struct crypto_sha256 digest_of_key(struct db *db, const char *issue_key)
{
    return keys_lookup(db, "certificates.issue_key", issue_key);
}

static bool add_content(struct arena *arena, struct db *db, const struct certificate *certificate,
                        struct bytes content, struct error *err)
{
    struct bytes sealed;
    return keys_seal(arena, db, owner_of(certificate), sealed_content, certificate->id, content,
                     &sealed, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO certificate_contents (certificate, content) "
                          "VALUES ($1, $2)"),
                   DB_VALUES(DB_TEXT(certificate->id), DB_BYTES(sealed)), NULL, err);
}

bool certificates_add(struct arena *arena, struct db *db, const struct certificate *certificate,
                      struct bytes content, const char *issue_key, struct error *err)
{
    assert(db_in_transaction(db));
    const struct certificate *c = certificate;
    bool issued = c->kind == CERTIFICATE_ISSUED;
    struct crypto_sha256 digest = issued ? crypto_sha256(content) : c->sha256;
    struct crypto_sha256 key = digest_of_key(db, issue_key ? issue_key : "");
    int64_t size = issued ? (int64_t)content.size : c->size_bytes;
    const char *texts[TEXTS] = {
        [TITLE] = c->title,
        [NUMBER] = c->number,
        [ISSUER_NAME] = c->issuer_name,
        [DIGEST] = codec_hex(arena, (struct bytes){digest.bytes, sizeof digest.bytes}),
    };
    struct bytes sealed;
    if (!keys_seal_texts(arena, db, owner_of(c), sealed_texts, c->id, texts, TEXTS, &sealed, err) ||
        !db_exec(
            db,
            DB_SQL("INSERT INTO certificates (id, citizen, draft, submission, kind, evidence_type, "
                   "attachment, media_type, size_bytes, issuer_number, issued_at, "
                   "valid_until, document, consent, fetched_at, issue_key, sealed) "
                   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
                   "$17)"),
            DB_VALUES(DB_TEXT(c->id), DB_TEXT(c->citizen_id), DB_TEXT(c->draft_id),
                      DB_TEXT(c->submission_id), DB_TEXT(kind_names[c->kind]), DB_TEXT(c->type),
                      DB_TEXT(c->attachment_id), DB_TEXT(c->media_type), DB_INTEGER(size),
                      DB_TEXT(c->issuer_number), DB_INTEGER(c->issued_at),
                      DB_INTEGER(c->valid_until), DB_TEXT(c->document_id), DB_TEXT(c->consent_id),
                      DB_INTEGER(c->fetched_at), issue_key ? DB_SHA256(key) : DB_NULL,
                      DB_BYTES(sealed)),
            NULL, err))
        return false;
    return !issued || add_content(arena, db, c, content, err);
}

/* Reading ------------------------------------------------------------------------------------ */

#define COLUMNS                                                                                    \
    "c.id, c.citizen, c.draft, c.submission, c.kind, c.evidence_type, c.attachment, "              \
    "c.media_type, c.size_bytes, c.issuer_number, c.issued_at, c.valid_until, "                    \
    "c.document, c.consent, c.fetched_at, c.sealed"
enum { AFTER_COLUMNS = 16 };

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct certificate *out, struct error *err)
{
    *out = (struct certificate){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .draft_id = db_text(rows, 2),
        .submission_id = db_text(rows, 3),
        .kind = (enum certificate_kind)db_choice(rows, 4, kind_names, COUNT(kind_names)),
        .type = db_text(rows, 5),
        .attachment_id = db_text(rows, 6),
        .media_type = db_text(rows, 7),
        .size_bytes = db_integer(rows, 8),
        .issuer_number = db_text(rows, 9),
        .issued_at = db_integer(rows, 10),
        .valid_until = db_integer(rows, 11),
        .document_id = db_text(rows, 12),
        .consent_id = db_text(rows, 13),
        .fetched_at = db_integer(rows, 14),
    };
    const char *texts[TEXTS];
    struct bytes digest;
    if (!keys_open_texts(arena, db, owner_of(out), sealed_texts, out->id, db_bytes(rows, 15), texts,
                         TEXTS, err))
        return false;
    if (!codec_unhex(arena, texts[DIGEST], &digest) || digest.size != sizeof out->sha256.bytes)
        return error_set(err, ERROR_BROKEN, "certificate %s has no digest", out->id);
    memcpy(out->sha256.bytes, digest.data, digest.size);
    out->title = texts[TITLE];
    out->number = texts[NUMBER];
    out->issuer_name = texts[ISSUER_NAME];
    return true;
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows,
                     struct certificate *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such certificate");
    return read_row(arena, db, rows, out, err);
}

static bool open_content(struct arena *arena, struct db *db, const struct certificate *certificate,
                         struct bytes sealed, struct bytes *out, struct error *err)
{
    struct bytes content;
    if (!keys_open(arena, db, owner_of(certificate), sealed_content, certificate->id, sealed,
                   &content, err))
        return false;
    if (!db_is_intact(content, &certificate->sha256))
        return error_set(err, ERROR_BROKEN, "certificate %s is not what was stored",
                         certificate->id);
    *out = content;
    return true;
}

bool certificates_of_key(struct arena *arena, struct db *db, const char *issue_key,
                         struct certificate *out, struct error *err)
{
    struct crypto_sha256 key = digest_of_key(db, issue_key);
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM certificates c WHERE c.issue_key = $1"),
                    DB_VALUES(DB_SHA256(key)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

bool certificates_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                       struct certificate *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM certificates c "
                           "WHERE c.id = $1 AND c.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, const char *type,
                 int64_t holding_at, int64_t most, struct certificate **out, size_t *count,
                 struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(
            arena, db,
            DB_SQL("SELECT " COLUMNS " FROM certificates c WHERE c.citizen = $1 "
                   "AND ($2 IS NULL OR (c.evidence_type = $2 "
                   "AND (c.valid_until = 0 OR c.valid_until > $3))) "
                   "ORDER BY c.issued_at DESC, c.id LIMIT $4"),
            DB_VALUES(DB_TEXT(citizen_id), DB_TEXT(type), DB_INTEGER(holding_at), DB_INTEGER(most)),
            &rows, err))
        return false;
    struct certificate *certificates = ARENA_ARRAY(arena, db_count(rows), struct certificate);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &certificates[i], err))
            return false;
    *out = certificates;
    *count = db_count(rows);
    return true;
}

bool certificates_list(struct arena *arena, struct db *db, const char *citizen_id, const char *type,
                       int64_t holding_at, struct certificate **out, size_t *count,
                       struct error *err)
{
    return list(arena, db, citizen_id, type, holding_at, CERTIFICATES_LIST_MAX, out, count, err);
}

bool certificates_all(struct arena *arena, struct db *db, const char *citizen_id,
                      struct certificate **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, NULL, 0, INT64_MAX, out, count, err);
}

bool certificates_end_offers(struct db *db, const char *citizen_id, const char *submission_id,
                             int64_t now, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE certificates SET valid_until = $3 WHERE submission = $1 "
                          "AND citizen = $2 AND kind = 'fetched' "
                          "AND (valid_until = 0 OR valid_until > $3)"),
                   DB_VALUES(DB_TEXT(submission_id), DB_TEXT(citizen_id), DB_INTEGER(now)), NULL,
                   err);
}

bool certificates_content(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *id, struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    struct certificate certificate;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS ", b.content FROM certificates c "
                           "JOIN certificate_contents b ON b.certificate = c.id "
                           "WHERE c.id = $1 AND c.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, &certificate, err) &&
           open_content(arena, db, &certificate, db_bytes(rows, AFTER_COLUMNS), out, err);
}

bool certificates_with_consent(struct arena *arena, struct db *db, const char *consumer,
                               const char *request_id, int64_t now, struct certificate *out,
                               struct bytes *content, struct error *err)
{
    struct db_rows *rows = NULL;
    struct certificate certificate;
    struct bytes bytes = {0};
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS ", CASE WHEN $4 = 1 THEN b.content END "
                         "FROM evidence_requests r "
                         "JOIN evidence_consents y ON y.request = r.id AND y.citizen = r.citizen "
                         "AND y.consumer = r.consumer AND y.purpose_sha256 = r.purpose_sha256 "
                         "JOIN certificates c ON c.id = y.certificate AND c.citizen = y.citizen "
                         "AND c.evidence_type = r.evidence_type "
                         "LEFT JOIN certificate_contents b ON b.certificate = c.id "
                         "WHERE r.id = $1 AND r.consumer = $2 AND r.state = 'given' "
                         "AND y.withdrawn_at = 0 AND y.ends_at > $3"),
                  DB_VALUES(DB_TEXT(request_id), DB_TEXT(consumer), DB_INTEGER(now),
                            DB_INTEGER(content != NULL)),
                  &rows, err) ||
        !read_one(arena, db, rows, &certificate, err))
        return false;
    if (content && certificate.kind == CERTIFICATE_ISSUED &&
        !open_content(arena, db, &certificate, db_bytes(rows, AFTER_COLUMNS), &bytes, err))
        return false;
    *out = certificate;
    if (content)
        *content = bytes;
    return true;
}
