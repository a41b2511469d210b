#include "storage/audit.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/keys.h"

#include <assert.h>
#include <stdlib.h>

enum { FORMAT = 1, VERIFIED_AT_ONCE = 500, NEARBY = 1000 };

static const char *const action_names[AUDIT_ACTIONS] = {
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
    [AUDIT_DOCUMENT_FAILED] = "document_failed",
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
    [AUDIT_DOCUMENT_ADDED] = "document_added",
    [AUDIT_DOCUMENT_REMOVED] = "document_removed",
    [AUDIT_STARTED] = "started",
    [AUDIT_KEYS_CHANGED] = "keys_changed",
    [AUDIT_DOCUMENT_READ] = "document_read",
    [AUDIT_SUBMISSION_READ] = "submission_read",
    [AUDIT_CONSENT_USED] = "consent_used",
    [AUDIT_DRAFT_DELETED] = "draft_deleted",
    [AUDIT_SHARING_GIVEN] = "sharing_given",
    [AUDIT_CERTIFICATE_READ] = "certificate_read",
    [AUDIT_CONSENT_EXPIRED] = "consent_expired",
    [AUDIT_LETTER_ON_PAPER] = "letter_on_paper",
    [AUDIT_DATA_TAKEN] = "data_taken",
    [AUDIT_LETTER_OPENED] = "letter_opened",
    [AUDIT_WITHDRAWN] = "withdrawn",
    [AUDIT_WITHDRAWAL_DELIVERED] = "withdrawal_delivered",
    [AUDIT_DECIDED] = "decided",
    [AUDIT_DECISION_DELIVERED] = "decision_delivered",
    [AUDIT_DECISION_READ] = "decision_read",
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
enum { ACTOR, ACTOR_ID, CITIZEN, ACTION, OBJECT_ID, CONSENT, OUTCOME, REQUEST_ID, WORDS };
struct row {
    int64_t sequence, at_ms;
    struct bytes words[WORDS];
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
        add_number(&buf, row->words[i].size, 4);
        buf_add(&buf, row->words[i]);
    }
    buf_add(&buf, (struct bytes){previous->bytes, sizeof previous->bytes});
    return crypto_sha256(buf_bytes(&buf));
}

/* ---- writing ---- */

bool audit_find_head(struct db *db, struct audit_head *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = (struct audit_head){.sequence = 0};
    if (db_next(rows))
        *out = (struct audit_head){db_integer(rows, 0), db_sha256(rows, 1)};
    return true;
}

/* How a person stands in the log; nobody is "". */
static bool name_person(struct arena *arena, struct db *db, const char *citizen_id,
                        const char **out, struct error *err)
{
    *out = "";
    return text_is_empty(citizen_id) || keys_pseudonym(arena, db, citizen_id, out, err);
}

/* How the actor of an entry stands in the log. */
static bool name_actor(struct arena *arena, struct db *db, const struct audit_entry *entry,
                       const char **out, struct error *err)
{
    *out = entry->actor_id ? entry->actor_id : "";
    return entry->actor != AUDIT_CITIZEN || name_person(arena, db, *out, out, err);
}

static struct bytes word(const char *text)
{
    return BYTES_OF(text ? text : ""); /* no data at all would be NULL to the database */
}

static struct db_value text_of(struct bytes word)
{
    return (struct db_value){.kind = DB_KIND_TEXT, .bytes = word};
}

