/* server.h - one HTTP/1.1 listener (libmicrohttpd): takes connections, collects each request within
 * limits, hands it to a worker, sends the answer. The site and the sandbox each open their own.
 *
 * A few threads poll the sockets; a complete request is put aside (suspended) and queued for a
 * worker, so that a slow disk or a PDF holds up nobody else. Files and documents are never whole in
 * memory: their stretches are taken and given by a few threads of their own. Refused before any
 * body is read: everything in security.md S-HTTP-1, -2 and -4. Deadlines are absolute (S-HTTP-5).
 */
#pragma once

#include "engine/base/spool.h"
#include "engine/http/response.h"

/* A body that is refused is still read so far past its limit, and thrown away: a browser shows no
 * answer to what it has not finished sending. */
enum { SERVER_READ_AWAY_BYTES = 64 * 1024 * 1024 };

struct server_settings {
    const char *address;         /* "127.0.0.1", "::1", or "unix:" and a path; NULL: 127.0.0.1 */
    int port;                    /* 0: any that is free */
    const char *hosts;           /* what Host may be, comma between; NULL or "": the address and
                                  * "localhost", each with the port */
    const char *public_host;     /* one more of them when hosts says nothing; NULL or "": none */
    const char *trusted_proxies; /* whose word is taken for who asks (proxies.h); NULL: nobody's */
    int worker_threads;          /* 0: 4 */
    int io_threads;              /* of those that poll, and of those that carry files. 0: 2 */
    int queue_length;            /* requests waiting for a worker; over it: 503. 0: 256 */
    int connections;             /* as far as there are descriptors for them. 0: 12,000 */
    int connections_per_peer;    /* of one that is no trusted proxy (entrance.h). 0: no limit */

    /* How long each may take, however busy the client looks (S-HTTP-5); cut within 250 ms after. */
    int head_ms;      /* from connecting, or from a request's first line. 0: 10,000 */
    int body_ms;      /* and more for its size. 0: 30,000 */
    int answer_ms;    /* to take the answer, and more for its size. 0: 60,000 */
    int bytes_per_ms; /* what a client must manage beyond that. 0: 64, 1 s for 64 KiB */
    int slow_ms;      /* of a body, before each 1 KiB must have come in a second. 0: 10,000 */
    int idle_ms;      /* between an answer and the next request. 0: 15,000 */

    size_t held_bytes; /* bodies in memory, all requests together; over it: 503. 0: 256 MiB */

    /* Files of multipart forms (multipart.h). */
    struct spools *spools; /* where they go; NULL: memory, within held_bytes */
    int64_t file_bytes;    /* of one; 0: REQUEST_BODY_BYTES */
    int files;             /* of a request; 0: 20 */

    /* The first part of a multipart form has come, nothing of a file is kept yet: may this request
     * do what it asks? False: it has written the answer. On a worker's thread. NULL: all may. */
    bool (*admit)(void *context, struct request *request, struct response *response);

    /* Answers a complete request; on a worker thread (or a polling one, see at_once), several at
     * the same time. */
    void (*handle)(void *context, struct request *request, struct response *response);

    /* How large the body of this request may be: called before it is read, on a polling thread, so
     * it must be quick; headers, path and query are there. NULL: REQUEST_BODY_BYTES. */
    size_t (*body_limit)(void *context, const struct request *request);

    /* Writes the page for a request that the server itself refuses: 400, 405, 413, 414, 431, 503;
     * response->status is set. On any thread, so it must not wait for anything. What was not read
     * of the request is "" or empty. NULL: a line of text. */
    void (*refuse)(void *context, int status, struct request *request, struct response *response);

    /* May this one be refused first when there is much to do (security.md D-14)? Then it gets 503
     * as long as the queue is half full, the others when it is full. Asked when the head is read,
     * on a polling thread: quick. NULL: none may. */
    bool (*yields)(void *context, const struct request *request);

    /* Is it answered without waiting for anything? Then that is done on the polling thread, at once
     * and past the queue. Asked when the request is whole: quick. NULL: none is. */
    bool (*at_once)(void *context, const struct request *request);

    /* A request got this answer, so long after its head had come. On any thread, quick. */
    void (*answered)(void *context, int status, int64_t took_ms);

    void *context; /* for all of these */
};

struct server;

/* Listens and serves until server_close. The settings are copied, their texts too; context is not.
 * ERROR_UNAVAILABLE when the port is taken or not ours to take, ERROR_INVALID when the address is
 * none: one clear sentence in err. */
CHECKED bool server_open(const struct server_settings *settings, struct server **out,
                         struct error *err);

/* The port it listens on; 0: a unix socket. */
int server_port(const struct server *server);

/* How much there is to do just now. */
struct server_load {
    size_t running, waiting; /* requests that workers have, and that wait for one */
    size_t room;             /* for so many to wait: then 503 */
    size_t held_bytes;       /* of bodies in memory */
    size_t connections;      /* open now */
    int64_t turned_away;     /* connections, since it was opened */
};
struct server_load server_load(const struct server *server);

/* Stops accepting at once, lets running and queued requests finish, sends their answers, closes.
 * Requests still queued after the deadline are dropped without an answer; a handler that runs is
 * always waited for. NULL is taken; sets it to NULL. */
void server_close(struct server **server);
void server_close_within(struct server **server, int deadline_ms);

enum { SERVER_CLOSE_MS = 20000 }; /* what server_close gives (security.md D-13) */

/* Its version, as it calls itself: "libmicrohttpd 0.9.75". In the arena. */
const char *server_library(struct arena *arena);
