#include "engine/http/listen.h"

#include "engine/base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 511, SOCKET_MODE = 0660 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void listen_close(struct listen_socket *listener)
{
    if (listener->fd < 0)
        return;
    if (*listener->path)
        unlink(listener->path);
    shutdown(listener->fd, SHUT_RDWR);
    close_fd(&listener->fd);
    close_fd(&listener->lock); /* last: until here the path is nobody else's */
}

/* ---- a port ---- */

static bool parse_address(const char *address, int port, struct sockaddr_storage *out,
                          socklen_t *size)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    *out = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *size = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *size = sizeof *v6;
        return true;
    }
    return false;
}

static bool listen_on_port(const char *address, int port, struct listen_socket *out,
                           struct error *err)
{
    struct sockaddr_storage where;
    socklen_t size;
    if (!parse_address(address, port, &where, &size))
        return error_set(err, ERROR_INVALID, "\"%s\" is not an IP address to listen on", address);
    CLEANUP(close_fd)
    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "no socket: %s", strerror(errno));
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&where, size) != 0 || listen(fd, BACKLOG) != 0) {
        if (errno == EADDRINUSE)
            return error_set(err, ERROR_UNAVAILABLE,
                             "port %d on %s is taken by another program; choose another port", port,
                             address);
        return error_set(err, ERROR_UNAVAILABLE, "cannot listen on port %d of %s: %s", port,
                         address, strerror(errno));
    }
    getsockname(fd, (struct sockaddr *)&where, &size);
    *out = (struct listen_socket){
        .fd = fd,
        .port = ntohs(where.ss_family == AF_INET ? ((struct sockaddr_in *)&where)->sin_port
                                                 : ((struct sockaddr_in6 *)&where)->sin6_port),
        .lock = -1,
    };
    fd = -1; /* now the caller's */
    return true;
}

/* ---- a path ---- */

static bool fail(const char *what, const char *path, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "%s %s: %s", what, path, strerror(errno));
}

static bool fail_taken(const char *path, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "%s is taken by another program that listens there",
                     path);
}

/* Two that start at once do not both find the old socket abandoned: the lock is one's. It goes with
 * the process, however that ends. */
static bool take_lock(const char *path, int *out, struct error *err)
{
    char name[sizeof(struct sockaddr_un) + sizeof ".lock"];
    snprintf(name, sizeof name, "%s.lock", path);
    CLEANUP(close_fd) int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail("cannot write", name, err);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fail_taken(path, err);
    *out = fd;
    fd = -1; /* now the caller's */
    return true;
}

/* Nobody may listen there, for another kind of program takes no lock of ours. */
static bool remove_stale(const struct sockaddr_un *where, struct error *err)
{
    const char *path = where->sun_path;
    struct stat there;
    if (lstat(path, &there) != 0)
        return errno == ENOENT || fail("cannot look at", path, err);
    if (!S_ISSOCK(there.st_mode))
        return error_set(err, ERROR_UNAVAILABLE, "%s is there, and is not a socket", path);
    CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail("no socket for", path, err);
    if (connect(fd, (const struct sockaddr *)where, sizeof *where) == 0 || errno != ECONNREFUSED)
        return fail_taken(path, err);
    return unlink(path) == 0 || fail("cannot remove", path, err);
}

/* Its mode is set before it has a name, so that it is never wider than it shall be. */
static bool bind_path(int fd, const struct sockaddr_un *where, struct error *err)
{
    return (fchmod(fd, SOCKET_MODE) == 0 &&
            bind(fd, (const struct sockaddr *)where, sizeof *where) == 0 &&
            chmod(where->sun_path, SOCKET_MODE) == 0 && listen(fd, BACKLOG) == 0) ||
           fail("cannot listen on", where->sun_path, err);
}

static bool listen_on_path(const char *path, struct listen_socket *out, struct error *err)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    if (*path != '/' || strlen(path) >= sizeof where.sun_path)
        return error_set(err, ERROR_INVALID,
                         "\"%s\" is no path to listen on: it begins with / and has at most %zu "
                         "characters",
                         path, sizeof where.sun_path - 1);
    memcpy(where.sun_path, path, strlen(path) + 1);
    CLEANUP(close_fd) int lock = -1;
    CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail("no socket for", path, err);
    if (!take_lock(path, &lock, err) || !remove_stale(&where, err) || !bind_path(fd, &where, err))
        return false;
    *out = (struct listen_socket){.fd = fd, .lock = lock};
    memcpy(out->path, path, strlen(path) + 1);
    fd = lock = -1; /* now the caller's */
    return true;
}

bool listen_on(const char *address, int port, struct listen_socket *out, struct error *err)
{
    return text_starts_with(address, LISTEN_UNIX)
               ? listen_on_path(address + strlen(LISTEN_UNIX), out, err)
               : listen_on_port(address, port, out, err);
}
