#include "engine/http/server.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/http/body.h"
#include "engine/http/deadline.h"
#include "engine/http/listen.h"
#include "engine/http/wire.h"
#include "engine/http/workers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* A body that is too large is still read so far, and thrown away: a browser shows no answer to what
 * it has not finished sending. */
enum { READ_AWAY_BYTES = 64 * 1024 * 1024 };

struct server {
    struct arena *arena; /* of the settings' texts */
    struct server_settings settings;
    struct MHD_Daemon *daemon;
    struct workers *workers;
    struct deadlines *deadlines;
    int port;
    atomic_bool closing;
    atomic_size_t held_bytes;

    pthread_mutex_t lock;
    pthread_cond_t answered;
    size_t unanswered; /* requests given to workers whose answer is not yet sent; under lock */
};

enum stage { STAGE_HEAD, STAGE_BODY, STAGE_ANSWERED };

/* One request on its way; libmicrohttpd keeps it as the connection's state. Owned by the polling
 * thread until it is given to a worker, and again when the worker has resumed the connection. */
struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    struct deadline *deadline;
    enum stage stage;
    const char *target;    /* as the library saw it */
    const char *target_at; /* where that was */
    int refused;           /* the status to refuse with once the body is read, or 0 */
    bool is_counted;       /* in server->unanswered */
    struct request request;
    struct response response;
    unsigned char *body;
    size_t body_size, body_capacity, body_limit, read_away;
};

/* ---- memory of bodies ---- */

static void free_body(struct exchange *exchange)
{
    atomic_fetch_sub(&exchange->server->held_bytes, exchange->body_capacity);
    free(exchange->body);
    exchange->body = NULL;
    exchange->body_size = exchange->body_capacity = 0;
}

/* Room for so many bytes more; false when all requests together hold too much. */
static bool reserve_body(struct exchange *exchange, size_t more)
{
    size_t wanted = exchange->body_size + more;
    if (wanted <= exchange->body_capacity)
        return true;
    size_t capacity = exchange->body_capacity ? exchange->body_capacity * 2 : 4096;
    if (capacity < wanted)
        capacity = wanted;
    if (capacity > exchange->body_limit)
        capacity = exchange->body_limit;
    size_t growth = capacity - exchange->body_capacity;
    struct server *server = exchange->server;
    if (atomic_fetch_add(&server->held_bytes, growth) + growth > server->settings.held_bytes) {
        atomic_fetch_sub(&server->held_bytes, growth);
        return false;
    }
    unsigned char *grown = realloc(exchange->body, capacity);
    if (!grown)
        abort();
    exchange->body = grown;
    exchange->body_capacity = capacity;
    return true;
}

/* ---- the beginning and end of an exchange ---- */

static struct deadline *find_deadline(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* The first line is read. The library hands out the target decoded and cut at '?', so it is kept
 * here as it came. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct arena *arena = arena_open();
    struct exchange *exchange = ARENA_NEW(arena, struct exchange);
    *exchange = (struct exchange){
        .server = context,
        .connection = connection,
        .deadline = find_deadline(connection),
        .target = arena_text(arena, target),
        .target_at = target,
        .request = {.arena = arena, .method = "", .target = "", .path = "", .peer = ""},
    };
    exchange->request.id = crypto_random_id(arena, 96);
    response_init(&exchange->response, arena);
    deadline_set(exchange->deadline, exchange->server->settings.head_ms);
    return exchange;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)connection, (void)why;
    struct server *server = context;
    struct exchange *exchange = *state;
    if (!exchange)
        return;
    *state = NULL;
    deadline_set(exchange->deadline, server->settings.idle_ms);
    free_body(exchange);
    bool is_counted = exchange->is_counted;
    struct arena *arena = exchange->request.arena;
    arena_close(&arena);
    if (!is_counted)
        return;
    pthread_mutex_lock(&server->lock);
    server->unanswered--;
    pthread_cond_signal(&server->answered);
    pthread_mutex_unlock(&server->lock);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *state = deadline_add(server->deadlines, info->connect_fd, server->settings.head_ms);
    } else {
        deadline_remove(*state);
        *state = NULL;
    }
}

static int with_size(const struct exchange *exchange, int within_ms, size_t size)
{
    return within_ms + (int)(size / (size_t)exchange->server->settings.bytes_per_ms);
}

/* ---- the answer ---- */

