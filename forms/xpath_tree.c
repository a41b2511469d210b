#include "forms/xpath_tree.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "forms/xpath_tokens.h"

#include <string.h>

struct reader {
    struct arena *arena;
    struct error *err;
    const char *source;
    struct xpath_tokens tokens;
    int depth;
};

static bool token_is(const struct reader *reader, const char *text)
{
    return xpath_tokens_are(&reader->tokens, text);
}

static bool token_is_name(const struct reader *reader)
{
    return reader->tokens.token == XPATH_TOKEN_NAME;
}

static void next(struct reader *reader)
{
    xpath_tokens_next(&reader->tokens);
}

static char *token_text(const struct reader *reader)
{
    return arena_text_of(reader->arena, (struct bytes){(const unsigned char *)reader->tokens.start,
                                                       reader->tokens.size});
}

static size_t token_at(const struct reader *reader)
{
    return (size_t)(reader->tokens.start - reader->source);
}

/* The error is about the token being looked at. */
static bool fail_here(const struct reader *reader)
{
    if (reader->err)
        reader->err->column = (int)token_at(reader) + 1;
    return false;
}

static bool wrong(struct reader *reader, const char *expected)
{
    if (reader->tokens.token == XPATH_TOKEN_END)
        (void)error_set(reader->err, ERROR_INVALID, "the expression ends where %s is expected",
                        expected);
    else
        (void)error_set(reader->err, ERROR_INVALID,
                        "'%.*s' stands at character %zu where %s is expected",
                        (int)(reader->tokens.size < 40 ? reader->tokens.size : 40),
                        reader->tokens.start, token_at(reader) + 1, expected);
    return fail_here(reader);
}

static bool take(struct reader *reader, const char *mark)
{
    if (!token_is(reader, mark))
        return false;
    next(reader);
    return true;
}

static bool expect(struct reader *reader, const char *mark)
{
    if (take(reader, mark))
        return true;
    char quoted[8] = {'\'', mark[0], '\'', 0};
    return wrong(reader, quoted);
}

static struct xpath_tree *tree_new(struct reader *reader, enum xpath_kind kind)
{
    struct xpath_tree *tree = ARENA_NEW(reader->arena, struct xpath_tree);
    tree->kind = kind;
    tree->at = token_at(reader);
    return tree;
}

static bool read_level(struct reader *reader, enum xpath_kind lowest, struct xpath_tree **out);

/* Whatever stands between brackets; counts how deep. */
static bool read_inner(struct reader *reader, struct xpath_tree **out)
{
    if (++reader->depth > XPATH_MAX_DEPTH)
        return error_set(reader->err, ERROR_LIMIT, "the expression is more than %d brackets deep",
                         XPATH_MAX_DEPTH);
    bool ok = read_level(reader, XPATH_OR, out);
    reader->depth--;
    return ok;
}

static bool read_predicates(struct reader *reader, struct xpath_tree **out)
{
    while (take(reader, "[")) {
        if (!read_inner(reader, out) || !expect(reader, "]"))
            return false;
        out = &(*out)->next;
    }
    return true;
}

static const char *const axis_names[] = {
    [XPATH_CHILD] = "child",
    [XPATH_ATTRIBUTE] = "attribute",
    [XPATH_SELF] = "self",
    [XPATH_PARENT] = "parent",
    [XPATH_DESCENDANT] = "descendant",
    [XPATH_DESCENDANT_OR_SELF] = "descendant-or-self",
    [XPATH_ANCESTOR] = "ancestor",
    [XPATH_ANCESTOR_OR_SELF] = "ancestor-or-self",
    [XPATH_FOLLOWING_SIBLING] = "following-sibling",
    [XPATH_PRECEDING_SIBLING] = "preceding-sibling",
    [XPATH_FOLLOWING] = "following",
    [XPATH_PRECEDING] = "preceding",
};

static bool is_node_type(const char *name)
{
    return strcmp(name, "node") == 0 || strcmp(name, "text") == 0 || strcmp(name, "comment") == 0 ||
           strcmp(name, "processing-instruction") == 0;
}

/* What follows the axis: a name, a star, or a kind of node. */
static bool read_node_test(struct reader *reader, struct xpath_step *step)
{
    if (!token_is_name(reader))
        return wrong(reader, "a name");
    const char *name = token_text(reader);
    step->at = token_at(reader);
    next(reader);
    step->test = name;
    if (!token_is(reader, "("))
        return true;
    if (!is_node_type(name))
        return error_set(reader->err, ERROR_INVALID, "the function %s() cannot stand inside a path",
                         name);
    next(reader);
    const char *argument = "";
    if (reader->tokens.token == XPATH_TOKEN_LITERAL) {
        argument = token_text(reader);
        next(reader);
    }
    step->test = arena_printf(reader->arena, "%s(%s)", name, argument);
    return expect(reader, ")");
}

