/* overview.h - Min side: tasks, drafts, what was sent; and what its other pages have in common
 * with these (consents: agreement.h). */
#pragma once

#include "render/frame.h"
#include "forms/form.h"
#include "render/outcome.h"
#include "render/outline.h"
#include "render/sending.h"

struct overview_draft {
    struct form_shown title;   /* of the form */
    const char *address;       /* where to go on; NULL: its form is not offered now */
    const char *remove;        /* the page that asks before deleting */
    struct form_shown reached; /* the page that the person has come to; text NULL or "": not said */
    bool at_review;            /* to the review, past all of them */
    int64_t saved_at, expires_at;
    const char *missing; /* "Mangler: Lønnsslipp", once the person has been there; or NULL */
};

/* A document that was sent afterwards. */
struct overview_supplement {
    const char *label, *address;
    int64_t sent_at;
    enum sending_delivery delivery; /* where its receipt letter is */
    const char *mailbox;            /* "e-Boks"; NULL: not known */
};

struct overview_sent {
    struct form_shown title; /* of the form */
    const char *address, *reference, *pdf;
    int64_t sent_at;
    enum sending_delivery delivery;
    bool waits_for_documents; /* something is to be sent later: */
    int64_t due_at;           /* the first of it by then */
    const struct overview_supplement *supplements;
    size_t supplement_count;
    const char *mailbox;  /* "e-Boks"; NULL: not known */
    int64_t withdrawn_at; /* 0: it is not */
    const struct outcome_decision *decisions;
    size_t decision_count;
};

/* Something the person should do now, or that is new; a card each, in the order given. */
struct overview_task {
    const char *title;          /* what: "Ettersend: Lønnsslipp" */
    const char *about;          /* of which application or agency; or NULL */
    const char *text;           /* a sentence more: why, or what comes of it; or NULL */
    int64_t due_at;             /* the last day for it, at its end; 0: whenever */
    const char *address;        /* where it is done */
    const char *link;           /* the button there: "Ettersend" */
    const char *more_of_it;     /* what else is heard of the button: which one; NULL: the title */
    const char *about_language; /* of about and more_of_it; NULL: the page's */
    bool has_stopped;           /* something does not go on by itself: before what can wait */
};

struct overview {
    const struct overview_task *news; /* decisions that were not opened */
    size_t news_count;
    const struct overview_task *tasks;
    size_t task_count;
    const struct overview_draft *drafts;
    size_t draft_count;
    const struct overview_sent *sent;
    size_t sent_count;
    const char *notice; /* what was just done ("Utkastet er slettet"), or NULL */
};
struct bytes overview_page(struct arena *arena, const struct frame *frame,
                           const struct overview *page);

/* The addresses of the tabs, which are a table in overview.c: a page of Min side is a line of it.
 */
#define OVERVIEW_PATH_DOCUMENTS "/min-side/dokumenter"
#define OVERVIEW_PATH_FORMS "/min-side/skjema"
#define OVERVIEW_PATH_CONSENTS "/min-side/samtykker"
#define OVERVIEW_PATH_DATA "/min-side/data"
#define OVERVIEW_PATH_LOGINS "/min-side/innlogginger"

struct overview_tab {
    const char *address, *title_id; /* title_id: of a message */
};
const struct overview_tab *overview_tabs(size_t *count);

/* ---- what all pages of Min side have ---- */

/* Heading and tabs; address: of the tab that the page belongs to. Writes up to where sections
 * follow; overview_end closes it. */
struct frame_page overview_begin(struct html *html, const struct frame *frame, const char *address,
                                 const char *title_id);
struct bytes overview_end(struct html *html, const struct frame *frame,
                          const struct frame_page *around);

/* A section with its heading, to be closed. id: of the heading. */
void overview_begin_section(struct html *html, const struct frame *frame, const char *id,
                            const char *title_id);

/* Instead of a list: there is nothing. */
void overview_write_none(struct html *html, const struct frame *frame, const char *id);
