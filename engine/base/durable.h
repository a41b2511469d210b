/* durable.h - bytes and names that must be on disk before anything is said of them (security.md
 * D-6). Linux tells once that a disk has lost something, and forgets the bytes: whoever asks again
 * is told that all is well. So the first failure is for the whole process, not for who sees it. */
#pragma once

#include "engine/base/base.h"

/* What was written to the file is on disk. False, with errno: it is not; what durable_on_loss named
 * has been called then, unless the file is one that has nothing to sync (EINVAL: a pipe). */
CHECKED bool durable_file(int file);

/* The names in a folder are on disk; and those in the folder that a path lies in. Failures as
 * durable_file, and those of opening it, which are no loss. */
CHECKED bool durable_folder(const char *folder);
CHECKED bool durable_folder_of(const char *path);

/* Called on the thread that saw it; for the program: logs, and ends the process. NULL, as it is at
 * first: nothing is called. */
void durable_on_loss(void (*lost)(const char *why));
