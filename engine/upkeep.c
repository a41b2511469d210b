#include "engine/upkeep.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/keeping.h"
#include "engine/versions.h"
#include "storage/retention.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_S = 3600, BATCH = 50 };

struct upkeep {
    struct db_pool *db;
    struct sessions_rules rules;
    int64_t draft_days;
    const struct catalogue *forms;
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

/* One kind of thing that is past its time: a batch at a time, with a connection of its own, so that
 * requests get theirs in between. */
struct chore {
    bool (*batch)(struct upkeep *upkeep, struct arena *arena, struct db *db,
                  const struct package *package, size_t *count, struct error *err);
    const char *event; /* logged when anything was done */
    bool each_form;    /* once for every form that is offered, else once with package NULL */
};

static bool delete_drafts(struct upkeep *upkeep, struct arena *arena, struct db *db,
                          const struct package *package, size_t *count, struct error *err)
{
    int64_t days =
        package ? keeping_draft_days(package->form, upkeep->draft_days) : upkeep->draft_days;
    return retention_delete_drafts(arena, db, package ? package->id : NULL,
                                   clock_now() - days * 86400, BATCH, count, err);
}

static int64_t keep_until(const void *form, int64_t received_at)
{
    return keeping_until(form, received_at);
}

static bool promise(struct upkeep *upkeep, struct arena *arena, struct db *db,
                    const struct package *package, size_t *count, struct error *err)
{
    (void)upkeep;
    return retention_promise(arena, db, package->id, keep_until, package->form, BATCH, count, err);
}

static bool delete_submissions(struct upkeep *upkeep, struct arena *arena, struct db *db,
                               const struct package *package, size_t *count, struct error *err)
{
    (void)upkeep, (void)package;
    return retention_delete_submissions(arena, db, clock_now(), BATCH, count, err);
}

static bool forget_packages(struct upkeep *upkeep, struct arena *arena, struct db *db,
                            const struct package *package, size_t *count, struct error *err)
{
    (void)upkeep, (void)arena, (void)package;
    return retention_forget_packages(db, BATCH, count, err);
}

static const struct chore chores[] = {
    {delete_drafts, "drafts_deleted", true},
    {delete_drafts, "drafts_deleted", false}, /* of forms that are not offered any more */
    {promise, "submissions_given_their_time", true},
    {delete_submissions, "submissions_deleted", false},
    {forget_packages, "versions_forgotten", false},
};

static bool do_batch(struct upkeep *upkeep, struct arena *arena, const struct chore *chore,
                     const struct package *package, size_t *count, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(upkeep->db, &db, err) && chore->batch(upkeep, arena, db, package, count, err);
}

static bool do_chore(struct upkeep *upkeep, struct arena *arena, const struct chore *chore,
                     const struct package *package, struct error *err)
{
    size_t count = BATCH, done = 0;
    for (; count == BATCH && !is_stopping(upkeep); done += count) {
        arena_reset(arena);
        if (!do_batch(upkeep, arena, chore, package, &count, err))
            return false;
    }
    if (done)
        log_event(LOG_LEVEL_INFO, chore->event, "count=%zu", done);
    return true;
}

static bool sweep_sessions(struct upkeep *upkeep, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(upkeep->db, &db, err) && sessions_sweep(db, &upkeep->rules, NULL, err);
}

static void do_all(struct upkeep *upkeep, struct arena *arena)
{
    struct error err = {0};
    size_t form_count;
    const struct package *const *forms = catalogue_forms(upkeep->forms, &form_count);
    for (size_t i = 0; i < COUNT(chores); i++) {
        bool good = true;
        for (size_t k = 0; good && k < (chores[i].each_form ? form_count : 1); k++)
            good = do_chore(upkeep, arena, &chores[i], chores[i].each_form ? forms[k] : NULL, &err);
        if (!good)
            log_error("upkeep_failed", &err);
    }
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

/* Whatever comes after it must know that these were served, so it is done even when we are to stop.
 */
static void keep_versions(struct upkeep *upkeep, struct arena *arena)
{
    CLEANUP(db_return) struct db *db = NULL;
    size_t count;
    const struct package *const *forms = catalogue_forms(upkeep->forms, &count);
    struct error err = {0};
    bool good = db_borrow(upkeep->db, &db, &err);
    for (size_t i = 0; good && i < count; i++)
        good = versions_keep(arena, db, forms[i], &err);
    if (!good)
        log_error("versions_not_kept", &err);
}

static void *run(void *self)
{
    struct upkeep *upkeep = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    keep_versions(upkeep, arena);
    while (!is_stopping(upkeep)) {
        do_all(upkeep, arena);
        wait_an_hour(upkeep);
    }
    return NULL;
}

bool upkeep_open(struct db_pool *db, const struct sessions_rules *rules, int64_t draft_days,
                 const struct catalogue *forms, struct upkeep **out, struct error *err)
{
    struct upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (!upkeep)
        abort();
    *upkeep = (struct upkeep){.db = db, .rules = *rules, .draft_days = draft_days, .forms = forms};
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
