/* A request: its target, headers a line each, an empty line, its body. Lines end in CRLF. What
 * libmicrohttpd does before us is not in here. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/http/body.h"

#include <string.h>

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
    struct request request = {.arena = arena, .method = "POST"};
    const char *target = arena_text_of(arena, fuzz_take(&left, "\r\n"));
    read_headers(&request, fuzz_take(&left, "\r\n\r\n"));
    request.body = left;
    int refused = request_check_head(&request, "skjema.fjordvik.example");
    fuzz_promise(refused == 0 || refused == 400 || refused == 405 || refused == 431,
                 "a head is refused with a status of its own", NULL);
    if (refused)
        return;
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
