#include "forms/reads.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <string.h>

/* Fields an expression stands at, each with how deep it surely shares ancestors with the origin. */
struct position {
    const struct form_field *field; /* NULL: the document, above the root */
    int depth;
};

struct set {
    struct position *items;
    size_t count, capacity;
};

struct reads {
    struct arena *arena; /* reset at each question */
    const struct form *form;
    struct position origin;
    bool has_origin;
    bool naming;      /* inside what jr:choice-name() asks for */
    unsigned *stamps; /* by field number: the generation that put it in a set, and where */
    unsigned *places;
    unsigned generation;
    struct read *found; /* by field number * 2 + value; depth -1: not read */
    struct read *list;
    size_t count;
};

struct reads *reads_new(struct arena *scratch, const struct form *form)
{
    struct reads *reads = ARENA_NEW(scratch, struct reads);
    reads->arena = scratch;
    reads->form = form;
    reads->stamps = ARENA_ARRAY(scratch, form->field_count + 1, unsigned);
    reads->places = ARENA_ARRAY(scratch, form->field_count + 1, unsigned);
    reads->found = ARENA_ARRAY(scratch, form->field_count * 2, struct read);
    reads->list = ARENA_ARRAY(scratch, form->field_count * 2, struct read);
    return reads;
}

/* ---- Sets ---- */

static void begin_set(struct reads *reads, struct set *set)
{
    *set = (struct set){0};
    reads->generation++;
}

static void add_to_set(struct reads *reads, struct set *set, const struct form_field *field,
                       int depth)
{
    size_t key = field ? (size_t)field->number : reads->form->field_count;
    if (reads->stamps[key] == reads->generation) {
        struct position *there = &set->items[reads->places[key]];
        if (depth < there->depth)
            there->depth = depth;
        return;
    }
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 8;
        struct position *items = ARENA_ARRAY(reads->arena, capacity, struct position);
        if (set->count)
            memcpy(items, set->items, set->count * sizeof *items);
        set->items = items;
        set->capacity = capacity;
    }
    reads->stamps[key] = reads->generation;
    reads->places[key] = (unsigned)set->count;
    set->items[set->count++] = (struct position){field, depth};
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static struct set union_of(struct reads *reads, const struct set *a, const struct set *b)
{
    struct set both;
    begin_set(reads, &both);
    for (size_t i = 0; i < a->count; i++)
        add_to_set(reads, &both, a->items[i].field, a->items[i].depth);
    for (size_t i = 0; i < b->count; i++)
        add_to_set(reads, &both, b->items[i].field, b->items[i].depth);
    return both;
}

/* ---- What is read ---- */

static void note(struct reads *reads, const struct form_field *field, int depth, bool value)
{
    size_t key = (size_t)field->number * 2 + value;
    struct read *read = &reads->found[key];
    if (read->field) {
        read->depth = least(read->depth, depth);
        return;
    }
    *read = (struct read){field, depth, value};
    reads->list[reads->count++] = *read;
}

/* The text of an element is that of everything below it. */
static void note_below(struct reads *reads, const struct form_field *field, int depth)
{
    note(reads, field, depth, true);
    for (const struct form_field *child = field->first_child; child; child = child->next)
        if (!child->is_attribute)
            note_below(reads, child, depth);
}

static void note_set(struct reads *reads, const struct set *set, bool value)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct form_field *field = set->items[i].field;
        if (!field)
            field = reads->form->fields[0];
        if (value || field->is_attribute)
            note_below(reads, field, set->items[i].depth);
        else
            note(reads, field, set->items[i].depth, false);
    }
}

/* ---- Steps ---- */

static bool fits(const struct form_field *field, const char *test)
{
    const char *local = xpath_tree_local(test);
    if (field->is_attribute)
        return false;
    return strcmp(local, "*") == 0 || strcmp(local, "node()") == 0 ||
           strcmp(local, field->name) == 0;
}

static bool is_called(const struct form_field *attribute, const char *test)
{
    return strchr(test, '*') || strchr(test, '(') || strcmp(test, attribute->name + 1) == 0;
}

