#include "forms/xpath_rewrite.h"

#include "forms/pattern.h"
#include "forms/xpath_functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct rewriting {
    struct arena *arena;
    const struct xpath_world *world;
    struct error *err;
    bool changed, failed;
};

static const char *prefix_uri(const struct xpath_world *world, const char *prefix, size_t size)
{
    for (size_t i = 0; i < world->prefix_count; i++)
        if (strlen(world->prefixes[i].prefix) == size &&
            memcmp(world->prefixes[i].prefix, prefix, size) == 0)
            return world->prefixes[i].uri;
    return NULL;
}

/* at: byte of the expression. */
static void fail(struct rewriting *rewriting, const char *what, const char *name, size_t at)
{
    if (!rewriting->failed) {
        (void)error_set(rewriting->err, ERROR_INVALID, "%s '%s'", what, name);
        if (rewriting->err)
            rewriting->err->column = (int)at + 1;
    }
    rewriting->failed = true;
}

static const struct xpath_instance *find_instance(const struct xpath_world *world, const char *id)
{
    for (size_t i = 0; i < world->instance_count; i++)
        if (strcmp(world->instances[i].id, id) == 0)
            return &world->instances[i];
    return NULL;
}

/* One that is written in the form is tried when the form is loaded. */
static void check_pattern(struct rewriting *rewriting, const char *text)
{
    struct pattern *pattern;
    if (!rewriting->failed && !pattern_new(rewriting->arena, text, &pattern, rewriting->err))
        rewriting->failed = true;
}

static const char *literal_at(const struct xpath_tree *call, int number)
{
    const struct xpath_tree *argument = call->first;
    while (argument && number--)
        argument = argument->next;
    return argument && argument->kind == XPATH_LITERAL ? argument->text : NULL;
}

/* Words that a function knows some of, where they are written in the form. */
static void check_words(struct rewriting *rewriting, const struct xpath_tree *call, int count)
{
    bool hmac = strcmp(call->text, "hmac") == 0;
    if (rewriting->failed)
        return;
    if ((hmac || strcmp(call->text, "digest") == 0) &&
        !xpath_digest_is_known(call->text, literal_at(call, hmac ? 2 : 1),
                               literal_at(call, hmac ? 3 : 2), rewriting->err))
        rewriting->failed = true;
    if (strcmp(call->text, "property") == 0 && count == 1 && literal_at(call, 0) &&
        !xpath_property(literal_at(call, 0)))
        fail(rewriting, "there is no property", literal_at(call, 0), call->first->at);
}

static void check_call(struct rewriting *rewriting, const struct xpath_tree *call)
{
    const char *colon = strchr(call->text, ':');
    const char *uri = NULL;
    if (colon) {
        uri = prefix_uri(rewriting->world, call->text, (size_t)(colon - call->text));
        if (!uri) {
            fail(rewriting, "no namespace is declared for the prefix of", call->text, call->at);
            return;
        }
    }
    const struct xpath_function *function = xpath_function_find(uri, xpath_tree_local(call->text));
    if (!function) {
        const char *meant = xpath_function_nearest(uri, xpath_tree_local(call->text));
        if (meant)
            fail(rewriting,
                 arena_printf(rewriting->arena, "there is no function '%s', did you mean",
                              call->text),
                 meant, call->at);
        else
            fail(rewriting, "there is no function", call->text, call->at);
        return;
    }
    int count = 0;
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next)
        count++;
    if (count < function->min_arguments ||
        (function->max_arguments >= 0 && count > function->max_arguments))
        fail(rewriting, "wrong number of arguments for the function", call->text, call->at);
    if (strcmp(call->text, "instance") == 0 && call->first && call->first->kind == XPATH_LITERAL &&
        call->first->text[0] && !find_instance(rewriting->world, call->first->text))
        fail(rewriting, "there is no instance with id", call->first->text, call->first->at);
    check_words(rewriting, call, count);
    if (strcmp(call->text, "regex") == 0 && count == 2 && call->first->next->kind == XPATH_LITERAL)
        check_pattern(rewriting, call->first->next->text);
}

