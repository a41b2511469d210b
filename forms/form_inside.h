/* form_inside.h - what a struct form is made of: for parse, which makes it, and for recalc and
 * answers, which run it. Everybody else uses form.h. */
#pragma once

#include "forms/form.h"
#include "forms/xpath.h"

#include <pthread.h>

/* ---- Texts ---- */

/* A piece as it is, or the value of an expression. */
struct text_part {
    const char *text;
    const struct xpath *value;
};

struct text_body {
    const struct text_part *parts; /* NULL: there is no such text */
    size_t count;
};

/* <text id="...">, a body for each language of the form. */
struct text_entry {
    const char *id;
    struct text_body *bodies;
    int line, column;
};

enum text_kind {
    TEXT_INLINE, /* in the form's default language */
    TEXT_ENTRY,  /* jr:itext('id') */
    TEXT_LOOKUP, /* jr:itext(expression): the id is an answer, or a choice's */
    TEXT_VALUE,  /* ref="...": a value is the text */
};

struct form_text {
    enum text_kind kind;
    struct text_body body;
    const struct text_entry *entry;
    const struct xpath *expression;
};

/* The body for a language, and which of the form's languages it is in. NULL parts: none at all. */
const struct text_body *text_body_of(const struct form *form, const struct text_entry *entry,
                                     const char *language, const char **found);

/* Says something in a language: words, not only values and punctuation. Of TEXT_INLINE. */
bool form_text_has_words(const struct form_text *text);

const struct text_entry *form_text_entry(const struct form *form, const char *id);

/* ---- Choices ---- */

struct form_item {
    const char *value;
    const struct form_text *label;
};

/* Written out, or drawn from a node-set. */
struct form_items {
    const struct form_item *items;
    size_t count;
    const struct xpath *nodeset; /* NULL: written out */
    const struct xpath *value;   /* at each node */
    const struct form_text *label;
};

/* The select that a path of names and ".." leads to from a field (NULL: none): what jr:choice-name
 * names in a text. NULL when there is none. */
const struct form_control *form_select_at(const struct form *form, const char *path,
                                          const struct form_field *from);

/* ---- Rules: what recalculating is made of ---- */

enum rule_kind {
    RULE_COUNT, /* jr:count: how many rows */
    RULE_RELEVANT,
    RULE_CALCULATE,
    RULE_ITEMS, /* an answer no longer among the choices is lost */
};
enum { RULE_KINDS = RULE_ITEMS + 1 };

/* One expression that decides something for every place of a field. In form.rules a rule stands
 * after all whose outcome it reads. */
struct rule {
    enum rule_kind kind;
    const struct form_field *field;
    const struct xpath *xpath;
    const struct form_control *select; /* RULE_ITEMS: whose choices they are */
    bool reads_itself; /* its own field in other rows: repeated until it stands still */
    bool draws;        /* another outcome each time: kept until something it reads changes */
    int line, column;
};

/* A rule that reads a field. A change at a place concerns those places of the rule's field that are
 * below the same ancestor at that depth. */
struct rule_reader {
    int rule; /* index of form.rules */
    int depth;
};

/* ---- Actions ---- */

enum form_event {
    FORM_ON_FIRST_LOAD = 1 << 0, /* a draft begins */
    FORM_ON_LOAD = 1 << 1,       /* the same: a draft that is read again has been loaded before */
    FORM_ON_CHANGE = 1 << 2,     /* the source has another value, by a person or a calculate */
    FORM_ON_NEW_REPEAT = 1 << 3, /* the source has one more row */
    FORM_ON_PRESS = 1 << 4,      /* of the button it is written in (DOMActivate) */
};

enum form_action_kind {
    FORM_SETVALUE,
    FORM_ACTIONS,     /* those in it, in order */
    FORM_RECALCULATE, /* now, and not when all is done */
    FORM_RESET,
    FORM_INSERT,
    FORM_DELETE,
    FORM_TOGGLE,
};