static void add_if(struct reads *reads, struct set *out, const struct form_field *field, int depth,
                   const char *test)
{
    if (fits(field, test))
        add_to_set(reads, out, field, depth);
}

static void add_below(struct reads *reads, struct set *out, const struct form_field *field,
                      int depth, const char *test)
{
    for (const struct form_field *child = field->first_child; child; child = child->next) {
        add_if(reads, out, child, depth, test);
        add_below(reads, out, child, depth, test);
    }
}

static void add_everything(struct reads *reads, struct set *out, const char *test)
{
    for (size_t i = 0; i < reads->form->field_count; i++)
        add_if(reads, out, reads->form->fields[i], 0, test);
}

/* A step from the document itself. */
static void step_from_document(struct reads *reads, const struct xpath_step *step, struct set *out)
{
    switch (step->axis) {
    case XPATH_CHILD:
        add_if(reads, out, reads->form->fields[0], 0, step->test);
        return;
    case XPATH_DESCENDANT_OR_SELF:
    case XPATH_DESCENDANT:
        if (step->axis == XPATH_DESCENDANT_OR_SELF)
            add_to_set(reads, out, NULL, 0);
        add_everything(reads, out, step->test);
        return;
    case XPATH_SELF:
        add_to_set(reads, out, NULL, 0);
        return;
    default:
        return;
    }
}

static void step_up(struct reads *reads, const struct form_field *field, int depth,
                    const struct xpath_step *step, struct set *out)
{
    if (!field->parent) {
        add_to_set(reads, out, NULL, 0);
        return;
    }
    add_if(reads, out, field->parent, least(depth, field->parent->depth), step->test);
    if (step->axis != XPATH_PARENT)
        step_up(reads, field->parent, least(depth, field->parent->depth), step, out);
}

static void step_aside(struct reads *reads, const struct form_field *field, int depth,
                       const struct xpath_step *step, struct set *out)
{
    const struct form_field *sibling = field->parent ? field->parent->first_child : NULL;
    for (; sibling; sibling = sibling->next)
        add_if(reads, out, sibling, least(depth, field->parent->depth), step->test);
}

static void step_from(struct reads *reads, const struct position *at, const struct xpath_step *step,
                      struct set *out)
{
    const struct form_field *field = at->field;
    if (!field) {
        step_from_document(reads, step, out);
        return;
    }
    switch (step->axis) {
    case XPATH_CHILD:
        if (text_starts_with(step->test, "text(") || strcmp(step->test, "node()") == 0)
            add_to_set(reads, out, field, at->depth); /* its text: the field itself */
        for (const struct form_field *child = field->first_child; child; child = child->next)
            add_if(reads, out, child, at->depth, step->test);
        return;
    case XPATH_ATTRIBUTE: /* change with the element, but for those that are places */
        add_to_set(reads, out, field, at->depth);
        for (const struct form_field *child = field->first_child; child; child = child->next)
            if (child->is_attribute && is_called(child, step->test))
                add_to_set(reads, out, child, at->depth);
        return;
    case XPATH_SELF:
        if (field->is_attribute && strcmp(step->test, "node()") == 0)
            add_to_set(reads, out, field, at->depth);
        add_if(reads, out, field, at->depth, step->test);
        return;
    case XPATH_PARENT:
    case XPATH_ANCESTOR:
        step_up(reads, field, at->depth, step, out);
        return;
    case XPATH_ANCESTOR_OR_SELF:
        add_if(reads, out, field, at->depth, step->test);
        step_up(reads, field, at->depth, step, out);
        return;
    case XPATH_DESCENDANT_OR_SELF:
        add_if(reads, out, field, at->depth, step->test);
        add_below(reads, out, field, at->depth, step->test);
        return;
    case XPATH_DESCENDANT:
        add_below(reads, out, field, at->depth, step->test);
        return;
    case XPATH_FOLLOWING_SIBLING:
    case XPATH_PRECEDING_SIBLING:
        step_aside(reads, field, at->depth, step, out);
        return;
    case XPATH_FOLLOWING:
    case XPATH_PRECEDING:
        add_everything(reads, out, step->test);
        return;
    }
}

/* ---- Expressions ---- */

