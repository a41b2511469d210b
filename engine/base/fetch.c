#include "engine/base/fetch.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
    CONNECT_MS = 5000,
    MAX_HEADERS = 100,
    MAX_HEADER_BYTES = 64 * 1024,
    SLOW_BYTES_PER_S = 64,
    SLOW_S = 15,
    STREAM_SLOW_BYTES_PER_S = 1024, /* a document: what we ask of clients too (S-HTTP-5) */
    STREAM_SLOW_S = 10,
    STREAM_BUFFER_BYTES = 128 * 1024,
    GO_ON_EVERY_MS = 200,
};

/* When all calls end, on the monotonic clock; 0: they may go on. */
static _Atomic int64_t end_at_ms;

void fetch_end_within(int within_ms)
{
    atomic_store(&end_at_ms, clock_monotonic_ms() + within_ms);
}

static bool is_over(int64_t now_ms)
{
    int64_t at_ms = atomic_load(&end_at_ms);
    return at_ms && now_ms >= at_ms;
}

void fetch_start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

/* ---- where requests may go ---- */

struct place {
    char *scheme, *host, *port, *path;
};

static void close_place(struct place *place)
{
    curl_free(place->scheme);
    curl_free(place->host);
    curl_free(place->port);
    curl_free(place->path);
}

/* What curl will dial for this URL; the same parser that sends it. Without user and password. */
static bool read_place(const char *url, struct place *place)
{
    CURLU *parts = curl_url();
    if (!parts)
        abort();
    char *user = NULL;
    bool good =
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) ==
            CURLUE_OK &&
        curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
        curl_url_get(parts, CURLUPART_SCHEME, &place->scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &place->host, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PORT, &place->port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PATH, &place->path, 0) == CURLUE_OK;
    curl_free(user);
    curl_url_cleanup(parts);
    return good;
}

static bool is_loopback_name(const char *host)
{
    bool is_v4 = text_starts_with(host, "127.") && strspn(host, "0123456789.") == strlen(host);
    return is_v4 || strcasecmp(host, "localhost") == 0 || text_equal(host, "[::1]");
}

bool fetch_is_here(const char *url)
{
    CLEANUP(close_place) struct place place = {0};
    return read_place(url, &place) && is_loopback_name(place.host);
}

/* "/a" holds "/a" and "/a/b" but not "/ab"; dot segments hold nothing, however they are written. */
static bool is_path_under(const char *base, const char *path)
{
    size_t length = strlen(base);
    while (length && base[length - 1] == '/')
        length--;
    if (strncmp(path, base, length) != 0 || (path[length] && path[length] != '/'))
        return false;
    for (const char *at = path; *at; at++) {
        if (*at == '\\' || strncasecmp(at, "%5c", 3) == 0 || strncasecmp(at, "%2f", 3) == 0)
            return false;
        if (*at != '/')
            continue;
        size_t dots = 0;
        const char *segment = at + 1;
        while (*segment == '.' || strncasecmp(segment, "%2e", 3) == 0) {
            segment += *segment == '.' ? 1 : 3;
            dots++;
        }
        if ((dots == 1 || dots == 2) && (*segment == '/' || !*segment))
            return false;
    }
    return true;
}

bool fetch_is_under(const struct fetch_destination *destination, const char *url)
{
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= ' ' || *at == 0x7F)
            return false;
    CLEANUP(close_place) struct place base = {0};
    CLEANUP(close_place) struct place place = {0};
    if (!read_place(destination->base_url, &base) || !read_place(url, &place))
        return false;
    bool is_safe = text_equal(base.scheme, "https") ||
                   (text_equal(base.scheme, "http") && is_loopback_name(base.host));
    return is_safe && text_equal(base.scheme, place.scheme) &&
           strcasecmp(base.host, place.host) == 0 && text_equal(base.port, place.port) &&
           is_path_under(base.path, place.path);
}

/* ---- what is dialled ---- */

static bool is_private_v4(uint32_t address)
{
    static const struct {
        uint32_t network;
        int bits;
    } ranges[] = {
        {0x00000000, 8},  /* 0.0.0.0/8: this network */
        {0x0A000000, 8},  /* 10.0.0.0/8 */
        {0x64400000, 10}, /* 100.64.0.0/10: shared by carriers */
        {0x7F000000, 8},  /* 127.0.0.0/8: loopback */
        {0xA9FE0000, 16}, /* 169.254.0.0/16: link-local */
        {0xAC100000, 12}, /* 172.16.0.0/12 */
        {0xC0000000, 24}, /* 192.0.0.0/24: protocol assignments */
        {0xC0A80000, 16}, /* 192.168.0.0/16 */
        {0xC6120000, 15}, /* 198.18.0.0/15: benchmarks */
        {0xE0000000, 3},  /* multicast, reserved, broadcast */
    };
    for (size_t i = 0; i < COUNT(ranges); i++)
        if ((address ^ ranges[i].network) >> (32 - ranges[i].bits) == 0)
            return true;
    return false;
}

