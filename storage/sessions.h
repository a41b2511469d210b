/* sessions.h - who is logged in, and logins on their way. A cookie's value is never stored, only
 * its SHA-256 (security.md S-SES-1, S-SES-2); what else is worth stealing is sealed (keys.h). */
#pragma once

#include "engine/base/crypto.h"
#include "storage/citizens.h"

struct sessions_rules {
    int64_t idle_seconds;     /* 1,800: ends so long after the last request */
    int64_t absolute_seconds; /* 7,200: ends so long after login whatever happens */
};

struct session {
    struct citizen citizen;
    const char *acr;     /* level of the login, as the identity provider names it */
    struct bytes secret; /* 32 bytes that csrf tokens are made from */
    int64_t created_at;
    int64_t ends_at; /* when it ends if nothing more is asked for */
};

/* A new session with a new random cookie value (256 bits as base64url, told once). */
CHECKED bool sessions_start(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *acr, const char **cookie, struct error *err);

/* The session of a cookie, which counts as used now (written at most once a minute).
 * ERROR_MISSING: never minted here, ended, or past one of the rules; the last is deleted. */
CHECKED bool sessions_use(struct arena *arena, struct db *db, const char *cookie,
                          const struct sessions_rules *rules, struct session *out,
                          struct error *err);

/* Log out here; log out everywhere. No error when there was none. */
CHECKED bool sessions_end(struct db *db, const char *cookie, struct error *err);
CHECKED bool sessions_end_all(struct db *db, const char *citizen_id, struct error *err);

/* Deletes what is past the rules, logins included. count may be NULL. */
CHECKED bool sessions_sweep(struct db *db, const struct sessions_rules *rules, int64_t *count,
                            struct error *err);

/* A login on its way: what the callback must find again, once. */
struct login {
    const char *state, *nonce, *verifier; /* what the identity provider was given; "" if not used */
    const char *return_to;                /* path on this site to go to afterwards */
};
enum { SESSIONS_LOGIN_SECONDS = 600 };

/* cookie: value of the pre-login cookie, 256 bits as base64url. */
CHECKED bool sessions_login_start(struct arena *arena, struct db *db, const struct login *login,
                                  const char **cookie, struct error *err);

/* Gives the row and deletes it in one statement, so that a second use finds nothing:
 * ERROR_MISSING, as for one that is unknown or older than SESSIONS_LOGIN_SECONDS. */
CHECKED bool sessions_login_take(struct arena *arena, struct db *db, const char *cookie,
                                 struct login *out, struct error *err);