bool audit_add(struct arena *arena, struct db *db, const struct audit_entry *entry,
               struct error *err)
{
    assert(db_in_transaction(db));
    struct audit_head last;
    const char *citizen, *actor;
    if (!audit_find_head(db, &last, err) ||
        !name_person(arena, db, entry->citizen_id, &citizen, err) ||
        !name_actor(arena, db, entry, &actor, err))
        return false;
    struct row row = {
        .sequence = last.sequence + 1,
        .at_ms = clock_now_ms(),
        .words = {[ACTOR] = word(actor_names[entry->actor]),
                  [ACTOR_ID] = word(actor),
                  [CITIZEN] = word(citizen),
                  [ACTION] = word(action_names[entry->action]),
                  [OBJECT_ID] = word(entry->object_id),
                  [CONSENT] = word(entry->consent_id),
                  [OUTCOME] = word(outcome_names[entry->succeeded]),
                  [REQUEST_ID] = word(entry->request_id)},
    };
    struct crypto_sha256 digest = digest_of(arena, &row, &last.digest);
    return db_exec(db,
                   DB_SQL("INSERT INTO audit (sequence, at_ms, actor, actor_id, citizen, action, "
                          "object_id, consent, outcome, request_id, previous, digest) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
                   DB_VALUES(DB_INTEGER(row.sequence), DB_INTEGER(row.at_ms),
                             text_of(row.words[ACTOR]), text_of(row.words[ACTOR_ID]),
                             text_of(row.words[CITIZEN]), text_of(row.words[ACTION]),
                             text_of(row.words[OBJECT_ID]), text_of(row.words[CONSENT]),
                             text_of(row.words[OUTCOME]), text_of(row.words[REQUEST_ID]),
                             DB_SHA256(last.digest), DB_SHA256(digest)),
                   NULL, err);
}

/* ---- reading ---- */

/* People's pseudonyms become their id again, of the one who asks. */
static void read_entries(struct db_rows *rows, const char *citizen_id, const char *pseudonym,
                         struct audit_entry *entries)
{
    for (size_t i = 0; db_next(rows); i++) {
        const char *actor_id = db_text(rows, 3);
        entries[i] = (struct audit_entry){
            .sequence = db_integer(rows, 0),
            .at_ms = db_integer(rows, 1),
            .actor = (enum audit_actor)db_choice(rows, 2, actor_names, COUNT(actor_names)),
            .actor_id = text_equal(actor_id, pseudonym) ? citizen_id : actor_id,
            .citizen_id = citizen_id,
            .action = (enum audit_action)db_choice(rows, 4, action_names, COUNT(action_names)),
            .object_id = db_text(rows, 5),
            .consent_id = db_text(rows, 6),
            .succeeded = db_choice(rows, 7, outcome_names, COUNT(outcome_names)),
            .request_id = db_text(rows, 8),
        };
    }
}

/* The words of the actions with a space round each, so that a word can be found in them. */
static const char *list_words(struct arena *arena, const struct audit_wish *wish)
{
    struct buf words;
    buf_init(&words, arena);
    for (size_t i = 0; i < wish->action_count; i++)
        buf_printf(&words, " %s ", action_names[wish->actions[i]]);
    return buf_text(&words);
}

bool audit_list_some(struct arena *arena, struct db *db, const char *citizen_id,
                     const struct audit_wish *wish, struct audit_entry **out, size_t *count,
                     struct error *err)
{
    assert(wish->most <= AUDIT_LIST_MAX);
    const char *pseudonym;
    struct db_rows *rows = NULL;
    int64_t before = wish->before > 0 ? wish->before : INT64_MAX;
    if (!keys_pseudonym(arena, db, citizen_id, &pseudonym, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT sequence, at_ms, actor, actor_id, action, object_id, consent, "
                         "outcome, request_id FROM audit WHERE citizen = $1 AND sequence < $2 "
                         "AND $3 LIKE '% ' || action || ' %' ORDER BY sequence DESC LIMIT $4"),
                  DB_VALUES(DB_TEXT(pseudonym), DB_INTEGER(before),
                            DB_TEXT(list_words(arena, wish)), DB_INTEGER((int64_t)wish->most)),
                  &rows, err))
        return false;
    *count = db_count(rows);
    *out = ARENA_ARRAY(arena, *count, struct audit_entry);
    read_entries(rows, citizen_id, pseudonym, *out);
    return true;
}

bool audit_list(struct arena *arena, struct db *db, const char *citizen_id,
                struct audit_entry **out, size_t *count, struct error *err)
{
    enum audit_action all[AUDIT_ACTIONS];
    for (size_t i = 0; i < COUNT(all); i++)
        all[i] = (enum audit_action)i;
    const struct audit_wish wish = {
        .actions = all, .action_count = COUNT(all), .most = AUDIT_LIST_MAX};
    return audit_list_some(arena, db, citizen_id, &wish, out, count, err);
}