static void check_steps(struct rewriting *rewriting, const struct xpath_tree *path)
{
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        const char *colon = strchr(step->test, ':');
        if (colon && !prefix_uri(rewriting->world, step->test, (size_t)(colon - step->test)))
            fail(rewriting, "no namespace is declared for the prefix of", step->test, step->at);
    }
}

static void check(struct rewriting *rewriting, const struct xpath_tree *tree);

static void check_list(struct rewriting *rewriting, const struct xpath_tree *list)
{
    for (; list; list = list->next)
        check(rewriting, list);
}

/* XPath 1.0, 3.4: the right operand is not evaluated when the left one decides; so what stands
 * there may be anything. */
static bool left_decides(const struct xpath_tree *tree)
{
    return (tree->kind == XPATH_AND && xpath_rewrite_truth(tree->first) == XPATH_IS_FALSE) ||
           (tree->kind == XPATH_OR && xpath_rewrite_truth(tree->first) == XPATH_IS_TRUE);
}

static void check(struct rewriting *rewriting, const struct xpath_tree *tree)
{
    if (tree->kind == XPATH_CALL)
        check_call(rewriting, tree);
    else if (tree->kind == XPATH_PATH)
        check_steps(rewriting, tree);
    else if (tree->kind == XPATH_VARIABLE)
        fail(rewriting, "the language has no variables, here", tree->text, tree->at);

    if (left_decides(tree)) {
        check(rewriting, tree->first);
        return;
    }
    check_list(rewriting, tree->first);
    if (tree->start)
        check(rewriting, tree->start);
    check_list(rewriting, tree->predicates);
    for (const struct xpath_step *step = tree->steps; step; step = step->next)
        check_list(rewriting, step->predicates);
}

static struct xpath_tree *call_of(struct arena *arena, const char *name, struct xpath_tree *first)
{
    struct xpath_tree *call = ARENA_NEW(arena, struct xpath_tree);
    call->kind = XPATH_CALL;
    call->text = name;
    call->first = first;
    return call;
}

/* What surely is no date, so that libxml2's own operator does. */
static bool is_plain_number(const struct xpath_tree *tree)
{
    static const char *const functions[] = {
        "count",   "string-length", "position", "last",           "round",           "floor",
        "ceiling", "sum",           "int",      "count-selected", "count-non-empty", "number",
        "_number", "abs",           "pow",      "power",          "random",          "sqrt"};
    switch (tree->kind) {
    case XPATH_NUMERAL:
    case XPATH_ADD:
    case XPATH_SUBTRACT:
    case XPATH_MULTIPLY:
    case XPATH_DIVIDE:
    case XPATH_MODULO:
    case XPATH_NEGATE:
        return true;
    case XPATH_GROUP:
        return is_plain_number(tree->first);
    case XPATH_CALL:
        for (size_t i = 0; i < COUNT(functions); i++)
            if (strcmp(tree->text, functions[i]) == 0)
                return true;
        return false;
    default:
        return false;
    }
}

/* Operands of arithmetic become numbers in the way of this language. */
static void count_dates(struct rewriting *rewriting, struct xpath_tree *tree)
{
    for (struct xpath_tree **operand = &tree->first; *operand; operand = &(*operand)->next) {
        if (is_plain_number(*operand))
            continue;
        struct xpath_tree *after = (*operand)->next;
        (*operand)->next = NULL;
        *operand = call_of(rewriting->arena, "_number", *operand);
        (*operand)->next = after;
        rewriting->changed = true;
    }
}

static bool is_sum(const struct xpath_tree *tree)
{
    return tree->kind == XPATH_GROUP ? is_sum(tree->first)
                                     : tree->kind == XPATH_ADD || tree->kind == XPATH_SUBTRACT;
}

/* `. = today() + 1`: a date beside a sum is a number. */
static bool may_equal_date(const struct xpath_tree *tree)
{
    const struct xpath_tree *a = tree->first, *b = a->next;
    return (is_sum(a) && !is_plain_number(b)) || (is_sum(b) && !is_plain_number(a));
}

