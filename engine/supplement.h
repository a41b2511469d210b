/* supplement.h - sending afterwards what was promised for later: with the care of submit.h, and in
 * one transaction the documents, the supplement with its receipt, the letter and the audit row
 * (security.md D-3, D-4). */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "storage/submissions.h"
#include "storage/supplements.h"

/* A promise taken up. */
struct promise {
    struct attachment row; /* the promise itself: an attachment LATER of what was sent */
    struct submission submission;
    struct open_draft draft;     /* open_draft_promise */
    const struct upload *upload; /* what the document is for, in draft's answers */
    bool is_kept;                /* supplement is filled, and nothing changes any more */
    struct supplement supplement;
};

/* ERROR_MISSING: no such promise of this citizen in what was sent. Else as open_draft_promise.
 * Closed by supplement_close; {0} may be. */
CHECKED bool supplement_open(const struct visitor *visitor, struct arena *arena, struct db *db,
                             const char *promise_id, struct promise *out, struct error *err);
void supplement_close(struct promise *promise);

/* "/min-side/ettersend/<id>": the page where it is sent, and then its receipt. */
char *supplement_address(struct arena *arena, const char *promise_id);

/* Of the documents laid up for it, as they are listed: what somebody has looked at. In the arena.
 */
const char *supplement_shown(struct arena *arena, const struct promise *promise);

/* Whether there is something, and all of it may be sent: not what is being checked, or was refused.
 */
bool supplement_is_ready(const struct promise *promise);

/* Sends what is laid up; promise->supplement is then what it became. What is kept already stays as
 * it is, and is given: pressing twice sends once; *is_new is then false.
 * Fails with ERROR_INVALID: it is not ready; ERROR_CONFLICT: the documents were changed
 * meanwhile; nothing is changed then.
 *   request_id  for the audit row */
CHECKED bool supplement_send(struct visitor *visitor, struct arena *arena, struct db *db,
                             struct promise *promise, const char *request_id, bool *is_new,
                             struct error *err);
