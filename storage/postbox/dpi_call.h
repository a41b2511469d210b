/* dpi_call.h - one exchange with the access point: a token of Maskinporten, four at once at most, a
 * rest when it fails, answers within limits. Used by dpi.c and dpi_inbox.c only. */
#pragma once

#include "storage/postbox/dpi.h"

#include "engine/base/breaker.h"
#include "engine/base/fetch.h"

struct dpi {
    struct postbox postbox;
    struct arena *arena; /* what the settings lie in */
    struct dpi_settings settings;
    struct fetch_destination destination;
    struct breaker *breaker;
    struct crypto_key *key;
    const char *sender; /* organisation number that signs */
};

struct dpi_body {
    const char *content_type;
    struct bytes bytes;
};

struct dpi_request {
    const char *method;
    const char *path;    /* under the configured address; begins with '/' */
    bool for_the_agency; /* sending: the token is the agency's, given to who sends for it */
    size_t max_bytes;    /* of the answer */
    int more_ms;         /* than the configured timeout; for what is large */
    /* The body, made for the token that goes with it; NULL: the request has none (POST: empty). */
    bool (*write)(void *context, struct arena *arena, const char *token, struct dpi_body *out,
                  struct error *err);
    void *context;
};

struct dpi_reply {
    int status;
    bool is_json, is_problem; /* by its media type */
    struct bytes body;
    int retry_after_s; /* at most 3,600; 0: not told */
};

/* Sends and waits; every status is a success here. After a 401 the token is forgotten, and the
 * request made and sent once more with a new one: the first one was not let in.
 * *sent: bytes may have gone out; when it is false nothing can have come of it. */
CHECKED bool dpi_call(struct dpi *dpi, struct arena *arena, const struct dpi_request *request,
                      struct dpi_reply *out, bool *sent, struct error *err);
