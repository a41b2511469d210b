#include "engine/http/server_inside.h"

#include "engine/base/clock.h"
#include "engine/http/proxies.h"
#include "engine/http/wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct header_sink {
    struct request_pairs headers;
    struct arena *arena;
    struct wire wire;
};

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    struct header_sink *sink = context;
    if (sink->headers.count == REQUEST_MAX_HEADERS + 1)
        return MHD_NO;
    wire_header(&sink->wire, name, name_size, value, value_size);
    sink->headers.items[sink->headers.count++] = (struct request_pair){
        arena_text(sink->arena, name), arena_text(sink->arena, value ? value : "")};
    return MHD_YES;
}

static const char *peer_text(struct arena *arena, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";
    const struct sockaddr *address = info ? info->client_addr : NULL;
    if (address && address->sa_family == AF_UNIX)
        return PROXIES_UNIX;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, sizeof text);
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, sizeof text);
    return arena_text(arena, text);
}

static size_t head_size(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
        ->header_size;
}

/* 0, or the status to refuse with. */
static int read_head(struct exchange *exchange, const char *method, const char *version)
{
    struct request *request = &exchange->request;
    request->method = arena_text(request->arena, method);
    request->peer = peer_text(request->arena, exchange->connection);
    struct header_sink sink = {.arena = request->arena};
    sink.headers.items = ARENA_ARRAY(request->arena, REQUEST_MAX_HEADERS + 1, struct request_pair);
    wire_begin(&sink.wire, method, exchange->target_at, strlen(exchange->target), version);
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, add_header, &sink);
    request->headers = sink.headers;
    bool is_plain = wire_end(&sink.wire, method, head_size(exchange->connection));
    if (!is_plain && sink.headers.count <= REQUEST_MAX_HEADERS)
        return 400;
    int refused = request_read_target(request, exchange->target);
    return refused ? refused
                   : request_check_head(request, exchange->server->settings.hosts,
                                        exchange->server->proxies);
}

/* The first part of a form has come. */
static bool admit(void *context)
{
    struct exchange *exchange = context;
    const struct server_settings *settings = &exchange->server->settings;
    return settings->admit(settings->context, &exchange->request, &exchange->response);
}

/* A form that may bring files is read while it comes. */
static void open_multipart(struct exchange *exchange)
{
    const struct server_settings *settings = &exchange->server->settings;
    const struct multipart_rules rules = {
        .spools = settings->spools,
        .file_bytes = settings->file_bytes,
        .files = (size_t)settings->files,
        .admit = settings->admit ? admit : NULL,
        .context = exchange,
    };
    multipart_open(&exchange->request, &rules, &exchange->multipart);
}

/* Half of the queue is for those that do not yield. */
static bool must_yield(struct exchange *exchange)
{
    const struct server_settings *settings = &exchange->server->settings;
    struct workers_load load = workers_load(exchange->server->workers);
    return settings->yields && 2 * load.waiting >= load.room &&
           settings->yields(settings->context, &exchange->request);
}

enum MHD_Result server_begin(struct exchange *exchange, const char *method, const char *version)
{
    const struct server_settings *settings = &exchange->server->settings;
    exchange->stage = STAGE_BODY;
    exchange->began_ms = clock_monotonic_ms();
    int refused = read_head(exchange, method, version);
    if (!refused && atomic_load(&exchange->server->closing))
        refused = 503;
    if (refused)
        return server_refuse_now(exchange, refused);

    exchange->body_limit = settings->body_limit
                               ? settings->body_limit(settings->context, &exchange->request)
                               : REQUEST_BODY_BYTES;
    size_t expected = exchange->body_limit;
    const char *length = request_header(&exchange->request, "Content-Length");
    if (length) {
        expected = strtoull(length, NULL, 10);
        if (expected > exchange->body_limit)
            exchange->refused = 413;
        if (expected > exchange->body_limit + SERVER_READ_AWAY_BYTES)
            return server_refuse_now(exchange, 413);
    }
    if (!exchange->refused && must_yield(exchange))
        exchange->refused = 503;
    if (multipart_is(&exchange->request))
        open_multipart(exchange);
    exchange->body_began_ms = clock_monotonic_ms();
    exchange->body_within_ms = server_time_for(exchange, settings->body_ms, (int64_t)expected);
    server_time_body(exchange);
    return MHD_YES;
}
