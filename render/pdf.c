#include "render/pdf.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "render/pdf_font.h"

#include <assert.h>
#include <hpdf.h>
#include <hpdf_doc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Made by pdf_fonts.S. */
extern const unsigned char pdf_font_regular[], pdf_font_regular_end[];
extern const unsigned char pdf_font_bold[], pdf_font_bold_end[];
extern const unsigned char pdf_font_symbols[], pdf_font_symbols_end[];

/* The two that callers choose from, and the one that has signs they lack. */
enum { SYMBOLS = PDF_BOLD + 1, FACES };

static const struct face {
    const unsigned char *start, *end;
    const char *name; /* SKJEMA+ is the tag of a font that is cut (ISO 32000-1 9.6.4) */
    int stem_width;   /* of upright strokes, in thousandths (9.8.1) */
} faces[FACES] = {
    [PDF_REGULAR] = {pdf_font_regular, pdf_font_regular_end, "SKJEMA+OpenSans-Regular", 80},
    [PDF_BOLD] = {pdf_font_bold, pdf_font_bold_end, "SKJEMA+OpenSans-Bold", 140},
    [SYMBOLS] = {pdf_font_symbols, pdf_font_symbols_end, "SKJEMB+DejaVuSans", 80},
};

struct pdf {
    struct arena *arena;
    struct pdf_about about;
    struct pdf_font *fonts[FACES];
    struct buf pages[PDF_PAGES_MAX]; /* each page's content stream, as it grows */
    size_t page_count, page;
    bool failed;
};

struct pdf *pdf_new(struct arena *arena, const struct pdf_about *about)
{
    struct pdf *pdf = ARENA_NEW(arena, struct pdf);
    pdf->arena = arena;
    pdf->about = (struct pdf_about){
        .title = text_cut(arena, about->title, PDF_TITLE_MAX),
        .author = text_cut(arena, about->author, PDF_TITLE_MAX),
        .language = arena_text(arena, about->language),
        .created_at = about->created_at,
    };
    for (size_t i = 0; i < FACES; i++) {
        struct bytes file = {faces[i].start, (size_t)(faces[i].end - faces[i].start)};
        pdf->fonts[i] = pdf_font_new(arena, file);
    }
    return pdf;
}

void pdf_add_page(struct pdf *pdf)
{
    if (pdf->page_count == PDF_PAGES_MAX) {
        pdf->failed = true;
        return;
    }
    pdf->page = pdf->page_count++;
    buf_init(&pdf->pages[pdf->page], pdf->arena);
}

size_t pdf_page_count(const struct pdf *pdf)
{
    return pdf->page_count;
}

void pdf_turn_to(struct pdf *pdf, size_t page)
{
    assert(page < pdf->page_count);
    pdf->page = page;
}

bool pdf_has_failed(const struct pdf *pdf)
{
    return pdf->failed;
}

/* Where to draw; NULL when drawing has no use any more. */
static struct buf *canvas(struct pdf *pdf)
{
    assert(pdf->page_count > 0);
    return pdf->failed ? NULL : &pdf->pages[pdf->page];
}

/* A number with at most three decimals; printf's would have the locale's decimal sign. Size is
 * bounded as readers may bound it (ISO 32000-1 C.2). */
static void add_number(struct buf *out, double number)
{
    long thousandths = lround(fmax(-32767, fmin(32767, number)) * 1000);
    unsigned long size = (unsigned long)labs(thousandths);
    buf_printf(out, thousandths < 0 ? "-%lu" : "%lu", size / 1000);
    if (size % 1000)
        buf_printf(out, ".%03lu", size % 1000);
    buf_add_byte(out, ' ');
}

static void add_point(struct buf *out, double x, double y)
{
    add_number(out, x);
    add_number(out, PDF_PAGE_HEIGHT - y);
}

static void add_color(struct buf *out, uint32_t color, const char *operator)
{
    for (int shift = 16; shift >= 0; shift -= 8)
        add_number(out, (color >> shift & 0xFF) / 255.0);
    buf_printf(out, "%s\n", operator);
}

struct sign {
    size_t face;
    uint16_t code;
};

