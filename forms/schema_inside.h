/* schema_inside.h - what a schema_type is made of: for schema.c, which makes them,
 * schema_builtin.c, which has those of the standards, and schema_check.c. */
#pragma once

#include "forms/pattern.h"
#include "forms/schema.h"

enum schema_variety {
    SCHEMA_ATOMIC,
    SCHEMA_LIST,
    SCHEMA_UNION,
};

/* How values are told apart and put in order. */
enum schema_order {
    SCHEMA_TEXTS,    /* by their characters; none comes before another */
    SCHEMA_DECIMALS, /* exactly, of any length */
    SCHEMA_FLOATS,
    SCHEMA_TIMES,     /* dates, moments and parts of them; without a zone: in UTC */
    SCHEMA_DURATIONS, /* of one kind: of months or of seconds */
};

enum schema_space { SCHEMA_PRESERVE, SCHEMA_REPLACE, SCHEMA_COLLAPSE };

/* What a length counts. */
enum schema_unit { SCHEMA_CHARACTERS, SCHEMA_OCTETS_HEX, SCHEMA_OCTETS_BASE64, SCHEMA_ITEMS };

/* The patterns of one restriction: one of them must match. */
struct schema_patterns {
    const struct pattern *const *items;
    size_t count;
};

/* What one step of derivation asks; its parent's facets hold too. */
struct schema_facets {
    bool has_length, has_min_length, has_max_length, has_total_digits, has_fraction_digits;
    size_t length, min_length, max_length, total_digits, fraction_digits;
    const char *min, *max;           /* or NULL */
    bool excludes_min, excludes_max; /* min and max themselves are not allowed */
    struct schema_patterns patterns; /* count 0: any */
    const char *const *values;       /* enumeration */
    size_t value_count;              /* 0: any */
};

struct schema_type {
    const char *name;                 /* local; "" when it has none */
    const struct schema_type *parent; /* what it restricts; NULL: built in, a list or a union */
    enum schema_variety variety;
    enum type base;
    enum schema_order order;
    enum schema_unit unit;
    enum schema_space space;
    struct schema_facets facets;
    bool (*is)(const char *value);            /* built in: its lexical form; or NULL */
    const struct schema_type *item;           /* of a list */
    const struct schema_type *const *members; /* of a union */
    size_t member_count;
    const char *problem, *example; /* built in: the message's id and what {eks} is; or NULL */
    bool is_plain;                 /* types.h knows it as well */
};

/* NULL when there is none of that name in XML Schema's or XForms' namespace. */
const struct schema_type *schema_builtin(const char *uri, const char *name);

/* ---- schema_values.c ---- */

/* Two values of the same order: below 0, 0, above 0. False: they cannot be compared. */
CHECKED bool schema_compare(enum schema_order order, const char *a, const char *b, int *out);

/* White space as the type wants it; the value itself when it is. */
const char *schema_spaced(struct arena *arena, enum schema_space space, const char *value);

/* How long a value is in that unit. */
size_t schema_length(enum schema_unit unit, const char *value);

/* Digits of a decimal, without zeros that say nothing: in all, and after the point. */
void schema_digits(const char *decimal, size_t *total, size_t *fraction);
