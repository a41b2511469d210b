#include "storage/prefills.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "storage/citizens.h"
#include "storage/keys.h"

#include <assert.h>
#include <string.h>

static const char *const state_names[] = {
    [PREFILLS_WAITING] = "waiting",
    [PREFILLS_FOUND] = "found",
    [PREFILLS_NOTHING] = "nothing",
    [PREFILLS_UNAVAILABLE] = "unavailable",
};

#define SEALED "prefills.sealed"
enum { TEXTS = 2 }; /* about, facts */
#define COLUMNS                                                                                    \
    "draft, source, about_lookup, state, sealed, asked_at_ms, answered_at, attempts, reason, "     \
    "(SELECT citizen FROM drafts WHERE drafts.id = prefills.draft)"

/* ---- facts as lines ---- */

static const char *write_facts(struct arena *arena, const struct prefills_question *question)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < question->fact_count; i++)
        buf_printf(&out, "%s\t%s\n", question->facts[i].word,
                   text_collapse(arena, question->facts[i].value));
    return buf_text(&out);
}

static void read_facts(struct arena *arena, const char *lines, struct prefills_question *out)
{
    size_t most = 0;
    for (const char *at = lines; *at; at++)
        most += *at == '\n';
    struct prefills_fact *facts = ARENA_ARRAY(arena, most, struct prefills_fact);
    char *rest = arena_text(arena, lines);
    for (char *end; (end = strchr(rest, '\n')); rest = end + 1) {
        *end = '\0';
        char *tab = strchr(rest, '\t');
        if (!tab)
            continue;
        *tab = '\0';
        facts[out->fact_count++] = (struct prefills_fact){rest, tab + 1};
    }
    out->facts = facts;
}

/* ---- what a row tells nobody ---- */

/* One draft's question is not known by another's about the same. */
static struct crypto_sha256 lookup_of(struct arena *arena, struct db *db, const char *draft_id,
                                      const char *about)
{
    return keys_lookup(db, "prefills.about", arena_printf(arena, "%s %s", draft_id, about));
}

static const char *row_id(struct arena *arena, const char *draft_id, const char *source,
                          struct crypto_sha256 lookup)
{
    return arena_printf(arena, "%s %s %s", draft_id, source,
                        codec_base64url(arena, (struct bytes){lookup.bytes, sizeof lookup.bytes}));
}

static bool seal(struct arena *arena, struct db *db, const struct prefills_question *question,
                 struct crypto_sha256 lookup, struct bytes *out, struct error *err)
{
    const char *const texts[TEXTS] = {question->about, write_facts(arena, question)};
    return keys_seal_texts(arena, db, (struct keys_owner){question->citizen_id, question->draft_id},
                           SEALED, row_id(arena, question->draft_id, question->source, lookup),
                           texts, TEXTS, out, err);
}

static bool read_row(struct arena *arena, struct db *db, const struct db_rows *rows,
                     struct prefills_question *out, struct error *err)
{
    struct prefills_question question = {
        .citizen_id = db_text(rows, 9),
        .draft_id = db_text(rows, 0),
        .source = db_text(rows, 1),
        .state = (enum prefills_state)db_choice(rows, 3, state_names, COUNT(state_names)),
        .waited_ms = db_now_ms() - db_integer(rows, 5),
        .answered_at = db_integer(rows, 6),
        .attempts = db_integer(rows, 7),
        .reason = db_text(rows, 8),
    };
    const char *texts[TEXTS];
    if (!keys_open_texts(arena, db, (struct keys_owner){question.citizen_id, question.draft_id},
                         SEALED,
                         row_id(arena, question.draft_id, question.source, db_sha256(rows, 2)),
                         db_bytes(rows, 4), texts, TEXTS, err))
        return false;
    question.about = texts[0];
    read_facts(arena, texts[1], &question);
    *out = question;
    return true;
}

/* ---- for pages ---- */

static bool is_open(struct arena *arena, struct db *db, const struct prefills_question *question,
                    struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT 1 FROM drafts WHERE id = $1 AND citizen = $2 AND state = 'open'"),
                  DB_VALUES(DB_TEXT(question->draft_id), DB_TEXT(question->citizen_id)), &rows,
                  err))
        return false;
    return db_count(rows) || error_set(err, ERROR_MISSING, "no such open draft");
}

static bool insert(struct arena *arena, struct db *db, const struct prefills_question *question,
                   struct error *err)
{
    struct crypto_sha256 lookup = lookup_of(arena, db, question->draft_id, question->about);
    struct bytes sealed;
    return is_open(arena, db, question, err) && seal(arena, db, question, lookup, &sealed, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO prefills (draft, source, about_lookup, state, sealed, "
                          "asked_at_ms, next_at_ms, attempts, answered_at, reason) "
                          "VALUES ($1, $2, $3, 'waiting', $4, db_now_ms(), db_now_ms(), 0, 0, "
                          "'')"),
                   DB_VALUES(DB_TEXT(question->draft_id), DB_TEXT(question->source),
                             DB_SHA256(lookup), DB_BYTES(sealed)),
                   NULL, err);
}

