/* upload.h - a document that a form asks for: a box with its state, what was given, and the ways to
 * give more (design.md section 8). */
#pragma once

#include "render/control.h"
#include "render/frame.h"
#include "render/outline.h"
#include "render/step.h"

/* What the boxes of one page have in common. */
struct upload_view {
    const struct control_view *control;
    const struct frame *frame;
    const struct outline_attached *documents; /* all of the draft */
    size_t document_count;
    const struct step_room *room;
    bool earlier;  /* something was sent before that may be used again */
    bool promised; /* it was promised for later, and is now to be given: not once more */
};

/* The heading is an h3; notice is told in the box, or NULL. */
void upload_write(const struct upload_view *view, const struct form_control *control,
                  const struct place *place, const char *notice);

/* How much room there is for all documents together, and where the script tells what happens. Once
 * before the boxes of a page. */
void upload_write_room(const struct upload_view *view);

/* Whether it may come from there. */
bool upload_takes(const struct form_control *control, enum form_source source);

/* Whether a file of that media type is taken there, and how people call those that are: "PDF, JPG
 * eller PNG". */
bool upload_takes_type(const struct form_control *control, const char *media_type);
char *upload_types(struct arena *arena, const char *language, const struct form_control *control);

/* True when something was given, or will be sent later. */
bool upload_is_given(const struct control_view *view, const struct place *place);
