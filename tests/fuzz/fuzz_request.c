/* A request: its target, headers a line each, an empty line, its body. Lines end in CRLF. What
 * libmicrohttpd does before us is not in here. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/http/body.h"
#include "engine/http/proxies.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST "skjema.fjordvik.example"

static void read_headers(struct request *request, struct bytes head)
{
    enum { MOST = REQUEST_MAX_HEADERS + 2 };
    request->headers.items = ARENA_ARRAY(request->arena, MOST, struct request_pair);
    while (head.size && request->headers.count < MOST) {
        struct bytes line = fuzz_take(&head, "\r\n");
        struct bytes name = fuzz_take(&line, ":");
        request->headers.items[request->headers.count++] =
            (struct request_pair){arena_text_of(request->arena, name),
                                  text_trim(request->arena, arena_text_of(request->arena, line))};
    }
}

static void check_text(const char *text, bool lines)
{
    fuzz_promise(text_is_utf8(BYTES_OF(text)), "what a handler sees is UTF-8", text);
    for (; *text; text++)
        fuzz_promise((unsigned char)*text >= 0x20 || (lines && strchr("\t\r\n", *text)),
                     "what a handler sees has no control characters", text);
}

static void check_pairs(struct request_pairs pairs, size_t most, bool lines)
{
    fuzz_promise(pairs.count <= most, "there are no more than the limit", NULL);
    for (size_t i = 0; i < pairs.count; i++) {
        check_text(pairs.items[i].name, false);
        check_text(pairs.items[i].value, lines);
        fuzz_promise(strlen(pairs.items[i].value) <= REQUEST_MAX_VALUE_BYTES,
                     "no value is above its limit", pairs.items[i].name);
    }
}

static void check_path(const char *path)
{
    fuzz_promise(*path == '/' && !strstr(path, "//") && !strstr(path, "/../") &&
                     !strstr(path, "/./") && !text_ends_with(path, "/..") &&
                     !text_ends_with(path, "/."),
                 "a path is plain", path);
    check_text(path, false);
}

/* Whatever a proxy said (S-HTTP-8). */
static void check_client(const struct request *request)
{
    unsigned char address[16];
    fuzz_promise(text_equal(request->client, "unix") ||
                     inet_pton(AF_INET, request->client, address) == 1 ||
                     inet_pton(AF_INET6, request->client, address) == 1,
                 "a client is an address", request->client);
    fuzz_promise(text_equal(request->scheme, "http") || text_equal(request->scheme, "https"),
                 "there are two schemes", request->scheme);
    fuzz_promise(request_is_host(HOST, request->host), "a host is ours", request->host);
    fuzz_promise(!request_header(request, "Forwarded") &&
                     !request_header(request, "X-Forwarded-For"),
                 "nobody sees what proxies said", NULL);
}

static void check_body(struct request *request)
{
    int refused = body_read_form(request);
    fuzz_promise(refused == 0 || refused == 400 || refused == 413,
                 "a body is refused as wrong or as too much", NULL);
    if (refused)
        return;
    check_pairs(request->fields, REQUEST_MAX_FIELDS, true);
    fuzz_promise(request->file_count == 0, "a urlencoded form has no files", NULL);
}

void fuzz_one(struct bytes input)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct bytes left = input;
    struct request request = {.arena = arena, .method = "POST", .peer = "unix"};
    struct proxies *proxies;
    fuzz_promise(proxies_read(arena, "unix, 10.0.0.0/8", &proxies, NULL), "a proxy is trusted",
                 NULL);
    const char *target = arena_text_of(arena, fuzz_take(&left, "\r\n"));
    read_headers(&request, fuzz_take(&left, "\r\n\r\n"));
    request.body = left;
    int refused = request_check_head(&request, HOST, proxies);
    fuzz_promise(refused == 0 || refused == 400 || refused == 405 || refused == 431,
                 "a head is refused with a status of its own", NULL);
    if (refused)
        return;
    check_client(&request);
    check_pairs(request.cookies, REQUEST_MAX_COOKIES, false);
    refused = request_read_target(&request, target);
    fuzz_promise(refused == 0 || refused == 400 || refused == 414,
                 "a target is refused as wrong or as too much", target);
    if (refused)
        return;
    check_path(request.path);
    check_pairs(request.query, REQUEST_MAX_FIELDS, false);
    if (request_header(&request, "Content-Type"))
        check_body(&request);
}
