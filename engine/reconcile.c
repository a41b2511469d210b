#include "engine/reconcile.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/channels.h"
#include "engine/letter.h"
#include "engine/metrics.h"
#include "storage/outbox_watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    FIRST_S = 60,
    EVERY_S = 3600,
    DAY_S = 24 * 3600,
    PAUSE_MS = 200,
    MOST = 2000, /* with the pause well within the hour */
    LOGGED_MOST = 20,
};

/* One letter --------------------------------------------------------------------------------- */

static bool read_letter(struct arena *arena, const struct reconcile_settings *settings,
                        const char *id, struct delivery *delivery, struct postbox_letter *letter,
                        struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(settings->db, &db, err) && outbox_read(arena, db, id, delivery, err) &&
           letter_of_delivery(arena, db, delivery, letter, err);
}

/* What is otherwise there than here, "" nothing; NULL: it cannot be told now. */
static const char *difference_of(struct arena *arena, const struct delivery *delivery,
                                 const struct postbox *postbox,
                                 const struct postbox_outcome *outcome)
{
    bool must_say_so = delivery->state == OUTBOX_DONE && !postbox->tells_by_receipt;
    switch (outcome->result) {
    case POSTBOX_DELIVERED:
        return "";
    case POSTBOX_ACCEPTED:
        return must_say_so ? "delivered here, but not yet at the postbox" : "";
    case POSTBOX_NOT_SENT:
        return "the postbox does not know it";
    case POSTBOX_REFUSED:
        return arena_printf(arena, "otherwise at the postbox: %s%s%s", outcome->code,
                            *outcome->code ? ": " : "", outcome->error.text);
    case POSTBOX_UNKNOWN:
        break;
    }
    return NULL;
}

static bool note(const struct reconcile_settings *settings, const char *id, const char *difference,
                 struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(settings->db, &db, err) &&
           outbox_watch_compared(db, id, clock_now(), difference, err);
}

/* False: nothing more can be asked in this round. */
static bool compare(struct arena *arena, const struct reconcile_settings *settings, const char *id,
                    struct reconcile_result *result)
{
    struct delivery delivery;
    struct postbox_letter letter;
    struct error err = {0};
    const char *difference = "";
    if (read_letter(arena, settings, id, &delivery, &letter, &err)) {
        const struct postbox *postbox = channels_find(settings->channels, delivery.channel);
        struct postbox_outcome outcome = {.result = POSTBOX_UNKNOWN};
        if (postbox)
            outcome = postbox_status(postbox, arena, &letter);
        difference = postbox ? difference_of(arena, &delivery, postbox, &outcome) : "";
    } else if (err.code == ERROR_BROKEN) { /* changed at rest, or deleted meanwhile */
        difference = err.text;
    } else if (err.code != ERROR_MISSING) {
        log_error("not_compared", &err);
        return false;
    }
    if (!difference)
        return false;
    if (!note(settings, id, difference, &err)) {
        log_error("not_compared", &err);
        return false;
    }
    result->compared++;
    if (*difference && result->different++ < LOGGED_MOST)
        log_event(LOG_LEVEL_ERROR, "delivery_different", "id=%s difference=\"%s\"", id, difference);
    return true;
}

/* A round ------------------------------------------------------------------------------------ */

static bool is_over(const atomic_bool *stopping)
{
    return stopping && atomic_load(stopping);
}

static void pause_between(const struct reconcile_settings *settings)
{
    int ms = settings->pause_ms ? settings->pause_ms : PAUSE_MS;
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static bool find(struct arena *arena, const struct reconcile_settings *settings,
                 const char *const **ids, size_t *count, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    int64_t now = clock_now();
    return db_borrow(settings->db, &db, err) &&
           outbox_watch_to_compare(arena, db, now - DAY_S, now - EVERY_S + FIRST_S,
                                   settings->most ? settings->most : MOST, ids, count, err);
}

struct reconcile_result reconcile_round(const struct reconcile_settings *settings,
                                        const atomic_bool *stopping)
{
    CLEANUP(arena_close) struct arena *list = arena_open();
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct reconcile_result result = {0};
    struct error err = {0};
    const char *const *ids;
    size_t count;
    if (!find(list, settings, &ids, &count, &err)) {
        log_error("not_compared", &err);
        return result;
    }
    for (size_t i = 0; i < count && !is_over(stopping) && !result.unanswered; i++) {
        if (i)
            pause_between(settings);
        arena_reset(arena);
        result.unanswered = !compare(arena, settings, ids[i], &result);
    }
    if (settings->metrics)
        metrics_compared(settings->metrics, result.compared);
    if (result.compared || result.unanswered)
        log_event(result.different ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "deliveries_compared",
                  "count=%lld different=%lld ended_early=%s", (long long)result.compared,
                  (long long)result.different, result.unanswered ? "yes" : "no");
    return result;
}

/* The thread ---------------------------------------------------------------------------------- */

struct reconcile {
    struct reconcile_settings settings;
    atomic_bool stopping;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;
};

static void wait_s(struct reconcile *reconcile, int seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&reconcile->lock);
    while (!atomic_load(&reconcile->stopping) &&
           pthread_cond_timedwait(&reconcile->told, &reconcile->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&reconcile->lock);
}

static void *run(void *self)
{
    struct reconcile *reconcile = self;
    wait_s(reconcile, FIRST_S);
    while (!atomic_load(&reconcile->stopping)) {
        reconcile_round(&reconcile->settings, &reconcile->stopping);
        wait_s(reconcile, EVERY_S);
    }
    return NULL;
}

static void finish(struct reconcile *reconcile)
{
    pthread_cond_destroy(&reconcile->told);
    pthread_mutex_destroy(&reconcile->lock);
    free(reconcile);
}

bool reconcile_open(const struct reconcile_settings *settings, struct reconcile **out,
                    struct error *err)
{
    struct reconcile *reconcile = calloc(1, sizeof *reconcile);
    if (!reconcile)
        abort();
    reconcile->settings = *settings;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&reconcile->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&reconcile->lock, NULL);
    if (pthread_create(&reconcile->thread, NULL, run, reconcile) != 0) {
        finish(reconcile);
        return error_set(err, ERROR_BROKEN, "cannot start the thread that compares deliveries");
    }
    *out = reconcile;
    return true;
}

void reconcile_close(struct reconcile **handle)
{
    struct reconcile *reconcile = *handle;
    *handle = NULL;
    if (!reconcile)
        return;
    pthread_mutex_lock(&reconcile->lock);
    atomic_store(&reconcile->stopping, true);
    pthread_cond_broadcast(&reconcile->told);
    pthread_mutex_unlock(&reconcile->lock);
    pthread_join(reconcile->thread, NULL);
    finish(reconcile);
}
