/* The built-in types of XML Schema 1.0 part 2, 3.2 and 3.3, and of XForms 1.1, 5.2. */
#include "forms/schema_inside.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "forms/datetime.h"
#include "forms/form.h"

#include <string.h>

/* ---- Lexical forms ---- */

static bool is_any(const char *value)
{
    (void)value;
    return true;
}

static bool is_boolean(const char *value)
{
    return text_has_word("true false 1 0", value);
}

static bool is_decimal(const char *value)
{
    value += *value == '-' || *value == '+';
    size_t whole = strspn(value, "0123456789");
    size_t fraction = value[whole] == '.' ? strspn(value + whole + 1, "0123456789") : 0;
    return whole + fraction > 0 && value[whole + (value[whole] == '.') + fraction] == '\0';
}

static bool is_integer(const char *value)
{
    value += *value == '-' || *value == '+';
    return *value && strspn(value, "0123456789") == strlen(value);
}

static bool is_float(const char *value)
{
    if (text_has_word("INF -INF NaN", value))
        return true;
    size_t mantissa = strcspn(value, "eE");
    char copy[400];
    if (mantissa >= sizeof copy)
        return false;
    memcpy(copy, value, mantissa);
    copy[mantissa] = '\0';
    return is_decimal(copy) && (!value[mantissa] || is_integer(value + mantissa + 1));
}

static bool is_hex(const char *value)
{
    size_t size = strlen(value);
    return size % 2 == 0 && strspn(value, "0123456789abcdefABCDEF") == size;
}

static bool is_base64(const char *value)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *packed = arena_text(arena, value);
    char *to = packed;
    for (const char *from = value; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
    struct bytes bytes;
    return codec_unbase64(arena, packed, &bytes);
}

/* An absolute or relative reference (RFC 2396, with the characters of IRIs): what a % begins is two
 * hexadecimal digits, and there is one # at most. */
static bool is_reference(const char *value)
{
    static const char refused[] = " \t\r\n\"<>\\^`{|}";
    const char *fragment = strchr(value, '#');
    if (strcspn(value, refused) != strlen(value) || (fragment && strchr(fragment + 1, '#')))
        return false;
    for (const char *at = value; (at = strchr(at, '%')) != NULL; at++)
        if (strspn(at + 1, "0123456789abcdefABCDEF") < 2)
            return false;
    return *value != ':';
}

