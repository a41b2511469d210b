#include "engine/screening.h"

#include "engine/base/breaker.h"
#include "engine/base/log.h"
#include "engine/clamd.h"

enum {
    SCAN_MS = 15 * 1000, /* less than a stop waits for requests (D-13) */
    TURN_MS = 1000,      /* so long for one of SCREENING_AT_ONCE */
};

bool screening_read(const struct config *config, struct screening *out, struct error *err)
{
    struct screening read = {.clamd = config->clamd};
    if (!checking_read_policy(config->clamd_policy, config->clamd, &read.policy, err))
        return false;
    *out = read;
    return true;
}

static bool ask(const struct screening *screening, struct bytes document,
                struct clamd_verdict *verdict, struct error *err)
{
    const struct clamd clamd = {.address = screening->clamd, .timeout_ms = SCAN_MS};
    struct content content = content_of(document);
    struct breaker *breaker = screening->breaker;
    if (breaker && !breaker_enter(breaker, TURN_MS, err))
        return false;
    bool answered = clamd_scan(&clamd, &content, verdict, err);
    if (breaker) /* who is not there at all says so at once */
        breaker_leave(breaker, answered || err->code != ERROR_UNAVAILABLE);
    return answered;
}

static bool settle_unseen(const struct screening *screening, const struct screening_sender *sender,
                          const struct error *why, struct error *err)
{
    bool may_pass = why->code == ERROR_MISSING && screening->policy == CHECKING_WHEN_AVAILABLE;
    log_event(LOG_LEVEL_WARNING, may_pass ? "document_unchecked" : "document_not_taken",
              "id=%s why=\"%s\"", sender->submission_id, why->text);
    if (may_pass)
        return true;
    return error_set(err, why->code == ERROR_LIMIT ? ERROR_LIMIT : ERROR_UNAVAILABLE,
                     "the document cannot be looked through for viruses: %s", why->text);
}

static bool note(struct arena *arena, struct db *db, const struct screening_sender *sender,
                 struct error *err)
{
    const struct audit_entry entry = {
        .actor = sender->actor,
        .actor_id = sender->actor_id,
        .action = AUDIT_DOCUMENT_REFUSED,
        .object_id = sender->submission_id,
        .succeeded = true,
        .request_id = sender->request_id,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) && audit_add(arena, db, &entry, err) &&
           db_commit(&transaction, err);
}

bool screening_pass(const struct screening *screening, struct arena *arena, struct db *db,
                    const struct screening_sender *sender, struct bytes document, struct error *err)
{
    struct clamd_verdict verdict;
    struct error why = {0};
    if (!screening || screening->policy == CHECKING_OFF)
        return true;
    if (!ask(screening, document, &verdict, &why))
        return settle_unseen(screening, sender, &why, err);
    if (!verdict.infected)
        return true;
    log_event(LOG_LEVEL_WARNING, "document_infected", "id=%s signature=\"%s\"",
              sender->submission_id, verdict.signature);
    return note(arena, db, sender, err) &&
           error_set(err, ERROR_INVALID, "a virus was found in the document");
}
