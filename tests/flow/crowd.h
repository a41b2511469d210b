/* crowd.h - requests from many connections at once: the same, as a button gives that is pressed
 * again and again, or a machine that lost patience; or others that are about the same thing. */
#pragma once

#include "tests/flow/browser.h"

struct crowd_request {
    const char *url; /* absolute; it is posted */
    const char *type, *body;
    const char *headers[3]; /* "Name: value"; NULL-terminated */
};

struct crowd_answer {
    int status;
    const char *location; /* "" when it leads nowhere */
    struct bytes body;
};

/* All begin together. The answers are in the arena, as many as requests. */
struct crowd_answer *crowd_send(struct arena *arena, const struct crowd_request *request,
                                size_t count);

/* The same of requests that are not alike: answer i is that of requests[i]. */
struct crowd_answer *crowd_send_each(struct arena *arena,
                                     const struct crowd_request *const *requests, size_t count);
