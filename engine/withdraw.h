/* withdraw.h - a consent taken back by the citizen: what was fetched under it and not sent is
 * deleted, the postbox is told to stop sharing, and it is in the audit (security.md S-CON-1). */
#pragma once

#include "storage/consents.h"

/* In the caller's transaction. Failures as consents_withdraw. */
CHECKED bool withdraw_consent(struct arena *arena, struct db *db, const char *citizen_id,
                              const struct consent *consent, const char *request_id,
                              struct error *err);

/* All of a draft's consents that still run: before the draft is deleted. */
CHECKED bool withdraw_all(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, const char *request_id, struct error *err);
