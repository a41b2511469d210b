/* files.h - whole files and folders, for start-up and commands; not for what citizens send. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* ERROR_MISSING: no such file; ERROR_LIMIT: larger than most; else ERROR_BROKEN. */
CHECKED bool files_read(struct arena *arena, const char *path, size_t most, struct bytes *out,
                        struct error *err);

/* Nobody but its owner may read it: a secret's file (S-SEC-1). What systemd gives a service as a
 * credential shows the group's right to read, for its access list. */
struct stat;
bool files_is_secret(const char *path, const struct stat *about);

/* With mode 0700, when it is missing; its parent must be there. One clear line when it cannot be
 * made or not be written in. */
CHECKED bool files_make_folder(const char *path, struct error *err);

/* The file itself, or those of a folder whose names end so, in the order of their names: at most
 * FILES_LIST_MAX. *out is in the arena. ERROR_MISSING: neither. */
enum { FILES_LIST_MAX = 256 };
CHECKED bool files_list(struct arena *arena, const char *path, const char *ending,
                        const char ***out, size_t *count, struct error *err);
