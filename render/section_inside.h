/* section_inside.h - what the files that write a section share: section.c, section_rows.c,
 * section_documents.c. */
#pragma once

#include "render/control.h"
#include "render/section.h"

/* What is written, and where we are in it. */
struct section {
    struct html *html;
    const struct frame *frame;
    const struct step *step;
    struct control_view view;
    int level; /* 0: straight below the page, where headings are h2; deeper h3 */
    bool fetch_told, room_told;
};

/* How many questions are asked, how many of them must be answered, and how many are documents,
 * which say so themselves. */
struct section_tally {
    int asked, must, uploads;
};

/* Everything shown below a group or in a row. */
void section_write_children(struct section *section, const struct form_control *parent,
                            const struct place *from);

/* A repeat: its rows, and the buttons that add and remove. */
void section_write_rows(struct section *section, const struct form_control *repeat,
                        const struct place *from);

/* The uploads that stand together, from this one on; gives the last. */
const struct form_control *section_write_documents(struct section *section,
                                                   const struct form_control *first,
                                                   const struct place *from);

/* The place a control shows, seen from a row or NULL. */
struct place *section_place(const struct section *section, const struct form_control *control,
                            const struct place *from);

/* Counts what is asked below a control; what stands in rows of repeats apart from the rest. */
void section_count(const struct section *section, const struct form_control *control,
                   const struct place *from, bool in_rows, struct section_tally *page,
                   struct section_tally *rows);

/* A group's hint and explanation, as paragraphs. */
void section_write_lead(const struct section *section, const struct form_control *control,
                        const struct place *at);

/* The id of the heading that a control brings, its own in every row. */
char *section_heading_id(const struct section *section, const struct form_control *control,
                         const struct place *from);

/* What happened, with a button to undo when it can be undone at a repeat. */
void section_write_notice(const struct section *section, const struct step_notice *notice,
                          const char *at);

/* The field that a finding is about, whether there are rows or none. */
const struct form_field *section_field_of(const struct step *step, const struct finding *finding);
