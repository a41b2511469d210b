/* What people type, to what is stored: leniently (design: "accept and normalise"). */
#include "forms/types_inside.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "forms/datetime.h"
#include "forms/locale.h"
#include "forms/mod11.h"
#include "forms/numerals.h"

#include <string.h>

enum { MAX_EMAIL = 254 }; /* RFC 5321 4.5.3.1.3 */

static bool fails(struct types_reading *reading, const char *id)
{
    reading->problem = (struct types_problem){.id = id};
    return false;
}

static bool fails_with(struct types_reading *reading, const char *id, const char *name,
                       const char *value)
{
    fails(reading, id);
    reading->problem.args[reading->problem.arg_count++] = (struct texts_arg){name, value};
    return false;
}

static bool succeeds(struct types_reading *reading, const char *stored)
{
    reading->stored = stored;
    return true;
}

bool types_are_digits(const char *text)
{
    return strspn(text, "0123456789") == strlen(text);
}

/* ---- Text ---- */

/* Browsers send CR LF between lines (HTML, form submission); XML keeps LF. */
bool types_read_text(struct types_reading *reading, const char *typed)
{
    char *text = arena_text(reading->arena, typed);
    char *to = text;
    for (const char *from = text; *from; from++)
        if (from[0] != '\r')
            *to++ = *from;
        else if (from[1] != '\n')
            *to++ = '\n';
    *to = '\0';
    return succeeds(reading, text);
}

/* Letters, digits and hyphens with dots between, at least one dot; other scripts as UTF-8. */
static bool is_domain(const char *text)
{
    size_t label = 0, dots = 0;
    for (char before = '.'; *text; before = *text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || (unsigned char)*text >= 0x80;
        bool edge = before == '.' || text[1] == '.' || text[1] == '\0';
        if (*text == '.' ? label == 0 : !plain && (*text != '-' || edge))
            return false;
        dots += *text == '.';
        label = *text == '.' ? 0 : label + 1;
    }
    return dots > 0 && label > 0;
}

bool types_is_email(const char *text)
{
    static const char refused[] = " \t\r\n\"(),:;<>[\\]";
    const char *at = strchr(text, '@');
    size_t length = strlen(text);
    return at && at > text && at - text <= 64 && length <= MAX_EMAIL && !strchr(at + 1, '@') &&
           strcspn(text, refused) == length && text[0] != '.' && at[-1] != '.' &&
           !strstr(text, "..") && is_domain(at + 1);
}

bool types_read_email(struct types_reading *reading, const char *typed)
{
    return types_is_email(typed) ? succeeds(reading, typed) : fails(reading, "email.format");
}

/* What people mean by an address on the web: http or https and a host with a dot. */
bool types_is_uri(const char *text)
{
    static const char refused[] = " \t\r\n\"<>\\^`{|}";
    const char *host = text_starts_with(text, "https://")  ? text + strlen("https://")
                       : text_starts_with(text, "http://") ? text + strlen("http://")
                                                           : NULL;
    if (!host || strcspn(text, refused) != strlen(text))
        return false;
    char name[256];
    size_t length = strcspn(host, ":/?#");
    if (length >= sizeof name)
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return is_domain(name);
}

bool types_read_uri(struct types_reading *reading, const char *typed)
{
    const char *uri =
        strstr(typed, "://") ? typed : arena_printf(reading->arena, "https://%s", typed);
    return types_is_uri(uri) ? succeeds(reading, uri) : fails(reading, "uri.format");
}

bool types_read_boolean(struct types_reading *reading, const char *typed)
{
    static const char *const yes[] = {"true", "1", "ja", "yes", "juo"};
    static const char *const no[] = {"false", "0", "nei", "no", "ii"};
    const char *folded = text_fold(reading->arena, typed);
    for (size_t i = 0; i < COUNT(yes); i++)
        if (strcmp(folded, yes[i]) == 0)
            return succeeds(reading, "true");
    for (size_t i = 0; i < COUNT(no); i++)
        if (strcmp(folded, no[i]) == 0)
            return succeeds(reading, "false");
    return fails(reading, "constraint");
}

/* ---- Numbers ---- */

static bool fits(struct types_reading *reading, const char *decimal)
{
    if (numerals_digits(decimal) <= TYPES_MAX_DIGITS)
        return true;
    return fails_with(reading, "num.digits", "n",
                      locale_integer(reading->arena, TYPES_MAX_DIGITS, reading->language));
}