bool prefills_ask(struct db *db, const char *citizen_id, const char *draft_id, const char *source,
                  const char *about, struct error *err)
{
    assert(db_in_transaction(db));
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct prefills_question *others;
    size_t count;
    if (!prefills_of_draft(arena, db, citizen_id, draft_id, &others, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (text_equal(others[i].source, source) && text_equal(others[i].about, about))
            return true;
    if (count >= PREFILLS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d questions to registers", PREFILLS_MAX);
    return insert(
        arena, db,
        &(struct prefills_question){
            .citizen_id = citizen_id, .draft_id = draft_id, .source = source, .about = about},
        err);
}

bool prefills_refresh(struct db *db, const char *citizen_id, const char *draft_id,
                      int64_t answered_before, struct error *err)
{
    return db_exec(db,
                   DB_SQL("UPDATE prefills SET state = 'waiting', asked_at_ms = db_now_ms(), "
                          "next_at_ms = db_now_ms(), attempts = 0, reason = '' "
                          "WHERE draft = $1 AND state <> 'waiting' AND answered_at < $3 "
                          "AND EXISTS (SELECT 1 FROM drafts WHERE id = $1 AND citizen = $2 "
                          "AND drafts.state = 'open')"),
                   DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id), DB_INTEGER(answered_before)),
                   NULL, err);
}

bool prefills_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                       const char *draft_id, struct prefills_question **out, size_t *count,
                       struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " COLUMNS " FROM prefills WHERE draft = $1 "
                         "AND EXISTS (SELECT 1 FROM drafts WHERE id = $1 AND citizen = $2) "
                         "ORDER BY source, about_lookup"),
                  DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    struct prefills_question *questions =
        ARENA_ARRAY(arena, db_count(rows), struct prefills_question);
    for (size_t i = 0; db_next(rows); i++)
        if (!read_row(arena, db, rows, &questions[i], err))
            return false;
    *out = questions;
    *count = db_count(rows);
    return true;
}

/* ---- for the worker ---- */

bool prefills_lease(struct arena *arena, struct db *db, int64_t lease_ms,
                    struct prefills_question *out, const char **pid, bool *found, struct error *err)
{
    struct db_rows *rows = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join(db, &transaction, err) ||
        !db_query(
            arena, db,
            DB_SQL("UPDATE prefills SET next_at_ms = db_now_ms() + $1, "
                   "attempts = attempts + 1 WHERE (draft, source, about_lookup) = "
                   "(SELECT draft, source, about_lookup FROM prefills WHERE state = 'waiting' "
                   "AND next_at_ms <= db_now_ms() ORDER BY next_at_ms LIMIT 1) "
                   "RETURNING " COLUMNS),
            DB_VALUES(DB_INTEGER(lease_ms)), &rows, err))
        return false;
    *found = false;
    if (!db_next(rows))
        return true;
    struct prefills_question question;
    struct citizen citizen;
    struct error why = {0};
    bool read = read_row(arena, db, rows, &question, &why) &&
                citizens_read(arena, db, question.citizen_id, &citizen, &why);
    if (!read && why.code != ERROR_BROKEN)
        return error_set(err, why.code, "%s", why.text);
    if (!db_commit(&transaction, err)) /* one that does not open waits too: others come first */
        return false;
    if (!read)
        return error_set(err, why.code, "%s", why.text);
    *out = question;
    *pid = citizen.pid;
    *found = true;
    return true;
}

bool prefills_answer(struct arena *arena, struct db *db, const struct prefills_question *question,
                     enum prefills_state state, const char *reason, struct error *err)
{
    struct crypto_sha256 lookup = lookup_of(arena, db, question->draft_id, question->about);
    struct bytes sealed;
    return seal(arena, db, question, lookup, &sealed, err) &&
           db_exec(db,
                   DB_SQL("UPDATE prefills SET state = $5, reason = $6, answered_at = $7, "
                          "sealed = CASE WHEN $5 = 'found' THEN $8 ELSE sealed END "
                          "WHERE draft = $1 AND source = $2 AND about_lookup = $3 "
                          "AND attempts = $4 AND state = 'waiting'"),
                   DB_VALUES(DB_TEXT(question->draft_id), DB_TEXT(question->source),
                             DB_SHA256(lookup), DB_INTEGER(question->attempts),
                             DB_TEXT(state_names[state]), DB_TEXT(reason), DB_INTEGER(clock_now()),
                             DB_BYTES(sealed)),
                   NULL, err);
}

bool prefills_again(struct db *db, const struct prefills_question *question, int64_t wait_ms,
                    const char *reason, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct crypto_sha256 lookup = lookup_of(arena, db, question->draft_id, question->about);
    return db_exec(db,
                   DB_SQL("UPDATE prefills SET next_at_ms = db_now_ms() + $5, reason = $6 "
                          "WHERE draft = $1 AND source = $2 AND about_lookup = $3 "
                          "AND attempts = $4 AND state = 'waiting'"),
                   DB_VALUES(DB_TEXT(question->draft_id), DB_TEXT(question->source),
                             DB_SHA256(lookup), DB_INTEGER(question->attempts), DB_INTEGER(wait_ms),
                             DB_TEXT(reason)),
                   NULL, err);
}

bool prefills_due_in_ms(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT MIN(next_at_ms) FROM prefills WHERE state = 'waiting'"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = PREFILLS_NOTHING_DUE;
    if (db_next(rows) && !db_is_null(rows, 0)) {
        int64_t in_ms = db_integer(rows, 0) - db_now_ms();
        *out = in_ms > 0 ? in_ms : 0;
    }
    return true;
}
