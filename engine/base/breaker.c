#include "engine/base/breaker.h"

#include "engine/base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct breaker {
    pthread_mutex_t lock;
    pthread_cond_t left; /* a place came free */
    int most_at_once, rest_ms;
    int inside;
    int failures;           /* in a row */
    int64_t rests_until_ms; /* monotonic; while failures say that it is open */
    bool probing;           /* one call tries a destination that was at rest */
};

void breaker_open(int rest_ms, struct breaker **out)
{
    breaker_open_narrow(BREAKER_MOST_AT_ONCE, rest_ms, out);
}

void breaker_open_narrow(int most_at_once, int rest_ms, struct breaker **out)
{
    struct breaker *breaker = calloc(1, sizeof *breaker);
    if (!breaker)
        abort();
    breaker->rest_ms = rest_ms;
    breaker->most_at_once =
        most_at_once < BREAKER_MOST_AT_ONCE ? most_at_once : BREAKER_MOST_AT_ONCE;
    pthread_mutex_init(&breaker->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&breaker->left, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = breaker;
}

void breaker_close(struct breaker **breaker)
{
    if (!*breaker)
        return;
    pthread_cond_destroy(&(*breaker)->left);
    pthread_mutex_destroy(&(*breaker)->lock);
    free(*breaker);
    *breaker = NULL;
}

/* With the lock held. */
static bool is_open(const struct breaker *breaker)
{
    return breaker->failures >= BREAKER_FAILURES;
}

static bool is_resting(const struct breaker *breaker)
{
    return is_open(breaker) && (breaker->probing || clock_monotonic_ms() < breaker->rests_until_ms);
}

/* False: nobody left in that time. */
static bool wait_for_place(struct breaker *breaker, int wait_ms)
{
    int64_t until_ms = clock_monotonic_ms() + wait_ms;
    struct timespec until = {(time_t)(until_ms / 1000), (long)(until_ms % 1000 * 1000000)};
    while (breaker->inside >= breaker->most_at_once)
        if (pthread_cond_timedwait(&breaker->left, &breaker->lock, &until) != 0)
            return breaker->inside < breaker->most_at_once;
    return true;
}

bool breaker_enter(struct breaker *breaker, int wait_ms, struct error *err)
{
    pthread_mutex_lock(&breaker->lock);
    bool resting = is_resting(breaker);
    bool entered = !resting && wait_for_place(breaker, wait_ms);
    if (entered) {
        resting = is_resting(breaker); /* it may have failed while we waited */
        entered = !resting;
    }
    if (entered) {
        breaker->inside++;
        breaker->probing = is_open(breaker);
    }
    pthread_mutex_unlock(&breaker->lock);
    if (resting)
        return error_set(err, ERROR_UNAVAILABLE,
                         "it failed %d times in a row and is left alone for a while",
                         BREAKER_FAILURES);
    return entered || error_set(err, ERROR_UNAVAILABLE, "%d calls are under way already",
                                breaker->most_at_once);
}

void breaker_leave(struct breaker *breaker, bool good)
{
    pthread_mutex_lock(&breaker->lock);
    breaker->inside--;
    breaker->probing = false;
    breaker->failures = good ? 0 : breaker->failures + 1;
    if (is_open(breaker))
        breaker->rests_until_ms = clock_monotonic_ms() + breaker->rest_ms;
    pthread_cond_signal(&breaker->left);
    pthread_mutex_unlock(&breaker->lock);
}

bool breaker_is_resting(struct breaker *breaker)
{
    pthread_mutex_lock(&breaker->lock);
    bool resting = is_resting(breaker);
    pthread_mutex_unlock(&breaker->lock);
    return resting;
}
