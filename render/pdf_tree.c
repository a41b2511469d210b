#include "render/pdf_tree.h"

#include <assert.h>
#include <string.h>

static const struct role {
    const char *name;
    bool holds_text;
} roles[] = {
    [PDF_DOCUMENT] = {"Document", false},
    [PDF_SECT] = {"Sect", false},
    [PDF_H1] = {"H1", true},
    [PDF_H2] = {"H2", true},
    [PDF_H3] = {"H3", true},
    [PDF_H4] = {"H4", true},
    [PDF_H5] = {"H5", true},
    [PDF_H6] = {"H6", true},
    [PDF_P] = {"P", true},
    [PDF_LIST] = {"L", false},
    [PDF_ITEM] = {"LI", false},
    [PDF_LABEL] = {"Lbl", true},
    [PDF_BODY] = {"LBody", true},
    [PDF_TABLE] = {"Table", false},
    [PDF_ROW] = {"TR", false},
    [PDF_HEADER] = {"TH", true},
    [PDF_CELL] = {"TD", true},
    [PDF_FIGURE] = {"Figure", false},
    [PDF_ARTIFACT] = {"Artifact", true},
};

const char *pdf_tree_role_name(enum pdf_role role)
{
    return roles[role].name;
}

bool pdf_tree_holds_text(enum pdf_role role)
{
    return roles[role].holds_text;
}

struct pdf_tree *pdf_tree_new(struct arena *arena)
{
    struct pdf_tree *tree = ARENA_NEW(arena, struct pdf_tree);
    tree->arena = arena;
    tree->document = ARENA_NEW(arena, struct pdf_element);
    tree->document->is_in_tree = true;
    tree->current = tree->document;
    return tree;
}

static struct pdf_kid *add_kid(struct pdf_tree *tree, struct pdf_element *element)
{
    struct pdf_kid *kid = ARENA_NEW(tree->arena, struct pdf_kid);
    if (element->last)
        element->last->next = kid;
    else
        element->first = kid;
    element->last = kid;
    return kid;
}

static void put_in_tree(struct pdf_tree *tree, struct pdf_element *element)
{
    if (element->is_in_tree)
        return;
    put_in_tree(tree, element->parent);
    add_kid(tree, element->parent)->element = element;
    element->is_in_tree = true;
}

struct pdf_element *pdf_tree_begin(struct pdf_tree *tree, struct pdf_part part)
{
    struct pdf_element *element = ARENA_NEW(tree->arena, struct pdf_element);
    element->part = part;
    element->parent = tree->current;
    tree->current = element;
    if (part.role == PDF_HEADER || part.role == PDF_CELL)
        put_in_tree(tree, element);
    return element;
}

void pdf_tree_resume(struct pdf_tree *tree, struct pdf_element *element)
{
    assert(element->parent == tree->current);
    tree->current = element;
}

void pdf_tree_end(struct pdf_tree *tree)
{
    assert(tree->current->parent);
    tree->current = tree->current->parent;
}

static void remember_mark(struct pdf_tree *tree, struct pdf_page_marks *marks)
{
    if (marks->count == marks->capacity) {
        marks->capacity = marks->capacity ? 2 * marks->capacity : 64;
        struct pdf_element **grown =
            ARENA_ARRAY(tree->arena, marks->capacity, struct pdf_element *);
        if (marks->count)
            memcpy(grown, marks->elements, marks->count * sizeof *grown);
        marks->elements = grown;
    }
    marks->elements[marks->count++] = tree->current;
}

size_t pdf_tree_mark(struct pdf_tree *tree, size_t page)
{
    struct pdf_page_marks *marks = &tree->pages[page];
    put_in_tree(tree, tree->current);
    struct pdf_kid *kid = add_kid(tree, tree->current);
    kid->page = page;
    kid->mark = marks->count;
    remember_mark(tree, marks);
    return kid->mark;
}
