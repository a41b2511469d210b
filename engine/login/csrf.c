#include "engine/login/csrf.h"

#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <string.h>

char *csrf_token(struct arena *arena, struct bytes secret, const char *purpose)
{
    const char *message = arena_printf(arena, "csrf:%s", purpose);
    struct crypto_sha256 mac = crypto_hmac(secret, BYTES_OF(message));
    return codec_base64url(arena, (struct bytes){mac.bytes, sizeof mac.bytes});
}

bool csrf_own_origin(const struct request *request, const char *origin)
{
    const char *fetch_site = request_header(request, "Sec-Fetch-Site");
    const char *sent_origin = request_header(request, "Origin");
    return (!fetch_site || text_equal(fetch_site, "same-origin")) &&
           (!sent_origin || text_equal(sent_origin, origin));
}

bool csrf_check(const struct request *request, const char *origin, struct bytes secret,
                const char *purpose)
{
    if (!secret.size || !csrf_own_origin(request, origin))
        return false;
    const char *token = request_field(request, CSRF_FIELD);
    if (!token)
        return false;
    if (text_equal(request_content_type(request), "multipart/form-data") &&
        !text_equal(request->first_field, CSRF_FIELD))
        return false;
    const char *expected = csrf_token(request->arena, secret, purpose);
    return crypto_equal(BYTES_OF(token), BYTES_OF(expected));
}