static bool read_axis(struct reader *reader, struct xpath_step *step)
{
    if (take(reader, "@")) {
        step->axis = XPATH_ATTRIBUTE;
        return true;
    }
    const char *after = xpath_tokens_ahead(&reader->tokens);
    if (!token_is_name(reader) || !text_starts_with(after, "::"))
        return true; /* child */
    const char *name = token_text(reader);
    for (size_t i = 0; i < COUNT(axis_names); i++)
        if (strcmp(name, axis_names[i]) == 0) {
            step->axis = (enum xpath_axis)i;
            next(reader);
            next(reader);
            return true;
        }
    (void)error_set(reader->err, ERROR_INVALID, "'%s' is not an axis of this language", name);
    return fail_here(reader);
}

static bool read_step(struct reader *reader, struct xpath_step **out)
{
    struct xpath_step *step = ARENA_NEW(reader->arena, struct xpath_step);
    *out = step;
    if (token_is(reader, ".") || token_is(reader, "..")) {
        step->axis = token_is(reader, ".") ? XPATH_SELF : XPATH_PARENT;
        step->test = "node()";
        step->at = token_at(reader);
        next(reader);
        return true;
    }
    return read_axis(reader, step) && read_node_test(reader, step) &&
           read_predicates(reader, &step->predicates);
}

static bool starts_step(const struct reader *reader)
{
    return token_is_name(reader) || token_is(reader, ".") || token_is(reader, "..") ||
           token_is(reader, "@");
}

static struct xpath_step *any_depth(struct reader *reader)
{
    struct xpath_step *step = ARENA_NEW(reader->arena, struct xpath_step);
    step->axis = XPATH_DESCENDANT_OR_SELF;
    step->test = "node()";
    return step;
}

/* Steps from here, with / or // between. */
static bool read_steps(struct reader *reader, struct xpath_step **end)
{
    for (;;) {
        if (!read_step(reader, end))
            return false;
        end = &(*end)->next;
        if (take(reader, "//")) {
            *end = any_depth(reader);
            end = &(*end)->next;
        } else if (!take(reader, "/")) {
            return true;
        }
    }
}

static bool read_call(struct reader *reader, struct xpath_tree **out)
{
    struct xpath_tree *call = tree_new(reader, XPATH_CALL);
    call->text = token_text(reader);
    next(reader);
    next(reader); /* ( */
    struct xpath_tree **end = &call->first;
    while (!token_is(reader, ")")) {
        if (call->first && !expect(reader, ","))
            return false;
        if (!read_inner(reader, end))
            return false;
        end = &(*end)->next;
    }
    next(reader);
    *out = call;
    return true;
}

/* A name with a bracket after it that is not a kind of node. */
static bool starts_call(const struct reader *reader)
{
    if (!token_is_name(reader))
        return false;
    const char *after = xpath_tokens_ahead(&reader->tokens);
    return *after == '(' && !is_node_type(token_text(reader));
}

static bool read_primary(struct reader *reader, struct xpath_tree **out)
{
    if (take(reader, "(")) {
        *out = tree_new(reader, XPATH_GROUP);
        return read_inner(reader, &(*out)->first) && expect(reader, ")");
    }
    if (take(reader, "$")) {
        if (!token_is_name(reader))
            return wrong(reader, "a name");
        *out = tree_new(reader, XPATH_VARIABLE);
        (*out)->text = token_text(reader);
        next(reader);
        return true;
    }
    if (starts_call(reader))
        return read_call(reader, out);

    *out = tree_new(reader,
                    reader->tokens.token == XPATH_TOKEN_NUMBER ? XPATH_NUMERAL : XPATH_LITERAL);
    char *text = token_text(reader);
    if (reader->tokens.token == XPATH_TOKEN_LITERAL) {
        text[reader->tokens.size - 1] = 0;
        text++;
    }
    (*out)->text = text;
    next(reader);
    return true;
}

static bool starts_primary(const struct reader *reader)
{
    return reader->tokens.token == XPATH_TOKEN_LITERAL ||
           reader->tokens.token == XPATH_TOKEN_NUMBER || token_is(reader, "(") ||
           token_is(reader, "$") || starts_call(reader);
}

static bool read_location(struct reader *reader, struct xpath_tree **out)
{
    struct xpath_tree *path = tree_new(reader, XPATH_PATH);
    struct xpath_step **end = &path->steps;
    *out = path;
    if (take(reader, "//")) {
        path->absolute = true;
        *end = any_depth(reader);
        end = &(*end)->next;
    } else if (take(reader, "/")) {
        path->absolute = true;
        if (!starts_step(reader))
            return true;
    } else if (!starts_step(reader)) {
        return wrong(reader, "a value or a path");
    }
    return read_steps(reader, end);
}

