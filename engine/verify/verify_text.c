#include "engine/verify/verify_text.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/verify/verify_token.h"

#include <string.h>

enum {
    CODES = 8192,
    /* of a font; ours have at most 4096 */ FONTS_MAX = 8,
    MARKS_MAX = 32,
    UNITS_MAX = 16
};

struct font {
    const char *name;
    const char **texts; /* of each code, or NULL */
};

struct reader {
    struct arena *arena;
    struct verify_pdf *pdf;
    size_t page;
    struct font fonts[FONTS_MAX]; /* of all pages: they share them */
    size_t font_count;
    const struct font *font;
    bool marks[MARKS_MAX]; /* what is open: an artefact? */
    size_t mark_count, artifacts;
    struct buf out;
};

static int digit_of(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Four hex digits. */
static bool read_unit(struct bytes hex, size_t at, uint32_t *out)
{
    uint32_t unit = 0;
    if (hex.size < at + 4)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        int digit = digit_of(hex.data[i]);
        if (digit < 0)
            return false;
        unit = unit << 4 | (uint32_t)digit;
    }
    *out = unit;
    return true;
}

/* ---- fonts ---- */

/* UTF-16 in hex. */
static const char *read_utf16(struct arena *arena, struct bytes hex)
{
    struct buf out;
    buf_init(&out, arena);
    if (!hex.size || hex.size % 4 || hex.size > 4 * UNITS_MAX)
        return NULL;
    for (size_t at = 0; at < hex.size; at += 4) {
        uint32_t unit, low;
        if (!read_unit(hex, at, &unit))
            return NULL;
        if (unit >= 0xD800 && unit < 0xDC00) {
            if (!read_unit(hex, at + 4, &low) || low < 0xDC00 || low > 0xDFFF)
                return NULL;
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            at += 4;
        }
        buf_add_utf8(&out, unit);
    }
    return buf_text(&out);
}

/* "<0001> <00E5>" between beginbfchar and endbfchar (ISO 32000-2 9.10.3). */
static bool read_cmap(struct reader *reader, struct bytes cmap, struct font *font)
{
    bool within = false;
    for (size_t at = 0;;) {
        struct verify_token token = verify_token_next(cmap, &at);
        if (token.kind == VERIFY_END)
            return at >= cmap.size && !within;
        if (verify_token_is(token, "beginbfchar"))
            within = true;
        else if (verify_token_is(token, "endbfchar"))
            within = false;
        else if (within) {
            struct verify_token text = verify_token_next(cmap, &at);
            uint32_t code;
            if (token.kind != VERIFY_HEX || token.text.size != 4 ||
                !read_unit(token.text, 0, &code) || code >= CODES || text.kind != VERIFY_HEX ||
                !(font->texts[code] = read_utf16(reader->arena, text.text)))
                return false;
        }
    }
}

static bool choose_font(struct reader *reader, struct bytes name, struct error *err)
{
    const char *wanted = arena_text_of(reader->arena, name);
    for (size_t i = 0; i < reader->font_count; i++)
        if (text_equal(reader->fonts[i].name, wanted)) {
            reader->font = &reader->fonts[i];
            return true;
        }
    struct bytes cmap;
    if (reader->font_count == FONTS_MAX || strlen(wanted) > 30)
        return error_set(err, ERROR_INVALID, "page %zu has more fonts than skjema uses",
                         reader->page + 1);
    struct font *font = &reader->fonts[reader->font_count];
    *font = (struct font){wanted, ARENA_ARRAY(reader->arena, CODES, const char *)};
    if (!verify_pdf_cmap(reader->pdf, reader->page, wanted, &cmap, err))
        return false;
    if (!read_cmap(reader, cmap, font))
        return error_set(err, ERROR_INVALID, "a font of page %zu does not say what its codes mean",
                         reader->page + 1);
    reader->font_count++;
    reader->font = font;
    return true;
}

/* ---- pages ---- */

