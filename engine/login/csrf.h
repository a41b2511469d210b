/* csrf.h - a token in every form, so that only our own pages can make a browser change something.
 * Rules: security.md S-CSRF-1, S-CSRF-2. */
#pragma once

#include "engine/http/request.h"

/* The hidden input's name; in a multipart form it must be the first. */
#define CSRF_FIELD "_csrf"

/* The token: HMAC-SHA-256 over the purpose with the secret as key, as base64url.
 *   secret   what only we and this browser's session know: struct session's secret; before login
 * the value of the pre-login cookie purpose  what the form does, so that a token of one form is
 * none for another; "side" where that does not matter */
char *csrf_token(struct arena *arena, struct bytes secret, const char *purpose);

/* No other site's page sent it, as far as the browser tells: Sec-Fetch-Site, if sent, is
 * same-origin; Origin, if sent, is origin. Not enough to change anything (csrf_check). */
bool csrf_own_origin(const struct request *request, const char *origin);

/* True when this request may change something: Sec-Fetch-Site, if sent, is same-origin; Origin, if
 * sent, is origin ("https://skjema.fjordvik.example"); and the token is there (first, in multipart)
 * and right. An empty secret: false. */
bool csrf_check(const struct request *request, const char *origin, struct bytes secret,
                const char *purpose);
