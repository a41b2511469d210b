/* keeping.h - how long things are kept, as their form says (sk:about: retention, draft-retention).
 */
#pragma once

#include "forms/form.h"

/* Of a draft that is not saved again, in days: what the form says, and never longer than the
 * installation allows (config: draft_days). Months count 30. */
int64_t keeping_draft_days(const struct form *form, int64_t most);

/* When what was received then is deleted here: Unix seconds, at the end of that day in Norway. */
int64_t keeping_until(const struct form *form, int64_t received_at);
