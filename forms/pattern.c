#include "forms/pattern.h"

#include "engine/base/text.h"

#include <string.h>

/* ---- The pattern as a tree ---- */

struct range {
    uint32_t from, to;
    struct range *next;
};

struct set {
    bool negated;
    uint64_t ascii[2]; /* of the ranges, for speed */
    struct range *ranges;
};

enum kind {
    NOTHING,
    SET,
    BEGIN,
    END,
    SEQUENCE, /* first, then second */
    CHOICE,   /* first or second */
    REPEAT,   /* first, min to max times */
};

struct node {
    enum kind kind;
    struct set *set;
    struct node *first, *second;
    int min, max; /* max -1: any number */
};

struct reader {
    struct arena *arena;
    struct error *err;
    const char *text, *at;
};

static bool wrong(struct reader *reader, const char *what)
{
    size_t place = 1;
    for (const char *at = reader->text; at < reader->at; place++)
        (void)text_next(&at);
    return error_set(reader->err, ERROR_INVALID, "the pattern has %s at character %zu", what,
                     place);
}

static struct node *node_new(struct reader *reader, enum kind kind, struct node *first,
                             struct node *second)
{
    struct node *node = ARENA_NEW(reader->arena, struct node);
    *node = (struct node){.kind = kind, .first = first, .second = second};
    return node;
}

/* ---- Sets of characters ---- */

static void add_range(struct reader *reader, struct set *set, uint32_t from, uint32_t to)
{
    struct range *range = ARENA_NEW(reader->arena, struct range);
    *range = (struct range){from, to, set->ranges};
    set->ranges = range;
    for (uint32_t c = from; c <= to && c < 128; c++)
        set->ascii[c / 64] |= UINT64_C(1) << c % 64;
}

static bool set_has(const struct set *set, uint32_t c)
{
    if (c < 128)
        return ((set->ascii[c / 64] >> c % 64 & 1) != 0) != set->negated;
    for (const struct range *range = set->ranges; range; range = range->next)
        if (c >= range->from && c <= range->to)
            return !set->negated;
    return set->negated;
}

/* All characters of a list of pairs, or all others. */
static void add_pairs(struct reader *reader, struct set *set, const char *pairs, bool others)
{
    uint32_t after = 0;
    for (; *pairs; pairs += 2) { /* in rising order */
        uint32_t from = (unsigned char)pairs[0], to = (unsigned char)pairs[1];
        if (!others)
            add_range(reader, set, from, to);
        else if (from > after)
            add_range(reader, set, after, from - 1);
        after = to + 1;
    }
    if (others)
        add_range(reader, set, after, 0x10FFFF);
}

/* \d and its like; false when the letter is none. */
static bool add_class(struct reader *reader, struct set *set, char letter)
{
    const char *pairs = letter == 'd' || letter == 'D'   ? "09"
                        : letter == 'w' || letter == 'W' ? "09AZ__az"
                        : letter == 's' || letter == 'S' ? "\t\r  "
                                                         : NULL;
    if (pairs)
        add_pairs(reader, set, pairs, letter < 'a');
    return pairs != NULL;
}

/* [:alpha:] and its like, the reader after "[:". */
static bool add_named_class(struct reader *reader, struct set *set)
{
    static const struct {
        const char *name, *pairs;
    } classes[] = {
        {"alpha:]", "AZaz"},   {"digit:]", "09"},      {"alnum:]", "09AZaz"},
        {"lower:]", "az"},     {"upper:]", "AZ"},      {"space:]", "\t\r  "},
        {"blank:]", "\t\t  "}, {"xdigit:]", "09AFaf"}, {"punct:]", "!/:@[`{~"},
    };
    for (size_t i = 0; i < COUNT(classes); i++)
        if (text_starts_with(reader->at, classes[i].name)) {
            add_pairs(reader, set, classes[i].pairs, false);
            reader->at += strlen(classes[i].name);
            return true;
        }
    return wrong(reader, "a class whose name is not known");
}

static bool read_hex(struct reader *reader, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        char c = *reader->at;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return wrong(reader, "something else than four hexadecimal digits after \\u");
        value = value * 16 + digit;
    }
    *out = value;
    return true;
}

