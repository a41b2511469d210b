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

/* Bytes of the digit that stands here, 0 when none does: plain, URL-encoded ("%31") or full-width.
 */
static size_t digit_size(const char *at)
{
    if (*at >= '0' && *at <= '9')
        return 1;
    if (at[0] == '%' && at[1] == '3' && at[2] >= '0' && at[2] <= '9')
        return 3;
    if (strncmp(at, "\xEF\xBC", 2) == 0 && (unsigned char)at[2] >= 0x90 &&
        (unsigned char)at[2] <= 0x99)
        return 3;
    return 0;
}

/* The end of exactly eleven digits that begin here, with at most one space, dot or dash between
 * two; NULL when there are not so many or more. */
static char *identity_number_end(char *start)
{
    char *at = start;
    for (int count = 0; count < IDENTITY_DIGITS; count++) {
        if (count && *at && strchr(" .-", *at))
            at++;
        size_t size = digit_size(at);
        if (!size)
            return NULL;
        at += size;
    }
    return digit_size(at) ? NULL : at;
}

static void mask_identity_numbers(char *line)
{
    for (char *at = line; *at;) {
        char *end = digit_size(at) ? identity_number_end(at) : NULL;
        if (end) {
            memset(at, '*', (size_t)(end - at));
            at = end;
        } else if (digit_size(at)) { /* no number begins in the middle of a run */
            while (digit_size(at))
                at += digit_size(at);
        } else {
            at++;
        }
    }
}

/* What stands before a secret: a token in a header or an address, a cookie of ours; and how a JSON
 * token begins (RFC 7519), which is part of it. */
static const struct {
    const char *text;
    bool is_secret;
} marks[] = {
    {"Bearer ", false},        {"__Host-", false},   {"?code=", false},
    {"&code=", false},         {"?state=", false},   {"&state=", false},
    {"access_token=", false},  {"id_token=", false}, {"assertion=", false},
    {"id_token_hint=", false}, {"eyJ", true},
};

static void mask_secrets(char *line)
{
    static const char secret[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789-._~+/=%";
    for (size_t i = 0; i < COUNT(marks); i++)
        for (char *at = line; (at = strcasestr(at, marks[i].text));) {
            char *from = at + (marks[i].is_secret ? 0 : strlen(marks[i].text));
            at += strlen(marks[i].text);
            memset(from, '*', strspn(from, secret));
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
    mask_secrets(masked);

    int size = snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %s %s%s%s\n",
                        t.year, t.month, t.day, t.hour, t.minute, t.second, (int)(now % 1000),
                        names[level], event, *masked ? " " : "", masked);
    if ((size_t)size >= sizeof line) {
        size = sizeof line - 1;
        line[size - 1] = '\n';
    }
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
