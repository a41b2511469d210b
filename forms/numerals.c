#include "forms/numerals.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <string.h>

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0xa0 || c == 0x2009 || c == 0x202f;
}

static char *without_spaces(struct arena *arena, const char *typed)
{
    struct buf out;
    buf_init(&out, arena);
    while (*typed) {
        uint32_t c = text_next(&typed);
        if (c == 0x2212)
            buf_add_byte(&out, '-');
        else if (!is_space(c))
            buf_add_utf8(&out, c);
    }
    return buf_text(&out);
}

char *numerals_compact(struct arena *arena, const char *typed)
{
    char *text = without_spaces(arena, typed);
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '.' && *from != '-')
            *to++ = *from;
    *to = '\0';
    return text;
}

size_t numerals_digits(const char *decimal)
{
    size_t count = 0;
    for (; *decimal; decimal++)
        count += *decimal >= '0' && *decimal <= '9';
    return count;
}

static size_t occurrences(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == wanted;
    return count;
}

/* The decimal sign of digits with '.' and ',' among them, or 0 when both only group. */
static char decimal_sign(const char *digits, bool whole, const char *language)
{
    const char *point = strrchr(digits, '.');
    const char *comma = strrchr(digits, ',');
    if (point && comma)
        return point > comma ? '.' : ',';
    const char *sign = point ? point : comma;
    if (!sign || occurrences(digits, *sign) > 1)
        return 0;
    bool may_group = *sign == '.' ? whole : text_starts_with(language, "en");
    size_t before = (size_t)(sign - digits);
    bool looks_grouped = strlen(sign + 1) == 3 && before >= 1 && before <= 3 && *digits != '0';
    return may_group && looks_grouped ? 0 : *sign;
}

/* Adds the digits up to end without the grouping sign; false when groups are not of three. */
static bool add_grouped(struct buf *out, const char *at, const char *end, char group)
{
    bool grouped = false;
    size_t run = 0;
    for (; at < end; at++) {
        if (*at == group) {
            if (grouped ? run != 3 : run < 1 || run > 3)
                return false;
            grouped = true;
            run = 0;
        } else if (*at >= '0' && *at <= '9') {
            buf_add_byte(out, (unsigned char)*at);
            run++;
        } else {
            return false;
        }
    }
    return !grouped || run == 3;
}

static const char *without_leading_zeros(const char *digits)
{
    while (digits[0] == '0' && digits[1] != '\0')
        digits++;
    return digits;
}

bool numerals_read(struct arena *arena, const char *typed, bool whole, const char *language,
                   const char **decimal)
{
    const char *digits = without_spaces(arena, typed);
    bool negative = *digits == '-';
    digits += *digits == '-' || *digits == '+';

    char sign = decimal_sign(digits, whole, language);
    const char *point = sign ? strrchr(digits, sign) : digits + strlen(digits);
    char group = sign == '.' ? ',' : sign == ',' ? '.' : strchr(digits, ',') ? ',' : '.';
    struct buf before;
    buf_init(&before, arena);
    if (!add_grouped(&before, digits, point, group))
        return false;
    const char *fraction = *point ? point + 1 : "";
    if (strspn(fraction, "0123456789") != strlen(fraction) || (before.size == 0 && !*fraction))
        return false;

    const char *integer = before.size ? without_leading_zeros(buf_text(&before)) : "0";
    bool zero = strcmp(integer, "0") == 0 && strspn(fraction, "0") == strlen(fraction);
    *decimal = arena_printf(arena, "%s%s%s%s", negative && !zero ? "-" : "", integer,
                            *fraction ? "." : "", fraction);
    return true;
}
