/* pdf_tree.h - the structure of a document beside its pages: what is a heading, a list, a table,
 * and which marks on which pages belong to it (ISO 32000-1 14.7). pdf.h builds it while drawing,
 * pdf_tags.c writes it. */
#pragma once

#include "render/pdf.h"

/* A piece of an element: another element, or a mark: a run of one page's content. */
struct pdf_kid {
    struct pdf_element *element; /* NULL: a mark */
    size_t page, mark;
    struct pdf_kid *next;
};

struct pdf_element {
    struct pdf_part part;
    struct pdf_element *parent; /* NULL: the document */
    struct pdf_kid *first, *last;
    bool is_in_tree; /* its parent knows it */
    unsigned object; /* its number in the file, for pdf_tags.c */
};

/* Which element each mark of a page belongs to. */
struct pdf_page_marks {
    struct pdf_element **elements;
    size_t count, capacity;
};

struct pdf_tree {
    struct arena *arena;
    struct pdf_element *document, *current;
    struct pdf_page_marks pages[PDF_PAGES_MAX];
};

struct pdf_tree *pdf_tree_new(struct arena *arena);

/* As pdf_begin, pdf_resume and pdf_end. An element that never holds anything is not in the tree,
 * but for cells of tables, whose place counts. */
struct pdf_element *pdf_tree_begin(struct pdf_tree *tree, struct pdf_part part);
void pdf_tree_resume(struct pdf_tree *tree, struct pdf_element *element);
void pdf_tree_end(struct pdf_tree *tree);

/* A new mark of the current element on that page; its number there. */
size_t pdf_tree_mark(struct pdf_tree *tree, size_t page);

/* "LBody" */
const char *pdf_tree_role_name(enum pdf_role role);

/* Whether text may stand in it, and not only other elements. */
bool pdf_tree_holds_text(enum pdf_role role);
