#include "storage/outbox.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "storage/attachments.h"
#include "storage/citizens.h"
#include "storage/keys.h"
#include "storage/submissions.h"

#include <assert.h>

#define PAYLOAD "outbox.payload"
#define SEALED "outbox_documents.sealed"
#define CONTENT "outbox_documents.content"
enum { TEXTS = 2 }; /* subject, SHA-256 in hex */

static const char *const kind_names[] = {
    [OUTBOX_RECEIPT] = "receipt",           [OUTBOX_SHARE_REQUEST] = "share_request",
    [OUTBOX_STOP_SHARING] = "stop_sharing", [OUTBOX_EVIDENCE_REQUEST] = "evidence_request",
    [OUTBOX_CERTIFICATE] = "certificate",   [OUTBOX_SUPPLEMENT] = "supplement",
    [OUTBOX_WITHDRAWAL] = "withdrawal",     [OUTBOX_DECISION] = "decision",
};

static const char *const state_names[] = {
    [OUTBOX_PENDING] = "pending",   [OUTBOX_SENDING] = "sending", [OUTBOX_UNKNOWN] = "unknown",
    [OUTBOX_ACCEPTED] = "accepted", [OUTBOX_DONE] = "done",       [OUTBOX_DEAD] = "dead",
};

static const char *const content_names[] = {
    [OUTBOX_OWN_BYTES] = "own",
    [OUTBOX_ATTACHMENT] = "attachment",
    [OUTBOX_RECEIPT_PDF] = "receipt",
};

/* The state machine, whole: no statement of outbox_moves.c leads along anything else. What was
 * delivered stays so: nothing leads from done. */
static const struct outbox_arrow arrows[] = {
    {OUTBOX_PENDING, OUTBOX_SENDING, "sending"},   {OUTBOX_PENDING, OUTBOX_PENDING, "again"},
    {OUTBOX_PENDING, OUTBOX_UNKNOWN, "doubted"},   {OUTBOX_PENDING, OUTBOX_DONE, "done"},
    {OUTBOX_PENDING, OUTBOX_DEAD, "given up"},     {OUTBOX_SENDING, OUTBOX_PENDING, "again"},
    {OUTBOX_SENDING, OUTBOX_UNKNOWN, "unknown"},   {OUTBOX_SENDING, OUTBOX_ACCEPTED, "accepted"},
    {OUTBOX_SENDING, OUTBOX_DONE, "done"},         {OUTBOX_SENDING, OUTBOX_DEAD, "given up"},
    {OUTBOX_UNKNOWN, OUTBOX_UNKNOWN, "unknown"},   {OUTBOX_UNKNOWN, OUTBOX_PENDING, "again"},
    {OUTBOX_UNKNOWN, OUTBOX_ACCEPTED, "accepted"}, {OUTBOX_UNKNOWN, OUTBOX_DONE, "done"},
    {OUTBOX_UNKNOWN, OUTBOX_DEAD, "given up"},     {OUTBOX_ACCEPTED, OUTBOX_ACCEPTED, "accepted"},
    {OUTBOX_ACCEPTED, OUTBOX_UNKNOWN, "unknown"},  {OUTBOX_ACCEPTED, OUTBOX_DONE, "done"},
    {OUTBOX_ACCEPTED, OUTBOX_DEAD, "given up"},    {OUTBOX_DEAD, OUTBOX_PENDING, "retried"},
    {OUTBOX_DEAD, OUTBOX_UNKNOWN, "retried"},      {OUTBOX_DEAD, OUTBOX_DONE, "done"},
};

const struct outbox_arrow *outbox_arrows(size_t *count)
{
    *count = COUNT(arrows);
    return arrows;
}

bool outbox_may(enum outbox_state from, enum outbox_state to)
{
    for (size_t i = 0; i < COUNT(arrows); i++)
        if (arrows[i].from == from && arrows[i].to == to)
            return true;
    return false;
}

const char *outbox_kind_name(enum outbox_kind kind)
{
    return kind_names[kind];
}

const char *outbox_state_name(enum outbox_state state)
{
    return state_names[state];
}

