#include "engine/upkeep.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/keeping.h"
#include "engine/versions.h"
#include "engine/witness.h"
#include "storage/deletions.h"
#include "storage/evidence_requests.h"
#include "storage/restored.h"
#include "storage/retention.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_S = 3600, BATCH = 50 };

struct upkeep {
    struct upkeep_settings settings;
    bool owes_checkpoint; /* the log still shows what was deleted */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool stopping, woken; /* under lock */
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
    int64_t days = package ? keeping_draft_days(package->form, upkeep->settings.draft_days)
                           : upkeep->settings.draft_days;
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

static bool forget_evidence(struct upkeep *upkeep, struct arena *arena, struct db *db,
                            const struct package *package, size_t *count, struct error *err)
{
    (void)package;
    int64_t days = upkeep->settings.evidence_keep_days;
    return evidence_requests_forget(arena, db, clock_now() - days * 86400, BATCH, count, err);
}

static const struct chore chores[] = {
    {delete_drafts, "drafts_deleted", true},
    {delete_drafts, "drafts_deleted", false}, /* of forms that are not offered any more */
    {promise, "submissions_given_their_time", true},
    {delete_submissions, "submissions_deleted", false},
    {forget_packages, "versions_forgotten", false},
    {forget_evidence, "evidence_requests_forgotten", false},
};

static bool do_batch(struct upkeep *upkeep, struct arena *arena, const struct chore *chore,
                     const struct package *package, size_t *count, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(upkeep->settings.db, &db, err) &&
           chore->batch(upkeep, arena, db, package, count, err);
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
    return db_borrow(upkeep->settings.db, &db, err) &&
           sessions_sweep(db, &upkeep->settings.session_rules, NULL, err);
}

/* A deletion is over when the ledger has it and the database's log shows it no longer. */
static bool finish_deletions(struct upkeep *upkeep, struct arena *arena, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    size_t count = 0;
    arena_reset(arena);
    if (!db_borrow(upkeep->settings.db, &db, err) ||
        !deletions_write(arena, db, upkeep->settings.ledger, &count, err))
        return false;
    if (!count && !upkeep->owes_checkpoint)
        return true;
    bool emptied = false;
    upkeep->owes_checkpoint = true;
    if (!db_checkpoint(db, &emptied, err))
        return false;
    upkeep->owes_checkpoint = !emptied;
    log_event(LOG_LEVEL_INFO, "keys_destroyed", "count=%zu log_emptied=%s", count,
              emptied ? "yes" : "no");
    return true;
}

static void see_to_deletions(struct upkeep *upkeep, struct arena *arena)
{
    struct error err = {0};
    if (!finish_deletions(upkeep, arena, &err))
        log_error("upkeep_failed", &err);
}

/* Last of all: what was deleted in this round is under the head. */
static bool bear_witness(struct upkeep *upkeep, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(upkeep->settings.db, &db, err) &&
           witness_keys(db, upkeep->settings.keys, err) &&
           witness_send(db, upkeep->settings.heads, err);
}

static bool turn_mark(struct upkeep *upkeep, struct arena *arena, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    arena_reset(arena);
    return db_borrow(upkeep->settings.db, &db, err) &&
           restored_turn(arena, db, upkeep->settings.mark, err);
}

static void do_all(struct upkeep *upkeep, struct arena *arena)
{
    struct error err = {0};
    size_t form_count;
    const struct package *const *forms = catalogue_forms(upkeep->settings.forms, &form_count);
    for (size_t i = 0; i < COUNT(chores); i++) {
        bool good = true;
        for (size_t k = 0; good && k < (chores[i].each_form ? form_count : 1); k++)
            good = do_chore(upkeep, arena, &chores[i], chores[i].each_form ? forms[k] : NULL, &err);
        if (!good)
            log_error("upkeep_failed", &err);
    }
    if (!sweep_sessions(upkeep, &err))
        log_error("upkeep_failed", &err);
    if (!bear_witness(upkeep, &err))
        log_error("witness_failed", &err);
    if (!turn_mark(upkeep, arena, &err))
        log_error("upkeep_failed", &err);
}

/* True: woken before. */
static bool wait_until(struct upkeep *upkeep, const struct timespec *until)
{
    pthread_mutex_lock(&upkeep->lock);
    while (!upkeep->stopping && !upkeep->woken &&
           pthread_cond_timedwait(&upkeep->told, &upkeep->lock, until) == 0)
        ;
    bool woken = upkeep->woken;
    upkeep->woken = false;
    pthread_mutex_unlock(&upkeep->lock);
    return woken;
}

static void wait_an_hour(struct upkeep *upkeep, struct arena *arena)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_S;
    while (wait_until(upkeep, &until))
        see_to_deletions(upkeep, arena);
}

void upkeep_wake(struct upkeep *upkeep)
{
    if (!upkeep)
        return;
    pthread_mutex_lock(&upkeep->lock);
    upkeep->woken = true;
    pthread_cond_broadcast(&upkeep->told);
    pthread_mutex_unlock(&upkeep->lock);
}

/* Whatever comes after it must know that these were served, so it is done even when we are to stop.
 */
static void keep_versions(struct upkeep *upkeep, struct arena *arena)
{
    CLEANUP(db_return) struct db *db = NULL;
    size_t count;
    const struct package *const *forms = catalogue_forms(upkeep->settings.forms, &count);
    struct error err = {0};
    bool good = db_borrow(upkeep->settings.db, &db, &err);
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
        see_to_deletions(upkeep, arena);
        wait_an_hour(upkeep, arena);
    }
    see_to_deletions(upkeep, arena);
    return NULL;
}

bool upkeep_open(const struct upkeep_settings *settings, struct upkeep **out, struct error *err)
{
    struct upkeep *upkeep = calloc(1, sizeof *upkeep);
    if (!upkeep)
        abort();
    *upkeep = (struct upkeep){.settings = *settings};
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