static void compare_dates(struct rewriting *rewriting, struct xpath_tree *tree)
{
    bool equality = tree->kind == XPATH_EQUAL || tree->kind == XPATH_NOT_EQUAL;
    if (equality ? !may_equal_date(tree)
                 : is_plain_number(tree->first) && is_plain_number(tree->first->next))
        return;
    static const char *const names[] = {
        [XPATH_EQUAL] = "_equal",     [XPATH_NOT_EQUAL] = "_not-equal",
        [XPATH_LESS] = "_less",       [XPATH_LESS_EQUAL] = "_at-most",
        [XPATH_GREATER] = "_greater", [XPATH_GREATER_EQUAL] = "_at-least"};
    tree->text = names[tree->kind];
    tree->kind = XPATH_CALL;
    rewriting->changed = true;
}

/* instance('x') is what holds the instance. A step after it that names the root element begins
 * there (ODK: instance('x')/root/item), any other at the root element (XForms 1.1, 7.11.1). */
static void place_instance(struct rewriting *rewriting, struct xpath_tree *path)
{
    struct xpath_tree *call = path->start;
    if (!call || call->kind != XPATH_CALL || strcmp(call->text, "instance") != 0)
        return;
    const struct xpath_instance *instance = call->first && call->first->kind == XPATH_LITERAL
                                                ? find_instance(rewriting->world, call->first->text)
                                                : NULL;
    const xmlNode *root = instance && instance->doc ? xmlDocGetRootElement(instance->doc) : NULL;
    const char *name = root ? (const char *)root->name : instance ? instance->root : NULL;
    if (name && path->steps && !path->predicates && path->steps->axis == XPATH_CHILD &&
        strcmp(name, path->steps->test) == 0)
        return;
    call->text = "_root";
    rewriting->changed = true;
}

/* libxml2 takes / inside a predicate for the document of the node it filters. In this language it
 * is always the answers: instance('x')/root/item[code = /data/code]. */
static void from_answers(struct xpath_tree *tree, void *context)
{
    struct rewriting *rewriting = context;
    if (tree->kind != XPATH_PATH || !tree->absolute)
        return;
    tree->absolute = false;
    tree->start = call_of(rewriting->arena, "_document", NULL);
    rewriting->changed = true;
}

/* Alone it is the root element (XForms 1.1, 7.10.1). */
static void place_alone(struct rewriting *rewriting, struct xpath_tree *tree)
{
    if (tree->kind != XPATH_CALL || strcmp(tree->text, "instance") != 0)
        return;
    tree->text = "_root";
    rewriting->changed = true;
}

static void root_predicates(struct rewriting *rewriting, struct xpath_tree *path)
{
    if (!path->start)
        return;
    for (struct xpath_tree *at = path->predicates; at; at = at->next)
        xpath_tree_visit(at, from_answers, rewriting);
    for (struct xpath_step *step = path->steps; step; step = step->next)
        for (struct xpath_tree *at = step->predicates; at; at = at->next)
            xpath_tree_visit(at, from_answers, rewriting);
}

/* "/data/barn/navn" is _places(17), when the answers know where that is: without looking for each
 * name among its siblings, at each evaluation, and in a predicate for each node. */
static void place_path(struct rewriting *rewriting, struct xpath_tree *path)
{
    const struct xpath_world *world = rewriting->world;
    bool from_root = path->absolute || (path->start && path->start->kind == XPATH_CALL &&
                                        strcmp(path->start->text, "_document") == 0);
    if (!world->place || !from_root || !path->steps || path->predicates)
        return;
    for (const struct xpath_step *step = path->steps; step; step = step->next)
        if (step->axis != XPATH_CHILD || step->predicates || strpbrk(step->test, ":*("))
            return;
    int number = world->place(world->form, path->steps);
    if (number < 0)
        return;
    struct xpath_tree *numeral = ARENA_NEW(rewriting->arena, struct xpath_tree);
    numeral->kind = XPATH_NUMERAL;
    numeral->text = arena_printf(rewriting->arena, "%d", number);
    struct xpath_tree *next = path->next;
    *path = *call_of(rewriting->arena, "_places", numeral);
    path->next = next;
    rewriting->changed = true;
}

