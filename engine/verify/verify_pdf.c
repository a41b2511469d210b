#include "engine/verify/verify_pdf.h"

#include "engine/base/text.h"
#include "engine/verify/verify_token.h"

#include <string.h>
#include <zlib.h>

enum {
    SECTIONS_MAX = 16,    /* of cross-references */
    REFERENCE_BYTES = 20, /* a line of them */
    NUMBER_MAX = 10 * 1000 * 1000,
};

struct verify_pdf {
    struct arena *arena;
    struct bytes bytes;
    size_t *places; /* of each object by its number; 0: there is none */
    size_t place_count;
    struct bytes trailer, catalog;
    size_t pages[VERIFY_PDF_MAX_PAGES]; /* their objects */
    size_t page_count;
    size_t unpacked; /* of all streams together, so far */
};

static bool unreadable(struct error *err, const char *what)
{
    return error_set(err, ERROR_INVALID, "%s cannot be read: not as skjema writes it", what);
}

/* ---- objects ---- */

/* What stands behind a key of a dictionary, which begins with "<<". */
static bool find_value(struct bytes dictionary, const char *key, struct bytes *out)
{
    size_t at = 0;
    if (!verify_token_is(verify_token_next(dictionary, &at), "<<"))
        return false;
    for (;;) {
        struct verify_token name = verify_token_next(dictionary, &at);
        size_t start = at;
        if (name.kind != VERIFY_NAME || !verify_token_skip(dictionary, &at))
            return false;
        if (verify_token_is(name, key)) {
            *out = (struct bytes){dictionary.data + start, at - start};
            return true;
        }
    }
}

static bool read_reference(struct bytes value, size_t *number)
{
    size_t at = 0, generation;
    return verify_token_number(verify_token_next(value, &at), number) &&
           verify_token_number(verify_token_next(value, &at), &generation) &&
           verify_token_is(verify_token_next(value, &at), "R");
}

/* The object's value, to the end of the file: whoever reads it knows where it ends. */
static bool find_object(const struct verify_pdf *pdf, size_t number, struct bytes *out)
{
    size_t place = number < pdf->place_count ? pdf->places[number] : 0;
    if (!place || place >= pdf->bytes.size)
        return false;
    struct bytes rest = {pdf->bytes.data + place, pdf->bytes.size - place};
    size_t at = 0, found, generation;
    if (!verify_token_number(verify_token_next(rest, &at), &found) || found != number ||
        !verify_token_number(verify_token_next(rest, &at), &generation) ||
        !verify_token_is(verify_token_next(rest, &at), "obj"))
        return false;
    *out = (struct bytes){rest.data + at, rest.size - at};
    return true;
}

/* A value as it stands, or the object that it refers to. */
static bool find_resolved(const struct verify_pdf *pdf, struct bytes dictionary, const char *key,
                          struct bytes *out)
{
    struct bytes value;
    size_t number;
    if (!find_value(dictionary, key, &value))
        return false;
    if (read_reference(value, &number))
        return find_object(pdf, number, out);
    *out = value;
    return true;
}

static bool find_number(const struct verify_pdf *pdf, struct bytes dictionary, const char *key,
                        size_t *out)
{
    struct bytes value;
    size_t at = 0;
    return find_resolved(pdf, dictionary, key, &value) &&
           verify_token_number(verify_token_next(value, &at), out);
}

/* ---- streams ---- */

/* Grows the room as long as it is too small. */
static bool unpack(struct verify_pdf *pdf, struct bytes packed, struct bytes *out)
{
    for (size_t room = 4 * packed.size + 1024; room <= 4 * (size_t)VERIFY_PDF_MAX_STREAM;
         room *= 4) {
        size_t taken = room < VERIFY_PDF_MAX_STREAM ? room : VERIFY_PDF_MAX_STREAM;
        pdf->unpacked += taken;
        if (pdf->unpacked > VERIFY_PDF_MAX_UNPACKED)
            return false;
        unsigned char *to = arena_alloc(pdf->arena, taken);
        uLongf size = taken;
        uLong used = packed.size;
        int outcome = uncompress2(to, &size, packed.data, &used);
        if (outcome == Z_OK && used == packed.size) {
            *out = (struct bytes){to, size};
            return true;
        }
        if (outcome != Z_BUF_ERROR || taken < room || taken == VERIFY_PDF_MAX_STREAM)
            return false;
    }
    return false;
}

