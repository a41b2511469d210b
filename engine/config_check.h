/* config_check.h - everything that is wrong with an installation's settings, all at once: for
 * `skjema config check`, and before a site starts. */
#pragma once

#include "engine/config.h"

struct config_finding {
    int line; /* 1-based, in the file; 0: it is about something that does not stand there */
    bool is_warning;
    const char *text; /* one sentence, with the setting's name */
};

struct config_findings {
    struct config_finding *items; /* by line, those without last */
    size_t count;
    size_t error_count;
};

/* Reads a file of settings into *config, where a wrong line leaves its setting as it is, and looks
 * at all of them: values out of their range, files that are not there, secrets that others may read
 * (S-SEC-1), combinations that cannot work, and what is for trying out only (S-SEC-2). The file's
 * texts and the findings are in the arena. */
void config_check_file(struct arena *arena, struct bytes file, struct config *config,
                       struct config_findings *out);

/* The same of settings that are there already, before anything is opened: ERROR_INVALID with the
 * first error, and how many more there are. */
CHECKED bool config_check_start(const struct config *config, struct error *err);
