#include "forms/types_inside.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/datetime.h"
#include "forms/locale.h"
#include "forms/mod11.h"

#include <string.h>

/* ---- Stored values: strictly what a reader gives ---- */

static bool is_integer(const char *text)
{
    text += *text == '-' || *text == '+';
    return *text && types_are_digits(text) && strlen(text) <= TYPES_MAX_DIGITS;
}

static bool is_decimal(const char *text)
{
    text += *text == '-' || *text == '+';
    size_t whole = strspn(text, "0123456789");
    size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    size_t point = text[whole] == '.';
    return whole + fraction > 0 && whole + fraction <= TYPES_MAX_DIGITS &&
           text[whole + point + fraction] == '\0';
}

static bool is_boolean(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || strcmp(text, "1") == 0 ||
           strcmp(text, "0") == 0;
}

static bool is_postnr(const char *text)
{
    return strlen(text) == 4 && types_are_digits(text);
}

static bool is_telefon(const char *text)
{
    bool abroad = *text == '+';
    size_t digits = strlen(text + abroad);
    return types_are_digits(text + abroad) &&
           (abroad ? digits >= 7 && digits <= 15 : digits == 8) && !text_starts_with(text, "00");
}

static bool is_text(const char *text)
{
    (void)text;
    return true;
}

/* ---- For people ---- */

/* "310245682" with spaces after so many digits each: {3, 3, 3}. */
static char *grouped(struct arena *arena, const char *digits, const int groups[4])
{
    struct buf out;
    buf_init(&out, arena);
    for (int i = 0; i < 4 && groups[i] > 0; i++) {
        if (i > 0)
            buf_add_text(&out, "\u00a0");
        buf_add(&out, (struct bytes){(const unsigned char *)digits, (size_t)groups[i]});
        digits += groups[i];
    }
    return buf_text(&out);
}

static char *write_plain(struct arena *arena, const char *stored, const char *language)
{
    (void)language;
    return arena_text(arena, stored);
}

static char *write_boolean(struct arena *arena, const char *stored, const char *language)
{
    bool yes = strcmp(stored, "true") == 0 || strcmp(stored, "1") == 0;
    return arena_text(arena,
                      texts_find(&texts_fields, yes ? "value.true" : "value.false", language).text);
}

static char *write_masked_fnr(struct arena *arena, const char *stored, const char *language)
{
    (void)language;
    return arena_printf(arena, "%.6s\u00a0*****", stored);
}

static char *write_orgnr(struct arena *arena, const char *stored, const char *language)
{
    (void)language;
    return grouped(arena, stored, (int[4]){3, 3, 3, 0});
}

static char *write_konto(struct arena *arena, const char *stored, const char *language)
{
    (void)language;
    return grouped(arena, stored, (int[4]){4, 2, 5, 0});
}

/* Mobile and service numbers are said in three groups, others in pairs. */
static char *write_telefon(struct arena *arena, const char *stored, const char *language)
{
    if (*stored == '+')
        return write_plain(arena, stored, language);
    bool mobile = *stored == '4' || *stored == '8' || *stored == '9';
    return grouped(arena, stored, mobile ? (int[4]){3, 2, 3, 0} : (int[4]){2, 2, 2, 2});
}

static char *write_date_field(struct arena *arena, const char *stored, const char *language)
{
    (void)language;
    return locale_date_compact(arena, stored);
}

static char *write_time_field(struct arena *arena, const char *stored, const char *language)
{
    return locale_clock(arena, stored, language);
}

static char *write_date_time_field(struct arena *arena, const char *stored, const char *language)
{
    return arena_printf(arena, "%s %s",
                        locale_date_compact(arena, arena_printf(arena, "%.10s", stored)),
                        locale_clock(arena, stored, language));
}

/* ---- The types ---- */

