#include "engine/clamd.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    CHUNK = 64 * 1024, /* a 4-byte length goes before each */
    LONGEST_REPLY = 1024,
    LOOK_MS = 500, /* between looks whether the program ends */
};

/* ---- the answer ---- */

/* With AlertExceedsMax the daemon says so when it did not look into all of a document. */
#define LIMITS "Heuristics.Limits.Exceeded"

static void keep_signature(char *to, size_t size, const char *from, size_t length)
{
    size_t kept = 0;
    for (; kept < length && kept + 1 < size; kept++)
        to[kept] = from[kept] > ' ' && from[kept] < 0x7F && from[kept] != '"' ? from[kept] : '_';
    to[kept] = '\0';
}

bool clamd_read_reply(struct bytes reply, struct clamd_verdict *out, struct error *err)
{
    static const char stream[] = "stream: ", found[] = " FOUND", error[] = " ERROR";
    const char *text = (const char *)reply.data;
    size_t size = reply.size;
    if (!size || !memchr(text, '\0', size))
        return error_set(err, ERROR_UNAVAILABLE, "the scanner broke off its answer");
    if (memchr(text, '\0', size) != text + size - 1)
        return error_set(err, ERROR_REFUSED, "the scanner said more than one thing");
    size_t length = size - 1;
    if (text_equal(text, "stream: OK")) {
        *out = (struct clamd_verdict){0};
        return true;
    }
    if (text_starts_with(text, stream) && text_ends_with(text, found) &&
        length > sizeof stream + sizeof found - 2) {
        if (text_starts_with(text + sizeof stream - 1, LIMITS))
            return error_set(err, ERROR_LIMIT, "the scanner did not look into all of a document");
        struct clamd_verdict verdict = {.infected = true};
        keep_signature(verdict.signature, sizeof verdict.signature, text + sizeof stream - 1,
                       length - (sizeof stream + sizeof found - 2));
        *out = verdict;
        return true;
    }
    if (text_starts_with(text, "INSTREAM size limit exceeded"))
        return error_set(err, ERROR_LIMIT, "the scanner takes no document of this size");
    return error_set(err, ERROR_REFUSED,
                     text_ends_with(text, error) ? "the scanner could not look through a document"
                                                 : "the scanner said something not understood");
}

/* ---- the connection ---- */

static void close_socket(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

struct call {
    const struct clamd *clamd;
    int64_t until_ms;
    int fd;
};

/* Until one of events is there. */
static bool wait_for(const struct call *call, short events, short *got, struct error *err)
{
    for (;;) {
        int64_t left_ms = call->until_ms - clock_monotonic_ms();
        if (left_ms <= 0)
            return error_set(err, ERROR_UNAVAILABLE, "the scanner did not answer in time");
        if (call->clamd->stopping && atomic_load(call->clamd->stopping))
            return error_set(err, ERROR_UNAVAILABLE, "the program ends");
        struct pollfd look = {.fd = call->fd, .events = events};
        int ready = poll(&look, 1, (int)(left_ms < LOOK_MS ? left_ms : LOOK_MS));
        if (ready < 0 && errno != EINTR)
            return error_set(err, ERROR_UNAVAILABLE, "waiting for the scanner: %s",
                             strerror(errno));
        if (ready > 0) {
            *got = look.revents;
            return true;
        }
    }
}

static bool connect_to(struct call *call, const struct sockaddr *address, socklen_t size,
                       struct error *err)
{
    short got;
    int failure = 0;
    socklen_t failure_size = sizeof failure;
    call->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (call->fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "no socket for the scanner: %s", strerror(errno));
    if (connect(call->fd, address, size) == 0)
        return true;
    if (errno == EINPROGRESS) {
        if (!wait_for(call, POLLOUT, &got, err))
            return false;
        getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
    } else {
        failure = errno;
    }
    if (!failure)
        return true;
    bool nobody = failure == ECONNREFUSED || failure == ENOENT;
    return error_set(err, nobody ? ERROR_MISSING : ERROR_UNAVAILABLE,
                     "the scanner at %s cannot be reached: %s", call->clamd->address,
                     strerror(failure));
}

static bool connect_by_path(struct call *call, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", call->clamd->address);
    return connect_to(call, (struct sockaddr *)&address, sizeof address, err);
}

/* "[::1]:3310" and "127.0.0.1:3310"; host must have room for the whole. */
static const char *split(const char *address, char *host, size_t size)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || !colon[1] || strspn(colon + 1, "0123456789") > 5 ||
        colon[1 + strspn(colon + 1, "0123456789")])
        return NULL;
    bool boxed = *address == '[' && colon[-1] == ']';
    int length = (int)(colon - address) - (boxed ? 2 : 0);
    if (length <= 0 || (size_t)length >= size || (!boxed && memchr(address, ':', (size_t)length)))
        return NULL;
    snprintf(host, size, "%.*s", length, address + boxed);
    return colon + 1;
}

