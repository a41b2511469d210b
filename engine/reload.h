/* reload.h - what a running site reads again when it is told to (SIGHUP), while it serves: the
 * forms, the agency's look and the register of issuers. Settings and keys are read at a start only.
 *
 * A form with a mistake is told of in the log, with file and line, and the one before it stays; so
 * do the look and the register. Drafts go on in the version they began with (versions.h), and
 * requests under way with the form they have. What was replaced of forms and issuers is kept until
 * the program ends; so both may be renewed a bounded number of times (CATALOGUE_REPLACED_MOST
 * forms, RELOAD_ISSUERS_MOST); what is as it was does not count. A look is not kept (look_now.h).
 */
#pragma once

#include "engine/app.h"

enum { RELOAD_ISSUERS_MOST = 100 };

/* A line each in the log tells what was found. One thread at a time. */
void reload(struct app *app);
