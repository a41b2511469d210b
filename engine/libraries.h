/* libraries.h - the outside libraries that this program runs with, in the versions that are loaded:
 * for the log of a start, and --version (security.md B-5). sbom.json, beside the program in the
 * build, lists those it was built with, and what came with them. */
#pragma once

#include "engine/base/arena.h"

/* Our own version: "0.1.0". */
const char *libraries_version(void);

/* "libcurl 7.88.1, libxml2 2.9.14, ..." In the arena. */
const char *libraries(struct arena *arena);