/* "500.00" is a whole number too. */
static bool cut_zero_decimals(char *decimal)
{
    char *point = strchr(decimal, '.');
    if (!point)
        return true;
    *point = '\0';
    return strspn(point + 1, "0") == strlen(point + 1);
}

static bool read_whole(struct types_reading *reading, const char *typed, const char *example)
{
    const char *decimal;
    if (numerals_read(reading->arena, typed, true, reading->language, &decimal)) {
        char *whole = arena_text(reading->arena, decimal);
        if (cut_zero_decimals(whole))
            return fits(reading, whole) && succeeds(reading, whole);
    }
    return fails_with(reading, "num.integer", "eks",
                      locale_number(reading->arena, example, reading->language));
}

bool types_read_int(struct types_reading *reading, const char *typed)
{
    return read_whole(reading, typed, "12");
}

/* "kr 500,-" as people write money. */
bool types_read_belop(struct types_reading *reading, const char *typed)
{
    char *text = text_fold(reading->arena, typed);
    size_t length = strlen(text);
    static const char *const endings[] = {"kr.", "kr", "nok", ",-", ".-", ",–"};
    for (size_t i = 0; i < COUNT(endings); i++)
        if (text_ends_with(text, endings[i])) {
            text[length - strlen(endings[i])] = '\0';
            break;
        }
    static const char *const beginnings[] = {"kr.", "kr", "nok"};
    for (size_t i = 0; i < COUNT(beginnings); i++)
        if (text_starts_with(text, beginnings[i])) {
            text += strlen(beginnings[i]);
            break;
        }
    return read_whole(reading, text, "425000");
}

bool types_read_decimal(struct types_reading *reading, const char *typed)
{
    const char *decimal;
    if (numerals_read(reading->arena, typed, false, reading->language, &decimal))
        return fits(reading, decimal) && succeeds(reading, decimal);
    return fails_with(reading, "num.number", "eks",
                      locale_number(reading->arena, "12.5", reading->language));
}

/* ---- Dates and times ---- */

static const char *word(struct types_reading *reading, const char *id)
{
    return texts_find(&texts_fields, id, reading->language).text;
}

static bool no_such_day(struct types_reading *reading, struct datetime_date date)
{
    int days = clock_days_in_month(date.year, date.month);
    fails_with(reading, "date.exists", "måned", locale_month(date.month, reading->language));
    reading->problem.args[reading->problem.arg_count++] =
        (struct texts_arg){"n", arena_printf(reading->arena, "%d", days)};
    reading->problem.part = TYPES_DAY;
    return false;
}

bool types_read_date(struct types_reading *reading, const char *typed)
{
    struct datetime_date date;
    switch (datetime_read_date(reading->arena, typed, &date)) {
    case DATETIME_GOOD:
        return succeeds(reading, datetime_write_date(reading->arena, date));
    case DATETIME_NO_SUCH_DAY:
        return no_such_day(reading, date);
    case DATETIME_BAD_YEAR:
        fails(reading, "date.year4");
        reading->problem.part = TYPES_YEAR;
        return false;
    case DATETIME_UNREADABLE:
        break;
    }
    return fails(reading, "date.format");
}

bool types_read_time(struct types_reading *reading, const char *typed)
{
    const char *time;
    if (datetime_read_time(reading->arena, typed, &time))
        return succeeds(reading, time);
    return fails(reading, "time.format");
}

/* A date, white space or T, and a time: cut where both halves make sense. */
bool types_read_date_time(struct types_reading *reading, const char *typed)
{
    if (datetime_is_date_time(typed))
        return succeeds(reading, typed);
    for (const char *cut = typed; (cut = strpbrk(cut, " T")) != NULL; cut++) {
        char *left = arena_text(reading->arena, typed);
        left[cut - typed] = '\0';
        struct datetime_date date;
        const char *time;
        if (datetime_read_date(reading->arena, text_trim(reading->arena, left), &date) ==
                DATETIME_GOOD &&
            datetime_read_time(reading->arena, text_trim(reading->arena, cut + 1), &time))
            return succeeds(reading, arena_printf(reading->arena, "%sT%s",
                                                  datetime_write_date(reading->arena, date), time));
    }
    return fails(reading, "datetime.format");
}

/* ---- Numbers with check digits, and others of fixed length ---- */

static bool read_fixed(struct types_reading *reading, const char *typed, size_t length,
                       const char *wrong_length)
{
    const char *digits = numerals_compact(reading->arena, typed);
    if (!types_are_digits(digits))
        return fails(reading, "chars.digits");
    if (strlen(digits) != length)
        return fails(reading, wrong_length);
    return succeeds(reading, digits);
}

