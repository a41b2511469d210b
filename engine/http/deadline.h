/* deadline.h - cuts connections that take too long, however busy they look. libmicrohttpd's own
 * timeout counts from the last byte, so that one byte a second holds a connection for ever
 * (security.md S-HTTP-5). */
#pragma once

#include "engine/base/error.h"

struct deadlines; /* of all connections of one listener, with the thread that watches them */
struct deadline;  /* of one connection */

CHECKED bool deadlines_open(struct deadlines **out, struct error *err);

/* Call when no connection is left. NULL is taken. */
void deadlines_close(struct deadlines **deadlines);

/* A connection that was taken, with time for what it must do first. Never NULL. */
struct deadline *deadline_add(struct deadlines *deadlines, int socket, int within_ms);

/* From now on so long until the socket is shut down; 0: no limit. */
void deadline_set(struct deadline *deadline, int within_ms);

/* Before the socket is closed: it is never touched again, nor is the deadline. */
void deadline_remove(struct deadline *deadline);
