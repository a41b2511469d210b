#include "storage/consents.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "storage/attachment_bytes.h"
#include "storage/keys.h"
#include "storage/shared_documents.h"

#include <assert.h>
#include <string.h>

static const char *const state_names[] = {
    [CONSENT_ASKED] = "asked",     [CONSENT_SHARED] = "shared",   [CONSENT_FETCHED] = "fetched",
    [CONSENT_STOPPED] = "stopped", [CONSENT_EXPIRED] = "expired", [CONSENT_WITHDRAWN] = "withdrawn",
    [CONSENT_REFUSED] = "refused",
};

/* The state machine: from a row to the columns that may follow. */
static const bool arrows[COUNT(state_names)][COUNT(state_names)] = {
    [CONSENT_ASKED] = {[CONSENT_SHARED] = true,
                       [CONSENT_EXPIRED] = true,
                       [CONSENT_WITHDRAWN] = true,
                       [CONSENT_REFUSED] = true},
    [CONSENT_SHARED] =
        {[CONSENT_FETCHED] = true, [CONSENT_EXPIRED] = true, [CONSENT_WITHDRAWN] = true},
    [CONSENT_FETCHED] = {[CONSENT_STOPPED] = true, [CONSENT_WITHDRAWN] = true},
    [CONSENT_STOPPED] = {[CONSENT_WITHDRAWN] = true},
    [CONSENT_EXPIRED] = {[CONSENT_WITHDRAWN] = true},
};

bool consents_may(enum consent_state from, enum consent_state to)
{
    return arrows[from][to];
}

const char *consents_state_name(enum consent_state state)
{
    return state_names[state];
}

#define COLUMNS                                                                                    \
    "id, citizen, draft, form, language, agency, issuers, texts, shown_sha256, request_uuid, "     \
    "duration_seconds, given_at, ends_at, state, shared_at, expires_at, changed_at, reason"

/* Organisation numbers in a column: a space between each two. */
static const char *write_numbers(struct arena *arena, const char *const *numbers, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "%s%s", i ? " " : "", numbers[i]);
    return buf_text(&buf);
}

static const char **read_numbers(struct arena *arena, const char *text, size_t *count)
{
    const char **numbers = ARENA_ARRAY(arena, strlen(text) / 2 + 1, const char *);
    *count = 0;
    for (const char *at = text; *at; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        numbers[(*count)++] = arena_printf(arena, "%.*s", (int)size, at);
        at += size;
    }
    return numbers;
}

/* Purpose and what was shown, sealed with the citizen's own key: a consent is told of also when its
 * draft is gone. */
#define TEXTS "consents.texts"
enum { TEXT_PURPOSE, TEXT_SHOWN, TEXT_COUNT };

static struct keys_owner owner_of(const char *citizen_id)
{
    return (struct keys_owner){.citizen_id = citizen_id};
}

static bool open_texts(struct arena *arena, struct db *db, struct bytes sealed,
                       struct consent *consent, struct error *err)
{
    const char *texts[TEXT_COUNT];
    if (!keys_open_texts(arena, db, owner_of(consent->citizen_id), TEXTS, consent->id, sealed,
                         texts, TEXT_COUNT, err))
        return false;
    struct crypto_sha256 shown = crypto_sha256(BYTES_OF(texts[TEXT_SHOWN]));
    if (memcmp(shown.bytes, consent->shown.bytes, sizeof shown.bytes) != 0)
        return error_set(err, ERROR_BROKEN, "what was shown is not what was said yes to");
    consent->purpose = texts[TEXT_PURPOSE];
    consent->shown_text = texts[TEXT_SHOWN];
    return true;
}