/* Paths inside an index are meant from where the whole expression stands. */
static void from_current(struct xpath_tree *tree, void *context)
{
    struct arena *arena = context;
    if (tree->kind == XPATH_PATH && !tree->absolute && !tree->start)
        tree->start = call_of(arena, "current", NULL);
}

/* The step of `path` where `repeat` ends; both plain paths. NULL: repeat is not its beginning. */
static struct xpath_step *step_of(struct xpath_tree *path, const struct xpath_tree *repeat)
{
    if (repeat->kind != XPATH_PATH || path->absolute != repeat->absolute || repeat->start ||
        !repeat->steps)
        return NULL;
    struct xpath_step *at = path->steps, *last = NULL;
    for (const struct xpath_step *step = repeat->steps; step; step = step->next, at = at->next) {
        if (!at || at->axis != step->axis || strcmp(at->test, step->test) != 0)
            return NULL;
        last = at;
    }
    return last;
}

/* indexed-repeat(/d/r/x, /d/r, 2, ...) is /d/r[position() = 2]/x when each repeat is the beginning
 * of the path as written. */
static bool index_steps(struct rewriting *rewriting, struct xpath_tree *call)
{
    struct xpath_tree *path = xpath_tree_copy(rewriting->arena, call->first);
    if (path->kind != XPATH_PATH || path->start)
        return false;
    for (struct xpath_tree *repeat = call->first->next; repeat; repeat = repeat->next->next) {
        struct xpath_step *step = step_of(path, repeat);
        if (!step)
            return false;
        struct xpath_tree *index = xpath_tree_copy(rewriting->arena, repeat->next);
        xpath_tree_visit(index, from_current, rewriting->arena);
        struct xpath_tree *equal = ARENA_NEW(rewriting->arena, struct xpath_tree);
        equal->kind = XPATH_EQUAL;
        equal->first = call_of(rewriting->arena, "position", NULL);
        equal->first->next = call_of(rewriting->arena, "_number", index);
        equal->next = step->predicates;
        step->predicates = equal;
    }
    path->next = call->next;
    *call = *path;
    rewriting->changed = true;
    return true;
}

/* Else the function chooses among all rows. */
static void index_repeats(struct rewriting *rewriting, struct xpath_tree *call)
{
    int count = 0;
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next)
        count++;
    if (count % 2 == 0)
        fail(rewriting, "a repeat without its index in the function", call->text, call->at);
    else
        (void)index_steps(rewriting, call);
}

/* What takes no time and cannot fail: evaluated even when it is not chosen. */
static bool is_cheap(const struct xpath_tree *tree)
{
    switch (tree->kind) {
    case XPATH_LITERAL:
    case XPATH_NUMERAL:
        return true;
    case XPATH_PATH: {
        bool cheap = !tree->start;
        for (const struct xpath_step *step = tree->steps; step; step = step->next)
            cheap = cheap && !step->predicates && step->axis <= XPATH_PARENT;
        return cheap;
    }
    case XPATH_CALL:
        return !tree->first && strcmp(tree->text, "last") != 0;
    default:
        return false;
    }
}

static struct xpath_tree *tree_of(struct arena *arena, enum xpath_kind kind,
                                  struct xpath_tree *first, struct xpath_tree *second)
{
    struct xpath_tree *tree = ARENA_NEW(arena, struct xpath_tree);
    tree->kind = kind;
    tree->first = first;
    first->next = second;
    return tree;
}

/* if(c, a, b) is _chosen(((c) and _keep(a)) or _keep(b)) when an arm is work: so the other one is
 * not evaluated (XForms 1.1, 7.11.1; xpath_choices.c). */
static void choose_lazily(struct rewriting *rewriting, struct xpath_tree *call)
{
    struct arena *arena = rewriting->arena;
    struct xpath_tree *condition = call->first, *yes = condition->next, *no = yes->next;
    if (is_cheap(yes) && is_cheap(no))
        return;
    yes->next = NULL;
    struct xpath_tree *chosen =
        tree_of(arena, XPATH_AND, tree_of(arena, XPATH_GROUP, condition, NULL),
                call_of(arena, "_keep", yes));
    call->text = "_chosen";
    call->first = tree_of(arena, XPATH_OR, tree_of(arena, XPATH_GROUP, chosen, NULL),
                          call_of(arena, "_keep", no));
    rewriting->changed = true;
}