static bool is_private_v6(const struct in6_addr *address)
{
    const uint8_t *a = address->s6_addr;
    uint32_t last = (uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 | (uint32_t)a[14] << 8 | a[15];
    if (IN6_IS_ADDR_V4MAPPED(address))
        return is_private_v4(last);
    if (a[0] == 0x00 && a[1] == 0x64 && a[2] == 0xFF && a[3] == 0x9B) /* 64:ff9b::/96: NAT64 */
        return is_private_v4(last);
    return (a[0] & 0xE0) != 0x20 ||        /* all but 2000::/3 */
           (a[0] == 0x20 && a[1] == 0x02); /* 2002::/16: an IPv4 address inside */
}

struct call {
    CURL *curl;
    struct arena *arena;
    const struct fetch_destination *destination;
    const struct fetch_request *request;
    struct fetch_header headers[MAX_HEADERS];
    size_t header_count, header_bytes;
    struct buf body;
    bool denied, too_large;

    /* of a stream */
    bool is_streamed;
    struct error ended; /* why it was ended: by the spool, or by go_on */
    int64_t asked_ms;   /* go_on, last; 0: not yet */
};

static bool may_dial(const struct call *call, const struct sockaddr *address)
{
    if (call->destination->allow_private)
        return true;
    if (address->sa_family == AF_INET)
        return !is_private_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return !is_private_v6(&((const struct sockaddr_in6 *)address)->sin6_addr);
    return false;
}

/* The address actually dialled is looked at, whatever name it came from. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct call *call = context;
    (void)purpose;
    if (!may_dial(call, &address->addr)) {
        call->denied = true;
        return CURL_SOCKET_BAD;
    }
    call->denied = false; /* another address of the same name may do */
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- what comes back ---- */

static const struct fetch_stream *stream_of(const struct call *call)
{
    return call->request->stream;
}

/* An answer that is no document, where one was asked for. */
static bool is_no(const struct call *call)
{
    return stream_of(call) && !call->is_streamed;
}

/* A no has room however small the document must be. */
static size_t most_of(const struct call *call)
{
    return is_no(call) ? FETCH_NO_BYTES : call->request->max_bytes;
}

static int64_t bytes_so_far(const struct call *call)
{
    return call->is_streamed ? spool_size_bytes(stream_of(call)->spool) : (int64_t)call->body.size;
}

/* Before the first piece of a body: where it goes, and whether it says itself that it is too much.
 */
static bool begin_body(struct call *call)
{
    long status = 0;
    curl_off_t expected = -1;
    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
    call->is_streamed = stream_of(call) && status == 200;
    if (expected > 0 && (uint64_t)expected > most_of(call))
        return false;
    if (expected > 0 && !call->is_streamed)
        buf_reserve(&call->body, (size_t)expected);
    return true;
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    (void)one;
    struct call *call = context;
    struct bytes piece = {(unsigned char *)data, size};
    bool is_first = bytes_so_far(call) == 0;
    if ((is_first && !begin_body(call)) || size > most_of(call) - (size_t)bytes_so_far(call)) {
        call->too_large = true;
        return 0;
    }
    if (!call->is_streamed)
        buf_add(&call->body, piece);
    else if (!spool_write(stream_of(call)->spool, piece, &call->ended))
        return 0;
    return size;
}

/* Called by curl for every run of bytes, and each second when none come. */
static int look_up(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                   curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    struct call *call = context;
    const struct fetch_stream *stream = stream_of(call);
    int64_t now_ms = clock_monotonic_ms();
    if (is_over(now_ms))
        return 1;
    if (!stream || !stream->go_on)
        return 0;
    if (call->asked_ms && now_ms - call->asked_ms < GO_ON_EVERY_MS)
        return 0;
    call->asked_ms = now_ms;
    return stream->go_on(stream->context, &call->ended) ? 0 : 1;
}

static size_t take_header(char *line, size_t one, size_t size, void *context)
{
    (void)one;
    struct call *call = context;
    call->header_bytes += size;
    if (call->header_bytes > MAX_HEADER_BYTES || memchr(line, 0, size)) {
        call->too_large = true;
        return 0;
    }
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* also after 100 Continue */
        call->header_count = 0;
        return size;
    }
    const char *colon = memchr(line, ':', size);
    if (!colon)
        return size; /* the empty line */
    if (call->header_count == MAX_HEADERS) {
        call->too_large = true;
        return 0;
    }
    size_t name_size = (size_t)(colon - line);
    struct bytes value = {(const unsigned char *)colon + 1, size - name_size - 1};
    call->headers[call->header_count++] = (struct fetch_header){
        arena_text_of(call->arena, (struct bytes){(unsigned char *)line, name_size}),
        text_trim(call->arena, arena_text_of(call->arena, value)),
    };
    return size;
}

