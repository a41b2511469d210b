#include "storage/audit.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"

#include <assert.h>

enum { FORMAT = 1, VERIFIED_AT_ONCE = 500 };

static const char *const action_names[] = {
    [AUDIT_LOGIN] = "login",
    [AUDIT_LOGOUT] = "logout",
    [AUDIT_ACCESS_REFUSED] = "access_refused",
    [AUDIT_SUBMITTED] = "submitted",
    [AUDIT_RECEIPT_DELIVERED] = "receipt_delivered",
    [AUDIT_CONSENT_GIVEN] = "consent_given",
    [AUDIT_CONSENT_WITHDRAWN] = "consent_withdrawn",
    [AUDIT_SHARING_ASKED] = "sharing_asked",
    [AUDIT_DOCUMENT_FETCHED] = "document_fetched",
    [AUDIT_SHARING_STOPPED] = "sharing_stopped",
    [AUDIT_DELIVERY_GIVEN_UP] = "delivery_given_up",
    [AUDIT_DELIVERY_RETRIED] = "delivery_retried",
    [AUDIT_RETENTION_DELETED] = "retention_deleted",
    [AUDIT_DRAFT_MOVED] = "draft_moved",
    [AUDIT_DOCUMENT_REFUSED] = "document_refused",
    [AUDIT_EVIDENCE_ASKED] = "evidence_asked",
    [AUDIT_EVIDENCE_TOLD] = "evidence_told",
    [AUDIT_EVIDENCE_GIVEN] = "evidence_given",
    [AUDIT_EVIDENCE_REFUSED] = "evidence_refused",
    [AUDIT_EVIDENCE_WITHDRAWN] = "evidence_withdrawn",
    [AUDIT_EVIDENCE_READ] = "evidence_read",
    [AUDIT_CERTIFICATE_ISSUED] = "certificate_issued",
    [AUDIT_CERTIFICATE_DELIVERED] = "certificate_delivered",
    [AUDIT_SUPPLEMENTED] = "supplemented",
    [AUDIT_SUPPLEMENT_DELIVERED] = "supplement_delivered",
};

static const char *const actor_names[] = {
    [AUDIT_CITIZEN] = "citizen",
    [AUDIT_STAFF] = "staff",
    [AUDIT_AGENCY] = "agency",
    [AUDIT_SYSTEM] = "system",
};

static const char *const outcome_names[] = {"failed", "succeeded"};

const char *audit_action_name(enum audit_action action)
{
    return action_names[action];
}

/* A row as the digest sees it: words, so that an unknown one from another version verifies too. */
struct row {
    int64_t sequence, at_ms;
    const char *words[7]; /* actor, actor_id, citizen, action, object_id, outcome, request_id */
};

static void add_number(struct buf *buf, uint64_t number, int size)
{
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
        buf_add_byte(buf, (unsigned char)(number >> shift));
}

/* Format, sequence and time as 8 bytes, each word as a 4-byte size and its bytes, then the digest
 * of the row before: no two rows have the same bytes. */
static struct crypto_sha256 digest_of(struct arena *arena, const struct row *row,
                                      const struct crypto_sha256 *previous)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_byte(&buf, FORMAT);
    add_number(&buf, (uint64_t)row->sequence, 8);
    add_number(&buf, (uint64_t)row->at_ms, 8);
    for (size_t i = 0; i < COUNT(row->words); i++) {
        add_number(&buf, strlen(row->words[i]), 4);
        buf_add_text(&buf, row->words[i]);
    }
    buf_add(&buf, (struct bytes){previous->bytes, sizeof previous->bytes});
    return crypto_sha256(buf_bytes(&buf));
}

static bool last_of(struct arena *arena, struct db *db, int64_t *sequence,
                    struct crypto_sha256 *digest, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *sequence = 0;
    *digest = (struct crypto_sha256){{0}};
    if (db_next(rows)) {
        *sequence = db_integer(rows, 0);
        *digest = db_sha256(rows, 1);
    }
    return true;
}

