/* router.h - finds the row of a route table, checks who may, calls. */
#pragma once

#include "engine/http/response.h"

enum router_who {
    ROUTER_ANYONE,
    ROUTER_CITIZEN, /* logged in, by a cookie */
    ROUTER_MACHINE, /* another agency, by an access token; the API for machines only */
};

#define ROUTER_FILES SIZE_MAX

struct router_route {
    const char *method;  /* "GET" answers HEAD too */
    const char *pattern; /* "/utkast/:id/:side": a ':' segment takes any one segment and is read
                          * with request_parameter(request, "id"); more literal rows go first */
    enum router_who who;
    void (*handle)(void *context, struct request *request, struct response *response);
    size_t body_limit;      /* 0: REQUEST_BODY_BYTES; ROUTER_FILES: what may bring files */
    const char *may_repeat; /* the field that may come more than once; "*": any, the handler checks;
                             * NULL: none, else 400 (security.md S-HTTP-7) */
};

struct router {
    const struct router_route *routes;
    size_t route_count;

    /* Called for every row found, before its handler: who asks, may they, and for POST whether our
     * own page sent it (csrf.h). Sets request->visitor. False: it has written the answer. Of a form
     * that brings files, before any of them is kept, and again when it took long to come. */
    bool (*admit)(void *context, const struct router_route *route, struct request *request,
                  struct response *response);

    /* Called when the handler of a row that admit let through is done. NULL: nothing to do then. */
    void (*leave)(const struct router_route *route, struct request *request);

    /* Writes the page for what is refused here (400, 404, 405) or by the server, see
     * struct server_settings; the Allow header of a 405 is set already. */
    void (*refuse)(void *context, int status, struct request *request, struct response *response);

    /* Is this row refused first when there is much to do, as one that brings files is (server.h)?
     * NULL: those only. */
    bool (*yields)(const struct router_route *route);

    /* Does this row's handler, with admit before it, wait for nothing (server.h, at_once)? NULL:
     * none. */
    bool (*at_once)(const struct router_route *route);

    /* For struct server_settings. */
    void (*answered)(void *context, int status, int64_t took_ms);

    size_t files_limit; /* of a body that may bring files */
    void *context;      /* for these and the handlers */
};

/* For struct server_settings, with the router as context. */
void router_handle(void *router, struct request *request, struct response *response);
bool router_admit(void *router, struct request *request, struct response *response);
size_t router_body_limit(void *router, const struct request *request);
void router_refuse(void *router, int status, struct request *request, struct response *response);
bool router_yields(void *router, const struct request *request);
bool router_at_once(void *router, const struct request *request);
void router_answered(void *router, int status, int64_t took_ms);

/* The row for a method and path, or NULL; *allow is then "GET, HEAD, POST" when the path exists
 * with other methods, else NULL. */
const struct router_route *router_find(const struct router *router, struct arena *arena,
                                       const char *method, const char *path,
                                       struct request_pairs *parameters, const char **allow);
