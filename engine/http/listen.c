#include "engine/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void listen_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

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

bool listen_on(const char *address, int port, int *out, int *bound_port, struct error *err)
{
    struct sockaddr_storage where;
    socklen_t size;
    if (!parse_address(address, port, &where, &size))
        return error_set(err, ERROR_INVALID, "\"%s\" is not an IP address to listen on", address);
    CLEANUP(listen_close)
    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "no socket: %s", strerror(errno));
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&where, size) != 0 || listen(fd, 511) != 0) {
        if (errno == EADDRINUSE)
            return error_set(err, ERROR_UNAVAILABLE,
                             "port %d on %s is taken by another program; choose another port", port,
                             address);
        return error_set(err, ERROR_UNAVAILABLE, "cannot listen on port %d of %s: %s", port,
                         address, strerror(errno));
    }
    getsockname(fd, (struct sockaddr *)&where, &size);
    *bound_port = ntohs(where.ss_family == AF_INET ? ((struct sockaddr_in *)&where)->sin_port
                                                   : ((struct sockaddr_in6 *)&where)->sin6_port);
    *out = fd;
    fd = -1; /* now the caller's */
    return true;
}
