#include "tests/echo.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "tests/suite.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

/* "Content-Type" is CONTENT_TYPE, all others HTTP_ and their name (RFC 3875, 4.1). */
static void write_variable(struct buf *out, const struct submission_header *header)
{
    bool is_type = strcmp(header->name, "Content-Type") == 0;
    char *name = arena_text(out->arena, header->name);
    for (char *at = name; *at; at++)
        *at = (char)(*at == '-' ? '_' : toupper((unsigned char)*at));
    buf_printf(out, "%s%s=%s\n", is_type ? "" : "HTTP_", name, header->value);
}

static const char *echo(struct arena *arena, const struct submission_request *request)
{
    struct buf out;
    buf_init(&out, arena);
    const char *query = strchr(request->address, '?');
    buf_printf(&out, "REQUEST_METHOD=%s\nQUERY_STRING=%s\n", request->method,
               query ? query + 1 : "");
    for (size_t i = 0; i < request->header_count; i++)
        write_variable(&out, &request->headers[i]);
    buf_add_byte(&out, '\n');
    buf_add(&out, request->body);
    return buf_text(&out);
}

const char *echo_answer(struct arena *arena, const char *folder,
                        const struct submission_request *request)
{
    const char *address = request->address;
    if (strstr(address, "/echo"))
        return echo(arena, request);
    if (text_starts_with(address, "mailto:"))
        return "";
    const char *name = text_starts_with(address, "file:") ? address + strlen("file:") : address;
    char *path = arena_printf(arena, "%s/%.*s", folder, (int)strcspn(name, "?#"), name);
    if (strstr(name, "://") || strstr(name, "..") || access(path, R_OK) != 0)
        return NULL;
    return strcmp(request->method, "GET") == 0 ? suite_file(arena, path) : "";
}
