#include "engine/open/open_report.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CHARACTERS = 500 };

void open_report_init(struct open_report *report, struct arena *arena)
{
    *report = (struct open_report){.arena = arena};
    report->lines = ARENA_ARRAY(arena, OPEN_MAX_LINES, struct open_line);
}

/* C0, DEL, C1, line separators, and marks of direction (Unicode UAX #9). */
static bool is_unfit(uint32_t letter)
{
    return letter < 0x20 || (letter >= 0x7F && letter < 0xA0) ||
           (letter >= 0x2028 && letter <= 0x202E) || (letter >= 0x2066 && letter <= 0x2069) ||
           letter == 0x200E || letter == 0x200F || letter == 0xFEFF;
}

static const char *fit(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = text; *at;) {
        uint32_t letter = text_next(&at);
        buf_add_utf8(&out, is_unfit(letter) ? 0xFFFD : letter);
    }
    return text_cut(arena, buf_text(&out), MOST_CHARACTERS);
}

static void add(struct open_report *report, enum open_weight weight, const char *where,
                const char *text)
{
    report->warning_count += weight == OPEN_WARNING;
    report->wrong_count += weight == OPEN_WRONG;
    if (report->line_count == OPEN_MAX_LINES)
        return;
    report->lines[report->line_count++] =
        (struct open_line){weight, fit(report->arena, where), fit(report->arena, text)};
}

static const char *printed(struct arena *arena, const char *format, va_list arguments)
    PRINTF_LIKE(2, 0);
static const char *printed(struct arena *arena, const char *format, va_list arguments)
{
    char text[4 * MOST_CHARACTERS + 1];
    vsnprintf(text, sizeof text, format, arguments);
    text_drop_broken(text);
    return arena_text(arena, text);
}

#define ADD(weight, where)                                                                         \
    do {                                                                                           \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        add(report, weight, where, printed(report->arena, format, arguments));                     \
        va_end(arguments);                                                                         \
    } while (0)

void open_fact(struct open_report *report, const char *format, ...)
{
    ADD(OPEN_FACT, "");
}

void open_warn(struct open_report *report, const char *where, const char *format, ...)
{
    ADD(OPEN_WARNING, where);
}

void open_wrong(struct open_report *report, const char *where, const char *format, ...)
{
    ADD(OPEN_WRONG, where);
}

void open_wrong_error(struct open_report *report, const char *where, const struct error *err)
{
    const char *place = *where ? where : err->file;
    if (err->line)
        place = arena_printf(report->arena, "%s:%d", place, err->line);
    add(report, OPEN_WRONG, place, err->text);
}

void open_keep(struct open_report *report, const char *name, struct bytes content)
{
    for (size_t i = 0; i < report->file_count; i++)
        if (text_equal(report->files[i].name, name))
            return;
    if (report->file_count == report->file_room) {
        report->file_room = report->file_room ? 2 * report->file_room : 16;
        struct open_file *more = ARENA_ARRAY(report->arena, report->file_room, struct open_file);
        if (report->file_count)
            memcpy(more, report->files, report->file_count * sizeof *more);
        report->files = more;
    }
    report->files[report->file_count++] = (struct open_file){name, content};
}
