/* step.h - a page of a form: progress, error summary, sections, controls, documents, actions. */
#pragma once

#include "render/frame.h"
#include "render/outline.h"

struct answers;
struct finding_list;
struct form;
struct form_page;

/* What the buttons of a step say: the field STEP_FIELD_ACTION with one of these values; those that
 * end in ':' go on with a path or an id. Everything but STEP_NEXT saves without validating. */
#define STEP_FIELD_ACTION "_handling"
#define STEP_NEXT "neste"
#define STEP_PREVIOUS "forrige"
#define STEP_SAVE "lagre"         /* save and go to Min side */
#define STEP_DELETE "slett"       /* save and go to the page that asks */
#define STEP_REFRESH "oppdater"   /* show the questions that belong to the answer */
#define STEP_CALCULATE "beregn"
#define STEP_ADD "leggtil:"       /* + the repeat's name, as posted.h writes it */
#define STEP_REMOVE "fjern:"      /* + the row's name */
#define STEP_UNDO "angre"         /* put back the row that was removed last */
#define STEP_UPLOAD "lastopp:"    /* + the upload's name */
#define STEP_REMOVE_FILE "fjernfil:" /* + the attachment's id */
#define STEP_FETCH "hent:"        /* + the upload's name, or nothing for all: to the consent page */
#define STEP_FIELD_REVISION "_revisjon"
#define STEP_FIELD_SEEN "_vist"   /* what was on the page, see posted.h */

enum step_state { STEP_NOT_STARTED, STEP_DONE, STEP_WITH_ERRORS };

/* One step in the list; the review page is the last. */
struct step_link {
    const char *title, *address;
    enum step_state state;
    bool reachable;              /* may be opened from the list */
};

struct step_progress {
    const struct step_link *links;
    size_t count, current;       /* current from 0 */
};

/* What happened since the page was shown last, told in role=status (and seen). */
struct step_notice {
    enum frame_tone tone;
    const char *text;
    bool undo;                   /* with the button STEP_UNDO */
};

struct step {
    const struct form *form;
    struct answers *answers;
    size_t page;                 /* index of the form's page */
    struct step_progress progress;
    const char *action;          /* address of this step: the form posts to itself */
    int64_t revision;
    int64_t saved_at;            /* 0: never */
    const struct finding_list *findings;    /* of this page, in its order; NULL: not validated */
    const struct outline_attached *documents; /* all of the draft */
    size_t document_count;
    const char *consent;         /* address of the consent page; NULL: no postbox here */
    const char *waiting;         /* address of the waiting page while documents are on their way, or NULL */
    int64_t file_bytes;          /* the server's limit of one file */
    const struct step_notice *notices;
    size_t notice_count;
};
struct bytes step_page(struct arena *arena, const struct frame *frame, const struct step *step);

/* "Steg 2 av 4", bar, list of steps: for the review page too. */
void step_write_progress(struct html *html, const struct frame *frame,
                         const struct step_progress *progress);

/* The summary on top; addresses are "#id" of controls. Nothing when there is none. */
struct step_mistake {
    const char *text, *address;
};
void step_write_summary(struct html *html, const struct frame *frame,
                        const struct step_mistake *mistakes, size_t count);
