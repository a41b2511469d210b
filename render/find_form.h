/* find_form.h - the list of forms with a field to search in it: the public front page, and the same
 * on Min side with the drafts that were begun. Works without a script: a GET form. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"

#define FIND_FORM_FIELD "q"        /* what is looked for */
#define FIND_FORM_QUERY_FROM "fra" /* the first of the list to be shown, from 0 */

struct find_form_entry {
    struct form_shown title, summary; /* summary: one sentence, or "" */
    struct form_shown topic;          /* "Barnehage", or "" */
    struct form_shown time, deadline; /* "Ca. 15 minutter", "Frist 1. mars", or "" */
    const char *address;              /* its start page */
    const char *draft;                /* where to go on with one that was begun, or NULL */
    int64_t draft_saved_at;
};

struct find_form {
    const char *wanted; /* as it was typed; "": everything is listed */
    const struct find_form_entry *entries;
    size_t count;  /* of entries */
    size_t total;  /* that were found */
    size_t from;   /* how many of them stand on pages before this one */
    bool is_empty; /* there are no forms at all */
};

/* "/": for everybody; and OVERVIEW_PATH_FORMS. */
struct bytes find_form_front_page(struct arena *arena, const struct frame *frame,
                                  const struct find_form *page);
struct bytes find_form_my_page(struct arena *arena, const struct frame *frame,
                               const struct find_form *page);
