#include "render/pdf.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "render/pdf_font.h"
#include "render/pdf_tags.h"
#include "render/pdf_tree.h"

#include <assert.h>
#include <math.h>
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
    int stem_width;
} faces[FACES] = {
    [PDF_REGULAR] = {pdf_font_regular, pdf_font_regular_end, "SKJEMA+OpenSans-Regular", 80},
    [PDF_BOLD] = {pdf_font_bold, pdf_font_bold_end, "SKJEMA+OpenSans-Bold", 140},
    [SYMBOLS] = {pdf_font_symbols, pdf_font_symbols_end, "SKJEMB+DejaVuSans", 80},
};

/* No colour, no face: what a page begins with is not relied on. */
#define UNSET UINT32_MAX

struct pdf {
    struct arena *arena;
    struct pdf_about about;
    struct pdf_font *fonts[FACES];
    struct buf pages[PDF_PAGES_MAX]; /* each page's content stream, as it grows */
    size_t page_count, page;
    struct pdf_tree *tree;
    const struct pdf_element *marked; /* whose mark is open on this page; NULL: none */
    struct pens {
        uint32_t fill, stroke;
        size_t face; /* and size: of text */
        double size;
    } pens; /* as they were set last on this page */
    struct pdf_file *files;
    size_t file_count;
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
    pdf->tree = pdf_tree_new(arena);
    for (size_t i = 0; i < FACES; i++) {
        struct bytes file = {faces[i].start, (size_t)(faces[i].end - faces[i].start)};
        pdf->fonts[i] = pdf_font_new(arena, file);
    }
    return pdf;
}

/* The end of what pdf_mark began. */
static void close_mark(struct pdf *pdf)
{
    if (pdf->marked)
        buf_add_text(&pdf->pages[pdf->page], "EMC\n");
    pdf->marked = NULL;
}

static void forget_pens(struct pdf *pdf)
{
    pdf->pens = (struct pens){UNSET, UNSET, UNSET, 0};
}

void pdf_add_page(struct pdf *pdf)
{
    if (pdf->page_count == PDF_PAGES_MAX) {
        pdf->failed = true;
        return;
    }
    close_mark(pdf);
    forget_pens(pdf);
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
    if (page == pdf->page)
        return;
    close_mark(pdf);
    forget_pens(pdf);
    pdf->page = page;
}

bool pdf_has_failed(const struct pdf *pdf)
{
    return pdf->failed;
}

void pdf_attach(struct pdf *pdf, const struct pdf_file *files, size_t count)
{
    pdf->files = ARENA_ARRAY(pdf->arena, count, struct pdf_file);
    pdf->file_count = count;
    for (size_t i = 0; i < count; i++)
        pdf->files[i] = files[i];
}

struct pdf_element *pdf_begin(struct pdf *pdf, struct pdf_part part)
{
    return pdf_tree_begin(pdf->tree, part);
}

void pdf_resume(struct pdf *pdf, struct pdf_element *part)
{
    pdf_tree_resume(pdf->tree, part);
}

void pdf_end(struct pdf *pdf)
{
    pdf_tree_end(pdf->tree);
}

/* What comes next on this page belongs to the current part, or to none (ISO 32000-1 14.6). */
static void open_mark(struct pdf *pdf, bool is_artifact)
{
    static const struct pdf_element artifact = {.part = {.role = PDF_ARTIFACT}};
    const struct pdf_element *current = pdf->tree->current;
    if (is_artifact || current->part.role == PDF_ARTIFACT)
        current = &artifact;
    if (pdf->marked == current)
        return;
    close_mark(pdf);
    struct buf *out = &pdf->pages[pdf->page];
    if (current == &artifact) {
        buf_add_text(out, "/Artifact BMC\n");
    } else {
        buf_add_byte(out, '/');
        buf_add_text(out, pdf_tree_role_name(current->part.role));
        buf_add_text(out, "<</MCID ");
        buf_add_number(out, pdf_tree_mark(pdf->tree, pdf->page));
        buf_add_text(out, ">>BDC\n");
    }
    pdf->marked = current;
}

/* Where to draw; NULL when drawing has no use any more. */
static struct buf *canvas(struct pdf *pdf, bool is_artifact)
{
    assert(pdf->page_count > 0);
    if (pdf->failed)
        return NULL;
    open_mark(pdf, is_artifact);
    return &pdf->pages[pdf->page];
}

/* A number with at most three decimals; printf's would have the locale's decimal sign. Size is
 * bounded as readers may bound it (ISO 32000-1 C.2). */
static void add_number(struct buf *out, double number)
{
    long thousandths = lround(fmax(-32767, fmin(32767, number)) * 1000);
    unsigned long size = (unsigned long)labs(thousandths);
    if (thousandths < 0)
        buf_add_byte(out, '-');
    buf_add_number(out, size / 1000);
    size %= 1000;
    if (size)
        buf_add_byte(out, '.');
    for (unsigned long unit = 100; size; unit /= 10) {
        buf_add_byte(out, (unsigned char)('0' + size / unit));
        size %= unit;
    }
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
    buf_add_text(out, operator);
}