static struct set walk(struct reads *reads, const struct xpath_tree *tree, const struct set *at,
                       bool value);

/* Reads everything in a list of expressions for its value. */
static void walk_all(struct reads *reads, const struct xpath_tree *list, const struct set *at)
{
    for (; list; list = list->next)
        (void)walk(reads, list, at, true);
}

static struct set one_position(struct reads *reads, const struct form_field *field, int depth)
{
    struct set set;
    begin_set(reads, &set);
    add_to_set(reads, &set, field, depth);
    return set;
}

/* instance() without argument is the answers. */
static bool is_main_instance(const struct reads *reads, const struct xpath_tree *call)
{
    const struct xpath_world *world = &reads->form->world;
    if (!call->first || (call->first->kind == XPATH_LITERAL && !*call->first->text))
        return true;
    for (size_t i = 0;
         call->first && call->first->kind == XPATH_LITERAL && i < world->instance_count; i++)
        if (strcmp(world->instances[i].id, call->first->text) == 0)
            return !world->instances[i].doc;
    return false;
}

/* What a path that begins with an expression begins from. */
static struct set walk_start(struct reads *reads, const struct xpath_tree *path,
                             const struct set *at)
{
    const struct xpath_tree *start = path->start;
    if (start->kind != XPATH_CALL || strcmp(start->text, "instance") != 0)
        return walk(reads, start, at, false);
    if (!is_main_instance(reads, start))
        return (struct set){0};
    const struct form_field *root = reads->form->fields[0];
    bool from_above = path->steps && !path->predicates && path->steps->axis == XPATH_CHILD &&
                      strcmp(path->steps->test, root->name) == 0;
    return one_position(reads, from_above ? NULL : root, 0);
}

/* Attributes of answers are the form's own and never change, but for those of documents: sk. */
static bool is_fixed_attribute(const struct reads *reads, const struct xpath_step *step)
{
    const char *colon = strchr(step->test, ':');
    if (step->axis != XPATH_ATTRIBUTE || strchr(step->test, '*') || strchr(step->test, '('))
        return false;
    const struct xpath_world *world = &reads->form->world;
    for (size_t i = 0; colon && i < world->prefix_count; i++)
        if (strlen(world->prefixes[i].prefix) == (size_t)(colon - step->test) &&
            text_starts_with(step->test, world->prefixes[i].prefix))
            return strcmp(world->prefixes[i].uri, FORM_NAMESPACE_SK) != 0;
    return true;
}

static struct set walk_path(struct reads *reads, const struct xpath_tree *path,
                            const struct set *at, bool value)
{
    struct set set;
    if (path->start)
        set = walk_start(reads, path, at);
    else if (path->absolute)
        set = one_position(reads, NULL, 0);
    else
        set = *at;
    walk_all(reads, path->predicates, &set);
    for (const struct xpath_step *step = path->steps; step; step = step->next) {
        struct set after;
        begin_set(reads, &after);
        for (size_t i = 0; i < set.count; i++)
            step_from(reads, &set.items[i], step, &after);
        set = after;
        walk_all(reads, step->predicates, &set);
        if (!step->next && is_fixed_attribute(reads, step))
            value = false; /* that the element is there is all that matters */
    }
    note_set(reads, &set, value);
    return set;
}

/* Functions that look at nodes without reading their text. */
static bool only_presence(const char *function)
{
    static const char *const names[] = {"count", "position", "name", "local-name", "namespace-uri"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}

/* indexed-repeat(path, repeat, index...): any row may be meant. */
static void walk_indexed(struct reads *reads, const struct xpath_tree *call, const struct set *at)
{
    struct set anywhere = *at;
    anywhere.items = ARENA_ARRAY(reads->arena, at->count, struct position);
    for (size_t i = 0; i < at->count; i++)
        anywhere.items[i] = (struct position){at->items[i].field, 0};
    int number = 0;
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next)
        (void)walk(reads, argument, &anywhere, number++ % 2 == 0);
}

/* jr:choice-name(value, 'path'): what the select there offers, and what it is called. In there the
 * function gives "" (answers.c, say_choice), so a select that names itself ends here. */
