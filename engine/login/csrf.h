/* csrf.h - a token in every form, so that only our own pages can make a browser change something.
 * Rules: security.md S-CSRF-1, S-CSRF-2. */
#pragma once

#include "engine/http/request.h"

/* The hidden input's name; in a multipart form it must be the first. */
#define CSRF_FIELD "_csrf"

/* The token: HMAC-SHA-256 over the purpose with the secret as key, as base64url.
 *   secret   the value of the cookie that the browser sends (cookie_read): the server need not keep it
 *   purpose  what the form does, so that a token of one form is none for another; "side" where that
 *            does not matter */
char *csrf_token(struct arena *arena, const char *secret, const char *purpose);

/* True when this request may change something: Sec-Fetch-Site, if sent, is same-origin; Origin, if
 * sent, is origin ("https://skjema.fjordvik.example"); and the token is there (first, in multipart)
 * and right. secret NULL: false. */
bool csrf_check(const struct request *request, const char *origin, const char *secret,
                const char *purpose);
