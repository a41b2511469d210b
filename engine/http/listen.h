/* listen.h - a socket to take connections on, or one sentence about why there is none:
 * libmicrohttpd does not say. */
#pragma once

#include "engine/base/error.h"

/* Binds and listens; the socket does not block and is closed by listen_close.
 *   address  an IPv4 or IPv6 address as text
 *   port     0: any that is free; *bound_port tells which
 * ERROR_INVALID when the address is none, ERROR_UNAVAILABLE when the port is taken or not ours. */
CHECKED bool listen_on(const char *address, int port, int *out, int *bound_port, struct error *err);

/* Closes it if it is open, and sets it to -1. */
void listen_close(int *fd);
