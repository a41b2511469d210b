/* pdf.h - one PDF document: libharu behind our errors and our fonts (ISO 32000-1).
 *
 * Pages are A4. Lengths are points (1/72 inch); x grows to the right and y downwards from the
 * page's upper left corner; text stands on y. Colours are 0xRRGGBB.
 *
 * Drawing cannot fail: what goes wrong on the way (too many pages) is kept and told by pdf_write.
 * The same drawing gives the same bytes: nothing in the file comes from the clock or from chance.
 * Only text and our own fonts reach the PDF, never a citizen's picture, font or PDF
 * (security.md S-FILE-7). */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

#define PDF_PAGE_WIDTH 595.276
#define PDF_PAGE_HEIGHT 841.89

enum {
    PDF_PAGES_MAX = 300,
    PDF_TITLE_MAX = 500 /* code points of title and author; longer ones are cut */
};

enum pdf_weight { PDF_REGULAR, PDF_BOLD };

struct pdf_about {
    const char *title, *author; /* UTF-8 */
    const char *language;       /* BCP 47: "nb" */
    int64_t created_at;         /* Unix seconds */
};

struct pdf;

/* A document without pages. *about is copied. Lives in the arena; nothing to close. */
struct pdf *pdf_new(struct arena *arena, const struct pdf_about *about);

/* Adds an empty page and turns to it. Past PDF_PAGES_MAX the document has failed: drawing does
 * nothing from then on. */
void pdf_add_page(struct pdf *pdf);

size_t pdf_page_count(const struct pdf *pdf);

/* The page that is drawn on, from 0: for page numbers, which are known last. */
void pdf_turn_to(struct pdf *pdf, size_t page);

/* True when pdf_write will fail; long loops of drawing may stop. */
bool pdf_has_failed(const struct pdf *pdf);

/* How wide the text is drawn. Text is part of a NUL-terminated string, on one line, UTF-8 in NFC. A
 * code point that no font of ours has is drawn as U+FFFD but stays itself when the text is copied,
 * searched or read aloud; control characters count as such too, but a tab is a space, and broken
 * UTF-8 becomes U+FFFD. So nothing in the text is left out without a trace. */
double pdf_text_width(struct pdf *pdf, enum pdf_weight weight, double size, struct bytes text);

void pdf_text(struct pdf *pdf, enum pdf_weight weight, double size, uint32_t color, double x,
              double y, struct bytes text);

/* A filled box, and a line. */
void pdf_box(struct pdf *pdf, double x, double y, double width, double height, uint32_t color);
void pdf_line(struct pdf *pdf, double x1, double y1, double x2, double y2, double width,
              uint32_t color);

/* A drawing made of lines and curves, for logos.
 *   path   SVG path data (SVG 1.1 8.3) with the commands M L H V C S Z in both cases; what comes
 *          after something else is not drawn. Ours or the operator's, never a citizen's
 *   stroke 0: filled; else the width of the line in the drawing's own units
 *   scale  points for one unit of the drawing, whose origin is put at x, y */
struct pdf_path {
    const char *path;
    double stroke;
    uint32_t color;
};
void pdf_draw(struct pdf *pdf, const struct pdf_path *path, double x, double y, double scale);

/* A file inside the document that belongs to it (an associated file, ISO 32000-2 14.13). */
struct pdf_file {
    const char *file_name;    /* in ASCII: "soknad.xml" */
    const char *media_type;   /* "application/xml" */
    const char *relationship; /* "Source": what the pages were made of; "Data" */
    const char *description;  /* UTF-8, for people */
    struct bytes bytes;
};

/* Puts these files into the document. Once; only the array is copied: what it points to is there
 * until pdf_write has been called. */
void pdf_attach(struct pdf *pdf, const struct pdf_file *files, size_t count);

/* The document as bytes in the arena. Once.
 *
 * Fails with ERROR_LIMIT when it has too many pages, else ERROR_BROKEN: libharu said no. */
CHECKED bool pdf_write(struct pdf *pdf, struct bytes *out, struct error *err);
