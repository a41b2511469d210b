/* control.h - one question as HTML: label, hint, explanation, error, input, wired together for a
 * screen reader (design.md sections 2, 4 and 7). Uploads are upload.h's, groups and repeats
 * step.c's. */
#pragma once

#include "forms/answers.h"
#include "forms/finding.h"
#include "render/html.h"

/* What the controls of one page have in common. */
struct control_view {
    struct html *html;
    struct answers *answers;
    const char *language;                /* the page's: what the site itself says */
    const char *reading;                 /* what the form's texts are asked for in */
    const struct finding_list *findings; /* or NULL */
    bool marks;                          /* each question says whether it must be answered */
    bool refreshes;                      /* some questions here appear or go with an answer */
    const char *const *unavailable;      /* place_id() of what could not be fetched */
    size_t unavailable_count;
};

/* Something to be answered, as opposed to what is only shown, or boxes round others. */
bool control_is_question(const struct form_control *control);

/* The same, here: readonly answers are shown and not asked for. */
bool control_is_asked(const struct control_view *view, const struct form_control *control,
                      const struct place *place);

/* A question: div.ds-field or fieldset. place: what answers_shown gave. */
void control_write(const struct control_view *view, const struct form_control *control,
                   const struct place *place);

/* A label and a value that cannot be changed here, as a row of a dl. */
void control_write_value(const struct control_view *view, const struct form_control *control,
                         const struct place *place, const struct place *from);

/* Where the error summary leads: the text field, the first button of a group, the part of the date
 * that is wrong, the file input. */
char *control_target(const struct control_view *view, struct arena *arena,
                     const struct form_control *control, const struct place *place);

/* ---- parts that others use ---- */

/* The text of a label, hint...; NULL when there is none or it is empty. */
const char *control_text(const struct control_view *view, const struct form_text *text,
                         const struct place *at, const char **language);

/* p[data-field=description]; gives its id, or NULL when there is no hint. id NULL: not tied to it.
 */
const char *control_write_hint(const struct control_view *view, const struct form_control *control,
                               const struct place *place, const char *id);

/* details.app-readmore with the help text. */
void control_write_help(const struct control_view *view, const struct form_control *control,
                        const struct place *place);

/* The message about a place, or NULL; and how it stands under a control. */
const struct finding *control_finding(const struct control_view *view, const struct place *place);
void control_write_finding(const struct control_view *view, const struct finding *finding,
                           const char *id);

/* The tag after a label: must, or may. Nothing unless the page mixes. */
void control_write_mark(const struct control_view *view, const struct place *place);

/* "X-feil X-hjelp", the error first; NULL when both are. */
const char *control_described_by(struct arena *arena, const char *error_id, const char *hint_id);

/* The lang attribute of a text: NULL when it is the page's language. */
const char *control_lang(const struct control_view *view, const char *language);