/* The code point at *at in the face that has it. */
static struct sign next_sign(struct pdf *pdf, enum pdf_weight weight, const char **at)
{
    uint32_t code_point = text_next(at);
    if (code_point == '\t')
        code_point = ' ';
    size_t face = weight;
    if (!pdf_font_has(pdf->fonts[face], code_point) &&
        pdf_font_has(pdf->fonts[SYMBOLS], code_point))
        face = SYMBOLS;
    return (struct sign){face, pdf_font_code(pdf->fonts[face], code_point)};
}

double pdf_text_width(struct pdf *pdf, enum pdf_weight weight, double size, struct bytes text)
{
    long thousandths = 0;
    const char *at = (const char *)text.data, *end = at + text.size;
    while (at < end) {
        struct sign sign = next_sign(pdf, weight, &at);
        thousandths += pdf_font_advance(pdf->fonts[sign.face], sign.code);
    }
    return (double)thousandths * size / 1000;
}

static void add_code(struct buf *out, uint16_t code)
{
    static const char digits[] = "0123456789ABCDEF";
    for (int shift = 12; shift >= 0; shift -= 4)
        buf_add_byte(out, (unsigned char)digits[code >> shift & 0xF]);
}

void pdf_text(struct pdf *pdf, enum pdf_weight weight, double size, uint32_t color, double x,
              double y, struct bytes text)
{
    enum {
        CODES_IN_A_STRING = 250,
        NO_FACE = FACES
    }; /* readers need not take long strings (C.2) */
    struct buf *out = canvas(pdf);
    if (!out || !text.size)
        return;
    buf_add_text(out, "BT ");
    add_color(out, color, "rg");
    add_point(out, x, y);
    buf_add_text(out, "Td ");
    const char *at = (const char *)text.data, *end = at + text.size;
    size_t face = NO_FACE, count = 0;
    while (at < end) {
        struct sign sign = next_sign(pdf, weight, &at);
        if (sign.face != face || count == CODES_IN_A_STRING) {
            if (face != NO_FACE)
                buf_add_text(out, "> Tj\n");
            if (sign.face != face) {
                buf_printf(out, "/F%zu ", sign.face);
                add_number(out, size);
                buf_add_text(out, "Tf ");
            }
            buf_add_byte(out, '<');
            face = sign.face;
            count = 0;
        }
        add_code(out, sign.code);
        count++;
    }
    buf_add_text(out, "> Tj ET\n");
}

void pdf_box(struct pdf *pdf, double x, double y, double width, double height, uint32_t color)
{
    struct buf *out = canvas(pdf);
    if (!out)
        return;
    add_color(out, color, "rg");
    add_point(out, x, y + height);
    add_number(out, width);
    add_number(out, height);
    buf_add_text(out, "re f\n");
}

void pdf_line(struct pdf *pdf, double x1, double y1, double x2, double y2, double width,
              uint32_t color)
{
    struct buf *out = canvas(pdf);
    if (!out)
        return;
    add_color(out, color, "RG");
    add_number(out, width);
    buf_add_text(out, "w ");
    add_point(out, x1, y1);
    buf_add_text(out, "m ");
    add_point(out, x2, y2);
    buf_add_text(out, "l S\n");
}

/* One number of SVG path data, written as 12, -.5, 6.500; false when there is none. */
static bool read_number(const char **at, double *out)
{
    const char *p = *at + strspn(*at, " ,\n\t\r");
    double sign = 1, value = 0, unit = 1;
    if (*p == '-' || *p == '+')
        sign = *p++ == '-' ? -1 : 1;
    const char *digits = p;
    for (; *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (*p - '0');
    size_t count = (size_t)(p - digits);
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, count++)
            value += (*p - '0') * (unit /= 10);
    if (!count)
        return false;
    *at = p;
    *out = sign * value;
    return true;
}

struct pen {
    double x, y;             /* where it is */
    double start_x, start_y; /* of this subpath */
    double bend_x, bend_y;   /* last control point of a curve, for S */
};

