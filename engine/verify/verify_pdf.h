/* verify_pdf.h - reads a PDF that was written here (render/pdf.h, render/pdf_update.h), and of any
 * other says that it is not: classic cross-references, no object streams, FlateDecode alone, one
 * level of pages. It is given strangers' files, so everything is bounded, and nothing is written,
 * run or fetched. It shares no code with what writes. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum {
    VERIFY_PDF_MAX_BYTES = 64 * 1024 * 1024,
    VERIFY_PDF_MAX_STREAM = 32 * 1024 * 1024,    /* unpacked */
    VERIFY_PDF_MAX_UNPACKED = 256 * 1024 * 1024, /* all together, with what was tried */
    VERIFY_PDF_MAX_PAGES = 500,
    VERIFY_PDF_MAX_FILES = 16,
};

struct verify_pdf;

/* The bytes are borrowed. ERROR_INVALID: no such PDF; the same everywhere below, with the part that
 * cannot be read in err->text. */
CHECKED bool verify_pdf_open(struct arena *arena, struct bytes pdf, struct verify_pdf **out,
                             struct error *err);

size_t verify_pdf_page_count(const struct verify_pdf *pdf);

/* The page's content, unpacked. */
CHECKED bool verify_pdf_page(struct verify_pdf *pdf, size_t page, struct bytes *out,
                             struct error *err);

/* The way from codes to text of a font that the page calls by that name ("F0"), unpacked. */
CHECKED bool verify_pdf_cmap(struct verify_pdf *pdf, size_t page, const char *font,
                             struct bytes *out, struct error *err);

/* The files inside, in the order they stand. */
struct verify_pdf_file {
    const char *name;
    struct bytes bytes;
};
CHECKED bool verify_pdf_files(struct verify_pdf *pdf, struct verify_pdf_file **out, size_t *count,
                              struct error *err);
