/* datetime.h - dates and times as people type them and as XSD writes them. */
#pragma once

#include "engine/base/arena.h"

/* XSD lexical forms. Dates carry no zone here; times and dateTimes may. */
bool datetime_is_date(const char *text);
bool datetime_is_time(const char *text);
bool datetime_is_date_time(const char *text);

/* xsd:duration: "P1Y2M", "-P3DT10H30M1.5S". Days and all below them as seconds; both carry the
 * sign. */
struct datetime_duration {
    double months, seconds;
    bool has_months, has_seconds; /* such parts are written */
};
bool datetime_read_duration(const char *text, struct datetime_duration *out);

/* The parts of a date that XSD has types for, with a zone or not: "2026-11", "2026", "--12-24",
 * "---24", "--12". */
bool datetime_is_year_month(const char *text);
bool datetime_is_year(const char *text);
bool datetime_is_month_day(const char *text);
bool datetime_is_day(const char *text);
bool datetime_is_month(const char *text);

struct datetime_date {
    int year, month, day;
};

enum datetime_verdict {
    DATETIME_GOOD,
    DATETIME_UNREADABLE,  /* not a date at all, or a month that is none */
    DATETIME_NO_SUCH_DAY, /* *out is filled: 31 June */
    DATETIME_BAD_YEAR,    /* neither two nor four digits */
};

/* "7.3.22", "07.03.2022", "7/3/2022", "7-3-2022", "7 3 2022", "070322", "07032022", "7. mars 2022"
 * (month names of nb, nn, en and se) and ISO. Two digits of a year are 1950 to 2049. */
enum datetime_verdict datetime_read_date(struct arena *arena, const char *typed,
                                         struct datetime_date *out);

/* A month's number or name; a year's two or four digits (0: neither). */
bool datetime_read_month(struct arena *arena, const char *typed, int *month);
bool datetime_read_day(const char *typed, int *day);
int datetime_read_year(const char *typed);

/* "14.30", "14:30", "1430", "9", "kl. 9.05" to "14:30:00". */
CHECKED bool datetime_read_time(struct arena *arena, const char *typed, const char **time);

char *datetime_write_date(struct arena *arena, struct datetime_date date);