/* Reads the numbers of one command and writes it in PDF's operators, of which there are fewer. */
static bool draw_segment(struct buf *out, char command, const char **at, struct pen *pen)
{
    char kind = (char)(command & ~0x20);
    bool relative = command & 0x20;
    size_t count = kind == 'C' ? 6 : kind == 'S' ? 4 : kind == 'H' || kind == 'V' ? 1 : 2;
    double n[6];
    for (size_t i = 0; i < count; i++) {
        if (!read_number(at, &n[i]))
            return false;
        bool is_y = kind == 'V' || (kind != 'H' && i % 2);
        if (relative)
            n[i] += is_y ? pen->y : pen->x;
    }
    double mirror_x = 2 * pen->x - pen->bend_x, mirror_y = 2 * pen->y - pen->bend_y;
    pen->x = kind == 'V' ? pen->x : n[count - (kind == 'H' ? 1 : 2)];
    pen->y = kind == 'H' ? pen->y : n[count - 1];
    pen->bend_x = pen->x;
    pen->bend_y = pen->y;
    if (kind == 'C' || kind == 'S') {
        const double *bend = n + count - 4;
        add_number(out, kind == 'C' ? n[0] : mirror_x);
        add_number(out, kind == 'C' ? n[1] : mirror_y);
        add_number(out, bend[0]);
        add_number(out, bend[1]);
        pen->bend_x = bend[0];
        pen->bend_y = bend[1];
    }
    if (kind == 'M') {
        pen->start_x = pen->x;
        pen->start_y = pen->y;
    }
    add_number(out, pen->x);
    add_number(out, pen->y);
    buf_add_text(out, kind == 'M' ? "m\n" : kind == 'C' || kind == 'S' ? "c\n" : "l\n");
    return true;
}

static void draw_outline(struct buf *out, const char *path)
{
    struct pen pen = {0};
    char command = 0;
    bool begun = false;
    for (;;) {
        path += strspn(path, " ,\n\t\r");
        if (*path && strchr("MmLlHhVvCcSsZz", *path))
            command = *path++;
        begun = begun || command == 'M' || command == 'm';
        if (!begun || !command)
            return;
        if (command == 'Z' || command == 'z') {
            buf_add_text(out, "h\n");
            pen.x = pen.start_x;
            pen.y = pen.start_y;
            command = 0;
        } else if (!draw_segment(out, command, &path, &pen)) {
            return;
        } else if (command == 'M' || command == 'm') {
            command = command == 'M' ? 'L' : 'l'; /* further pairs are lines (SVG 1.1 8.3.2) */
        }
    }
}

void pdf_draw(struct pdf *pdf, const struct pdf_path *path, double x, double y, double scale)
{
    struct buf *out = canvas(pdf);
    if (!out)
        return;
    buf_add_text(out, "q ");
    add_number(out, scale);
    buf_add_text(out, "0 0 ");
    add_number(out, -scale);
    add_point(out, x, y);
    buf_add_text(out, "cm 1 J 1 j ");
    add_color(out, path->color, path->stroke > 0 ? "RG" : "rg");
    if (path->stroke > 0) {
        add_number(out, path->stroke);
        buf_add_text(out, "w\n");
    }
    draw_outline(out, path->path);
    buf_add_text(out, path->stroke > 0 ? "S Q\n" : "f Q\n");
}

/* From here: libharu. Its objects never come back NULL, since only memory could be lacking, and
 * that ends the process; what else it minds is remembered and looked at once, when all is done. */

static void *allocate(HPDF_UINT size)
{
    void *memory = malloc(size);
    if (!memory)
        abort();
    return memory;
}

static void remember(HPDF_STATUS code, HPDF_STATUS detail, void *context)
{
    (void)detail;
    HPDF_STATUS *first = context;
    if (!*first)
        *first = code;
}

static void close_document(HPDF_Doc *document)
{
    if (*document)
        HPDF_Free(*document);
}

static HPDF_Dict new_dict(HPDF_Doc document)
{
    HPDF_Dict dict = HPDF_Dict_New(document->mmgr);
    HPDF_Xref_Add(document->xref, dict);
    return dict;
}

static HPDF_Array new_array(HPDF_Doc document, HPDF_Dict owner, const char *key)
{
    HPDF_Array array = HPDF_Array_New(document->mmgr);
    HPDF_Dict_Add(owner, key, array);
    return array;
}

