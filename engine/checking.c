#include "engine/checking.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/clamd.h"
#include "storage/attachment_bytes.h"
#include "storage/attachment_checks.h"
#include "storage/audit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    LEASE_BEYOND_MS = 15 * 1000, /* a lease is so much longer than a scan may take */
    FIRST_WAIT_MS = 4 * 1000,
    LONGEST_WAIT_MS = 60 * 1000, /* a daemon that starts reads its signatures for half a minute */
};

struct checking {
    struct checking_settings settings;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    uint64_t wakes; /* under lock */
    atomic_bool stopping;
    bool has_thread;
    pthread_t thread;
};

/* ---- one document ---- */

enum outcome { PASSED, REFUSED, HELD, BROKEN_OFF };

static enum outcome outcome_of_failure(struct checking *checking,
                                       const struct attachment_check *check,
                                       const struct error *why)
{
    if (atomic_load(&checking->stopping))
        return BROKEN_OFF;
    bool absent = why->code == ERROR_MISSING;
    if (absent && checking->settings.policy == CHECKING_WHEN_AVAILABLE) {
        log_event(LOG_LEVEL_WARNING, "document_unchecked", "id=%s why=\"%s\"", check->attachment_id,
                  why->text);
        return PASSED;
    }
    log_event(why->code == ERROR_LIMIT ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "document_held",
              "id=%s attempt=%lld why=\"%s\"", check->attachment_id, (long long)check->attempts,
              why->text);
    return HELD;
}

/* ERROR_MISSING means here that nobody listens, not that the document is gone. */
static bool look_through(struct checking *checking, struct db *db, struct arena *arena,
                         const struct attachment_check *check, struct clamd_verdict *verdict,
                         struct error *err)
{
    const struct clamd clamd = {.address = checking->settings.clamd,
                                .timeout_ms = checking->settings.timeout_ms,
                                .stopping = &checking->stopping};
    struct attachment attachment;
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    if (!attachments_find(arena, db, check->citizen_id, check->attachment_id, &attachment, err) ||
        !attachment_bytes_open(db, &attachment, &bytes, err)) {
        err->code = err->code == ERROR_MISSING ? ERROR_CONFLICT : err->code;
        return false;
    }
    struct content content = attachment_bytes_content(bytes);
    return clamd_scan(&clamd, &content, verdict, err);
}

static enum outcome scan(struct checking *checking, struct db *db, struct arena *arena,
                         const struct attachment_check *check)
{
    struct clamd_verdict verdict;
    struct error why = {0};
    if (checking->settings.policy == CHECKING_OFF)
        return PASSED;
    if (!look_through(checking, db, arena, check, &verdict, &why))
        return outcome_of_failure(checking, check, &why);
    if (!verdict.infected)
        return PASSED;
    log_event(LOG_LEVEL_WARNING, "document_infected", "id=%s signature=\"%s\"",
              check->attachment_id, verdict.signature);
    return REFUSED;
}

static int64_t wait_ms(int64_t attempts)
{
    int64_t wait = FIRST_WAIT_MS;
    for (int64_t i = 1; i < attempts && wait < LONGEST_WAIT_MS; i++)
        wait *= 2;
    return wait < LONGEST_WAIT_MS ? wait : LONGEST_WAIT_MS;
}

/* The end of its bytes, and the row that tells of it: both or neither. */
static bool refuse(struct db *db, struct arena *arena, const struct attachment_check *check,
                   struct error *err)
{
    bool mine;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !attachment_checks_refused(db, check, CHECKING_VIRUS, &mine, err))
        return false;
    if (mine && !audit_add(arena, db,
                           &(struct audit_entry){.actor = AUDIT_SYSTEM,
                                                 .actor_id = "",
                                                 .citizen_id = check->citizen_id,
                                                 .action = AUDIT_DOCUMENT_REFUSED,
                                                 .object_id = check->attachment_id,
                                                 .succeeded = true,
                                                 .request_id = ""},
                           err))
        return false;
    return db_commit(&transaction, err);
}

static bool settle(struct db *db, struct arena *arena, const struct attachment_check *check,
                   enum outcome outcome, struct error *err)
{
    bool mine;
    switch (outcome) {
    case PASSED:
        return attachment_checks_passed(db, check, &mine, err);
    case REFUSED:
        return refuse(db, arena, check, err);
    case HELD:
        return attachment_checks_held(db, check, CHECKING_HELD, wait_ms(check->attempts), &mine,
                                      err);
    case BROKEN_OFF:
        break;
    }
    return attachment_checks_release(db, check, err);
}

