/* open_report.h - what `skjema open` has to say of a file: what is in it, and what is wrong, in the
 * order it was come upon. What strangers wrote is made fit for a terminal here. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum { OPEN_MAX_LINES = 2000 };

enum open_weight {
    OPEN_FACT,    /* what is inside */
    OPEN_WARNING, /* not as the profile has it, but read as real producers write it */
    OPEN_WRONG,   /* not to be believed, or forbidden by the profile */
};

struct open_line {
    enum open_weight weight;
    const char *where; /* "manifest.xml:12"; "" for facts */
    const char *text;  /* one line */
};

/* A file that came out whole, under a name that is safe. */
struct open_file {
    const char *name;
    struct bytes content;
};

struct open_report {
    struct arena *arena;
    struct open_line *lines; /* at most OPEN_MAX_LINES; after that only counted */
    size_t line_count, warning_count, wrong_count;
    struct open_file *files;
    size_t file_count, file_room;
};

void open_report_init(struct open_report *report, struct arena *arena);

/* One line each, of at most 500 characters, without control characters and what turns writing
 * round. */
void open_fact(struct open_report *report, const char *format, ...) PRINTF_LIKE(2, 3);
void open_warn(struct open_report *report, const char *where, const char *format, ...)
    PRINTF_LIKE(3, 4);
void open_wrong(struct open_report *report, const char *where, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same for a failure of what was called. where "": as the error says. */
void open_wrong_error(struct open_report *report, const char *where, const struct error *err);

/* Something to be written out when that is asked for: at most once a name. */
void open_keep(struct open_report *report, const char *name, struct bytes content);
