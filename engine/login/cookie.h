/* cookie.h - the cookies that say who a browser is. Rules: security.md S-SES-1, S-SES-2; RFC
 * 6265bis 4.1.3.2 for the __Host- prefix. The values, 256 random bits each, are made and kept as
 * digests by storage/sessions.h, which also knows when a session ends. */
#pragma once

#include "engine/http/response.h"

enum cookie_kind {
    COOKIE_SESSION, /* __Host-sid: until the browser closes; the server ends it earlier */
    COOKIE_LOGIN,   /* __Host-login: binds a login to the browser that began it; 10 minutes */
};

enum { COOKIE_LOGIN_S = 600 };

/* The value the browser sent, or NULL when there is none or it is not one that we could have
 * made: 43 characters of base64url. Borrowed from the request. */
const char *cookie_read(const struct request *request, enum cookie_kind kind);

/* Gives the browser the value, or takes it away. Secure also on plain http: browsers take that from
 * loopback addresses, and nothing else may be served without TLS. */
void cookie_set(struct response *response, enum cookie_kind kind, const char *value);
void cookie_clear(struct response *response, enum cookie_kind kind);
