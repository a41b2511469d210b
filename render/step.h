/* step.h - a page of a form: progress, error summary, sections, controls, documents, actions. */
#pragma once

#include "forms/answers.h"
#include "forms/finding.h"
#include "render/frame.h"
#include "render/outline.h"

/* What the buttons of a step say: the field STEP_FIELD_ACTION with one of these values; those that
 * end in ':' go on with an id as posted.h reads it. Every press saves, and takes files that were
 * chosen; only STEP_NEXT validates. */
#define STEP_FIELD_ACTION "_handling"
#define STEP_NEXT "neste"
#define STEP_PREVIOUS "forrige"
#define STEP_SAVE "lagre"       /* save and go to Min side */
#define STEP_DELETE "slett"     /* save and go to the page that asks */
#define STEP_REFRESH "oppdater" /* show the questions that belong to the answer */
#define STEP_CALCULATE "beregn"
#define STEP_ADD "leggtil:"       /* + posted_repeat_id; back to "#<id of the new row>" */
#define STEP_REMOVE "fjern:"      /* + place_id of the row; back to "#<posted_repeat_id>" */
#define STEP_UNDO "angre:"        /* + posted_repeat_id: put back the row that was removed last */
#define STEP_PRESS "trykk:"       /* + posted_button_id; back to "#trykk-<id>" */
#define STEP_UPLOAD "lastopp:"    /* + place_id of the upload; back to "#krav-<id>" */
#define STEP_LATER "senere:"      /* + place_id of the upload: will be sent later */
#define STEP_NOT_LATER "likevel:" /* + place_id of the upload: not later after all */
#define STEP_REMOVE_FILE "fjernfil:" /* + the attachment's id */
#define STEP_FETCH "hent"            /* save, then 303 to the consent page */
#define STEP_EARLIER "tidligere"     /* save, then 303 to the documents that were sent before */
#define STEP_FIELD_REVISION "_revisjon"

/* What the script posts between presses, with all that a press posts: saved, and nothing more is
 * done. The answer is step_saved_part or step_changed_part, or, for the second, the step. */
#define STEP_AUTOSAVE "autolagre"
#define STEP_FOLLOW "folg"       /* an answer was changed that other questions or sums hang on */
#define STEP_FIELD_WRONG "_feil" /* places that the page says are wrong, a space between */
#define STEP_FIELD_EARLY "_formfeil" /* and those of which it says so at their fields alone */
#define STEP_FIELD_LEFT "_forlatt"   /* place_id of what was changed and left, a space between */
#define STEP_QUERY_FOCUS "ved"   /* for htmx, in place of a fragment: id of what takes the focus */
#define STEP_QUERY_POLL "venter" /* a page that waits asks whether it is over */
#define STEP_FILE_PREFIX "fil."  /* name of a file input: + place_id of the upload */
#define STEP_UPLOAD_ID "krav-"   /* HTML id of an upload's box: + place_id */
#define STEP_PRESS_ID "trykk-"   /* HTML id of a button: + posted_button_id */

enum step_state { STEP_NOT_STARTED, STEP_DONE, STEP_WITH_ERRORS };

/* One step in the list; the review page is the last. */
struct step_link {
    const char *title, *address;
    enum step_state state;
    bool reachable;       /* may be opened from the list */
    const char *language; /* of the title; NULL: the page's */
};

struct step_progress {
    const struct step_link *links;
    size_t count, current; /* current from 0 */
};

/* Of documents, all uploads of the draft together. */
struct step_room {
    int64_t file_bytes;  /* the server's limit of one file */
    int64_t total_bytes; /* of all files */
    int64_t used_bytes;
    bool postbox_limits; /* the digital postbox takes no more than total_bytes */
    bool checks;         /* files are checked for viruses */
};

/* What happened since the page was shown last, told in role=status (and seen). */
struct step_notice {
    enum frame_tone tone;
    const char *text;
    const char *at; /* id of the repeat or upload it is about: told there; NULL: on top */
    bool undo;      /* of a repeat: with the button STEP_UNDO */
};

struct step {
    struct answers *answers;
    const struct form_page *page;
    struct step_progress progress;
    const char *action; /* address of this step: the form posts to itself */
    int64_t revision;
    int64_t saved_at;                    /* 0: never */
    const struct finding_list *findings; /* of this page, in its order; NULL: not validated */
    size_t early_count; /* how many of them, the last, are told before "Next" is pressed: at their
                         * fields, and neither in the summary nor in the title */
    const struct outline_attached *documents; /* all of the draft */
    size_t document_count;
    bool postbox;        /* documents can be fetched from it: there is a button STEP_FETCH */
    const char *waiting; /* address of the waiting page while documents are on their way, or NULL */
    bool arrived;        /* and some are there to choose among */
    bool earlier; /* something was sent before: there is a button STEP_EARLIER where it is taken */
    struct step_room room;
    const struct step_notice *notices;
    size_t notice_count;
    const char *const *unavailable; /* place_id() of what could not be fetched (sk:prefill) */
    size_t unavailable_count;
    const char *focus; /* id of what takes the focus in a partial answer; "": nothing; or NULL */
    const char *said;  /* in a partial answer, to a screen reader; NULL: the first notice */
};

/* Instead of the step, while what is known already is fetched: only its form, page and action. */
struct bytes step_fetching_page(struct arena *arena, const struct frame *frame,
                                const struct step *step);

struct bytes step_page(struct arena *arena, const struct frame *frame, const struct step *step);

/* Answers to STEP_AUTOSAVE: the line that says when it was saved, with the new revision; and that
 * it was changed elsewhere meanwhile, with the address of what it is now. */
struct bytes step_saved_part(struct arena *arena, const struct frame *frame, int64_t saved_at,
                             int64_t revision);
struct bytes step_changed_part(struct arena *arena, const struct frame *frame, int64_t saved_at,
                               const char *address);

/* "Steg 2 av 4", bar, list of steps: for the review page too. */
void step_write_progress(struct html *html, const struct frame *frame,
                         const struct step_progress *progress);

/* The summary on top; addresses are "#id" of controls. Nothing when there is none. */
struct step_mistake {
    const char *text, *address;
    const char *language; /* of the text, when it is not the page's; or NULL */
};
void step_write_summary(struct html *html, const struct frame *frame,
                        const struct step_mistake *mistakes, size_t count);
