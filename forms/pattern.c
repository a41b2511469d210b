#include "forms/pattern.h"

#include "engine/base/text.h"
#include "forms/pattern_set.h"

#include <string.h>

/* ---- The pattern as a tree ---- */

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
    struct pattern_set *set;
    struct node *first, *second;
    int min, max; /* max -1: any number */
};

struct reader {
    struct arena *arena;
    struct error *err;
    const char *text, *at;
    bool is_schema; /* pattern_of_schema */
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

/* The letters before an end mark, which is passed; NULL when they are too many or there is none. */
static const char *read_until(struct reader *reader, const char *end)
{
    size_t size = strcspn(reader->at, end);
    if (!text_starts_with(reader->at + size, end) || size > 60)
        return NULL;
    const char *name =
        arena_text_of(reader->arena, (struct bytes){(const unsigned char *)reader->at, size});
    reader->at += size + strlen(end);
    return name;
}

/* [:alpha:] and its like, the reader after "[:". */
static bool read_named_class(struct reader *reader, struct pattern_set *set)
{
    const char *start = reader->at;
    const char *name = read_until(reader, ":]");
    if (name && pattern_set_add_named(reader->arena, set, name))
        return true;
    reader->at = start;
    return wrong(reader, "a class whose name is not known");
}

/* After a backslash: \d and its like, or \p{L}. *found: it was one. */
static bool read_class(struct reader *reader, struct pattern_set *set, bool *found)
{
    char letter = *reader->at;
    *found = pattern_set_add_class(reader->arena, set, letter, reader->is_schema);
    if (*found) {
        reader->at++;
        return true;
    }
    if (!reader->is_schema || (letter != 'p' && letter != 'P') || reader->at[1] != '{')
        return true;
    reader->at += 2;
    const char *name = read_until(reader, "}");
    *found = name && pattern_set_add_property(reader->arena, set, name, letter == 'P');
    return *found || wrong(reader, "a category that is not known");
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
static bool read_member(struct reader *reader, struct pattern_set *set, bool *single, uint32_t *out)
{
    *single = false;
    if (!reader->is_schema && text_starts_with(reader->at, "[:")) {
        reader->at += 2;
        return read_named_class(reader, set);
    }
    if (*reader->at == '\\') {
        bool found;
        reader->at++;
        if (!read_class(reader, set, &found))
            return false;
        *single = !found;
        return found || read_escaped(reader, out);
    }
    if (!*reader->at)
        return wrong(reader, "a [ that is not closed");
    *single = true;
    *out = text_next(&reader->at);
    return true;
}

static bool read_set(struct reader *reader, struct pattern_set *set);

/* [a-z-[aeiou]], before the last - of it. */
static bool read_minus(struct reader *reader, struct pattern_set *set)
{
    struct pattern_set *minus = ARENA_NEW(reader->arena, struct pattern_set);
    set->minus = minus;
    reader->at += 2;
    if (!read_set(reader, minus))
        return false;
    if (*reader->at != ']')
        return wrong(reader, "something after what is taken from a class");
    reader->at++;
    return true;
}

/* After the [. A ] that is first stands for itself, and so does a - at either end. */
static bool read_set(struct reader *reader, struct pattern_set *set)
{
    if (*reader->at == '^') {
        set->negated = true;
        reader->at++;
    }
    bool first = true;
    for (; first || *reader->at != ']'; first = false) {
        if (reader->is_schema && text_starts_with(reader->at, "-["))
            return read_minus(reader, set);
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
            pattern_set_add(reader->arena, set, from, to);
    }
    reader->at++;
    return true;
}

/* ---- Parts ---- */

static bool read_choice(struct reader *reader, struct node **out);

static bool read_group(struct reader *reader, struct node **out)
{
    if (text_starts_with(reader->at, "?:") && !reader->is_schema)
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
    if (!reader->is_schema && (c == '^' || c == '$')) {
        reader->at++;
        *out = node_new(reader, c == '^' ? BEGIN : END, NULL, NULL);
        return true;
    }
    *out = node_new(reader, SET, NULL, NULL);
    struct pattern_set *set = (*out)->set = ARENA_NEW(reader->arena, struct pattern_set);
    uint32_t character;
    if (c == '[') {
        reader->at++;
        return read_set(reader, set);
    }
    if (c == '.') {
        reader->at++;
        pattern_set_add(reader->arena, set, '\n', '\n');
        pattern_set_add(reader->arena, set, '\r', '\r');
        set->negated = true;
        return true;
    }
    if (c == '\\') {
        bool found;
        reader->at++;
        if (!read_class(reader, set, &found))
            return false;
        if (found)
            return true;
        if (!read_escaped(reader, &character))
            return false;
    } else {
        character = text_next(&reader->at);
    }
    pattern_set_add(reader->arena, set, character, character);
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
    bool anchor = !reader->is_schema && (*reader->at == '^' || *reader->at == '$');
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
    if (*reader->at == '?' && !reader->is_schema) /* fewest first: the same values match */
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
    const struct pattern_set *set;
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

static bool read_pattern(struct arena *arena, const char *text, bool is_schema,
                         struct pattern **out, struct error *err)
{
    size_t most = is_schema ? PATTERN_MAX_SCHEMA_BYTES : PATTERN_MAX_BYTES;
    if (strlen(text) > most)
        return error_set(err, ERROR_LIMIT, "the pattern is longer than %zu bytes", most);
    struct reader reader = {
        .arena = arena, .err = err, .text = text, .at = text, .is_schema = is_schema};
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

bool pattern_new(struct arena *arena, const char *text, struct pattern **out, struct error *err)
{
    return read_pattern(arena, text, false, out, err);
}

bool pattern_of_schema(struct arena *arena, const char *text, struct pattern **out,
                       struct error *err)
{
    return read_pattern(arena, text, true, out, err);
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
            if (pattern_set_has(pattern->states[now.states[i]].set, character))
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
