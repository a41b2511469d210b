/* submit.h - sending a draft: check, freeze the answers, make the receipt, and in one transaction
 * submission, outbox row and audit row (security.md D-3, D-4). What it returns true for is on disk.
 */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "forms/finding.h"

/* *submission_id is what the draft became. Sending what was sent already, with the same content,
 * gives the same submission; *is_new is then false.
 * Fails with ERROR_INVALID when the answers do not hold: *findings says what is wrong;
 * ERROR_CONFLICT: the draft or its documents were changed meanwhile, one has not passed its
 * check, or it was sent with other content; nothing is changed.
 *   request_id  for the audit row */
CHECKED bool submit(struct visitor *visitor, struct arena *arena, struct db *db,
                    struct open_draft *draft, const char *request_id, const char **submission_id,
                    bool *is_new, struct finding_list *findings, struct error *err);
