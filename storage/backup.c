#include "storage/backup.h"

#include "engine/base/durable.h"
#include "storage/attachments.h"
#include "storage/outbox.h"
#include "storage/restored.h"
#include "storage/submissions.h"
#include "storage/supplements.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

/* Making one -------------------------------------------------------------------------------- */

static bool mark(struct arena *arena, const char *file, struct error *err)
{
    const struct db_options options = {
        .url = arena_printf(arena, "sqlite:%s", file), .connections = 1, .wait_ms = WAIT_MS};
    struct db_pool *pool = NULL;
    struct db *db = NULL;
    if (!db_pool_open(&options, &pool, err))
        return false;
    bool marked = db_borrow(pool, &db, err) && restored_mark_copy(db, err);
    db_return(&db);
    db_pool_close(&pool);
    return marked;
}

/* The copy has its own name only when it is whole and says what it is. */
bool backup_make(struct db *db, const char *folder, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *file = arena_printf(arena, "%s/skjema.db", folder);
    const char *half = arena_printf(arena, "%s/unfinished.db", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return error_at(err, ERROR_BROKEN, folder, 0, "cannot be made: %s", strerror(errno));
    if (access(file, F_OK) == 0)
        return error_at(err, ERROR_CONFLICT, file, 0,
                        "there is a database already: name another folder");
    if (unlink(half) != 0 && errno != ENOENT)
        return error_at(err, ERROR_BROKEN, half, 0, "cannot be replaced: %s", strerror(errno));
    if (!db_copy(db, half, err) || !mark(arena, half, err))
        return false;
    if (rename(half, file) != 0)
        return error_at(err, ERROR_BROKEN, file, 0, "the backup: %s", strerror(errno));
    return durable_folder(folder) ||
           error_at(err, ERROR_BROKEN, folder, 0, "the backup: %s", strerror(errno));
}

/* Looking through one ------------------------------------------------------------------------ */

struct look {
    struct db *db;
    struct backup_findings *findings;
};

/* True: go on. What does not open is counted; what cannot be read at all ends it. */
static bool note(struct look *look, bool sound, int64_t *count, const struct error *why,
                 struct error *err)
{
    if (sound) {
        ++*count;
        return true;
    }
    if (why->code == ERROR_UNAVAILABLE) {
        *err = *why;
        return false;
    }
    if (!look->findings->failed++)
        look->findings->first = *why;
    return true;
}

static bool look_at_submission(struct arena *arena, struct look *look, const struct db_rows *rows,
                               struct error *err)
{
    const char *id = db_text(rows, 0), *citizen = db_text(rows, 1);
    struct submission submission;
    struct bytes receipt;
    struct error why = {0};
    bool sound = submissions_read(arena, look->db, citizen, id, &submission, &why) &&
                 submissions_receipt(arena, look->db, citizen, id, &receipt, &why);
    if (sound && !db_is_intact(receipt, &submission.receipt_sha256))
        sound = error_set(&why, ERROR_BROKEN, "the receipt of %s is not what was stored", id);
    return note(look, sound, &look->findings->submissions, &why, err);
}

static bool look_at_supplement(struct arena *arena, struct look *look, const struct db_rows *rows,
                               struct error *err)
{
    const char *id = db_text(rows, 0), *citizen = db_text(rows, 1);
    struct supplement supplement;
    struct bytes receipt;
    struct error why = {0};
    bool sound =
        supplements_of_promise(arena, look->db, citizen, db_text(rows, 2), &supplement, &why) &&
        supplements_receipt(arena, look->db, citizen, id, &receipt, &why);
    if (sound && !db_is_intact(receipt, &supplement.receipt_sha256))
        sound = error_set(&why, ERROR_BROKEN, "the receipt of %s is not what was stored", id);
    return note(look, sound, &look->findings->supplements, &why, err);
}

static bool look_at_attachment(struct arena *arena, struct look *look, const struct db_rows *rows,
                               struct error *err)
{
    struct attachment attachment;
    struct bytes content;
    struct error why = {0};
    bool sound = attachments_read(arena, look->db, db_text(rows, 1), db_text(rows, 0), &attachment,
                                  &content, &why);
    return note(look, sound, &look->findings->attachments, &why, err);
}

static bool look_at_letter(struct arena *arena, struct look *look, const struct db_rows *rows,
                           struct error *err)
{
    struct delivery delivery;
    struct bytes content;
    struct error why = {0};
    bool sound = outbox_read(arena, look->db, db_text(rows, 0), &delivery, &why);
    for (size_t i = 0; sound && i < delivery.document_count; i++)
        sound = outbox_document_bytes(arena, look->db, &delivery, i, &content, &why);
    bool waits = sound && delivery.state != OUTBOX_DONE && delivery.state != OUTBOX_DEAD;
    look->findings->under_way += waits;
    return note(look, sound, &look->findings->letters, &why, err);
}

/* Each row in an arena of its own: what is looked at may be large. */
static bool look_at_all(struct look *look, struct db_rows *rows,
                        bool (*at)(struct arena *arena, struct look *look,
                                   const struct db_rows *rows, struct error *err),
                        struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    while (db_next(rows)) {
        arena_reset(arena);
        if (!at(arena, look, rows, err))
            return false;
    }
    return true;
}

bool backup_look_through(struct db *db, struct backup_findings *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct db_rows *submissions, *supplements, *attachments, *letters;
    struct backup_findings findings = {0};
    struct look look = {db, &findings};
    if (!db_query(arena, db, DB_SQL("SELECT id, citizen FROM submissions"), DB_NO_VALUES,
                  &submissions, err) ||
        !db_query(arena, db, DB_SQL("SELECT id, citizen, promise FROM supplements"), DB_NO_VALUES,
                  &supplements, err) ||
        !db_query(arena, db,
                  DB_SQL("SELECT id, citizen FROM attachments WHERE source <> 'later' "
                         "AND state <> 'refused'"),
                  DB_NO_VALUES, &attachments, err) ||
        !db_query(arena, db, DB_SQL("SELECT id FROM outbox"), DB_NO_VALUES, &letters, err))
        return false;
    if (!look_at_all(&look, submissions, look_at_submission, err) ||
        !look_at_all(&look, supplements, look_at_supplement, err) ||
        !look_at_all(&look, attachments, look_at_attachment, err) ||
        !look_at_all(&look, letters, look_at_letter, err))
        return false;
    *out = findings;
    return true;
}
