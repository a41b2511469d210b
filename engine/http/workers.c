#include "engine/http/workers.h"

#include "engine/base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct workers {
    void (*run)(void *work);
    pthread_mutex_t lock;
    pthread_cond_t came; /* something is in the queue, or it closes */
    pthread_cond_t went; /* something is done */
    void **queue;        /* a ring */
    size_t capacity, first, waiting;
    size_t running;
    bool closing;
    pthread_t *threads;
    size_t thread_count;
};

static void *work(void *context)
{
    struct workers *workers = context;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->waiting && !workers->closing)
            pthread_cond_wait(&workers->came, &workers->lock);
        if (!workers->waiting)
            break;
        void *next = workers->queue[workers->first];
        workers->first = (workers->first + 1) % workers->capacity;
        workers->waiting--;
        workers->running++;
        pthread_mutex_unlock(&workers->lock);
        workers->run(next);
        pthread_mutex_lock(&workers->lock);
        workers->running--;
        pthread_cond_broadcast(&workers->went);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static void *must_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        abort();
    return memory;
}

static void drop_nothing(void *unused)
{
    (void)unused;
}

bool workers_open(int threads, int queued, void (*run)(void *work), struct workers **out,
                  struct error *err)
{
    struct workers *workers = must_calloc(1, sizeof *workers);
    workers->run = run;
    workers->capacity = (size_t)queued;
    workers->queue = must_calloc((size_t)queued, sizeof *workers->queue);
    workers->threads = must_calloc((size_t)threads, sizeof *workers->threads);
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->came, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->went, &monotonic);
    pthread_condattr_destroy(&monotonic);

    for (int i = 0; i < threads; i++) {
        if (pthread_create(&workers->threads[i], NULL, work, workers) != 0) {
            workers_stop(workers, drop_nothing);
            workers_close(&workers);
            return error_set(err, ERROR_UNAVAILABLE, "the system gives no more threads");
        }
        workers->thread_count++;
    }
    *out = workers;
    return true;
}

bool workers_add(struct workers *workers, void *work_item)
{
    pthread_mutex_lock(&workers->lock);
    bool room = workers->waiting < workers->capacity && !workers->closing;
    if (room) {
        workers->queue[(workers->first + workers->waiting++) % workers->capacity] = work_item;
        pthread_cond_signal(&workers->came);
    }
    pthread_mutex_unlock(&workers->lock);
    return room;
}

struct workers_load workers_load(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct workers_load load = {workers->waiting, workers->capacity, workers->running};
    pthread_mutex_unlock(&workers->lock);
    return load;
}

void workers_wait(struct workers *workers, int deadline_ms)
{
    int64_t until_ms = clock_monotonic_ms() + deadline_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_mutex_lock(&workers->lock);
    int timed_out = 0;
    while ((workers->waiting || workers->running) && !timed_out)
        timed_out = pthread_cond_timedwait(&workers->went, &workers->lock, &until);
    pthread_mutex_unlock(&workers->lock);
}

void workers_stop(struct workers *workers, void (*drop)(void *work))
{
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    for (; workers->waiting; workers->waiting--) {
        drop(workers->queue[workers->first]);
        workers->first = (workers->first + 1) % workers->capacity;
    }
    pthread_cond_broadcast(&workers->came);
    pthread_mutex_unlock(&workers->lock);

    for (; workers->thread_count; workers->thread_count--)
        pthread_join(workers->threads[workers->thread_count - 1], NULL);
}

void workers_close(struct workers **handle)
{
    struct workers *workers = *handle;
    if (!workers)
        return;
    pthread_mutex_destroy(&workers->lock);
    pthread_cond_destroy(&workers->came);
    pthread_cond_destroy(&workers->went);
    free(workers->queue);
    free(workers->threads);
    free(workers);
    *handle = NULL;
}
