/* pdf_tools.h - what other programs make of a PDF: poppler and qpdf, for tests. */
#pragma once

#include "engine/base/arena.h"

/* What the command prints, on both of its outputs, so that a warning shows. In the command %s is
 * the PDF in a file. A command that fails is an assert. */
char *pdf_tools_run(struct arena *arena, const char *command, struct bytes pdf);

/* The text of the PDF, placed as on the page; one page from 1, or 0 for all. */
char *pdf_tools_text(struct arena *arena, struct bytes pdf, int page);

/* The dictionaries and page contents as plain text. */
char *pdf_tools_objects(struct arena *arena, struct bytes pdf);

/* How many pixels are darker than half grey when the first page is drawn. */
size_t pdf_tools_ink(struct arena *arena, struct bytes pdf);

size_t pdf_tools_count(const char *text, const char *part);

/* Asserts that qpdf finds nothing wrong. */
void pdf_tools_check(struct arena *arena, struct bytes pdf);

/* Asserts that poppler and qpdf read it without a warning, structure and fonts too. */
void pdf_tools_quiet(struct arena *arena, struct bytes pdf);

/* Asserts that the text is that of tests/golden/pdf/NAME; with UPDATE_GOLDEN=1 writes it there. */
void pdf_tools_golden(struct arena *arena, const char *name, const char *text);
