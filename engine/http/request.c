#include "engine/http/request.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/http/proxies.h"

#include <string.h>
#include <strings.h>

static const char *only_value(struct request_pairs pairs, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < pairs.count; i++) {
        if (strcmp(pairs.items[i].name, name) != 0)
            continue;
        if (value)
            return NULL;
        value = pairs.items[i].value;
    }
    return value;
}

const char *request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->headers.count; i++)
        if (strcasecmp(request->headers.items[i].name, name) == 0)
            return request->headers.items[i].value;
    return NULL;
}

const char *request_cookie(const struct request *request, const char *name)
{
    return only_value(request->cookies, name);
}

const char *request_query(const struct request *request, const char *name)
{
    return only_value(request->query, name);
}

const char *request_parameter(const struct request *request, const char *name)
{
    return only_value(request->parameters, name);
}

const char *request_field(const struct request *request, const char *name)
{
    return only_value(request->fields, name);
}

const struct request_file *request_file(const struct request *request, const char *field)
{
    for (size_t i = 0; i < request->file_count; i++)
        if (strcmp(request->files[i].field, field) == 0)
            return &request->files[i];
    return NULL;
}

bool request_is_safe(const struct request *request)
{
    return text_equal(request->method, "GET") || text_equal(request->method, "HEAD");
}

bool request_is_partial(const struct request *request)
{
    return text_equal(request_header(request, "HX-Request"), "true") &&
           !text_equal(request_header(request, "HX-History-Restore-Request"), "true");
}

const char *request_content_type(const struct request *request)
{
    const char *type = request_header(request, "Content-Type");
    if (!type)
        return "";
    struct bytes media = {(const unsigned char *)type, strcspn(type, "; \t")};
    return text_fold(request->arena, arena_text_of(request->arena, media));
}

static bool has_control(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] < 0x20 || bytes.data[i] == 0x7F)
            return true;
    return false;
}

/* UTF-8 without control characters, as a text; NULL when it is not, or a broken escape. */
static const char *decode(struct arena *arena, struct bytes encoded, bool form)
{
    struct bytes decoded;
    if (!codec_unpercent(arena, encoded, form, &decoded) || has_control(decoded) ||
        !text_is_utf8(decoded))
        return NULL;
    return arena_text_of(arena, decoded);
}

static bool is_plain_path(const char *path)
{
    if (*path != '/' || strchr(path, '\\'))
        return false;
    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        const char *segment = slash + 1;
        size_t length = strcspn(segment, "/");
        if (length == 0 && *segment) /* "//" */
            return false;
        if ((length == 1 && segment[0] == '.') || (length == 2 && memcmp(segment, "..", 2) == 0))
            return false;
    }
    return true;
}

/* `name=value` pairs between '&'; an empty pair is none. */
static int read_query(struct request *request, struct bytes text)
{
    size_t most = 1;
    for (size_t i = 0; i < text.size; i++)
        most += text.data[i] == '&';
    if (most > REQUEST_MAX_FIELDS)
        return 414;
    struct request_pairs query = {ARENA_ARRAY(request->arena, most, struct request_pair), 0};

    for (size_t at = 0; at < text.size;) {
        const unsigned char *start = text.data + at;
        const unsigned char *amp = memchr(start, '&', text.size - at);
        size_t size = amp ? (size_t)(amp - start) : text.size - at;
        const unsigned char *equals = memchr(start, '=', size);
        size_t name_size = equals ? (size_t)(equals - start) : size;
        size_t value_at = equals ? name_size + 1 : size;
        at += size + 1;
        if (!size)
            continue;
        struct request_pair pair = {
            .name = decode(request->arena, (struct bytes){start, name_size}, true),
            .value =
                decode(request->arena, (struct bytes){start + value_at, size - value_at}, true),
        };
        if (!pair.name || !pair.value || strlen(pair.name) > REQUEST_MAX_NAME_BYTES)
            return 400;
        for (size_t i = 0; i < query.count; i++)
            if (strcmp(query.items[i].name, pair.name) == 0)
                return 400;
        query.items[query.count++] = pair;
    }
    request->query = query;
    return 0;
}