/* ---- the call ---- */

static void close_curl(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void close_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static void add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (!longer)
        abort();
    *list = longer;
}

static bool has_header(const struct fetch_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return true;
    return false;
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return false;
    return true;
}

static bool check_headers(const struct fetch_request *request, struct error *err)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (!is_one_line(request->headers[i].name) || !is_one_line(request->headers[i].value))
            return error_set(err, ERROR_INVALID, "a header with a control character in it");
    return true;
}

/* As they are, in order; and none of those curl would add by itself. */
static struct curl_slist *header_lines(struct arena *arena, const struct fetch_request *request)
{
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct fetch_header *header = &request->headers[i];
        /* curl's way to say that a header is empty is a semicolon */
        add_line(&list, *header->value ? arena_printf(arena, "%s: %s", header->name, header->value)
                                       : arena_printf(arena, "%s;", header->name));
    }
    static const char *const unwanted[] = {"Accept", "Content-Type", "Expect", "User-Agent"};
    for (size_t i = 0; i < COUNT(unwanted); i++)
        if (!has_header(request, unwanted[i]))
            add_line(&list, arena_printf(arena, "%s:", unwanted[i]));
    return list;
}

static void set_rules(CURL *curl, struct call *call)
{
    const struct fetch_destination *destination = call->destination;
    const struct fetch_request *request = call->request;
    bool is_tls = text_starts_with(destination->base_url, "https:");
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, is_tls ? "https" : "http");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (destination->ca_file && *destination->ca_file) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, destination->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    long timeout_ms = request->timeout_ms;
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout_ms < CONNECT_MS ? timeout_ms : (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_S);
    if (!request->stream) /* else it depends on the status: begin_body */
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
}

static void set_stream(CURL *curl, struct call *call)
{
    if (!stream_of(call))
        return;
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)STREAM_BUFFER_BYTES);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)STREAM_SLOW_BYTES_PER_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STREAM_SLOW_S);
}

static void set_method(CURL *curl, const struct fetch_request *request)
{
    if (text_equal(request->method, "HEAD"))
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (request->has_body) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         request->body.size ? (const char *)request->body.data : "");
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool explain(const struct call *call, CURLcode result, const char *base_url,
                    struct error *err)
{
    if (call->ended.code != ERROR_NONE) {
        if (err)
            *err = call->ended;
        return false;
    }
    if (call->too_large || result == CURLE_FILESIZE_EXCEEDED)
        return error_set(err, is_no(call) ? ERROR_UNAVAILABLE : ERROR_LIMIT,
                         "the answer from %s is larger than %zu bytes", base_url, most_of(call));
    if (call->denied)
        return error_set(err, ERROR_DENIED,
                         "%s has a private address, which its configuration does not allow",
                         base_url);
    return error_set(err, ERROR_UNAVAILABLE, "%s: %s", base_url, curl_easy_strerror(result));
}

static struct fetch_answer answer_of(struct call *call)
{
    long status = 0;
    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    struct fetch_answer answer = {
        .status = (int)status,
        .headers = call->headers,
        .header_count = call->header_count,
        .body = buf_bytes(&call->body),
        .is_streamed = stream_of(call) && status == 200, /* also when there is nothing in it */
    };
    if (answer.is_streamed) {
        answer.body_sha256 = spool_sha256(stream_of(call)->spool);
        answer.body_bytes = spool_size_bytes(stream_of(call)->spool);
    }
    return answer;
}

bool fetch_send(struct arena *arena, const struct fetch_destination *destination,
                const struct fetch_request *request, struct fetch_answer *out, struct error *err)
{
    if (!fetch_is_under(destination, request->url))
        return error_set(err, ERROR_DENIED, "an address that does not lie under %s",
                         destination->base_url);
    if (!check_headers(request, err))
        return false;
    if (is_over(clock_monotonic_ms()))
        return error_set(err, ERROR_UNAVAILABLE, "%s: the program is stopping",
                         destination->base_url);
    struct call *call = ARENA_NEW(arena, struct call);
    call->arena = arena;
    call->destination = destination;
    call->request = request;
    buf_init(&call->body, arena);

    CLEANUP(close_list) struct curl_slist *lines = header_lines(arena, request);
    CLEANUP(close_curl) CURL *curl = curl_easy_init();
    if (!curl)
        abort();
    call->curl = curl;
    set_rules(curl, call);
    set_stream(curl, call);
    set_method(curl, request);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
    CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK)
        return explain(call, result, destination->base_url, err);

    *out = answer_of(call);
    return true;
}

const char *fetch_header(const struct fetch_answer *answer, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            value = answer->headers[i].value;
    return value;
}

const char *fetch_library(void)
{
    return curl_version();
}
