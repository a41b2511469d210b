#include "render/pdf_font.h"

#include "engine/base/buf.h"

#include <assert.h>
#include <string.h>

#define SUBSTITUTE 0xFFFD

/* Three steps from code point to code: 17 planes of 256 blocks of 256, made when first used. */
enum { BLOCK = 256, PLANE = 256 * BLOCK, PLANE_COUNT = 17 };

struct table {
    size_t at, size;
};

struct code {
    uint32_t code_point;
    uint16_t glyph; /* of the file */
    bool is_own;    /* the font has it; else it looks like the substitute */
    int advance;
};

struct pdf_font {
    struct arena *arena;
    struct bytes file;
    struct table head, hhea, hmtx, maxp, loca, glyf;
    size_t cmap4; /* the format 4 subtable */
    unsigned units_per_em, metric_count, glyph_count;
    bool long_loca;

    struct code *codes;
    size_t code_count, code_capacity;
    uint16_t **planes[PLANE_COUNT];

    /* When it is stored: glyphs that codes have no use for but as parts of others come after the
     * codes' own. */
    uint16_t *parts;
    size_t part_count;
    uint16_t *slot_of; /* glyph of the file to its place in what is stored; 0: none yet */
};

static unsigned read16(const struct pdf_font *font, size_t at)
{
    assert(at + 2 <= font->file.size);
    const unsigned char *p = font->file.data + at;
    return (unsigned)p[0] << 8 | p[1];
}

static int read16_signed(const struct pdf_font *font, size_t at)
{
    return (int16_t)read16(font, at);
}

static uint32_t read32(const struct pdf_font *font, size_t at)
{
    return (uint32_t)read16(font, at) << 16 | read16(font, at + 2);
}

static struct table find_table(const struct pdf_font *font, const char *tag)
{
    unsigned count = read16(font, 4);
    for (size_t i = 0; i < count; i++) {
        size_t record = 12 + 16 * i;
        if (memcmp(font->file.data + record, tag, 4) != 0)
            continue;
        struct table table = {read32(font, record + 8), read32(font, record + 12)};
        assert(table.at + table.size <= font->file.size);
        return table;
    }
    assert(false && "a font of ours has all tables");
    return (struct table){0};
}

static size_t find_cmap4(const struct pdf_font *font)
{
    struct table cmap = find_table(font, "cmap");
    unsigned count = read16(font, cmap.at + 2);
    for (size_t i = 0; i < count; i++) {
        size_t subtable = cmap.at + read32(font, cmap.at + 4 + 8 * i + 4);
        if (read16(font, subtable) == 4)
            return subtable;
    }
    assert(false && "a font of ours has a cmap of format 4");
    return 0;
}

/* OpenType 1.9, cmap format 4: four arrays with an entry for each run of code points. */
static uint16_t find_glyph(const struct pdf_font *font, uint32_t code_point)
{
    size_t runs = read16(font, font->cmap4 + 6) / 2;
    size_t ends = font->cmap4 + 14, starts = ends + 2 * runs + 2;
    size_t deltas = starts + 2 * runs, offsets = deltas + 2 * runs;
    size_t low = 0, high = runs; /* the first run that ends at or after the code point */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (read16(font, ends + 2 * middle) < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == runs || code_point < read16(font, starts + 2 * low))
        return 0;
    unsigned start = read16(font, starts + 2 * low);
    unsigned delta = read16(font, deltas + 2 * low);
    unsigned offset = read16(font, offsets + 2 * low);
    if (!offset)
        return (uint16_t)(code_point + delta);
    unsigned glyph = read16(font, offsets + 2 * low + offset + 2 * (code_point - start));
    return (uint16_t)(glyph ? glyph + delta : 0);
}

/* Glyphs after the last entry are as wide as it. */
static size_t metric_of(const struct pdf_font *font, uint16_t glyph)
{
    unsigned entry = glyph < font->metric_count ? glyph : font->metric_count - 1;
    return font->hmtx.at + 4 * (size_t)entry;
}

static int thousandths(const struct pdf_font *font, int units)
{
    int scaled = units * 1000, half = (int)font->units_per_em / 2;
    return (scaled + (units < 0 ? -half : half)) / (int)font->units_per_em;
}