static bool is_packed(struct bytes dictionary, bool *packed)
{
    struct bytes filter;
    size_t at = 0;
    *packed = find_value(dictionary, "/Filter", &filter);
    if (!*packed)
        return true;
    struct verify_token token = verify_token_next(filter, &at);
    bool list = verify_token_is(token, "[");
    if (list)
        token = verify_token_next(filter, &at);
    return verify_token_is(token, "/FlateDecode") &&
           (!list || verify_token_is(verify_token_next(filter, &at), "]"));
}

/* object: a dictionary, and its stream behind it. */
static bool read_stream(struct verify_pdf *pdf, struct bytes object, struct bytes *out)
{
    size_t at = 0, size;
    bool packed;
    if (!verify_token_skip(object, &at))
        return false;
    struct bytes dictionary = {object.data, at};
    if (!verify_token_is(verify_token_next(object, &at), "stream") ||
        !find_number(pdf, dictionary, "/Length", &size) || !is_packed(dictionary, &packed))
        return false;
    at += at < object.size && object.data[at] == '\r';
    at += at < object.size && object.data[at] == '\n';
    if (size > object.size - at)
        return false;
    struct bytes content = {object.data + at, size};
    at += size;
    if (!verify_token_is(verify_token_next(object, &at), "endstream"))
        return false;
    if (packed)
        return unpack(pdf, content, out);
    *out = content;
    return true;
}

/* ---- where everything is ---- */

static void set_place(struct verify_pdf *pdf, size_t number, size_t place)
{
    if (number < pdf->place_count && !pdf->places[number]) /* a later section wins */
        pdf->places[number] = place;
}

/* "xref", runs of lines, "trailer" (ISO 32000-2 7.5.4). */
static bool read_section(struct verify_pdf *pdf, size_t start, struct bytes *trailer)
{
    struct bytes rest = {pdf->bytes.data + start, pdf->bytes.size - start};
    size_t at = 0, first, count;
    if (!verify_token_is(verify_token_next(rest, &at), "xref"))
        return false;
    for (;;) {
        struct verify_token token = verify_token_next(rest, &at);
        if (verify_token_is(token, "trailer"))
            break;
        if (!verify_token_number(token, &first) ||
            !verify_token_number(verify_token_next(rest, &at), &count) || first > NUMBER_MAX ||
            at >= rest.size || count > (rest.size - at - 1) / REFERENCE_BYTES)
            return false;
        at++; /* the line's end */
        for (size_t i = 0; i < count; i++, at += REFERENCE_BYTES) {
            struct bytes line = {rest.data + at, REFERENCE_BYTES};
            size_t in_line = 0, place;
            if (!verify_token_number(verify_token_next(line, &in_line), &place))
                return false;
            if (line.data[17] == 'n')
                set_place(pdf, first + i, place);
        }
    }
    *trailer = (struct bytes){rest.data + at, rest.size - at};
    return true;
}

static bool find_start(const struct verify_pdf *pdf, size_t *out)
{
    static const char word[] = "startxref";
    size_t tail = pdf->bytes.size < 64 ? pdf->bytes.size : 64;
    struct bytes end = {pdf->bytes.data + pdf->bytes.size - tail, tail};
    const unsigned char *found = memmem(end.data, end.size, word, strlen(word));
    if (!found)
        return false;
    size_t at = (size_t)(found - end.data) + strlen(word);
    return verify_token_number(verify_token_next(end, &at), out) && *out < pdf->bytes.size;
}

static bool read_sections(struct verify_pdf *pdf)
{
    size_t start;
    if (!find_start(pdf, &start))
        return false;
    for (int i = 0; i < SECTIONS_MAX; i++) {
        struct bytes trailer;
        if (!read_section(pdf, start, &trailer))
            return false;
        pdf->trailer = i ? pdf->trailer : trailer;
        if (!find_number(pdf, trailer, "/Prev", &start))
            return true;
        if (start >= pdf->bytes.size)
            return false;
    }
    return false;
}

static bool list_pages(struct verify_pdf *pdf)
{
    struct bytes tree, kids;
    size_t at = 0;
    if (!find_resolved(pdf, pdf->catalog, "/Pages", &tree) || !find_value(tree, "/Kids", &kids) ||
        !verify_token_is(verify_token_next(kids, &at), "["))
        return false;
    for (;;) {
        size_t start = at, number;
        if (verify_token_is(verify_token_next(kids, &at), "]"))
            return pdf->page_count > 0;
        at = start;
        if (pdf->page_count == VERIFY_PDF_MAX_PAGES || !verify_token_skip(kids, &at) ||
            !read_reference((struct bytes){kids.data + start, at - start}, &number))
            return false;
        pdf->pages[pdf->page_count++] = number;
    }
}

