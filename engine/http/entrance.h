/* entrance.h - takes the connections of a listener, as many as there is room for, and hands them
 * on; one more is taken and closed at once (security.md S-HTTP-6). It has a descriptor in reserve,
 * so that this is done also when the process has no more, and never turns round without waiting. */
#pragma once

#include "engine/base/error.h"
#include "engine/http/proxies.h"

#include <sys/socket.h>

struct entrance; /* with a thread of its own */

struct entrance_settings {
    int listener;                  /* does not block; the caller's */
    size_t connections;            /* at once */
    size_t connections_per_peer;   /* of one address, of IPv6 one network of 64 bits; 0: no limit */
    const struct proxies *proxies; /* these have no limit of their own */

    /* Takes a socket over; on the entrance's thread. False: it could not, and has closed it. */
    bool (*enter)(void *context, int socket, const struct sockaddr *peer, socklen_t size);
    void *context;
};

/* settings are copied. */
CHECKED bool entrance_open(const struct entrance_settings *settings, struct entrance **out,
                           struct error *err);

/* A connection that was taken over is closed. On any thread. */
void entrance_leave(struct entrance *entrance, const struct sockaddr *peer);

/* How many are inside now, and how many were turned away in all. */
struct entrance_load {
    size_t inside;
    int64_t turned_away;
};
struct entrance_load entrance_load(struct entrance *entrance);

/* Takes nobody any more: its thread has ended. */
void entrance_stop(struct entrance *entrance);

/* Stops it; when nobody is inside. NULL is taken. */
void entrance_close(struct entrance **entrance);

/* How many connections there can be of those wanted: the limit of open descriptors is raised as far
 * as the system lets us, and some are left for files and calls out. Logged when it is too low. */
size_t entrance_room(size_t wanted);
