/* confine_inside.h - shared by the two halves of confine.h. */
#pragma once

#include "engine/config.h"

enum confine_how {
    CONFINE_ON,
    CONFINE_LOG,     /* calls are told of, files are free */
    CONFINE_NOT,     /* by the setting */
    CONFINE_WATCHED, /* a sanitizer is in the program */
};
enum confine_how confine_how(const struct config *config);

/* Which version the kernel has; 0: none. */
long confine_landlock(void);