enum outbox_state outbox_state_read(const struct db_rows *rows, int column)
{
    return (enum outbox_state)db_choice(rows, column, state_names, COUNT(state_names));
}

enum outbox_kind outbox_kind_read(const struct db_rows *rows, int column)
{
    return (enum outbox_kind)db_choice(rows, column, kind_names, COUNT(kind_names));
}

/* Adding ------------------------------------------------------------------------------------ */

static struct keys_owner owner_of(const struct delivery *delivery)
{
    return (struct keys_owner){delivery->citizen_id, delivery->draft_id};
}

static bool add_document(struct arena *arena, struct db *db, const struct delivery *delivery,
                         size_t position, struct error *err)
{
    const struct outbox_document *document = &delivery->documents[position];
    bool own = document->content == OUTBOX_OWN_BYTES;
    struct crypto_sha256 digest = own ? crypto_sha256(document->bytes) : document->sha256;
    int64_t size = own ? (int64_t)document->bytes.size : document->size_bytes;
    const char *const texts[TEXTS] = {
        document->subject, codec_hex(arena, (struct bytes){digest.bytes, sizeof digest.bytes})};
    struct bytes sealed, content = {0};
    return keys_seal_texts(arena, db, owner_of(delivery), SEALED, document->uuid, texts, TEXTS,
                           &sealed, err) &&
           (!own || keys_seal(arena, db, owner_of(delivery), CONTENT, document->uuid,
                              document->bytes, &content, err)) &&
           db_exec(db,
                   DB_SQL("INSERT INTO outbox_documents (uuid, delivery, position, sealed, "
                          "file_type, size_bytes, content_in, attachment, content) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"),
                   DB_VALUES(DB_TEXT(document->uuid), DB_TEXT(delivery->id),
                             DB_INTEGER((int64_t)position), DB_BYTES(sealed),
                             DB_TEXT(document->file_type), DB_INTEGER(size),
                             DB_TEXT(content_names[document->content]),
                             DB_TEXT(document->attachment_id), own ? DB_BYTES(content) : DB_NULL),
                   NULL, err);
}

/* A letter about a submission goes with it; another outlives the draft it is about. */
static bool find_draft(struct arena *arena, struct db *db, struct delivery *delivery,
                       struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT draft FROM submissions WHERE id = $1"),
                  DB_VALUES(DB_TEXT(delivery->submission_id)), &rows, err))
        return false;
    delivery->draft_id = db_next(rows) ? db_text(rows, 0) : NULL;
    return true;
}

bool outbox_add(struct arena *arena, struct db *db, const struct delivery *delivery,
                const char **id, struct error *err)
{
    assert(db_in_transaction(db));
    struct delivery added = *delivery;
    struct bytes payload;
    added.id = crypto_random_id(arena, 128);
    if (!find_draft(arena, db, &added, err) ||
        !keys_seal(arena, db, owner_of(&added), PAYLOAD, added.id, added.payload, &payload, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO outbox (id, kind, citizen, submission, consent, "
                        "evidence_request, message_id, "
                        "payload, state, lease_owner, lease_until_ms, fence, attempts, "
                        "next_at_ms, added_at_ms, done_at, reason) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', '', 0, 0, 0, "
                        "db_now_ms(), db_now_ms(), 0, '')"),
                 DB_VALUES(DB_TEXT(added.id), DB_TEXT(kind_names[added.kind]),
                           DB_TEXT(added.citizen_id), DB_TEXT(added.submission_id),
                           DB_TEXT(added.consent_id), DB_TEXT(added.evidence_request_id),
                           DB_TEXT(added.message_id), DB_BYTES(payload)),
                 NULL, err))
        return false;
    for (size_t i = 0; i < added.document_count; i++)
        if (!add_document(arena, db, &added, i, err))
            return false;
    *id = added.id;
    return true;
}

/* Leasing ----------------------------------------------------------------------------------- */

/* No lease and no wait can be longer than these, so one that seems to be was written under another
 * clock (before a restart) and counts as over: $2 is the length of a lease. */
