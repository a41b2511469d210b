/* shared.h - files of the material beside this repository (protocol samples, schemas), read where
 * they lie: env SKJEMA_SHARED, else ../shared. A test that needs them is skipped, with one line,
 * when they are not there. */
#pragma once

#include "engine/base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline const char *shared_path(struct arena *arena, const char *name)
{
    const char *folder = getenv("SKJEMA_SHARED");
    return arena_printf(arena, "%s/%s", folder ? folder : "../shared", name);
}

/* At the start of a test that needs the file or folder. */
static inline void shared_or_skip(struct arena *arena, const char *name)
{
    const char *path = shared_path(arena, name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is not here\n", path);
        skip();
    }
}

static inline struct bytes shared_read(struct arena *arena, const char *name)
{
    const char *path = shared_path(arena, name);
    FILE *file = fopen(path, "rbe");
    if (!file)
        fail_msg("%s cannot be read", path);
    enum { MOST = 1024 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    assert_true(size < MOST);
    return (struct bytes){data, size};
}
