/* words.h - the words after a command: settings of config.h as --name value, and what is left. */
#pragma once

#include "engine/config.h"

/* Reads --name value and --name=value for every setting, --switch alone for those that are yes or
 * no, and --config FILE (read first, so that words win over it). What does not begin with "--" is
 * put in rest, in order. False when the words are wrong: said on standard error. --help writes
 * usage and all settings to standard output and ends the process. */
CHECKED bool words_read(struct arena *arena, int count, char **words, const char *usage,
                        struct config *config, const char **rest, size_t *rest_count);

/* A word of a command's own: --name VALUE, --name=VALUE, or --name alone. */
struct words_option {
    const char *name;    /* "language" */
    const char *value;   /* what it takes, as --help calls it: "FILE"; NULL: nothing */
    const char *meaning; /* for --help */
    const char **text;   /* gets the value; untouched when it is not given */
    bool *is_given;      /* of one that takes nothing: becomes true */
};

struct words_command {
    const char *name;  /* "lint" */
    const char *usage; /* what stands after it: "[--json] FOLDER..." */
    const char *about; /* for --help: what it does and how it ends, in lines of at most 80 */
    const struct words_option *options;
    size_t option_count;
};

/* The same for a command with words of its own. config NULL: it takes no settings; else also those,
 * and --config FILE. --help writes the command's words and ends the process. */
CHECKED bool words_take(struct arena *arena, int count, char **words,
                        const struct words_command *command, struct config *config,
                        const char **rest, size_t *rest_count);

/* A form's folder as people name it: with slashes at its end, as "." where they stand, or by its
 * form.xml. */
const char *words_folder(struct arena *arena, const char *word);
