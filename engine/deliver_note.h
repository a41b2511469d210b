/* deliver_note.h - the audit row of what became of a letter: the same whether the postbox said so
 * when it was asked, or a receipt came. What the citizen may see of it later. */
#pragma once

#include "storage/outbox.h"

/* In the transaction that moves the row (joined). is_there false: it was given up. */
CHECKED bool deliver_note(struct arena *arena, struct db *db, const struct delivery *delivery,
                          bool is_there, struct error *err);
