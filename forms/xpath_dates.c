/* The functions about dates and times. A moment is counted in days since 1970-01-01T00:00:00Z with
 * fractions (ODK XForms, decimal-date-time); a date begins at midnight in the zone of the run, and
 * what carries no zone is meant there. */
#include "forms/xpath_functions.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "forms/datetime.h"
#include "forms/locale.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct moment {
    int year, month, day;
    bool has_time, has_zone;
    int hour, minute;
    double second;
    int offset_minutes; /* east of UTC */
};

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

static double wall_seconds(const struct moment *moment)
{
    return (double)clock_days(moment->year, moment->month, moment->day) * 86400 +
           moment->hour * 3600 + moment->minute * 60 + moment->second;
}

/* Seconds since 1970-01-01T00:00:00Z. */
static double instant_of(const struct xpath_moment *run, const struct moment *moment)
{
    double wall = wall_seconds(moment);
    if (moment->has_zone)
        return wall - moment->offset_minutes * 60;
    int64_t about = (int64_t)floor(wall) - run->standard_minutes * 60;
    return wall - run->zone(about).offset_minutes * 60;
}

bool xpath_time_of(const struct xpath_moment *run, const char *text, struct xpath_time *out)
{
    struct moment moment;
    if (!read_moment(text, &moment))
        return false;
    out->instant = instant_of(run, &moment) / 86400;
    out->day = (double)clock_days(moment.year, moment.month, moment.day);
    out->operand = moment.has_time ? out->instant : out->day - run->standard_minutes / 1440.0;
    return true;
}

/* What the clock in the zone shows, to the millisecond; false outside years 0 to 9999. */
static bool on_the_wall(const struct xpath_moment *run, double instant, struct moment *out)
{
    double ms = round(instant * 1000);
    if (!(fabs(ms) < 2.6e14)) /* years -6000 to 10000, roughly; also NaN */
        return false;
    int64_t seconds = (int64_t)floor(ms / 1000);
    struct clock_time time = run->zone(seconds);
    *out = (struct moment){
        .year = time.year,
        .month = time.month,
        .day = time.day,
        .has_time = true,
        .has_zone = true,
        .hour = time.hour,
        .minute = time.minute,
        .second = time.second + (ms / 1000 - (double)seconds),
        .offset_minutes = time.offset_minutes,
    };
    return time.year >= 0 && time.year <= 9999;
}

/* A text with a time, as the clock in the zone shows it; false when it is no date. */
static bool read_local(const struct xpath_moment *run, const char *text, struct moment *out)
{
    if (!read_moment(text, out))
        return false;
    return !out->has_time || on_the_wall(run, instant_of(run, out), out);
}

/* The argument as a moment in the zone; a number is days since 1970. */
static bool pop_moment(xmlXPathParserContext *call, struct moment *out)
{
    const struct xpath_moment *run = xpath_call_moment(call);
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    if (!object || object->type == XPATH_BOOLEAN)
        return false;
    if (object->type == XPATH_NUMBER)
        return on_the_wall(run, object->floatval * 86400, out);
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathCastToString(object);
    return read_local(run, (const char *)text, out) ||
           on_the_wall(run, xmlXPathCastStringToNumber(text) * 86400, out);
}

/* As ODK's engine writes it: midnight is a date. */
static void return_moment(xmlXPathParserContext *call, const struct moment *moment)
{
    char text[80];
    int size =
        snprintf(text, sizeof text, "%04d-%02d-%02d", moment->year, moment->month, moment->day);
    int minutes = abs(moment->offset_minutes);
    int ms = (int)(moment->second * 1000 + 0.5);
    if (moment->has_time && (moment->hour || moment->minute || ms))
        snprintf(text + size, sizeof text - (size_t)size, "T%02d:%02d:%02d.%03d%c%02d:%02d",
                 moment->hour, moment->minute, ms / 1000, ms % 1000,
                 moment->offset_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
    xpath_call_return_text(call, text);
}

static void call_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    if (pop_moment(call, &moment))
        return_moment(call, &moment);
    else
        xpath_call_return_number(call, xpath_no_date());
}

