/* Whether a value is of its type, and what is said when it is not. */
#include "forms/schema_inside.h"

#include "engine/base/text.h"
#include "forms/locale.h"

#include <string.h>

enum {
    MAX_WORK = 1000 * 1000, /* types asked of one value, and steps of patterns: some ms */
    STEPS_OF_WORK = 8,
};

struct checking {
    struct arena *arena;
    const char *language;
    size_t work;
    struct types_problem problem;
};

static bool fails(struct checking *checking, const char *id)
{
    checking->problem = (struct types_problem){.id = id ? id : "constraint"};
    return false;
}

static void add_arg(struct checking *checking, const char *name, const char *value)
{
    checking->problem.args[checking->problem.arg_count++] = (struct texts_arg){name, value};
}

static bool fails_with_number(struct checking *checking, const char *id, const char *name,
                              size_t number)
{
    fails(checking, id);
    add_arg(checking, name, locale_integer(checking->arena, (int64_t)number, checking->language));
    return false;
}

/* A value of the type as people write it: a bound, or an example. */
static const char *shown(struct checking *checking, const struct schema_type *type,
                         const char *value)
{
    return types_write(checking->arena, type->base, value, checking->language);
}

static bool fails_lexically(struct checking *checking, const struct schema_type *type)
{
    fails(checking, type->problem);
    if (type->example)
        add_arg(checking, "eks", shown(checking, type, type->example));
    return false;
}

/* ---- Facets ---- */

static bool check_lengths(struct checking *checking, const struct schema_type *type,
                          const char *value)
{
    const struct schema_facets *facets = &type->facets;
    if (!facets->has_length && !facets->has_min_length && !facets->has_max_length)
        return true;
    size_t length = schema_length(type->unit, value);
    size_t least = facets->has_length ? facets->length : facets->min_length;
    bool has_most = facets->has_length || facets->has_max_length;
    size_t most = facets->has_length ? facets->length : facets->max_length;
    bool counted = type->unit == SCHEMA_CHARACTERS; /* in letters a person can count */
    if (length < least)
        return counted ? fails_with_number(checking, "len.min", "n", least) : fails(checking, NULL);
    if (!has_most || length <= most)
        return true;
    if (!counted)
        return fails(checking, NULL);
    fails_with_number(checking, "len.max", "n", most);
    add_arg(checking, "over",
            locale_integer(checking->arena, (int64_t)(length - most), checking->language));
    return false;
}

static bool check_digits(struct checking *checking, const struct schema_type *type,
                         const char *value)
{
    const struct schema_facets *facets = &type->facets;
    if (!facets->has_total_digits && !facets->has_fraction_digits)
        return true;
    size_t total, fraction;
    schema_digits(value, &total, &fraction);
    if (facets->has_total_digits && total > facets->total_digits)
        return fails_with_number(checking, "num.digits", "n", facets->total_digits);
    if (!facets->has_fraction_digits || fraction <= facets->fraction_digits)
        return true;
    fails_with_number(checking, "num.decimal", "n", facets->fraction_digits);
    add_arg(checking, "eks",
            shown(checking, type,
                  arena_printf(checking->arena, "12.%.*s", (int)facets->fraction_digits,
                               "345678901234567890")));
    return false;
}

/* Whether a value lies outside a bound: side -1 the least, 1 the most. */
static bool is_beyond(const struct schema_type *type, const char *value, const char *bound,
                      bool excluded, int side)
{
    int order;
    if (!bound)
        return false;
    if (!schema_compare(type->order, value, bound, &order))
        return true; /* NaN is nowhere */
    return excluded ? order * side >= 0 : order * side > 0;
}

