/* senders.h - eight senders at once, each in a thread. */
#pragma once

#include "tests/flow/sender.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SENDERS = 8 };

struct senders {
    struct sender at[SENDERS];
    pthread_t threads[SENDERS];
    atomic_bool is_over;
    atomic_size_t acknowledged;
};

/* From now on they send; they find the server where it was, whenever it is there. */
void senders_start(struct senders *senders, const struct server_under_test *server);

/* They begin nothing new, and what was pressed is sent until it is acknowledged. */
void senders_finish(struct senders *senders);
void senders_close(struct senders *senders);

/* While they send, too. */
size_t senders_acknowledged(const struct senders *senders);
