#include "engine/upkeep.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "storage/retention.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_S = 3600, BATCH = 50 };

struct upkeep {
    struct db_pool *db;
    struct sessions_rules rules;
    int64_t draft_days;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool stopping; /* under lock */
};

static bool is_stopping(struct upkeep *upkeep)
{
    pthread_mutex_lock(&upkeep->lock);
    bool stopping = upkeep->stopping;
    pthread_mutex_unlock(&upkeep->lock);
    return stopping;
}

/* One batch, with a connection of its own so that requests get theirs in between. */
static bool delete_batch(struct upkeep *upkeep, struct arena *arena, size_t *count,
                         struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    int64_t saved_before = clock_now() - upkeep->draft_days * 86400;
    return db_borrow(upkeep->db, &db, err) &&
           retention_delete_drafts(arena, db, saved_before, BATCH, count, err);
}

static bool sweep_sessions(struct upkeep *upkeep, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(upkeep->db, &db, err) && sessions_sweep(db, &upkeep->rules, NULL, err);
}

static void do_all(struct upkeep *upkeep, struct arena *arena)
{
    struct error err = {0};
    size_t count = BATCH, deleted = 0;
    while (count == BATCH && !is_stopping(upkeep)) {
        arena_reset(arena);
        if (!delete_batch(upkeep, arena, &count, &err)) {
            log_error("upkeep_failed", &err);
            return;
        }
        deleted += count;
    }
    if (deleted)
        log_event(LOG_LEVEL_INFO, "drafts_deleted", "count=%zu", deleted);
    if (!sweep_sessions(upkeep, &err))
        log_error("upkeep_failed", &err);
}

static void wait_an_hour(struct upkeep *upkeep)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_S;
    pthread_mutex_lock(&upkeep->lock);
    while (!upkeep->stopping && pthread_cond_timedwait(&upkeep->told, &upkeep->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&upkeep->lock);
}

static void *run(void *self)
{
    struct upkeep *upkeep = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    while (!is_stopping(upkeep)) {
        do_all(upkeep, arena);
        wait_an_hour(upkeep);
    }
    return NULL;
}

bool upkeep_open(struct db_pool *db, const struct sessions_rules *rules, int64_t draft_days,
                 struct upkeep **out, struct error *err)
{
    struct upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (!upkeep)
        abort();
    *upkeep = (struct upkeep){.db = db, .rules = *rules, .draft_days = draft_days};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&upkeep->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&upkeep->lock, NULL);
    if (pthread_create(&upkeep->thread, NULL, run, upkeep) != 0) {
        free(upkeep);
        return error_set(err, ERROR_BROKEN, "cannot start the thread for upkeep");
    }
    *out = upkeep;
    return true;
}

void upkeep_close(struct upkeep **upkeep)
{
    if (!*upkeep)
        return;
    pthread_mutex_lock(&(*upkeep)->lock);
    (*upkeep)->stopping = true;
    pthread_cond_broadcast(&(*upkeep)->told);
    pthread_mutex_unlock(&(*upkeep)->lock);
    pthread_join((*upkeep)->thread, NULL);
    pthread_cond_destroy(&(*upkeep)->told);
    pthread_mutex_destroy(&(*upkeep)->lock);
    free(*upkeep);
    *upkeep = NULL;
}