static uint16_t known_code(const struct pdf_font *font, uint32_t code_point)
{
    assert(code_point < PLANE_COUNT * PLANE);
    uint16_t **plane = font->planes[code_point / PLANE];
    const uint16_t *block = plane ? plane[code_point % PLANE / BLOCK] : NULL;
    return block ? block[code_point % BLOCK] : 0;
}

bool pdf_font_has(const struct pdf_font *font, uint32_t code_point)
{
    const struct code *known = &font->codes[known_code(font, code_point)];
    if (known->code_point == code_point)
        return known->is_own;
    return code_point <= 0xFFFF && find_glyph(font, code_point) != 0;
}

/* In slots that are there for it already. */
static uint16_t *code_slot(struct pdf_font *font, uint32_t code_point)
{
    uint16_t ***plane = &font->planes[code_point / PLANE];
    if (!*plane)
        *plane = ARENA_ARRAY(font->arena, PLANE / BLOCK, uint16_t *);
    uint16_t **block = &(*plane)[code_point % PLANE / BLOCK];
    if (!*block)
        *block = ARENA_ARRAY(font->arena, BLOCK, uint16_t);
    return &(*block)[code_point % BLOCK];
}

static void make_room(struct pdf_font *font)
{
    if (font->code_count < font->code_capacity)
        return;
    font->code_capacity = font->code_capacity ? 2 * font->code_capacity : 128;
    struct code *grown = ARENA_ARRAY(font->arena, font->code_capacity, struct code);
    if (font->code_count)
        memcpy(grown, font->codes, font->code_count * sizeof *grown);
    font->codes = grown;
}

static uint16_t add_code(struct pdf_font *font, uint32_t code_point)
{
    bool is_own = pdf_font_has(font, code_point);
    make_room(font);
    struct code *code = &font->codes[font->code_count];
    code->code_point = code_point;
    code->is_own = is_own;
    code->glyph = find_glyph(font, is_own ? code_point : SUBSTITUTE);
    code->advance = thousandths(font, (int)read16(font, metric_of(font, code->glyph)));
    return (uint16_t)font->code_count++;
}

struct pdf_font *pdf_font_new(struct arena *arena, struct bytes truetype)
{
    struct pdf_font *font = ARENA_NEW(arena, struct pdf_font);
    font->arena = arena;
    font->file = truetype;
    font->head = find_table(font, "head");
    font->hhea = find_table(font, "hhea");
    font->hmtx = find_table(font, "hmtx");
    font->maxp = find_table(font, "maxp");
    font->loca = find_table(font, "loca");
    font->glyf = find_table(font, "glyf");
    font->cmap4 = find_cmap4(font);
    font->units_per_em = read16(font, font->head.at + 18);
    font->long_loca = read16(font, font->head.at + 50) == 1;
    font->metric_count = read16(font, font->hhea.at + 34);
    font->glyph_count = read16(font, font->maxp.at + 4);
    assert(font->units_per_em && font->metric_count && font->glyph_count);
    make_room(font);
    font->code_count = 1; /* code 0 is never drawn: .notdef, which every font has first */
    return font;
}

uint16_t pdf_font_code(struct pdf_font *font, uint32_t code_point)
{
    uint16_t known = known_code(font, code_point);
    if (known)
        return known;
    uint16_t *code = code_slot(font, code_point);
    if (font->code_count >= PDF_FONT_CODES_MAX - 1 && code_point != SUBSTITUTE)
        return *code = pdf_font_code(font, SUBSTITUTE); /* the last code is kept free for it */
    return *code = add_code(font, code_point);
}

int pdf_font_advance(const struct pdf_font *font, uint16_t code)
{
    assert(code < font->code_count);
    return font->codes[code].advance;
}

size_t pdf_font_code_count(const struct pdf_font *font)
{
    return font->code_count;
}

static struct table find_outline(const struct pdf_font *font, uint16_t glyph)
{
    size_t from, to;
    if (font->long_loca) {
        from = read32(font, font->loca.at + 4 * (size_t)glyph);
        to = read32(font, font->loca.at + 4 * (size_t)glyph + 4);
    } else {
        from = 2 * (size_t)read16(font, font->loca.at + 2 * (size_t)glyph);
        to = 2 * (size_t)read16(font, font->loca.at + 2 * (size_t)glyph + 2);
    }
    assert(from <= to && to <= font->glyf.size);
    return (struct table){font->glyf.at + from, to - from};
}

