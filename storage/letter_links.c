#include "storage/letter_links.h"

#include "engine/base/clock.h"

#include <assert.h>

bool letter_links_add(struct db *db, const char *citizen_id, const struct letter_link *link,
                      struct error *err)
{
    assert(db_in_transaction(db));
    return db_exec(db,
                   DB_SQL("INSERT INTO letter_links (id, citizen, submission, decision, deadline, "
                          "made_at) VALUES ($1, $2, $3, $4, $5, $6)"),
                   DB_VALUES(DB_TEXT(link->id), DB_TEXT(citizen_id), DB_TEXT(link->submission_id),
                             DB_TEXT(link->decision_id ? link->decision_id : ""),
                             DB_INTEGER(link->deadline), DB_INTEGER(clock_now())),
                   NULL, err);
}

bool letter_links_read(struct arena *arena, struct db *db, const char *citizen_id, const char *id,
                       struct letter_link *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, submission, deadline, made_at, decision FROM letter_links "
                         "WHERE id = $1 AND citizen = $2"),
                  DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such link");
    *out = (struct letter_link){
        .id = db_text(rows, 0),
        .submission_id = db_text(rows, 1),
        .deadline = db_integer(rows, 2),
        .made_at = db_integer(rows, 3),
    };
    if (*db_text(rows, 4))
        out->decision_id = db_text(rows, 4);
    return true;
}