bool types_read_fnr(struct types_reading *reading, const char *typed)
{
    return read_fixed(reading, typed, 11, "fnr.length") &&
           (mod11_is_fnr(reading->stored) || fails(reading, "fnr.invalid"));
}

/* "NO 974 761 076 MVA" as on an invoice. */
bool types_read_orgnr(struct types_reading *reading, const char *typed)
{
    char *text = text_fold(reading->arena, typed);
    if (text_ends_with(text, "mva"))
        text[strlen(text) - strlen("mva")] = '\0';
    if (text_starts_with(text, "no"))
        text += strlen("no");
    return read_fixed(reading, text, 9, "orgnr.length") &&
           (mod11_is_orgnr(reading->stored) || fails(reading, "orgnr.invalid"));
}

bool types_read_konto(struct types_reading *reading, const char *typed)
{
    return read_fixed(reading, typed, 11, "account.length") &&
           (mod11_is_konto(reading->stored) || fails(reading, "account.invalid"));
}

bool types_read_postnr(struct types_reading *reading, const char *typed)
{
    const char *digits = numerals_compact(reading->arena, typed);
    if (!types_are_digits(digits) || strlen(digits) != 4)
        return fails(reading, "post.format");
    return succeeds(reading, digits);
}

/* Without spaces and brackets, 00 as +, Norway's country code left out. */
static const char *compact_phone(struct arena *arena, const char *typed)
{
    char *text = numerals_compact(arena, typed);
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '(' && *from != ')')
            *to++ = *from;
    *to = '\0';
    if (text_starts_with(text, "00"))
        text = arena_printf(arena, "+%s", text + 2);
    return text_starts_with(text, "+47") ? text + strlen("+47") : text;
}

bool types_read_telefon(struct types_reading *reading, const char *typed)
{
    const char *phone = compact_phone(reading->arena, typed);
    bool abroad = *phone == '+';
    size_t digits = strlen(phone) - abroad;
    if (!types_are_digits(phone + abroad) || digits == 0)
        return fails(reading, "phone.format");
    if (abroad && (digits < 7 || digits > 15)) /* ITU-T E.164: at most 15 */
        return fails(reading, "phone.format");
    if (!abroad && digits != 8)
        return fails(reading, "phone.length");
    if (text_starts_with(phone, "00") || text_starts_with(phone, "+47"))
        return fails(reading,
                     "phone.format"); /* +47 00..., +47 +47...: otherwise when read again */
    return succeeds(reading, phone);
}

static bool part_fails(struct types_problem *problem, struct types_reading *reading,
                       enum types_part part)
{
    *problem = reading->problem;
    problem->part = part;
    return false;
}

/* The first of the three that is empty while another is not. */
static bool find_missing_part(const char *const parts[3], int *missing)
{
    for (*missing = 0; *missing < 3; (*missing)++)
        if (!*parts[*missing])
            return true;
    return false;
}

bool types_parse_date(struct arena *arena, const char *day, const char *month, const char *year,
                      const char *language, const char **stored, struct types_problem *problem)
{
    static const char *const names[] = {"part.day", "part.month", "part.year"};
    const char *parts[3] = {text_trim(arena, day), text_trim(arena, month), text_trim(arena, year)};
    if (!*parts[0] && !*parts[1] && !*parts[2]) {
        *stored = "";
        return true;
    }
    struct types_reading reading = {.arena = arena, .language = language};
    int missing;
    if (find_missing_part(parts, &missing)) {
        fails_with(&reading, "date.part", "del", word(&reading, names[missing]));
        return part_fails(problem, &reading, (enum types_part)(TYPES_DAY + missing));
    }
    struct datetime_date date;
    fails(&reading, "date.format");
    if (!datetime_read_day(parts[0], &date.day))
        return part_fails(problem, &reading, TYPES_DAY);
    if (!datetime_read_month(arena, parts[1], &date.month))
        return part_fails(problem, &reading, TYPES_MONTH);
    date.year = datetime_read_year(parts[2]);
    if (date.year == 0) {
        fails(&reading, "date.year4");
        return part_fails(problem, &reading, TYPES_YEAR);
    }
    if (!clock_is_date(date.year, date.month, date.day)) {
        no_such_day(&reading, date);
        return part_fails(problem, &reading, TYPES_DAY);
    }
    *stored = datetime_write_date(arena, date);
    return true;
}
