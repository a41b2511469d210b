#include "storage/sessions.h"

#include "engine/base/clock.h"

enum {
    COOKIE_BITS = 256,
    SECRET_BYTES = 32,
    USED_EVERY_SECONDS = 60, /* a durable write for each page would cost more than the page */
};

static struct bytes digest_of(struct arena *arena, const char *cookie)
{
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(cookie));
    return arena_bytes(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

bool sessions_start(struct arena *arena, struct db *db, const char *citizen_id, const char *acr,
                    const char **cookie, struct error *err)
{
    const char *value = crypto_random_id(arena, COOKIE_BITS);
    unsigned char secret[SECRET_BYTES];
    crypto_random(secret, sizeof secret);
    int64_t now = clock_now();
    if (!db_exec(db,
                 DB_SQL("INSERT INTO sessions (cookie_sha256, citizen, acr, secret, created_at, "
                        "used_at) VALUES ($1, $2, $3, $4, $5, $5)"),
                 DB_VALUES(DB_BYTES(digest_of(arena, value)), DB_TEXT(citizen_id), DB_TEXT(acr),
                           DB_BYTES(((struct bytes){secret, sizeof secret})), DB_INTEGER(now)),
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

bool sessions_use(struct arena *arena, struct db *db, const char *cookie,
                  const struct sessions_rules *rules, struct session *out, struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT c.id, c.pid, c.name, s.acr, s.secret, s.created_at, s.used_at "
                         "FROM sessions s JOIN citizens c ON c.id = s.citizen "
                         "WHERE s.cookie_sha256 = $1"),
                  DB_VALUES(DB_BYTES(digest)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such session");

    int64_t now = clock_now();
    int64_t created_at = db_integer(rows, 5);
    int64_t used_at = db_integer(rows, 6);
    if (end_of(created_at, used_at, rules) <= now) {
        if (!sessions_end(db, cookie, err))
            return false;
        return error_set(err, ERROR_MISSING, "the session has ended");
    }
    /* A clock set back must not make a session immortal, so an earlier time is written too. */
    if ((now - used_at >= USED_EVERY_SECONDS || now < used_at) && !mark_used(db, digest, now, err))
        return false;

    *out = (struct session){
        .citizen = {db_text(rows, 0), db_text(rows, 1), db_text(rows, 2)},
        .acr = db_text(rows, 3),
        .secret = db_bytes(rows, 4),
        .created_at = created_at,
        .ends_at = end_of(created_at, now, rules),
    };
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
    if (!db_exec(db,
                 DB_SQL("INSERT INTO logins (cookie_sha256, state, nonce, verifier, return_to, "
                        "created_at) VALUES ($1, $2, $3, $4, $5, $6)"),
                 DB_VALUES(DB_BYTES(digest_of(arena, value)), DB_TEXT(login->state),
                           DB_TEXT(login->nonce), DB_TEXT(login->verifier),
                           DB_TEXT(login->return_to), DB_INTEGER(clock_now())),
                 NULL, err))
        return false;
    *cookie = value;
    return true;
}

bool sessions_login_take(struct arena *arena, struct db *db, const char *cookie, struct login *out,
                         struct error *err)
{
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("DELETE FROM logins WHERE cookie_sha256 = $1 "
                         "RETURNING state, nonce, verifier, return_to, created_at"),
                  DB_VALUES(DB_BYTES(digest_of(arena, cookie))), &rows, err))
        return false;
    if (!db_next(rows) || db_integer(rows, 4) + SESSIONS_LOGIN_SECONDS <= clock_now())
        return error_set(err, ERROR_MISSING, "no such login on its way");
    *out = (struct login){db_text(rows, 0), db_text(rows, 1), db_text(rows, 2), db_text(rows, 3)};
    return true;
}
