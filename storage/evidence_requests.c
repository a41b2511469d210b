#include "storage/evidence_requests.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/audit.h"
#include "storage/keys.h"
#include "storage/outbox.h"

#include <assert.h>
#include <string.h>

enum { HOUR_S = 3600 };

static const char *const state_names[] = {
    [EVIDENCE_PENDING] = "pending",     [EVIDENCE_GIVEN] = "given",
    [EVIDENCE_REFUSED] = "refused",     [EVIDENCE_EXPIRED] = "expired",
    [EVIDENCE_WITHDRAWN] = "withdrawn",
};

const char *const evidence_languages[EVIDENCE_LANGUAGES] = {"nb", "nn", "en", "se"};

const char *evidence_state_name(enum evidence_state state)
{
    return state_names[state];
}

static size_t place_of(const struct evidence_words *words, const char *language)
{
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++)
        if (words->in[i] && text_equal(evidence_languages[i], language))
            return i;
    return 0;
}

const char *evidence_say(const struct evidence_words *words, const char *language)
{
    return words->in[place_of(words, language)];
}

const char *evidence_said_in(const struct evidence_words *words, const char *language)
{
    return evidence_languages[place_of(words, language)];
}

/* Sealing ------------------------------------------------------------------------------------ */

/* As one blob: who asks, then purpose and procedure in each language. */
enum { REQUESTER, PURPOSE, PROCEDURE = PURPOSE + EVIDENCE_LANGUAGES };
enum { TEXTS = PROCEDURE + EVIDENCE_LANGUAGES };
static const char sealed_texts[] = "evidence_requests.sealed";

/* The site's key until it is known whose it is: then the citizen's. */
static struct keys_owner owner_of(const struct evidence_request *request)
{
    return request->citizen_id ? (struct keys_owner){request->citizen_id, NULL} : KEYS_SITE;
}

static bool seal(struct arena *arena, struct db *db, const struct evidence_request *request,
                 struct bytes *out, struct error *err)
{
    const char *texts[TEXTS] = {[REQUESTER] = request->requester};
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++) {
        texts[PURPOSE + i] = request->purpose.in[i];
        texts[PROCEDURE + i] = request->procedure.in[i];
    }
    return keys_seal_texts(arena, db, owner_of(request), sealed_texts, request->id, texts, TEXTS,
                           out, err);
}

static bool open_texts(struct arena *arena, struct db *db, struct evidence_request *request,
                       struct bytes sealed, struct error *err)
{
    const char *texts[TEXTS];
    if (!keys_open_texts(arena, db, owner_of(request), sealed_texts, request->id, sealed, texts,
                         TEXTS, err))
        return false;
    request->requester = texts[REQUESTER];
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++) {
        request->purpose.in[i] = texts[PURPOSE + i];
        request->procedure.in[i] = texts[PROCEDURE + i];
    }
    return true;
}

/* Each text with its length before it, so that no two purposes give the same run of bytes. */
static void add_words(struct buf *buf, const struct evidence_words *words)
{
    for (size_t i = 0; i < EVIDENCE_LANGUAGES; i++)
        buf_printf(buf, "%zu:%s;", words->in[i] ? strlen(words->in[i]) + 1 : 0,
                   words->in[i] ? words->in[i] : "");
}

static struct crypto_sha256 digest_of_purpose(struct arena *arena, struct db *db,
                                              const struct evidence_request *request)
{
    struct buf buf;
    buf_init(&buf, arena);
    add_words(&buf, &request->purpose);
    return keys_lookup(db, "evidence_requests.purpose", buf_text(&buf));
}

/* All that was asked: what the same key must stand for the next time. */
static struct crypto_sha256 digest_of_question(struct arena *arena, struct db *db,
                                               const struct evidence_request *request,
                                               const char *pid)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_printf(&buf, "%s;%s;%s;", pid, request->type, request->requester);
    add_words(&buf, &request->purpose);
    add_words(&buf, &request->procedure);
    return keys_lookup(db, "evidence_requests.asked", buf_text(&buf));
}

/* Reading ------------------------------------------------------------------------------------ */

#define COLUMNS                                                                                    \
    "r.id, r.consumer, r.citizen, r.evidence_type, r.state, r.asked_at, r.expires_at, r.told_at, " \
    "r.answered_at, r.ended_at, r.sealed, COALESCE(y.ends_at, 0), y.certificate"
#define FROM_BOTH " FROM evidence_requests r LEFT JOIN evidence_consents y ON y.request = r.id "