int request_read_target(struct request *request, const char *target)
{
    if (strlen(target) > REQUEST_MAX_TARGET_BYTES)
        return 414;
    if (*target != '/') /* as it is sent, too: it comes after our own name where we lead to */
        return 400;
    for (const char *at = target; *at; at++)
        if (*at <= ' ' || *at > '~' || *at == '#') /* signed char: also what is not ASCII */
            return 400;

    size_t path_size = strcspn(target, "?");
    const char *path =
        decode(request->arena, (struct bytes){(const unsigned char *)target, path_size}, false);
    if (!path || !is_plain_path(path))
        return 400;
    request->target = arena_text(request->arena, target);
    request->path = path;
    if (!target[path_size])
        return 0;
    return read_query(request, BYTES_OF(request->target + path_size + 1));
}

/* RFC 9110 5.6.2. */
static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++) {
        bool letter_or_digit = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                               (*text >= '0' && *text <= '9');
        if (!letter_or_digit && !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    }
    return true;
}

static bool is_digits(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

bool request_is_host(const char *hosts, const char *host)
{
    size_t length = strlen(host);
    while (*hosts) {
        hosts += strspn(hosts, ", ");
        size_t item = strcspn(hosts, ", ");
        if (item && item == length && strncasecmp(hosts, host, length) == 0)
            return true;
        hosts += item;
    }
    return false;
}

static size_t count_headers(const struct request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->headers.count; i++)
        count += strcasecmp(request->headers.items[i].name, name) == 0;
    return count;
}

/* Headers of which a second one could be read by somebody else than us. */
static const char *const once[] = {
    "Host",   "Content-Length", "Transfer-Encoding", "Content-Type", "Content-Encoding",
    "Origin", "Sec-Fetch-Site", "Authorization",     "Cookie",
};

static int check_framing(const struct request *request, const char *hosts)
{
    for (size_t i = 0; i < COUNT(once); i++)
        if (count_headers(request, once[i]) > 1)
            return 400;
    const char *host = request_header(request, "Host");
    const char *length = request_header(request, "Content-Length");
    const char *encoding = request_header(request, "Transfer-Encoding");
    if (!host || !request_is_host(hosts, host))
        return 400;
    if (length && (encoding || !is_digits(length) || strlen(length) > 18))
        return 400;
    if (encoding && strcmp(encoding, "chunked") != 0)
        return 400;
    return 0;
}

static int read_cookies(struct request *request)
{
    const char *header = request_header(request, "Cookie");
    if (!header)
        return 0;
    struct request_pairs cookies = {
        ARENA_ARRAY(request->arena, REQUEST_MAX_COOKIES, struct request_pair), 0};
    while (*header) {
        header += strspn(header, "; \t");
        size_t size = strcspn(header, ";");
        const char *equals = memchr(header, '=', size);
        if (equals) {
            if (cookies.count == REQUEST_MAX_COOKIES)
                return 431;
            size_t name_size = (size_t)(equals - header);
            const unsigned char *value = (const unsigned char *)equals + 1;
            cookies.items[cookies.count++] = (struct request_pair){
                .name = arena_text_of(request->arena,
                                      (struct bytes){(const unsigned char *)header, name_size}),
                .value = text_trim(
                    request->arena,
                    arena_text_of(request->arena, (struct bytes){value, size - name_size - 1})),
            };
        }
        header += size;
    }
    request->cookies = cookies;
    return 0;
}

int request_check_head(struct request *request, const char *hosts, const struct proxies *proxies)
{
    if (request->headers.count > REQUEST_MAX_HEADERS)
        return 431;
    size_t size = 0;
    for (size_t i = 0; i < request->headers.count; i++) {
        struct request_pair header = request->headers.items[i];
        size += strlen(header.name) + strlen(header.value) + 4; /* ": " and CRLF */
        struct bytes value = BYTES_OF(header.value);
        if (!is_token(header.name) || has_control(value) || !text_is_utf8(value))
            return 400;
    }
    if (size > REQUEST_MAX_HEADER_BYTES)
        return 431;
    if (!is_token(request->method))
        return 400;
    if (text_equal(request->method, "TRACE") || text_equal(request->method, "CONNECT"))
        return 405;
    int refused = check_framing(request, hosts);
    if (!refused)
        refused = proxies_hear(proxies, hosts, request);
    return refused ? refused : read_cookies(request);
}
