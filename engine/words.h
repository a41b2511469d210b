/* words.h - the words after a command: settings of config.h as --name value, and what is left. */
#pragma once

#include "engine/config.h"

/* Reads --name value and --name=value for every setting, --switch alone for those that are yes or
 * no, and --config FILE (read first, so that words win over it). What does not begin with "--" is
 * put in rest, in order. False when the words are wrong: said on standard error. --help writes
 * usage and all settings to standard output and ends the process. */
CHECKED bool words_read(struct arena *arena, int count, char **words, const char *usage,
                        struct config *config, const char **rest, size_t *rest_count);
