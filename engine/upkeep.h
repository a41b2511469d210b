/* upkeep.h - what is done at the start and every hour: drafts that nobody has saved for as long as
 * was promised are deleted (security.md S-RET-1), and sessions that have ended are swept. */
#pragma once

#include "storage/db.h"
#include "storage/sessions.h"

struct upkeep;

/* Starts its thread. db: the caller's, outlives it; one connection is borrowed now and then. */
CHECKED bool upkeep_open(struct db_pool *db, const struct sessions_rules *rules, int64_t draft_days,
                         struct upkeep **out, struct error *err);

/* Finishes the batch that runs. NULL is taken. */
void upkeep_close(struct upkeep **upkeep);
