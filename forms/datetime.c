#include "forms/datetime.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/locale.h"

#include <stdlib.h>
#include <string.h>

/* Digits from *at on, from least to most of them, as a number. */
static bool read_number(const char **at, size_t least, size_t most, int *out)
{
    size_t count = strspn(*at, "0123456789");
    if (count < least || count > most)
        return false;
    int n = 0;
    for (size_t i = 0; i < count; i++)
        n = 10 * n + ((*at)[i] - '0');
    *at += count;
    *out = n;
    return true;
}

static bool read_byte(const char **at, char byte)
{
    if (**at != byte)
        return false;
    (*at)++;
    return true;
}

static bool read_iso_date(const char **at, struct datetime_date *out)
{
    struct datetime_date date;
    if (!read_number(at, 4, 4, &date.year) || !read_byte(at, '-') ||
        !read_number(at, 2, 2, &date.month) || !read_byte(at, '-') ||
        !read_number(at, 2, 2, &date.day) || !clock_is_date(date.year, date.month, date.day) ||
        date.year == 0)
        return false;
    *out = date;
    return true;
}

/* hh:mm:ss(.s+)?(Z|±hh:mm)? XSD's 24:00:00 is not taken: no page asks for it. */
static bool read_iso_time(const char **at)
{
    int hour, minute, second;
    if (!read_number(at, 2, 2, &hour) || !read_byte(at, ':') || !read_number(at, 2, 2, &minute) ||
        !read_byte(at, ':') || !read_number(at, 2, 2, &second) || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    if (read_byte(at, '.')) {
        size_t fraction = strspn(*at, "0123456789");
        if (fraction == 0)
            return false;
        *at += fraction;
    }
    if (read_byte(at, 'Z'))
        return true;
    if (!read_byte(at, '+') && !read_byte(at, '-'))
        return true;
    return read_number(at, 2, 2, &hour) && read_byte(at, ':') && read_number(at, 2, 2, &minute) &&
           hour <= 14 && minute <= 59;
}

bool datetime_is_date(const char *text)
{
    struct datetime_date date;
    return read_iso_date(&text, &date) && !*text;
}

bool datetime_is_time(const char *text)
{
    return read_iso_time(&text) && !*text;
}

bool datetime_is_date_time(const char *text)
{
    struct datetime_date date;
    return read_iso_date(&text, &date) && read_byte(&text, 'T') && read_iso_time(&text) && !*text;
}

/* ---- Durations, and parts of dates (XSD 1.0 part 2, 3.2.6 and 3.2.10 to 3.2.14) ---- */

/* "10H": a number and one of the letters that may still come; *letters moves past it. */
static bool read_amount(const char **at, const char **letters, double *amount, char *letter)
{
    const char *end = *at + strspn(*at, "0123456789");
    bool fraction = *end == '.';
    if (end == *at)
        return false;
    if (fraction) {
        const char *digits = end + 1;
        end = digits + strspn(digits, "0123456789");
        if (end == digits)
            return false;
    }
    const char *found = *end ? strchr(*letters, *end) : NULL;
    if (!found || (fraction && *end != 'S'))
        return false;
    *amount = strtod(*at, NULL);
    *letter = *end;
    *letters = found + 1;
    *at = end + 1;
    return true;
}

static void add_amount(struct datetime_duration *duration, bool in_time, char letter, double amount)
{
    bool months = letter == 'Y' || (letter == 'M' && !in_time);
    double unit = letter == 'Y'   ? 12
                  : letter == 'D' ? 86400
                  : letter == 'H' ? 3600
                  : letter == 'M' ? (in_time ? 60 : 1)
                                  : 1;
    *(months ? &duration->months : &duration->seconds) += unit * amount;
    *(months ? &duration->has_months : &duration->has_seconds) = true;
}

bool datetime_read_duration(const char *text, struct datetime_duration *out)
{
    struct datetime_duration duration = {0};
    bool negative = read_byte(&text, '-');
    if (!read_byte(&text, 'P') || !*text)
        return false;
    bool in_time = false;
    const char *letters = "YMD";
    while (*text) {
        if (!in_time && read_byte(&text, 'T')) {
            in_time = true;
            letters = "HMS";
        }
        double amount;
        char letter;
        if (!read_amount(&text, &letters, &amount, &letter))
            return false;
        add_amount(&duration, in_time, letter, amount);
    }
    if (negative) {
        duration.months = -duration.months;
        duration.seconds = -duration.seconds;
    }
    *out = duration;
    return true;
}

/* Nothing, "Z" or "+01:00", and then the end. */
static bool ends_in_zone(const char *at)
{
    int hour, minute;
    if (!*at || (read_byte(&at, 'Z') && !*at))
        return true;
    if (!read_byte(&at, '+') && !read_byte(&at, '-'))
        return false;
    return read_number(&at, 2, 2, &hour) && read_byte(&at, ':') &&
           read_number(&at, 2, 2, &minute) && !*at && minute <= 59 &&
           (hour < 14 || (hour == 14 && minute == 0));
}

/* Four digits or more, and then no zero first; not the year 0. */
static bool read_long_year(const char **at)
{
    (void)read_byte(at, '-');
    size_t count = strspn(*at, "0123456789");
    bool good = count >= 4 && (count == 4 || **at != '0') && strspn(*at, "0") < count;
    *at += count;
    return good;
}

bool datetime_is_year(const char *text)
{
    return read_long_year(&text) && ends_in_zone(text);
}

bool datetime_is_year_month(const char *text)
{
    int month;
    return read_long_year(&text) && read_byte(&text, '-') && read_number(&text, 2, 2, &month) &&
           month >= 1 && month <= 12 && ends_in_zone(text);
}

bool datetime_is_month_day(const char *text)
{
    int month, day;
    return read_byte(&text, '-') && read_byte(&text, '-') && read_number(&text, 2, 2, &month) &&
           read_byte(&text, '-') && read_number(&text, 2, 2, &day) &&
           clock_is_date(2000, month, day) && ends_in_zone(text);
}

bool datetime_is_day(const char *text)
{
    int day;
    return read_byte(&text, '-') && read_byte(&text, '-') && read_byte(&text, '-') &&
           read_number(&text, 2, 2, &day) && day >= 1 && day <= 31 && ends_in_zone(text);
}

bool datetime_is_month(const char *text)
{
    int month;
    return read_byte(&text, '-') && read_byte(&text, '-') && read_number(&text, 2, 2, &month) &&
           month >= 1 && month <= 12 && ends_in_zone(text);
}

int datetime_read_year(const char *typed)
{
    size_t count = strspn(typed, "0123456789");
    int year;
    if (typed[count] != '\0' || (count != 2 && count != 4) || !read_number(&typed, 2, 4, &year))
        return 0;
    if (count == 4)
        return year;
    return year < 50 ? 2000 + year : 1900 + year;
}

bool datetime_read_day(const char *typed, int *day)
{
    int n;
    if (!read_number(&typed, 1, 2, &n))
        return false;
    read_byte(&typed, '.');
    if (*typed || n < 1 || n > 31)
        return false;
    *day = n;
    return true;
}

/* A name, or its first three letters or more: "mar", "sept." */
static bool is_month_name(struct arena *arena, const char *folded, const char *name)
{
    size_t length = strcspn(folded, ".");
    return length >= 3 && strncmp(text_fold(arena, name), folded, length) == 0;
}

bool datetime_read_month(struct arena *arena, const char *typed, int *month)
{
    static const char *const languages[] = {"nb", "en", "se"}; /* nn has the names of nb */
    const char *at = typed;
    int n;
    if (read_number(&at, 1, 2, &n)) {
        read_byte(&at, '.');
        if (*at || n < 1 || n > 12)
            return false;
        *month = n;
        return true;
    }
    const char *folded = text_fold(arena, typed);
    for (size_t i = 0; i < COUNT(languages); i++)
        for (int m = 1; m <= 12; m++)
            if (is_month_name(arena, folded, locale_month(m, languages[i]))) {
                *month = m;
                return true;
            }
    return false;
}

/* Cuts "7. mars 2022" into three words at dots, slashes, hyphens and white space. */
static bool split(struct arena *arena, const char *typed, const char *words[3])
{
    static const char between[] = "./- \t";
    char *at = arena_text(arena, typed);
    for (char *c = at; (c = strstr(c, "\u00a0")) != NULL;)
        memset(c, ' ', strlen("\u00a0"));
    for (int i = 0; i < 3; i++) {
        at += strspn(at, between);
        if (!*at)
            return false;
        words[i] = at;
        at += strcspn(at, between);
        if (*at)
            *at++ = '\0';
    }
    return at[strspn(at, between)] == '\0';
}

/* ddmmyy or ddmmyyyy. */
static bool split_digits(struct arena *arena, const char *typed, const char *words[3])
{
    size_t length = strlen(typed);
    if ((length != 6 && length != 8) || strspn(typed, "0123456789") != length)
        return false;
    words[0] = arena_printf(arena, "%.2s", typed);
    words[1] = arena_printf(arena, "%.2s", typed + 2);
    words[2] = arena_text(arena, typed + 4);
    return true;
}

enum datetime_verdict datetime_read_date(struct arena *arena, const char *typed,
                                         struct datetime_date *out)
{
    const char *at = typed;
    if (read_iso_date(&at, out) && !*at)
        return DATETIME_GOOD;
    const char *words[3];
    struct datetime_date date;
    if ((!split_digits(arena, typed, words) && !split(arena, typed, words)) ||
        !datetime_read_day(words[0], &date.day) ||
        !datetime_read_month(arena, words[1], &date.month) ||
        strspn(words[2], "0123456789") != strlen(words[2]))
        return DATETIME_UNREADABLE;
    date.year = datetime_read_year(words[2]);
    if (date.year == 0)
        return DATETIME_BAD_YEAR;
    *out = date;
    return clock_is_date(date.year, date.month, date.day) ? DATETIME_GOOD : DATETIME_NO_SUCH_DAY;
}

/* The hour and minute of "14.30", "1430", "9". */
static bool read_clock(const char *at, int *hour, int *minute)
{
    size_t digits = strspn(at, "0123456789");
    *minute = 0;
    if (at[digits] == '\0' && (digits == 3 || digits == 4)) {
        int clock;
        read_number(&at, 3, 4, &clock);
        *hour = clock / 100;
        *minute = clock % 100;
    } else if (!read_number(&at, 1, 2, hour)) {
        return false;
    } else if ((read_byte(&at, '.') || read_byte(&at, ':')) && *at) {
        if (!read_number(&at, 2, 2, minute))
            return false;
    }
    return !*at && *hour <= 23 && *minute <= 59;
}

bool datetime_read_time(struct arena *arena, const char *typed, const char **time)
{
    if (datetime_is_time(typed)) {
        *time = arena_text(arena, typed);
        return true;
    }
    const char *at = text_fold(arena, typed);
    if (text_starts_with(at, "kl") || text_starts_with(at, "dii")) {
        at += strspn(at, "abcdefghijklmnopqrstuvwxyz");
        at += strspn(at, ". ");
    }
    int hour, minute;
    if (!read_clock(at, &hour, &minute))
        return false;
    *time = arena_printf(arena, "%02d:%02d:00", hour, minute);
    return true;
}

char *datetime_write_date(struct arena *arena, struct datetime_date date)
{
    return arena_printf(arena, "%04d-%02d-%02d", date.year, date.month, date.day);
}
