/* Finding places in answers: by field, control, path and id; and what is shown. */
#include "forms/answers.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"

#include <stdlib.h>
#include <string.h>

struct place *answers_at(const struct answers *answers, const struct form_field *field,
                         const struct place *from)
{
    const struct place *place = from ? from : answers->root;
    const struct form_field *common = field; /* the deepest both lie in */
    while (common->depth > place->field->depth)
        common = common->parent;
    place = place_above(place, common->depth);
    while (place->field != common) {
        place = place->parent;
        common = common->parent;
    }
    while (place && place->field != field) {
        const struct form_field *towards = field;
        while (towards->depth > place->field->depth + 1)
            towards = towards->parent;
        place = place_child(place, towards);
    }
    return (struct place *)(uintptr_t)place;
}

/* Where a control's ref is looked for. */
static const struct place *place_around(const struct answers *answers,
                                        const struct form_control *control,
                                        const struct place *from)
{
    for (const struct form_control *at = control->parent; at; at = at->parent)
        if (at->field)
            return answers_shown(answers, at, from);
    return answers->root;
}

/* The first place that a ref with a predicate finds, or NULL. */
static struct place *place_found(const struct answers *answers, const struct xpath *ref,
                                 const struct place *around)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    xmlNode **nodes;
    size_t count = 0;
    struct error err = {0};
    if (!around || !xpath_nodes(answers->run, arena, ref, around->node, &nodes, &count, &err)) {
        if (around)
            answers_note_trouble((struct answers *)(uintptr_t)answers, &err);
        return NULL;
    }
    return count && nodes[0]->type == XML_ELEMENT_NODE && nodes[0]->doc == answers->doc
               ? nodes[0]->_private
               : NULL;
}

struct place *answers_shown(const struct answers *answers, const struct form_control *control,
                            const struct place *from)
{
    if (control->when)
        return place_found(answers, control->when, place_around(answers, control, from));
    if (control->field)
        return answers_at(answers, control->field, from);
    return from ? (struct place *)(uintptr_t)from : answers->root;
}

static struct place *nth_row(const struct place *parent, const struct form_field *field, long n)
{
    struct place *row = place_child(parent, field);
    while (row && --n > 0)
        row = row->next_row;
    return row;
}

struct place *answers_find(const struct answers *answers, const char *path)
{
    struct place *place = NULL;
    char name[256];
    while (*path == '/') {
        size_t size = strcspn(++path, "/[");
        if (size == 0 || size >= sizeof name)
            return NULL;
        memcpy(name, path, size);
        name[size] = 0;
        path += size;
        long row = 1;
        if (*path == '[') {
            char *end;
            row = strtol(path + 1, &end, 10);
            if (*end != ']' || row < 1)
                return NULL;
            path = end + 1;
        }
        const struct form_field *field =
            form_child(answers->form, place ? place->field : NULL, xpath_tree_local(name));
        if (!field)
            return NULL;
        place = place ? nth_row(place, field, row) : answers->root;
        if (!place)
            return NULL;
    }
    return *path ? NULL : place;
}

/* ---- Rows ---- */

size_t answers_rows(const struct answers *answers, struct arena *arena,
                    const struct form_control *repeat, const struct place *from,
                    struct place ***out)
{
    const struct place *parent = answers_at(answers, repeat->field->parent, from);
    struct place *first = parent ? place_child(parent, repeat->field) : NULL;
    size_t count = parent ? (size_t)place_rows_of(parent, repeat->field)->count : 0;
    *out = ARENA_ARRAY(arena, count, struct place *);
    for (size_t i = 0; i < count; i++, first = first->next_row)
        (*out)[i] = first;
    return count;
}

/* "barn-2-klubb-5": down the tree, as long as the id goes on with what a place is called. */
static struct place *find_below(const struct place *parent, const char *id)
{
    for (const struct form_field *child = parent->field->first_child; child; child = child->next) {
        size_t size = strlen(child->word);
        if (strncmp(id, child->word, size) != 0 || (id[size] && id[size] != '-'))
            continue;
        for (struct place *row = place_child(parent, child); row; row = row->next_row) {
            const char *rest = id + size;
            if (child->is_repeat) {
                char *end;
                if (*rest != '-' || strtoll(rest + 1, &end, 10) != row->row_id)
                    continue;
                rest = end;
            }
            if (!*rest)
                return row;
            struct place *found = *rest == '-' ? find_below(row, rest + 1) : NULL;
            if (found)
                return found;
        }
    }
    return NULL;
}

struct place *answers_row_find(const struct answers *answers, const char *id)
{
    struct place *place = find_below(answers->root, id);
    return place && place->field->is_repeat ? place : NULL;
}

/* ---- What is shown ---- */

/* Whether a repeat without rows is relevant: asked of a row that is only there meanwhile. */
static bool empty_repeat_is_relevant(struct answers *answers, const struct form_field *field,
                                     const struct place *parent)
{
    const xmlNode *template = answers->form->links[field->number].template;
    if (!field->relevant || !template)
        return true;
    xmlNode *row = xmlDocCopyNode((xmlNode *)(uintptr_t) template, answers->doc, 1);
    xmlAddChild(parent->node, row);
    bool relevant = true;
    struct error err = {0};
    if (!xpath_boolean(answers->run, field->relevant, row, &relevant, &err))
        answers_note_trouble(answers, &err);
    xmlUnlinkNode(row);
    xmlFreeNode(row);
    return relevant;
}

static bool repeat_is_shown(struct answers *answers, const struct form_control *repeat,
                            const struct place *from)
{
    const struct place *parent = answers_at(answers, repeat->field->parent, from);
    if (!parent || !parent->relevant)
        return false;
    const struct place *row = place_child(parent, repeat->field);
    if (!row)
        return !repeat->no_add_remove && empty_repeat_is_relevant(answers, repeat->field, parent);
    for (; row; row = row->next_row)
        if (row->relevant)
            return true;
    return false;
}

/* XForms 1.1, 8.1.1: a control bound to no node at all, or to one that is not relevant, is not
 * relevant. */
static bool bound_output_is_shown(struct answers *answers, const struct form_control *control,
                                  const struct place *place)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    xmlNode **nodes;
    size_t count;
    struct error err = {0};
    if (!xpath_nodes(answers->run, arena, control->value, place->node, &nodes, &count, &err)) {
        answers_note_trouble(answers, &err);
        return false;
    }
    const struct place *bound =
        count && (nodes[0]->type == XML_ELEMENT_NODE || nodes[0]->type == XML_ATTRIBUTE_NODE) &&
                nodes[0]->doc == answers->doc
            ? nodes[0]->_private
            : NULL;
    return count > 0 && (!bound || bound->relevant);
}

bool answers_is_shown(struct answers *answers, const struct form_control *control,
                      const struct place *from)
{
    if (control->kind == FORM_REPEAT)
        return repeat_is_shown(answers, control, from);
    const struct place *place = answers_shown(answers, control, from);
    if (!place || !place->relevant)
        return false;
    if (control->kind == FORM_OUTPUT && control->is_bound)
        return bound_output_is_shown(answers, control, place);
    if (control->kind != FORM_GROUP || (!control->first_child && control->label))
        return true; /* a group of nothing but its label is a text */
    for (const struct form_control *child = control->first_child; child; child = child->next)
        if (answers_is_shown(answers, child, place))
            return true;
    return false;
}

bool answers_page_is_shown(struct answers *answers, const struct form_page *page)
{
    return answers_is_shown(answers, page->control, NULL);
}
