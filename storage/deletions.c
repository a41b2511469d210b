#include "storage/deletions.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH = 500,
    TIME_CHARACTERS = 20, /* 2026-11-23T12:00:00Z */
};

bool deletions_note(struct db *db, const char *owner_id, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO deletions (owner, deleted_at) VALUES ($1, $2) "
                          "ON CONFLICT (owner) DO NOTHING"),
                   DB_VALUES(DB_TEXT(owner_id), DB_INTEGER(clock_now())), NULL, err);
}

/* The mark ---------------------------------------------------------------------------------- */

bool deletions_mark(struct db *db, int64_t end, struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO deletion_marks (name, read_to) VALUES ('ledger', $1) "
                          "ON CONFLICT (name) DO UPDATE SET read_to = excluded.read_to"),
                   DB_VALUES(DB_INTEGER(end)), NULL, err);
}

static bool read_mark(struct arena *arena, struct db *db, int64_t *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db, DB_SQL("SELECT read_to FROM deletion_marks WHERE name = 'ledger'"),
                  DB_NO_VALUES, &rows, err))
        return false;
    *out = db_next(rows) ? db_integer(rows, 0) : 0;
    return true;
}

/* The file ---------------------------------------------------------------------------------- */

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static bool file_failed(const char *path, struct error *err)
{
    return error_at(err, ERROR_BROKEN, path, 0, "the ledger of deletions: %s", strerror(errno));
}

/* From there to its end. */
static bool read_rest(struct arena *arena, int file, const char *path, int64_t from,
                      struct bytes *out, struct error *err)
{
    struct buf buf;
    char piece[16 * 1024];
    buf_init(&buf, arena);
    for (ssize_t size; (size = pread(file, piece, sizeof piece, from + (off_t)buf.size)) != 0;) {
        if (size < 0)
            return file_failed(path, err);
        buf_add(&buf, (struct bytes){(unsigned char *)piece, (size_t)size});
    }
    *out = buf_bytes(&buf);
    return true;
}

/* Opened for reading and writing; -1 in *out: there is none, and none is to be made. */
static bool open_file(const char *path, bool make, int64_t mark, int *out, struct error *err)
{
    struct stat about = {0};
    *out = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
    if ((*out < 0 && errno != ENOENT) || (*out >= 0 && fstat(*out, &about) != 0))
        return file_failed(path, err);
    if (about.st_size < mark)
        return error_at(err, ERROR_BROKEN, path, 0,
                        "the ledger of deletions is shorter than the database knows it: it is "
                        "another one, or was cut");
    return true;
}

/* Whole lines; one without its end was cut by a crash, and its note is still in the database. */
static size_t whole_lines(struct bytes text)
{
    size_t size = text.size;
    while (size && text.data[size - 1] != '\n')
        size--;
    return size;
}

/* All before the mark is whole. */
static bool add_lines(int file, const char *path, int64_t mark, struct bytes lines, int64_t *end,
                      struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes rest;
    if (!read_rest(arena, file, path, mark, &rest, err))
        return false;
    off_t at = mark + (off_t)whole_lines(rest);
    if (ftruncate(file, at) != 0)
        return file_failed(path, err);
    for (size_t done = 0; done < lines.size;) {
        ssize_t size = pwrite(file, lines.data + done, lines.size - done, at + (off_t)done);
        if (size < 0)
            return file_failed(path, err);
        done += (size_t)size;
    }
    if (!durable_file(file) || (at == 0 && !durable_folder_of(path)))
        return file_failed(path, err);
    *end = at + (int64_t)lines.size;
    return true;
}

/* Writing ----------------------------------------------------------------------------------- */

struct notes {
    size_t count;
    const char **owner_ids;
    struct bytes lines;
};