/* The one character after a backslash. */
static bool read_escaped(struct reader *reader, uint32_t *out)
{
    static const char letters[] = "nrtfv", means[] = "\n\r\t\f\v";
    char c = *reader->at;
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        reader->at++;
        *out = (unsigned char)means[letter - letters];
        return true;
    }
    if (c == 'u') {
        reader->at++;
        return read_hex(reader, out);
    }
    if (!c)
        return wrong(reader, "nothing after a backslash");
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return wrong(reader, "an escape that is not known");
    *out = text_next(&reader->at);
    return true;
}

/* One character or class inside [ ]. *single: it may begin or end a range. */
static bool read_member(struct reader *reader, struct set *set, bool *single, uint32_t *out)
{
    *single = false;
    if (text_starts_with(reader->at, "[:")) {
        reader->at += 2;
        return add_named_class(reader, set);
    }
    if (*reader->at == '\\') {
        reader->at++;
        if (add_class(reader, set, *reader->at)) {
            reader->at++;
            return true;
        }
        *single = true;
        return read_escaped(reader, out);
    }
    if (!*reader->at)
        return wrong(reader, "a [ that is not closed");
    *single = true;
    *out = text_next(&reader->at);
    return true;
}

/* After the [. A ] that is first stands for itself, and so does a - at either end. */
static bool read_set(struct reader *reader, struct set *set)
{
    if (*reader->at == '^') {
        set->negated = true;
        reader->at++;
    }
    bool first = true;
    for (; first || *reader->at != ']'; first = false) {
        if (text_starts_with(reader->at, "-[") || text_starts_with(reader->at, "&&"))
            return wrong(reader, "classes taken from each other, which is not known,");
        bool single, last_single = false;
        uint32_t from = 0, to;
        if (!read_member(reader, set, &single, &from))
            return false;
        to = from;
        if (single && reader->at[0] == '-' && reader->at[1] && reader->at[1] != ']' &&
            reader->at[1] != '[') {
            reader->at++;
            if (!read_member(reader, set, &last_single, &to))
                return false;
            if (!last_single || to < from)
                return wrong(reader, "a range that does not rise");
        }
        if (single)
            add_range(reader, set, from, to);
    }
    reader->at++;
    return true;
}

/* ---- Parts ---- */

static bool read_choice(struct reader *reader, struct node **out);

static bool read_group(struct reader *reader, struct node **out)
{
    if (text_starts_with(reader->at, "?:"))
        reader->at += 2;
    else if (*reader->at == '?')
        return wrong(reader, "a kind of group that is not known");
    if (!read_choice(reader, out))
        return false;
    if (*reader->at != ')')
        return wrong(reader, "a ( that is not closed");
    reader->at++;
    return true;
}

static bool read_atom(struct reader *reader, struct node **out)
{
    char c = *reader->at;
    if (strchr("*+?{", c))
        return wrong(reader, "a repetition of nothing");
    if (c == '(') {
        reader->at++;
        return read_group(reader, out);
    }
    if (c == '^' || c == '$') {
        reader->at++;
        *out = node_new(reader, c == '^' ? BEGIN : END, NULL, NULL);
        return true;
    }
    *out = node_new(reader, SET, NULL, NULL);
    struct set *set = (*out)->set = ARENA_NEW(reader->arena, struct set);
    uint32_t character;
    if (c == '[') {
        reader->at++;
        return read_set(reader, set);
    }
    if (c == '.') {
        reader->at++;
        add_pairs(reader, set, "\n\n\r\r", true);
        return true;
    }
    if (c == '\\') {
        reader->at++;
        if (add_class(reader, set, *reader->at)) {
            reader->at++;
            return true;
        }
        if (!read_escaped(reader, &character))
            return false;
    } else {
        character = text_next(&reader->at);
    }
    add_range(reader, set, character, character);
    return true;
}

/* A number of at most four digits; -1 when there is none. */
static int read_number(struct reader *reader)
{
    int value = -1;
    for (int i = 0; i < 4 && *reader->at >= '0' && *reader->at <= '9'; i++)
        value = (value < 0 ? 0 : value) * 10 + (*reader->at++ - '0');
    return value;
}