#define DUE                                                                                        \
    "state IN " OUTBOX_UNDERWAY " "                                                                \
    "AND (next_at_ms <= db_now_ms() OR next_at_ms > db_now_ms() + 3600000) "                       \
    "AND (lease_until_ms <= db_now_ms() OR lease_until_ms > db_now_ms() + $2) "
_Static_assert(OUTBOX_MOST_WAIT_MS == 3600000, "stands as a number in DUE");

#define COLUMNS                                                                                    \
    "id, kind, citizen, submission, consent, message_id, payload, state, fence, attempts, "        \
    "db_now_ms() - added_at_ms, COALESCE(db_now_ms() - unknown_at_ms, 0), "                        \
    "COALESCE(db_now_ms() - sending_at_ms, -1), done_at, reason, evidence_request, "               \
    "(SELECT draft FROM submissions WHERE submissions.id = outbox.submission), channel, "          \
    "opened_at, "                                                                                  \
    "sends, mailbox"

static struct delivery read_row(const struct db_rows *rows)
{
    return (struct delivery){
        .id = db_text(rows, 0),
        .kind = outbox_kind_read(rows, 1),
        .citizen_id = db_text(rows, 2),
        .submission_id = db_text(rows, 3),
        .consent_id = db_text(rows, 4),
        .message_id = db_text(rows, 5),
        .payload = db_bytes(rows, 6),
        .state = outbox_state_read(rows, 7),
        .fence = db_integer(rows, 8),
        .attempts = db_integer(rows, 9),
        .age_ms = db_integer(rows, 10),
        .unknown_ms = db_integer(rows, 11),
        .since_sending_ms = db_integer(rows, 12),
        .done_at = db_integer(rows, 13),
        .reason = db_text(rows, 14),
        .evidence_request_id = db_text(rows, 15),
        .draft_id = db_text(rows, 16),
        .channel = db_text(rows, 17),
        .mailbox = db_text(rows, 20),
        .opened_at = db_integer(rows, 18),
        .sends = db_integer(rows, 19),
    };
}

static bool read_document(struct arena *arena, struct db *db, const struct delivery *delivery,
                          const struct db_rows *rows, struct outbox_document *out,
                          struct error *err)
{
    const char *uuid = db_text(rows, 0), *texts[TEXTS];
    struct bytes digest;
    if (!keys_open_texts(arena, db, owner_of(delivery), SEALED, uuid, db_bytes(rows, 1), texts,
                         TEXTS, err))
        return false;
    *out = (struct outbox_document){
        .uuid = uuid,
        .subject = texts[0],
        .file_type = db_text(rows, 2),
        .size_bytes = db_integer(rows, 3),
        .content = (enum outbox_content)db_choice(rows, 4, content_names, COUNT(content_names)),
        .attachment_id = db_text(rows, 5),
    };
    if (!codec_unhex(arena, texts[1], &digest) || digest.size != sizeof out->sha256.bytes)
        return error_set(err, ERROR_BROKEN, "document %s has no digest", uuid);
    memcpy(out->sha256.bytes, digest.data, digest.size);
    return true;
}

static bool read_documents(struct arena *arena, struct db *db, struct delivery *delivery,
                           struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT uuid, sealed, file_type, size_bytes, content_in, attachment "
                         "FROM outbox_documents WHERE delivery = $1 ORDER BY position"),
                  DB_VALUES(DB_TEXT(delivery->id)), &rows, err))
        return false;
    delivery->document_count = db_count(rows);
    delivery->documents = ARENA_ARRAY(arena, db_count(rows), struct outbox_document);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_document(arena, db, delivery, rows, &delivery->documents[i], err))
            return false;
    return true;
}

/* Chooses and marks in one statement; the condition stands twice, since a database with row locks
 * looks at the outer one again when another worker was first. */