static bool read_path(struct reader *reader, struct xpath_tree **out)
{
    if (!starts_primary(reader))
        return read_location(reader, out);

    struct xpath_tree *start;
    if (!read_primary(reader, &start))
        return false;
    if (!token_is(reader, "[") && !token_is(reader, "/") && !token_is(reader, "//")) {
        *out = start;
        return true;
    }
    struct xpath_tree *path = tree_new(reader, XPATH_PATH);
    path->start = start;
    *out = path;
    if (!read_predicates(reader, &path->predicates))
        return false;
    struct xpath_step **end = &path->steps;
    if (take(reader, "//")) {
        *end = any_depth(reader);
        return read_steps(reader, &(*end)->next);
    }
    return !take(reader, "/") || read_steps(reader, end);
}

/* Operators as written; those of one row of `level` bind alike. */
static const struct {
    const char *text;
    int level;
} operators[] = {
    [XPATH_OR] = {"or", 0},      [XPATH_AND] = {"and", 1},
    [XPATH_EQUAL] = {"=", 2},    [XPATH_NOT_EQUAL] = {"!=", 2},
    [XPATH_LESS] = {"<", 3},     [XPATH_LESS_EQUAL] = {"<=", 3},
    [XPATH_GREATER] = {">", 3},  [XPATH_GREATER_EQUAL] = {">=", 3},
    [XPATH_ADD] = {"+", 4},      [XPATH_SUBTRACT] = {"-", 4},
    [XPATH_MULTIPLY] = {"*", 5}, [XPATH_DIVIDE] = {"div", 5},
    [XPATH_MODULO] = {"mod", 5}, [XPATH_NEGATE] = {"", 6},
    [XPATH_UNION] = {"|", 7},
};

static bool read_binary(struct reader *reader, int level, struct xpath_tree **out);

static bool read_negated(struct reader *reader, struct xpath_tree **out)
{
    int signs = 0;
    while (take(reader, "-"))
        signs++;
    struct xpath_tree *operand;
    if (!read_binary(reader, operators[XPATH_UNION].level, &operand))
        return false;
    if (signs) { /* - - x is the number x, so two signs are kept */
        for (int i = 0; i < (signs % 2 ? 1 : 2); i++) {
            struct xpath_tree *negated = tree_new(reader, XPATH_NEGATE);
            negated->first = operand;
            operand = negated;
        }
    }
    *out = operand;
    return true;
}

static bool read_binary(struct reader *reader, int level, struct xpath_tree **out)
{
    if (level == operators[XPATH_NEGATE].level)
        return read_negated(reader, out);
    if (level > operators[XPATH_UNION].level)
        return read_path(reader, out);

    struct xpath_tree *left;
    if (!read_binary(reader, level + 1, &left))
        return false;
    for (;;) {
        size_t found = COUNT(operators);
        for (size_t i = 0; i < COUNT(operators); i++)
            if (operators[i].level == level && token_is(reader, operators[i].text))
                found = i;
        if (found == COUNT(operators)) {
            *out = left;
            return true;
        }
        next(reader);
        struct xpath_tree *whole = tree_new(reader, (enum xpath_kind)found);
        whole->first = left;
        if (!read_binary(reader, level + 1, &left->next))
            return false;
        left = whole;
    }
}

static bool read_level(struct reader *reader, enum xpath_kind lowest, struct xpath_tree **out)
{
    return read_binary(reader, operators[lowest].level, out);
}

bool xpath_tree_parse(struct arena *arena, const char *source, struct xpath_tree **out,
                      struct error *err)
{
    if (strlen(source) > XPATH_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "the expression is longer than %d bytes",
                         XPATH_MAX_BYTES);
    struct reader reader = {.arena = arena,
                            .err = err,
                            .source = source,
                            .tokens = {.at = source, .token = XPATH_TOKEN_OPERATOR}};
    next(&reader);
    struct xpath_tree *tree;
    if (!read_level(&reader, XPATH_OR, &tree))
        return false;
    if (reader.tokens.token != XPATH_TOKEN_END)
        return wrong(&reader, "an operator or the end");
    *out = tree;
    return true;
}

const char *xpath_tree_local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

bool xpath_tree_is_plain(const struct xpath_tree *tree)
{
    if (tree->kind != XPATH_PATH || tree->start)
        return false;
    for (const struct xpath_step *step = tree->steps; step; step = step->next)
        if (step->axis != XPATH_CHILD || step->predicates)
            return false;
    return true;
}