bool verify_pdf_open(struct arena *arena, struct bytes bytes, struct verify_pdf **out,
                     struct error *err)
{
    if (bytes.size > VERIFY_PDF_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "a file of more than %d bytes", VERIFY_PDF_MAX_BYTES);
    if (bytes.size < 5 || memcmp(bytes.data, "%PDF-", 5) != 0)
        return error_set(err, ERROR_INVALID, "this is no PDF");
    struct verify_pdf *pdf = ARENA_NEW(arena, struct verify_pdf);
    pdf->arena = arena;
    pdf->bytes = bytes;
    pdf->place_count = bytes.size / REFERENCE_BYTES + 1; /* each has a line */
    pdf->places = ARENA_ARRAY(arena, pdf->place_count, size_t);
    if (!read_sections(pdf))
        return unreadable(err, "the table of cross-references");
    if (!find_resolved(pdf, pdf->trailer, "/Root", &pdf->catalog) || !list_pages(pdf))
        return unreadable(err, "the list of pages");
    *out = pdf;
    return true;
}

size_t verify_pdf_page_count(const struct verify_pdf *pdf)
{
    return pdf->page_count;
}

/* ---- pages ---- */

bool verify_pdf_page(struct verify_pdf *pdf, size_t page, struct bytes *out, struct error *err)
{
    struct bytes object, content;
    if (!find_object(pdf, pdf->pages[page], &object) ||
        !find_resolved(pdf, object, "/Contents", &content) || !read_stream(pdf, content, out))
        return unreadable(err, arena_printf(pdf->arena, "page %zu", page + 1));
    return true;
}

bool verify_pdf_cmap(struct verify_pdf *pdf, size_t page, const char *font, struct bytes *out,
                     struct error *err)
{
    struct bytes object, resources, fonts, dictionary, cmap;
    const char *key = arena_printf(pdf->arena, "/%s", font);
    if (!find_object(pdf, pdf->pages[page], &object) ||
        !find_resolved(pdf, object, "/Resources", &resources) ||
        !find_resolved(pdf, resources, "/Font", &fonts) ||
        !find_resolved(pdf, fonts, key, &dictionary) ||
        !find_resolved(pdf, dictionary, "/ToUnicode", &cmap) || !read_stream(pdf, cmap, out))
        return unreadable(err, arena_printf(pdf->arena, "a font of page %zu", page + 1));
    return true;
}

/* ---- files inside ---- */

static bool read_file(struct verify_pdf *pdf, struct bytes specification,
                      struct verify_pdf_file *out)
{
    struct bytes streams, stream, name;
    size_t at = 0;
    if (!find_value(specification, "/F", &name) ||
        !find_resolved(pdf, specification, "/EF", &streams) ||
        !find_resolved(pdf, streams, "/F", &stream))
        return false;
    struct verify_token token = verify_token_next(name, &at);
    if (token.kind != VERIFY_STRING || token.text.size > 255)
        return false;
    out->name = arena_text_of(pdf->arena, token.text);
    return read_stream(pdf, stream, &out->bytes);
}

/* [(name) 12 0 R (name) 13 0 R]: one level, as few files need (ISO 32000-2 7.9.6). */
static bool read_names(struct verify_pdf *pdf, struct bytes names, struct verify_pdf_file *files,
                       size_t *count)
{
    size_t at = 0;
    if (!verify_token_is(verify_token_next(names, &at), "["))
        return false;
    for (;;) {
        struct verify_token name = verify_token_next(names, &at);
        if (verify_token_is(name, "]"))
            return true;
        size_t start = at, number;
        struct bytes specification;
        if ((name.kind != VERIFY_STRING && name.kind != VERIFY_HEX) ||
            !verify_token_skip(names, &at) ||
            !read_reference((struct bytes){names.data + start, at - start}, &number) ||
            *count == VERIFY_PDF_MAX_FILES || !find_object(pdf, number, &specification) ||
            !read_file(pdf, specification, &files[*count]))
            return false;
        ++*count;
    }
}

bool verify_pdf_files(struct verify_pdf *pdf, struct verify_pdf_file **out, size_t *count,
                      struct error *err)
{
    struct bytes trees, tree, names;
    *out = ARENA_ARRAY(pdf->arena, VERIFY_PDF_MAX_FILES, struct verify_pdf_file);
    *count = 0;
    if (!find_resolved(pdf, pdf->catalog, "/Names", &trees) ||
        !find_resolved(pdf, trees, "/EmbeddedFiles", &tree))
        return true;
    if (!find_resolved(pdf, tree, "/Names", &names) || !read_names(pdf, names, *out, count))
        return unreadable(err, "a file inside");
    return true;
}
