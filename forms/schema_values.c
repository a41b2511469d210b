/* Values of XML Schema's types: compared, measured. What comes here has its lexical form. */
#include "forms/schema_inside.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/datetime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Decimals of any length ---- */

struct decimal {
    bool negative;
    const char *whole, *fraction;
    size_t whole_size, fraction_size;
};

static struct decimal read_decimal(const char *text)
{
    struct decimal decimal = {.negative = *text == '-'};
    text += *text == '-' || *text == '+';
    text += strspn(text, "0");
    decimal.whole = text;
    decimal.whole_size = strspn(text, "0123456789");
    text += decimal.whole_size;
    decimal.fraction = text + (*text == '.');
    decimal.fraction_size = strspn(decimal.fraction, "0123456789");
    while (decimal.fraction_size && decimal.fraction[decimal.fraction_size - 1] == '0')
        decimal.fraction_size--;
    if (decimal.whole_size + decimal.fraction_size == 0)
        decimal.negative = false; /* -0 is 0 */
    return decimal;
}

static int compare_sizes(const struct decimal *a, const struct decimal *b)
{
    if (a->whole_size != b->whole_size)
        return a->whole_size < b->whole_size ? -1 : 1;
    int order = memcmp(a->whole, b->whole, a->whole_size);
    size_t shared = a->fraction_size < b->fraction_size ? a->fraction_size : b->fraction_size;
    if (!order)
        order = memcmp(a->fraction, b->fraction, shared);
    if (!order && a->fraction_size != b->fraction_size)
        order = a->fraction_size < b->fraction_size ? -1 : 1;
    return order;
}

static int compare_decimals(const char *a, const char *b)
{
    struct decimal left = read_decimal(a), right = read_decimal(b);
    if (left.negative != right.negative)
        return left.negative ? -1 : 1;
    int order = compare_sizes(&left, &right);
    return left.negative ? -order : order;
}

void schema_digits(const char *decimal, size_t *total, size_t *fraction)
{
    struct decimal parts = read_decimal(decimal);
    *fraction = parts.fraction_size;
    *total = parts.whole_size + parts.fraction_size;
}

/* ---- Times ---- */

enum { MAX_YEAR = 1000000 }; /* later ones are all alike */

static double read_float(const char *text)
{
    return strcmp(text, "INF") == 0    ? INFINITY
           : strcmp(text, "-INF") == 0 ? -INFINITY
           : strcmp(text, "NaN") == 0  ? NAN
                                       : strtod(text, NULL);
}

/* The minutes east of UTC that a value ends in; 0 without a zone. */
static int zone_minutes(const char *text)
{
    size_t size = strlen(text);
    const char *zone = size > 6 ? text + size - 6 : text;
    if (size <= 6 || (*zone != '+' && *zone != '-') || zone[3] != ':')
        return 0;
    int minutes = (int)strtol(zone + 1, NULL, 10) * 60 + (int)strtol(zone + 4, NULL, 10);
    return *zone == '-' ? -minutes : minutes;
}

/* hh:mm:ss.s in seconds. */
static double read_time(const char *text)
{
    return (double)strtol(text, NULL, 10) * 3600 + (double)strtol(text + 3, NULL, 10) * 60 +
           strtod(text + 6, NULL);
}

/* Seconds from 1970-01-01T00:00:00Z, with 1 January or the year 2000 where the value does not say.
 * Its parts are in order, so each is recognised by the mark after it. */
static double read_moment(const char *text)
{
    int zone = zone_minutes(text);
    if (text[0] >= '0' && text[0] <= '9' && text[2] == ':')
        return read_time(text) - zone * 60;
    bool bare = text[0] == '-' && text[1] == '-'; /* no year: --mm-dd, --mm, ---dd */
    bool day_only = bare && text[2] == '-';
    bool before = !bare && text[0] == '-';
    const char *at = text + (bare ? 2 : before);
    char *end = (char *)(uintptr_t)at;
    long year = bare ? 2000 : strtol(at, &end, 10), month = 1, day = 1;
    if (year > MAX_YEAR)
        year = MAX_YEAR;
    if (before)
        year = 1 - year; /* there is no year 0 (XSD 1.0, 3.2.7) */
    if (day_only)
        day = strtol(at + 1, &end, 10);
    else if (bare || (*end == '-' && end[3] != ':'))
        month = strtol(bare ? at : end + 1, &end, 10);
    if (!day_only && *end == '-' && end[3] != ':')
        day = strtol(end + 1, &end, 10);
    double seconds = (double)clock_days((int)year, (int)month, (int)day) * 86400;
    return seconds + (*end == 'T' ? read_time(end + 1) : 0) - zone * 60;
}

static int order_of(double a, double b)
{
    return (a > b) - (a < b);
}

bool schema_compare(enum schema_order order, const char *a, const char *b, int *out)
{
    struct datetime_duration left, right;
    switch (order) {
    case SCHEMA_TEXTS:
        *out = strcmp(a, b);
        return true;
    case SCHEMA_DECIMALS:
        *out = compare_decimals(a, b);
        return true;
    case SCHEMA_FLOATS:
        *out = order_of(read_float(a), read_float(b));
        return !isnan(read_float(a)) && !isnan(read_float(b));
    case SCHEMA_TIMES:
        *out = order_of(read_moment(a), read_moment(b));
        return true;
    case SCHEMA_DURATIONS:
        if (!datetime_read_duration(a, &left) || !datetime_read_duration(b, &right))
            return false;
        *out = left.months != right.months ? order_of(left.months, right.months)
                                           : order_of(left.seconds, right.seconds);
        return true;
    }
    return false;
}

/* ---- White space and length ---- */

const char *schema_spaced(struct arena *arena, enum schema_space space, const char *value)
{
    if (space == SCHEMA_PRESERVE || !strpbrk(value, " \t\r\n"))
        return value;
    if (space == SCHEMA_COLLAPSE)
        return text_collapse(arena, value);
    char *copy = arena_text(arena, value);
    for (char *at = copy; (at = strpbrk(at, "\t\r\n")) != NULL;)
        *at = ' ';
    return copy;
}

static size_t count_items(const char *value)
{
    size_t count = 0;
    for (const char *at = value + strspn(value, " "); *at; at += strspn(at, " ")) {
        at += strcspn(at, " ");
        count++;
    }
    return count;
}

size_t schema_length(enum schema_unit unit, const char *value)
{
    size_t letters = 0;
    switch (unit) {
    case SCHEMA_CHARACTERS:
        return text_length(value);
    case SCHEMA_OCTETS_HEX:
        return strlen(value) / 2;
    case SCHEMA_OCTETS_BASE64:
        for (const char *at = value; *at; at++)
            letters += *at != ' ' && *at != '=';
        return letters * 3 / 4;
    case SCHEMA_ITEMS:
        return count_items(value);
    }
    return 0;
}
