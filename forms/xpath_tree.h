/* xpath_tree.h - an XPath 1.0 expression as a tree: to see which places it reads, and to write it
 * for libxml2 with the language's own operators. libxml2 keeps its compiled steps to itself. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "forms/limits.h"

/* In rising precedence up to XPATH_UNION (XPath 1.0, 3.4 and 3.5). */
enum xpath_kind {
    XPATH_OR,
    XPATH_AND,
    XPATH_EQUAL,
    XPATH_NOT_EQUAL,
    XPATH_LESS,
    XPATH_LESS_EQUAL,
    XPATH_GREATER,
    XPATH_GREATER_EQUAL,
    XPATH_ADD,
    XPATH_SUBTRACT,
    XPATH_MULTIPLY,
    XPATH_DIVIDE,
    XPATH_MODULO,
    XPATH_NEGATE, /* one operand */
    XPATH_UNION,
    XPATH_LITERAL,  /* text: without quotes */
    XPATH_NUMERAL,  /* text: as written */
    XPATH_VARIABLE, /* text: the name */
    XPATH_CALL,     /* text: the name, with prefix; operands: arguments */
    XPATH_GROUP,    /* (operand) */
    XPATH_PATH,     /* start, predicates and steps */
};

enum xpath_axis {
    XPATH_CHILD,
    XPATH_ATTRIBUTE,
    XPATH_SELF,
    XPATH_PARENT,
    XPATH_DESCENDANT,
    XPATH_DESCENDANT_OR_SELF,
    XPATH_ANCESTOR,
    XPATH_ANCESTOR_OR_SELF,
    XPATH_FOLLOWING_SIBLING,
    XPATH_PRECEDING_SIBLING,
    XPATH_FOLLOWING,
    XPATH_PRECEDING,
};

struct xpath_tree;

struct xpath_step {
    enum xpath_axis axis;
    const char *test; /* "name", "p:name", "*", "p:*", or "node()", "text()"... */
    struct xpath_tree *predicates;
    struct xpath_step *next;
    size_t at; /* byte of the source where the test begins */
};

struct xpath_tree {
    enum xpath_kind kind;
    const char *text;
    struct xpath_tree *first, *next; /* operands; next: the one after this */
    bool absolute;                   /* XPATH_PATH: begins with / */
    struct xpath_tree *start;        /* XPATH_PATH: an expression it begins with, or NULL */
    struct xpath_tree *predicates;   /* XPATH_PATH: of that start */
    struct xpath_step *steps;
    size_t at; /* byte of the source where it begins; of an operator with two operands: after it */
};

/* Reads an expression. ERROR_INVALID with what is wrong and where (err->column: which byte of it),
 * ERROR_LIMIT when too long or deep. */
CHECKED bool xpath_tree_parse(struct arena *arena, const char *source, struct xpath_tree **out,
                              struct error *err);

/* The last part of a name test: "navn" of "sk:navn". */
const char *xpath_tree_local(const char *name);

/* True when the path is nothing but child steps without predicates: "/data/barn/navn". */
bool xpath_tree_is_plain(const struct xpath_tree *tree);

/* True when it asks position() or last() of where it stands itself, not inside a predicate. */
bool xpath_tree_is_positional(const struct xpath_tree *tree);

/* A copy that can be changed without touching the first; predicates too. */
struct xpath_tree *xpath_tree_copy(struct arena *arena, const struct xpath_tree *tree);

/* Visits every expression below and including this one, outer before inner. */
typedef void (*xpath_tree_visitor)(struct xpath_tree *tree, void *context);
void xpath_tree_visit(struct xpath_tree *tree, xpath_tree_visitor visit, void *context);

/* The tree as XPath 1.0 again: parse(write(x)) is x. */
struct buf;
void xpath_tree_write(const struct xpath_tree *tree, struct buf *out);