bool audit_add(struct arena *arena, struct db *db, const struct audit_entry *entry,
               struct error *err)
{
    assert(db_in_transaction(db));
    int64_t last = 0;
    struct crypto_sha256 previous;
    if (!last_of(arena, db, &last, &previous, err))
        return false;
    struct row row = {
        .sequence = last + 1,
        .at_ms = clock_now_ms(),
        .words = {actor_names[entry->actor], entry->actor_id, entry->citizen_id,
                  action_names[entry->action], entry->object_id, outcome_names[entry->succeeded],
                  entry->request_id},
    };
    struct crypto_sha256 digest = digest_of(arena, &row, &previous);
    return db_exec(db,
                   DB_SQL("INSERT INTO audit (sequence, at_ms, actor, actor_id, citizen, action, "
                          "object_id, outcome, request_id, previous, digest) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
                   DB_VALUES(DB_INTEGER(row.sequence), DB_INTEGER(row.at_ms), DB_TEXT(row.words[0]),
                             DB_TEXT(row.words[1]), DB_TEXT(row.words[2]), DB_TEXT(row.words[3]),
                             DB_TEXT(row.words[4]), DB_TEXT(row.words[5]), DB_TEXT(row.words[6]),
                             DB_SHA256(previous), DB_SHA256(digest)),
                   NULL, err);
}

bool audit_list(struct arena *arena, struct db *db, const char *citizen_id,
                struct audit_entry **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT sequence, at_ms, actor, actor_id, citizen, action, object_id, "
                         "outcome, request_id FROM audit WHERE citizen = $1 "
                         "ORDER BY sequence DESC LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(AUDIT_LIST_MAX)), &rows, err))
        return false;
    struct audit_entry *entries = ARENA_ARRAY(arena, db_count(rows), struct audit_entry);
    for (size_t i = 0; db_next(rows); i++)
        entries[i] = (struct audit_entry){
            .sequence = db_integer(rows, 0),
            .at_ms = db_integer(rows, 1),
            .actor = (enum audit_actor)db_choice(rows, 2, actor_names, COUNT(actor_names)),
            .actor_id = db_text(rows, 3),
            .citizen_id = db_text(rows, 4),
            .action = (enum audit_action)db_choice(rows, 5, action_names, COUNT(action_names)),
            .object_id = db_text(rows, 6),
            .succeeded = db_choice(rows, 7, outcome_names, COUNT(outcome_names)),
            .request_id = db_text(rows, 8),
        };
    *out = entries;
    *count = db_count(rows);
    return true;
}

/* Where the walk through the chain is: the row that must come next, and the digest it must carry.
 */
struct walk {
    int64_t next, wrong;
    struct crypto_sha256 previous;
};

static bool same(struct crypto_sha256 a, struct crypto_sha256 b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static void walk_row(struct arena *arena, const struct db_rows *rows, struct walk *walk)
{
    struct row row = {.sequence = db_integer(rows, 0), .at_ms = db_integer(rows, 1)};
    for (size_t i = 0; i < COUNT(row.words); i++)
        row.words[i] = db_text(rows, (int)i + 2);
    struct crypto_sha256 digest = digest_of(arena, &row, &walk->previous);
    if (row.sequence != walk->next || !same(db_sha256(rows, 9), walk->previous) ||
        !same(db_sha256(rows, 10), digest))
        walk->wrong = walk->next;
    walk->previous = digest;
    walk->next++;
}

bool audit_verify(struct db *db, int64_t *wrong, int64_t *row_count, struct crypto_sha256 *head,
                  struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct walk walk = {.next = 1};
    for (bool more = true; more && !walk.wrong;) {
        arena_reset(arena);
        struct db_rows *rows = NULL;
        if (!db_query(arena, db,
                      DB_SQL("SELECT sequence, at_ms, actor, actor_id, citizen, action, object_id, "
                             "outcome, request_id, previous, digest FROM audit "
                             "WHERE sequence >= $1 ORDER BY sequence LIMIT $2"),
                      DB_VALUES(DB_INTEGER(walk.next), DB_INTEGER(VERIFIED_AT_ONCE)), &rows, err))
            return false;
        more = db_count(rows) == VERIFIED_AT_ONCE;
        while (!walk.wrong && db_next(rows))
            walk_row(arena, rows, &walk);
    }
    *wrong = walk.wrong;
    *row_count = walk.next - 1;
    if (head)
        *head = walk.previous;
    return true;
}