/* Time runs out by the clock alone. A yes whose certificate was deleted has none left. */
static enum evidence_state state_now(const struct evidence_request *request, int64_t now)
{
    if (request->state == EVIDENCE_PENDING && request->expires_at <= now)
        return EVIDENCE_EXPIRED;
    if (request->state == EVIDENCE_GIVEN && request->ends_at <= now)
        return EVIDENCE_EXPIRED;
    return request->state;
}

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct evidence_request *out, struct error *err)
{
    *out = (struct evidence_request){
        .id = db_text(rows, 0),
        .consumer = db_text(rows, 1),
        .citizen_id = db_text(rows, 2),
        .type = db_text(rows, 3),
        .state = (enum evidence_state)db_choice(rows, 4, state_names, COUNT(state_names)),
        .asked_at = db_integer(rows, 5),
        .expires_at = db_integer(rows, 6),
        .told_at = db_integer(rows, 7),
        .answered_at = db_integer(rows, 8),
        .ended_at = db_integer(rows, 9),
        .ends_at = db_integer(rows, 11),
        .certificate_id = db_text(rows, 12),
    };
    out->state = state_now(out, clock_now());
    return open_texts(arena, db, out, db_bytes(rows, 10), err);
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows,
                     struct evidence_request *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such evidence request");
    return read_row(arena, db, rows, out, err);
}

static bool read_all(struct arena *arena, struct db *db, struct db_rows *rows,
                     struct evidence_request **out, size_t *count, struct error *err)
{
    struct evidence_request *requests = ARENA_ARRAY(arena, db_count(rows), struct evidence_request);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &requests[i], err))
            return false;
    *out = requests;
    *count = db_count(rows);
    return true;
}

bool evidence_requests_of_consumer(struct arena *arena, struct db *db, const char *consumer,
                                   const char *id, struct evidence_request *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE r.id = $1 AND r.consumer = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(consumer)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

bool evidence_requests_read(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *id, struct evidence_request *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE r.id = $1 AND r.citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, int64_t most,
                 struct evidence_request **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS FROM_BOTH "WHERE r.citizen = $1 "
                           "ORDER BY r.asked_at DESC, r.id LIMIT $2"),
                    DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(most)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool evidence_requests_list(struct arena *arena, struct db *db, const char *citizen_id,
                            struct evidence_request **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, EVIDENCE_LIST_MAX, out, count, err);
}

bool evidence_requests_all(struct arena *arena, struct db *db, const char *citizen_id,
                           struct evidence_request **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, INT64_MAX, out, count, err);
}

/* Asking ------------------------------------------------------------------------------------- */

static bool find_asked(struct arena *arena, struct db *db, const char *consumer,
                       struct crypto_sha256 key, struct crypto_sha256 asked, const char **id,
                       struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, asked_sha256 FROM evidence_requests "
                         "WHERE consumer = $1 AND request_key = $2"),
                  DB_VALUES(DB_TEXT(consumer), DB_SHA256(key)), &rows, err))
        return false;
    *id = NULL;
    if (!db_next(rows))
        return true;
    struct crypto_sha256 before = db_sha256(rows, 1);
    if (memcmp(before.bytes, asked.bytes, sizeof before.bytes) != 0)
        return error_set(err, ERROR_CONFLICT, "the key was used for another request");
    *id = db_text(rows, 0);
    return true;
}

static bool check_limits(struct arena *arena, struct db *db, const char *consumer,
                         struct crypto_sha256 person, const struct evidence_limits *limits,
                         struct error *err)
{
    struct db_rows *rows = NULL;
    int64_t now = clock_now();
    if (!db_query(arena, db,
                  DB_SQL("SELECT (SELECT count(*) FROM evidence_requests "
                         "WHERE consumer = $1 AND asked_at > $3), "
                         "(SELECT count(*) FROM evidence_requests WHERE person = $2 "
                         "AND consumer = $1 AND state = 'pending' AND expires_at > $4)"),
                  DB_VALUES(DB_TEXT(consumer), DB_SHA256(person), DB_INTEGER(now - HOUR_S),
                            DB_INTEGER(now)),
                  &rows, err))
        return false;
    bool counted = db_next(rows);
    assert(counted);
    if (db_integer(rows, 0) < limits->an_hour && db_integer(rows, 1) < limits->pending_of_a_person)
        return true;
    return error_set(err, ERROR_LIMIT, "more evidence requests than one agency may make");
}