static bool lease_one(struct arena *arena, struct db *db, const char *owner, int64_t lease_ms,
                      struct db_rows **out, struct error *err)
{
    return db_query(arena, db,
                    DB_SQL("UPDATE outbox SET lease_owner = $1, lease_until_ms = db_now_ms() + $2, "
                           "fence = fence + 1, attempts = attempts + 1, "
                           "unknown_at_ms = CASE WHEN state = 'sending' "
                           "THEN COALESCE(unknown_at_ms, sending_at_ms) ELSE unknown_at_ms END, "
                           "state = CASE WHEN state = 'sending' THEN 'unknown' ELSE state END "
                           "WHERE " DUE "AND id = (SELECT id FROM outbox WHERE " DUE
                           "ORDER BY next_at_ms, id LIMIT 1) "
                           "RETURNING " COLUMNS),
                    DB_VALUES(DB_TEXT(owner), DB_INTEGER(lease_ms)), out, err);
}

static bool open_row(struct arena *arena, struct db *db, struct delivery *delivery,
                     struct error *err)
{
    struct citizen citizen;
    if (!keys_open(arena, db, owner_of(delivery), PAYLOAD, delivery->id, delivery->payload,
                   &delivery->payload, err) ||
        !read_documents(arena, db, delivery, err) ||
        !citizens_read(arena, db, delivery->citizen_id, &citizen, err))
        return false;
    delivery->recipient_pid = citizen.pid;
    return true;
}

/* One whose keys are gone or whose bytes were changed must not stand in the way of all others. */
static bool bury(struct db *db, const struct delivery *delivery, const char *reason,
                 struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE outbox SET state = 'dead', lease_until_ms = 0, reason = $2 "
                          "WHERE id = $1"),
                   DB_VALUES(DB_TEXT(delivery->id), DB_TEXT(reason)), NULL, err);
}

bool outbox_lease(struct arena *arena, struct db *db, const char *owner, int64_t lease_ms,
                  struct delivery *out, bool *found, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join(db, &transaction, err))
        return false;
    struct delivery delivery = {0};
    for (bool opened = false; !opened;) {
        struct db_rows *rows = NULL;
        if (!lease_one(arena, db, owner, lease_ms, &rows, err))
            return false;
        if (!db_next(rows)) {
            *found = false;
            return db_commit(&transaction, err);
        }
        delivery = read_row(rows);
        delivery.lease_ms = lease_ms;
        struct error why = {0};
        opened = open_row(arena, db, &delivery, &why);
        if (!opened && why.code != ERROR_BROKEN)
            return error_set(err, why.code, "%s", why.text);
        if (!opened && !bury(db, &delivery, why.text, err))
            return false;
    }
    if (!db_commit(&transaction, err))
        return false;
    *out = delivery;
    *found = true;
    return true;
}

static bool own_bytes(struct arena *arena, struct db *db, const struct delivery *delivery,
                      const char *uuid, struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT content FROM outbox_documents WHERE uuid = $1"),
                  DB_VALUES(DB_TEXT(uuid)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_BROKEN, "document %s of a letter is not there", uuid);
    return keys_open(arena, db, owner_of(delivery), CONTENT, uuid, db_bytes(rows, 0), out, err);
}

static bool read_bytes(struct arena *arena, struct db *db, const struct delivery *delivery,
                       const struct outbox_document *document, struct bytes *out, struct error *err)
{
    struct attachment attachment;
    switch (document->content) {
    case OUTBOX_OWN_BYTES:
        return own_bytes(arena, db, delivery, document->uuid, out, err);
    case OUTBOX_ATTACHMENT:
        return attachments_read(arena, db, delivery->citizen_id, document->attachment_id,
                                &attachment, out, err);
    case OUTBOX_RECEIPT_PDF:
        break;
    }
    return submissions_receipt(arena, db, delivery->citizen_id, delivery->submission_id, out, err);
}

bool outbox_document_bytes(struct arena *arena, struct db *db, const struct delivery *delivery,
                           size_t index, struct bytes *out, struct error *err)
{
    assert(index < delivery->document_count);
    const struct outbox_document *document = &delivery->documents[index];
    struct bytes bytes;
    if (!read_bytes(arena, db, delivery, document, &bytes, err))
        return false;
    if (!db_is_intact(bytes, &document->sha256))
        return error_set(err, ERROR_BROKEN, "document %s of a letter is not what was stored",
                         document->uuid);
    *out = bytes;
    return true;
}