static struct consent read_row(struct arena *arena, const struct db_rows *rows)
{
    struct consent consent = {
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .draft_id = db_text(rows, 2),
        .form_id = db_text(rows, 3),
        .language = db_text(rows, 4),
        .agency_number = db_text(rows, 5),
        .shown = db_sha256(rows, 8),
        .request_uuid = db_text(rows, 9),
        .duration_seconds = db_integer(rows, 10),
        .given_at = db_integer(rows, 11),
        .ends_at = db_integer(rows, 12),
        .state = (enum consent_state)db_choice(rows, 13, state_names, COUNT(state_names)),
        .shared_at = db_integer(rows, 14),
        .expires_at = db_integer(rows, 15),
        .changed_at = db_integer(rows, 16),
        .reason = db_text(rows, 17),
    };
    consent.issuers = read_numbers(arena, db_text(rows, 6), &consent.issuer_count);
    return consent;
}

static bool read_requirements(struct arena *arena, struct db *db, struct consent *consent,
                              struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT requirement FROM consent_requirements WHERE consent = $1 "
                         "ORDER BY position"),
                  DB_VALUES(DB_TEXT(consent->id)), &rows, err))
        return false;
    consent->requirement_count = db_count(rows);
    consent->requirements = ARENA_ARRAY(arena, db_count(rows), const char *);
    for (size_t i = 0; db_next(rows); i++)
        consent->requirements[i] = db_text(rows, 0);
    return true;
}

/* The worker reads without texts: it needs none, and one row whose seal is broken must not keep all
 * other citizens waiting. */
enum reading { WITH_TEXTS, WITHOUT_TEXTS };

static bool read_all(struct arena *arena, struct db *db, struct db_rows *rows, enum reading reading,
                     struct consent **out, size_t *count, struct error *err)
{
    struct consent *consents = ARENA_ARRAY(arena, db_count(rows), struct consent);
    for (size_t i = 0; db_next(rows); i++) {
        consents[i] = read_row(arena, rows);
        if ((reading == WITH_TEXTS &&
             !open_texts(arena, db, db_bytes(rows, 7), &consents[i], err)) ||
            !read_requirements(arena, db, &consents[i], err))
            return false;
    }
    *out = consents;
    *count = db_count(rows);
    return true;
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows, enum reading reading,
                     struct consent *out, struct error *err)
{
    struct consent *consents = NULL;
    size_t count = 0;
    if (!read_all(arena, db, rows, reading, &consents, &count, err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_MISSING, "no such consent");
    *out = consents[0];
    return true;
}

/* Given and read --------------------------------------------------------------------------------
 */

static bool insert(struct arena *arena, struct db *db, const struct consent *consent,
                   struct error *err)
{
    const char *const texts[TEXT_COUNT] = {consent->purpose, consent->shown_text};
    struct bytes sealed;
    int64_t changed = 0;
    if (!keys_seal_texts(arena, db, owner_of(consent->citizen_id), TEXTS, consent->id, texts,
                         TEXT_COUNT, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO consents (" COLUMNS ", looked_at_ms, position) "
                        "SELECT $1, citizen, id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
                        "'asked', 0, 0, $12, '', 0, (SELECT COALESCE(MAX(position), 0) + 1 "
                        "FROM consents WHERE citizen = $3) "
                        "FROM drafts WHERE id = $2 AND citizen = $3 "
                        "AND state = 'open'"),
                 DB_VALUES(DB_TEXT(consent->id), DB_TEXT(consent->draft_id),
                           DB_TEXT(consent->citizen_id), DB_TEXT(consent->form_id),
                           DB_TEXT(consent->language), DB_TEXT(consent->agency_number),
                           DB_TEXT(write_numbers(arena, consent->issuers, consent->issuer_count)),
                           DB_BYTES(sealed), DB_SHA256(consent->shown),
                           DB_TEXT(consent->request_uuid), DB_INTEGER(consent->duration_seconds),
                           DB_INTEGER(consent->given_at), DB_INTEGER(consent->ends_at)),
                 &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such open draft");
}

bool consents_give(struct db *db, const struct consent *consent, struct error *err)
{
    assert(db_in_transaction(db));
    CLEANUP(arena_close) struct arena *arena = arena_open();
    if (!insert(arena, db, consent, err))
        return false;
    for (size_t i = 0; i < consent->requirement_count; i++)
        if (!db_exec(db,
                     DB_SQL("INSERT INTO consent_requirements (consent, position, requirement) "
                            "VALUES ($1, $2, $3)"),
                     DB_VALUES(DB_TEXT(consent->id), DB_INTEGER((int64_t)i),
                               DB_TEXT(consent->requirements[i])),
                     NULL, err))
            return false;
    return true;
}

bool consents_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                   struct consent *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM consents WHERE id = $1 AND citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, WITH_TEXTS, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                 int64_t most, struct consent **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " COLUMNS " FROM consents "
                           "WHERE citizen = $1 AND draft = COALESCE($2, draft) "
                           "ORDER BY position DESC LIMIT $3"),
                    DB_VALUES(DB_TEXT(citizen_id), DB_TEXT(draft_id), DB_INTEGER(most)), &rows,
                    err) &&
           read_all(arena, db, rows, WITH_TEXTS, out, count, err);
}

