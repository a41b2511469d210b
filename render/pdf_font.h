/* pdf_font.h - a TrueType font that is built into the program, cut down to what one document uses.
 *
 * libharu 2.3.0 loads fonts only from a named file, reads them with a parser that had its security
 * fixes later than our distribution, always writes the map from codes to glyphs for 65,536 codes (8
 * ms of the 9 that a receipt took) and leaves out code points above U+FFFF. So fonts are read and
 * cut here, and libharu only stores the result. What is cut is one of our own files, made by the
 * build (static/fonts/): its shape is asserted, not checked.
 *
 * Each code point that is used gets a code of its own, also where two share a glyph, so that the
 * way back from code to text is exact (ISO 32000-1 9.10.3). */
#pragma once

#include "engine/base/arena.h"

enum { PDF_FONT_CODES_MAX = 4096 };

struct pdf_font;

/* truetype is not copied: it outlives the font. At least the tables head, hhea, hmtx, maxp, cmap
 * (format 4), loca and glyf (OpenType 1.9). */
struct pdf_font *pdf_font_new(struct arena *arena, struct bytes truetype);

bool pdf_font_has(const struct pdf_font *font, uint32_t code_point);

/* The code that shows this code point; from now on it is part of the document. What the font does
 * not have is shown as U+FFFD; so is what comes after PDF_FONT_CODES_MAX different code points, and
 * then it is also read back as U+FFFD. */
uint16_t pdf_font_code(struct pdf_font *font, uint32_t code_point);

/* In thousandths of the font size. */
int pdf_font_advance(const struct pdf_font *font, uint16_t code);

/* Codes are 0 (never drawn) to this, exclusive. 1: nothing of the font was used. */
size_t pdf_font_code_count(const struct pdf_font *font);

/* In thousandths of the font size, from the base line; box is left, bottom, right, top. */
struct pdf_font_shape {
    int ascent, descent, cap_height, box[4];
};
struct pdf_font_shape pdf_font_shape(const struct pdf_font *font);

/* What the document stores: a TrueType font with the used glyphs only, in the order of their codes,
 * so that a code is its glyph's number (CIDToGIDMap /Identity, 9.7.4.3); the CMap from codes to
 * UTF-16 (ToUnicode, 9.10.3). */
struct bytes pdf_font_file(struct pdf_font *font);
char *pdf_font_to_unicode(struct pdf_font *font);
