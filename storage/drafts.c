#include "storage/drafts.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "storage/attachment_bytes.h"
#include "storage/keys.h"

#include <assert.h>

static const char *const state_names[] = {[DRAFT_OPEN] = "open", [DRAFT_SENT] = "sent"};

#define LISTED_COLUMNS                                                                             \
    "id, citizen, form, form_version, language, revision, submit_key, page, state, created_at, "   \
    "saved_at"
#define ALL_COLUMNS LISTED_COLUMNS ", note, answers"
#define NOTE "drafts.note"
#define ANSWERS "drafts.answers"
#define EARLIER "earlier_answers.answers"

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

static struct keys_owner owner_of(const struct draft *draft)
{
    return (struct keys_owner){draft->citizen_id, draft->id};
}

static bool read_one(struct arena *arena, struct db *db, struct db_rows *rows, struct draft *out,
                     struct error *err)
{
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such draft");
    struct draft draft = read_listed(rows);
    struct bytes note = {0};
    if (!keys_open(arena, db, owner_of(&draft), ANSWERS, draft.id, db_bytes(rows, 12),
                   &draft.answers, err) ||
        (!db_is_null(rows, 11) &&
         !keys_open(arena, db, owner_of(&draft), NOTE, draft.id, db_bytes(rows, 11), &note, err)))
        return false;
    draft.note = (const char *)note.data;
    *out = draft;
    return true;
}

/* Answers and note as they stand in a row; a note that is not there is null. */
static bool seal(struct arena *arena, struct db *db, const struct draft *draft,
                 struct db_value *answers, struct db_value *note, struct error *err)
{
    struct bytes sealed;
    if (!keys_seal(arena, db, owner_of(draft), ANSWERS, draft->id, draft->answers, &sealed, err))
        return false;
    *answers = DB_BYTES(sealed);
    *note = DB_NULL;
    if (!draft->note)
        return true;
    if (!keys_seal(arena, db, owner_of(draft), NOTE, draft->id, BYTES_OF(draft->note), &sealed,
                   err))
        return false;
    *note = DB_BYTES(sealed);
    return true;
}

static bool insert(struct arena *arena, struct db *db, const struct draft *draft, struct error *err)
{
    struct db_value answers, note;
    return keys_make(db, owner_of(draft), err) && seal(arena, db, draft, &answers, &note, err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO drafts (id, citizen, form, form_version, language, "
                          "answers, revision, submit_key, page, note, state, created_at, "
                          "saved_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, 'open', "
                          "$10, $10)"),
                   DB_VALUES(DB_TEXT(draft->id), DB_TEXT(draft->citizen_id),
                             DB_TEXT(draft->form_id), DB_TEXT(draft->form_version),
                             DB_TEXT(draft->language), answers, DB_TEXT(draft->submit_key),
                             DB_TEXT(draft->page), note, DB_INTEGER(draft->created_at)),
                   NULL, err);
}

bool drafts_create(struct arena *arena, struct db *db, const char *citizen_id,
                   const struct draft_start *start, struct draft *out, struct error *err)
{
    int64_t now = clock_now();
    struct draft draft = {
        .id = crypto_random_id(arena, 128),
        .citizen_id = arena_text(arena, citizen_id),
        .form_id = arena_text(arena, start->form_id),
        .form_version = arena_text(arena, start->form_version),
        .language = arena_text(arena, start->language),
        .answers = arena_bytes(arena, start->answers),
        .revision = 1,
        .submit_key = crypto_random_id(arena, 128),
        .page = arena_text(arena, start->page),
        .state = DRAFT_OPEN,
        .created_at = now,
        .saved_at = now,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_join(db, &transaction, err) || !insert(arena, db, &draft, err) ||
        !db_commit(&transaction, err))
        return false;
    *out = draft;
    return true;
}

bool drafts_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                 struct draft *out, struct error *err)
{
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT " ALL_COLUMNS " FROM drafts WHERE id = $1 AND citizen = $2"),
                    DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err) &&
           read_one(arena, db, rows, out, err);
}

static bool list(struct arena *arena, struct db *db, const char *citizen_id, int64_t most,
                 struct draft **out, size_t *count, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT " LISTED_COLUMNS " FROM drafts "
                         "WHERE citizen = $1 AND state = 'open' "
                         "ORDER BY saved_at DESC, id LIMIT $2"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(most)), &rows, err))
        return false;
    struct draft *drafts = ARENA_ARRAY(arena, db_count(rows), struct draft);
    for (size_t i = 0; db_next(rows); i++)
        drafts[i] = read_listed(rows);
    *out = drafts;
    *count = db_count(rows);
    return true;
}

bool drafts_list(struct arena *arena, struct db *db, const char *citizen_id, struct draft **out,
                 size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, DRAFTS_LIST_MAX, out, count, err);
}

