/* pdf.h - one PDF document: libharu behind our errors and our fonts (ISO 32000-1), drawn together
 * with the structure that a screen reader goes by (ISO 14289-1, PDF/UA-1).
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

/* What something is to those who listen (ISO 32000-1 14.8.4): PDF's own names are Document, Sect,
 * H1 to H6, P, L, LI, Lbl, LBody, Table, TR, TH, TD and Figure. */
enum pdf_role {
    PDF_DOCUMENT, /* round all else: never begun */
    PDF_SECT,     /* a heading and what belongs to it */
    PDF_H1,
    PDF_H2,
    PDF_H3,
    PDF_H4,
    PDF_H5,
    PDF_H6,
    PDF_P,
    PDF_LIST,
    PDF_ITEM,
    PDF_LABEL, /* of an item: its bullet, its number, or the question that the body answers */
    PDF_BODY,
    PDF_TABLE,
    PDF_ROW,
    PDF_HEADER,
    PDF_CELL,
    PDF_FIGURE,
    PDF_ARTIFACT /* not read: page numbers, what is repeated on each page */
};

/* PDF_LIST: what its labels are; PDF_HEADER: what it is the header of. */
enum pdf_kind {
    PDF_KIND_NONE,
    PDF_LIST_TEXTS, /* labels are words, as in a list of definitions */
    PDF_LIST_BULLETS,
    PDF_LIST_NUMBERS,
    PDF_HEADER_OF_ROW,
    PDF_HEADER_OF_COLUMN
};

struct pdf_part {
    enum pdf_role role;
    enum pdf_kind kind;
    const char *language; /* of its text when not the document's, else NULL */
    const char *instead;  /* PDF_FIGURE: what it shows, in words */
    double x, y, size;    /* PDF_FIGURE: the square that it is in */
};

/* What is drawn from here to pdf_end is that part; parts lie in one another, and are read in the
 * order in which they are first drawn, on whichever page. Texts stand only in parts for text: P,
 * headings, labels, bodies, headers and cells, and artefacts. Lines and boxes are artefacts
 * anywhere, and drawings outside a figure too. pdf_resume: more of a part that has ended, within
 * the same outer one. */
struct pdf_element;
struct pdf_element *pdf_begin(struct pdf *pdf, struct pdf_part part);
void pdf_resume(struct pdf *pdf, struct pdf_element *part);
void pdf_end(struct pdf *pdf);

/* How wide the text is drawn. Text is part of a NUL-terminated string, on one line, UTF-8 in NFC. A
 * code point that no font of ours has is drawn as U+FFFD but stays itself when the text is copied,
 * searched or read aloud; control characters count as such too, but tabs and the ends of lines are
 * spaces, and broken UTF-8 becomes U+FFFD. So nothing is left out without a trace. */
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
