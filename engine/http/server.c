#include "engine/http/server_inside.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/http/proxies.h"

#include <errno.h>
#include <string.h>

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
        .request = {.arena = arena,
                    .method = "",
                    .target = "",
                    .path = "",
                    .peer = "",
                    .client = "",
                    .scheme = "http",
                    .host = ""},
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
    server_free_body(exchange);
    server_free_answer(exchange);
    multipart_close(&exchange->multipart);
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
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        entrance_leave(server->entrance, info->client_addr);
    }
}

int server_time_for(const struct exchange *exchange, int within_ms, int64_t size)
{
    return within_ms + (int)(size / exchange->server->settings.bytes_per_ms);
}

void server_time_body(struct exchange *exchange)
{
    enum { SLOWEST_BYTES_A_SECOND = 1024 };
    int64_t now_ms = clock_monotonic_ms();
    int64_t come = (int64_t)(exchange->come + exchange->read_away);
    int64_t at_most_ms = exchange->server->settings.slow_ms + come * 1000 / SLOWEST_BYTES_A_SECOND;
    int64_t within_ms =
        exchange->body_within_ms < at_most_ms ? exchange->body_within_ms : at_most_ms;
    int64_t left_ms = exchange->body_began_ms + within_ms - now_ms;
    deadline_set(exchange->deadline, left_ms > 0 ? (int)left_ms : 1);
}

bool server_take_room(struct server *server, size_t size)
{
    if (atomic_fetch_add(&server->held_bytes, size) + size <= server->settings.held_bytes)
        return true;
    atomic_fetch_sub(&server->held_bytes, size);
    return false;
}

void server_give_room(struct server *server, size_t size)
{
    atomic_fetch_sub(&server->held_bytes, size);
}

/* ---- on threads of their own ---- */

static void give_back(struct exchange *exchange)
{
    exchange->stage = STAGE_ANSWERED;
    MHD_resume_connection(exchange->connection);
}

static void run(void *work)
{
    struct exchange *exchange = work;
    server_handle(exchange);
    give_back(exchange);
}

static void drop(void *work)
{
    struct exchange *exchange = work;
    response_drop(&exchange->response);
    give_back(exchange);
}

static void carry(void *work)
{
    struct exchange *exchange = work;
    exchange->carry(exchange);
    MHD_resume_connection(exchange->connection);
}

/* Neither the rest of the body nor that of the answer will come. */
static void fail_stretch(struct exchange *exchange)
{
    exchange->ahead.has_failed = true;
    if (exchange->stage == STAGE_BODY)
        exchange->refused = 503;
}

static void drop_stretch(void *work)
{
    struct exchange *exchange = work;
    fail_stretch(exchange);
    MHD_resume_connection(exchange->connection);
}

bool server_carry(struct exchange *exchange, void (*what)(struct exchange *exchange))
{
    exchange->carry = what;
    MHD_suspend_connection(exchange->connection);
    if (workers_add(exchange->server->carriers, exchange))
        return true;
    MHD_resume_connection(exchange->connection);
    return false;
}

/* ---- what the library calls ---- */

static bool is_suspended(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED)->suspended;
}

/* Called when the head is read, for each piece of the body, when it is whole, and again after the
 * worker has resumed the connection. Of a chunked body the library goes on with what it has read
 * already, also when the connection was just suspended: that must wait. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *data, size_t *size, void **state)
{
    (void)context, (void)path;
    struct exchange *exchange = *state;
    if (is_suspended(connection))
        return MHD_YES;
    if (exchange->stage == STAGE_HEAD)
        return server_begin(exchange, method, version);
    if (exchange->stage == STAGE_ANSWERED)
        return server_send_answer(exchange);
    return *size ? server_collect(exchange, data, size) : server_hand_over(exchange);
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

static void keep_settings(struct server *server, const struct server_settings *given)
{
    struct server_settings *settings = &server->settings;
    *settings = *given;
    settings->address = arena_text(server->arena, given->address ? given->address : "127.0.0.1");
    set_default(&settings->worker_threads, 4);
    set_default(&settings->io_threads, 2);
    set_default(&settings->queue_length, 256);
    set_default(&settings->connections, 12000);
    settings->connections = (int)entrance_room((size_t)settings->connections);
    set_default(&settings->head_ms, 10 * 1000);
    set_default(&settings->body_ms, 30 * 1000);
    set_default(&settings->answer_ms, 60 * 1000);
    set_default(&settings->idle_ms, 15 * 1000);
    set_default(&settings->bytes_per_ms, 64);
    set_default(&settings->slow_ms, 10 * 1000);
    set_default(&settings->files, 20);
    if (!settings->held_bytes)
        settings->held_bytes = 256 * 1024 * 1024;
    if (!settings->file_bytes)
        settings->file_bytes = REQUEST_BODY_BYTES;
    if (!settings->spools) {
        spools_open(NULL, (int64_t)settings->held_bytes, &server->own_spools);
        settings->spools = server->own_spools;
    }
}

static void name_hosts(struct server *server)
{
    struct server_settings *settings = &server->settings;
    if (!text_is_empty(settings->hosts)) {
        settings->hosts = arena_text(server->arena, settings->hosts);
        return;
    }
    bool is_v6 = strchr(settings->address, ':') != NULL;
    int port = server->listener.port;
    const char *more = settings->public_host ? settings->public_host : "";
    settings->hosts =
        *server->listener.path
            ? arena_printf(server->arena, "localhost,%s", more)
            : arena_printf(server->arena, "%s%s%s:%d,localhost:%d,%s", is_v6 ? "[" : "",
                           settings->address, is_v6 ? "]" : "", port, port, more);
}

/* poll: epoll stalls when exactly 128 events are ready (performance.md 1). Each has one thread and
 * no listener: with a pool of its own the library would let nobody else take connections. */