static ssize_t read_body(void *context, uint64_t at, char *out, size_t most)
{
    const struct exchange *exchange = context;
    struct bytes body = exchange->response.body;
    if (at >= body.size)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t size = body.size - (size_t)at < most ? body.size - (size_t)at : most;
    memcpy(out, body.data + at, size);
    return (ssize_t)size;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    if (response->is_dropped)
        return MHD_NO; /* closes the connection */
    struct MHD_Response *answer =
        response->is_chunked
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 * 1024, read_body, exchange,
                                                NULL)
            : MHD_create_response_from_buffer(response->body.size, (void *)response->body.data,
                                              MHD_RESPMEM_PERSISTENT); /* lives in the arena */
    if (!answer)
        abort();
    enum MHD_Result result = MHD_YES;
    for (size_t i = 0; i < response->header_count && result == MHD_YES; i++)
        result =
            MHD_add_response_header(answer, response->headers[i].name, response->headers[i].value);
    if (result == MHD_YES && atomic_load(&exchange->server->closing))
        result = MHD_add_response_header(answer, "Connection", "close");
    deadline_set(exchange->deadline,
                 with_size(exchange, exchange->server->settings.answer_ms, response->body.size));
    if (result == MHD_YES)
        result = MHD_queue_response(exchange->connection, (unsigned)response->status, answer);
    MHD_destroy_response(answer);
    return result;
}

static void write_refusal(struct exchange *exchange, int status)
{
    const struct server_settings *settings = &exchange->server->settings;
    struct response *response = &exchange->response;
    response->status = status;
    if (status == 503)
        response_header(response, "Retry-After", "5");
    if (status == 405 && !response_find_header(response, "Allow"))
        response_header(response, "Allow", "GET, HEAD, POST");
    if (settings->refuse)
        settings->refuse(settings->context, status, &exchange->request, response);
    else
        response_text(
            response, status,
            arena_printf(response->arena, "%d. Request %s\n", status, exchange->request.id));
}

/* Before a body is read. Answering in the first call makes the library close the connection, so
 * that nothing after a doubtful head is taken for a second request. */
static enum MHD_Result refuse_now(struct exchange *exchange, int status)
{
    write_refusal(exchange, status);
    response_header(&exchange->response, "Connection", "close");
    return send_answer(exchange);
}

/* ---- the head ---- */

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
    return refused ? refused : request_check_head(request, exchange->server->settings.hosts);
}

static enum MHD_Result begin(struct exchange *exchange, const char *method, const char *version)
{
    const struct server_settings *settings = &exchange->server->settings;
    exchange->stage = STAGE_BODY;
    int refused = read_head(exchange, method, version);
    if (!refused && atomic_load(&exchange->server->closing))
        refused = 503;
    if (refused)
        return refuse_now(exchange, refused);

    exchange->body_limit = settings->body_limit
                               ? settings->body_limit(settings->context, &exchange->request)
                               : REQUEST_BODY_BYTES;
    size_t expected = exchange->body_limit;
    const char *length = request_header(&exchange->request, "Content-Length");
    if (length) {
        expected = strtoull(length, NULL, 10);
        if (expected > exchange->body_limit)
            exchange->refused = 413;
        if (expected > exchange->body_limit + READ_AWAY_BYTES)
            return refuse_now(exchange, 413);
    }
    deadline_set(exchange->deadline, with_size(exchange, settings->body_ms, expected));
    return MHD_YES;
}

/* ---- the body ---- */

static enum MHD_Result collect(struct exchange *exchange, const char *data, size_t size)
{
    if (!exchange->refused && size > exchange->body_limit - exchange->body_size)
        exchange->refused = 413;
    if (!exchange->refused && !reserve_body(exchange, size))
        exchange->refused = 503;
    if (exchange->refused) {
        free_body(exchange);
        exchange->read_away += size;
        return exchange->read_away > exchange->body_limit + READ_AWAY_BYTES ? MHD_NO : MHD_YES;
    }
    memcpy(exchange->body + exchange->body_size, data, size);
    exchange->body_size += size;
    return MHD_YES;
}

static void give_back(struct exchange *exchange)
{
    exchange->stage = STAGE_ANSWERED;
    MHD_resume_connection(exchange->connection);
}

/* On a worker thread. */
static void run(void *work)
{
    struct exchange *exchange = work;
    const struct server_settings *settings = &exchange->server->settings;
    struct request *request = &exchange->request;
    request->body = (struct bytes){exchange->body, exchange->body_size};
    int refused = exchange->refused ? exchange->refused : body_read_form(request);
    if (refused)
        write_refusal(exchange, refused);
    else
        settings->handle(settings->context, request, &exchange->response);
    give_back(exchange);
}

static void drop(void *work)
{
    struct exchange *exchange = work;
    response_drop(&exchange->response);
    give_back(exchange);
}

/* The request is whole. The connection is put aside first: a worker may be done with it before
 * workers_add returns. */
static enum MHD_Result hand_over(struct exchange *exchange)
{
    struct server *server = exchange->server;
    deadline_set(exchange->deadline, 0);
    pthread_mutex_lock(&server->lock);
    server->unanswered++;
    pthread_mutex_unlock(&server->lock);
    exchange->is_counted = true;

    MHD_suspend_connection(exchange->connection);
    if (!workers_add(server->workers, exchange)) {
        write_refusal(exchange, 503);
        give_back(exchange);
    }
    return MHD_YES;
}

