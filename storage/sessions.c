#include "storage/sessions.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "storage/keys.h"

#define SESSION_SEALED "sessions.sealed"
#define SESSION_SID "sessions.provider_sid"
#define LOGIN_SEALED "logins.sealed"

enum {
    COOKIE_BITS = 256,
    SECRET_BITS = 256,
    SHOWN_BITS = 128,
    SESSION_TEXTS = 5,       /* acr, secret, issuer, sid, id_token */
    LOGIN_TEXTS = 6,         /* as in struct login */
    USED_EVERY_SECONDS = 60, /* a durable write for each page would cost more than the page */
    SET_BACK_SECONDS = 300,  /* so far a clock is set right; what began later than that has ended */
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

/* The name that an identity provider gave a session, for looking it up. */
static struct crypto_sha256 name_of(struct arena *arena, struct db *db, const char *issuer,
                                    const char *sid)
{
    return keys_lookup(db, SESSION_SID, arena_printf(arena, "%s\n%s", issuer, sid));
}

bool sessions_start(struct arena *arena, struct db *db, const char *citizen_id,
                    const struct session_login *login, const char **cookie, struct error *err)
{
    const char *value = crypto_random_id(arena, COOKIE_BITS);
    struct bytes digest = digest_of(arena, value), sealed;
    const char *const texts[SESSION_TEXTS] = {login->acr, crypto_random_id(arena, SECRET_BITS),
                                              login->issuer, login->sid, login->id_token};
    struct crypto_sha256 name = name_of(arena, db, login->issuer, login->sid);
    if (!keys_seal_texts(arena, db, (struct keys_owner){.citizen_id = citizen_id}, SESSION_SEALED,
                         row_id(arena, digest), texts, SESSION_TEXTS, &sealed, err) ||
        !db_exec(db,
                 DB_SQL("INSERT INTO sessions (cookie_sha256, id, citizen, provider_sid, sealed, "
                        "auth_time, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"),
                 DB_VALUES(DB_BYTES(digest), DB_TEXT(crypto_random_id(arena, SHOWN_BITS)),
                           DB_TEXT(citizen_id), *login->sid ? DB_SHA256(name) : DB_NULL,
                           DB_BYTES(sealed), DB_INTEGER(login->auth_time), DB_INTEGER(clock_now())),
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

/* One that began in a time to come, by a clock that was wrong, would not end before that time. */
static bool is_over(int64_t created_at, int64_t used_at, const struct sessions_rules *rules)
{
    int64_t now = clock_now();
    return end_of(created_at, used_at, rules) <= now || created_at > now + SET_BACK_SECONDS;
}

static bool mark_used(struct db *db, struct bytes digest, int64_t now, struct error *err)
{
    return db_exec(db, DB_SQL("UPDATE sessions SET used_at = $2 WHERE cookie_sha256 = $1"),
                   DB_VALUES(DB_BYTES(digest), DB_INTEGER(now)), NULL, err);
}

/* Columns of find_live. */
enum { ID, CITIZEN, SEALED, AUTH_TIME, CREATED_AT, USED_AT };

static bool open_session(struct arena *arena, struct db *db, const struct db_rows *rows,
                         struct bytes digest, struct session *out, struct error *err)
{
    const char *citizen_id = db_text(rows, CITIZEN), *texts[SESSION_TEXTS];
    if (!citizens_read(arena, db, citizen_id, &out->citizen, err) ||
        !keys_open_texts(arena, db, (struct keys_owner){.citizen_id = citizen_id}, SESSION_SEALED,
                         row_id(arena, digest), db_bytes(rows, SEALED), texts, SESSION_TEXTS, err))
        return false;
    out->id = db_text(rows, ID);
    out->login = (struct session_login){.acr = texts[0],
                                        .issuer = texts[2],
                                        .sid = texts[3],
                                        .id_token = texts[4],
                                        .auth_time = db_integer(rows, AUTH_TIME)};
    return codec_unbase64url(arena, texts[1], &out->secret) ||
           error_set(err, ERROR_BROKEN, "a session's secret is not what was stored");
}

/* The row of a session that has not ended; one that has is deleted, and ERROR_MISSING. */
static bool find_live(struct arena *arena, struct db *db, const char *cookie,
                      const struct sessions_rules *rules, struct db_rows **out, struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, citizen, sealed, auth_time, created_at, used_at "
                         "FROM sessions WHERE cookie_sha256 = $1"),
                  DB_VALUES(DB_BYTES(digest)), &rows, err))
        return false;
    if (!db_next(rows))
        return error_set(err, ERROR_MISSING, "no such session");
    if (is_over(db_integer(rows, CREATED_AT), db_integer(rows, USED_AT), rules)) {
        if (!sessions_end(db, cookie, err))
            return false;
        return error_set(err, ERROR_MISSING, "the session has ended");
    }
    *out = rows;
    return true;
}

bool sessions_use(struct arena *arena, struct db *db, const char *cookie,
                  const struct sessions_rules *rules, struct session *out, struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    struct session session = {.id = NULL};
    if (!find_live(arena, db, cookie, rules, &rows, err) ||
        !open_session(arena, db, rows, digest, &session, err))
        return false;

    int64_t now = clock_now();
    int64_t created_at = db_integer(rows, CREATED_AT);
    int64_t used_at = db_integer(rows, USED_AT);
    /* A clock set back must not make a session immortal, so an earlier time is written too. */
    if (now - used_at >= USED_EVERY_SECONDS || now < used_at) {
        if (!mark_used(db, digest, now, err))
            return false;
        used_at = now;
    }
    session.created_at = created_at;
    session.ends_at = end_of(created_at, used_at, rules);
    session.ends_at_last = created_at + rules->absolute_seconds;
    *out = session;
    return true;
}

bool sessions_extend(struct arena *arena, struct db *db, const char *cookie,
                     const struct sessions_rules *rules, int64_t *ends_at, struct error *err)
{
    struct db_rows *rows = NULL;
    int64_t now = clock_now();
    if (!find_live(arena, db, cookie, rules, &rows, err) ||
        !mark_used(db, digest_of(arena, cookie), now, err))
        return false;
    *ends_at = end_of(db_integer(rows, CREATED_AT), now, rules);
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

bool sessions_end_by_sid(struct arena *arena, struct db *db, const char *issuer, const char *sid,
                         const char **citizen_id, struct error *err)
{
    struct crypto_sha256 name = name_of(arena, db, issuer, sid);
    struct db_rows *rows = NULL;
    *citizen_id = NULL;
    if (!*sid)
        return true;
    if (!db_query(arena, db,
                  DB_SQL("DELETE FROM sessions WHERE provider_sid = $1 RETURNING citizen"),
                  DB_VALUES(DB_SHA256(name)), &rows, err))
        return false;
    if (db_next(rows))
        *citizen_id = db_text(rows, 0);
    return true;
}

bool sessions_list(struct arena *arena, struct db *db, const char *citizen_id,
                   const struct sessions_rules *rules, struct session_shown **out, size_t *count,
                   struct error *err)
{
    struct db_rows *rows = NULL;
    int64_t now = clock_now();
    if (!db_query(arena, db,
                  DB_SQL("SELECT id, cookie_sha256, sealed, created_at, used_at FROM sessions "
                         "WHERE citizen = $1 AND used_at > $2 AND created_at > $3 "
                         "AND created_at <= $4 "
                         "ORDER BY used_at DESC, created_at DESC, id LIMIT $5"),
                  DB_VALUES(DB_TEXT(citizen_id), DB_INTEGER(now - rules->idle_seconds),
                            DB_INTEGER(now - rules->absolute_seconds),
                            DB_INTEGER(now + SET_BACK_SECONDS), DB_INTEGER(SESSIONS_SHOWN)),
                  &rows, err))
        return false;
    struct session_shown *shown = ARENA_ARRAY(arena, db_count(rows) + 1, struct session_shown);
    size_t filled = 0;
    while (db_next(rows)) {
        const char *texts[SESSION_TEXTS];
        if (!keys_open_texts(arena, db, (struct keys_owner){.citizen_id = citizen_id},
                             SESSION_SEALED, row_id(arena, db_bytes(rows, 1)), db_bytes(rows, 2),
                             texts, SESSION_TEXTS, err))
            return false;
        int64_t created_at = db_integer(rows, 3), used_at = db_integer(rows, 4);
        shown[filled++] = (struct session_shown){.id = db_text(rows, 0),
                                                 .acr = texts[0],
                                                 .created_at = created_at,
                                                 .used_at = used_at,
                                                 .ends_at = end_of(created_at, used_at, rules)};
    }
    *out = shown;
    *count = filled;
    return true;
}

bool sessions_end_one(struct db *db, const char *citizen_id, const char *id, struct error *err)
{
    int64_t ended = 0;
    if (!db_exec(db, DB_SQL("DELETE FROM sessions WHERE id = $1 AND citizen = $2"),
                 DB_VALUES(DB_TEXT(id), DB_TEXT(citizen_id)), &ended, err))
        return false;
    return ended || error_set(err, ERROR_MISSING, "no such session");
}

bool sessions_sweep(struct db *db, const struct sessions_rules *rules, int64_t *count,
                    struct error *err)
{
    int64_t now = clock_now();
    int64_t sessions = 0;
    int64_t logins = 0;
    if (!db_exec(db,
                 DB_SQL("DELETE FROM sessions "
                        "WHERE used_at <= $1 OR created_at <= $2 OR created_at > $3"),
                 DB_VALUES(DB_INTEGER(now - rules->idle_seconds),
                           DB_INTEGER(now - rules->absolute_seconds),
                           DB_INTEGER(now + SET_BACK_SECONDS)),
                 &sessions, err) ||
        !db_exec(
            db, DB_SQL("DELETE FROM logins WHERE created_at <= $1 OR created_at > $2"),
            DB_VALUES(DB_INTEGER(now - SESSIONS_LOGIN_SECONDS), DB_INTEGER(now + SET_BACK_SECONDS)),
            &logins, err))
        return false;
    if (count)
        *count = sessions + logins;
    return true;
}

static const char *text_of(const char *text)
{
    return text ? text : "";
}

bool sessions_login_start(struct arena *arena, struct db *db, const struct login *login,
                          const char **cookie, struct error *err)
{
    const char *value = crypto_random_id(arena, COOKIE_BITS);
    struct bytes digest = digest_of(arena, value), sealed;
    const char *const texts[LOGIN_TEXTS] = {text_of(login->state),    text_of(login->nonce),
                                            text_of(login->verifier), text_of(login->acr),
                                            text_of(login->anew),     text_of(login->return_to)};
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

static bool open_login(struct arena *arena, struct db *db, struct bytes digest,
                       struct db_rows *rows, struct login *out, struct error *err)
{
    if (!db_next(rows) || db_integer(rows, 1) + SESSIONS_LOGIN_SECONDS <= clock_now())
        return error_set(err, ERROR_MISSING, "no such login on its way");
    const char *texts[LOGIN_TEXTS];
    if (!keys_open_texts(arena, db, KEYS_SITE, LOGIN_SEALED, row_id(arena, digest),
                         db_bytes(rows, 0), texts, LOGIN_TEXTS, err))
        return false;
    *out = (struct login){.state = texts[0],
                          .nonce = texts[1],
                          .verifier = texts[2],
                          .acr = texts[3],
                          .anew = texts[4],
                          .return_to = texts[5],
                          .started_at = db_integer(rows, 1)};
    return true;
}

bool sessions_login_take(struct arena *arena, struct db *db, const char *cookie, struct login *out,
                         struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("DELETE FROM logins WHERE cookie_sha256 = $1 "
                           "RETURNING sealed, created_at"),
                    DB_VALUES(DB_BYTES(digest)), &rows, err) &&
           open_login(arena, db, digest, rows, out, err);
}

bool sessions_login_look(struct arena *arena, struct db *db, const char *cookie, struct login *out,
                         struct error *err)
{
    struct bytes digest = digest_of(arena, cookie);
    struct db_rows *rows = NULL;
    return db_query(arena, db,
                    DB_SQL("SELECT sealed, created_at FROM logins WHERE cookie_sha256 = $1"),
                    DB_VALUES(DB_BYTES(digest)), &rows, err) &&
           open_login(arena, db, digest, rows, out, err);
}