static HPDF_Dict new_stream(HPDF_Doc document, struct bytes bytes)
{
    HPDF_Dict stream = HPDF_DictStream_New(document->mmgr, document->xref);
    stream->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    HPDF_Stream_Write(stream->stream, bytes.data, (HPDF_UINT)bytes.size);
    return stream;
}

static void add_string(HPDF_Doc document, HPDF_Dict dict, const char *key, const char *ascii)
{
    HPDF_Dict_Add(dict, key, HPDF_String_New(document->mmgr, ascii, NULL));
}

/* Text outside pages is UTF-16 with a byte order mark (ISO 32000-1 7.9.2.2). */
static void add_text(struct arena *arena, HPDF_Doc document, HPDF_Dict dict, const char *key,
                     const char *text)
{
    struct buf utf16;
    buf_init(&utf16, arena);
    buf_add(&utf16, (struct bytes){(const unsigned char *)"\xFE\xFF", 2});
    for (uint32_t c; (c = text_next(&text));) {
        uint32_t units[2] = {c, 0};
        if (c > 0xFFFF) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + (c & 0x3FF);
        }
        for (size_t i = 0; i < COUNT(units) && units[i]; i++) {
            buf_add_byte(&utf16, (unsigned char)(units[i] >> 8));
            buf_add_byte(&utf16, (unsigned char)units[i]);
        }
    }
    HPDF_Dict_Add(dict, key, HPDF_Binary_New(document->mmgr, utf16.data, (HPDF_UINT)utf16.size));
}

static void describe(HPDF_Doc document, const struct pdf *pdf)
{
    add_text(pdf->arena, document, document->info, "Title", pdf->about.title);
    add_text(pdf->arena, document, document->info, "Author", pdf->about.author);
    struct clock_time time = clock_oslo(pdf->about.created_at);
    int offset = abs(time.offset_minutes);
    add_string(document, document->info, "CreationDate",
               arena_printf(pdf->arena, "D:%04d%02d%02d%02d%02d%02d%c%02d'%02d'", time.year,
                            time.month, time.day, time.hour, time.minute, time.second,
                            time.offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60));
    add_string(document, document->catalog, "Lang", pdf->about.language);
    HPDF_Dict preferences = HPDF_Dict_New(document->mmgr);
    HPDF_Dict_Add(document->catalog, "ViewerPreferences", preferences);
    HPDF_Dict_AddBoolean(preferences, "DisplayDocTitle", HPDF_TRUE);
}

static HPDF_Dict write_descriptor(HPDF_Doc document, struct pdf_font *font, const struct face *face)
{
    enum { SYMBOLIC = 4 }; /* codes are our own, not those of a known set */
    struct pdf_font_shape shape = pdf_font_shape(font);
    struct bytes file = pdf_font_file(font);
    HPDF_Dict stream = new_stream(document, file);
    HPDF_Dict_AddNumber(stream, "Length1", (HPDF_INT32)file.size);

    HPDF_Dict descriptor = new_dict(document);
    HPDF_Dict_AddName(descriptor, "Type", "FontDescriptor");
    HPDF_Dict_AddName(descriptor, "FontName", face->name);
    HPDF_Dict_AddNumber(descriptor, "Flags", SYMBOLIC);
    HPDF_Dict_AddNumber(descriptor, "ItalicAngle", 0);
    HPDF_Dict_AddNumber(descriptor, "Ascent", shape.ascent);
    HPDF_Dict_AddNumber(descriptor, "Descent", shape.descent);
    HPDF_Dict_AddNumber(descriptor, "CapHeight", shape.cap_height);
    HPDF_Dict_AddNumber(descriptor, "StemV", face->stem_width);
    HPDF_Array box = new_array(document, descriptor, "FontBBox");
    for (size_t i = 0; i < COUNT(shape.box); i++)
        HPDF_Array_AddNumber(box, shape.box[i]);
    HPDF_Dict_Add(descriptor, "FontFile2", stream);
    return descriptor;
}