static void fill_with(struct pdf *pdf, struct buf *out, uint32_t color)
{
    if (pdf->pens.fill != color)
        add_color(out, color, "rg\n");
    pdf->pens.fill = color;
}

struct sign {
    size_t face;
    uint16_t code;
};

/* The code point at *at in the face that has it. */
static struct sign next_sign(struct pdf *pdf, enum pdf_weight weight, const char **at)
{
    uint32_t code_point = text_next(at);
    if (code_point == '\t' || code_point == '\n' || code_point == '\r')
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

static void write_in(struct pdf *pdf, struct buf *out, size_t face, double size)
{
    if (pdf->pens.face == face && pdf->pens.size == size)
        return;
    buf_add_text(out, "/F");
    buf_add_number(out, face);
    buf_add_byte(out, ' ');
    add_number(out, size);
    buf_add_text(out, "Tf\n");
    pdf->pens.face = face;
    pdf->pens.size = size;
}

static void add_code(struct buf *out, uint16_t code)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char hex[4];
    for (size_t i = 0; i < sizeof hex; i++)
        hex[i] = (unsigned char)digits[code >> (12 - 4 * i) & 0xF];
    buf_add(out, (struct bytes){hex, sizeof hex});
}

void pdf_text(struct pdf *pdf, enum pdf_weight weight, double size, uint32_t color, double x,
              double y, struct bytes text)
{
    enum { CODES_IN_A_STRING = 250 }; /* readers need not take long strings (C.2) */
    assert(pdf_tree_holds_text(pdf->tree->current->part.role));
    struct buf *out = text.size ? canvas(pdf, false) : NULL;
    if (!out)
        return;
    fill_with(pdf, out, color);
    buf_add_text(out, "BT ");
    add_point(out, x, y);
    buf_add_text(out, "Td ");
    const char *at = (const char *)text.data, *end = at + text.size;
    for (size_t count = 0; at < end; count++) {
        struct sign sign = next_sign(pdf, weight, &at);
        bool is_other = !count || sign.face != pdf->pens.face;
        if (count && (is_other || count % CODES_IN_A_STRING == 0))
            buf_add_text(out, "> Tj\n");
        if (is_other)
            write_in(pdf, out, sign.face, size);
        if (is_other || count % CODES_IN_A_STRING == 0)
            buf_add_byte(out, '<');
        add_code(out, sign.code);
    }
    buf_add_text(out, "> Tj ET\n");
}

void pdf_box(struct pdf *pdf, double x, double y, double width, double height, uint32_t color)
{
    struct buf *out = canvas(pdf, true);
    if (!out)
        return;
    fill_with(pdf, out, color);
    add_point(out, x, y + height);
    add_number(out, width);
    add_number(out, height);
    buf_add_text(out, "re f\n");
}

void pdf_line(struct pdf *pdf, double x1, double y1, double x2, double y2, double width,
              uint32_t color)
{
    struct buf *out = canvas(pdf, true);
    if (!out)
        return;
    if (pdf->pens.stroke != color)
        add_color(out, color, "RG\n");
    pdf->pens.stroke = color;
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
    struct buf *out = canvas(pdf, pdf->tree->current->part.role != PDF_FIGURE);
    if (!out)
        return;
    buf_add_text(out, "q ");
    add_number(out, scale);
    buf_add_text(out, "0 0 ");
    add_number(out, -scale);
    add_point(out, x, y);
    buf_add_text(out, "cm 1 J 1 j ");
    add_color(out, path->color, path->stroke > 0 ? "RG\n" : "rg\n");
    if (path->stroke > 0) {
        add_number(out, path->stroke);
        buf_add_text(out, "w\n");
    }
    draw_outline(out, path->path);
    buf_add_text(out, path->stroke > 0 ? "S Q\n" : "f Q\n");
}

bool pdf_write(struct pdf *pdf, struct bytes *out, struct error *err)
{
    assert(pdf->page_count > 0);
    if (pdf->failed)
        return error_set(err, ERROR_LIMIT, "a PDF of more than %d pages", PDF_PAGES_MAX);
    close_mark(pdf);
    assert(pdf->tree->current == pdf->tree->document);
    struct pdf_tags_font fonts[FACES];
    for (size_t i = 0; i < FACES; i++)
        fonts[i] = (struct pdf_tags_font){pdf->fonts[i], faces[i].name, faces[i].stem_width};
    const struct pdf_tags_document document = {
        .about = &pdf->about,
        .fonts = fonts,
        .font_count = FACES,
        .pages = pdf->pages,
        .page_count = pdf->page_count,
        .tree = pdf->tree,
        .files = pdf->files,
        .file_count = pdf->file_count,
    };
    return pdf_tags_write(pdf->arena, &document, out, err);
}