static void rewrite(struct xpath_tree *tree, void *context)
{
    struct rewriting *rewriting = context;
    for (struct xpath_tree *operand = tree->first; operand; operand = operand->next)
        place_alone(rewriting, operand);
    switch (tree->kind) {
    case XPATH_EQUAL:
    case XPATH_NOT_EQUAL:
    case XPATH_LESS:
    case XPATH_LESS_EQUAL:
    case XPATH_GREATER:
    case XPATH_GREATER_EQUAL:
        compare_dates(rewriting, tree);
        return;
    case XPATH_SUBTRACT:
        if (!is_plain_number(tree->first->next)) {
            tree->kind = XPATH_CALL;
            tree->text = "_minus";
            rewriting->changed = true;
            return;
        }
        count_dates(rewriting, tree);
        return;
    case XPATH_ADD:
    case XPATH_MULTIPLY:
    case XPATH_DIVIDE:
    case XPATH_MODULO:
    case XPATH_NEGATE:
        count_dates(rewriting, tree);
        return;
    case XPATH_PATH:
        place_instance(rewriting, tree);
        root_predicates(rewriting, tree);
        place_path(rewriting, tree);
        return;
    case XPATH_CALL:
        if (strcmp(tree->text, "indexed-repeat") == 0)
            index_repeats(rewriting, tree);
        else if (strcmp(tree->text, "if") == 0 || strcmp(tree->text, "choose") == 0)
            choose_lazily(rewriting, tree);
        return;
    default:
        return;
    }
}

/* ---- What is known without answers ---- */

static enum xpath_constant truth_if(bool known, bool value)
{
    return !known ? XPATH_VARIES : value ? XPATH_IS_TRUE : XPATH_IS_FALSE;
}

static enum xpath_constant truth_of_call(const struct xpath_tree *call)
{
    if (strcmp(call->text, "true") == 0 || strcmp(call->text, "false") == 0)
        return truth_if(!call->first, call->text[0] == 't');
    if ((strcmp(call->text, "not") == 0 || strcmp(call->text, "boolean") == 0) && call->first &&
        !call->first->next) {
        enum xpath_constant inner = xpath_rewrite_truth(call->first);
        return truth_if(inner != XPATH_VARIES, (inner == XPATH_IS_TRUE) == (call->text[0] == 'b'));
    }
    return XPATH_VARIES;
}

enum xpath_constant xpath_rewrite_truth(const struct xpath_tree *tree)
{
    switch (tree->kind) {
    case XPATH_GROUP:
        return xpath_rewrite_truth(tree->first);
    case XPATH_LITERAL:
        return truth_if(true, tree->text[0]);
    case XPATH_NUMERAL:
        return truth_if(true, strtod(tree->text, NULL) != 0);
    case XPATH_CALL:
        return truth_of_call(tree);
    case XPATH_AND:
    case XPATH_OR: {
        enum xpath_constant decides = tree->kind == XPATH_AND ? XPATH_IS_FALSE : XPATH_IS_TRUE;
        enum xpath_constant left = xpath_rewrite_truth(tree->first);
        return left == decides || left == XPATH_VARIES ? left
                                                       : xpath_rewrite_truth(tree->first->next);
    }
    default:
        return XPATH_VARIES;
    }
}

bool xpath_rewrite(struct arena *scratch, const struct xpath_world *world,
                   const struct xpath_tree *tree, struct xpath_tree **out, struct error *err)
{
    struct rewriting rewriting = {.arena = scratch, .world = world, .err = err};
    check(&rewriting, tree);
    if (rewriting.failed)
        return false;
    struct xpath_tree *written = xpath_tree_copy(scratch, tree);
    if (!written->first) /* instance('x') as the whole is what holds it (ODK) */
        place_alone(&rewriting, written);
    xpath_tree_visit(written, rewrite, &rewriting);
    if (rewriting.failed)
        return false;
    *out = rewriting.changed ? written : NULL;
    return true;
}
