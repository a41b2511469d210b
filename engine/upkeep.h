/* upkeep.h - what is done at the start and every hour: drafts that nobody has saved for as long as
 * was promised are deleted, and what was sent when its form's time is over (security.md S-RET-1);
 * versions of forms that nobody needs, and sessions that have ended. First of all the forms that
 * are offered are kept (versions.h). Whose keys were destroyed is written into the ledger of
 * deletions, and the database's log is emptied (S-KEY-6): at once when woken. The head of the
 * audit log goes out of the machine (witness.h), and the database gets a new mark (restored.h). */
#pragma once

#include "engine/catalogue.h"
#include "storage/keyring.h"
#include "storage/db.h"
#include "storage/sessions.h"

struct upkeep;

struct upkeep_settings {
    struct db_pool *db; /* one connection is borrowed now and then */
    const struct catalogue *forms;
    struct sessions_rules session_rules;
    int64_t draft_days;         /* the longest that any form's drafts are kept */
    int64_t evidence_keep_days; /* evidence requests that are over */
    const char *ledger;         /* file of storage/deletions.h */
    struct keyring *keys;
    const char *heads; /* where the audit log's head goes: witness_send */
    const char *mark;  /* file of storage/restored.h */
};

/* Starts its thread. What the settings name is the caller's and outlives it. */
CHECKED bool upkeep_open(const struct upkeep_settings *settings, struct upkeep **out,
                         struct error *err);

/* Something was deleted: its traces are to go now, not within the hour. NULL is taken. */
void upkeep_wake(struct upkeep *upkeep);

/* Finishes the batch that runs, and the traces of deletions. NULL is taken. */
void upkeep_close(struct upkeep **upkeep);