/* ISO 32000-1 9.7: codes of two bytes, a glyph and a width for each, and the way back to text. */
static HPDF_Dict write_font(HPDF_Doc document, struct pdf_font *font, const struct face *face)
{
    HPDF_Dict glyphs = new_dict(document);
    HPDF_Dict_AddName(glyphs, "Type", "Font");
    HPDF_Dict_AddName(glyphs, "Subtype", "CIDFontType2");
    HPDF_Dict_AddName(glyphs, "BaseFont", face->name);
    HPDF_Dict system = HPDF_Dict_New(document->mmgr);
    HPDF_Dict_Add(glyphs, "CIDSystemInfo", system);
    add_string(document, system, "Registry", "Adobe");
    add_string(document, system, "Ordering", "Identity");
    HPDF_Dict_AddNumber(system, "Supplement", 0);
    HPDF_Dict_Add(glyphs, "FontDescriptor", write_descriptor(document, font, face));
    HPDF_Dict_Add(glyphs, "CIDToGIDMap", new_stream(document, pdf_font_glyphs(font)));
    HPDF_Array runs = new_array(document, glyphs, "W");
    HPDF_Array_AddNumber(runs, 0);
    HPDF_Array widths = HPDF_Array_New(document->mmgr);
    HPDF_Array_Add(runs, widths);
    for (size_t i = 0; i < pdf_font_code_count(font); i++)
        HPDF_Array_AddNumber(widths, pdf_font_advance(font, (uint16_t)i));

    const char *cmap = pdf_font_to_unicode(font);
    HPDF_Dict type0 = new_dict(document);
    HPDF_Dict_AddName(type0, "Type", "Font");
    HPDF_Dict_AddName(type0, "Subtype", "Type0");
    HPDF_Dict_AddName(type0, "BaseFont", face->name);
    HPDF_Dict_AddName(type0, "Encoding", "Identity-H");
    HPDF_Array_Add(new_array(document, type0, "DescendantFonts"), glyphs);
    HPDF_Dict_Add(type0, "ToUnicode", new_stream(document, BYTES_OF(cmap)));
    return type0;
}

static void write_pages(HPDF_Doc document, const struct pdf *pdf, HPDF_Dict fonts)
{
    for (size_t i = 0; i < pdf->page_count; i++) {
        HPDF_Page page = HPDF_AddPage(document);
        HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
        HPDF_Dict resources = HPDF_Dict_GetItem(page, "Resources", HPDF_OCLASS_DICT);
        HPDF_Dict_Add(resources, "Font", fonts);
        HPDF_PageAttr attributes = page->attr;
        HPDF_Stream_Write(attributes->stream, pdf->pages[i].data, (HPDF_UINT)pdf->pages[i].size);
    }
}

static struct bytes save(HPDF_Doc document, struct arena *arena)
{
    HPDF_SaveToStream(document);
    HPDF_UINT32 size = HPDF_GetStreamSize(document);
    unsigned char *bytes = arena_alloc(arena, size);
    HPDF_ReadFromStream(document, bytes, &size);
    return (struct bytes){bytes, size};
}

bool pdf_write(struct pdf *pdf, struct bytes *out, struct error *err)
{
    assert(pdf->page_count > 0);
    if (pdf->failed)
        return error_set(err, ERROR_LIMIT, "a PDF of more than %d pages", PDF_PAGES_MAX);

    HPDF_STATUS failure = 0;
    CLEANUP(close_document) HPDF_Doc document = HPDF_NewEx(remember, allocate, free, 0, &failure);
    if (!document)
        return error_set(err, ERROR_BROKEN, "libharu did not start: 0x%04lx", failure);
    document->pdf_version = HPDF_VER_17;
    HPDF_SetCompressionMode(document, HPDF_COMP_ALL);
    describe(document, pdf);
    HPDF_Dict fonts = new_dict(document);
    for (size_t i = 0; i < FACES; i++)
        if (pdf_font_code_count(pdf->fonts[i]) > 1)
            HPDF_Dict_Add(fonts, arena_printf(pdf->arena, "F%zu", i),
                          write_font(document, pdf->fonts[i], &faces[i]));
    write_pages(document, pdf, fonts);
    struct bytes bytes = save(document, pdf->arena);
    if (failure)
        return error_set(err, ERROR_BROKEN, "libharu could not write the PDF: 0x%04lx", failure);
    *out = bytes;
    return true;
}
