/* pdf_structure.h - reads a PDF as a screen reader does, with code of its own over what qpdf makes
 * of the file, and holds it to the rules of ISO 14289-1 (PDF/UA-1) that can be seen from the file:
 *
 * - every text, line and picture is in one marked part, either of the tree or an artefact, and none
 *   in two; every mark is in the tree once, and the way back from it leads to that element;
 * - the marks outside tables come in the order of the tree;
 * - roles are standard ones, and each lies where it may: items in lists, cells in rows of equal
 *   length, with headers that say of what;
 * - the first heading is H1, the only one, and none goes down by more than one level;
 * - a figure has words instead and its box; a list with labels says what they are;
 * - title, language, dates and that it is tagged are told, in Info and XMP alike; the file has an
 * id;
 * - each font is embedded and leads back to text. */
#pragma once

#include "engine/base/arena.h"

struct pdf_structure_part {
    const char *role;                /* "Document", "H2", "Lbl" */
    const char *text;                /* of its own marks, or instead of a figure: UTF-8 */
    const char *language;            /* that holds for it */
    int depth;                       /* 0: the document */
    size_t page;                     /* where it begins, from 0 */
    struct pdf_structure_part *next; /* in reading order */
};

/* Fails the test (cmocka) at the first rule that is not kept. */
struct pdf_structure_part *pdf_structure_read(struct arena *arena, struct bytes pdf);

/* The first rule that is not kept, and where; "": all are. */
const char *pdf_structure_trouble(struct arena *arena, struct bytes pdf);

/* A part a line, indented, with its language when it is another than the document's. */
char *pdf_structure_write(struct arena *arena, const struct pdf_structure_part *first);