/* A number that is midnight of standard time is a date in summer too: it comes from counting with
 * dates. */
static void call_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct moment moment;
    if (!pop_moment(call, &moment)) {
        xpath_call_return_number(call, xpath_no_date());
        return;
    }
    int summer = moment.offset_minutes - xpath_call_moment(call)->standard_minutes;
    if (moment.has_time && moment.hour * 60 + moment.minute == summer && moment.second < 0.0005)
        moment.has_time = false;
    return_moment(call, &moment);
}

static void call_decimal_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    const struct xpath_moment *run = xpath_call_moment(call);
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathCastToString(object);
    struct xpath_time time;
    xpath_call_return_number(call, xpath_time_of(run, (const char *)text, &time)
                                       ? time.instant
                                       : xpath_object_number(run, object));
}

/* The part of the day that has passed where the run's clock hangs. */
static void call_decimal_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    const struct xpath_moment *run = xpath_call_moment(call);
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    struct moment moment = {0};
    if (!text || (!read_time((const char *)text, &moment) &&
                  !(read_local(run, (const char *)text, &moment) && moment.has_time))) {
        xpath_call_return_number(call, NAN);
        return;
    }
    double seconds = moment.hour * 3600 + moment.minute * 60 + moment.second;
    if (!moment.year && moment.has_zone)
        seconds += (run->now_minutes - moment.offset_minutes) * 60;
    xpath_call_return_number(call, fmod(seconds + 2 * 86400, 86400) / 86400);
}

/* ---- XForms 1.1, 7.9: in UTC, where a text without a zone is taken to be ---- */

/* NaN when it is neither date nor moment; *has_time which. */
static double pop_utc_seconds(xmlXPathParserContext *call, bool *has_time)
{
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    struct moment moment;
    if (!text || !read_moment((const char *)text, &moment))
        return NAN;
    *has_time = moment.has_time;
    return wall_seconds(&moment) - moment.offset_minutes * 60;
}

static void call_days_from_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    bool has_time;
    xpath_call_return_number(call, floor(pop_utc_seconds(call, &has_time) / 86400));
}

static void call_seconds_from_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    bool has_time = false;
    double seconds = pop_utc_seconds(call, &has_time);
    xpath_call_return_number(call, has_time ? seconds : NAN);
}

/* Years 0001 to 9999, as a date is written here. */
static const double FIRST_DAY = -719162, LAST_DAY = 2932896;

static void call_days_to_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    double days = floor(xmlXPathPopNumber(call) + 0.5);
    if (!(days >= FIRST_DAY && days <= LAST_DAY)) { /* also NaN */
        xpath_call_return_text(call, "");
        return;
    }
    int year, month, day;
    char text[40];
    clock_date((int64_t)days, &year, &month, &day);
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    xpath_call_return_text(call, text);
}

/* "2026-11-23T12:40:00+01:00", fractions of a second only where there are some. */
static void return_date_time(xmlXPathParserContext *call, const struct moment *moment)
{
    char text[100], fraction[8] = "", zone[16] = "Z";
    int ms = (int)(moment->second * 1000 + 0.5), minutes = abs(moment->offset_minutes);
    if (ms % 1000)
        snprintf(fraction, sizeof fraction, ".%03d", ms % 1000);
    if (minutes)
        snprintf(zone, sizeof zone, "%c%02d:%02d", moment->offset_minutes < 0 ? '-' : '+',
                 minutes / 60 % 100, minutes % 60);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", moment->year, moment->month,
             moment->day, moment->hour, moment->minute, ms / 1000, fraction, zone);
    xpath_call_return_text(call, text);
}

static void call_seconds_to_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    double seconds = floor(xmlXPathPopNumber(call) + 0.5);
    if (!(seconds >= FIRST_DAY * 86400 && seconds < (LAST_DAY + 1) * 86400)) { /* also NaN */
        xpath_call_return_text(call, "");
        return;
    }
    struct clock_time time = clock_utc((int64_t)seconds);
    return_date_time(call, &(struct moment){.year = time.year,
                                            .month = time.month,
                                            .day = time.day,
                                            .hour = time.hour,
                                            .minute = time.minute,
                                            .second = time.second});
}

