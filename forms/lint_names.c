/* Names in expressions: does each path name something, and the row its author meant? */
#include "forms/lint_inside.h"

#include "engine/base/text.h"
#include "forms/likeness.h"

#include <string.h>

/* The fields an expression stands at; NULL among them is the document. Unknown: anything, such as
 * nodes of a second instance. */
struct where {
    bool is_known;
    const struct form_field **fields;
    size_t count;
};

struct checking {
    struct linting *linting;
    const struct form_field *origin; /* where the whole expression stands, or NULL */
    const struct xpath *xpath;
};

static const struct where unknown = {0};

static struct where at_one(struct checking *checking, const struct form_field *field)
{
    struct where where = {.is_known = true, .count = 1};
    where.fields = ARENA_ARRAY(checking->linting->arena, 1, const struct form_field *);
    where.fields[0] = field;
    return where;
}

static bool fits(const struct form_field *field, const char *test)
{
    const char *name = xpath_tree_local(test);
    return strcmp(name, "*") == 0 || strcmp(name, "node()") == 0 || strcmp(name, field->name) == 0;
}

static const struct form_field *first_below(const struct form *form, const struct form_field *field)
{
    return field ? field->first_child : form->fields[0];
}

static struct where step_down(struct checking *checking, const struct where *from, const char *test)
{
    const struct form *form = checking->linting->form;
    struct where to = {.is_known = true};
    to.fields = ARENA_ARRAY(checking->linting->arena, form->field_count, const struct form_field *);
    for (size_t i = 0; i < from->count; i++) {
        const struct form_field *child = first_below(form, from->fields[i]);
        for (; child; child = child->parent ? child->next : NULL)
            if (fits(child, test))
                to.fields[to.count++] = child;
    }
    return to;
}

/* Several fields may share a parent: it is taken once. */
static struct where step_up(struct checking *checking, const struct where *from)
{
    struct where to = {.is_known = true};
    to.fields = ARENA_ARRAY(checking->linting->arena, from->count + 1, const struct form_field *);
    for (size_t i = 0; i < from->count; i++) {
        const struct form_field *parent = from->fields[i] ? from->fields[i]->parent : NULL;
        if (from->fields[i] && (to.count == 0 || to.fields[to.count - 1] != parent))
            to.fields[to.count++] = parent;
    }
    return to;
}

static bool is_a_name(const char *test)
{
    return strcmp(test, "*") != 0 && !strchr(test, '(');
}

/* Where a step leads; unknown for axes that are seldom written, and when it is reported. */
static struct where take_step(struct checking *checking, const struct where *from,
                              const struct xpath_step *step)
{
    if (!from->is_known)
        return unknown;
    if (step->axis == XPATH_SELF)
        return *from;
    if (step->axis == XPATH_PARENT)
        return step_up(checking, from);
    if (step->axis != XPATH_CHILD || strcmp(step->test, "text()") == 0)
        return unknown;
    struct where to = step_down(checking, from, step->test);
    if (to.count > 0 || from->count == 0 || !is_a_name(step->test))
        return to.count > 0 ? to : unknown;

    struct linting *linting = checking->linting;
    const struct form_field *in = from->fields[0];
    struct likeness likeness = {.wanted = xpath_tree_local(step->test)};
    const struct form_field *child = first_below(linting->form, in);
    for (; child; child = child->parent ? child->next : NULL)
        likeness_compare(&likeness, child->name);
    lint_add(linting, "name.unknown", lint_xpath_place(linting, checking->xpath, step->at),
             "there is no '%s' in %s%s", step->test, in ? in->path : "the answers",
             likeness_suggestion(linting->arena, &likeness));
    return unknown;
}

/* Where a path of plain steps leads; unknown for others, nothing is told. */
static struct where follow(struct checking *checking, const struct xpath_tree *path,
                           const struct where *at)
{
    struct where where = path->start ? unknown : path->absolute ? at_one(checking, NULL) : *at;
    for (const struct xpath_step *step = path->steps; step && where.is_known; step = step->next) {
        if (step->axis == XPATH_PARENT)
            where = step_up(checking, &where);
        else if (step->axis == XPATH_CHILD)
            where = step_down(checking, &where, step->test);
        else if (step->axis != XPATH_SELF)
            where = unknown;
    }
    return where;
}

/* The repeat whose row the expression stands in, or NULL. */
static const struct form_field *own_repeat(const struct form_field *field)
{
    while (field && !field->is_repeat)
        field = field->parent;
    return field;
}

static void check_rows(struct checking *checking, const struct where *at,
                       const struct xpath_step *step)
{
    const struct form_field *repeat = own_repeat(checking->origin);
    if (!repeat || !at->is_known || at->count != 1 || at->fields[0] != repeat || !step->next ||
        step->predicates)
        return;
    lint_add(checking->linting, "path.rows",
             lint_xpath_place(checking->linting, checking->xpath, step->at),
             "this path names '%s' of every row of %s, not of this one: begin with ../",
             step->next->test, repeat->path);
}

static void check(struct checking *checking, const struct xpath_tree *tree, const struct where *at,
                  bool takes_many);

static void check_all(struct checking *checking, const struct xpath_tree *first,
                      const struct where *at, bool takes_many)
{
    for (const struct xpath_tree *tree = first; tree; tree = tree->next)
        check(checking, tree, at, takes_many);
}

static bool is_call(const struct xpath_tree *tree, const char *name)
{
    return tree && tree->kind == XPATH_CALL && strcmp(tree->text, name) == 0;
}

static void note(struct checking *checking, const struct where *where)
{
    for (size_t i = 0; i < where->count; i++)
        if (where->fields[i])
            checking->linting->is_named[where->fields[i]->number] = true;
}

