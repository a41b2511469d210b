/* pdf_tags.h - a drawn document becomes a file: the one place that knows libharu and reaches below
 * its public functions, which have no structure tree, no metadata and no file from memory. */
#pragma once

#include "engine/base/buf.h"
#include "render/pdf.h"

struct pdf_font;
struct pdf_tree;

struct pdf_tags_font {
    struct pdf_font *font; /* pdf_font.h; not written when nothing of it was used */
    const char *name;
    int stem_width; /* of upright strokes, in thousandths (ISO 32000-1 9.8.1) */
};

struct pdf_tags_document {
    const struct pdf_about *about;
    const struct pdf_tags_font *fonts; /* F0, F1 and so on in the pages */
    size_t font_count;
    const struct buf *pages; /* a content stream each */
    size_t page_count;
    struct pdf_tree *tree; /* pdf_tree.h; its elements are given their numbers */
    const struct pdf_file *files;
    size_t file_count;
};

/* The file in the arena. The same document gives the same bytes. ERROR_BROKEN: libharu said no. */
CHECKED bool pdf_tags_write(struct arena *arena, const struct pdf_tags_document *document,
                            struct bytes *out, struct error *err);
