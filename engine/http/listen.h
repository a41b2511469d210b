/* listen.h - a socket to take connections on, or one sentence about why there is none. */
#pragma once

#include "engine/base/error.h"

#define LISTEN_UNIX "unix:" /* an address that is a path begins so */

struct listen_socket {
    int fd;         /* -1: none */
    int port;       /* 0: a unix socket */
    char path[108]; /* of a unix socket; "": none */
    int lock;       /* of a unix socket: held as long as the path is ours */
};

/* Binds and listens; the socket does not block and is closed by listen_close.
 *   address  an IPv4 or IPv6 address as text, or "unix:" and an absolute path
 *   port     0: any that is free; of no meaning for a path
 * A unix socket has mode 0660: whoever may speak with us is its owner or in its group. One that was
 * left behind by a process that has ended is replaced; one that somebody listens on is not, nor is
 * anything else that lies there. PATH.lock, beside it, says whose it is and stays.
 * ERROR_INVALID when the address is none, ERROR_UNAVAILABLE when it is taken or not ours. */
CHECKED bool listen_on(const char *address, int port, struct listen_socket *out, struct error *err);

/* Nobody can connect any more, and a path is gone. Nothing happens when it is closed already. */
void listen_close(struct listen_socket *listener);
