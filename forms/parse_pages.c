/* Which controls of the body's top are pages, and what their addresses are. */
#include "forms/parse_inside.h"

#include <libxml/hash.h>

enum { MAX_CONTROLS_ON_ONE_PAGE = 8 }; /* form-language: else each group at the top is one */

static size_t count_questions(const struct parsing *parsing)
{
    size_t count = 0;
    for (size_t i = 0; i < parsing->control_count; i++)
        count += parsing->controls[i]->kind != FORM_GROUP &&
                 parsing->controls[i]->kind != FORM_REPEAT &&
                 parsing->controls[i]->kind != FORM_BUTTON;
    return count;
}

/* The field's name may be deeper for groups that have none: the first named thing inside. */
static const char *page_word(const struct form_control *control)
{
    for (const struct form_control *at = control; at; at = form_control_after(at, control))
        if (*at->word)
            return at->word;
    return "side";
}

static void add_page(struct parsing *parsing, const struct form_control *control, bool whole,
                     xmlHashTable *words)
{
    struct form *form = parsing->form;
    const char *word = whole ? "skjema" : page_word(control);
    const char *unique = word;
    for (int i = 2; xmlHashAddEntry(words, (const xmlChar *)unique, form) != 0; i++)
        unique = arena_printf(parsing->arena, "%s-%d", word, i);
    const struct form_control *labelled = control;
    while (!labelled->label && labelled->kind == FORM_GROUP && labelled->first_child &&
           !labelled->first_child->next)
        labelled = labelled->first_child;
    form->pages[form->page_count++] =
        (struct form_page){.word = unique,
                           .control = control,
                           .whole = whole,
                           .title = !whole && labelled->label ? labelled->label : form->title};
}

/* A box of ours round controls that make a page together. */
static struct form_control *box(struct parsing *parsing, struct form_control *first,
                                struct form_control *end)
{
    struct form_control *group =
        parse_new_control(parsing, FORM_GROUP, (struct source_place){first->line, first->column});
    group->first_child = first;
    struct form_control *last = NULL;
    for (struct form_control *at = first; at != end;
         at = (struct form_control *)(uintptr_t)at->next) {
        at->parent = group;
        last = at;
    }
    last->next = NULL;
    return group;
}

void parse_pages(struct parsing *parsing, const xmlNode *body)
{
    struct form *form = parsing->form;
    const char *class = parse_attribute(parsing, body, "class");
    bool pages = class && parse_has_word(class, "pages");
    struct form_control *first = parsing->first_control;
    size_t top = 0;
    for (const struct form_control *at = first; at; at = at->next)
        top++;
    form->pages = ARENA_ARRAY(parsing->arena, top, struct form_page);

    xmlHashTable *words = xmlHashCreate(64);
    if (!pages && (count_questions(parsing) <= MAX_CONTROLS_ON_ONE_PAGE)) {
        add_page(parsing, box(parsing, first, NULL), true, words);
    } else {
        while (first) { /* single controls between groups share a page, unless all are pages */
            struct form_control *end = (struct form_control *)(uintptr_t)first->next;
            bool single = first->kind != FORM_GROUP && first->kind != FORM_REPEAT;
            while (!pages && single && end && end->kind != FORM_GROUP && end->kind != FORM_REPEAT)
                end = (struct form_control *)(uintptr_t)end->next;
            bool boxed = single && end != first->next;
            add_page(parsing, boxed ? box(parsing, first, end) : first, false, words);
            first = end;
        }
    }
    xmlHashFree(words, NULL);
}
