/* confine.h - what the program may still do once it has started (security.md B-3): its own files
 * and no others (landlock), the calls that a running site needs and no others (seccomp), no program
 * to start, no right to win back. A fault in it, or in a library, reaches no further than that.
 *
 *   file system   `data` may be written; every file and folder that a setting names may be read,
 * and so may what name look-up, certificates and time zones need of the system calls         an
 * allow-list; another call ends the process (SIGSYS)
 *
 * The setting `confine`: on; log, where calls outside the list are only told in the kernel's log
 * and files are free; off. Under a sanitizer, which needs more than that, it is off. A kernel
 * without landlock is told of in the log. */
#pragma once

#include "engine/config.h"

/* When the process is root's and the setting `user` names one: becomes that user, for good, before
 * anything is opened. ERROR_INVALID: there is no such user, or the process is not root's and
 * another's. */
CHECKED bool confine_user(const struct config *config, struct error *err);

/* No new rights, and no files but those above. For this thread and those it starts: call it before
 * there is any other. Makes the data folder when it is missing. */
CHECKED bool confine_files(const struct config *config, struct error *err);

/* No calls but those of a running site, in all threads: when everything is opened. Logs how far it
 * is confined, and what is not. */
CHECKED bool confine_calls(const struct config *config, struct error *err);

/* Its version, as it calls itself: "libseccomp 2.5.4". In the arena. */
const char *confine_library(struct arena *arena);
