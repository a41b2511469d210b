/* keeping.h - how long things are kept, as their form says (sk:about: retention, draft-retention).
 */
#pragma once

#include "forms/form.h"

/* Of a draft that is not saved again, in days: what the form says, and never longer than the
 * installation allows (config: draft_days). Months count 30. */
int64_t keeping_draft_days(const struct form *form, int64_t most);

/* The last moment for what was promised for later, counted from then: the end of that day in
 * Norway, as the form says (sk:later), else after so many days (config: later_days). Unix seconds.
 */
int64_t keeping_later_until(const struct form_upload *upload, int64_t from, int64_t days);

/* When what was received then is deleted here: Unix seconds, at the end of that day in Norway. */
int64_t keeping_until(const struct form *form, int64_t received_at);
