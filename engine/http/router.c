#include "engine/http/router.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/http/multipart.h"

#include <assert.h>
#include <string.h>

/* True when the path has the pattern's shape; then fills in the ':' segments, at most most. */
static bool match(struct arena *arena, const char *pattern, const char *path,
                  struct request_pairs *parameters, size_t most)
{
    struct request_pairs found = {arena ? ARENA_ARRAY(arena, most, struct request_pair) : NULL, 0};
    while (*pattern == '/' && *path == '/') {
        pattern++, path++;
        size_t wanted = strcspn(pattern, "/"), given = strcspn(path, "/");
        if (*pattern == ':') {
            if (!given)
                return false;
            if (arena && found.count < most)
                found.items[found.count++] = (struct request_pair){
                    arena_text_of(arena,
                                  (struct bytes){(const unsigned char *)pattern + 1, wanted - 1}),
                    arena_text_of(arena, (struct bytes){(const unsigned char *)path, given})};
        } else if (wanted != given || memcmp(pattern, path, wanted) != 0) {
            return false;
        }
        pattern += wanted, path += given;
    }
    if (*pattern || *path)
        return false;
    if (parameters)
        *parameters = found;
    return true;
}

static bool takes(const struct router_route *route, const char *method)
{
    return text_equal(route->method, method) ||
           (text_equal(route->method, "GET") && text_equal(method, "HEAD"));
}

enum { MOST_PARAMETERS = 8 };

static const char *allowed_methods(const struct router *router, struct arena *arena,
                                   const char *path)
{
    struct buf allow;
    buf_init(&allow, arena);
    for (size_t i = 0; i < router->route_count; i++) {
        const struct router_route *route = &router->routes[i];
        if (!match(NULL, route->pattern, path, NULL, 0) || strstr(buf_text(&allow), route->method))
            continue;
        buf_printf(&allow, "%s%s%s", allow.size ? ", " : "", route->method,
                   text_equal(route->method, "GET") ? ", HEAD" : "");
    }
    return allow.size ? buf_text(&allow) : NULL;
}

const struct router_route *router_find(const struct router *router, struct arena *arena,
                                       const char *method, const char *path,
                                       struct request_pairs *parameters, const char **allow)
{
    for (size_t i = 0; i < router->route_count; i++) {
        const struct router_route *route = &router->routes[i];
        if (takes(route, method) && match(arena, route->pattern, path, parameters, MOST_PARAMETERS))
            return route;
    }
    *allow = allowed_methods(router, arena, path);
    return NULL;
}

static bool repeats_wrongly(const struct router_route *route, const struct request *request)
{
    if (text_equal(route->may_repeat, "*"))
        return false;
    struct request_pairs fields = request->fields;
    for (size_t i = 0; i < fields.count; i++) {
        if (text_equal(route->may_repeat, fields.items[i].name))
            continue;
        for (size_t j = 0; j < i; j++)
            if (strcmp(fields.items[i].name, fields.items[j].name) == 0)
                return true;
    }
    return false;
}

/* The row, or NULL: it has written the answer. */
static const struct router_route *find_or_refuse(const struct router *router,
                                                 struct request *request, struct response *response)
{
    const char *allow = NULL;
    const struct router_route *route = router_find(router, request->arena, request->method,
                                                   request->path, &request->parameters, &allow);
    if (!route && allow)
        response_header(response, "Allow", allow);
    if (!route)
        router->refuse(router->context, allow ? 405 : 404, request, response);
    return route;
}

static bool admit(const struct router *router, const struct router_route *route,
                  struct request *request, struct response *response)
{
    if (request->is_admitted)
        return true;
    bool admitted = router->admit(router->context, route, request, response);
    request->is_admitted = admitted && !request->drops_files; /* then asked again at the end */
    return admitted;
}

bool router_admit(void *context, struct request *request, struct response *response)
{
    const struct router *router = context;
    const struct router_route *route = find_or_refuse(router, request, response);
    return route && admit(router, route, request, response);
}

void router_handle(void *context, struct request *request, struct response *response)
{
    const struct router *router = context;
    const struct router_route *route = find_or_refuse(router, request, response);
    if (!route)
        return;
    if (repeats_wrongly(route, request)) {
        router_refuse(context, 400, request, response);
        return;
    }
    if (admit(router, route, request, response)) {
        assert(request->is_admitted);
        route->handle(router->context, request, response);
        if (router->leave)
            router->leave(route, request);
    }
}

/* Quickly, for a request whose body has not come. */
static const struct router_route *find_quickly(const struct router *router,
                                               const struct request *request)
{
    for (size_t i = 0; i < router->route_count; i++) {
        const struct router_route *route = &router->routes[i];
        if (takes(route, request->method) && match(NULL, route->pattern, request->path, NULL, 0))
            return route;
    }
    return NULL;
}

size_t router_body_limit(void *context, const struct request *request)
{
    const struct router *router = context;
    const struct router_route *route = find_quickly(router, request);
    if (route && route->body_limit == ROUTER_FILES)
        return router->files_limit;
    return route && route->body_limit ? route->body_limit : REQUEST_BODY_BYTES;
}

bool router_yields(void *context, const struct request *request)
{
    const struct router *router = context;
    const struct router_route *route = find_quickly(router, request);
    if (!route)
        return false;
    bool brings_files = route->body_limit == ROUTER_FILES && multipart_is(request);
    return brings_files || (router->yields && router->yields(route));
}

bool router_at_once(void *context, const struct request *request)
{
    const struct router *router = context;
    const struct router_route *route = router->at_once ? find_quickly(router, request) : NULL;
    return route && router->at_once(route);
}

void router_answered(void *context, int status, int64_t took_ms)
{
    const struct router *router = context;
    if (router->answered)
        router->answered(router->context, status, took_ms);
}

void router_refuse(void *context, int status, struct request *request, struct response *response)
{
    const struct router *router = context;
    router->refuse(router->context, status, request, response);
}
