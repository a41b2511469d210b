/* note.h - what a draft remembers of the last press, for the next look at the page: one sentence
 * and, after a row was removed, the answers of before for "Undo". Kept in the draft's note. */
#pragma once

#include "engine/base/arena.h"

struct note {
    const char *page; /* the page's word: told there only */
    const char *at;   /* id of the list it is about; "" or NULL: on top */
    const char *text;
    const char *answers; /* XML to go back to; NULL: nothing to undo */
};

char *note_write(struct arena *arena, const struct note *note);

/* NULL when there is none for that page. */
const struct note *note_read(struct arena *arena, const char *text, const char *page);