/* What happens at an event, or at the press of a button (XForms 1.1, 10). One that is pressed finds
 * its nodes by its expressions, from where the button stands. */
struct form_action {
    enum form_action_kind kind;
    unsigned events;                 /* enum form_event, or-ed; 0: a press, or in another */
    const struct form_field *source; /* where it is written: what happens there counts */
    const struct xpath *condition;   /* if: it is done only when that is true, or NULL */
    const struct xpath *loop;        /* while: it is done again as long as that is true, or NULL */
    const struct form_action *first; /* FORM_ACTIONS: those in it */
    const struct form_action *next;  /* after this, in an action or of a button */
    const struct xpath *context;     /* what the others below are seen from, or NULL */
    const struct xpath *origin, *at; /* FORM_INSERT, FORM_DELETE; or NULL */
    bool is_before;                  /* FORM_INSERT: before the place, else after */
    const struct xpath *case_name;   /* FORM_TOGGLE: gives the id of a case; NULL: text */
    const struct form_field *target; /* in the source's row; without common row: in all; or NULL */
    const struct xpath *ref;   /* what finds the targets; may be NULL when there is a target */
    const struct xpath *value; /* evaluated at the target; NULL: text */
    const char *text;
};

/* The places that a bind is about: an expression of it that asks position() or last() stands among
 * them (XForms 1.1, 7.2). */
struct bind_nodeset {
    const struct form_field *const *fields;
    size_t count;
    int depth; /* of the bind around it: places below the same ancestor there; 0: all */
};

/* What hangs on a field beyond what form.h shows. */
struct field_links {
    const char *uri; /* namespace of its nodes; NULL: none */
    const struct rule_reader *readers;
    size_t reader_count;
    int rules[RULE_KINDS];              /* its own, index of form.rules; -1: none */
    const xmlNode *template;            /* of a repeat: a new row is a copy of it */
    const struct form_control *repeat;  /* the control that shows its rows */
    const struct xpath *count;          /* jr:count */
    unsigned events;                    /* of actions whose source it is */
    const struct bind_nodeset *nodeset; /* of a bind that asks for positions, or NULL */
};

/* Compiled expressions are one thread's at a time, and may be lent to the next: those not in use.
 */
enum { FORM_SPARE_RUNS = 16 };

struct form_runs {
    pthread_mutex_t lock;
    struct xpath_run *spare[FORM_SPARE_RUNS];
    int count;
};

struct form {
    struct arena *arena;
    const char *id, *version;
    const char **languages;
    size_t language_count;      /* languages[0] is the default */
    struct text_entry *entries; /* by id */
    size_t entry_count;
    const struct form_text *title;
    struct form_about about;
    struct form_letter letter;
    struct form_page *pages;
    size_t page_count;
    const struct form_control **controls;
    size_t control_count;
    struct form_field **fields;
    struct field_links *links; /* by field number */
    size_t field_count;
    struct form_field **children; /* table of parent and name to field; NULL: free */
    size_t children_size;         /* a power of two */
    struct rule *rules;
    size_t rule_count;
    struct form_action *actions; /* in the file's order */
    size_t action_count;
    const struct submission *submissions; /* submission.h */
    size_t submission_count;
    const struct xpath_prefix *scope; /* declarations in force where the answers stand */
    size_t scope_count;
    struct xpath_world world;
    xmlDoc *instance;  /* empty answers, namespaces of the form language taken off */
    xmlDoc *templates; /* the root's children are templates of repeats */

    struct form_runs *runs;
};

/* The child field of that name; NULL when there is none. parent NULL: the root. */
struct form_field *form_child(const struct form *form, const struct form_field *parent,
                              const char *name);

/* Fills form.children from form.fields: once, when all fields are there. From then on expressions
 * find places by their number. */
void form_index_children(struct form *form);

/* A set of compiled expressions for this thread, and back. */
struct xpath_run *form_borrow_run(const struct form *form);
void form_return_run(const struct form *form, struct xpath_run **run);