static void free_found(struct addrinfo **found)
{
    if (*found)
        freeaddrinfo(*found);
}

static bool connect_by_name(struct call *call, struct error *err)
{
    char host[256];
    const char *port = split(call->clamd->address, host, sizeof host);
    const struct addrinfo wish = {.ai_socktype = SOCK_STREAM};
    CLEANUP(free_found) struct addrinfo *found = NULL;
    if (!port || getaddrinfo(host, port, &wish, &found) != 0)
        return error_set(err, ERROR_UNAVAILABLE, "the scanner's address %s leads nowhere",
                         call->clamd->address);
    return connect_to(call, found->ai_addr, found->ai_addrlen, err);
}

bool clamd_check_address(const char *address, struct error *err)
{
    char host[256];
    struct sockaddr_un room;
    bool good = *address == '/' ? strlen(address) < sizeof room.sun_path
                                : split(address, host, sizeof host) != NULL;
    return good ||
           error_set(err, ERROR_INVALID,
                     "clamd is \"%s\": it must be a socket's absolute path, or host:port", address);
}

/* ---- sending and reading ---- */

/* *answered: it speaks before the end, or takes no more; what it says is to be read. */
static bool send_all(const struct call *call, const unsigned char *bytes, size_t size,
                     bool *answered, struct error *err)
{
    while (size) {
        short got;
        if (!wait_for(call, POLLOUT | POLLIN, &got, err))
            return false;
        if (got & (POLLIN | POLLHUP | POLLERR)) {
            *answered = true;
            return true;
        }
        ssize_t sent = send(call->fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (sent < 0) {
            *answered = true;
            return true;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void write_length(unsigned char *to, size_t size)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(size >> (24 - 8 * i));
}

static bool send_document(const struct call *call, const struct content *content, bool *answered,
                          struct error *err)
{
    static const unsigned char end[4] = {0};
    unsigned char chunk[4 + CHUNK];
    if (!send_all(call, (const unsigned char *)"zINSTREAM", sizeof "zINSTREAM", answered, err))
        return false;
    for (int64_t at = 0; at < content->size_bytes && !*answered;) {
        int64_t left = content->size_bytes - at;
        size_t size = left < CHUNK ? (size_t)left : CHUNK;
        if (!content_read(content, at, chunk + 4, size, err))
            return false;
        write_length(chunk, size);
        if (!send_all(call, chunk, 4 + size, answered, err))
            return false;
        at += (int64_t)size;
    }
    return *answered || send_all(call, end, sizeof end, answered, err);
}

static bool receive(const struct call *call, unsigned char *reply, size_t *size, struct error *err)
{
    for (*size = 0;;) {
        short got;
        if (!wait_for(call, POLLIN, &got, err))
            return false;
        ssize_t count = recv(call->fd, reply + *size, LONGEST_REPLY - *size, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count < 0 && errno != ECONNRESET)
            return error_set(err, ERROR_UNAVAILABLE, "the scanner broke off: %s", strerror(errno));
        if (count <= 0) /* reset: it left with some of the document unread */
            return true;
        *size += (size_t)count;
        if (*size == LONGEST_REPLY)
            return error_set(err, ERROR_REFUSED, "the scanner does not stop speaking");
    }
}

bool clamd_scan(const struct clamd *clamd, const struct content *content, struct clamd_verdict *out,
                struct error *err)
{
    CLEANUP(close_socket) int fd = -1;
    struct call call = {clamd, clock_monotonic_ms() + clamd->timeout_ms, -1};
    bool connected =
        *clamd->address == '/' ? connect_by_path(&call, err) : connect_by_name(&call, err);
    fd = call.fd;
    bool early = false;
    unsigned char reply[LONGEST_REPLY];
    size_t size;
    struct clamd_verdict verdict;
    if (!connected || !send_document(&call, content, &early, err) ||
        !receive(&call, reply, &size, err) ||
        !clamd_read_reply((struct bytes){reply, size}, &verdict, err))
        return false;
    if (early && !verdict.infected) /* it cannot know yet */
        return error_set(err, ERROR_REFUSED, "the scanner called clean what it had not seen");
    *out = verdict;
    return true;
}
