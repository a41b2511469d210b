#include "storage/attachment_bytes.h"

#include "storage/keys.h"

#include <stdlib.h>

#define WHAT "attachments.content"

enum { WINDOW_BYTES = SEAL_CHUNK_BYTES };

static struct keys_owner owner_of(const struct attachment *attachment)
{
    return (struct keys_owner){attachment->citizen_id, attachment->draft_id};
}

static bool changed(const char *id, struct error *err)
{
    return error_set(err, ERROR_BROKEN, "attachment %s is not what was stored", id);
}

/* All of it through a window; digest: of what there was. */
static bool go_through(const struct content *content,
                       bool (*take)(void *context, struct bytes run, struct error *err),
                       void *context, struct crypto_sha256 *digest, struct error *err)
{
    CLEANUP(crypto_running_close) struct crypto_running *running = crypto_running_open();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char *window = ARENA_ARRAY(arena, WINDOW_BYTES, unsigned char);
    for (int64_t at = 0; at < content->size_bytes;) {
        int64_t left = content->size_bytes - at;
        struct bytes run = {window, left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES};
        if (!content_read(content, at, window, run.size, err))
            return false;
        crypto_running_add(running, run);
        if (take && !take(context, run, err))
            return false;
        at += (int64_t)run.size;
    }
    *digest = crypto_running_now(running);
    return true;
}

static bool is_same(const struct crypto_sha256 *a, const struct crypto_sha256 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool attachment_bytes_digest(const struct content *content, struct crypto_sha256 *out,
                             struct error *err)
{
    return go_through(content, NULL, NULL, out, err);
}

/* Writing ----------------------------------------------------------------------------------- */

static bool put(void *context, uint32_t number, struct bytes sealed, struct error *err)
{
    const struct attachment_bytes_place *place = context;
    return db_exec(place->db,
                   DB_SQL("INSERT INTO attachment_chunks (attachment, number, sealed) "
                          "VALUES ($1, $2, $3)"),
                   DB_VALUES(DB_TEXT(place->attachment_id), DB_INTEGER(number), DB_BYTES(sealed)),
                   NULL, err);
}

bool attachment_bytes_begin(struct attachment_bytes_place *place,
                            const struct attachment *attachment, struct seal_writer **out,
                            struct bytes *head, struct error *err)
{
    if (!keys_writer_open(place->db, owner_of(attachment), WHAT, place->attachment_id, put, place,
                          out, err))
        return false;
    *head = seal_writer_head(*out);
    return true;
}

static bool seal(void *context, struct bytes run, struct error *err)
{
    return seal_write(context, run, err);
}

bool attachment_bytes_write(struct seal_writer *writer, const struct attachment *attachment,
                            const struct content *content, struct error *err)
{
    struct crypto_sha256 digest;
    if (!go_through(content, seal, writer, &digest, err) || !seal_writer_finish(writer, err))
        return false;
    bool right = seal_writer_size_bytes(writer) == attachment->size_bytes &&
                 is_same(&digest, &attachment->sha256);
    return right ||
           error_set(err, ERROR_BROKEN, "attachment %s changed on its way here", attachment->id);
}

/* Destroying -------------------------------------------------------------------------------- */

/* 1 MiB of a document at most in a statement, since SQLite keeps what one statement may have to put
 * back in memory: all chunks of a document at once would be as much as the document. */
#define DESTROYS(name, condition)                                                                  \
    static bool name(struct db *db, const char *of, struct error *err)                             \
    {                                                                                              \
        int64_t gone = 1;                                                                          \
        while (gone > 0)                                                                           \
            if (!db_exec(db,                                                                       \
                         DB_SQL("DELETE FROM attachment_chunks WHERE (attachment, number) IN "     \
                                "(SELECT k.attachment, k.number FROM attachments a "               \
                                "JOIN attachment_chunks k ON k.attachment = a.id "                 \
                                "WHERE " condition " LIMIT 16)"),                                  \
                         DB_VALUES(DB_TEXT(of)), &gone, err))                                      \
                return false;                                                                      \
        return true;                                                                               \
    }
DESTROYS(destroy_one, "a.id = $1")
DESTROYS(destroy_of_draft, "a.draft = $1")
DESTROYS(destroy_of_submission, "a.submission = $1")
DESTROYS(destroy_of_consent, "a.consent = $1 AND a.submission IS NULL")

bool attachment_bytes_destroy(struct db *db, const char *attachment_id, struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE attachments SET head = NULL WHERE id = $1"),
                   DB_VALUES(DB_TEXT(attachment_id)), NULL, err) &&
           destroy_one(db, attachment_id, err);
}

bool attachment_bytes_destroy_draft(struct db *db, const char *draft_id, struct error *err)
{
    return destroy_of_draft(db, draft_id, err);
}