struct pdf_font_shape pdf_font_shape(const struct pdf_font *font)
{
    struct pdf_font_shape shape = {
        .ascent = thousandths(font, read16_signed(font, font->hhea.at + 4)),
        .descent = thousandths(font, read16_signed(font, font->hhea.at + 6)),
    };
    for (size_t i = 0; i < COUNT(shape.box); i++)
        shape.box[i] = thousandths(font, read16_signed(font, font->head.at + 36 + 2 * i));
    shape.cap_height = shape.ascent;
    uint16_t capital = find_glyph(font, 'H');
    if (capital)
        shape.cap_height =
            thousandths(font, read16_signed(font, find_outline(font, capital).at + 8));
    return shape;
}

static void add16(struct buf *buf, unsigned value)
{
    buf_add_byte(buf, (unsigned char)(value >> 8));
    buf_add_byte(buf, (unsigned char)value);
}

static void add32(struct buf *buf, uint32_t value)
{
    add16(buf, value >> 16);
    add16(buf, value & 0xFFFF);
}

static void put16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static uint16_t glyph_at(const struct pdf_font *font, size_t slot)
{
    return slot < font->code_count ? font->codes[slot].glyph : font->parts[slot - font->code_count];
}

static uint16_t slot_for(struct pdf_font *font, uint16_t glyph)
{
    assert(glyph < font->glyph_count);
    if (glyph && !font->slot_of[glyph]) {
        font->slot_of[glyph] = (uint16_t)(font->code_count + font->part_count);
        font->parts[font->part_count++] = glyph;
    }
    return font->slot_of[glyph];
}

/* Each code has the slot of its number. */
static void give_slots(struct pdf_font *font)
{
    font->slot_of = ARENA_ARRAY(font->arena, font->glyph_count, uint16_t);
    font->parts = ARENA_ARRAY(font->arena, font->glyph_count, uint16_t);
    font->part_count = 0;
    for (size_t i = 1; i < font->code_count; i++)
        font->slot_of[font->codes[i].glyph] = (uint16_t)i;
}

/* A glyph made of others names them; they move to slots of this document, and come along
 * (OpenType 1.9, glyf, composite glyph description). */
static void take_components(struct pdf_font *font, size_t at, unsigned char *copy)
{
    enum { WORDS = 1, SCALE = 8, MORE = 32, SCALE_XY = 64, SCALE_2X2 = 128 };
    size_t step = 10; /* past the number of contours and the box */
    unsigned flags;
    do {
        flags = read16(font, at + step);
        put16(copy + step + 2, slot_for(font, (uint16_t)read16(font, at + step + 2)));
        step += flags & WORDS ? 8u : 6u; /* flags, glyph and where it is put */
        step += flags & SCALE ? 2u : flags & SCALE_XY ? 4u : flags & SCALE_2X2 ? 8u : 0u;
    } while (flags & MORE);
}

/* Fills glyf, loca and hmtx; the number of parts grows on the way. */
static void add_glyphs(struct pdf_font *font, struct buf *glyf, struct buf *loca, struct buf *hmtx)
{
    for (size_t slot = 0; slot < font->code_count + font->part_count; slot++) {
        uint16_t glyph = glyph_at(font, slot);
        struct table outline = find_outline(font, glyph);
        add32(loca, (uint32_t)glyf->size);
        size_t copy = glyf->size;
        buf_add(glyf, (struct bytes){font->file.data + outline.at, outline.size});
        if (outline.size && read16_signed(font, outline.at) < 0)
            take_components(font, outline.at, glyf->data + copy);
        while (glyf->size % 4)
            buf_add_byte(glyf, 0);

        size_t metric = metric_of(font, glyph);
        size_t bearing = metric + 2;
        if (glyph >= font->metric_count)
            bearing = font->hmtx.at + 4 * (size_t)font->metric_count +
                      2 * (size_t)(glyph - font->metric_count);
        add16(hmtx, read16(font, metric));
        add16(hmtx, read16(font, bearing));
    }
    add32(loca, (uint32_t)glyf->size);
}

static uint32_t checksum(struct bytes bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum += (uint32_t)bytes.data[i] << (24 - 8 * (i % 4));
    return sum;
}

static struct bytes copy_table(struct pdf_font *font, struct table table)
{
    return arena_bytes(font->arena, (struct bytes){font->file.data + table.at, table.size});
}

