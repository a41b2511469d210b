#include "engine/deliver.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/deliver_letter.h"
#include "engine/deliver_share.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Letters have threads of their own, so that waiting for one recipient's postbox or for documents
 * does not hold up the rest; so have questions to registers, since somebody may be waiting for the
 * answer; and receipts, which tell the citizen that a letter has come. Each uses a database
 * connection, briefly. */
enum { LETTER_THREADS = 2, THREADS = LETTER_THREADS + 3 };

enum { LEAST_LEASE_TIMEOUTS = 2 };

struct deliver {
    struct deliver_settings settings;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    uint64_t wakes; /* under lock: how often there may have been something to do */
    atomic_bool stopping;
    size_t thread_count;
    pthread_t threads[THREADS];
};

/* Waiting ----------------------------------------------------------------------------------- */

static struct timespec in_ms(int64_t wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Until woken since *seen, or so long. */
static void wait_for_work(struct deliver *deliver, uint64_t *seen, int64_t wait_ms)
{
    struct timespec until = in_ms(wait_ms);
    pthread_mutex_lock(&deliver->lock);
    while (deliver->wakes == *seen && !atomic_load(&deliver->stopping) &&
           pthread_cond_timedwait(&deliver->woken, &deliver->lock, &until) == 0)
        ;
    *seen = deliver->wakes;
    pthread_mutex_unlock(&deliver->lock);
}

/* Until the next letter is due; another process may add one without waking us, so not for long. */
static int64_t due_in_ms(struct deliver *deliver, struct arena *arena)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    int64_t due_ms = 0;
    if (!db_borrow(deliver->settings.db, &db, &err) ||
        !outbox_due_in_ms(arena, db, deliver->settings.lease_ms, &due_ms, &err)) {
        log_error("outbox_not_read", &err);
        return deliver->settings.poll_ms;
    }
    return due_ms < deliver->settings.poll_ms ? due_ms : deliver->settings.poll_ms;
}

/* The threads ------------------------------------------------------------------------------- */

static void *send_letters(void *self)
{
    struct deliver *deliver = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(arena_close) struct arena *names = arena_open();
    const char *owner = arena_printf(names, "%ld-%s", (long)getpid(), crypto_random_id(names, 48));
    uint64_t seen = 0;
    while (!atomic_load(&deliver->stopping)) {
        arena_reset(arena);
        if (deliver_letter_next(&deliver->settings, owner, arena, &deliver->stopping))
            continue;
        /* at least a moment: what is due may be another thread's at this instant */
        int64_t wait_ms = due_in_ms(deliver, arena);
        wait_for_work(deliver, &seen, wait_ms > 20 ? wait_ms : 20);
    }
    return NULL;
}

static void *look_for_documents(void *self)
{
    struct deliver *deliver = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    uint64_t seen = 0;
    while (!atomic_load(&deliver->stopping)) {
        arena_reset(arena);
        deliver_share_look(&deliver->settings, arena, &deliver->stopping);
        wait_for_work(deliver, &seen, deliver->settings.poll_ms);
    }
    return NULL;
}

static void *ask_registers(void *self)
{
    struct deliver *deliver = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    uint64_t seen = 0;
    while (!atomic_load(&deliver->stopping)) {
        arena_reset(arena);
        deliver_prefill_answer(deliver->settings.db, deliver->settings.registers, arena,
                               &deliver->stopping);
        int64_t wait_ms =
            deliver_prefill_due_in_ms(deliver->settings.db, arena, deliver->settings.poll_ms);
        wait_for_work(deliver, &seen, wait_ms > 20 ? wait_ms : 20);
    }
    return NULL;
}

static void *take_receipts(void *self)
{
    struct deliver *deliver = self;
    const struct deliver_receipts *receipts = deliver->settings.receipts;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct deliver_receipts_look look = {0};
    uint64_t seen = 0;
    while (!atomic_load(&deliver->stopping)) {
        arena_reset(arena);
        int64_t wait_ms = deliver_receipts_due_in_ms(receipts, &look, arena);
        if (wait_ms == 0)
            deliver_receipts_take(receipts, &look, arena, &deliver->stopping);
        else /* a letter may go out meanwhile, and then it is sooner */
            wait_for_work(deliver, &seen,
                          wait_ms < receipts->poll_ms ? wait_ms : receipts->poll_ms);
    }
    return NULL;
}

/* Start and stop ---------------------------------------------------------------------------- */

static struct deliver *new_deliver(const struct deliver_settings *settings)
{
    struct deliver *deliver = calloc(1, sizeof *deliver);
    if (!deliver)
        abort();
    deliver->settings = *settings;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&deliver->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&deliver->lock, NULL);
    return deliver;
}

bool deliver_open(const struct deliver_settings *settings, struct deliver **out, struct error *err)
{
    if (settings->lease_ms < LEAST_LEASE_TIMEOUTS * (int64_t)settings->timeout_ms)
        return error_set(err, ERROR_INVALID,
                         "a delivery is leased for %lld ms: that is less than twice the timeout "
                         "of a call, %d ms",
                         (long long)settings->lease_ms, settings->timeout_ms);
    CLEANUP(deliver_close) struct deliver *deliver = new_deliver(settings);
    void *(*work[THREADS])(void *);
    size_t count = 0;
    while (count < LETTER_THREADS)
        work[count++] = send_letters;
    work[count++] = look_for_documents;
    if (settings->registers)
        work[count++] = ask_registers;
    if (settings->receipts)
        work[count++] = take_receipts;
    for (; deliver->thread_count < count; deliver->thread_count++)
        if (pthread_create(&deliver->threads[deliver->thread_count], NULL,
                           work[deliver->thread_count], deliver) != 0)
            return error_set(err, ERROR_BROKEN, "cannot start the threads that deliver letters");
    *out = deliver;
    deliver = NULL;
    return true;
}

void deliver_wake(struct deliver *deliver)
{
    if (!deliver)
        return;
    pthread_mutex_lock(&deliver->lock);
    deliver->wakes++;
    pthread_cond_broadcast(&deliver->woken);
    pthread_mutex_unlock(&deliver->lock);
}

void deliver_stopping(struct deliver *deliver)
{
    if (!deliver)
        return;
    atomic_store(&deliver->stopping, true);
    deliver_wake(deliver);
}

void deliver_close(struct deliver **deliver)
{
    struct deliver *gone = *deliver;
    *deliver = NULL;
    if (!gone)
        return;
    deliver_stopping(gone);
    for (size_t i = 0; i < gone->thread_count; i++)
        pthread_join(gone->threads[i], NULL);
    pthread_cond_destroy(&gone->woken);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}
