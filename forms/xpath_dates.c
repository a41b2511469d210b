/* The functions about dates and times. A date is counted in whole days since 1970-01-01; a moment
 * in days with fractions, by the clock on the wall where it was written, so that both compare. Only
 * decimal-date-time() and its like look at the zone. */
#include "forms/xpath_functions.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

struct moment {
    int year, month, day;
    bool has_time, has_zone;
    int hour, minute;
    double second;
    int offset_minutes; /* east of UTC */
};

static void free_text(xmlChar **text)
{
    xmlFree(*text);
}

/* min to max digits at *at, which moves past them. */
static bool read_digits(const char **at, int min, int max, int *out)
{
    int value = 0, digits = 0;
    for (; digits < max && **at >= '0' && **at <= '9'; digits++)
        value = value * 10 + (*(*at)++ - '0');
    *out = value;
    return digits >= min;
}

static bool read_mark(const char **at, char mark)
{
    if (**at != mark)
        return false;
    ++*at;
    return true;
}

static bool read_zone(const char **at, struct moment *out)
{
    if (!**at)
        return true;
    out->has_zone = true;
    if (read_mark(at, 'Z'))
        return !**at;
    int sign = **at == '-' ? -1 : 1, hours, minutes = 0;
    if (!read_mark(at, '+') && !read_mark(at, '-'))
        return false;
    if (!read_digits(at, 2, 2, &hours))
        return false;
    if (read_mark(at, ':') && !read_digits(at, 2, 2, &minutes))
        return false;
    out->offset_minutes = sign * (hours * 60 + minutes);
    return !**at && hours <= 14 && minutes < 60;
}

/* "08:30", "08:30:00", "08:30:00.000+01:00" to the end. */
static bool read_time(const char *at, struct moment *out)
{
    int second = 0;
    out->has_time = true;
    if (!read_digits(&at, 2, 2, &out->hour) || !read_mark(&at, ':') ||
        !read_digits(&at, 2, 2, &out->minute))
        return false;
    if (read_mark(&at, ':') && !read_digits(&at, 2, 2, &second))
        return false;
    double fraction = 0, scale = 0.1;
    if (read_mark(&at, '.'))
        for (; *at >= '0' && *at <= '9'; at++, scale /= 10)
            fraction += scale * (*at - '0');
    out->second = second + fraction;
    return out->hour < 24 && out->minute < 60 && second < 60 && read_zone(&at, out);
}

/* "2026-11-23", "2026-1-2", "2026-11-23T08:30:00+01:00". */
static bool read_moment(const char *at, struct moment *out)
{
    *out = (struct moment){0};
    if (!read_digits(&at, 4, 4, &out->year) || !read_mark(&at, '-') ||
        !read_digits(&at, 1, 2, &out->month) || !read_mark(&at, '-') ||
        !read_digits(&at, 1, 2, &out->day) || !clock_is_date(out->year, out->month, out->day))
        return false;
    return !*at || (read_mark(&at, 'T') && read_time(at, out));
}

static double day_fraction(const struct moment *moment)
{
    return (moment->hour * 3600 + moment->minute * 60 + moment->second) / 86400;
}

static double days_of(const struct moment *moment)
{
    return (double)clock_days(moment->year, moment->month, moment->day) + day_fraction(moment);
}

bool xpath_days(const char *text, double *out)
{
    struct moment moment;
    if (!read_moment(text, &moment))
        return false;
    *out = days_of(&moment);
    return true;
}

/* The argument as a moment; a number is days since 1970. */
static bool pop_moment(xmlXPathParserContext *call, struct moment *out)
{
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    if (!text)
        return false;
    if (read_moment((const char *)text, out))
        return true;
    double days = xmlXPathCastStringToNumber(text);
    if (!(fabs(days) < 2.9e6)) /* years 0 to 9999, roughly; also NaN */
        return false;
    *out = (struct moment){0};
    clock_date((int64_t)floor(days), &out->year, &out->month, &out->day);
    double seconds = round((days - floor(days)) * 86400);
    out->has_time = seconds > 0 && seconds < 86400;
    out->hour = (int)(seconds / 3600) % 24;
    out->minute = (int)(seconds / 60) % 60;
    out->second = fmod(seconds, 60);
    return out->year >= 0 && out->year <= 9999;
}

