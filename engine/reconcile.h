/* reconcile.h - each hour, what was delivered in the last day is compared with what the postbox
 * says of it (security.md D-11). A difference is told of in the log, in the numbers and on the
 * operator's page; nothing is sent and no citizen notices. */
#pragma once

#include "storage/outbox.h"

#include <stdatomic.h>

struct channels;
struct metrics;
struct reconcile;

struct reconcile_settings {
    struct db_pool *db; /* one connection is borrowed now and then */
    const struct channels *channels;
    struct metrics *metrics;
    int pause_ms; /* between two questions; 0: 200 */
    size_t most;  /* of one round; 0: 2,000 */
};

/* One round: each letter once in an hour at most. It ends early when a postbox cannot be asked: the
 * rest comes first in the next. stopping: set when it shall end; may be NULL. What fails is logged
 * here. */
struct reconcile_result {
    int64_t compared, different;
    bool unanswered; /* ended early */
};
struct reconcile_result reconcile_round(const struct reconcile_settings *settings,
                                        const atomic_bool *stopping);

/* Starts its thread: the first round a minute after the start, then every hour. What the settings
 * name is the caller's and outlives it. */
CHECKED bool reconcile_open(const struct reconcile_settings *settings, struct reconcile **out,
                            struct error *err);

/* Finishes the question that runs. NULL is taken. */
void reconcile_close(struct reconcile **reconcile);
