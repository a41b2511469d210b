/* about.h - pages about the site itself: how it can be used by all, and what becomes of what one
 * writes. What we say is true for every agency that uses the program; the agency's own paragraphs
 * stand after it. */
#pragma once

#include "render/frame.h"

/* own: lines of plain text, or NULL. An empty line ends a paragraph; "# Words" is a heading, "-
 * words" a point of a list; an address (https://, mailto:, tel:) with a space before and after is a
 * link. language: that it is in. */
struct about_page {
    const char *own, *language;
    int64_t draft_days;
    int64_t idle_minutes; /* until one is logged out */
};

struct bytes about_accessibility_page(struct arena *arena, const struct frame *frame,
                                      const struct about_page *page);
struct bytes about_privacy_page(struct arena *arena, const struct frame *frame,
                                const struct about_page *page);
