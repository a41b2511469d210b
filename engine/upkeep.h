/* upkeep.h - what is done at the start and every hour: drafts that nobody has saved for as long as
 * was promised are deleted, and what was sent when its form's time is over (security.md S-RET-1);
 * versions of forms that nobody needs, and sessions that have ended. First of all the forms that
 * are offered are kept (versions.h). */
#pragma once

#include "engine/catalogue.h"
#include "storage/db.h"
#include "storage/sessions.h"

struct upkeep;

/* Starts its thread. db and forms: the caller's, outlive it; one connection is borrowed now and
 * then. draft_days: the longest that any form's drafts are kept. */
CHECKED bool upkeep_open(struct db_pool *db, const struct sessions_rules *rules, int64_t draft_days,
                         const struct catalogue *forms, struct upkeep **out, struct error *err);

/* Finishes the batch that runs. NULL is taken. */
void upkeep_close(struct upkeep **upkeep);
