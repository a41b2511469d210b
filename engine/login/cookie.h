/* cookie.h - the cookies that say who a browser is. Rules: security.md S-SES-1, S-SES-2; RFC 6265bis
 * 4.1.3.2 for the __Host- prefix. A cookie's value is 256 random bits; the server keeps only its
 * SHA-256, so that a copy of the database opens no session. */
#pragma once

#include "engine/http/response.h"

enum cookie_kind {
    COOKIE_SESSION, /* __Host-sid: until the browser closes; the server ends it earlier */
    COOKIE_LOGIN,   /* __Host-login: binds a login to the browser that began it; 10 minutes */
};

enum { COOKIE_LOGIN_S = 600 };

/* A fresh value: 43 characters of base64url. */
char *cookie_new(struct arena *arena);

/* What the server stores and looks up: SHA-256 of the value, in hex. */
char *cookie_digest(struct arena *arena, const char *value);

/* The value the browser sent, or NULL when there is none or it is not one that cookie_new could have
 * made. Borrowed from the request. */
const char *cookie_read(const struct request *request, enum cookie_kind kind);

/* Gives the browser the value, or takes it away. Secure also on plain http: browsers take that from
 * loopback addresses, and nothing else may be served without TLS. */
void cookie_set(struct response *response, enum cookie_kind kind, const char *value);
void cookie_clear(struct response *response, enum cookie_kind kind);

/* True while a session that began and was last used then has neither been idle nor lasted too long
 * (S-SES-3). All in Unix seconds. */
bool cookie_is_live(int64_t began_at, int64_t used_at, int64_t now, int64_t idle_s,
                    int64_t absolute_s);