struct bytes pdf_font_file(struct pdf_font *font)
{
    struct buf glyf, loca, hmtx;
    buf_init(&glyf, font->arena);
    buf_init(&loca, font->arena);
    buf_init(&hmtx, font->arena);
    give_slots(font);
    add_glyphs(font, &glyf, &loca, &hmtx);
    size_t slot_count = font->code_count + font->part_count;

    struct bytes head = copy_table(font, font->head), hhea = copy_table(font, font->hhea);
    struct bytes maxp = copy_table(font, font->maxp);
    put16((unsigned char *)head.data + 8, 0); /* sum of the whole file, below */
    put16((unsigned char *)head.data + 10, 0);
    put16((unsigned char *)head.data + 50, 1); /* loca has 32 bits */
    put16((unsigned char *)hhea.data + 34, (unsigned)slot_count);
    put16((unsigned char *)maxp.data + 4, (unsigned)slot_count);

    struct {
        const char *tag;
        struct bytes bytes;
    } tables[] = {
        {"glyf", buf_bytes(&glyf)}, {"head", head}, {"hhea", hhea}, {"hmtx", buf_bytes(&hmtx)},
        {"loca", buf_bytes(&loca)}, {"maxp", maxp}};
    struct buf file;
    buf_init(&file, font->arena);
    add32(&file, 0x00010000);
    add16(&file, COUNT(tables));
    add16(&file,
          64); /* what helps a binary search among 6 tables: 4 of 16 bytes, 2 steps, 2 over */
    add16(&file, 2);
    add16(&file, 32);
    size_t at = 12 + 16 * COUNT(tables), head_at = 0;
    for (size_t i = 0; i < COUNT(tables); i++) {
        buf_add(&file, (struct bytes){(const unsigned char *)tables[i].tag, 4});
        add32(&file, checksum(tables[i].bytes));
        add32(&file, (uint32_t)at);
        add32(&file, (uint32_t)tables[i].bytes.size);
        if (tables[i].bytes.data == head.data)
            head_at = at;
        at += (tables[i].bytes.size + 3) / 4 * 4;
    }
    for (size_t i = 0; i < COUNT(tables); i++) {
        buf_add(&file, tables[i].bytes);
        while (file.size % 4)
            buf_add_byte(&file, 0);
    }
    uint32_t adjustment = 0xB1B0AFBA - checksum(buf_bytes(&file));
    put16(file.data + head_at + 8, adjustment >> 16);
    put16(file.data + head_at + 10, adjustment & 0xFFFF);
    return buf_bytes(&file);
}

static void add_utf16(struct buf *out, uint32_t code_point)
{
    if (code_point == 0xFEFF || code_point == 0xFFFE)
        code_point = SUBSTITUTE; /* no code is read as one of these (ISO 14289-1 7.21.7) */
    if (code_point < 0x10000)
        buf_printf(out, "%04X", (unsigned)code_point);
    else
        buf_printf(out, "%04X%04X", (unsigned)(0xD800 + ((code_point - 0x10000) >> 10)),
                   (unsigned)(0xDC00 + (code_point & 0x3FF)));
}

char *pdf_font_to_unicode(struct pdf_font *font)
{
    enum { LINES_MAX = 100 }; /* in one bfchar section */
    struct buf out;
    buf_init(&out, font->arena);
    buf_add_text(&out, "/CIDInit /ProcSet findresource begin\n"
                       "12 dict begin\n"
                       "begincmap\n"
                       "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                       "/CMapName /Adobe-Identity-UCS def\n"
                       "/CMapType 2 def\n"
                       "1 begincodespacerange\n"
                       "<0000> <FFFF>\n"
                       "endcodespacerange\n");
    for (size_t from = 1; from < font->code_count; from += LINES_MAX) {
        size_t left = font->code_count - from, count = left < LINES_MAX ? left : LINES_MAX;
        buf_printf(&out, "%zu beginbfchar\n", count);
        for (size_t i = from; i < from + count; i++) {
            buf_printf(&out, "<%04zX> <", i);
            add_utf16(&out, font->codes[i].code_point);
            buf_add_text(&out, ">\n");
        }
        buf_add_text(&out, "endbfchar\n");
    }
    buf_add_text(&out, "endcmap\n"
                       "CMapName currentdict /CMap defineresource pop\n"
                       "end\n"
                       "end\n");
    return buf_text(&out);
}