bool audit_count(struct arena *arena, struct db *db, const struct audit_entry *entry,
                 int64_t since_ms, int64_t *out, struct error *err)
{
    const char *actor;
    struct db_rows *rows = NULL;
    if (!name_actor(arena, db, entry, &actor, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT count(*) FROM (SELECT 1 FROM audit WHERE action = $1 "
                         "AND actor = $2 AND actor_id = $3 AND outcome = $4 AND at_ms >= $5 "
                         "ORDER BY sequence DESC LIMIT $6) counted"),
                  DB_VALUES(DB_TEXT(action_names[entry->action]),
                            DB_TEXT(actor_names[entry->actor]), DB_TEXT(actor),
                            DB_TEXT(outcome_names[entry->succeeded]), DB_INTEGER(since_ms),
                            DB_INTEGER(AUDIT_LIST_MAX)),
                  &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

bool audit_last_object(struct arena *arena, struct db *db, enum audit_action action,
                       const char **out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT object_id FROM audit WHERE action = $1 "
                         "ORDER BY sequence DESC LIMIT 1"),
                  DB_VALUES(DB_TEXT(action_names[action])), &rows, err))
        return false;
    *out = db_next(rows) ? db_text(rows, 0) : "";
    return true;
}

/* ---- the chain ---- */

/* Where the walk through it is: the row that must come next, and the digest it must carry. */
struct walk {
    int64_t next;
    struct crypto_sha256 previous;
    const struct audit_head *heads; /* the lowest sequence first */
    size_t head_count, head_at;
    struct audit_verdict verdict;
};

static bool same(struct crypto_sha256 a, struct crypto_sha256 b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static int by_sequence(const void *a, const void *b)
{
    const struct audit_head *left = a, *right = b;
    return (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* What was said of the row just walked, if anything was. */
static void compare_heads(struct walk *walk, struct crypto_sha256 digest)
{
    for (; walk->head_at < walk->head_count && walk->heads[walk->head_at].sequence <= walk->next;
         walk->head_at++) {
        const struct audit_head *head = &walk->heads[walk->head_at];
        if (head->sequence == walk->next && !walk->verdict.remade && !same(head->digest, digest))
            walk->verdict.remade = walk->next;
    }
}

/* A row as it lies there. */
struct stored {
    struct row row;
    struct crypto_sha256 previous, digest;
    bool has_number; /* its sequence is one */
    bool readable;   /* else a column holds another kind than what is written there */
};

#define STORED_COLUMNS                                                                             \
    "sequence, at_ms, actor, actor_id, citizen, action, object_id, consent, outcome, request_id, " \
    "previous, digest"

static bool is_digest(const struct db_rows *rows, int column)
{
    return db_kind_of(rows, column) == DB_KIND_BYTES &&
           db_bytes(rows, column).size == CRYPTO_SHA256_BYTES;
}

static struct stored read_stored(const struct db_rows *rows)
{
    struct stored stored = {.has_number = db_kind_of(rows, 0) == DB_KIND_INTEGER};
    stored.row.sequence = stored.has_number ? db_integer(rows, 0) : 0;
    stored.readable = stored.has_number && db_kind_of(rows, 1) == DB_KIND_INTEGER &&
                      is_digest(rows, WORDS + 2) && is_digest(rows, WORDS + 3);
    for (int i = 0; i < WORDS; i++)
        stored.readable = stored.readable && db_kind_of(rows, i + 2) == DB_KIND_TEXT;
    if (!stored.readable)
        return stored;
    for (int i = 0; i < WORDS; i++)
        stored.row.words[i] = db_stored(rows, i + 2);
    stored.row.at_ms = db_integer(rows, 1);
    stored.previous = db_sha256(rows, WORDS + 2);
    stored.digest = db_sha256(rows, WORDS + 3);
    return stored;
}

/* Whether it is what was written as the row with that number. */
static bool is_genuine(struct arena *arena, const struct stored *stored, int64_t number)
{
    struct row row = stored->row;
    row.sequence = number;
    return stored->readable && same(digest_of(arena, &row, &stored->previous), stored->digest);
}

static bool follows(struct arena *arena, const struct stored *stored, const struct walk *walk)
{
    return stored->readable && stored->row.sequence == walk->next &&
           same(stored->previous, walk->previous) && is_genuine(arena, stored, walk->next);
}

/* What was put in stands between what this row followed and this row. */
static bool find_inserted(struct arena *arena, struct db *db, const struct stored *here,
                          struct audit_verdict *verdict, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT sequence FROM audit WHERE digest = $1"),
                  DB_VALUES(DB_SHA256(here->previous)), &rows, err))
        return false;
    int64_t before = db_next(rows) ? db_integer(rows, 0) : verdict->wrong - 1;
    if (before + 1 < verdict->wrong)
        verdict->wrong = before + 1;
    verdict->harm = AUDIT_INSERTED;
    return true;
}

/* The number that a row had when it was written, or 0: looked for nearby. */
static int64_t number_before(struct arena *arena, const struct stored *here, int64_t number)
{
    for (int64_t away = 1; away <= NEARBY; away++) {
        if (is_genuine(arena, here, number + away))
            return number + away;
        if (is_genuine(arena, here, number - away))
            return number - away;
    }
    return 0;
}

/* What is wrong with the row that should come next; here: what stands in its place, or NULL. The
 * one that was written there is the only one that carries the digest of the row before. */
static bool diagnose(struct arena *arena, struct db *db, const struct walk *walk,
                     const struct stored *here, struct audit_verdict *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT " STORED_COLUMNS " FROM audit WHERE previous = $1"),
                  DB_VALUES(DB_SHA256(walk->previous)), &rows, err))
        return false;
    struct stored right = {.readable = false};
    if (db_next(rows))
        right = read_stored(rows);
    int64_t stands_at = right.row.sequence;
    out->wrong = walk->next;
    out->harm = AUDIT_CHANGED;
    if (here && here->has_number && here->row.sequence < walk->next) { /* 0, or less */
        out->wrong = here->row.sequence;
        out->harm = AUDIT_INSERTED;
        return true;
    }
    if (right.readable && stands_at != walk->next && is_genuine(arena, &right, walk->next)) {
        out->harm = !here                                ? AUDIT_MOVED
                    : is_genuine(arena, here, stands_at) ? AUDIT_SWAPPED
                                                         : AUDIT_INSERTED;
        out->other = out->harm == AUDIT_INSERTED ? 0 : stands_at;
        return true;
    }
    if (!here) {
        out->harm = AUDIT_REMOVED;
        return true;
    }
    if (right.readable && stands_at == walk->next)
        return true;
    int64_t was = number_before(arena, here, walk->next);
    if (was > walk->next)
        out->harm = AUDIT_REMOVED;
    return !was || was > walk->next || find_inserted(arena, db, here, out, err);
}

