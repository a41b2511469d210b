/* verify_text.h - the text that stands on the pages, as somebody reads it: in the order it is
 * drawn, without what stands round each page (artefacts: head, foot, lines). */
#pragma once

#include "engine/verify/verify_pdf.h"

enum { VERIFY_TEXT_MAX_BYTES = 16 * 1024 * 1024 };

/* Of all pages, one after the other; '\n' after each piece that is drawn. ERROR_INVALID names what
 * cannot be read. */
CHECKED bool verify_text_read(struct arena *arena, struct verify_pdf *pdf, const char **out,
                              struct error *err);

/* What of a text is compared: letters, digits and signs, without the white space that lines are
 * broken at, and without what pages show otherwise or not at all (control and format characters,
 * pictographs, U+FFFD). */
char *verify_text_bare(struct arena *arena, const char *text);
