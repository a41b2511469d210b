/* logbook.h - what people and agencies do here, written into the log of who did what
 * (storage/audit.h): for handlers, most of which only have to say what it was. */
#pragma once

#include "engine/app.h"
#include "engine/http/request.h"
#include "storage/audit.h"

/* The citizen's own act. In the caller's transaction, which makes the act; of a reading, which has
 * none, in one of its own: before a byte leaves.
 *   consent_id   under which consent, or NULL
 *   request_id   of the HTTP request; NULL: not known here */
struct logbook_act {
    const char *citizen_id;
    enum audit_action action;
    const char *object_id, *consent_id; /* NULL: none */
    const char *request_id;
};
CHECKED bool logbook_add(struct arena *arena, struct db *db, const struct logbook_act *act,
                         struct error *err);

/* Somebody was refused: a row of its own, since nothing else was done. Of one actor (all whom we do
 * not know are one) at most LOGBOOK_REFUSALS an hour, so that nobody fills the log: the rest is in
 * the program's log alone. What fails is logged: the refusal stands anyway. The object is the
 * request's parameter "id" where it can be an id of ours. */
enum { LOGBOOK_REFUSALS = 100 };
struct logbook_refusal {
    enum audit_action action; /* AUDIT_ACCESS_REFUSED; AUDIT_LOGIN: nobody came in */
    enum audit_actor actor;
    const char *actor_id; /* citizen id or organisation number; NULL: not known */
};
void logbook_refuse(struct app *app, const struct request *request,
                    const struct logbook_refusal *refusal);

/* Whether a failure of this request is a refusal: what it asked for is not allowed, or is not there
 * for this actor, which is how another's things look (security.md S-SQL-3). */
bool logbook_is_refusal(const struct request *request, const struct error *err);
