#include "tests/bench/load.h"

#include "tests/bench/bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX_BYTES = 8192, PIECE_BYTES = 64 * 1024, MOST_EVENTS = 64 };

struct connection {
    int socket;
    char head[HEAD_MAX_BYTES]; /* what has come of the response's head */
    size_t head_size;
    size_t head_bytes, body_bytes; /* head_bytes 0: the head is not whole yet */
    size_t body_left;
};

struct run {
    const struct load *load;
    struct connection *connections;
    int poll;
    struct load_result result;
};

static void close_run(struct run *run)
{
    for (int i = 0; i < run->load->connections; i++)
        if (run->connections[i].socket >= 0)
            close(run->connections[i].socket);
    if (run->poll >= 0)
        close(run->poll);
}

/* Requests are small: a socket that has answered takes one whole. */
static bool ask(const struct run *run, struct connection *connection, struct error *err)
{
    size_t size = strlen(run->load->request);
    connection->head_size = connection->head_bytes = 0;
    if (send(connection->socket, run->load->request, size, MSG_NOSIGNAL) != (ssize_t)size)
        return error_set(err, ERROR_UNAVAILABLE, "a request was not taken: %s", strerror(errno));
    return true;
}

static bool open_connection(struct run *run, struct connection *connection, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)run->load->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int on = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "port %d: %s", run->load->port, strerror(errno));
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(run->poll, EPOLL_CTL_ADD, connection->socket, &event);
    return ask(run, connection, err);
}

/* The head is whole when an empty line is there; what came after it is body. */
static bool read_head(struct connection *connection, struct error *err)
{
    char *end = memmem(connection->head, connection->head_size, "\r\n\r\n", 4);
    if (!end)
        return connection->head_size < sizeof connection->head ||
               error_set(err, ERROR_UNAVAILABLE, "a head of more than %d bytes", HEAD_MAX_BYTES);
    *end = '\0';
    const char *length = strcasestr(connection->head, "\r\nContent-Length:");
    if (strncmp(connection->head, "HTTP/1.1 200", 12) != 0 || !length)
        return error_set(err, ERROR_UNAVAILABLE, "the answer was %.*s",
                         (int)strcspn(connection->head, "\r"), connection->head);
    connection->head_bytes = (size_t)(end + 4 - connection->head);
    connection->body_bytes = strtoul(length + 17, NULL, 10);
    connection->body_left =
        connection->body_bytes - (connection->head_size - connection->head_bytes);
    return true;
}

static bool take(struct run *run, struct connection *connection, struct error *err)
{
    static char piece[PIECE_BYTES];
    bool in_head = !connection->head_bytes;
    char *into = in_head ? connection->head + connection->head_size : piece;
    size_t room = in_head ? sizeof connection->head - connection->head_size : sizeof piece;
    ssize_t size = recv(connection->socket, into, room, 0);
    if (size <= 0)
        return error_set(err, ERROR_UNAVAILABLE, "the connection was closed");
    if (in_head) {
        connection->head_size += (size_t)size;
        if (!read_head(connection, err))
            return false;
    } else {
        connection->body_left -= (size_t)size;
    }
    if (!connection->head_bytes || connection->body_left)
        return true;
    run->result.responses++;
    run->result.head_bytes = connection->head_bytes;
    run->result.body_bytes = connection->body_bytes;
    return ask(run, connection, err);
}

static bool run_all(struct run *run, struct error *err)
{
    for (int i = 0; i < run->load->connections; i++)
        if (!open_connection(run, &run->connections[i], err))
            return false;
    double start = bench_wall_s(), now = start;
    while ((now = bench_wall_s()) - start < run->load->seconds) {
        struct epoll_event events[MOST_EVENTS];
        int count = epoll_wait(run->poll, events, MOST_EVENTS, 1000);
        if (count <= 0)
            return error_set(err, ERROR_UNAVAILABLE, "no answer for a second");
        for (int i = 0; i < count; i++)
            if (!take(run, events[i].data.ptr, err))
                return false;
    }
    run->result.seconds = now - start;
    return true;
}

bool load_run(const struct load *load, struct load_result *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(close_run)
    struct run run = {
        .load = load,
        .connections = ARENA_ARRAY(arena, (size_t)load->connections, struct connection),
        .poll = epoll_create1(EPOLL_CLOEXEC),
    };
    for (int i = 0; i < load->connections; i++)
        run.connections[i].socket = -1;
    if (!run_all(&run, err))
        return false;
    *out = run.result;
    return true;
}
