#include "storage/drafts.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"

#include <assert.h>

static const char *const state_names[] = {[DRAFT_OPEN] = "open", [DRAFT_SENT] = "sent"};

#define LISTED_COLUMNS                                                                             \
    "id, citizen, form, form_version, language, revision, submit_key, page, state, created_at, "   \
    "saved_at"
#define ALL_COLUMNS LISTED_COLUMNS ", note, answers"

static struct draft read_listed(const struct db_rows *rows)
{
    return (struct draft){
        .id = db_text(rows, 0),
        .citizen_id = db_text(rows, 1),
        .form_id = db_text(rows, 2),
        .form_version = db_text(rows, 3),
        .language = db_text(rows, 4),
        .revision = db_integer(rows, 5),
        .submit_key = db_text(rows, 6),
        .page = db_text(rows, 7),
        .state = (enum draft_state)db_choice(rows, 8, state_names, COUNT(state_names)),
        .created_at = db_integer(rows, 9),
        .saved_at = db_integer(rows, 10),
    };
}

static bool read_one(struct db_rows *rows, struct draft *out, struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such draft");
    *out = read_listed(rows);
    out->note = db_text(rows, 11);
    out->answers = db_bytes(rows, 12);
    return true;
}

bool drafts_create(struct arena *arena, struct db *db, const char *citizen_id,
                   const struct draft_start *start, struct draft *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("INSERT INTO drafts (id, citizen, form, form_version, language, "
                           "answers, revision, submit_key, page, note, state, created_at, "
                           "saved_at) "
                           "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, NULL, 'open', $9, $9) "
                           "RETURNING " ALL_COLUMNS),
                    DB_VALUES(DB_TEXT(crypto_random_id(arena, 128)), DB_TEXT(citizen_id),
                              DB_TEXT(start->form_id), DB_TEXT(start->form_version),
                              DB_TEXT(start->language), DB_BYTES(start->answers),
                              DB_TEXT(crypto_random_id(arena, 128)), DB_TEXT(start->page),
                              DB_INTEGER(clock_now())),
                    &rows, err) &&
           read_one(rows, out, err);
}

bool drafts_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                 struct draft *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " ALL_COLUMNS " FROM drafts WHERE id = $1 AND citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(rows, out, err);
}

bool drafts_list(struct arena *arena, struct db *db, const char *citizen_id, struct draft **out,
                 size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " LISTED_COLUMNS " FROM drafts "
                         "WHERE citizen = $1 AND state = 'open' "
                         "ORDER BY saved_at DESC, id LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(DRAFTS_LIST_MAX)), &rows, err))
        return false;
    struct draft *drafts = ARENA_ARRAY(arena, db_count(rows), struct draft);
    for (size_t i = 0; db_next(rows); i++)
        drafts[i] = read_listed(rows);
    *out = drafts;
    *count = db_count(rows);
    return true;
}

bool drafts_count_since(struct arena *arena, struct db *db, const char *citizen_id, int64_t since,
                        int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT COUNT(*) FROM drafts WHERE citizen = $1 AND created_at >= $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(since)), &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

/* Why an update over a revision touched nothing. */
static bool moved_on(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                     struct error *err)
{
    struct draft now;
    return drafts_read(arena, db, citizen_id, id, &now, err) &&
           error_set(err, ERROR_CONFLICT, "the draft is %s, revision %lld", state_names[now.state],
                     (long long)now.revision);
}

bool drafts_save(struct arena *arena, struct db *db, const char *citizen_id, struct draft *draft,
                 struct error *err)
{
    int64_t now = clock_now();
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE drafts SET answers = $4, language = $5, page = $6, note = $7, "
                        "form_version = $8, saved_at = $9, revision = revision + 1 "
                        "WHERE id = $1 AND citizen = $2 AND revision = $3 AND state = 'open'"),
                 DB_VALUES(DB_TEXT(draft->id), DB_TEXT(citizen_id), DB_INTEGER(draft->revision),
                           DB_BYTES(draft->answers), DB_TEXT(draft->language), DB_TEXT(draft->page),
                           DB_TEXT(draft->note), DB_TEXT(draft->form_version), DB_INTEGER(now)),
                 &changed, err))
        return false;
    if (changed == 0)
        return moved_on(arena, db, citizen_id, draft->id, err);
    draft->revision++;
    draft->saved_at = now;
    return true;
}

bool drafts_move(struct arena *arena, struct db *db, const char *citizen_id, struct draft *draft,
                 struct error *err)
{
    assert(db_in_transaction(db));
    int64_t kept = 0;
    if (!db_exec(db,
                 DB_SQL("INSERT INTO earlier_answers (draft, number, form_version, answers, "
                        "moved_at) SELECT id, "
                        "(SELECT COALESCE(MAX(number), 0) + 1 FROM earlier_answers "
                        "WHERE draft = $1), form_version, answers, $4 FROM drafts "
                        "WHERE id = $1 AND citizen = $2 AND revision = $3 AND state = 'open'"),
                 DB_VALUES(DB_TEXT(draft->id), DB_TEXT(citizen_id), DB_INTEGER(draft->revision),
                           DB_INTEGER(clock_now())),
                 &kept, err))
        return false;
    return kept ? drafts_save(arena, db, citizen_id, draft, err)
                : moved_on(arena, db, citizen_id, draft->id, err);
}

bool drafts_send(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                 int64_t revision, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("UPDATE drafts SET state = 'sent' "
                        "WHERE id = $1 AND citizen = $2 AND revision = $3 AND state = 'open'"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id), DB_INTEGER(revision)), &changed, err))
        return false;
    if (changed == 0)
        return moved_on(arena, db, citizen_id, id, err);
    return db_exec(db, DB_SQL("DELETE FROM earlier_answers WHERE draft = $1"),
                   DB_VALUES(DB_TEXT(id)), NULL, err);
}

bool drafts_delete(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db, DB_SQL("DELETE FROM drafts WHERE id = $1 AND citizen = $2 AND state = 'open'"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &changed, err))
        return false;
    return changed == 1 || error_set(err, ERROR_MISSING, "no such open draft");
}