bool xpath_tree_is_positional(const struct xpath_tree *tree)
{
    if (tree->kind == XPATH_CALL && !tree->first &&
        (strcmp(tree->text, "position") == 0 || strcmp(tree->text, "last") == 0))
        return true;
    for (const struct xpath_tree *at = tree->first; at; at = at->next)
        if (xpath_tree_is_positional(at))
            return true;
    return tree->start && xpath_tree_is_positional(tree->start);
}

static struct xpath_tree *copy_list(struct arena *arena, const struct xpath_tree *tree)
{
    struct xpath_tree *first = NULL, **end = &first;
    for (; tree; tree = tree->next) {
        *end = xpath_tree_copy(arena, tree);
        end = &(*end)->next;
    }
    return first;
}

struct xpath_tree *xpath_tree_copy(struct arena *arena, const struct xpath_tree *tree)
{
    struct xpath_tree *copy = ARENA_NEW(arena, struct xpath_tree);
    *copy = *tree;
    copy->next = NULL;
    copy->first = copy_list(arena, tree->first);
    copy->predicates = copy_list(arena, tree->predicates);
    if (tree->start)
        copy->start = xpath_tree_copy(arena, tree->start);
    struct xpath_step **end = &copy->steps;
    for (const struct xpath_step *step = tree->steps; step; step = step->next) {
        *end = ARENA_NEW(arena, struct xpath_step);
        **end = *step;
        (*end)->predicates = copy_list(arena, step->predicates);
        end = &(*end)->next;
    }
    return copy;
}

static void visit_list(struct xpath_tree *tree, xpath_tree_visitor visit, void *context)
{
    for (; tree; tree = tree->next)
        xpath_tree_visit(tree, visit, context);
}

void xpath_tree_visit(struct xpath_tree *tree, xpath_tree_visitor visit, void *context)
{
    visit(tree, context);
    visit_list(tree->first, visit, context);
    if (tree->start)
        xpath_tree_visit(tree->start, visit, context);
    visit_list(tree->predicates, visit, context);
    for (struct xpath_step *step = tree->steps; step; step = step->next)
        visit_list(step->predicates, visit, context);
}

static void write_predicates(const struct xpath_tree *predicate, struct buf *out)
{
    for (; predicate; predicate = predicate->next) {
        buf_add_byte(out, '[');
        xpath_tree_write(predicate, out);
        buf_add_byte(out, ']');
    }
}

static void write_path(const struct xpath_tree *path, struct buf *out)
{
    if (path->start) {
        xpath_tree_write(path->start, out);
        write_predicates(path->predicates, out);
    }
    if (path->absolute)
        buf_add_byte(out, '/');
    bool slash = path->start != NULL;
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        if (slash)
            buf_add_byte(out, '/');
        slash = true;
        if (step->axis == XPATH_ATTRIBUTE)
            buf_add_byte(out, '@');
        else if (step->axis != XPATH_CHILD)
            buf_printf(out, "%s::", axis_names[step->axis]);
        buf_add_text(out, step->test);
        write_predicates(step->predicates, out);
    }
}

static void write_call(const struct xpath_tree *call, struct buf *out)
{
    buf_printf(out, "%s(", call->text);
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next) {
        xpath_tree_write(argument, out);
        if (argument->next)
            buf_add_text(out, ", ");
    }
    buf_add_byte(out, ')');
}

/* Brackets only where the operand binds less than what it stands in. */
static void write_operand(const struct xpath_tree *operand, int level, struct buf *out)
{
    bool loose = operand->kind <= XPATH_UNION && operators[operand->kind].level < level;
    if (loose)
        buf_add_byte(out, '(');
    xpath_tree_write(operand, out);
    if (loose)
        buf_add_byte(out, ')');
}

void xpath_tree_write(const struct xpath_tree *tree, struct buf *out)
{
    switch (tree->kind) {
    case XPATH_LITERAL: {
        char quote = strchr(tree->text, '\'') ? '"' : '\'';
        buf_printf(out, "%c%s%c", quote, tree->text, quote);
        return;
    }
    case XPATH_NUMERAL:
        buf_add_text(out, tree->text);
        return;
    case XPATH_VARIABLE:
        buf_printf(out, "$%s", tree->text);
        return;
    case XPATH_CALL:
        write_call(tree, out);
        return;
    case XPATH_GROUP:
        buf_add_byte(out, '(');
        xpath_tree_write(tree->first, out);
        buf_add_byte(out, ')');
        return;
    case XPATH_PATH:
        write_path(tree, out);
        return;
    case XPATH_NEGATE:
        buf_add_byte(out, '-');
        write_operand(tree->first, operators[XPATH_NEGATE].level, out);
        return;
    default:
        write_operand(tree->first, operators[tree->kind].level, out);
        buf_printf(out, " %s ", operators[tree->kind].text);
        write_operand(tree->first->next, operators[tree->kind].level + 1, out);
    }
}
