#include "engine/http/deadline.h"

#include "engine/base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { LOOK_EVERY_MS = 250 };

struct deadline {
    struct deadlines *owner;
    struct deadline *next, **link;
    int socket;
    int64_t at_ms; /* on the monotonic clock; 0: none */
};

struct deadlines {
    pthread_mutex_t
        lock; /* of all below, and of shutdown() against the close that follows remove */
    pthread_cond_t changed;
    struct deadline *first;
    bool closing;
    pthread_t thread;
};

static void cut_those_past(struct deadlines *deadlines, int64_t now_ms)
{
    for (struct deadline *one = deadlines->first; one; one = one->next)
        if (one->at_ms && one->at_ms <= now_ms) {
            shutdown(one->socket, SHUT_RDWR);
            one->at_ms = 0;
        }
}

static void *watch(void *context)
{
    struct deadlines *deadlines = context;
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->closing) {
        if (!deadlines->first) {
            pthread_cond_wait(&deadlines->changed, &deadlines->lock);
            continue;
        }
        int64_t now_ms = clock_monotonic_ms();
        cut_those_past(deadlines, now_ms);
        int64_t until_ms = now_ms + LOOK_EVERY_MS;
        struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
        while (!deadlines->closing &&
               pthread_cond_timedwait(&deadlines->changed, &deadlines->lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&deadlines->lock);
    return NULL;
}

bool deadlines_open(struct deadlines **out, struct error *err)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (!deadlines)
        abort();
    pthread_mutex_init(&deadlines->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&deadlines->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&deadlines->thread, NULL, watch, deadlines) != 0) {
        free(deadlines);
        return error_set(err, ERROR_UNAVAILABLE, "the system gives no more threads");
    }
    *out = deadlines;
    return true;
}

void deadlines_close(struct deadlines **handle)
{
    struct deadlines *deadlines = *handle;
    if (!deadlines)
        return;
    pthread_mutex_lock(&deadlines->lock);
    deadlines->closing = true;
    pthread_cond_signal(&deadlines->changed);
    pthread_mutex_unlock(&deadlines->lock);
    pthread_join(deadlines->thread, NULL);
    pthread_mutex_destroy(&deadlines->lock);
    pthread_cond_destroy(&deadlines->changed);
    free(deadlines);
    *handle = NULL;
}

struct deadline *deadline_add(struct deadlines *deadlines, int socket, int within_ms)
{
    struct deadline *one = calloc(1, sizeof *one);
    if (!one)
        abort();
    *one = (struct deadline){.owner = deadlines, .socket = socket};
    one->at_ms = clock_monotonic_ms() + within_ms;
    pthread_mutex_lock(&deadlines->lock);
    one->next = deadlines->first;
    one->link = &deadlines->first;
    if (one->next)
        one->next->link = &one->next;
    else
        pthread_cond_signal(&deadlines->changed); /* the first one: the watch begins */
    deadlines->first = one;
    pthread_mutex_unlock(&deadlines->lock);
    return one;
}

void deadline_set(struct deadline *one, int within_ms)
{
    pthread_mutex_lock(&one->owner->lock);
    one->at_ms = within_ms ? clock_monotonic_ms() + within_ms : 0;
    pthread_mutex_unlock(&one->owner->lock);
}

void deadline_remove(struct deadline *one)
{
    struct deadlines *owner = one->owner;
    pthread_mutex_lock(&owner->lock);
    *one->link = one->next;
    if (one->next)
        one->next->link = one->link;
    pthread_mutex_unlock(&owner->lock);
    free(one);
}