bool evidence_requests_ask(struct arena *arena, struct db *db,
                           const struct evidence_request *request, const char *pid, const char *key,
                           const struct evidence_limits *limits, const char **id, struct error *err)
{
    struct evidence_request new = *request;
    new.citizen_id = NULL;
    struct crypto_sha256 key_digest = keys_lookup(db, "evidence_requests.request_key", key);
    struct crypto_sha256 person = keys_lookup(db, "citizens.pid", pid);
    struct crypto_sha256 asked = digest_of_question(arena, db, request, pid);
    struct crypto_sha256 purpose = digest_of_purpose(arena, db, request);
    const char *before = NULL;
    struct bytes sealed;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join(db, &transaction, err) ||
        !find_asked(arena, db, new.consumer, key_digest, asked, &before, err))
        return false;
    if (before) {
        *id = before;
        return true;
    }
    if (!check_limits(arena, db, new.consumer, person, limits, err) ||
        !seal(arena, db, &new, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO evidence_requests (id, consumer, request_key, asked_sha256, "
                        "purpose_sha256, person, evidence_type, state, asked_at, expires_at, "
                        "told_at, answered_at, ended_at, sealed) "
                        "VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, 0, 0, 0, $10)"),
                 DB_VALUES(DB_TEXT(new.id), DB_TEXT(new.consumer), DB_SHA256(key_digest),
                           DB_SHA256(asked), DB_SHA256(purpose), DB_SHA256(person),
                           DB_TEXT(new.type), DB_INTEGER(new.asked_at), DB_INTEGER(new.expires_at),
                           DB_BYTES(sealed)),
                 NULL, err) ||
        !db_commit(&transaction, err))
        return false;
    *id = new.id;
    return true;
}

/* Whose it is -------------------------------------------------------------------------------- */

static bool claim_one(struct arena *arena, struct db *db, struct evidence_request *request,
                      const char *citizen_id, struct error *err)
{
    request->citizen_id = citizen_id;
    struct bytes sealed;
    return seal(arena, db, request, &sealed, err) &&
           db_exec(
               db, DB_SQL("UPDATE evidence_requests SET citizen = $2, sealed = $3 WHERE id = $1"),
               DB_VALUES(DB_TEXT(request->id), DB_TEXT(citizen_id), DB_BYTES(sealed)), NULL, err);
}

bool evidence_requests_claim(struct arena *arena, struct db *db, const char *citizen_id,
                             struct evidence_request **out, size_t *count, struct error *err)
{
    assert(db_in_transaction(db));
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS FROM_BOTH "JOIN citizens c ON c.pid_lookup = r.person "
                         "WHERE c.id = $1 AND r.citizen IS NULL ORDER BY r.asked_at LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(EVIDENCE_LIST_MAX)), &rows, err) ||
        !read_all(arena, db, rows, out, count, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!claim_one(arena, db, &(*out)[i], citizen_id, err))
            return false;
    return true;
}

bool evidence_requests_unclaimed(struct arena *arena, struct db *db, size_t most,
                                 const char *const **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT DISTINCT c.id FROM evidence_requests r "
                         "JOIN citizens c ON c.pid_lookup = r.person "
                         "WHERE r.citizen IS NULL LIMIT $1"),
                  DB_VALUES(DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    const char **ids = ARENA_ARRAY(arena, db_count(rows), const char *);
    for (size_t i = 0; db_next(rows); i++)
        ids[i] = db_text(rows, 0);
    *out = ids;
    *count = db_count(rows);
    return true;
}

bool evidence_requests_to_tell(struct arena *arena, struct db *db, size_t most,
                               struct evidence_request **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS FROM_BOTH
                           "WHERE r.state = 'pending' AND r.told_at = 0 AND r.expires_at > $1 "
                           "AND EXISTS (SELECT 1 FROM certificates c WHERE c.citizen = r.citizen "
                           "AND c.evidence_type = r.evidence_type "
                           "AND (c.valid_until = 0 OR c.valid_until > $1)) "
                           "ORDER BY r.asked_at LIMIT $2"),
                    DB_VALUES(DB_INTEGER(clock_now()), DB_INTEGER((int64_t)most)), &rows, err) &&
           read_all(arena, db, rows, out, count, err);
}

bool evidence_requests_told(struct db *db, const char *id, struct error *err)
{
    assert(db_in_transaction(db));
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE evidence_requests SET told_at = $2 "
                        "WHERE id = $1 AND told_at = 0 AND state = 'pending'"),
                 DB_VALUES(DB_TEXT(id), DB_INTEGER(clock_now())), &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_CONFLICT, "the citizen has been told");
}

/* The answer --------------------------------------------------------------------------------- */

