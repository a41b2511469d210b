#include "storage/sessions.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "storage/keys.h"

#define SESSION_SEALED "sessions.sealed"
#define LOGIN_SEALED "logins.sealed"

enum {
    COOKIE_BITS = 256,
    SECRET_BITS = 256,
    SESSION_TEXTS = 2,       /* level, secret */
    LOGIN_TEXTS = 4,         /* as in struct login */
    USED_EVERY_SECONDS = 60, /* a durable write for each page would cost more than the page */
};

/* A row's name in what it sealed. */
static const char *row_id(struct arena *arena, struct bytes digest)
{
    return codec_base64url(arena, digest);
}

static struct bytes digest_of(struct arena *arena, const char *cookie)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(cookie));
    return arena_bytes(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

bool sessions_start(struct arena *arena, struct db *db, const char *citizen_id, const char *acr,
                    const char **cookie, struct error *err)
{
    const char *value = crypto_random_id(arena, COOKIE_BITS);
    struct bytes digest = digest_of(arena, value), sealed;
    const char *const texts[SESSION_TEXTS] = {acr, crypto_random_id(arena, SECRET_BITS)};
    if (!keys_seal_texts(arena, db, (struct keys_owner){.citizen_id = citizen_id}, SESSION_SEALED,
                         row_id(arena, digest), texts, SESSION_TEXTS, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO sessions (cookie_sha256, citizen, sealed, created_at, "
                        "used_at) VALUES ($1, $2, $3, $4, $4)"),
                 DB_VALUES(DB_BYTES(digest), DB_TEXT(citizen_id), DB_BYTES(sealed),
                           DB_INTEGER(clock_now())),
                 NULL, err))
        return false;
    *cookie = value;
    return true;
}

static int64_t end_of(int64_t created_at, int64_t used_at, const struct sessions_rules *rules)
{
    int64_t idle = used_at + rules->idle_seconds;
    int64_t absolute = created_at + rules->absolute_seconds;
    return idle < absolute ? idle : absolute;
}

static bool mark_used(struct db *db, struct bytes digest, int64_t now, struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE sessions SET used_at = $2 WHERE cookie_sha256 = $1"),
                   DB_VALUES(DB_BYTES(digest), DB_INTEGER(now)), NULL, err);
}

static bool open_session(struct arena *arena, struct db *db, const struct db_rows *rows,
                         struct bytes digest, struct session *out, struct error *err)
{
    const char *citizen_id = db_text(rows, 0), *texts[SESSION_TEXTS];
    if (!citizens_read(arena, db, citizen_id, &out->citizen, err) ||
        !keys_open_texts(arena, db, (struct keys_owner){.citizen_id = citizen_id}, SESSION_SEALED,
                         row_id(arena, digest), db_bytes(rows, 1), texts, SESSION_TEXTS, err))
        return false;
    out->acr = texts[0];
    return codec_unbase64url(arena, texts[1], &out->secret) ||
           error_set(err, ERROR_BROKEN, "a session's secret is not what was stored");
}

bool sessions_use(struct arena *arena, struct db *db, const char *cookie,
                  const struct sessions_rules *rules, struct session *out, struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT citizen, sealed, created_at, used_at FROM sessions "
                         "WHERE cookie_sha256 = $1"),
                  DB_VALUES(DB_BYTES(digest)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such session");

    int64_t now = clock_now();
    int64_t created_at = db_integer(rows, 2);
    int64_t used_at = db_integer(rows, 3);
    if (end_of(created_at, used_at, rules) <= now) {
        if (!sessions_end(db, cookie, err))
            return false;
        return error_set(err, ERROR_MISSING, "the session has ended");
    }
    struct session session = {.created_at = created_at, .ends_at = end_of(created_at, now, rules)};
    if (!open_session(arena, db, rows, digest, &session, err))
        return false;
    /* A clock set back must not make a session immortal, so an earlier time is written too. */
    if ((now - used_at >= USED_EVERY_SECONDS || now < used_at) && !mark_used(db, digest, now, err))
        return false;
    *out = session;
    return true;
}

bool sessions_end(struct db *db, const char *cookie, struct error *err)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(cookie));
    struct bytes bytes = {digest.bytes, sizeof digest.bytes};
    return db_exec(db, DB_SQL("DELETE FROM sessions WHERE cookie_sha256 = $1"),
                   DB_VALUES(DB_BYTES(bytes)), NULL, err);
}

bool sessions_end_all(struct db *db, const char *citizen_id, struct error *err)
{
    return db_exec(db, DB_SQL("DELETE FROM sessions WHERE citizen = $1"),
                   DB_VALUES(DB_TEXT(citizen_id)), NULL, err);
}

bool sessions_sweep(struct db *db, const struct sessions_rules *rules, int64_t *count,
                    struct error *err)
{
    int64_t now = clock_now();
    int64_t sessions = 0;
    int64_t logins = 0;
    if (!db_exec(db, DB_SQL("DELETE FROM sessions WHERE used_at <= $1 OR created_at <= $2"),
                 DB_VALUES(DB_INTEGER(now - rules->idle_seconds),
                           DB_INTEGER(now - rules->absolute_seconds)),
                 &sessions, err) ||
        !db_exec(db, DB_SQL("DELETE FROM logins WHERE created_at <= $1"),
                 DB_VALUES(DB_INTEGER(now - SESSIONS_LOGIN_SECONDS)), &logins, err))
        return false;
    if (count)
        *count = sessions + logins;
    return true;
}

bool sessions_login_start(struct arena *arena, struct db *db, const struct login *login,
                          const char **cookie, struct error *err)
{
    const char *value = crypto_random_id(arena, COOKIE_BITS);
    struct bytes digest = digest_of(arena, value), sealed;
    const char *const texts[LOGIN_TEXTS] = {login->state, login->nonce, login->verifier,
                                            login->return_to};
    if (!keys_seal_texts(arena, db, KEYS_SITE, LOGIN_SEALED, row_id(arena, digest), texts,
                         LOGIN_TEXTS, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO logins (cookie_sha256, sealed, created_at) "
                        "VALUES ($1, $2, $3)"),
                 DB_VALUES(DB_BYTES(digest), DB_BYTES(sealed), DB_INTEGER(clock_now())), NULL, err))
        return false;
    *cookie = value;
    return true;
}

bool sessions_login_take(struct arena *arena, struct db *db, const char *cookie, struct login *out,
                         struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("DELETE FROM logins WHERE cookie_sha256 = $1 "
                         "RETURNING sealed, created_at"),
                  DB_VALUES(DB_BYTES(digest)), &rows, err))
        return false;
    if (!db_next(rows) || db_integer(rows, 1) + SESSIONS_LOGIN_SECONDS <= clock_now())
        return error_set(err, ERROR_MISSING, "no such login on its way");
    const char *texts[LOGIN_TEXTS];
    if (!keys_open_texts(arena, db, KEYS_SITE, LOGIN_SEALED, row_id(arena, digest),
                         db_bytes(rows, 0), texts, LOGIN_TEXTS, err))
        return false;
    *out = (struct login){texts[0], texts[1], texts[2], texts[3]};
    return true;
}
