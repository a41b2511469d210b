#include "storage/restored.h"

#include "engine/base/clock.h"
#include "engine/base/durable.h"
#include "engine/base/text.h"
#include "storage/marks.h"
#include "storage/outbox.h"
#include "storage/submissions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Names in the table of marks. */
#define RUN "run"
#define RUN_BEFORE "run_before"
#define COPIED "copied"

enum {
    FILE_MOST = 64,
    /* more than are given out between two backups */
    SKIPPED_NUMBERS = 10000,
};

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static bool failed(const char *path, struct error *err)
{
    return error_at(err, ERROR_BROKEN, path, 0, "the mark beside the database: %s",
                    strerror(errno));
}

/* The file -------------------------------------------------------------------------------- */

/* *out is NULL when there is none. */
static bool read_file(struct arena *arena, const char *path, const char **out, struct error *err)
{
    char text[FILE_MOST + 1];
    CLEANUP(close_descriptor) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *out = NULL;
    if (file < 0)
        return errno == ENOENT || failed(path, err);
    ssize_t size = read(file, text, FILE_MOST);
    if (size < 0)
        return failed(path, err);
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    *out = arena_text(arena, text);
    return true;
}

static bool write_whole(const char *path, struct bytes text, struct error *err)
{
    CLEANUP(close_descriptor)
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    return (file >= 0 && write(file, text.data, text.size) == (ssize_t)text.size &&
            durable_file(file)) ||
           failed(path, err);
}

/* Old or new, never half. */
static bool write_file(struct arena *arena, const char *path, const char *mark, struct error *err)
{
    const char *beside = arena_printf(arena, "%s.new", path);
    const char *line = arena_printf(arena, "%s\n", mark);
    return write_whole(beside, BYTES_OF(line), err) &&
           (rename(beside, path) == 0 || failed(path, err)) &&
           (durable_folder_of(path) || failed(path, err));
}

/* Marks ------------------------------------------------------------------------------------- */

struct known {
    const char *run, *before, *copied, *file; /* NULL: none */
};

static bool read_known(struct arena *arena, struct db *db, const char *path, struct known *out,
                       struct error *err)
{
    return marks_read(arena, db, RUN, &out->run, err) &&
           marks_read(arena, db, RUN_BEFORE, &out->before, err) &&
           marks_read(arena, db, COPIED, &out->copied, err) &&
           read_file(arena, path, &out->file, err);
}

static bool is_first(const struct known *known)
{
    return !known->run && !known->file && !known->copied;
}

/* A start that died between the database's new mark and the file's is no copy. */
static bool is_same(const struct known *known)
{
    return known->run && known->file && text_is_empty(known->copied) &&
           (text_equal(known->file, known->run) ||
            (known->before && text_equal(known->file, known->before)));
}

/* In the database; the caller writes the file when it is committed. */
static bool turn(struct db *db, const char *before, const char *mark, struct error *err)
{
    return marks_write(db, RUN_BEFORE, before, err) && marks_write(db, RUN, mark, err) &&
           marks_write(db, COPIED, "", err);
}

bool restored_check(struct arena *arena, struct db *db, const char *path, bool *was,
                    int64_t *doubted, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct known known;
    const char *mark = crypto_random_id(arena, 128);
    int64_t count = 0;
    if (!db_begin(db, &transaction, err) || !read_known(arena, db, path, &known, err))
        return false;
    bool copy = !is_first(&known) && !is_same(&known);
    if (copy &&
        (!outbox_doubt(db, &count, err) || !submissions_skip_references(db, SKIPPED_NUMBERS, err)))
        return false;
    if (!turn(db, known.file ? known.file : "", mark, err) || !db_commit(&transaction, err) ||
        !write_file(arena, path, mark, err))
        return false;
    *was = copy;
    *doubted = count;
    return true;
}

bool restored_turn(struct arena *arena, struct db *db, const char *path, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    const char *before, *mark = crypto_random_id(arena, 128);
    return db_begin(db, &transaction, err) && marks_read(arena, db, RUN, &before, err) &&
           turn(db, before ? before : "", mark, err) && db_commit(&transaction, err) &&
           write_file(arena, path, mark, err);
}

bool restored_mark_copy(struct db *db, struct error *err)
{
    return marks_write(db, COPIED, "yes", err);
}
