#include "engine/base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static _Atomic int64_t shift_ms;

static int64_t system_ms(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    return system_ms(CLOCK_REALTIME) + atomic_load(&shift_ms);
}

int64_t clock_now(void)
{
    return clock_now_ms() / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return system_ms(CLOCK_MONOTONIC);
}

void clock_set(int64_t at)
{
    atomic_store(&shift_ms, at ? at * 1000 - system_ms(CLOCK_REALTIME) : 0);
}

/* Civil days from the count of 400-year eras, starting in March so that the leap day comes last. */
int64_t clock_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void clock_date(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int clock_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool clock_is_date(int year, int month, int day)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= clock_days_in_month(year, month);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct clock_time split(int64_t at, int offset_minutes)
{
    int64_t local = at + (int64_t)offset_minutes * 60;
    int64_t days = floor_div(local, 86400);
    int second = (int)(local - days * 86400);
    struct clock_time time = {
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .offset_minutes = offset_minutes,
        .weekday = (int)(((days + 4) % 7 + 7) % 7),
    };
    clock_date(days, &time.year, &time.month, &time.day);
    return time;
}

struct clock_time clock_utc(int64_t at)
{
    return split(at, 0);
}

/* 01:00 UTC on the last Sunday of a month with 31 days. */
static int64_t last_sunday(int year, int month)
{
    int64_t last = clock_days(year, month, 31);
    int weekday = (int)(((last + 4) % 7 + 7) % 7);
    return (last - weekday) * 86400 + 3600;
}

struct clock_time clock_oslo(int64_t at)
{
    int year = clock_utc(at).year;
    bool summer = at >= last_sunday(year, 3) && at < last_sunday(year, 10);
    return split(at, summer ? 120 : 60);
}

int64_t clock_seconds(struct clock_time t)
{
    return clock_days(t.year, t.month, t.day) * 86400 + t.hour * 3600 + t.minute * 60 + t.second -
           (int64_t)t.offset_minutes * 60;
}

static char *iso(struct arena *arena, struct clock_time t, const char *zone)
{
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%s", t.year, t.month, t.day, t.hour,
                        t.minute, t.second, zone);
}

char *clock_iso_utc(struct arena *arena, int64_t at)
{
    return iso(arena, clock_utc(at), "Z");
}

char *clock_iso_oslo(struct arena *arena, int64_t at)
{
    struct clock_time time = clock_oslo(at);
    return iso(arena, time, time.offset_minutes == 120 ? "+02:00" : "+01:00");
}

static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char *clock_rfc1123(struct arena *arena, int64_t at)
{
    struct clock_time t = clock_utc(at);
    return arena_printf(arena, "%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays[t.weekday], t.day,
                        months[t.month - 1], t.year, t.hour, t.minute, t.second);
}

/* Exactly so many digits at *at. */
static bool digits(const char **at, int count, int *out)
{
    *out = 0;
    for (; count; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

bool clock_parse_iso(const char *text, int64_t *out)
{
    struct clock_time t = {0};
    const char *at = text;
    if (!digits(&at, 4, &t.year) || !literal(&at, '-') || !digits(&at, 2, &t.month) ||
        !literal(&at, '-') || !digits(&at, 2, &t.day) || !literal(&at, 'T') ||
        !digits(&at, 2, &t.hour) || !literal(&at, ':') || !digits(&at, 2, &t.minute) ||
        !literal(&at, ':') || !digits(&at, 2, &t.second))
        return false;
    if (*at == '.') {
        at++;
        size_t length = strspn(at, "0123456789");
        if (!length)
            return false;
        at += length;
    }
    if (*at == 'Z') {
        at++;
    } else {
        int sign = *at == '+' ? 1 : *at == '-' ? -1 : 0, hours, minutes;
        at++;
        if (!sign || !digits(&at, 2, &hours) || !literal(&at, ':') || !digits(&at, 2, &minutes) ||
            hours > 14 || minutes > 59)
            return false;
        t.offset_minutes = sign * (hours * 60 + minutes);
    }
    if (*at || !clock_is_date(t.year, t.month, t.day) || t.hour > 23 || t.minute > 59 ||
        t.second > 59)
        return false;
    *out = clock_seconds(t);
    return true;
}

static bool name(const char **at, const char (*names)[4], int count, int *out)
{
    for (int i = 0; i < count; i++)
        if (strncmp(*at, names[i], 3) == 0) {
            *at += 3;
            *out = i;
            return true;
        }
    return false;
}

bool clock_parse_rfc1123(const char *text, int64_t *out)
{
    struct clock_time t = {0};
    const char *at = text;
    int month;
    if (!name(&at, weekdays, 7, &t.weekday) || !literal(&at, ',') || !literal(&at, ' ') ||
        !digits(&at, 2, &t.day) || !literal(&at, ' ') || !name(&at, months, 12, &month) ||
        !literal(&at, ' ') || !digits(&at, 4, &t.year) || !literal(&at, ' ') ||
        !digits(&at, 2, &t.hour) || !literal(&at, ':') || !digits(&at, 2, &t.minute) ||
        !literal(&at, ':') || !digits(&at, 2, &t.second) || strcmp(at, " GMT") != 0)
        return false;
    t.month = month + 1;
    if (!clock_is_date(t.year, t.month, t.day) || t.hour > 23 || t.minute > 59 || t.second > 59)
        return false;
    *out = clock_seconds(t);
    return true;
}
