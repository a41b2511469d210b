/* sessions.h - who is logged in, and logins on their way. A cookie's value is never stored, only
 * its SHA-256 (security.md S-SES-1, S-SES-2); what else is worth stealing is sealed (keys.h). */
#pragma once

#include "engine/base/crypto.h"
#include "storage/citizens.h"

struct sessions_rules {
    int64_t idle_seconds;     /* 1,800: ends so long after the last request */
    int64_t absolute_seconds; /* 7,200: ends so long after login whatever happens */
};

/* What the identity provider said. */
struct session_login {
    const char *acr;      /* level of the login, as it names it */
    const char *issuer;   /* who it is */
    const char *sid;      /* its name for the session, "" when it gave none */
    const char *id_token; /* as it came, for telling it at logout who leaves; "" for none */
    int64_t auth_time;    /* when it last asked the person to prove who they are; 0: not said */
};

struct session {
    const char *id; /* may be shown; it opens nothing */
    struct citizen citizen;
    struct session_login login;
    struct bytes secret; /* 32 bytes that csrf tokens are made from */
    int64_t created_at;
    int64_t ends_at;      /* when it ends if nothing more is asked for */
    int64_t ends_at_last; /* when it ends whatever is asked for */
};

/* A new session with a new random cookie value (256 bits as base64url, told once). */
CHECKED bool sessions_start(struct arena *arena, struct db *db, const char *citizen_id,
                            const struct session_login *login, const char **cookie,
                            struct error *err);

/* The session of a cookie, which counts as used now (written at most once a minute).
 * ERROR_MISSING: never minted here, ended, or past one of the rules; the last is deleted. */
CHECKED bool sessions_use(struct arena *arena, struct db *db, const char *cookie,
                          const struct sessions_rules *rules, struct session *out,
                          struct error *err);

/* The person wants more time: it counts as used now, to the second; *ends_at as in struct session.
 * ERROR_MISSING: it has ended. */
CHECKED bool sessions_extend(struct arena *arena, struct db *db, const char *cookie,
                             const struct sessions_rules *rules, int64_t *ends_at,
                             struct error *err);

/* Log out here; log out everywhere. No error when there was none. */
CHECKED bool sessions_end(struct db *db, const char *cookie, struct error *err);
CHECKED bool sessions_end_all(struct db *db, const char *citizen_id, struct error *err);

/* The identity provider says that its session has ended: all of that name end here. *citizen_id is
 * whose they were, NULL when there was none (S-OIDC-11). */
CHECKED bool sessions_end_by_sid(struct arena *arena, struct db *db, const char *issuer,
                                 const char *sid, const char **citizen_id, struct error *err);

/* What a person is shown of their own sessions, the last used first; at most SESSIONS_SHOWN. */
struct session_shown {
    const char *id;  /* struct session's */
    const char *acr; /* of the login */
    int64_t created_at, used_at, ends_at;
};
enum { SESSIONS_SHOWN = 50 };
CHECKED bool sessions_list(struct arena *arena, struct db *db, const char *citizen_id,
                           const struct sessions_rules *rules, struct session_shown **out,
                           size_t *count, struct error *err);

/* Ends one of the person's own by its id. ERROR_MISSING: they have no such session. */
CHECKED bool sessions_end_one(struct db *db, const char *citizen_id, const char *id,
                              struct error *err);

/* Deletes what is past the rules, logins included. count may be NULL. */
CHECKED bool sessions_sweep(struct db *db, const struct sessions_rules *rules, int64_t *count,
                            struct error *err);

/* A login on its way: what the callback must find again, once. NULL, and "" when it is given back:
 * not used. */
struct login {
    const char *state, *nonce, *verifier; /* what the identity provider was given */
    const char *acr;                      /* the level that was asked for */
    const char *anew;      /* "ja": the person must prove who they are again, after started_at */
    const char *return_to; /* path on this site to go to afterwards */
    int64_t started_at;    /* told by sessions_login_take only */
};
enum { SESSIONS_LOGIN_SECONDS = 600 };

/* cookie: value of the pre-login cookie, 256 bits as base64url. */
CHECKED bool sessions_login_start(struct arena *arena, struct db *db, const struct login *login,
                                  const char **cookie, struct error *err);

/* Gives the row and deletes it in one statement, so that a second use finds nothing:
 * ERROR_MISSING, as for one that is unknown or older than SESSIONS_LOGIN_SECONDS. */
CHECKED bool sessions_login_take(struct arena *arena, struct db *db, const char *cookie,
                                 struct login *out, struct error *err);

/* The row as it is, which stays: for a page that says what the login is for. */
CHECKED bool sessions_login_look(struct arena *arena, struct db *db, const char *cookie,
                                 struct login *out, struct error *err);
