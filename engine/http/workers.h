/* workers.h - threads that take work from a bounded queue, first come first served. */
#pragma once

#include "engine/base/error.h"

struct workers;

/* ERROR_UNAVAILABLE when the system gives no more threads.
 *   run     called with what was added; on any of the threads
 *   queued  how many may wait, beside those that run */
CHECKED bool workers_open(int threads, int queued, void (*run)(void *work), struct workers **out,
                          struct error *err);

/* False when the queue is full or closing: the work is still the caller's. */
CHECKED bool workers_add(struct workers *workers, void *work);

/* How many wait, how many may, and how many run. */
struct workers_load {
    size_t waiting, room, running;
};
struct workers_load workers_load(struct workers *workers);

/* Waits at most so long for the queue to become empty and all threads to be idle. */
void workers_wait(struct workers *workers, int deadline_ms);

/* Takes nothing more, gives what still waits to drop instead of run, waits for what runs, ends the
 * threads. */
void workers_stop(struct workers *workers, void (*drop)(void *work));

/* After workers_stop. NULL is taken; sets it to NULL. */
void workers_close(struct workers **workers);