static bool walk_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct walk *walk, struct error *err)
{
    struct stored stored = read_stored(rows);
    if (!follows(arena, &stored, walk)) {
        bool is_later = stored.has_number && stored.row.sequence > walk->next;
        return diagnose(arena, db, walk, is_later ? NULL : &stored, &walk->verdict, err);
    }
    compare_heads(walk, stored.digest);
    walk->previous = stored.digest;
    walk->verdict.head = (struct audit_head){walk->next, stored.digest};
    walk->next++;
    return true;
}

static bool walk_all(struct db *db, struct walk *walk, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (bool more = true; more && !walk->verdict.harm;) {
        arena_reset(arena);
        struct db_rows *rows = NULL;
        /* From the first row on whatever its number is: what was put before it shows too. */
        int64_t from = walk->next == 1 ? INT64_MIN : walk->next;
        if (!db_query(arena, db,
                      DB_SQL("SELECT " STORED_COLUMNS " FROM audit WHERE sequence >= $1 "
                             "ORDER BY sequence LIMIT $2"),
                      DB_VALUES(DB_INTEGER(from), DB_INTEGER(VERIFIED_AT_ONCE)), &rows, err))
            return false;
        more = db_count(rows) == VERIFIED_AT_ONCE;
        while (!walk->verdict.harm && db_next(rows))
            if (!walk_row(arena, db, rows, walk, err))
                return false;
    }
    return true;
}

bool audit_verify(struct db *db, const struct audit_head *heads, size_t head_count,
                  struct audit_verdict *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct audit_head *sorted = ARENA_ARRAY(arena, head_count + 1, struct audit_head);
    if (head_count) {
        memcpy(sorted, heads, head_count * sizeof *sorted);
        qsort(sorted, head_count, sizeof *sorted, by_sequence);
    }
    struct walk walk = {.next = 1, .heads = sorted, .head_count = head_count};
    if (!walk_all(db, &walk, err))
        return false;
    if (head_count && !walk.verdict.harm && sorted[head_count - 1].sequence >= walk.next)
        walk.verdict.cut = sorted[head_count - 1].sequence;
    *out = walk.verdict;
    return true;
}