/* Why nothing changed: it is not there, or it is not in a state that this follows. */
static bool explain(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM evidence_requests WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (db_count(rows) == 0)
        return error_set(err, ERROR_MISSING, "no such evidence request");
    return error_set(err, ERROR_CONFLICT, "the evidence request has been answered or is over");
}

static bool answer(struct db *db, const char *citizen_id, const char *id, enum evidence_state state,
                   struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE evidence_requests SET state = $3, answered_at = $4 "
                        "WHERE id = $1 AND citizen = $2 AND state = 'pending' AND expires_at > $4"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_TEXT(state_names[state]),
                           DB_INTEGER(clock_now())),
                 &changed, err))
        return false;
    return changed == 1 || explain(db, citizen_id, id, err);
}

bool evidence_requests_give(struct db *db, const char *citizen_id, const char *id,
                            const char *certificate_id, struct crypto_sha256 shown, int64_t ends_at,
                            struct error *err)
{
    assert(db_in_transaction(db));
    int64_t changed = 0;
    if (!answer(db, citizen_id, id, EVIDENCE_GIVEN, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO evidence_consents (request, citizen, certificate, consumer, "
                        "purpose_sha256, shown_sha256, given_at, ends_at, withdrawn_at) "
                        "SELECT r.id, r.citizen, c.id, r.consumer, r.purpose_sha256, $4, $5, $6, 0 "
                        "FROM evidence_requests r JOIN certificates c ON c.citizen = r.citizen "
                        "AND c.evidence_type = r.evidence_type "
                        "AND (c.valid_until = 0 OR c.valid_until > $5) "
                        "WHERE r.id = $1 AND r.citizen = $2 AND c.id = $3"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_TEXT(certificate_id),
                           DB_SHA256(shown), DB_INTEGER(clock_now()), DB_INTEGER(ends_at)),
                 &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such certificate");
}

bool evidence_requests_refuse(struct db *db, const char *citizen_id, const char *id,
                              struct error *err)
{
    assert(db_in_transaction(db));
    return answer(db, citizen_id, id, EVIDENCE_REFUSED, err);
}

bool evidence_requests_withdraw(struct db *db, const char *citizen_id, const char *id,
                                struct error *err)
{
    assert(db_in_transaction(db));
    int64_t changed = 0, now = clock_now();
    if (!db_exec(db,
                 DB_SQL("UPDATE evidence_consents SET withdrawn_at = $3 WHERE request = $1 "
                        "AND citizen = $2 AND withdrawn_at = 0 AND ends_at > $3"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(now)), &changed, err))
        return false;
    if (changed == 0)
        return explain(db, citizen_id, id, err);
    return db_exec(db,
                   DB_SQL("UPDATE evidence_requests SET state = 'withdrawn', ended_at = $3 "
                          "WHERE id = $1 AND citizen = $2 AND state = 'given'"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(now)), NULL, err);
}

/* Retention ---------------------------------------------------------------------------------- */

static bool forget_one(struct arena *arena, struct db *db, const char *id, const char *citizen_id,
                       struct error *err)
{
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = citizen_id ? citizen_id : "",
        .action = AUDIT_RETENTION_DELETED,
        .object_id = id,
        .succeeded = true,
        .request_id = "",
    };
    return db_exec(db, DB_SQL("DELETE FROM outbox WHERE evidence_request = $1"),
                   DB_VALUES(DB_TEXT(id)), NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM evidence_requests WHERE id = $1"),
                   DB_VALUES(DB_TEXT(id)), NULL, err) &&
           audit_add(arena, db, &entry, err);
}

bool evidence_requests_forget(struct arena *arena, struct db *db, int64_t over_before, size_t most,
                              size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT r.id, r.citizen FROM evidence_requests r "
                         "LEFT JOIN evidence_consents y ON y.request = r.id "
                         "WHERE CASE r.state WHEN 'pending' THEN r.expires_at "
                         "WHEN 'given' THEN COALESCE(y.ends_at, r.answered_at) "
                         "WHEN 'withdrawn' THEN r.ended_at ELSE r.answered_at END < $1 "
                         "AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.evidence_request = r.id "
                         "AND o.state IN " OUTBOX_UNDERWAY ") "
                         "ORDER BY r.asked_at LIMIT $2"),
                  DB_VALUES(DB_INTEGER(over_before), DB_INTEGER((int64_t)most)), &rows, err))
        return false;
    while (db_next(rows))
        if (!forget_one(arena, db, db_text(rows, 0), db_text(rows, 1), err))
            return false;
    if (!db_commit(&transaction, err))
        return false;
    *count = db_count(rows);
    return true;
}
