/* deliver_letter.h - one delivery of the outbox, from its lease to what became of it. The order of
 * steps is what makes a letter one letter (security.md D-8):
 *
 *   leased as pending: committed as `sending` -> postbox_send -> outcome recorded
 *   leased as unknown: postbox_status -> there: done; certainly not there: pending again; else ask
 *                      later, and after a day leave it to an operator
 *   leased as accepted: the same question, though nothing is sent on the first "not there" */
#pragma once

#include "engine/deliver.h"

#include <stdatomic.h>

/* Takes the delivery that has been due longest and sees it as far as it goes now. True when there
 * was one, so that the caller comes again at once. What fails is logged here: the lease runs out,
 * and the delivery is taken up again. stopping: set when nothing new shall be begun; may be NULL.
 */
bool deliver_letter_next(const struct deliver_settings *settings, const char *owner,
                         struct arena *arena, const atomic_bool *stopping);
