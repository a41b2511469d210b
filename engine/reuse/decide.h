/* decide.h - the agency's decision on something that was sent: the document, the letter with it to
 * the citizen's postbox and the audit row, all or nothing. For `skjema decide` and the API. */
#pragma once

#include "engine/catalogue.h"
#include "engine/reuse/api_body.h"
#include "engine/screening.h"
#include "storage/decisions.h"

struct decide {
    const struct catalogue *forms;     /* to call the submission's form by its title */
    const char *origin;                /* how citizens reach the site, for the letter's link */
    const struct screening *screening; /* of the document; NULL: off */
    struct api_body_decision decision;
    const char *key; /* what makes sending it twice once */
    enum audit_actor actor;
    const char *actor_id;
    const char *request_id; /* of the HTTP request; "" none */
};

/* *out is the decision, on disk; the document stays byte for byte as it is. With a key that was
 * used before: the decision that came then. ERROR_MISSING: no such submission; ERROR_CONFLICT: the
 * citizen has withdrawn it, or the key was used for something else; ERROR_INVALID: the deadline is
 * past, or the document has a virus; ERROR_LIMIT, ERROR_UNAVAILABLE: it could not be looked
 * through (screening.h). */
CHECKED bool decide_send(struct arena *arena, struct db *db, const struct decide *decide,
                         struct decision *out, struct error *err);