/* *found is false when none is due. */
static bool check_next(struct checking *checking, struct arena *arena, bool *found,
                       struct error *err)
{
    struct attachment_check check;
    CLEANUP(db_return) struct db *db = NULL;
    *found = false;
    if (!db_borrow(checking->settings.db, &db, err) ||
        !attachment_checks_lease(arena, db, checking->settings.timeout_ms + LEASE_BEYOND_MS, &check,
                                 found, err))
        return false;
    return !*found || settle(db, arena, &check, scan(checking, db, arena, &check), err);
}

/* ---- the thread ---- */

static int64_t due_in_ms(struct checking *checking, struct arena *arena)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    int64_t due_ms = 0, most_ms = checking->settings.poll_ms;
    if (!db_borrow(checking->settings.db, &db, &err) ||
        !attachment_checks_due_in_ms(arena, db, &due_ms, &err)) {
        log_error("checks_not_read", &err);
        return most_ms;
    }
    return due_ms < most_ms ? due_ms : most_ms;
}

static void wait_for_work(struct checking *checking, uint64_t *seen, int64_t for_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += for_ms / 1000;
    until.tv_nsec += for_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&checking->lock);
    while (checking->wakes == *seen && !atomic_load(&checking->stopping) &&
           pthread_cond_timedwait(&checking->woken, &checking->lock, &until) == 0)
        ;
    *seen = checking->wakes;
    pthread_mutex_unlock(&checking->lock);
}

static void *check_documents(void *self)
{
    struct checking *checking = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    uint64_t seen = 0;
    while (!atomic_load(&checking->stopping)) {
        struct error err = {0};
        bool found;
        arena_reset(arena);
        if (!check_next(checking, arena, &found, &err))
            log_error("document_not_checked", &err);
        if (found && err.code == ERROR_NONE)
            continue;
        int64_t for_ms = due_in_ms(checking, arena);
        wait_for_work(checking, &seen, for_ms > 20 ? for_ms : 20);
    }
    return NULL;
}

/* ---- start and stop ---- */

bool checking_read_policy(const char *policy, const char *clamd, enum checking_policy *out,
                          struct error *err)
{
    static const char *const names[] = {[CHECKING_OFF] = "off",
                                        [CHECKING_WHEN_AVAILABLE] = "when-available",
                                        [CHECKING_REQUIRED] = "required"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!text_equal(policy, names[i]))
            continue;
        *out = (enum checking_policy)i;
        return i == CHECKING_OFF || clamd_check_address(clamd, err);
    }
    return error_set(err, ERROR_INVALID,
                     "clamd_policy is \"%s\": it may be off, when-available or required", policy);
}

static struct checking *new_checking(const struct checking_settings *settings)
{
    struct checking *checking = calloc(1, sizeof *checking);
    if (!checking)
        abort();
    checking->settings = *settings;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&checking->woken, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&checking->lock, NULL);
    return checking;
}

bool checking_open(const struct checking_settings *settings, struct checking **out,
                   struct error *err)
{
    CLEANUP(checking_close) struct checking *checking = new_checking(settings);
    if (pthread_create(&checking->thread, NULL, check_documents, checking) != 0)
        return error_set(err, ERROR_BROKEN, "cannot start the thread that checks documents");
    checking->has_thread = true;
    *out = checking;
    checking = NULL;
    return true;
}

enum attachment_state checking_first(const struct checking *checking)
{
    bool is_off = !checking || checking->settings.policy == CHECKING_OFF;
    return is_off ? ATTACHMENT_READY : ATTACHMENT_CHECKING;
}

void checking_wake(struct checking *checking)
{
    if (!checking)
        return;
    pthread_mutex_lock(&checking->lock);
    checking->wakes++;
    pthread_cond_broadcast(&checking->woken);
    pthread_mutex_unlock(&checking->lock);
}

void checking_close(struct checking **checking)
{
    struct checking *gone = *checking;
    *checking = NULL;
    if (!gone)
        return;
    atomic_store(&gone->stopping, true);
    checking_wake(gone);
    if (gone->has_thread)
        pthread_join(gone->thread, NULL);
    pthread_cond_destroy(&gone->woken);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}
