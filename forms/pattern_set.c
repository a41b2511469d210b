#include "forms/pattern_set.h"

#include "engine/base/text.h"

#include <libxml/xmlversion.h>
#if LIBXML_VERSION < 21400
#include <libxml/xmlunicode.h>
#endif

#include <string.h>

struct pattern_range {
    uint32_t from, to;
    struct pattern_range *next;
};

/* Characters of a category or block of Unicode: "Lu", "BasicLatin". */
struct pattern_property {
    const char *name;
    bool is_block, negated;
    struct pattern_property *next;
};

/* ---- Unicode: libxml2 knows its categories up to 2.13 ---- */

/* -1: there is no such property. */
static int has_property(uint32_t c, const char *name, bool is_block)
{
#if LIBXML_VERSION < 21400
    return is_block ? xmlUCSIsBlock((int)c, name) : xmlUCSIsCat((int)c, name);
#else
    (void)c;
    (void)name;
    (void)is_block;
    return -1;
#endif
}

static bool property_has(const struct pattern_property *property, uint32_t c)
{
    return (has_property(c, property->name, property->is_block) == 1) != property->negated;
}

bool pattern_set_has(const struct pattern_set *set, uint32_t c)
{
    bool found = c < 128 && (set->ascii[c / 64] >> c % 64 & 1) != 0;
    for (const struct pattern_range *at = set->ranges; c >= 128 && at && !found; at = at->next)
        found = c >= at->from && c <= at->to;
    for (const struct pattern_property *at = set->properties; c >= 128 && at && !found;
         at = at->next)
        found = property_has(at, c);
    return found != set->negated && !(set->minus && pattern_set_has(set->minus, c));
}

void pattern_set_add(struct arena *arena, struct pattern_set *set, uint32_t from, uint32_t to)
{
    struct pattern_range *range = ARENA_NEW(arena, struct pattern_range);
    *range = (struct pattern_range){from, to, set->ranges};
    set->ranges = range;
    for (uint32_t c = from; c <= to && c < 128; c++)
        set->ascii[c / 64] |= UINT64_C(1) << c % 64;
}

bool pattern_set_add_property(struct arena *arena, struct pattern_set *set, const char *name,
                              bool negated)
{
    bool is_block = text_starts_with(name, "Is");
    name += is_block ? strlen("Is") : 0;
    if (has_property('a', name, is_block) < 0)
        return false;
    struct pattern_property *property = ARENA_NEW(arena, struct pattern_property);
    *property =
        (struct pattern_property){arena_text(arena, name), is_block, negated, set->properties};
    set->properties = property;
    for (uint32_t c = 0; c < 128; c++)
        if (property_has(property, c))
            set->ascii[c / 64] |= UINT64_C(1) << c % 64;
    return true;
}

/* ---- Classes ---- */

struct pair {
    uint32_t from, to;
};

/* All characters of some ranges in rising order, or all others. */
static void add_pairs(struct arena *arena, struct pattern_set *set, const struct pair *pairs,
                      size_t count, bool others)
{
    uint32_t after = 0;
    for (size_t i = 0; i < count; i++) {
        if (!others)
            pattern_set_add(arena, set, pairs[i].from, pairs[i].to);
        else if (pairs[i].from > after)
            pattern_set_add(arena, set, after, pairs[i].from - 1);
        after = pairs[i].to + 1;
    }
    if (others)
        pattern_set_add(arena, set, after, 0x10FFFF);
}

static const struct pair digits[] = {{'0', '9'}};
static const struct pair words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct pair spaces[] = {{'\t', '\r'}, {' ', ' '}};
static const struct pair xml_spaces[] = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}};

/* XML 1.0, fifth edition, [4] and [4a]. */
static const struct pair name_starts[] = {
    {':', ':'},       {'A', 'Z'},       {'_', '_'},       {'a', 'z'},
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
    {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
static const struct pair name_characters[] = {
    {'-', '.'},       {'0', ':'},       {'A', 'Z'},        {'_', '_'},       {'a', 'z'},
    {0xB7, 0xB7},     {0xC0, 0xD6},     {0xD8, 0xF6},      {0xF8, 0x37D},    {0x37F, 0x1FFF},
    {0x200C, 0x200D}, {0x203F, 0x2040}, {0x2070, 0x218F},  {0x2C00, 0x2FEF}, {0x3001, 0xD7FF},
    {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};

/* \d and \w of a schema: decimal digits; all but punctuation, separators and others. */
static bool add_unicode_class(struct arena *arena, struct pattern_set *set, char letter)
{
    if (has_property('a', "L", false) < 0)
        return false;
    if (letter == 'd' || letter == 'D')
        return pattern_set_add_property(arena, set, "Nd", letter == 'D');
    static const char *const in[] = {"L", "M", "N", "S"}, *const out[] = {"P", "Z", "C"};
    bool added = false;
    for (size_t i = 0; letter == 'w' && i < COUNT(in); i++)
        added = pattern_set_add_property(arena, set, in[i], false);
    for (size_t i = 0; letter == 'W' && i < COUNT(out); i++)
        added = pattern_set_add_property(arena, set, out[i], false);
    return added;
}

bool pattern_set_add_class(struct arena *arena, struct pattern_set *set, char letter,
                           bool is_schema)
{
    static const struct {
        char letter;
        bool only_schema;
        const struct pair *pairs;
        size_t count;
    } classes[] = {
        {'d', false, digits, COUNT(digits)},
        {'w', false, words, COUNT(words)},
        {'s', false, spaces, COUNT(spaces)},
        {'s', true, xml_spaces, COUNT(xml_spaces)},
        {'i', true, name_starts, COUNT(name_starts)},
        {'c', true, name_characters, COUNT(name_characters)},
    };
    if (is_schema && add_unicode_class(arena, set, letter))
        return true;
    bool others = letter >= 'A' && letter <= 'Z';
    for (size_t i = COUNT(classes); i-- > 0;)
        if (classes[i].letter == (others ? letter - 'A' + 'a' : letter) &&
            (is_schema || !classes[i].only_schema)) {
            add_pairs(arena, set, classes[i].pairs, classes[i].count, others);
            return true;
        }
    return false;
}

bool pattern_set_add_named(struct arena *arena, struct pattern_set *set, const char *name)
{
    static const struct {
        const char *name;
        struct pair pairs[4];
        size_t count;
    } classes[] = {
        {"alpha", {{'A', 'Z'}, {'a', 'z'}}, 2},
        {"digit", {{'0', '9'}}, 1},
        {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, 3},
        {"lower", {{'a', 'z'}}, 1},
        {"upper", {{'A', 'Z'}}, 1},
        {"space", {{'\t', '\r'}, {' ', ' '}}, 2},
        {"blank", {{'\t', '\t'}, {' ', ' '}}, 2},
        {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, 3},
        {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}, 4},
    };
    for (size_t i = 0; i < COUNT(classes); i++)
        if (strcmp(classes[i].name, name) == 0) {
            add_pairs(arena, set, classes[i].pairs, classes[i].count, false);
            return true;
        }
    return false;
}
