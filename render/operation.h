/* operation.h - the page for who runs the site: what is stuck and why, print orders, numbers. In
 * English, as the log and the commands are. Nothing about a person is on it. */
#pragma once

#include "render/html.h"

struct operation_row {
    const char *id, *message_id;
    const char *kind, *state, *channel; /* channel "": none yet */
    int64_t age_ms, attempts;
    const char *reason; /* or what is otherwise at the postbox */
    bool can_retry;     /* it was given up: with a button */
};

struct operation_rows {
    const struct operation_row *at;
    size_t count;
    bool has_more; /* than are shown */
};

/* All that were given up for one reason. */
struct operation_reason {
    const char *reason;
    int64_t count;
};

struct operation_tally {
    const char *state, *channel;
    int64_t count, attempts, oldest_ms;
};

struct operation {
    const char *agency;
    const char *token;   /* for its forms */
    const char *trouble; /* why it is not ready; NULL: it is */
    int64_t retried;     /* this was just done to so many; 0: nothing */
    struct operation_rows stuck, different, prints;
    const struct operation_reason *reasons;
    size_t reason_count;
    const struct operation_tally *tallies;
    size_t tally_count;
    int64_t waiting, room; /* requests that wait for a thread, and how many may */
};

/* What the forms of the page send, to OPERATION_RETRY: the token first. */
#define OPERATION_RETRY "/retry"
#define OPERATION_FIELD_TOKEN "_csrf"
#define OPERATION_FIELD_ID "id"
#define OPERATION_FIELD_REASON "reason"

struct bytes operation_page(struct arena *arena, const struct operation *operation);

/* A page of one sentence, for what goes wrong. */
struct bytes operation_trouble(struct arena *arena, const char *title, const char *text);

/* "3 d 04:05" */
char *operation_span(struct arena *arena, int64_t ms);
