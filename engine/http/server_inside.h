/* server_inside.h - what the files of server.h share: the listener, and one request on its way.
 * Nobody else includes it.
 *
 *   server.c         opens and closes; what libmicrohttpd calls
 *   server_head.c    before any body is read
 *   server_body.c    the body: in memory, or a stretch at a time when it may bring files
 *   server_answer.c  the answer: from memory, or a stretch at a time when it is a document */
#pragma once

#include "engine/http/deadline.h"
#include "engine/http/entrance.h"
#include "engine/http/listen.h"
#include "engine/http/multipart.h"
#include "engine/http/server.h"
#include "engine/http/workers.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

struct server {
    struct arena *arena; /* of the settings' texts */
    struct server_settings settings;
    struct proxies *proxies;     /* of the settings */
    struct spools *own_spools;   /* when the settings have none */
    struct MHD_Daemon **daemons; /* one a polling thread */
    size_t daemon_count, next_daemon;
    struct entrance *entrance; /* gives them connections */
    struct listen_socket listener;
    struct workers *workers;  /* answer requests */
    struct workers *carriers; /* take and give stretches of what is too large for memory */
    struct deadlines *deadlines;
    atomic_bool closing;
    atomic_size_t held_bytes;

    pthread_mutex_t lock;
    pthread_cond_t answered;
    size_t unanswered; /* requests given to workers whose answer is not yet sent; under lock */
};

enum server_stage { STAGE_HEAD, STAGE_BODY, STAGE_ANSWERED };

/* One request on its way; libmicrohttpd keeps it as the connection's state. Owned by the polling
 * thread, except while the connection is suspended: then by the thread that works on it, until that
 * one resumes the connection. */
struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    struct deadline *deadline;
    enum server_stage stage;
    int64_t began_ms;      /* its head was read; on the monotonic clock */
    const char *target;    /* as the library saw it */
    const char *target_at; /* where that was */
    int refused;           /* the status to refuse with once the body is read, or 0 */
    bool is_denied;        /* admit said no, and has written the answer */
    bool is_counted;       /* in server->unanswered */
    struct request request;
    struct response response;

    /* the body: all of it, or of a form with files what has come and was not used yet */
    struct multipart *multipart; /* NULL: all of it */
    unsigned char *body;
    size_t body_size, body_capacity;
    size_t body_limit, come, read_away;
    int64_t body_began_ms, body_within_ms; /* on the monotonic clock */

    /* of an answer that is a stream: what was read ahead */
    struct {
        unsigned char *bytes; /* NULL until the first */
        int64_t at;           /* where in the answer it begins */
        size_t size;
        bool has_failed; /* no more of it can be read */
    } ahead;
    void (*carry)(struct exchange *exchange); /* what a carrier is to do */
};

/* The head is read. */
enum MHD_Result server_begin(struct exchange *exchange, const char *method, const char *version);

/* A piece of the body has come; *size is set to how much of it was not taken. It is whole. Then: on
 * a worker thread. */
enum MHD_Result server_collect(struct exchange *exchange, const char *data, size_t *size);
enum MHD_Result server_hand_over(struct exchange *exchange);
void server_handle(struct exchange *exchange);
void server_free_body(struct exchange *exchange);

/* What was written goes out; a page for a refusal is written; the same before a body was read. */
enum MHD_Result server_send_answer(struct exchange *exchange);
void server_write_refusal(struct exchange *exchange, int status);
enum MHD_Result server_refuse_now(struct exchange *exchange, int status);
void server_free_answer(struct exchange *exchange);

/* Room for so many bytes more in memory; false when all requests together hold too much. */
bool server_take_room(struct server *server, size_t size);
void server_give_room(struct server *server, size_t size);

/* within_ms, and more for the size. */
int server_time_for(const struct exchange *exchange, int within_ms, int64_t size);

/* Until when more of the body must have come: in all, and for how much there is now (S-HTTP-5). */
void server_time_body(struct exchange *exchange);

/* Suspends the connection until a carrier has done that. False: the server closes. */
bool server_carry(struct exchange *exchange, void (*carry)(struct exchange *exchange));
