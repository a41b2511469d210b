/* pdf_lines.h - where the lines of a text end: at spaces, after hyphens and slashes, at '\n'. A
 * word that is wider than a line is cut where it must. */
#pragma once

#include "render/pdf.h"

/* The part of the text at *at that fits in the width, without white space at its end; *at moves to
 * where the next line begins. At least one sign, so that it ends. */
struct bytes pdf_lines_next(struct pdf *pdf, enum pdf_weight weight, double size, double width,
                            const char **at);

size_t pdf_lines_count(struct pdf *pdf, enum pdf_weight weight, double size, double width,
                       const char *text);

/* The line of a text that is known to be one: without measuring it again. */
struct bytes pdf_lines_only(const char **text);