static bool start_daemon(struct server *server, struct MHD_Daemon **out, struct error *err)
{
    const struct server_settings *settings = &server->settings;
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_NO_LISTEN_SOCKET;
    *out = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)settings->connections + 1, MHD_OPTION_END);
    if (!*out)
        return error_set(err, ERROR_UNAVAILABLE, "libmicrohttpd does not start: %s",
                         strerror(errno));
    return true;
}

static void stop_daemons(struct server *server)
{
    for (size_t i = 0; i < server->daemon_count; i++)
        MHD_stop_daemon(server->daemons[i]);
    server->daemon_count = 0;
}

static bool start_daemons(struct server *server, struct error *err)
{
    size_t count = (size_t)server->settings.io_threads;
    server->daemons = ARENA_ARRAY(server->arena, count, struct MHD_Daemon *);
    for (; server->daemon_count < count; server->daemon_count++)
        if (!start_daemon(server, &server->daemons[server->daemon_count], err))
            return false;
    return true;
}

/* On the entrance's thread: to each daemon in turn. */
static bool enter(void *context, int socket, const struct sockaddr *peer, socklen_t size)
{
    struct server *server = context;
    struct MHD_Daemon *daemon = server->daemons[server->next_daemon++ % server->daemon_count];
    return MHD_add_connection(daemon, socket, peer, size) == MHD_YES;
}

static bool open_entrance(struct server *server, struct error *err)
{
    const struct entrance_settings settings = {
        .listener = server->listener.fd,
        .connections = (size_t)server->settings.connections,
        .connections_per_peer = (size_t)server->settings.connections_per_peer,
        .proxies = server->proxies,
        .enter = enter,
        .context = server,
    };
    return entrance_open(&settings, &server->entrance, err);
}

static void free_server(struct server *server)
{
    entrance_close(&server->entrance);
    listen_close(&server->listener);
    deadlines_close(&server->deadlines);
    workers_close(&server->workers);
    workers_close(&server->carriers);
    spools_close(&server->own_spools);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->answered);
    struct arena *arena = server->arena;
    arena_close(&arena);
}

/* Each connection is in their queue once at most, so it is never full. */
static bool open_carriers(struct server *server, struct error *err)
{
    const struct server_settings *settings = &server->settings;
    return workers_open(settings->io_threads, settings->connections, carry, &server->carriers, err);
}

static bool open_parts(struct server *server, struct error *err)
{
    const struct server_settings *settings = &server->settings;
    const char *trusted = settings->trusted_proxies ? settings->trusted_proxies : "";
    if (!proxies_read(server->arena, trusted, &server->proxies, err) ||
        !listen_on(settings->address, settings->port, &server->listener, err))
        return false;
    name_hosts(server);
    if (!workers_open(settings->worker_threads, settings->queue_length, run, &server->workers, err))
        return false;
    if (!open_carriers(server, err) || !deadlines_open(&server->deadlines, err) ||
        !start_daemons(server, err) || !open_entrance(server, err)) {
        stop_daemons(server);
        workers_stop(server->workers, drop);
        if (server->carriers)
            workers_stop(server->carriers, drop_stretch);
        return false;
    }
    return true;
}

bool server_open(const struct server_settings *settings, struct server **out, struct error *err)
{
    struct arena *arena = arena_open();
    struct server *server = ARENA_NEW(arena, struct server);
    server->arena = arena;
    server->listener.fd = -1;
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
    return server->listener.port;
}

struct server_load server_load(const struct server *server)
{
    struct workers_load load = workers_load(server->workers);
    struct entrance_load guests = entrance_load(server->entrance);
    return (struct server_load){
        .running = load.running,
        .waiting = load.waiting,
        .room = load.room,
        .held_bytes = atomic_load(&server->held_bytes),
        .connections = guests.inside,
        .turned_away = guests.turned_away,
    };
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
    entrance_stop(server->entrance);
    listen_close(&server->listener); /* whoever comes now is told so, not left waiting */

    workers_wait(server->workers, deadline_ms);
    workers_stop(server->workers, drop);
    wait_for_answers(server, until_ms);
    workers_stop(server->carriers, drop_stretch);
    stop_daemons(server);
    free_server(server);
    *handle = NULL;
}

void server_close(struct server **server)
{
    server_close_within(server, SERVER_CLOSE_MS);
}

const char *server_library(struct arena *arena)
{
    return arena_printf(arena, "libmicrohttpd %s", MHD_get_version());
}