static void walk_choice_name(struct reads *reads, const struct xpath_tree *call)
{
    if (reads->naming)
        return;
    const struct xpath_tree *path = call->first ? call->first->next : NULL;
    const struct form_control *control =
        path && path->kind == XPATH_LITERAL && reads->form->controls
            ? form_select_at(reads->form, path->text,
                             reads->has_origin ? reads->origin.field : NULL)
            : NULL;
    if (!control || !control->items->nodeset || !control->items->nodeset->tree)
        return;
    reads->naming = true;
    struct set at = one_position(reads, control->field, 0);
    struct set nodes = walk(reads, control->items->nodeset->tree, &at, true);
    const struct xpath *label = control->items->label ? control->items->label->expression : NULL;
    if (label && label->tree)
        (void)walk(reads, label->tree, &nodes, true);
    reads->naming = false;
}

/* position() and last() of a bind's nodeset: which places there are of it. */
static void note_standing(struct reads *reads)
{
    const struct form_field *origin = reads->has_origin ? reads->origin.field : NULL;
    const struct bind_nodeset *nodeset = origin ? reads->form->links[origin->number].nodeset : NULL;
    for (size_t i = 0; nodeset && i < nodeset->count; i++)
        note(reads, nodeset->fields[i], nodeset->depth, false);
}

/* index('id'): how many rows the repeat has. */
static void note_index(struct reads *reads, const struct xpath_tree *call)
{
    for (size_t i = 0; i < reads->form->control_count; i++) {
        const struct form_control *control = reads->form->controls[i];
        if (control->kind == FORM_REPEAT && control->field &&
            (call->first->kind != XPATH_LITERAL || text_equal(control->id, call->first->text)))
            note(reads, control->field, 0, false);
    }
}

static bool has_identifier(const struct reads *reads, const xmlNode *node, const char *words)
{
    for (const xmlAttr *at = node->properties; at; at = at->next) {
        const xmlChar *id = at->children ? at->children->content : NULL;
        if (id && xpath_is_id(&reads->form->world, at) &&
            (!words || text_has_word(words, (const char *)id)))
            return true;
    }
    return false;
}

/* Fields of nodes that have one of the identifiers, or any (words NULL). */
static void add_identified(struct reads *reads, struct set *out, const struct form_field *field,
                           const xmlNode *node, const char *words)
{
    if (has_identifier(reads, node, words))
        add_to_set(reads, out, field, 0);
    for (const xmlNode *child = xml_child(node, "*", NULL); child;
         child = xml_next(child, "*", NULL)) {
        const struct form_field *own = form_child(reads->form, field, (const char *)child->name);
        if (own)
            add_identified(reads, out, own, child, words);
    }
}

static bool is_within(const struct form_field *field, const struct set *set)
{
    for (; field; field = field->parent)
        for (size_t i = 0; i < set->count; i++)
            if (!set->items[i].field || set->items[i].field == field)
                return true;
    return false;
}

/* id(words[, nodes]): attributes of answers never change, so the fields of the nodes that have such
 * identifiers are known. */
static struct set walk_id(struct reads *reads, const struct xpath_tree *call, const struct set *at)
{
    const struct form *form = reads->form;
    const struct xpath_tree *first = call->first;
    const char *words = first->kind == XPATH_LITERAL ? first->text : NULL;
    struct set within = first->next ? walk(reads, first->next, at, false) : (struct set){0};
    (void)walk(reads, first, at, true);
    struct set all;
    begin_set(reads, &all);
    if (form->instance)
        add_identified(reads, &all, form->fields[0], xmlDocGetRootElement(form->instance), words);
    for (size_t i = 0; i < form->field_count; i++)
        if (form->links[i].template)
            add_identified(reads, &all, form->fields[i], form->links[i].template, words);
    struct set found;
    begin_set(reads, &found);
    for (size_t i = 0; i < all.count; i++)
        if (within.count == 0 || is_within(all.items[i].field, &within))
            add_to_set(reads, &found, all.items[i].field, 0);
    note_set(reads, &found, true);
    return found;
}

static bool is_origin(const struct xpath_tree *call)
{
    return strcmp(call->text, "current") == 0 || strcmp(call->text, "context") == 0;
}

