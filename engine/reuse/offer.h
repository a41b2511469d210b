/* offer.h - documents from the postbox that their form offers for reuse (sk:reuse="offer"): when
 * the application is sent, each becomes a certificate that other agencies may ask the citizen for,
 * by the word of the upload's first sk:match, or the field's name. Only what came from its issuer
 * unchanged is offered; what the citizen made himself proves nothing. */
#pragma once

#include "engine/open_draft.h"
#include "storage/submissions.h"

/* In the transaction that adds the submission, after its attachments are frozen. */
CHECKED bool offer_documents(struct arena *arena, struct db *db, const struct open_draft *draft,
                             const struct submission *submission,
                             struct attachment *const *attachments, size_t count,
                             struct error *err);
