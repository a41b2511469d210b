/* verify_report.h - what was found, a line for each part of a receipt. */
#pragma once

#include "engine/base/arena.h"

struct verify_line {
    bool good;
    const char *part; /* "signature", "page 2", "soknad.xml", "attachment lonn.pdf" */
    const char *text; /* what is to be said of it, in English, in one line */
};

struct verify_report {
    struct arena *arena;
    struct verify_line *lines;
    size_t count, capacity;
    bool good; /* all of them are */
};

void verify_report_init(struct verify_report *report, struct arena *arena);

void verify_report_good(struct verify_report *report, const char *part, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Returns false, so that a check may end in it. */
bool verify_report_bad(struct verify_report *report, const char *part, const char *format, ...)
    PRINTF_LIKE(3, 4);
