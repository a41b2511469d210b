/* mistakes.h - in development, instead of a form that cannot be served: what is wrong in it, with
 * the line it stands on, for the form's author. In English, as findings are. */
#pragma once

#include "render/frame.h"

/* Texts are escaped here. */
struct mistakes_item {
    const char *file; /* "hello/form.xml" */
    int line, column; /* from 1; 0: about the file */
    bool is_error;
    const char *text, *rule;
    const char *source; /* the line, perhaps a part of it; "" : none */
    int caret;          /* the character of source it is about, from 0 */
};

struct bytes mistakes_page(struct arena *arena, const struct frame *frame,
                           const struct mistakes_item *items, size_t count);