bool drafts_all(struct arena *arena, struct db *db, const char *citizen_id, struct draft **out,
                size_t *count, struct error *err)
{
    return list(arena, db, citizen_id, INT64_MAX, out, count, err);
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

bool drafts_form_of(struct arena *arena, struct db *db, const char *id, const char **form_id,
                    struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT form FROM drafts WHERE id = $1 UNION "
                         "SELECT d.form FROM drafts d JOIN attachments a ON a.draft = d.id "
                         "WHERE a.id = $1 AND a.source = 'later' UNION "
                         "SELECT s.form FROM submissions s JOIN letter_links l "
                         "ON l.submission = s.id WHERE l.id = $1 AND l.deadline > 0"),
                  DB_VALUES(DB_TEXT(id)), &rows, err))
        return false;
    *form_id = db_next(rows) ? db_text(rows, 0) : NULL;
    return true;
}

bool drafts_forget_note(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE drafts SET note = NULL WHERE id = $1 AND citizen = $2"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), NULL, err);
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

/* Without a key it may be no draft of this citizen's. */
static bool seal_theirs(struct arena *arena, struct db *db, const struct draft *draft,
                        struct db_value *answers, struct db_value *note, struct error *err)
{
    struct error why = {0};
    struct draft now;
    return seal(arena, db, draft, answers, note, &why) ||
           (drafts_read(arena, db, draft->citizen_id, draft->id, &now, err) &&
            error_set(err, why.code, "%s", why.text));
}

bool drafts_save(struct arena *arena, struct db *db, const char *citizen_id, struct draft *draft,
                 struct error *err)
{
    int64_t now = clock_now();
    int64_t changed = 0;
    struct draft saved = *draft;
    struct db_value answers, note;
    saved.citizen_id = citizen_id;
    if (!seal_theirs(arena, db, &saved, &answers, &note, err) ||
        !db_exec(db,
                 DB_SQL("UPDATE drafts SET answers = $4, language = $5, page = $6, note = $7, "
                        "form_version = $8, saved_at = $9, revision = revision + 1 "
                        "WHERE id = $1 AND citizen = $2 AND revision = $3 AND state = 'open'"),
                 DB_VALUES(DB_TEXT(draft->id), DB_TEXT(citizen_id), DB_INTEGER(draft->revision),
                           answers, DB_TEXT(draft->language), DB_TEXT(draft->page), note,
                           DB_TEXT(draft->form_version), DB_INTEGER(now)),
                 &changed, err))
        return false;
    if (changed == 0)
        return moved_on(arena, db, citizen_id, draft->id, err);
    draft->revision++;
    draft->saved_at = now;
    return true;
}

/* Sealed anew: what is sealed for one place does not open in another. */
static bool keep_earlier(struct arena *arena, struct db *db, const struct draft *earlier,
                         struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT COALESCE(MAX(number), 0) + 1 FROM earlier_answers "
                         "WHERE draft = $1"),
                  DB_VALUES(DB_TEXT(earlier->id)), &rows, err) ||
        !db_next(rows))
        return false;
    int64_t number = db_integer(rows, 0);
    const char *row_id = arena_printf(arena, "%s %lld", earlier->id, (long long)number);
    struct bytes sealed;
    return keys_seal(arena, db, owner_of(earlier), EARLIER, row_id, earlier->answers, &sealed,
                     err) &&
           db_exec(db,
                   DB_SQL("INSERT INTO earlier_answers (draft, number, form_version, answers, "
                          "moved_at) VALUES ($1, $2, $3, $4, $5)"),
                   DB_VALUES(DB_TEXT(earlier->id), DB_INTEGER(number),
                             DB_TEXT(earlier->form_version), DB_BYTES(sealed),
                             DB_INTEGER(clock_now())),
                   NULL, err);
}

bool drafts_move(struct arena *arena, struct db *db, const char *citizen_id, struct draft *draft,
                 struct error *err)
{
    assert(db_in_transaction(db));
    struct draft earlier;
    if (!drafts_read(arena, db, citizen_id, draft->id, &earlier, err))
        return false;
    if (earlier.revision != draft->revision || earlier.state != DRAFT_OPEN)
        return moved_on(arena, db, citizen_id, draft->id, err);
    return keep_earlier(arena, db, &earlier, err) && drafts_save(arena, db, citizen_id, draft, err);
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
                   DB_VALUES(DB_TEXT(id)), NULL, err) &&
           db_exec(db, DB_SQL("DELETE FROM kept_posts WHERE draft = $1"), DB_VALUES(DB_TEXT(id)),
                   NULL, err);
}

bool drafts_delete(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct db_rows *rows = NULL;
    if (!db_join(db, &transaction, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT 1 FROM drafts WHERE id = $1 AND citizen = $2 AND state = 'open'"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_count(rows))
        return error_set(err, ERROR_MISSING, "no such open draft");
    return keys_shred(db, (struct keys_owner){citizen_id, id}, err) &&
           attachment_bytes_destroy_draft(db, id, err) &&
           db_exec(db, DB_SQL("DELETE FROM drafts WHERE id = $1"), DB_VALUES(DB_TEXT(id)), NULL,
                   err) &&
           db_commit(&transaction, err);
}
