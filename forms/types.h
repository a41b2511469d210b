/* types.h - what each type of answer looks like: from what people type to what is stored, what may
 * be stored, and back to what people read. Stored values are XSD's lexical forms: ISO dates,
 * decimal point, no grouping; numbers with check digits are the digits alone. "" is no answer:
 * valid in every type, and for `required` to judge. */
#pragma once

#include "forms/texts.h"

enum type {
    TYPE_STRING,
    TYPE_INT,     /* at most 15 digits, so that XPath's numbers hold it exactly */
    TYPE_DECIMAL, /* at most 15 digits in all */
    TYPE_BOOLEAN, /* true, false, 1, 0 */
    TYPE_DATE,    /* years 0001 to 9999; no zone */
    TYPE_TIME,
    TYPE_DATETIME,
    TYPE_BINARY, /* a file; its value is the file's name */
    TYPE_EMAIL,  /* one @, a domain with a dot; no comments or quotes of RFC 5322 */
    TYPE_URI,
    TYPE_FNR,     /* sk:fnr */
    TYPE_ORGNR,   /* sk:orgnr */
    TYPE_KONTO,   /* sk:konto */
    TYPE_BELOP,   /* sk:belop: whole kroner */
    TYPE_TELEFON, /* sk:telefon: eight digits, or + and country code */
    TYPE_POSTNR,  /* sk:postnr: four digits */
};

/* "int", "xsd:int", "integer", "sk:fnr"... The prefix of XSD's types may be any or none, as in ODK
 * forms; ours must be `sk`. False when there is no such type (its binds are then strings). */
bool types_find(const char *name, enum type *out);

/* The name as a form writes it: "int", "sk:fnr". Static. */
const char *types_name(enum type type);

/* Whether XPath compares and sums it as a number. */
bool types_is_number(enum type type);

/* Which of the three fields of a date is wrong. */
enum types_part {
    TYPES_WHOLE,
    TYPES_DAY,
    TYPES_MONTH,
    TYPES_YEAR,
};

/* Why a value is not of its type, as a message still without the field's name: texts_say with these
 * arguments and {felt}, {Felt}. */
struct types_problem {
    const char *id; /* in texts_fields: "num.integer" */
    struct texts_arg args[3];
    size_t arg_count;
    enum types_part part;
};

/* What a person typed, leniently (design: "accept and normalise"), to what is stored: spaces,
 * no-break spaces and dots between digits, decimal comma, +47, 7.3.22, 07.03.2022, 7/3/2022 and
 * 070322. Two digits of a year are 1950 to 2049. What is stored already comes out as it is.
 * language is for words in the problem's arguments. False: *problem is filled. */
CHECKED bool types_parse(struct arena *arena, enum type type, const char *typed,
                         const char *language, const char **stored, struct types_problem *problem);

/* The three fields of a date, each as typed; month may be its name. All empty: "". */
CHECKED bool types_parse_date(struct arena *arena, const char *day, const char *month,
                              const char *year, const char *language, const char **stored,
                              struct types_problem *problem);

/* Whether a stored value is of its type, strictly. problem may be NULL. The arena is for the
 * problem's arguments. */
CHECKED bool types_check(struct arena *arena, enum type type, const char *stored,
                         const char *language, struct types_problem *problem);

/* For reading back (review, receipt, lists): "41 400 kr", "7. mars 2022", "028785 *****" - the
 * last five of a national identity number are never written. What is not of its type comes back as
 * it is. Boolean: "Ja", "Nei". */
char *types_write(struct arena *arena, enum type type, const char *stored, const char *language);

/* For the field it is changed in, without unit or mask: "41 400", "07.03.2022", "02878512345". */
char *types_write_field(struct arena *arena, enum type type, const char *stored,
                        const char *language);

/* The three fields of a stored date ("7", "3", "2022"); three "" when it is no date. */
void types_split_date(struct arena *arena, const char *stored, const char **day, const char **month,
                      const char **year);