bool attachment_bytes_destroy_submission(struct db *db, const char *submission_id,
                                         struct error *err)
{
    return destroy_of_submission(db, submission_id, err);
}

bool attachment_bytes_destroy_consent(struct db *db, const char *consent_id, struct error *err)
{
    return destroy_of_consent(db, consent_id, err);
}

/* Reading ----------------------------------------------------------------------------------- */

struct attachment_bytes {
    struct arena *arena; /* of its id */
    struct arena *rows;  /* of the chunk that is being read */
    struct db *db;
    const char *id;
    struct crypto_sha256 sha256;
    struct seal_reader *reader;
    bool unread; /* the database did not give what was asked for last */
};

static bool get(void *context, uint32_t number, unsigned char *to, size_t size, struct error *err)
{
    struct attachment_bytes *bytes = context;
    struct db_rows *rows = NULL;
    if (!bytes->db)
        return error_set(err, ERROR_UNAVAILABLE, "no connection to read attachment %s with",
                         bytes->id);
    arena_reset(bytes->rows);
    bytes->unread = !db_query(bytes->rows, bytes->db,
                              DB_SQL("SELECT sealed FROM attachment_chunks WHERE attachment = $1 "
                                     "AND number = $2"),
                              DB_VALUES(DB_TEXT(bytes->id), DB_INTEGER(number)), &rows, err);
    if (bytes->unread)
        return false;
    struct bytes sealed = db_next(rows) ? db_bytes(rows, 0) : (struct bytes){NULL, 0};
    if (sealed.size != size)
        return changed(bytes->id, err);
    memcpy(to, sealed.data, size);
    return true;
}

static bool find_head(struct attachment_bytes *bytes, const struct attachment *attachment,
                      struct bytes *out, struct error *err)
{
    struct db_rows *rows = NULL;
    bytes->unread =
        !db_query(bytes->arena, bytes->db,
                  DB_SQL("SELECT head FROM attachments WHERE id = $1 AND citizen = $2 "
                         "AND head IS NOT NULL"),
                  DB_VALUES(DB_TEXT(attachment->id), DB_TEXT(attachment->citizen_id)), &rows, err);
    if (bytes->unread)
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such attachment, or nothing in it");
    *out = db_bytes(rows, 0);
    return true;
}

static struct attachment_bytes *make(struct db *db, const struct attachment *attachment)
{
    struct arena *arena = arena_open();
    struct attachment_bytes *bytes = ARENA_NEW(arena, struct attachment_bytes);
    *bytes = (struct attachment_bytes){
        .arena = arena,
        .rows = arena_open(),
        .db = db,
        .id = arena_text(arena, attachment->id),
        .sha256 = attachment->sha256,
    };
    return bytes;
}

static bool start(struct attachment_bytes *bytes, const struct attachment *attachment,
                  struct error *err)
{
    struct bytes head;
    return find_head(bytes, attachment, &head, err) &&
           keys_reader_open(bytes->db, owner_of(attachment), WHAT, bytes->id, head,
                            attachment->size_bytes, get, bytes, &bytes->reader, err);
}

bool attachment_bytes_open(struct db *db, const struct attachment *attachment,
                           struct attachment_bytes **out, struct error *err)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = make(db, attachment);
    if (!start(bytes, attachment, err))
        return false;
    *out = bytes;
    bytes = NULL; /* now the caller's */
    return true;
}

void attachment_bytes_close(struct attachment_bytes **bytes)
{
    struct attachment_bytes *gone = *bytes;
    if (!gone)
        return;
    *bytes = NULL;
    seal_reader_close(&gone->reader);
    arena_close(&gone->rows);
    struct arena *arena = gone->arena;
    arena_close(&arena);
}

void attachment_bytes_use(struct attachment_bytes *bytes, struct db *db)
{
    bytes->db = db;
}

struct content attachment_bytes_content(struct attachment_bytes *bytes)
{
    return seal_reader_content(bytes->reader);
}

bool attachment_bytes_check(struct attachment_bytes *bytes, struct error *err)
{
    struct content content = attachment_bytes_content(bytes);
    struct crypto_sha256 digest;
    if (!go_through(&content, NULL, NULL, &digest, err))
        return false;
    return is_same(&digest, &bytes->sha256) || changed(bytes->id, err);
}

/* The key first: without it nothing opens, changed or not. */
bool attachment_bytes_compare(struct db *db, const struct attachment *attachment,
                              struct error *changed, struct error *err)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = make(db, attachment);
    struct error why = {0};
    *changed = why;
    if (!keys_are_there(db, owner_of(attachment), err))
        return false;
    if (start(bytes, attachment, &why) && attachment_bytes_check(bytes, &why))
        return true;
    bool known = why.code == ERROR_BROKEN && !bytes->unread;
    *(known ? changed : err) = why;
    return known;
}