static bool check_bounds(struct checking *checking, const struct schema_type *type,
                         const char *value)
{
    const struct schema_facets *facets = &type->facets;
    bool low = is_beyond(type, value, facets->min, facets->excludes_min, -1);
    bool high = is_beyond(type, value, facets->max, facets->excludes_max, 1);
    if (!low && !high)
        return true;
    bool number = types_is_number(type->base), date = type->base == TYPE_DATE;
    bool both = facets->min && facets->max && number;
    if ((!number && !date) || (low && facets->excludes_min) || (high && facets->excludes_max))
        return fails(checking, NULL);
    fails(checking, both     ? "num.range"
                    : number ? (low ? "num.min" : "num.max")
                             : (low ? "date.min" : "date.max"));
    if (low || both)
        add_arg(checking, "min", shown(checking, type, facets->min));
    if (high || both)
        add_arg(checking, "maks", shown(checking, type, facets->max));
    return false;
}

static bool check_patterns(struct checking *checking, const struct schema_type *type,
                           const char *value)
{
    const struct schema_patterns *patterns = &type->facets.patterns;
    bool short_enough = strlen(value) <= SCHEMA_MAX_MATCHED_BYTES;
    for (size_t i = 0; short_enough && i < patterns->count; i++) {
        size_t steps;
        bool matches = pattern_matches(checking->arena, patterns->items[i], value, &steps);
        checking->work += steps / STEPS_OF_WORK;
        if (matches)
            return true;
    }
    return patterns->count == 0 || fails(checking, NULL);
}

static bool check_enumeration(struct checking *checking, const struct schema_type *type,
                              const char *value)
{
    const struct schema_facets *facets = &type->facets;
    for (size_t i = 0; i < facets->value_count; i++) {
        int order;
        if (strcmp(facets->values[i], value) == 0 ||
            (schema_compare(type->order, facets->values[i], value, &order) && order == 0))
            return true;
    }
    return facets->value_count == 0 || fails(checking, "choice.unknown");
}

/* ---- Varieties ---- */

static bool check(struct checking *checking, const struct schema_type *type, const char *value);

static bool check_items(struct checking *checking, const struct schema_type *type,
                        const char *value)
{
    for (const char *at = value; *at; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");
        const char *item =
            arena_text_of(checking->arena, (struct bytes){(const unsigned char *)at, size});
        if (!check(checking, type->item, item))
            return false;
        at += size;
    }
    return true;
}

/* What is said is what the first of the members says. */
static bool check_members(struct checking *checking, const struct schema_type *type,
                          const char *value)
{
    struct types_problem first = {0};
    for (size_t i = 0; i < type->member_count; i++) {
        const struct schema_type *member = type->members[i];
        if (check(checking, member, schema_spaced(checking->arena, member->space, value)))
            return true;
        if (i == 0)
            first = checking->problem;
    }
    checking->problem = first;
    return false;
}

static bool check_own(struct checking *checking, const struct schema_type *type, const char *value)
{
    if (type->parent)
        return check(checking, type->parent, value);
    switch (type->variety) {
    case SCHEMA_ATOMIC:
        return type->is(value) || fails_lexically(checking, type);
    case SCHEMA_LIST:
        return check_items(checking, type, value);
    case SCHEMA_UNION:
        return check_members(checking, type, value);
    }
    return false;
}

/* Types may be unions of unions of the same: there is an end to what is asked. */
static bool check(struct checking *checking, const struct schema_type *type, const char *value)
{
    if (++checking->work > MAX_WORK)
        return fails(checking, NULL);
    return check_own(checking, type, value) && check_lengths(checking, type, value) &&
           check_digits(checking, type, value) && check_bounds(checking, type, value) &&
           check_patterns(checking, type, value) && check_enumeration(checking, type, value);
}

bool schema_check(struct arena *arena, const struct schema_type *type, const char *stored,
                  const char *language, struct types_problem *problem)
{
    struct checking checking = {.arena = arena, .language = language};
    const char *value = schema_spaced(arena, type->space, stored);
    if (!*stored || check(&checking, type, value))
        return true;
    if (problem)
        *problem = checking.problem;
    return false;
}
