#include "engine/sandbox/sandbox_signature.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"

#include <ctype.h>
#include <string.h>

static void add_lower(struct buf *buf, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        buf_add_byte(buf,
                     (unsigned char)(text.data[i] < 0x80 ? tolower(text.data[i]) : text.data[i]));
    buf_add_byte(buf, '\n');
}

static struct bytes path_of(const char *target)
{
    return (struct bytes){(const unsigned char *)target, strcspn(target, "?")};
}

static void add_header(struct buf *buf, const struct request *request, const char *name,
                       const char *lower_name)
{
    const char *value = request_header(request, name);
    if (value)
        buf_printf(buf, "%s: %s\n", lower_name, value);
}

char *sandbox_signature_of_request(struct arena *arena, const struct request *request,
                                   bool decoded_path)
{
    struct bytes path = path_of(request->target), decoded;
    if (decoded_path && codec_unpercent(arena, path, false, &decoded))
        path = decoded;
    const char *query = request->target + strcspn(request->target, "?");
    query += *query == '?';

    struct buf buf;
    buf_init(&buf, arena);
    buf_printf(&buf, "%s\n", request->method);
    add_lower(&buf, path);
    add_header(&buf, request, "Date", "date");
    add_header(&buf, request, "X-Content-SHA256", "x-content-sha256");
    add_header(&buf, request, "X-Digipost-UserId", "x-digipost-userid");
    add_lower(&buf, BYTES_OF(query));
    return buf_text(&buf);
}

char *sandbox_signature_of_answer(struct arena *arena, int status, const char *target,
                                  const char *date, const char *hash)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_printf(&buf, "%d\n", status);
    add_lower(&buf, path_of(target));
    buf_printf(&buf, "date: %s\n", date);
    if (hash)
        buf_printf(&buf, "x-content-sha256: %s\n", hash);
    return buf_text(&buf);
}

bool sandbox_signature_verifies(struct arena *arena, const struct request *request,
                                const struct crypto_key *certificate, const char *signature)
{
    struct bytes given;
    if (!codec_unbase64(arena, signature, &given))
        return false;
    const char *as_sent = sandbox_signature_of_request(arena, request, false);
    if (crypto_verify_rs256(certificate, BYTES_OF(as_sent), given))
        return true;
    const char *decoded = sandbox_signature_of_request(arena, request, true);
    return crypto_verify_rs256(certificate, BYTES_OF(decoded), given);
}