static bool read_notes(struct arena *arena, struct db *db, struct notes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT owner, deleted_at FROM deletions ORDER BY deleted_at, owner "
                         "LIMIT $1"),
                  DB_VALUES(DB_INTEGER(BATCH)), &rows, err))
        return false;
    struct buf lines;
    buf_init(&lines, arena);
    out->owner_ids = ARENA_ARRAY(arena, db_count(rows), const char *);
    for (out->count = 0; db_next(rows); out->count++) {
        out->owner_ids[out->count] = db_text(rows, 0);
        buf_printf(&lines, "%s %s\n", clock_iso_utc(arena, db_integer(rows, 1)), db_text(rows, 0));
    }
    out->lines = buf_bytes(&lines);
    return true;
}

static bool forget_notes(struct db *db, const struct notes *notes, int64_t end, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || !deletions_mark(db, end, err))
        return false;
    for (size_t i = 0; i < notes->count; i++)
        if (!db_exec(db, DB_SQL("DELETE FROM deletions WHERE owner = $1"),
                     DB_VALUES(DB_TEXT(notes->owner_ids[i])), NULL, err))
            return false;
    return db_commit(&transaction, err);
}

static bool write_batch(struct arena *arena, struct db *db, const char *path, size_t *count,
                        struct error *err)
{
    CLEANUP(close_descriptor) int file = -1;
    struct notes notes;
    int64_t mark = 0, end = 0;
    if (!read_notes(arena, db, &notes, err))
        return false;
    *count = notes.count;
    return !notes.count ||
           (read_mark(arena, db, &mark, err) && open_file(path, true, mark, &file, err) &&
            add_lines(file, path, mark, notes.lines, &end, err) &&
            forget_notes(db, &notes, end, err));
}

bool deletions_write(struct arena *arena, struct db *db, const char *path, size_t *count,
                     struct error *err)
{
    *count = 0;
    for (size_t batch = BATCH; batch == BATCH; *count += batch)
        if (!write_batch(arena, db, path, &batch, err))
            return false;
    return true;
}

/* Reading ----------------------------------------------------------------------------------- */

static bool read_line(struct arena *arena, struct bytes line, const char **owner_id)
{
    const char *text = arena_text_of(arena, line);
    int64_t at;
    if (strlen(text) != line.size || line.size <= TIME_CHARACTERS + 1 ||
        text[TIME_CHARACTERS] != ' ')
        return false;
    *owner_id = text + TIME_CHARACTERS + 1;
    return clock_parse_iso(arena_text_of(arena, (struct bytes){line.data, TIME_CHARACTERS}), &at) &&
           !strchr(*owner_id, ' ');
}

static bool read_lines(struct arena *arena, const char *path, struct bytes text,
                       const char *const **owner_ids, size_t *count, struct error *err)
{
    size_t most = 0, read = 0;
    for (size_t i = 0; i < text.size; i++)
        most += text.data[i] == '\n';
    const char **ids = ARENA_ARRAY(arena, most, const char *);
    for (size_t at = 0, end; at < text.size; at = end + 1, read++) {
        end = at;
        while (text.data[end] != '\n')
            end++;
        if (!read_line(arena, (struct bytes){text.data + at, end - at}, &ids[read]))
            return error_at(err, ERROR_BROKEN, path, 0,
                            "the ledger of deletions has a line that was not written by us");
    }
    *owner_ids = ids;
    *count = read;
    return true;
}

bool deletions_read(struct arena *arena, struct db *db, const char *path,
                    const char *const **owner_ids, size_t *count, int64_t *end, struct error *err)
{
    CLEANUP(close_descriptor) int file = -1;
    int64_t mark = 0;
    struct bytes rest = {0};
    if (!read_mark(arena, db, &mark, err) || !open_file(path, false, mark, &file, err) ||
        (file >= 0 && !read_rest(arena, file, path, mark, &rest, err)))
        return false;
    rest.size = whole_lines(rest);
    *end = mark + (int64_t)rest.size;
    return read_lines(arena, path, rest, owner_ids, count, err);
}
