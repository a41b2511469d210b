/* session.h - when the login ends, said before it does: a dialog that the script opens five minutes
 * before, and that extends it (WCAG 2.2.1; design.md section 6). */
#pragma once

#include "render/frame.h"

#define SESSION_PATH_EXTEND "/okt/forleng"

/* At the end of every page of somebody who is logged in, closed. */
void session_write(struct html *html, const struct frame *frame);

/* So many seconds are left: in a page, and in each partial answer, which takes its place. */
void session_write_left(struct html *html, const struct frame *frame);
