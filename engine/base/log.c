#include "engine/base/log.h"

#include "engine/base/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, IDENTITY_DIGITS = 11 };

static _Atomic int least_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level least)
{
    atomic_store(&least_level, (int)least);
}

/* National identity numbers, also written with one space, dot or dash between digits. */
static void mask_identity_numbers(char *line)
{
    for (char *start = line; *start; start++) {
        if (*start < '0' || *start > '9')
            continue;
        char *at = start;
        int count = 0;
        while (*at >= '0' && *at <= '9') {
            count++;
            at++;
            if (*at && strchr(" .-", *at) && at[1] >= '0' && at[1] <= '9' &&
                count < IDENTITY_DIGITS)
                at++;
        }
        if (count == IDENTITY_DIGITS)
            for (char *digit = start; digit < at; digit++)
                if (*digit >= '0' && *digit <= '9')
                    *digit = '*';
        start = at - 1;
    }
}

static void write_line(enum log_level level, const char *event, const char *pairs)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char line[LINE_BYTES];
    int64_t now = clock_now_ms();
    struct clock_time t = clock_utc(now / 1000);

    char masked[LINE_BYTES - 128];
    size_t length = 0;
    for (; *pairs && length < sizeof masked - 5; pairs++) {
        unsigned char c = (unsigned char)*pairs;
        if (c < 0x20 || c == 0x7F)
            length += (size_t)snprintf(masked + length, 5, "\\x%02x", c);
        else
            masked[length++] = (char)c;
    }
    masked[length] = '\0';
    mask_identity_numbers(masked);

    int size = snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s%s%s\n",
                        t.year, t.month, t.day, t.hour, t.minute, t.second, (int)(now % 1000),
                        names[level], event, *masked ? " " : "", masked);
    /* One write a line, so that lines of threads do not mix. Nothing can be done if it fails. */
    if (write(STDERR_FILENO, line, (size_t)size) < 0)
        return;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    if ((int)level < atomic_load(&least_level))
        return;
    char pairs[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(pairs, sizeof pairs, format, arguments);
    va_end(arguments);
    write_line(level, event, pairs);
}

void log_error(const char *event, const struct error *err)
{
    char pairs[LINE_BYTES], place[sizeof err->file + 24] = "";
    if (*err->file && err->line)
        snprintf(place, sizeof place, " file=%s:%d", err->file, err->line);
    else if (*err->file)
        snprintf(place, sizeof place, " file=%s", err->file);
    snprintf(pairs, sizeof pairs, "code=%s%s text=\"%s\"", error_name(err->code), place, err->text);
    write_line(error_is_temporary(err->code) ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, event, pairs);
}
