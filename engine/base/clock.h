/* clock.h - what time it is, and times as ISO 8601 and RFC 1123 write them; a test can set it.
 * Wall clock is for what people and other systems see; leases and timeouts use the database's clock
 * or clock_monotonic_ms (security.md D-12). */
#pragma once

#include "engine/base/arena.h"

/* Seconds and milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now(void);
int64_t clock_now_ms(void);

/* Milliseconds that only grow, from no particular start. Not moved by clock_set. */
int64_t clock_monotonic_ms(void);

/* Makes clock_now give at from here on, running; 0: the system's again. For tests and for
 * `--now` of commands. Seen by all threads. */
void clock_set(int64_t at);

/* A calendar time with its distance from UTC. */
struct clock_time {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int offset_minutes; /* east of UTC */
    int weekday;        /* 0 Sunday */
};

struct clock_time clock_utc(int64_t at);

/* In Norway: Central European Time with the EU's summer time (Directive 2000/84/EC), computed,
 * so that it does not depend on the machine's zone. */
struct clock_time clock_oslo(int64_t at);

/* Back to seconds. */
int64_t clock_seconds(struct clock_time time);

/* Days since 1970-01-01 and back (proleptic Gregorian). */
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, int *year, int *month, int *day);
bool clock_is_date(int year, int month, int day);
int clock_days_in_month(int year, int month);

/* "2026-11-23T12:00:00Z", "2026-11-23T13:00:00+01:00", "Mon, 23 Nov 2026 12:00:00 GMT". */
char *clock_iso_utc(struct arena *arena, int64_t at);
char *clock_iso_oslo(struct arena *arena, int64_t at);
char *clock_rfc1123(struct arena *arena, int64_t at);

/* xsd:dateTime with a zone ("Z" or ±hh:mm), fractions cut; RFC 1123 with GMT. False when it is not
 * one, or the date does not exist. */
CHECKED bool clock_parse_iso(const char *text, int64_t *out);
CHECKED bool clock_parse_rfc1123(const char *text, int64_t *out);
