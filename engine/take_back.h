/* take_back.h - an application taken back by who sent it: with the care of submit.h, and in one
 * transaction its state, what ends with it, the withdrawal with its receipt, the letter and the
 * audit row (security.md D-3, D-4).
 *
 * What was sent stays, with its receipt, as long as it would have: the agency has a duty to keep
 * it. A letter with that receipt which is still on its way goes on: it is true, and part of it may
 * be there (D-8). What ends is all that waits: promises and what is laid up for them, consents to
 * documents from the postbox, and what other agencies may read of what came with it. */
#pragma once

#include "engine/visitor.h"
#include "storage/submissions.h"
#include "storage/withdrawals.h"

/* *out is the withdrawal, on disk. What is withdrawn already stays as it is and is given: pressing
 * twice withdraws once.
 *   request_id  for the audit rows
 * ERROR_CONFLICT: the agency has decided on it; nothing is changed then. ERROR_MISSING: none of
 * this citizen's. */
CHECKED bool take_back(struct visitor *visitor, struct arena *arena, struct db *db,
                       const char *submission_id, const char *request_id, struct withdrawal *out,
                       struct error *err);
