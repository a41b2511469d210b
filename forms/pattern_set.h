/* pattern_set.h - a set of characters, as a pattern writes it in [ ] or as \d, for pattern.c. */
#pragma once

#include "engine/base/arena.h"

struct pattern_set {
    bool negated;
    uint64_t ascii[2]; /* of what is in it, for speed */
    struct pattern_range *ranges;
    struct pattern_property *properties;
    const struct pattern_set *minus; /* or NULL */
};

bool pattern_set_has(const struct pattern_set *set, uint32_t character);

void pattern_set_add(struct arena *arena, struct pattern_set *set, uint32_t from, uint32_t to);

/* \d and its like, whose letter is given; false when it is none. In a schema they mean Unicode, and
 * there are \i and \c, the characters of XML's names. */
bool pattern_set_add_class(struct arena *arena, struct pattern_set *set, char letter,
                           bool is_schema);

/* "alpha" of [:alpha:] and its like; false when there is none. */
bool pattern_set_add_named(struct arena *arena, struct pattern_set *set, const char *name);

/* "Lu" or "IsBasicLatin" of \p{Lu}; negated: of \P{Lu}. False when there is none. */
bool pattern_set_add_property(struct arena *arena, struct pattern_set *set, const char *name,
                              bool negated);
