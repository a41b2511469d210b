/* deliver_note.h - the audit row of what became of a letter: the same whether the postbox said so
 * when it was asked, or a receipt came. What the citizen may see of it later. */
#pragma once

#include "storage/outbox.h"

enum deliver_end { DELIVER_THERE, DELIVER_GIVEN_UP, DELIVER_OPENED };

/* In the transaction that moves the row (joined). */
CHECKED bool deliver_note(struct arena *arena, struct db *db, const struct delivery *delivery,
                          enum deliver_end end, struct error *err);
