/* trouble_tasks.h - what went wrong for somebody while away, as tasks on Min side: what was typed
 * and not saved, letters that did not come, notices that reached nobody, drafts about to go. */
#pragma once

#include "engine/pages/tasks.h"

/* What a step of a draft could not save, and waits for a word (storage/kept_posts.h). */
tasks_kind trouble_tasks_kept;

/* Drafts that are deleted within a week. */
tasks_kind trouble_tasks_drafts;

/* Letters of the last 60 days that the mailbox could not take; what they held is on Min side. */
tasks_kind trouble_tasks_letters;

/* Letters of the last 60 days that lie in the mailbox unopened, and whose notice by e-mail or SMS
 * reached nobody (varslingfeiletkvittering). */
tasks_kind trouble_tasks_notices;
