#include "engine/reuse/tell.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/deliver.h"
#include "engine/issuers.h"
#include "engine/letter.h"
#include "engine/pages/evidence.h"
#include "render/pdf_certificate.h"
#include "storage/audit.h"
#include "storage/certificates.h"
#include "storage/evidence_requests.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 20 };

struct tell {
    struct tell_settings settings;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool stopping, woken; /* under lock */
};

/* Whose it is ------------------------------------------------------------------------------- */

static bool note_asked(struct arena *arena, struct db *db, const struct evidence_request *request,
                       struct error *err)
{
    return audit_add(arena, db,
                     &(struct audit_entry){.actor = AUDIT_AGENCY,
                                           .actor_id = request->consumer,
                                           .citizen_id = request->citizen_id,
                                           .action = AUDIT_EVIDENCE_ASKED,
                                           .object_id = request->id,
                                           .succeeded = true},
                     err);
}

static bool claim_for(struct arena *arena, struct db *db, const char *citizen_id, struct error *err)
{
    struct evidence_request *requests;
    size_t count;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !evidence_requests_claim(arena, db, citizen_id, &requests, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!note_asked(arena, db, &requests[i], err))
            return false;
    return db_commit(&transaction, err);
}

static bool claim(struct arena *arena, struct db *db, bool *more, struct error *err)
{
    const char *const *citizens;
    size_t count;
    if (!evidence_requests_unclaimed(arena, db, BATCH, &citizens, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!claim_for(arena, db, citizens[i], err))
            return false;
    *more = count == BATCH;
    return true;
}

/* The letter -------------------------------------------------------------------------------- */

/* What the citizen could say yes to, and what language he applied for it in. One that has ended
 * since leaves only the word that it was asked for by. */
static bool find_document(struct arena *arena, struct db *db,
                          const struct evidence_request *request, const char **title,
                          const char **language, struct error *err)
{
    struct certificate *certificates;
    struct submission submission;
    size_t count;
    *title = request->type;
    *language = evidence_languages[0];
    if (!certificates_list(arena, db, request->citizen_id, request->type, clock_now(),
                           &certificates, &count, err))
        return false;
    if (!count)
        return true;
    if (!submissions_read(arena, db, request->citizen_id, certificates[0].submission_id,
                          &submission, err))
        return false;
    *title = certificates[0].title;
    *language = submission.language;
    return true;
}

static bool make_letter(const struct tell_settings *settings, struct arena *arena, struct db *db,
                        const struct evidence_request *request, struct delivery *out,
                        struct error *err)
{
    struct pdf_question page = {
        .agency = settings->agency,
        .consumer = issuers_show(arena, settings->issuers, request->consumer, request->requester),
        .asked_at = request->asked_at,
        .expires_at = request->expires_at,
    };
    if (!find_document(arena, db, request, &page.document, &page.language, err))
        return false;
    page.purpose = evidence_say(&request->purpose, page.language);
    page.procedure = evidence_say(&request->procedure, page.language);
    const struct postbox_link link = {
        .url = arena_printf(arena, "%s%s", settings->origin, evidence_address(arena, request->id)),
        .button = evidence_button(page.language),
        .deadline = request->expires_at,
    };
    struct letter_own letter = {
        .citizen_id = request->citizen_id,
        .language = page.language,
        .subject = pdf_question_title(arena, &page),
    };
    if (!pdf_question_write(arena, &page, &letter.pdf, err))
        return false;
    *out = letter_order_evidence(arena, &letter, request->id, &link);
    return true;
}

static bool order_letter(const struct tell_settings *settings, struct arena *arena, struct db *db,
                         const struct evidence_request *request, struct error *err)
{
    struct delivery order;
    const char *delivery_id;
    if (!make_letter(settings, arena, db, request, &order, err))
        return false;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    struct error why = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    if (!evidence_requests_told(db, request->id, &why)) {
        *err = why;
        return why.code == ERROR_CONFLICT; /* answered meanwhile, or by another process */
    }
    return outbox_add(arena, db, &order, &delivery_id, err) && db_commit(&transaction, err);
}

static bool order_letters(const struct tell_settings *settings, struct arena *arena, struct db *db,
                          bool *more, struct error *err)
{
    struct evidence_request *requests;
    size_t count;
    if (!evidence_requests_to_tell(arena, db, BATCH, &requests, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!order_letter(settings, arena, db, &requests[i], err))
            return false;
    if (count)
        deliver_wake(settings->deliver);
    *more = *more || count == BATCH;
    return true;
}

/* The thread -------------------------------------------------------------------------------- */

/* *more: there is more than was done now. */
static void look(const struct tell_settings *settings, struct arena *arena, bool *more)
{
    CLEANUP(db_return) struct db *db = NULL;
    struct error err = {0};
    *more = false;
    if (db_borrow(settings->db, &db, &err) && claim(arena, db, more, &err) &&
        order_letters(settings, arena, db, more, &err))
        return;
    *more = false;
    log_error("evidence_requests_not_told", &err);
}

/* False: it is to end. */
static bool wait_for_work(struct tell *tell, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&tell->lock);
    while (!tell->stopping && !tell->woken &&
           pthread_cond_timedwait(&tell->told, &tell->lock, &until) == 0)
        ;
    tell->woken = false;
    bool stopping = tell->stopping;
    pthread_mutex_unlock(&tell->lock);
    return !stopping;
}

static void *run(void *self)
{
    struct tell *tell = self;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bool more = true;
    while (wait_for_work(tell, more ? 0 : tell->settings.poll_ms)) {
        arena_reset(arena);
        look(&tell->settings, arena, &more);
    }
    return NULL;
}

bool tell_open(const struct tell_settings *settings, struct tell **out, struct error *err)
{
    struct tell *tell = calloc(1, sizeof *tell);
    if (!tell)
        abort();
    tell->settings = *settings;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&tell->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&tell->lock, NULL);
    if (pthread_create(&tell->thread, NULL, run, tell) != 0) {
        free(tell);
        return error_set(err, ERROR_BROKEN, "cannot start the thread for evidence requests");
    }
    *out = tell;
    return true;
}

static void tell_it(struct tell *tell, bool *what)
{
    pthread_mutex_lock(&tell->lock);
    *what = true;
    pthread_cond_broadcast(&tell->told);
    pthread_mutex_unlock(&tell->lock);
}

void tell_wake(struct tell *tell)
{
    if (tell)
        tell_it(tell, &tell->woken);
}

void tell_close(struct tell **tell)
{
    if (!*tell)
        return;
    tell_it(*tell, &(*tell)->stopping);
    pthread_join((*tell)->thread, NULL);
    pthread_cond_destroy(&(*tell)->told);
    pthread_mutex_destroy(&(*tell)->lock);
    free(*tell);
    *tell = NULL;
}
