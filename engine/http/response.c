#include "engine/http/response.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* security.md S-HDR-1 to -3. data: in img-src is for Designsystemet's icons, which are masks made
 * from data addresses. */
static const struct request_pair safe_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
     "base-uri 'none'; object-src 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), "
     "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
     "publickey-credentials-get=(), usb=()"},
    {"Cache-Control", "no-store"},
};

void response_init(struct response *response, struct arena *arena)
{
    *response = (struct response){.arena = arena, .status = 200};
    for (size_t i = 0; i < COUNT(safe_headers); i++)
        response_add_header(response, safe_headers[i].name, safe_headers[i].value);
}

void response_plain(struct response *response)
{
    response->header_count = 0;
}

static void assert_is_header(const char *name, const char *value)
{
    assert(*name && strcspn(name, ": \t\r\n") == strlen(name));
    for (; *value; value++)
        assert(((unsigned char)*value >= 0x20 || *value == '\t') && *value != 0x7F);
}

void response_add_header(struct response *response, const char *name, const char *value)
{
    assert_is_header(name, value);
    if (response->header_count == response->header_capacity) {
        size_t capacity = response->header_capacity ? response->header_capacity * 2 : 16;
        struct request_pair *grown = ARENA_ARRAY(response->arena, capacity, struct request_pair);
        if (response->header_count)
            memcpy(grown, response->headers, response->header_count * sizeof *grown);
        response->headers = grown;
        response->header_capacity = capacity;
    }
    response->headers[response->header_count++] = (struct request_pair){
        arena_text(response->arena, name), arena_text(response->arena, value)};
}

void response_remove_header(struct response *response, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) != 0)
            response->headers[kept++] = response->headers[i];
    response->header_count = kept;
}

void response_header(struct response *response, const char *name, const char *value)
{
    response_remove_header(response, name);
    response_add_header(response, name, value);
}

const char *response_find_header(const struct response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return NULL;
}

/* Also in place of a stream that was begun before something else failed. */
void response_bytes(struct response *response, int status, const char *type, struct bytes body)
{
    response_close(response);
    response->status = status;
    response->body = body;
    response_header(response, "Content-Type", type);
}

void response_html(struct response *response, int status, struct bytes body)
{
    response_bytes(response, status, "text/html; charset=utf-8", body);
}

void response_text(struct response *response, int status, const char *text)
{
    response_bytes(response, status, "text/plain; charset=utf-8",
                   BYTES_OF(arena_text(response->arena, text)));
}

void response_static(struct response *response, const char *type, struct bytes body)
{
    response_bytes(response, 200, type, body);
    response_header(response, "Cache-Control", "public, max-age=31536000, immutable");
}

/* The name for clients that do not read filename*: what is not plain ASCII becomes '_'. */
static char *ascii_name(struct arena *arena, const char *name)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (const char *at = name; *at;) {
        uint32_t c = text_next(&at);
        bool plain = c > 0x1F && c < 0x7F && !strchr("\"\\/%;", (int)c);
        buf_add_byte(&buf, plain ? (unsigned char)c : '_');
    }
    return buf_text(&buf);
}

/* attr-char of RFC 8187 3.2.1; the rest as percent escapes. */
static char *extended_name(struct arena *arena, const char *name)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (const char *at = name; *at;) {
        uint32_t c = text_next(&at);
        struct buf utf8;
        buf_init(&utf8, arena);
        buf_add_utf8(&utf8, c < 0x20 || c == 0x7F || c == '/' || c == '\\' ? '_' : c);
        for (size_t i = 0; i < utf8.size; i++) {
            unsigned char byte = utf8.data[i];
            bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                         (byte >= '0' && byte <= '9') || strchr("!#$&+-.^_`|~", byte);
            if (plain)
                buf_add_byte(&buf, byte);
            else
                buf_printf(&buf, "%%%02X", byte);
        }
    }
    return buf_text(&buf);
}