static bool is_language(const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t size = strspn(value, letters);
    if (size < 1 || size > 8)
        return false;
    for (value += size; *value; value += size) {
        if (*value++ != '-')
            return false;
        size = strspn(value, "0123456789"
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (size < 1 || size > 8)
            return false;
    }
    return true;
}

static bool is_name(const char *value)
{
    return xmlValidateName((const xmlChar *)value, 0) == 0;
}

static bool is_ncname(const char *value)
{
    return xmlValidateNCName((const xmlChar *)value, 0) == 0;
}

static bool is_qname(const char *value)
{
    return xmlValidateQName((const xmlChar *)value, 0) == 0;
}

static bool is_nmtoken(const char *value)
{
    return xmlValidateNMToken((const xmlChar *)value, 0) == 0;
}

static bool is_duration(const char *value)
{
    struct datetime_duration duration;
    return datetime_read_duration(value, &duration);
}

static bool is_day_time(const char *value)
{
    struct datetime_duration duration;
    return datetime_read_duration(value, &duration) && !duration.has_months;
}

static bool is_year_month(const char *value)
{
    struct datetime_duration duration;
    return datetime_read_duration(value, &duration) && !duration.has_seconds;
}

/* One value of a select: no white space (XForms 1.1, 5.2.2). */
static bool is_list_item(const char *value)
{
    return *value && !strpbrk(value, " \t\r\n");
}

/* Words of letters and certain signs, with dots between, on both sides of an @ (XForms 1.1, 5.2.6).
 */
static bool is_atoms(const char *value, size_t size)
{
    static const char signs[] = "!#$%&'*+-/=?^_`{|}~";
    char before = '.';
    for (size_t i = 0; i < size; before = value[i++]) {
        char c = value[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '.' ? before == '.' : !letter && !strchr(signs, c))
            return false;
    }
    return before != '.';
}

static bool is_email(const char *value)
{
    const char *at = strchr(value, '@');
    return at && is_atoms(value, (size_t)(at - value)) && is_atoms(at + 1, strlen(at + 1));
}

static bool is_digits(const char *value)
{
    return strspn(value, "0123456789") == strlen(value);
}

/* ---- The types ---- */

#define WHOLE(least, most)                                                                         \
    .base = TYPE_INT, .order = SCHEMA_DECIMALS, .space = SCHEMA_COLLAPSE, .is = is_integer,        \
    .problem = "num.integer", .example = "12", .facets = {.min = (least), .max = (most)}
#define TIME(lexical, like)                                                                        \
    .order = SCHEMA_TIMES, .space = SCHEMA_COLLAPSE, .is = (lexical), .problem = "fmt.custom",     \
    .example = (like)
#define NAME(lexical) .space = SCHEMA_COLLAPSE, .is = (lexical)
#define WORDS(words)                                                                               \
    .variety = SCHEMA_LIST, .unit = SCHEMA_ITEMS, .space = SCHEMA_COLLAPSE, .item = (words),       \
    .facets = {.has_min_length = true, .min_length = 1}

static const struct schema_type idref = {.name = "IDREF", NAME(is_ncname)};
static const struct schema_type nmtoken = {.name = "NMTOKEN", NAME(is_nmtoken)};
static const struct schema_type list_item = {.name = "listItem", NAME(is_list_item)};

/* Of XML Schema; XForms has the same names in its own namespace. */
static const struct schema_type types[] = {
    {.name = "anySimpleType", .is = is_any, .is_plain = true},
    {.name = "string", .is = is_any, .is_plain = true},
    {.name = "boolean",
     .base = TYPE_BOOLEAN,
     .space = SCHEMA_COLLAPSE,
     .is = is_boolean,
     .is_plain = true},
    {.name = "decimal",
     .base = TYPE_DECIMAL,
     .order = SCHEMA_DECIMALS,
     .space = SCHEMA_COLLAPSE,
     .is = is_decimal,
     .problem = "num.number",
     .example = "12.5",
     .is_plain = true},
    {.name = "integer", .is_plain = true, WHOLE(NULL, NULL)},
    {.name = "date",
     .base = TYPE_DATE,
     .order = SCHEMA_TIMES,
     .space = SCHEMA_COLLAPSE,
     .is = datetime_is_date,
     .problem = "date.format",
     .is_plain = true},
    {.name = "time",
     .base = TYPE_TIME,
     .order = SCHEMA_TIMES,
     .space = SCHEMA_COLLAPSE,
     .is = datetime_is_time,
     .problem = "time.format",
     .is_plain = true},
    {.name = "dateTime",
     .base = TYPE_DATETIME,
     .order = SCHEMA_TIMES,
     .space = SCHEMA_COLLAPSE,
     .is = datetime_is_date_time,
     .problem = "datetime.format",
     .is_plain = true},
    {.name = "float",
     .base = TYPE_DECIMAL,
     .order = SCHEMA_FLOATS,
     .space = SCHEMA_COLLAPSE,
     .is = is_float,
     .problem = "num.number",
     .example = "12.5"},
    {.name = "double",
     .base = TYPE_DECIMAL,
     .order = SCHEMA_FLOATS,
     .space = SCHEMA_COLLAPSE,
     .is = is_float,
     .problem = "num.number",
     .example = "12.5"},
    {.name = "gYearMonth", TIME(datetime_is_year_month, "2026-11")},
    {.name = "gYear", TIME(datetime_is_year, "2026")},
    {.name = "gMonthDay", TIME(datetime_is_month_day, "--11-23")},
    {.name = "gDay", TIME(datetime_is_day, "---23")},
    {.name = "gMonth", TIME(datetime_is_month, "--11")},
    {.name = "duration",
     .space = SCHEMA_COLLAPSE,
     .is = is_duration,
     .problem = "fmt.custom",
     .example = "P1Y2M"},
    {.name = "hexBinary",
     .unit = SCHEMA_OCTETS_HEX,
     .space = SCHEMA_COLLAPSE,
     .is = is_hex,
     .problem = "fmt.custom",
     .example = "0FB7"},
    {.name = "base64Binary",
     .unit = SCHEMA_OCTETS_BASE64,
     .space = SCHEMA_COLLAPSE,
     .is = is_base64},
    {.name = "anyURI", .space = SCHEMA_COLLAPSE, .is = is_reference, .problem = "uri.format"},
    {.name = "QName", NAME(is_qname)},
    {.name = "normalizedString", .space = SCHEMA_REPLACE, .is = is_any},
    {.name = "token", .space = SCHEMA_COLLAPSE, .is = is_any},
    {.name = "language",
     .space = SCHEMA_COLLAPSE,
     .is = is_language,
     .problem = "fmt.custom",
     .example = "nb-NO"},
    {.name = "Name", NAME(is_name)},
    {.name = "NCName", NAME(is_ncname)},
    {.name = "ID", NAME(is_ncname)},
    {.name = "IDREFS", WORDS(&idref)},
    {.name = "NMTOKENS", WORDS(&nmtoken)},
    {.name = "nonPositiveInteger", WHOLE(NULL, "0")},
    {.name = "negativeInteger", WHOLE(NULL, "-1")},
    {.name = "nonNegativeInteger", WHOLE("0", NULL)},
    {.name = "positiveInteger", WHOLE("1", NULL)},
    {.name = "long", WHOLE("-9223372036854775808", "9223372036854775807")},
    {.name = "int", WHOLE("-2147483648", "2147483647")},
    {.name = "short", WHOLE("-32768", "32767")},
    {.name = "byte", WHOLE("-128", "127")},
    {.name = "unsignedLong", WHOLE("0", "18446744073709551615")},
    {.name = "unsignedInt", WHOLE("0", "4294967295")},
    {.name = "unsignedShort", WHOLE("0", "65535")},
    {.name = "unsignedByte", WHOLE("0", "255")},
};

/* Of XForms alone. The empty content that its types allow is no answer here, and of every type. */
static const struct schema_type own_types[] = {
    {.name = "listItems",
     .variety = SCHEMA_LIST,
     .unit = SCHEMA_ITEMS,
     .space = SCHEMA_COLLAPSE,
     .item = &list_item},
    {.name = "dayTimeDuration",
     .order = SCHEMA_DURATIONS,
     .space = SCHEMA_COLLAPSE,
     .is = is_day_time,
     .problem = "fmt.custom",
     .example = "P5DT3H"},
    {.name = "yearMonthDuration",
     .order = SCHEMA_DURATIONS,
     .space = SCHEMA_COLLAPSE,
     .is = is_year_month,
     .problem = "fmt.custom",
     .example = "P1Y2M"},
    {.name = "email",
     .base = TYPE_EMAIL,
     .space = SCHEMA_COLLAPSE,
     .is = is_email,
     .problem = "email.format"},
    {.name = "card-number",
     .space = SCHEMA_COLLAPSE,
     .is = is_digits,
     .problem = "chars.digits",
     .facets =
         {.has_min_length = true, .min_length = 12, .has_max_length = true, .max_length = 19}},
    {.name = "ID-card-number",
     .space = SCHEMA_COLLAPSE,
     .is = is_digits,
     .problem = "chars.digits",
     .facets =
         {.has_min_length = true, .min_length = 12, .has_max_length = true, .max_length = 19}},
};

static const struct schema_type *find_in(const struct schema_type *table, size_t count,
                                         const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const struct schema_type *schema_builtin(const char *uri, const char *name)
{
    bool of_forms = text_equal(uri, FORM_NAMESPACE);
    if (!of_forms && !text_equal(uri, SCHEMA_NAMESPACE))
        return NULL;
    const struct schema_type *single[] = {&idref, &nmtoken, &list_item};
    for (size_t i = 0; i < COUNT(single); i++)
        if (strcmp(single[i]->name, name) == 0)
            return single[i] == &list_item && !of_forms ? NULL : single[i];
    const struct schema_type *own = of_forms ? find_in(own_types, COUNT(own_types), name) : NULL;
    return own ? own : find_in(types, COUNT(types), name);
}

bool schema_is_id(const struct schema_type *type)
{
    for (; type; type = type->parent)
        if (!type->parent && strcmp(type->name, "ID") == 0 && type->is == is_ncname)
            return true;
    return false;
}
