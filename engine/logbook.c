#include "engine/logbook.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

#include <string.h>

enum { HOUR_MS = 3600 * 1000, ID_LENGTH = 22 /* 128 bits, base64url */ };

bool logbook_add(struct arena *arena, struct db *db, const struct logbook_act *act,
                 struct error *err)
{
    const struct audit_entry entry = {
        .actor = AUDIT_CITIZEN,
        .actor_id = act->citizen_id,
        .citizen_id = act->citizen_id,
        .action = act->action,
        .object_id = act->object_id,
        .consent_id = act->consent_id,
        .succeeded = true,
        .request_id = act->request_id,
    };
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_join(db, &transaction, err) && audit_add(arena, db, &entry, err) &&
           db_commit(&transaction, err);
}

/* What people type into an address is not ours to keep (S-AUD-4). */
static const char *object_of(const struct request *request)
{
    const char *id = request_parameter(request, "id");
    static const char base64url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bool is_ours = id && strlen(id) == ID_LENGTH && strspn(id, base64url) == ID_LENGTH &&
                   strspn(id, "0123456789-_") < ID_LENGTH;
    return is_ours ? id : "";
}

static bool add_refusal(struct app *app, const struct request *request,
                        const struct logbook_refusal *refusal, struct error *err)
{
    bool is_citizen = refusal->actor == AUDIT_CITIZEN;
    const struct audit_entry entry = {
        .actor = refusal->actor,
        .actor_id = refusal->actor_id,
        .citizen_id = is_citizen ? refusal->actor_id : NULL,
        .action = refusal->action,
        .object_id = object_of(request),
        .succeeded = false,
        .request_id = request->id,
    };
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    int64_t before;
    if (!db_borrow(app->db, &db, err) || !db_begin(db, &transaction, err) ||
        !audit_count(request->arena, db, &entry, clock_now_ms() - HOUR_MS, &before, err))
        return false;
    return before >= LOGBOOK_REFUSALS ||
           (audit_add(request->arena, db, &entry, err) && db_commit(&transaction, err));
}

void logbook_refuse(struct app *app, const struct request *request,
                    const struct logbook_refusal *refusal)
{
    struct error err;
    if (!add_refusal(app, request, refusal, &err))
        log_error("refusal_not_noted", &err);
}

bool logbook_is_refusal(const struct request *request, const struct error *err)
{
    return err->code == ERROR_DENIED ||
           (err->code == ERROR_MISSING && request_parameter(request, "id"));
}
