/* outcome.h - what became of what was sent, from the database to what pages show. */
#pragma once

#include "engine/visitor.h"
#include "render/outcome.h"
#include "storage/decisions.h"
#include "storage/submissions.h"

/* "/min-side/vedtak/<id>" and "/min-side/soknader/<id>/trekk" */
char *outcome_decision_address(struct arena *arena, const char *decision_id);
char *outcome_withdraw_address(struct arena *arena, const char *submission_id);

/* What lists show of a decision, which is taken to be in the language of what was sent; its own
 * page fills in the rest. */
struct outcome_decision outcome_decision_of(struct arena *arena, const struct decision *decision,
                                            const struct submission *submission);

/* For the receipt of that submission. */
CHECKED bool outcome_of(struct visitor *visitor, struct arena *arena, struct db *db,
                        const struct submission *submission, struct outcome_of_receipt *out,
                        struct error *err);