static const struct row {
    const char *name;
    bool is_number;
    bool (*read)(struct types_reading *reading, const char *typed);
    bool (*is)(const char *stored);
    char *(*write)(struct arena *arena, const char *stored, const char *language);
    char *(*write_field)(struct arena *arena, const char *stored, const char *language);
} rows[] = {
    [TYPE_STRING] = {"string", false, types_read_text, is_text, write_plain, write_plain},
    [TYPE_INT] = {"int", true, types_read_int, is_integer, locale_number, locale_number},
    [TYPE_DECIMAL] = {"decimal", true, types_read_decimal, is_decimal, locale_number,
                      locale_number},
    [TYPE_BOOLEAN] = {"boolean", false, types_read_boolean, is_boolean, write_boolean,
                      write_boolean},
    [TYPE_DATE] = {"date", false, types_read_date, datetime_is_date, locale_date, write_date_field},
    [TYPE_TIME] = {"time", false, types_read_time, datetime_is_time, locale_time, write_time_field},
    [TYPE_DATETIME] = {"dateTime", false, types_read_date_time, datetime_is_date_time,
                       locale_moment, write_date_time_field},
    [TYPE_BINARY] = {"binary", false, types_read_text, is_text, write_plain, write_plain},
    [TYPE_EMAIL] = {"email", false, types_read_email, types_is_email, write_plain, write_plain},
    [TYPE_URI] = {"anyURI", false, types_read_uri, types_is_uri, write_plain, write_plain},
    [TYPE_FNR] = {"sk:fnr", false, types_read_fnr, mod11_is_fnr, write_masked_fnr, write_plain},
    [TYPE_ORGNR] = {"sk:orgnr", false, types_read_orgnr, mod11_is_orgnr, write_orgnr, write_orgnr},
    [TYPE_KONTO] = {"sk:konto", false, types_read_konto, mod11_is_konto, write_konto, write_konto},
    [TYPE_BELOP] = {"sk:belop", true, types_read_belop, is_integer, locale_amount, locale_number},
    [TYPE_TELEFON] = {"sk:telefon", false, types_read_telefon, is_telefon, write_telefon,
                      write_telefon},
    [TYPE_POSTNR] = {"sk:postnr", false, types_read_postnr, is_postnr, write_plain, write_plain},
};

bool types_find(const char *name, enum type *out)
{
    const char *colon = strchr(name, ':');
    bool ours = text_starts_with(name, "sk:");
    const char *wanted = ours || !colon ? name : colon + 1;
    if (strcmp(wanted, "integer") == 0)
        wanted = "int";
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].name, wanted) == 0) {
            *out = (enum type)i;
            return true;
        }
    return false;
}

const char *types_name(enum type type)
{
    return rows[type].name;
}

bool types_is_number(enum type type)
{
    return rows[type].is_number;
}

bool types_parse(struct arena *arena, enum type type, const char *typed, const char *language,
                 const char **stored, struct types_problem *problem)
{
    struct types_reading reading = {.arena = arena, .language = language};
    const char *trimmed = text_trim(arena, typed);
    if (*trimmed && !rows[type].read(&reading, trimmed)) {
        *problem = reading.problem;
        return false;
    }
    *stored = *trimmed ? reading.stored : trimmed;
    return true;
}

bool types_check(struct arena *arena, enum type type, const char *stored, const char *language,
                 struct types_problem *problem)
{
    if (!*stored || rows[type].is(stored))
        return true;
    struct types_reading reading = {.arena = arena, .language = language};
    if (rows[type].read(&reading, stored)) /* right but for its form: nobody stored it through us */
        reading.problem = (struct types_problem){.id = "constraint"};
    if (problem)
        *problem = reading.problem;
    return false;
}

char *types_write(struct arena *arena, enum type type, const char *stored, const char *language)
{
    if (!*stored || !rows[type].is(stored))
        return arena_text(arena, stored);
    return rows[type].write(arena, stored, language);
}

char *types_write_field(struct arena *arena, enum type type, const char *stored,
                        const char *language)
{
    if (!*stored || !rows[type].is(stored))
        return arena_text(arena, stored);
    return rows[type].write_field(arena, stored, language);
}

void types_split_date(struct arena *arena, const char *stored, const char **day, const char **month,
                      const char **year)
{
    *day = *month = *year = "";
    struct datetime_date date;
    if (!datetime_is_date(stored) || datetime_read_date(arena, stored, &date) != DATETIME_GOOD)
        return;
    *day = arena_printf(arena, "%d", date.day);
    *month = arena_printf(arena, "%d", date.month);
    *year = arena_printf(arena, "%04d", date.year);
}