/* Where the expression stands, and its text unless a path goes on from there. */
static struct set walk_origin(struct reads *reads, bool value)
{
    if (!reads->has_origin)
        return (struct set){0};
    struct set origin = one_position(reads, reads->origin.field, reads->origin.depth);
    if (value)
        note_set(reads, &origin, true);
    return origin;
}

static struct set walk_call(struct reads *reads, const struct xpath_tree *call,
                            const struct set *at, bool value)
{
    if (is_origin(call))
        return walk_origin(reads, value);
    if (strcmp(call->text, "indexed-repeat") == 0) {
        walk_indexed(reads, call, at);
        return (struct set){0};
    }
    if (strcmp(call->text, "id") == 0)
        return walk_id(reads, call, at);
    if (strcmp(xpath_tree_local(call->text), "choice-name") == 0)
        walk_choice_name(reads, call);
    if (strcmp(call->text, "index") == 0 && call->first)
        note_index(reads, call);
    if (!call->first && (strcmp(call->text, "position") == 0 || strcmp(call->text, "last") == 0))
        note_standing(reads);
    bool implicit =
        !call->first &&
        (strcmp(call->text, "string") == 0 || strcmp(call->text, "number") == 0 ||
         strcmp(call->text, "string-length") == 0 || strcmp(call->text, "normalize-space") == 0 ||
         strcmp(call->text, "is-card-number") == 0);
    if (implicit || strcmp(call->text, "once") == 0)
        note_set(reads, at, true);
    value = !only_presence(call->text);
    struct set results = {0}; /* if() and coalesce() may give nodes */
    for (const struct xpath_tree *argument = call->first; argument; argument = argument->next) {
        struct set result = walk(reads, argument, at, value);
        results = union_of(reads, &results, &result);
    }
    return results;
}

static struct set walk_union(struct reads *reads, const struct xpath_tree *tree,
                             const struct set *at, bool value)
{
    struct set left = walk(reads, tree->first, at, value);
    struct set right = walk(reads, tree->first->next, at, value);
    return union_of(reads, &left, &right);
}

static struct set walk(struct reads *reads, const struct xpath_tree *tree, const struct set *at,
                       bool value)
{
    switch (tree->kind) {
    case XPATH_PATH:
        return walk_path(reads, tree, at, value);
    case XPATH_CALL:
        return walk_call(reads, tree, at, value);
    case XPATH_GROUP:
        return walk(reads, tree->first, at, value);
    case XPATH_UNION:
        return walk_union(reads, tree, at, value);
    default:
        walk_all(reads, tree->first, at);
        return (struct set){0};
    }
}

static struct set begin(struct reads *reads, const struct form_field *from)
{
    for (size_t i = 0; i < reads->count; i++)
        reads->found[(size_t)reads->list[i].field->number * 2 + reads->list[i].value] =
            (struct read){0};
    reads->count = 0;
    reads->has_origin = from != NULL;
    if (!from)
        return (struct set){0};
    reads->origin = (struct position){from, from->depth};
    return one_position(reads, from, from->depth);
}

const struct read *reads_find(struct reads *reads, const struct xpath_tree *tree,
                              const struct form_field *from, size_t *count)
{
    struct set at = begin(reads, from);
    (void)walk(reads, tree, &at, true);
    for (size_t i = 0; i < reads->count; i++) /* depths may have become less since */
        reads->list[i] =
            reads->found[(size_t)reads->list[i].field->number * 2 + reads->list[i].value];
    *count = reads->count;
    return reads->list;
}

const struct read *reads_resolve(struct reads *reads, const struct xpath_tree *tree,
                                 const struct form_field *from, size_t *count)
{
    struct set at = begin(reads, from);
    if (!from)
        at = one_position(reads, NULL, 0);
    struct set result = walk(reads, tree, &at, false);
    struct read *list = ARENA_ARRAY(reads->arena, result.count, struct read);
    *count = 0;
    for (size_t i = 0; i < result.count; i++)
        if (result.items[i].field)
            list[(*count)++] = (struct read){result.items[i].field, result.items[i].depth, false};
    return list;
}