void xpath_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    char text[40] = "";
    if (pop_moment(call, &moment))
        snprintf(text, sizeof text, "%04d-%02d-%02d", moment.year, moment.month, moment.day);
    xpath_call_return_text(call, text);
}

void xpath_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    char text[80] = "";
    if (pop_moment(call, &moment))
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%06.3f", moment.year, moment.month,
                 moment.day, moment.hour, moment.minute, moment.second);
    xpath_call_return_text(call, text);
}

void xpath_decimal_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    xpath_call_return_number(
        call, pop_moment(call, &moment) ? days_of(&moment) - moment.offset_minutes / 1440.0 : NAN);
}

void xpath_decimal_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    struct moment moment = {0};
    bool good = text && read_time((const char *)text, &moment);
    xpath_call_return_number(call, good ? day_fraction(&moment) : NAN);
}

void xpath_days_from_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    xpath_call_return_number(call, pop_moment(call, &moment) ? floor(days_of(&moment)) : NAN);
}

void xpath_seconds_from_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    xpath_call_return_number(call, pop_moment(call, &moment)
                                       ? days_of(&moment) * 86400 - moment.offset_minutes * 60
                                       : NAN);
}

/* Whole years from a date until today; NaN when it is no date. */
void xpath_age(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment born, today;
    if (!pop_moment(call, &born) || !read_moment(xpath_call_moment(call)->today, &today)) {
        xpath_call_return_number(call, NAN);
        return;
    }
    bool before = today.month < born.month || (today.month == born.month && today.day < born.day);
    xpath_call_return_number(call, today.year - born.year - before);
}

/* One conversion of format-date: ODK's letters. */
static void format_part(struct buf *out, char letter, const struct moment *moment)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    int64_t days = clock_days(moment->year, moment->month, moment->day);
    switch (letter) {
    case 'Y':
        buf_printf(out, "%04d", moment->year);
        return;
    case 'y':
        buf_printf(out, "%02d", moment->year % 100);
        return;
    case 'm':
        buf_printf(out, "%02d", moment->month);
        return;
    case 'n':
        buf_printf(out, "%d", moment->month);
        return;
    case 'b':
        buf_add_text(out, months[moment->month - 1]);
        return;
    case 'd':
        buf_printf(out, "%02d", moment->day);
        return;
    case 'e':
        buf_printf(out, "%d", moment->day);
        return;
    case 'a':
        buf_add_text(out, weekdays[((days + 4) % 7 + 7) % 7]);
        return;
    case 'H':
        buf_printf(out, "%02d", moment->hour);
        return;
    case 'h':
        buf_printf(out, "%d", moment->hour);
        return;
    case 'M':
        buf_printf(out, "%02d", moment->minute);
        return;
    case 'S':
        buf_printf(out, "%02d", (int)moment->second);
        return;
    case '3':
        buf_printf(out, "%03d", (int)(fmod(moment->second, 1) * 1000 + 0.5) % 1000);
        return;
    default:
        buf_add_byte(out, '%');
        if (letter != '%')
            buf_add_byte(out, (unsigned char)letter);
    }
}

/* format-date(date, "%e. %n %Y"), format-date-time() */
void xpath_format_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *format = xmlXPathPopString(call);
    struct moment moment;
    if (!pop_moment(call, &moment)) {
        xpath_call_return_text(call, "");
        return;
    }
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = (const char *)format; *at && out.size < XPATH_MAX_RESULT_BYTES; at++) {
        if (*at == '%' && at[1])
            format_part(&out, *++at, &moment);
        else
            buf_add_byte(&out, (unsigned char)*at);
    }
    xpath_call_return_text(call, buf_text(&out));
}