/* A moment without a zone is one in ours. */
static void call_adjust(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    struct moment moment;
    if (text && read_local(xpath_call_moment(call), (const char *)text, &moment) && moment.has_time)
        return_date_time(call, &moment);
    else
        xpath_call_return_text(call, "");
}

static void call_local_date_time(xmlXPathParserContext *call, int count)
{
    (void)count;
    const struct xpath_moment *run = xpath_call_moment(call);
    struct moment moment;
    if (read_local(run, run->now, &moment))
        return_date_time(call, &moment);
    else
        xpath_call_return_text(call, run->now);
}

/* Also local-date(): here it is always that of our zone. */
static void call_today(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_text(call, xpath_call_moment(call)->today);
}

static void call_now(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_text(call, xpath_call_moment(call)->now);
}

/* seconds() and months() of an xsd:duration: the days, hours, minutes and seconds of it, and its
 * years and months; the other part is left out. */
static void call_seconds(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    struct datetime_duration duration;
    bool good = text && datetime_read_duration((const char *)text, &duration);
    xpath_call_return_number(call, good ? duration.seconds : NAN);
}

static void call_months(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    struct datetime_duration duration;
    bool good = text && datetime_read_duration((const char *)text, &duration);
    xpath_call_return_number(call, good ? duration.months : NAN);
}

/* ---- Ages, and dates as people write them ---- */

/* Whole years from a date until today; NaN when it is no date. */
static void call_age(xmlXPathParserContext *call, int count)
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
static void format_part(struct buf *out, char letter, const struct moment *moment,
                        const char *language)
{
    int64_t days = clock_days(moment->year, moment->month, moment->day);
    int weekday = (int)(((days + 4) % 7 + 7) % 7);
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
        buf_add_text(out, locale_short_month(moment->month, language));
        return;
    case 'd':
        buf_printf(out, "%02d", moment->day);
        return;
    case 'e':
        buf_printf(out, "%d", moment->day);
        return;
    case 'a':
        buf_add_text(out, locale_short_weekday(weekday, language));
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
static void call_format_date(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *format = xmlXPathPopString(call);
    struct moment moment;
    if (!pop_moment(call, &moment)) {
        xpath_call_return_text(call, "");
        return;
    }
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *language = xpath_call_moment(call)->language;
    language = language ? language : "en"; /* as ODK's engines, of forms that do not say */
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = (const char *)format; *at && out.size < XPATH_MAX_RESULT_BYTES; at++) {
        if (*at == '%' && at[1])
            format_part(&out, *++at, &moment, language);
        else
            buf_add_byte(&out, (unsigned char)*at);
    }
    xpath_call_return_text(call, buf_text(&out));
}

static const struct xpath_function functions[] = {
    {NULL, "adjust-dateTime-to-timezone", 1, 1, call_adjust},
    {NULL, "date", 1, 1, call_date},
    {NULL, "date-time", 1, 1, call_date_time},
    {NULL, "days-from-date", 1, 1, call_days_from_date},
    {NULL, "days-to-date", 1, 1, call_days_to_date},
    {NULL, "decimal-date-time", 1, 1, call_decimal_date_time},
    {NULL, "decimal-time", 1, 1, call_decimal_time},
    {NULL, "format-date", 2, 2, call_format_date},
    {NULL, "format-date-time", 2, 2, call_format_date},
    {NULL, "local-date", 0, 0, call_today},
    {NULL, "local-dateTime", 0, 0, call_local_date_time},
    {NULL, "months", 1, 1, call_months},
    {NULL, "now", 0, 0, call_now},
    {NULL, "seconds", 1, 1, call_seconds},
    {NULL, "seconds-from-dateTime", 1, 1, call_seconds_from_date_time},
    {NULL, "seconds-to-dateTime", 1, 1, call_seconds_to_date_time},
    {NULL, "today", 0, 0, call_today},
    {XPATH_SK, "age", 1, 1, call_age},
};
const struct xpath_function_list xpath_dates_list = XPATH_LIST(functions);