bool consents_list(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                   struct consent **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, draft_id, CONSENTS_LIST_MAX, out, count, err);
}

bool consents_all(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                  struct consent **out, size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, draft_id, INT64_MAX, out, count, err);
}

bool consents_of_request(struct arena *arena, struct db *db, const char *request_uuid,
                         struct consent *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db, DB_SQL("SELECT " COLUMNS " FROM consents WHERE request_uuid = $1"),
                    DB_VALUES(DB_TEXT(request_uuid)), &rows, err) &&
           read_one(arena, db, rows, WITHOUT_TEXTS, out, err);
}

/* Withdrawn -------------------------------------------------------------------------------------
 */

/* Nothing more is fetched, and what was fetched and not sent goes (S-CON-1). */
static bool end_documents(struct db *db, const char *id, struct error *err)
{
    return attachment_bytes_destroy_consent(db, id, err) &&
           db_exec(db, DB_SQL("DELETE FROM attachments WHERE consent = $1 AND submission IS NULL"),
                   DB_VALUES(DB_TEXT(id)), NULL, err) &&
           shared_documents_ended(db, id, err);
}

bool consents_withdraw(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    assert(db_in_transaction(db));
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE consents SET state = 'withdrawn', changed_at = $3 "
                        "WHERE id = $1 AND citizen = $2 "
                        "AND state IN ('asked', 'shared', 'fetched', 'stopped', 'expired')"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(clock_now())), &changed,
                 err))
        return false;
    if (changed == 0)
        return error_set(err, ERROR_MISSING, "no such consent to withdraw");
    return end_documents(db, id, err);
}

bool consents_withdrawn_outside(struct db *db, const char *id, bool *changed, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t count = 0;
    if (!db_join(db, &transaction, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE consents SET state = 'withdrawn', changed_at = $2 "
                        "WHERE id = $1 AND state IN ('asked', 'shared')"),
                 DB_VALUES(DB_TEXT(id), DB_INTEGER(clock_now())), &count, err) ||
        (count == 1 && !end_documents(db, id, err)) || !db_commit(&transaction, err))
        return false;
    *changed = count == 1;
    return true;
}

/* Moving on -------------------------------------------------------------------------------------
 */

