/* letter_link.h - the pages that a link in a letter leads to when it does not lead on by itself: it
 * is not for the person who is logged in, the time for what it asks is over, or it is done. */
#pragma once

#include "forms/form.h"
#include "render/frame.h"

enum letter_link_kind {
    LETTER_LINK_NOT_YOURS, /* somebody else's, or nobody's: nothing else is known of it here */
    LETTER_LINK_PAST,      /* what it asks for may still be sent, but late */
    LETTER_LINK_DONE,      /* nothing is asked for any more */
};

struct letter_link_page {
    enum letter_link_kind kind;
    /* of PAST and DONE */
    struct form_shown form; /* title of what was sent */
    const char *reference;
    int64_t at;          /* when the time was over; when the last of it was done */
    const char *receipt; /* address of what was sent */
    const char *task;    /* PAST: where it is sent */
};
struct bytes letter_link_page(struct arena *arena, const struct frame *frame,
                              const struct letter_link_page *page);