bool outbox_read(struct arena *arena, struct db *db, const char *id, struct delivery *out,
                 struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT " COLUMNS " FROM outbox WHERE id = $1"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "there is no such delivery");
    struct delivery delivery = read_row(rows);
    if (!open_row(arena, db, &delivery, err))
        return false;
    *out = delivery;
    return true;
}

bool outbox_of_message(struct arena *arena, struct db *db, const char *message_id,
                       struct delivery *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT " COLUMNS " FROM outbox WHERE message_id = $1"),
                  DB_VALUES(DB_TEXT(message_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no delivery has that message id");
    *out = read_row(rows);
    out->payload = (struct bytes){0};
    return true;
}

bool outbox_awaits_receipts(struct arena *arena, struct db *db, const char *channel, int64_t since,
                            bool *waits, bool *lately, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT COUNT(*), COALESCE(SUM(CASE WHEN state IN ('sending', 'unknown', "
                         "'accepted') THEN 1 ELSE 0 END), 0) FROM outbox WHERE channel = $1 AND "
                         "(state IN ('sending', 'unknown', 'accepted') "
                         "OR (state = 'done' AND done_at >= $2))"),
                  DB_VALUES(DB_TEXT(channel), DB_INTEGER(since)), &rows, err))
        return false;
    bool some = db_next(rows);
    *lately = some && db_integer(rows, 0) > 0;
    *waits = some && db_integer(rows, 1) > 0;
    return true;
}

bool outbox_due_in_ms(struct arena *arena, struct db *db, int64_t lease_ms, int64_t *out,
                      struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT MIN(CASE WHEN lease_until_ms > next_at_ms "
                         "AND lease_until_ms <= db_now_ms() + $1 THEN lease_until_ms "
                         "WHEN next_at_ms > db_now_ms() + 3600000 THEN 0 "
                         "ELSE next_at_ms END) - db_now_ms() FROM outbox "
                         "WHERE state IN " OUTBOX_UNDERWAY),
                  DB_VALUES(DB_INTEGER(lease_ms)), &rows, err))
        return false;
    bool some = db_next(rows) && !db_is_null(rows, 0);
    int64_t in_ms = some ? db_integer(rows, 0) : OUTBOX_NOTHING_DUE;
    *out = in_ms > 0 ? in_ms : 0;
    return true;
}

bool outbox_share_request_progress(struct arena *arena, struct db *db, const char *consent_id,
                                   enum outbox_progress *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT reason FROM outbox WHERE consent = $1 AND kind = 'share_request' "
                         "AND state IN " OUTBOX_UNDERWAY),
                  DB_VALUES(DB_TEXT(consent_id)), &rows, err))
        return false;
    *out = OUTBOX_OVER;
    while (db_next(rows))
        *out = *db_text(rows, 0) ? OUTBOX_IN_TROUBLE : OUTBOX_ON_ITS_WAY;
    return true;
}

bool outbox_share_request_is_over(struct arena *arena, struct db *db, const char *consent_id,
                                  bool *out, struct error *err)
{
    enum outbox_progress progress;
    if (!outbox_share_request_progress(arena, db, consent_id, &progress, err))
        return false;
    *out = progress == OUTBOX_OVER;
    return true;
}

bool outbox_count(struct arena *arena, struct db *db, struct outbox_counts *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT state, COUNT(*), MAX(db_now_ms() - added_at_ms) "
                         "FROM outbox GROUP BY state"),
                  DB_NO_VALUES, &rows, err))
        return false;
    struct outbox_counts counts = {0};
    while (db_next(rows)) {
        enum outbox_state state = outbox_state_read(rows, 0);
        counts.of[state] = db_integer(rows, 1);
        bool waits = state != OUTBOX_DONE && state != OUTBOX_DEAD;
        if (waits && db_integer(rows, 2) > counts.oldest_ms)
            counts.oldest_ms = db_integer(rows, 2);
    }
    *out = counts;
    return true;
}