/* After the {. */
static bool read_bounds(struct reader *reader, int *min, int *max)
{
    *min = *max = read_number(reader);
    if (*reader->at == ',') {
        reader->at++;
        *max = read_number(reader);
    }
    if (*min < 0 || *reader->at != '}')
        return wrong(reader, "something else than {m}, {m,} or {m,n}");
    if (*max >= 0 && *max < *min)
        return wrong(reader, "bounds that do not rise");
    if (*min > PATTERN_MAX_REPEATS || *max > PATTERN_MAX_REPEATS)
        return wrong(reader, "more repetitions than are allowed");
    reader->at++;
    return true;
}

static bool read_repeat(struct reader *reader, struct node **out)
{
    bool anchor = *reader->at == '^' || *reader->at == '$';
    if (!read_atom(reader, out))
        return false;
    char c = *reader->at;
    if (!c || !strchr("*+?{", c))
        return true;
    if (anchor)
        return wrong(reader, "a repetition of nothing");
    struct node *repeat = node_new(reader, REPEAT, *out, NULL);
    repeat->min = c == '+';
    repeat->max = c == '?' ? 1 : -1;
    reader->at++;
    if (c == '{' && !read_bounds(reader, &repeat->min, &repeat->max))
        return false;
    if (*reader->at == '?') /* fewest first: the same values match */
        reader->at++;
    if (*reader->at && strchr("*+?{", *reader->at))
        return wrong(reader, "a repetition of a repetition");
    *out = repeat;
    return true;
}

static bool read_sequence(struct reader *reader, struct node **out)
{
    *out = node_new(reader, NOTHING, NULL, NULL);
    while (*reader->at && *reader->at != '|' && *reader->at != ')') {
        struct node *part;
        if (!read_repeat(reader, &part))
            return false;
        *out = (*out)->kind == NOTHING ? part : node_new(reader, SEQUENCE, *out, part);
    }
    return true;
}

static bool read_choice(struct reader *reader, struct node **out)
{
    if (!read_sequence(reader, out))
        return false;
    while (*reader->at == '|') {
        reader->at++;
        struct node *other;
        if (!read_sequence(reader, &other))
            return false;
        *out = node_new(reader, CHOICE, *out, other);
    }
    return true;
}

/* ---- The tree as states ---- */

enum action {
    TAKE, /* a character of the set, then the next state */
    FORK, /* both */
    JUMP,
    AT_BEGIN,
    AT_END,
    MATCH,
};

struct state {
    enum action action;
    const struct set *set;
    int to, other;
};

struct pattern {
    struct state states[PATTERN_MAX_STATES];
    int count;
};

struct writer {
    struct pattern *pattern;
    int visits; /* of nodes: bounds the repetition of what writes nothing */
};

/* Its number, or -1 when there are too many. */
static int add_state(struct writer *writer, struct state state)
{
    struct pattern *pattern = writer->pattern;
    if (pattern->count == PATTERN_MAX_STATES)
        return -1;
    pattern->states[pattern->count] = state;
    return pattern->count++;
}

static bool write_node(struct writer *writer, const struct node *node);

/* As many copies as must be, then either a loop or those that may be. */
static bool write_repeat(struct writer *writer, const struct node *node)
{
    struct pattern *pattern = writer->pattern;
    for (int i = 0; i < node->min; i++)
        if (!write_node(writer, node->first))
            return false;
    if (node->max < 0) {
        int fork = add_state(writer, (struct state){.action = FORK});
        if (fork < 0 || !write_node(writer, node->first) ||
            add_state(writer, (struct state){.action = JUMP, .to = fork}) < 0)
            return false;
        pattern->states[fork].to = fork + 1;
        pattern->states[fork].other = pattern->count;
        return true;
    }
    int last = -1; /* the forks are a list through `other` until where they lead is known */
    for (int i = node->min; i < node->max; i++) {
        int fork = add_state(writer, (struct state){.action = FORK, .other = last});
        if (fork < 0 || !write_node(writer, node->first))
            return false;
        pattern->states[fork].to = fork + 1;
        last = fork;
    }
    while (last >= 0) {
        int before = pattern->states[last].other;
        pattern->states[last].other = pattern->count;
        last = before;
    }
    return true;
}

static bool write_choice(struct writer *writer, const struct node *node)
{
    struct pattern *pattern = writer->pattern;
    int fork = add_state(writer, (struct state){.action = FORK});
    if (fork < 0 || !write_node(writer, node->first))
        return false;
    int jump = add_state(writer, (struct state){.action = JUMP});
    if (jump < 0)
        return false;
    pattern->states[fork].to = fork + 1;
    pattern->states[fork].other = jump + 1;
    if (!write_node(writer, node->second))
        return false;
    pattern->states[jump].to = pattern->count;
    return true;
}

