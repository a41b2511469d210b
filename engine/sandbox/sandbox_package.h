/* sandbox_package.h - what lies in a document package (ASiC-E, dpi.md 6): unzipped within limits,
 * with libzip, and the beginning of the file looked at byte by byte. */
#pragma once

#include "engine/base/arena.h"

enum {
    SANDBOX_PACKAGE_MOST_BYTES = 100 * 1024 * 1024, /* all files together, unpacked */
    SANDBOX_PACKAGE_MOST_FILES = 1 + 200 + 1 + 3    /* documents, a data file, and about them */
};

struct sandbox_package_file {
    const char *name;
    struct bytes content;
};

struct sandbox_package {
    struct sandbox_package_file *files; /* in the archive's order */
    size_t count;
};

/* NULL: unpacked, into the arena; else "rule: what is wrong". */
const char *sandbox_package_open(struct arena *arena, struct bytes zip,
                                 struct sandbox_package *out);

/* NULL: it is not there. */
const struct sandbox_package_file *sandbox_package_find(const struct sandbox_package *package,
                                                        const char *name);

/* Neither `mimetype` nor in META-INF/. */
bool sandbox_package_is_signed(const struct sandbox_package_file *file);
