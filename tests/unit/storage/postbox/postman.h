/* postman.h - an HTTP server that answers a client of Digipost as a test tells it to, signed or
 * with a flaw, and keeps what it was sent: for what goes over the wire to the byte, and for answers
 * that no server should give. (What Digipost does is in engine/sandbox.) */
#pragma once

#include "engine/base/arena.h"

enum flaw {
    FLAW_NONE,
    FLAW_UNSIGNED,  /* no X-Digipost-Signature */
    FLAW_OTHER_KEY, /* signed by the other certificate of the two */
    FLAW_OLD,       /* dated ten minutes ago, and signed so */
    FLAW_HASH,      /* X-Content-SHA256 of something else, and signed so */
    FLAW_DROPPED,   /* the connection is closed without an answer */
    FLAW_CUT,       /* less body than Content-Length says */
};

struct postman_answer {
    const char *target; /* "POST /messages": the query does not count */
    int status;
    const char *body;    /* NULL: none */
    const char *headers; /* more of them, each with its "\r\n"; NULL: none */
    enum flaw flaw;
};

struct postman;

/* Listens on loopback, on any free port, and makes two certificates. */
struct postman *postman_open(void);
void postman_close(struct postman **postman);

const char *postman_url(const struct postman *postman);         /* "http://127.0.0.1:40123" */
const char *postman_certificate(const struct postman *postman); /* PEM */
const char *postman_fingerprint(const struct postman *postman); /* SHA-256, hex */

/* From now on the other certificate signs, and FLAW_OTHER_KEY means this one. */
void postman_rotate(struct postman *postman);

/* Adds an answer; texts are copied. Of several for one target each is given once, in order, and the
 * last again and again. Without any: 404 with an <error>. */
void postman_says(struct postman *postman, struct postman_answer answer);

/* Forgets all answers and requests. */
void postman_forget(struct postman *postman);

/* How many requests came for a target; how many in all; one as it came, whole. */
size_t postman_count(struct postman *postman, const char *target);
size_t postman_total(struct postman *postman);
struct bytes postman_request(struct postman *postman, size_t i);
