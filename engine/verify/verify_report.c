#include "engine/verify/verify_report.h"

#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 1000, LINE_BYTES = 400 };

void verify_report_init(struct verify_report *report, struct arena *arena)
{
    *report = (struct verify_report){.arena = arena, .good = true};
}

/* What stands in a stranger's file is written to a terminal: no control characters. */
static char *printable(struct arena *arena, const char *text)
{
    char *line = text_collapse(arena, text);
    text_drop_broken(line);
    for (char *at = line; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    return line;
}

static void add(struct verify_report *report, bool good, const char *part, const char *format,
                va_list arguments) PRINTF_LIKE(4, 0);
static void add(struct verify_report *report, bool good, const char *part, const char *format,
                va_list arguments)
{
    report->good = report->good && good;
    if (report->count == LINES_MAX)
        return;
    if (report->count == report->capacity) {
        report->capacity = report->capacity ? 2 * report->capacity : 16;
        struct verify_line *more = ARENA_ARRAY(report->arena, report->capacity, struct verify_line);
        if (report->count)
            memcpy(more, report->lines, report->count * sizeof *more);
        report->lines = more;
    }
    char text[LINE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    report->lines[report->count++] = (struct verify_line){
        .good = good,
        .part = printable(report->arena, part),
        .text = printable(report->arena, text),
    };
}

void verify_report_good(struct verify_report *report, const char *part, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(report, true, part, format, arguments);
    va_end(arguments);
}

bool verify_report_bad(struct verify_report *report, const char *part, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(report, false, part, format, arguments);
    va_end(arguments);
    return false;
}
