/* static.h - stylesheets, fonts and icons, built into the program and served under names that carry
 * their digest, so that they can be kept for a year (design.md section 1). */
#pragma once

#include "engine/base/base.h"

struct static_file {
    const char *name;       /* "app.css" */
    const char *path;       /* "/statisk/app.1a2b3c4d.css" */
    const char *media_type; /* "text/css; charset=utf-8" */
    struct bytes content;
    struct bytes gzip; /* the same, compressed; size 0 when that would not help */
};

/* By the path of a request; NULL when there is none. */
const struct static_file *static_find(const char *path);

/* The path of a file by its name. The name is ours: one that is not there is an assert. */
const char *static_path(const char *name);

/* All of them, for tests. */
const struct static_file *static_files(size_t *count);
