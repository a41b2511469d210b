#include "storage/kept_posts.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "storage/keys.h"

#include <string.h>

#define SEALED "kept_posts.sealed"

enum { ID_BITS = 128 };

static const char *const reason_names[] = {
    [KEPT_POST_LOGGED_OUT] = "logged_out",
    [KEPT_POST_OTHER_WINDOW] = "other_window",
};

static bool check_size(const struct kept_post *post, struct error *err)
{
    size_t size = 0;
    for (size_t i = 0; i < post->field_count && size <= KEPT_POSTS_MAX_BYTES; i++)
        size += strlen(post->fields[i].name) + strlen(post->fields[i].value);
    return size <= KEPT_POSTS_MAX_BYTES ||
           error_set(err, ERROR_LIMIT, "more than %d bytes were posted", KEPT_POSTS_MAX_BYTES);
}

/* Whose draft it is, as long as it may still be written in. */
static bool find_owner(struct arena *arena, struct db *db, const char *draft_id,
                       struct keys_owner *out, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT citizen, id FROM drafts WHERE id = $1 AND state = 'open'"),
                  DB_VALUES(DB_TEXT(draft_id)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such draft");
    *out = (struct keys_owner){db_text(rows, 0), db_text(rows, 1)};
    return true;
}

static bool seal(struct arena *arena, struct db *db, struct keys_owner owner, const char *id,
                 const struct kept_post *post, struct bytes *out, struct error *err)
{
    size_t count = 2 * post->field_count;
    const char **texts = ARENA_ARRAY(arena, count + 1, const char *);
    for (size_t i = 0; i < post->field_count; i++) {
        texts[2 * i] = post->fields[i].name;
        texts[2 * i + 1] = post->fields[i].value;
    }
    return keys_seal_texts(arena, db, owner, SEALED, id, texts, count, out, err);
}

static bool insert(struct db *db, const char *id, const struct kept_post *post, struct bytes sealed,
                   struct error *err)
{
    return db_exec(db,
                   DB_SQL("INSERT INTO kept_posts (id, draft, page, reason, files, fields, sealed, "
                          "kept_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"),
                   DB_VALUES(DB_TEXT(id), DB_TEXT(post->draft_id), DB_TEXT(post->page),
                             DB_TEXT(reason_names[post->reason]), DB_INTEGER(post->files),
                             DB_INTEGER((int64_t)post->field_count), DB_BYTES(sealed),
                             DB_INTEGER(clock_now())),
                   NULL, err) &&
           db_exec(db,
                   DB_SQL("DELETE FROM kept_posts WHERE draft = $1 AND id NOT IN "
                          "(SELECT id FROM kept_posts WHERE draft = $1 "
                          "ORDER BY kept_at DESC, id LIMIT $2)"),
                   DB_VALUES(DB_TEXT(post->draft_id), DB_INTEGER(KEPT_POSTS_MAX)), NULL, err);
}

bool kept_posts_add(struct arena *arena, struct db *db, const struct kept_post *post,
                    struct error *err)
{
    const char *id = crypto_random_id(arena, ID_BITS);
    struct keys_owner owner;
    struct bytes sealed;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return check_size(post, err) && db_join(db, &transaction, err) &&
           find_owner(arena, db, post->draft_id, &owner, err) &&
           seal(arena, db, owner, id, post, &sealed, err) && insert(db, id, post, sealed, err) &&
           db_commit(&transaction, err);
}

static bool open_fields(struct arena *arena, struct db *db, struct keys_owner owner,
                        struct bytes sealed, struct kept_post *post, struct error *err)
{
    size_t count = 2 * post->field_count;
    const char **texts = ARENA_ARRAY(arena, count + 1, const char *);
    struct kept_post_field *fields =
        ARENA_ARRAY(arena, post->field_count + 1, struct kept_post_field);
    if (!keys_open_texts(arena, db, owner, SEALED, post->id, sealed, texts, count, err))
        return false;
    for (size_t i = 0; i < post->field_count; i++)
        fields[i] = (struct kept_post_field){texts[2 * i], texts[2 * i + 1]};
    post->fields = fields;
    return true;
}

bool kept_posts_first(struct arena *arena, struct db *db, const char *citizen_id,
                      const char *draft_id, struct kept_post *out, bool *found, struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT k.id, k.draft, k.page, k.reason, k.files, k.fields, k.sealed, "
                         "k.kept_at FROM kept_posts k JOIN drafts d ON d.id = k.draft "
                         "WHERE k.draft = $1 AND d.citizen = $2 AND d.state = 'open' "
                         "ORDER BY k.kept_at, k.id LIMIT 1"),
                  DB_VALUES(DB_TEXT(draft_id), DB_TEXT(citizen_id)), &rows, err))
        return false;
    *found = db_next(rows);
    if (!*found)
        return true;
    struct kept_post post = {
        .id = db_text(rows, 0),
        .draft_id = db_text(rows, 1),
        .page = db_text(rows, 2),
        .reason = (enum kept_post_reason)db_choice(rows, 3, reason_names, COUNT(reason_names)),
        .files = db_integer(rows, 4),
        .field_count = (size_t)db_integer(rows, 5),
        .kept_at = db_integer(rows, 7),
    };
    if (!open_fields(arena, db, (struct keys_owner){citizen_id, post.draft_id}, db_bytes(rows, 6),
                     &post, err))
        return false;
    *out = post;
    return true;
}

bool kept_posts_remove(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    int64_t changed = 0;
    if (!db_exec(db,
                 DB_SQL("DELETE FROM kept_posts WHERE id = $1 AND draft IN "
                        "(SELECT id FROM drafts WHERE citizen = $2)"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &changed, err))
        return false;
    return changed > 0 || error_set(err, ERROR_MISSING, "nothing like that was kept");
}