static bool show(struct reader *reader, struct bytes hex, struct error *err)
{
    if (reader->artifacts)
        return true;
    if (hex.size % 4 || reader->out.size > VERIFY_TEXT_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "the text of page %zu cannot be read",
                         reader->page + 1);
    for (size_t at = 0; at < hex.size; at += 4) {
        uint32_t code;
        bool known = reader->font && read_unit(hex, at, &code) && code < CODES;
        const char *text = known ? reader->font->texts[code] : NULL;
        if (!text)
            return error_set(err, ERROR_INVALID, "page %zu has a code without a meaning",
                             reader->page + 1);
        buf_add_text(&reader->out, text);
    }
    return true;
}

static bool open_mark(struct reader *reader, bool is_artifact, struct error *err)
{
    if (reader->mark_count == MARKS_MAX)
        return error_set(err, ERROR_INVALID, "page %zu is marked too deep", reader->page + 1);
    reader->marks[reader->mark_count++] = is_artifact;
    reader->artifacts += is_artifact;
    return true;
}

static void close_mark(struct reader *reader)
{
    if (reader->mark_count)
        reader->artifacts -= reader->marks[--reader->mark_count];
}

/* name: the last that came; string: the last that came. */
static bool act(struct reader *reader, struct verify_token word, struct bytes name,
                struct bytes string, struct error *err)
{
    if (verify_token_is(word, "Tf"))
        return choose_font(reader, name, err);
    if (verify_token_is(word, "Tj"))
        return show(reader, string, err);
    if (verify_token_is(word, "ET"))
        buf_add_byte(&reader->out, '\n');
    bool begins = verify_token_is(word, "BMC") || verify_token_is(word, "BDC");
    if (begins)
        return open_mark(reader, name.size == 8 && memcmp(name.data, "Artifact", 8) == 0, err);
    if (verify_token_is(word, "EMC"))
        close_mark(reader);
    return true;
}

static bool read_page(struct reader *reader, struct error *err)
{
    struct bytes content, name = {0}, string = {0};
    int depth = 0;
    if (!verify_pdf_page(reader->pdf, reader->page, &content, err))
        return false;
    reader->mark_count = reader->artifacts = 0;
    reader->font = NULL;
    for (size_t at = 0;;) {
        struct verify_token token = verify_token_next(content, &at);
        if (token.kind == VERIFY_END)
            break;
        depth += (token.kind == VERIFY_OPEN) - (token.kind == VERIFY_CLOSE);
        if (token.kind == VERIFY_NAME && depth == 0)
            name = (struct bytes){token.text.data + 1, token.text.size - 1};
        if (token.kind == VERIFY_HEX)
            string = token.text;
        if (token.kind == VERIFY_STRING) /* none of ours: nobody says how to read it */
            return error_set(err, ERROR_INVALID, "page %zu has text that skjema does not write",
                             reader->page + 1);
        if (token.kind == VERIFY_WORD && !act(reader, token, name, string, err))
            return false;
    }
    return true;
}

bool verify_text_read(struct arena *arena, struct verify_pdf *pdf, const char **out,
                      struct error *err)
{
    struct reader reader = {.arena = arena, .pdf = pdf};
    buf_init(&reader.out, arena);
    for (; reader.page < verify_pdf_page_count(pdf); reader.page++)
        if (!read_page(&reader, err))
            return false;
    *out = buf_text(&reader.out);
    return true;
}

static bool is_compared(uint32_t c)
{
    if (c <= ' ' || c == 0x7F || (c >= 0x80 && c <= 0xA0) || c == 0xAD || c == 0xFFFD)
        return false;
    if ((c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
        (c >= 0x205F && c <= 0x206F) || c == 0x1680 || c == 0x3000 || c == 0xFEFF)
        return false;
    return !(c >= 0xFE00 && c <= 0xFE0F) && c < 0x10000;
}

char *verify_text_bare(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena);
    for (uint32_t c; (c = text_next(&text));)
        if (is_compared(c))
            buf_add_utf8(&out, c);
    return buf_text(&out);
}