/* takes_many: it is the argument of a function that is meant for all rows. */
static void check_path(struct checking *checking, const struct xpath_tree *path,
                       const struct where *at, bool takes_many)
{
    struct where where = *at;
    if (path->start) {
        check(checking, path->start, at, takes_many);
        where = is_call(path->start, "current") && checking->origin
                    ? at_one(checking, checking->origin)
                    : unknown;
        check_all(checking, path->predicates, &where, false);
    } else if (path->absolute) {
        where = at_one(checking, NULL);
    }
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        where = take_step(checking, &where, step);
        if (path->absolute && !takes_many)
            check_rows(checking, &where, step);
        check_all(checking, step->predicates, &where, false);
    }
    note(checking, &where);
}

static bool takes_node_set(const char *function)
{
    static const char *const functions[] = {
        "sum",    "count", "count-non-empty", "min",           "max", "avg", "join",
        "concat", "once",  "position",        "indexed-repeat"};
    for (size_t i = 0; i < COUNT(functions); i++)
        if (strcmp(functions[i], function) == 0)
            return true;
    return false;
}

/* ---- Values: compared with what can be chosen at all? ---- */

static const struct form_items *items_at(const struct where *where)
{
    const struct form_field *field = where->is_known && where->count == 1 ? where->fields[0] : NULL;
    const struct form_control *control = field ? field->control : NULL;
    bool chooses = control && (control->kind == FORM_SELECT1 || control->kind == FORM_SELECT);
    return chooses && !control->items->nodeset ? control->items : NULL;
}

static void check_value(struct checking *checking, const struct form_items *items,
                        const struct xpath_tree *literal)
{
    struct likeness likeness = {.wanted = literal->text};
    for (size_t i = 0; i < items->count; i++) {
        if (strcmp(items->items[i].value, literal->text) == 0)
            return;
        likeness_compare(&likeness, items->items[i].value);
    }
    if (*literal->text) /* "" is no answer yet */
        lint_add(checking->linting, "choice.unknown",
                 lint_xpath_place(checking->linting, checking->xpath, literal->at),
                 "nobody can choose '%s' there%s", literal->text,
                 likeness_suggestion(checking->linting->arena, &likeness));
}

/* path = 'x', 'x' != path, selected(path, 'x'). */
static void check_values(struct checking *checking, const struct xpath_tree *tree,
                         const struct where *at)
{
    bool compares =
        tree->kind == XPATH_EQUAL || tree->kind == XPATH_NOT_EQUAL || is_call(tree, "selected");
    const struct xpath_tree *left = tree->first, *right = left ? left->next : NULL;
    if (!compares || !right)
        return;
    const struct xpath_tree *path = left->kind == XPATH_PATH ? left : right;
    const struct xpath_tree *literal = path == left ? right : left;
    if (path->kind != XPATH_PATH || literal->kind != XPATH_LITERAL)
        return;
    struct where where = follow(checking, path, at);
    const struct form_items *items = items_at(&where);
    if (items)
        check_value(checking, items, literal);
}

static void check(struct checking *checking, const struct xpath_tree *tree, const struct where *at,
                  bool takes_many)
{
    check_values(checking, tree, at);
    if (tree->kind == XPATH_PATH)
        check_path(checking, tree, at, takes_many);
    else if (tree->kind == XPATH_CALL)
        check_all(checking, tree->first, at, takes_node_set(tree->text));
    else
        check_all(checking, tree->first, at, false);
}

/* is_at: the expression is evaluated at the field; else where it stands is not known, and only
 * absolute paths can be judged. */
static void check_expression(struct linting *linting, const struct xpath *xpath,
                             const struct form_field *field, bool is_at)
{
    struct xpath_tree *tree = NULL;
    if (!xpath || !xpath_tree_parse(linting->arena, xpath->source, &tree, NULL))
        return;
    struct checking checking = {linting, is_at ? field : NULL, xpath};
    struct where where = is_at ? at_one(&checking, field) : unknown;
    check(&checking, tree, &where, false);
}

static void check_field(struct linting *linting, const struct form_field *field)
{
    check_expression(linting, field->relevant, field, true);
    check_expression(linting, field->required, field, true);
    check_expression(linting, field->readonly, field, true);
    check_expression(linting, field->constraint, field, true);
    check_expression(linting, field->calculate, field, true);
    check_expression(linting, linting->form->links[field->number].count, field->parent, false);
}

static void check_body(struct linting *linting, const struct text_body *body)
{
    for (size_t i = 0; i < body->count; i++)
        check_expression(linting, body->parts[i].value, NULL, false);
}

static void check_text(struct linting *linting, const struct form_text *text,
                       const struct form_field *field)
{
    if (!text)
        return;
    check_body(linting, &text->body);
    if (text->kind == TEXT_VALUE)
        check_expression(linting, text->expression, field, field != NULL);
}

static void check_control(struct linting *linting, const struct form_control *control)
{
    const struct form_field *field = control->field;
    check_expression(linting, control->value, field, field != NULL);
    check_text(linting, control->label, field);
    check_text(linting, control->hint, field);
    check_text(linting, control->help, field);
    check_text(linting, control->short_name, field);
    if (control->items)
        check_expression(linting, control->items->nodeset, field, field != NULL);
}

void lint_names(struct linting *linting)
{
    const struct form *form = linting->form;
    for (size_t i = 0; i < form->field_count; i++)
        check_field(linting, form->fields[i]);
    for (size_t i = 0; i < form->control_count; i++)
        check_control(linting, form->controls[i]);
    for (size_t i = 0; i < form->entry_count; i++)
        for (size_t l = 0; l < form->language_count; l++)
            check_body(linting, &form->entries[i].bodies[l]);
}
