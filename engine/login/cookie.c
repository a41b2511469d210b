#include "engine/login/cookie.h"

#include "engine/base/codec.h"

#include <string.h>

enum { VALUE_CHARACTERS = 43 }; /* of 256 bits */

static const struct {
    const char *name;
    int max_age_s; /* 0: until the browser closes */
} kinds[] = {
    [COOKIE_SESSION] = {"__Host-sid", 0},
    [COOKIE_LOGIN] = {"__Host-login", COOKIE_LOGIN_S},
};

const char *cookie_read(const struct request *request, enum cookie_kind kind)
{
    const char *value = request_cookie(request, kinds[kind].name);
    struct bytes random;
    if (!value || strlen(value) != VALUE_CHARACTERS ||
        !codec_unbase64url(request->arena, value, &random))
        return NULL;
    return value;
}

/* Lax, since the login callback is a navigation from another site. */
static const char attributes[] = "Path=/; Secure; HttpOnly; SameSite=Lax";

void cookie_set(struct response *response, enum cookie_kind kind, const char *value)
{
    const char *age = kinds[kind].max_age_s
                          ? arena_printf(response->arena, "; Max-Age=%d", kinds[kind].max_age_s)
                          : "";
    response_add_header(
        response, "Set-Cookie",
        arena_printf(response->arena, "%s=%s; %s%s", kinds[kind].name, value, attributes, age));
}

void cookie_clear(struct response *response, enum cookie_kind kind)
{
    response_add_header(
        response, "Set-Cookie",
        arena_printf(response->arena, "%s=; %s; Max-Age=0", kinds[kind].name, attributes));
}
