#include "forms/locale.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define NO_BREAK_SPACE "\u00a0"
#define MINUS "\u2212"

/* What differs from language to language, apart from the order of words. */
struct wording {
    const char *language;
    const char *group, *decimal; /* between groups of three digits, before decimals */
    const char *currency, *percent, *byte;
    const char *day_dot;   /* after the day of the month */
    const char *clock_dot; /* between hours and minutes */
    const char *clock;     /* before a time that stands alone */
    const char *at;        /* between date and time */
    const char *months[12];
    const char *weekdays[7];
    const char *short_months[12], *short_weekdays[7]; /* as CLDR has them in the middle of a text */
    const char *months_of[12]; /* where a day of it follows; NULL: the day comes first */
    const char *day_end;       /* after the day, where the month comes first */
    bool digits;               /* dates have no words */
};

#define NORWEGIAN_MONTHS                                                                           \
    {                                                                                              \
        "januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september",        \
            "oktober", "november", "desember"                                                      \
    }
#define NORWEGIAN_SHORT_MONTHS                                                                     \
    {                                                                                              \
        "jan.", "feb.", "mars", "apr.", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.",     \
            "des."                                                                                 \
    }

static const struct wording wordings[] = {
    {
        .language = "nb",
        .group = NO_BREAK_SPACE,
        .decimal = ",",
        .currency = "kr",
        .percent = "prosent",
        .byte = "byte",
        .day_dot = ".",
        .clock_dot = ".",
        .clock = "kl. ",
        .at = " kl. ",
        .months = NORWEGIAN_MONTHS,
        .weekdays = {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
        .short_months = NORWEGIAN_SHORT_MONTHS,
        .short_weekdays = {"søn.", "man.", "tir.", "ons.", "tor.", "fre.", "lør."},
    },
    {
        .language = "nn",
        .group = NO_BREAK_SPACE,
        .decimal = ",",
        .currency = "kr",
        .percent = "prosent",
        .byte = "byte",
        .day_dot = ".",
        .clock_dot = ".",
        .clock = "kl. ",
        .at = " kl. ",
        .months = NORWEGIAN_MONTHS,
        .weekdays = {"søndag", "måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag"},
        .short_months = NORWEGIAN_SHORT_MONTHS,
        .short_weekdays = {"søn.", "mån.", "tys.", "ons.", "tor.", "fre.", "lau."},
    },
    {
        .language = "en",
        .group = ",",
        .decimal = ".",
        .currency = "NOK",
        .percent = "per cent",
        .byte = "bytes",
        .day_dot = "",
        .clock_dot = ":",
        .clock = "",
        .at = " at ",
        .months = {"January", "February", "March", "April", "May", "June", "July", "August",
                   "September", "October", "November", "December"},
        .weekdays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
        .short_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
                         "Nov", "Dec"},
        .short_weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
    },
    {
        .language = "se",
        .group = NO_BREAK_SPACE,
        .decimal = ",",
        .currency = "kr",
        .percent = "proseanta",
        .byte = "byte",
        .day_dot = ".",
        .clock_dot = ".",
        .clock = "dii. ",
        .at = " dii. ",
        .months = {"ođđajagemánnu", "guovvamánnu", "njukčamánnu", "cuoŋománnu", "miessemánnu",
                   "geassemánnu", "suoidnemánnu", "borgemánnu", "čakčamánnu", "golggotmánnu",
                   "skábmamánnu", "juovlamánnu"},
        .weekdays = {"sotnabeaivi", "vuossárga", "disdat", "gaskavahkku", "duorasdat", "bearjadat",
                     "lávvardat"},
        .short_months = {"ođđj", "guov", "njuk", "cuo", "mies", "geas", "suoi", "borg", "čakč",
                         "golg", "skáb", "juov"},
        .short_weekdays = {"sotn", "vuos", "dis", "gask", "duor", "bear", "láv"},
        .months_of = {"ođđajagemánu", "guovvamánu", "njukčamánu", "cuoŋománu", "miessemánu",
                      "geassemánu", "suoidnemánu", "borgemánu", "čakčamánu", "golggotmánu",
                      "skábmamánu", "juovlamánu"},
        .day_end = ". b.",
    },
    {
        .language = "", /* what is read without knowing the language */
        .group = NO_BREAK_SPACE,
        .decimal = ",",
        .currency = "NOK",
        .percent = "%",
        .byte = "B",
        .clock_dot = ":",
        .clock = "",
        .at = " ",
        .months = NORWEGIAN_MONTHS,
        .weekdays = {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
        .short_months = NORWEGIAN_SHORT_MONTHS,
        .short_weekdays = {"søn.", "man.", "tir.", "ons.", "tor.", "fre.", "lør."},
        .digits = true,
    },
};

static const struct wording *wording_of(const char *language)
{
    size_t last = COUNT(wordings) - 1, size = strcspn(language, "-");
    for (size_t i = 0; i < last; i++)
        if (size == 2 && memcmp(wordings[i].language, language, 2) == 0)
            return &wordings[i];
    return size == 2 && memcmp(language, "no", 2) == 0 ? &wordings[0] : &wordings[last];
}

/* An XSD decimal cut in three, borrowed from the text. */
struct decimal {
    bool negative;
    struct bytes whole; /* without leading zeros, at least one digit */
    struct bytes fraction;
};

static bool split_decimal(const char *text, struct decimal *out)
{
    bool negative = *text == '-';
    const char *at = text + (*text == '-' || *text == '+');
    size_t whole = strspn(at, "0123456789");
    const char *after = at + whole;
    size_t fraction = *after == '.' ? strspn(after + 1, "0123456789") : 0;
    if (whole == 0 || after[fraction ? fraction + 1 : 0] != '\0')
        return false;
    for (; whole > 1 && *at == '0'; whole--)
        at++;
    *out = (struct decimal){
        negative, {(const unsigned char *)at, whole}, {(const unsigned char *)after + 1, fraction}};
    return true;
}

static void add_decimal(struct buf *out, struct decimal number, const struct wording *wording)
{
    if (number.negative)
        buf_add_text(out, MINUS);
    for (size_t i = 0; i < number.whole.size; i++) {
        if (i > 0 && (number.whole.size - i) % 3 == 0)
            buf_add_text(out, wording->group);
        buf_add_byte(out, number.whole.data[i]);
    }
    if (number.fraction.size > 0) {
        buf_add_text(out, wording->decimal);
        buf_add(out, number.fraction);
    }
}

char *locale_number(struct arena *arena, const char *decimal, const char *language)
{
    struct decimal number;
    if (!split_decimal(decimal, &number))
        return arena_text(arena, decimal);
    struct buf out;
    buf_init(&out, arena);
    add_decimal(&out, number, wording_of(language));
    return buf_text(&out);
}

char *locale_integer(struct arena *arena, int64_t n, const char *language)
{
    return locale_number(arena, arena_printf(arena, "%lld", (long long)n), language);
}

/* Two decimals or none: 3764.5 kroner are "3 764,50 kr". */
static struct bytes whole_ore(struct arena *arena, struct bytes fraction)
{
    bool none = true;
    for (size_t i = 0; i < fraction.size; i++)
        none = none && fraction.data[i] == '0';
    if (none)
        return (struct bytes){0};
    if (fraction.size != 1)
        return fraction;
    return BYTES_OF(arena_printf(arena, "%c0", fraction.data[0]));
}

char *locale_amount(struct arena *arena, const char *kroner, const char *language)
{
    struct decimal number;
    if (!split_decimal(kroner, &number))
        return arena_text(arena, kroner);
    number.fraction = whole_ore(arena, number.fraction);
    const struct wording *wording = wording_of(language);
    struct buf out;
    buf_init(&out, arena);
    add_decimal(&out, number, wording);
    buf_printf(&out, "%s%s", NO_BREAK_SPACE, wording->currency);
    return buf_text(&out);
}

char *locale_percent(struct arena *arena, const char *decimal, const char *language)
{
    struct decimal number;
    if (!split_decimal(decimal, &number))
        return arena_text(arena, decimal);
    const struct wording *wording = wording_of(language);
    struct buf out;
    buf_init(&out, arena);
    add_decimal(&out, number, wording);
    buf_printf(&out, " %s", wording->percent);
    return buf_text(&out);
}

static bool read_digits(const char **at, int count, int *out)
{
    int n = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        n = 10 * n + (**at - '0');
    }
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

/* Moves past "2022-03-07". */
static bool read_date(const char **at, int *year, int *month, int *day)
{
    return read_digits(at, 4, year) && read_byte(at, '-') && read_digits(at, 2, month) &&
           read_byte(at, '-') && read_digits(at, 2, day) && clock_is_date(*year, *month, *day);
}

static bool read_clock(const char *at, int *hour, int *minute)
{
    return read_digits(&at, 2, hour) && read_byte(&at, ':') && read_digits(&at, 2, minute) &&
           *hour <= 24 && *minute <= 59;
}

static char *write_date(struct arena *arena, int year, int month, int day, const char *language)
{
    const struct wording *wording = wording_of(language);
    if (wording->digits)
        return arena_printf(arena, "%02d.%02d.%04d", day, month, year);
    if (wording->months_of[0])
        return arena_printf(arena, "%s %d%s %d", wording->months_of[month - 1], day,
                            wording->day_end, year);
    return arena_printf(arena, "%d%s %s %d", day, wording->day_dot, wording->months[month - 1],
                        year);
}

char *locale_date(struct arena *arena, const char *iso_date, const char *language)
{
    const char *at = iso_date;
    int year, month, day;
    if (!read_date(&at, &year, &month, &day) || *at)
        return arena_text(arena, iso_date);
    return write_date(arena, year, month, day, language);
}

char *locale_date_compact(struct arena *arena, const char *iso_date)
{
    const char *at = iso_date;
    int year, month, day;
    if (!read_date(&at, &year, &month, &day) || *at)
        return arena_text(arena, iso_date);
    return arena_printf(arena, "%02d.%02d.%04d", day, month, year);
}

char *locale_clock(struct arena *arena, const char *iso_time, const char *language)
{
    const char *t = strchr(iso_time, 'T');
    int hour, minute;
    if (!read_clock(t ? t + 1 : iso_time, &hour, &minute))
        return arena_text(arena, iso_time);
    return arena_printf(arena, "%02d%s%02d", hour, wording_of(language)->clock_dot, minute);
}

char *locale_time(struct arena *arena, const char *iso_time, const char *language)
{
    const char *t = strchr(iso_time, 'T');
    int hour, minute;
    if (!read_clock(t ? t + 1 : iso_time, &hour, &minute))
        return arena_text(arena, iso_time);
    return arena_printf(arena, "%s%s", wording_of(language)->clock,
                        locale_clock(arena, iso_time, language));
}

char *locale_moment(struct arena *arena, const char *iso_date_time, const char *language)
{
    const char *at = iso_date_time;
    int year, month, day, hour, minute;
    if (!read_date(&at, &year, &month, &day) || !read_byte(&at, 'T') ||
        !read_clock(at, &hour, &minute))
        return arena_text(arena, iso_date_time);
    return arena_printf(arena, "%s%s%s", write_date(arena, year, month, day, language),
                        wording_of(language)->at, locale_clock(arena, iso_date_time, language));
}

char *locale_moment_at(struct arena *arena, int64_t at, const char *language)
{
    return locale_moment(arena, clock_iso_oslo(arena, at), language);
}

char *locale_date_at(struct arena *arena, int64_t at, const char *language)
{
    struct clock_time time = clock_oslo(at);
    return write_date(arena, time.year, time.month, time.day, language);
}

char *locale_organisation(struct arena *arena, const char *number)
{
    if (strlen(number) != 9)
        return arena_text(arena, number);
    return arena_printf(arena, "%.3s\u00A0%.3s\u00A0%s", number, number + 3, number + 6);
}

char *locale_size(struct arena *arena, uint64_t bytes, const char *language)
{
    static const char *const units[] = {"kB", "MB", "GB"};
    const struct wording *wording = wording_of(language);
    if (bytes < 1000)
        return arena_printf(arena, "%d" NO_BREAK_SPACE "%s", (int)bytes, wording->byte);

    size_t unit = 0;
    uint64_t size = 1000;
    while (unit + 1 < COUNT(units) && (bytes + size / 2) / size >= 1000) {
        size *= 1000;
        unit++;
    }
    if (unit == 0)
        return arena_printf(arena, "%d" NO_BREAK_SPACE "kB", (int)((bytes + 500) / 1000));
    uint64_t tenths = (bytes / (size / 100) + 5) / 10;
    char *number =
        arena_printf(arena, "%llu.%d", (unsigned long long)(tenths / 10), (int)(tenths % 10));
    if (tenths % 10 == 0)
        number[strlen(number) - 2] = '\0';
    return arena_printf(arena, "%s" NO_BREAK_SPACE "%s", locale_number(arena, number, language),
                        units[unit]);
}

const char *locale_month(int month, const char *language)
{
    return wording_of(language)->months[(unsigned)(month - 1) % 12];
}

const char *locale_weekday(int weekday, const char *language)
{
    return wording_of(language)->weekdays[(unsigned)weekday % 7];
}

const char *locale_short_month(int month, const char *language)
{
    return wording_of(language)->short_months[(unsigned)(month - 1) % 12];
}

const char *locale_short_weekday(int weekday, const char *language)
{
    return wording_of(language)->short_weekdays[(unsigned)weekday % 7];
}