static void head_download(struct response *response, const char *name)
{
    response_header(
        response, "Content-Disposition",
        arena_printf(response->arena, "attachment; filename=\"%s\"; filename*=UTF-8''%s",
                     ascii_name(response->arena, name), extended_name(response->arena, name)));
    response_header(response, "Content-Security-Policy", "sandbox; default-src 'none'");
}

void response_download(struct response *response, const char *name, const char *type,
                       struct bytes body)
{
    response_bytes(response, 200, type, body);
    head_download(response, name);
}

/* Digits that fit; moves *at past them. */
static bool read_number(const char **at, int64_t *out)
{
    size_t digits = strspn(*at, "0123456789");
    if (!digits || digits > 18)
        return false;
    *out = 0;
    for (const char *end = *at + digits; *at < end; (*at)++)
        *out = *out * 10 + (**at - '0');
    return true;
}

enum range { RANGE_NONE, RANGE_GOOD, RANGE_NOWHERE };

/* One run of bytes of RFC 9110 14.1.2; what is something else is as none (14.2). */
static enum range read_range(const struct request *request, int64_t size, int64_t *from,
                             int64_t *length)
{
    const char *at = request ? request_header(request, "Range") : NULL;
    int64_t first = 0, last = size - 1;
    if (!at || request_header(request, "If-Range") || strncasecmp(at, "bytes=", 6) != 0)
        return RANGE_NONE;
    at += 6;
    bool is_suffix = *at == '-';
    if (!is_suffix && !read_number(&at, &first))
        return RANGE_NONE;
    if (*at++ != '-')
        return RANGE_NONE;
    bool has_last = read_number(&at, &last);
    if (*at || (is_suffix && !has_last) || (!is_suffix && has_last && last < first))
        return RANGE_NONE;
    if (is_suffix) {
        first = last < size ? size - last : 0;
        last = last ? size - 1 : -1;
    }
    last = last < size ? last : size - 1;
    if (first > last)
        return RANGE_NOWHERE;
    *from = first;
    *length = last - first + 1;
    return RANGE_GOOD;
}

void response_download_stream(struct response *response, const struct request *request,
                              const char *name, const char *type,
                              const struct response_stream *stream)
{
    int64_t size = stream->content.size_bytes;
    response_bytes(response, 200, type, (struct bytes){0});
    response->is_stream = true;
    response->stream = *stream;
    response->stream.from = 0;
    response->stream.size = size;
    if (request)
        response_header(response, "Accept-Ranges", "bytes");
    switch (read_range(request, size, &response->stream.from, &response->stream.size)) {
    case RANGE_NONE:
        break;
    case RANGE_GOOD: {
        int64_t from = response->stream.from;
        response->status = 206;
        response_header(response, "Content-Range",
                        arena_printf(response->arena, "bytes %lld-%lld/%lld", (long long)from,
                                     (long long)(from + response->stream.size - 1),
                                     (long long)size));
        break;
    }
    case RANGE_NOWHERE:
        response_text(response, 416, "416\n");
        response_header(response, "Content-Range",
                        arena_printf(response->arena, "bytes */%lld", (long long)size));
        return;
    }
    head_download(response, name);
}

void response_close(struct response *response)
{
    if (!response->is_stream)
        return;
    response->is_stream = false;
    if (response->stream.close)
        response->stream.close(response->stream.context);
}

void response_redirect_away(struct response *response, const char *url)
{
    response_close(response);
    response->status = 303;
    response->body = (struct bytes){0};
    response_header(response, "Location", url);
}

void response_redirect(struct response *response, const char *path)
{
    assert(path[0] == '/' && path[1] != '/' && path[1] != '\\');
    struct buf encoded;
    buf_init(&encoded, response->arena);
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if (c > ' ' && c < 0x7F && !strchr("\"<>\\^`{|}", c))
            buf_add_byte(&encoded, c);
        else
            buf_printf(&encoded, "%%%02X", c);
    }
    response_redirect_away(response, buf_text(&encoded));
}

void response_not_allowed(struct response *response, const char *allow)
{
    response_text(response, 405, "405\n");
    response_header(response, "Allow", allow);
}

void response_drop(struct response *response)
{
    response->is_dropped = true;
}
