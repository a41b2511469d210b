/* suite.h - tables of steps and expectations that others may write (corpus.c, w3c.c, xpath.c): one
 * line a step, tabs between fields, `\t`, `\n`, `\r` and `\\` in them as in C, `#` for comments.
 * `case` opens a case; the lines under it are taken in order. */
#pragma once

#include "engine/base/arena.h"

enum {
    SUITE_MAX_FIELDS = 8,
    SUITE_SKIPPED = 77, /* exit code when the folder is not there (ctest's SKIP_RETURN_CODE) */
};

struct suite_line {
    const char *fields[SUITE_MAX_FIELDS]; /* "" where there are fewer; the first is the word */
    size_t count;
    int number;
};

struct suite {
    struct arena *arena;
    const char *folder;
    const char *tier; /* only cases of this tier, NULL: all */
    bool failures;    /* a line for each */
    long passed, failed;
    const char *current; /* the case, in what is printed */

    const char *name;                   /* of the program: "w3c" */
    struct suite_departure *departures; /* those of this program */
    size_t departure_count;
    bool holds_departures; /* --departures: what is argued there may fail, and must */
    long argued, mended;   /* failed as listed; listed, and passes */
    const char **asked;    /* in this case: word and subject of each expectation */
    size_t asked_count, asked_capacity;
    const char *asked_in; /* which case that is */
};

/* Reads `PROGRAM DIR [--tier TIER] [--failures] [--departures FILE]`. Ends the process with a line
 * when the arguments are wrong (2), or DIR is not there (SUITE_SKIPPED).
 *
 * FILE is tests/cases/departures.tsv: expectations that are not met, each with an argument from the
 * text of a standard. With it, the program succeeds when exactly these fail; without it, when none
 * does. The last line counts all the same. */
void suite_open(struct suite *suite, int argc, char **argv);

/* The lines of a file of the folder (NULL: of what was given in its place); ends the process when
 * it cannot be read. */
size_t suite_read(struct suite *suite, const char *name, struct suite_line **out);

/* A whole file, NUL after it; ends the process when it cannot be read. */
char *suite_file(struct arena *arena, const char *path);

/* Counts one expectation; equal texts pass. */
void suite_expect(struct suite *suite, const struct suite_line *line, const char *expected,
                  const char *got);

/* The same, failing for a reason told instead of what was got. */
void suite_fail(struct suite *suite, const struct suite_line *line, const char *why);

/* Prints the last line; closes. The exit code. */
int suite_close(struct suite *suite);