/* Called when the head is read, for each piece of the body, when it is whole, and again after the
 * worker has resumed the connection. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *size, void **state)
{
    (void)context, (void)connection, (void)path;
    struct exchange *exchange = *state;
    if (exchange->stage == STAGE_HEAD)
        return begin(exchange, method, version);
    if (exchange->stage == STAGE_ANSWERED)
        return send_answer(exchange);
    if (!*size)
        return hand_over(exchange);
    size_t given = *size;
    *size = 0;
    return collect(exchange, data, given);
}

/* The library would decode the path before anybody has looked at it. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

/* ---- open and close ---- */

static void set_default(int *number, int fallback)
{
    if (!*number)
        *number = fallback;
}

/* As many as asked for, but leaving descriptors for files and calls out. */
static unsigned connection_limit(int wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 256 &&
        (rlim_t)wanted > files.rlim_cur - 128)
        return (unsigned)(files.rlim_cur - 128);
    return (unsigned)wanted;
}

static void keep_settings(struct server *server, const struct server_settings *given)
{
    struct server_settings *settings = &server->settings;
    *settings = *given;
    settings->address = arena_text(server->arena, given->address ? given->address : "127.0.0.1");
    set_default(&settings->worker_threads, 4);
    set_default(&settings->io_threads, 2);
    set_default(&settings->queue_length, 256);
    set_default(&settings->connections, 12000);
    set_default(&settings->head_ms, 10 * 1000);
    set_default(&settings->body_ms, 30 * 1000);
    set_default(&settings->answer_ms, 60 * 1000);
    set_default(&settings->idle_ms, 15 * 1000);
    set_default(&settings->bytes_per_ms, 64);
    if (!settings->held_bytes)
        settings->held_bytes = 256 * 1024 * 1024;
}

static void name_hosts(struct server *server)
{
    struct server_settings *settings = &server->settings;
    if (!text_is_empty(settings->hosts)) {
        settings->hosts = arena_text(server->arena, settings->hosts);
        return;
    }
    bool is_v6 = strchr(settings->address, ':') != NULL;
    settings->hosts = arena_printf(server->arena, "%s%s%s:%d,localhost:%d", is_v6 ? "[" : "",
                                   settings->address, is_v6 ? "]" : "", server->port, server->port);
}

static bool start_daemon(struct server *server, int listener, struct error *err)
{
    const struct server_settings *settings = &server->settings;
    /* poll: epoll stalls when exactly 128 events are ready (performance.md 1) */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, listener, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, connection_limit(settings->connections), NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings->connections_per_peer, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, settings->io_threads > 1 ? settings->io_threads : 0, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_ARRAY,
        options, MHD_OPTION_END);
    if (!server->daemon)
        return error_set(err, ERROR_UNAVAILABLE, "libmicrohttpd does not start: %s",
                         strerror(errno));
    return true;
}

static void free_server(struct server *server)
{
    deadlines_close(&server->deadlines);
    workers_close(&server->workers);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->answered);
    struct arena *arena = server->arena;
    arena_close(&arena);
}

static bool open_parts(struct server *server, struct error *err)
{
    CLEANUP(listen_close) int listener = -1;
    const struct server_settings *settings = &server->settings;
    if (!listen_on(settings->address, settings->port, &listener, &server->port, err))
        return false;
    name_hosts(server);
    if (!workers_open(settings->worker_threads, settings->queue_length, run, &server->workers, err))
        return false;
    if (!deadlines_open(&server->deadlines, err) || !start_daemon(server, listener, err)) {
        workers_stop(server->workers, drop);
        return false;
    }
    listener = -1; /* now the library's */
    return true;
}

bool server_open(const struct server_settings *settings, struct server **out, struct error *err)
{
    struct arena *arena = arena_open();
    struct server *server = ARENA_NEW(arena, struct server);
    server->arena = arena;
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    keep_settings(server, settings);
    if (!open_parts(server, err)) {
        free_server(server);
        return false;
    }
    *out = server;
    return true;
}

int server_port(const struct server *server)
{
    return server->port;
}

/* Until every answer is sent, or the time has come. */
static void wait_for_answers(struct server *server, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_mutex_lock(&server->lock);
    int timed_out = 0;
    while (server->unanswered && !timed_out)
        timed_out = pthread_cond_timedwait(&server->answered, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
}

void server_close_within(struct server **handle, int deadline_ms)
{
    struct server *server = *handle;
    if (!server)
        return;
    int64_t until_ms = clock_monotonic_ms() + deadline_ms;
    atomic_store(&server->closing, true);
    int listener = MHD_quiesce_daemon(server->daemon);
    shutdown(listener, SHUT_RDWR); /* whoever comes now is told so, not left waiting */

    workers_wait(server->workers, deadline_ms);
    workers_stop(server->workers, drop);
    wait_for_answers(server, until_ms);
    MHD_stop_daemon(server->daemon);
    close(listener);
    free_server(server);
    *handle = NULL;
}

void server_close(struct server **server)
{
    server_close_within(server, SERVER_CLOSE_MS);
}