bool consents_become(struct arena *arena, struct db *db, const char *id, enum consent_state state,
                     const char *reason, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db, DB_SQL("SELECT state FROM consents WHERE id = $1"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such consent");
    enum consent_state from =
        (enum consent_state)db_choice(rows, 0, state_names, COUNT(state_names));
    if (!consents_may(from, state))
        return error_set(err, ERROR_CONFLICT, "a consent that is %s does not become %s",
                         state_names[from], state_names[state]);
    return db_exec(db,
                   DB_SQL("UPDATE consents SET state = $2, changed_at = $3, reason = $4 "
                          "WHERE id = $1 AND state = $5"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(state_names[state]), DB_INTEGER(clock_now()),
                             DB_TEXT(reason ? reason : ""), DB_TEXT(state_names[from])),
                   NULL, err) &&
           db_commit(&transaction, err);
}

bool consents_settle(struct arena *arena, struct db *db, const char *id, bool *settled,
                     struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("UPDATE consents SET state = 'fetched', changed_at = $2 "
                         "WHERE id = $1 AND state = 'shared' AND NOT EXISTS "
                         "(SELECT 1 FROM shared_documents d WHERE d.consent = consents.id "
                         "AND d.state IN ('seen', 'wanted')) RETURNING id"),
                  DB_VALUES(DB_TEXT(id), DB_INTEGER(clock_now())), &rows, err) ||
        (db_next(rows) && !shared_documents_ended(db, id, err)) || !db_commit(&transaction, err))
        return false;
    *settled = db_count(rows) == 1;
    return true;
}

bool consents_lets_in(struct arena *arena, struct db *db, const char *id, bool *out,
                      struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM consents c JOIN drafts f ON f.id = c.draft "
                         "WHERE c.id = $1 AND f.state = 'open' AND " CONSENTS_LETS_IN("$2")),
                  DB_VALUES(DB_TEXT(id), DB_INTEGER(clock_now())), &rows, err))
        return false;
    *out = db_count(rows) == 1;
    return true;
}

bool consents_expire(struct arena *arena, struct db *db, size_t most, struct consent **out,
                     size_t *count, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("UPDATE consents SET state = 'expired', changed_at = $1 WHERE id IN "
                         "(SELECT id FROM consents WHERE state IN ('asked', 'shared') "
                         "AND (ends_at <= $1 OR (expires_at > 0 AND expires_at <= $1) "
                         "OR NOT EXISTS (SELECT 1 FROM drafts "
                         "WHERE drafts.id = consents.draft AND drafts.state = 'open')) "
                         "ORDER BY ends_at, id LIMIT $2) RETURNING " COLUMNS),
                  DB_VALUES(DB_INTEGER(clock_now()), DB_INTEGER((int64_t)most)), &rows, err) ||
        !read_all(arena, db, rows, WITHOUT_TEXTS, out, count, err))
        return false;
    for (size_t i = 0; i < *count; i++)
        if (!shared_documents_ended(db, (*out)[i].id, err))
            return false;
    return db_commit(&transaction, err);
}

bool consents_to_look_at(struct arena *arena, struct db *db, int64_t not_for_ms, size_t most,
                         struct consent **out, size_t *count, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    return db_join(db, &transaction, err) &&
           db_query(arena, db,
                    DB_SQL("UPDATE consents SET looked_at_ms = db_now_ms() WHERE id IN "
                           "(SELECT id FROM consents WHERE state IN ('asked', 'shared') "
                           "AND (looked_at_ms <= db_now_ms() - $1 "
                           "OR looked_at_ms > db_now_ms()) "
                           "AND EXISTS (SELECT 1 FROM outbox WHERE outbox.consent = consents.id "
                           "AND outbox.kind = 'share_request' AND outbox.state = 'done') "
                           "ORDER BY looked_at_ms, id LIMIT $2) RETURNING " COLUMNS),
                    DB_VALUES(DB_INTEGER(not_for_ms), DB_INTEGER((int64_t)most)), &rows, err) &&
           read_all(arena, db, rows, WITHOUT_TEXTS, out, count, err) &&
           db_commit(&transaction, err);
}

bool consents_are_running(struct arena *arena, struct db *db, bool *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM consents WHERE state IN ('asked', 'shared') LIMIT 1"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = db_count(rows) > 0;
    return true;
}

bool consents_events_read_to(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT read_to FROM event_marks WHERE name = 'share'"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

bool consents_set_events_read_to(struct db *db, int64_t at, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO event_marks (name, read_to) VALUES ('share', $1) "
                          "ON CONFLICT (name) DO UPDATE SET read_to = excluded.read_to"),
                   DB_VALUES(DB_INTEGER(at)), NULL, err);
}