static bool write_node(struct writer *writer, const struct node *node)
{
    if (++writer->visits > 4 * PATTERN_MAX_STATES)
        return false;
    switch (node->kind) {
    case NOTHING:
        return true;
    case SET:
        return add_state(writer, (struct state){.action = TAKE, .set = node->set}) >= 0;
    case BEGIN:
        return add_state(writer, (struct state){.action = AT_BEGIN}) >= 0;
    case END:
        return add_state(writer, (struct state){.action = AT_END}) >= 0;
    case SEQUENCE:
        return write_node(writer, node->first) && write_node(writer, node->second);
    case CHOICE:
        return write_choice(writer, node);
    case REPEAT:
        return write_repeat(writer, node);
    }
    return false;
}

bool pattern_new(struct arena *arena, const char *text, struct pattern **out, struct error *err)
{
    if (strlen(text) > PATTERN_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "the pattern is longer than %d bytes",
                         PATTERN_MAX_BYTES);
    struct reader reader = {.arena = arena, .err = err, .text = text, .at = text};
    struct node *tree;
    if (!read_choice(&reader, &tree))
        return false;
    if (*reader.at)
        return wrong(&reader, "a ) without its (");

    struct writer writer = {.pattern = ARENA_NEW(arena, struct pattern)};
    if (!write_node(&writer, tree) || add_state(&writer, (struct state){.action = MATCH}) < 0)
        return error_set(err, ERROR_LIMIT,
                         "the pattern repeats more than can be followed: %d states",
                         PATTERN_MAX_STATES);
    *out = writer.pattern;
    return true;
}

/* ---- Matching: K. Thompson, Regular Expression Search Algorithm, CACM 11:6, 1968 ---- */

/* States the match may be in, each once. */
struct crowd {
    int *states;
    int count;
};

struct match {
    const struct pattern *pattern;
    const char *begin, *at;
    int *stack;
    size_t *seen; /* by state: the turn that has added it */
    size_t turn, steps;
    bool matched; /* MATCH was reached in this turn */
};

/* Adds a state and all that can be reached from it without taking a character. */
static void add(struct match *match, struct crowd *crowd, int state)
{
    int waiting = 0;
    match->stack[waiting++] = state;
    while (waiting) {
        int at = match->stack[--waiting];
        if (match->seen[at] == match->turn)
            continue;
        match->seen[at] = match->turn;
        match->steps++;
        const struct state *here = &match->pattern->states[at];
        switch (here->action) {
        case TAKE:
            crowd->states[crowd->count++] = at;
            break;
        case FORK:
            match->stack[waiting++] = here->other;
            match->stack[waiting++] = here->to;
            break;
        case JUMP:
            match->stack[waiting++] = here->to;
            break;
        case AT_BEGIN:
            if (match->at == match->begin)
                match->stack[waiting++] = at + 1;
            break;
        case AT_END:
            if (!*match->at)
                match->stack[waiting++] = at + 1;
            break;
        case MATCH:
            match->matched = true;
        }
    }
}

bool pattern_matches(struct arena *scratch, const struct pattern *pattern, const char *value,
                     size_t *steps)
{
    size_t count = (size_t)pattern->count;
    struct match match = {.pattern = pattern,
                          .begin = value,
                          .at = value,
                          .stack = ARENA_ARRAY(scratch, count * 2 + 2, int),
                          .seen = ARENA_ARRAY(scratch, count, size_t),
                          .turn = 1};
    struct crowd now = {.states = ARENA_ARRAY(scratch, count, int)};
    struct crowd next = {.states = ARENA_ARRAY(scratch, count, int)};
    add(&match, &now, 0);
    while (*match.at && now.count) {
        uint32_t character = text_next(&match.at);
        match.turn++;
        match.matched = false;
        for (int i = 0; i < now.count; i++) {
            match.steps++;
            if (set_has(pattern->states[now.states[i]].set, character))
                add(&match, &next, now.states[i] + 1);
        }
        struct crowd done = now;
        now = next;
        next = (struct crowd){.states = done.states};
    }
    if (steps)
        *steps = match.steps;
    return !*match.at && match.matched;
}
