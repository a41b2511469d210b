#include "engine/withdraw.h"

#include "engine/letter.h"
#include "engine/logbook.h"

static bool runs(const struct consent *consent)
{
    return consent->state == CONSENT_ASKED || consent->state == CONSENT_SHARED ||
           consent->state == CONSENT_FETCHED;
}

bool withdraw_consent(struct arena *arena, struct db *db, const char *citizen_id,
                      const struct consent *consent, const char *request_id, struct error *err)
{
    struct delivery stop = letter_order_stop(arena, consent);
    const char *delivery_id;
    return consents_withdraw(db, citizen_id, consent->id, err) &&
           (!runs(consent) || outbox_add(arena, db, &stop, &delivery_id, err)) &&
           logbook_add(arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_CONSENT_WITHDRAWN,
                                             .object_id = consent->id,
                                             .request_id = request_id},
                       err);
}

bool withdraw_all(struct arena *arena, struct db *db, const char *citizen_id, const char *draft_id,
                  const char *request_id, struct error *err)
{
    struct consent *consents;
    size_t count;
    if (!consents_all(arena, db, citizen_id, draft_id, &consents, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (runs(&consents[i]) &&
            !withdraw_consent(arena, db, citizen_id, &consents[i], request_id, err))
            return false;
    return true;
}
