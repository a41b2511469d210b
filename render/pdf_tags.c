#include "render/pdf_tags.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "render/pdf_font.h"
#include "render/pdf_metadata.h"
#include "render/pdf_tree.h"

#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_encrypt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* One document on its way. libharu's objects never come back NULL, since only memory could be
 * lacking, and that ends the process; what else it minds is remembered in `failure` and looked at
 * once, when all is done. */
struct writer {
    struct arena *arena;
    const struct pdf_tags_document *document;
    HPDF_Doc haru;
    z_stream deflating;  /* begun anew for each stream */
    struct buf entries;  /* of one object at a time */
    HPDF_MD5_CTX digest; /* of what has been written, for the document's id */
    unsigned *pages;     /* the number of each page's object */
};

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

static void close_haru(HPDF_Doc *haru)
{
    if (*haru)
        HPDF_Free(*haru);
}

/* ---- objects (ISO 32000-1 7.3) ---- */

/* Within another object; indirect: of its own, so that several may point at it. */
static HPDF_Dict new_dict(struct writer *writer)
{
    return HPDF_Dict_New(writer->haru->mmgr);
}

static HPDF_Dict new_indirect(struct writer *writer)
{
    HPDF_Dict dict = new_dict(writer);
    HPDF_Xref_Add(writer->haru->xref, dict);
    return dict;
}

static HPDF_Dict add_dict(struct writer *writer, HPDF_Dict owner, const char *key)
{
    HPDF_Dict dict = new_dict(writer);
    HPDF_Dict_Add(owner, key, dict);
    return dict;
}

static HPDF_Array add_array(struct writer *writer, HPDF_Dict owner, const char *key)
{
    HPDF_Array array = HPDF_Array_New(writer->haru->mmgr);
    HPDF_Dict_Add(owner, key, array);
    return array;
}

static void start_deflating(z_stream *deflating)
{
    /* 3 % larger than the usual level makes it, in half the time */
    if (deflateInit(deflating, Z_BEST_SPEED) != Z_OK)
        abort();
}

static struct bytes deflated(struct writer *writer, struct bytes bytes)
{
    z_stream *stream = &writer->deflating;
    deflateReset(stream);
    size_t room = deflateBound(stream, bytes.size);
    unsigned char *out = arena_alloc(writer->arena, room);
    stream->next_in = (unsigned char *)bytes.data;
    stream->avail_in = (unsigned)bytes.size;
    stream->next_out = out;
    stream->avail_out = (unsigned)room;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        abort();
    return (struct bytes){out, stream->total_out};
}

/* Entries of a dictionary that are there as text, in `attr`. */
static HPDF_STATUS write_entries(HPDF_Dict dict, HPDF_Stream stream)
{
    return HPDF_Stream_WriteStr(stream, dict->attr);
}

/* Compressed here: libharu would start zlib anew for each stream and copy all bytes in small
 * pieces, which took a third of a receipt's time. */
static void fill_stream(struct writer *writer, HPDF_Dict stream, struct bytes bytes)
{
    struct bytes small = deflated(writer, bytes);
    stream->attr = "/Filter/FlateDecode";
    stream->write_fn = write_entries;
    HPDF_Stream_Write(stream->stream, small.data, (HPDF_UINT)small.size);
    HPDF_MD5Update(&writer->digest, small.data, (HPDF_UINT32)small.size);
}

static HPDF_Dict new_stream(struct writer *writer, struct bytes bytes)
{
    HPDF_Dict stream = HPDF_DictStream_New(writer->haru->mmgr, writer->haru->xref);
    fill_stream(writer, stream, bytes);
    return stream;
}

static unsigned number_of(const void *object)
{
    return ((const HPDF_Obj_Header *)object)->obj_id & 0x00FFFFFF;
}

/* An indirect dictionary whose entries are there as text, or come later in `attr`. There
 * are hundreds of these, and libharu's own take 150 bytes and three allocations for an entry. */
static HPDF_Dict new_written(struct writer *writer)
{
    HPDF_Dict dict = new_indirect(writer);
    dict->attr = "";
    dict->write_fn = write_entries;
    return dict;
}

static HPDF_String new_ascii(struct writer *writer, const char *ascii)
{
    return HPDF_String_New(writer->haru->mmgr, ascii, NULL);
}

static void add_ascii(struct writer *writer, HPDF_Dict dict, const char *key, const char *ascii)
{
    HPDF_Dict_Add(dict, key, new_ascii(writer, ascii));
}

static void add_binary(struct writer *writer, HPDF_Dict dict, const char *key, struct bytes bytes)
{
    HPDF_Dict_Add(
        dict, key,
        HPDF_Binary_New(writer->haru->mmgr, (HPDF_BYTE *)bytes.data, (HPDF_UINT)bytes.size));
}

/* Text outside pages is UTF-16 with a byte order mark (7.9.2.2). */
static struct bytes utf16_of(struct writer *writer, const char *text)
{
    struct buf utf16;
    buf_init(&utf16, writer->arena);
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
    return buf_bytes(&utf16);
}

static void add_text(struct writer *writer, HPDF_Dict dict, const char *key, const char *text)
{
    add_binary(writer, dict, key, utf16_of(writer, text));
}

/* "D:20261123120000+01'00'" (7.9.4) */
static const char *date_of(struct writer *writer, int64_t at)
{
    struct clock_time time = clock_oslo(at);
    int offset = abs(time.offset_minutes);
    return arena_printf(writer->arena, "D:%04d%02d%02d%02d%02d%02d%c%02d'%02d'", time.year,
                        time.month, time.day, time.hour, time.minute, time.second,
                        time.offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

/* ---- about the document ---- */

static const char producer[] = "skjema, libharu " HPDF_VERSION_TEXT;

/* Not compressed, so that programs find it which know no PDF. */
static void write_metadata(struct writer *writer)
{
    struct bytes xmp = pdf_metadata(writer->arena, writer->document->about, producer);
    HPDF_Dict stream = HPDF_DictStream_New(writer->haru->mmgr, writer->haru->xref);
    HPDF_Stream_Write(stream->stream, xmp.data, (HPDF_UINT)xmp.size);
    HPDF_MD5Update(&writer->digest, xmp.data, (HPDF_UINT32)xmp.size);
    HPDF_Dict_AddName(stream, "Type", "Metadata");
    HPDF_Dict_AddName(stream, "Subtype", "XML");
    HPDF_Dict_Add(writer->haru->catalog, "Metadata", stream);
}

static void write_about(struct writer *writer)
{
    const struct pdf_about *about = writer->document->about;
    HPDF_Dict info = writer->haru->info, catalog = writer->haru->catalog;
    add_text(writer, info, "Title", about->title);
    add_text(writer, info, "Author", about->author);
    add_ascii(writer, info, "Producer", producer);
    add_ascii(writer, info, "CreationDate", date_of(writer, about->created_at));
    add_ascii(writer, info, "ModDate", date_of(writer, about->created_at));
    add_ascii(writer, catalog, "Lang", about->language);
    HPDF_Dict preferences = add_dict(writer, catalog, "ViewerPreferences");
    HPDF_Dict_AddBoolean(preferences, "DisplayDocTitle", HPDF_TRUE);
    write_metadata(writer);
}

/* Two parts that stay equal until somebody changes the file (ISO 32000-1 14.4); of what is in it,
 * not of the clock or of chance. */
static void write_id(struct writer *writer)
{
    unsigned char digest[16];
    HPDF_MD5Final(digest, &writer->digest);
    HPDF_Array parts = add_array(writer, writer->haru->trailer, "ID");
    for (int i = 0; i < 2; i++)
        HPDF_Array_Add(parts, HPDF_Binary_New(writer->haru->mmgr, digest, sizeof digest));
}

/* ---- fonts (9.7) ---- */

static HPDF_Dict write_descriptor(struct writer *writer, const struct pdf_tags_font *used)
{
    enum { SYMBOLIC = 4 }; /* codes are our own, not those of a known set */
    struct pdf_font_shape shape = pdf_font_shape(used->font);
    struct bytes file = pdf_font_file(used->font);
    HPDF_Dict stream = new_stream(writer, file);
    HPDF_Dict_AddNumber(stream, "Length1", (HPDF_INT32)file.size);

    HPDF_Dict descriptor = new_indirect(writer);
    HPDF_Dict_AddName(descriptor, "Type", "FontDescriptor");
    HPDF_Dict_AddName(descriptor, "FontName", used->name);
    HPDF_Dict_AddNumber(descriptor, "Flags", SYMBOLIC);
    HPDF_Dict_AddNumber(descriptor, "ItalicAngle", 0);
    HPDF_Dict_AddNumber(descriptor, "Ascent", shape.ascent);
    HPDF_Dict_AddNumber(descriptor, "Descent", shape.descent);
    HPDF_Dict_AddNumber(descriptor, "CapHeight", shape.cap_height);
    HPDF_Dict_AddNumber(descriptor, "StemV", used->stem_width);
    HPDF_Array box = add_array(writer, descriptor, "FontBBox");
    for (size_t i = 0; i < COUNT(shape.box); i++)
        HPDF_Array_AddNumber(box, shape.box[i]);
    HPDF_Dict_Add(descriptor, "FontFile2", stream);
    return descriptor;
}

/* Codes of two bytes, a glyph and a width for each, and the way back to text. */
static HPDF_Dict write_font(struct writer *writer, const struct pdf_tags_font *used)
{
    HPDF_Dict glyphs = new_indirect(writer);
    HPDF_Dict_AddName(glyphs, "Type", "Font");
    HPDF_Dict_AddName(glyphs, "Subtype", "CIDFontType2");
    HPDF_Dict_AddName(glyphs, "BaseFont", used->name);
    HPDF_Dict system = add_dict(writer, glyphs, "CIDSystemInfo");
    add_ascii(writer, system, "Registry", "Adobe");
    add_ascii(writer, system, "Ordering", "Identity");
    HPDF_Dict_AddNumber(system, "Supplement", 0);
    HPDF_Dict_Add(glyphs, "FontDescriptor", write_descriptor(writer, used));
    HPDF_Dict_AddName(glyphs, "CIDToGIDMap", "Identity");
    HPDF_Array runs = add_array(writer, glyphs, "W");
    HPDF_Array_AddNumber(runs, 0);
    HPDF_Array widths = HPDF_Array_New(writer->haru->mmgr);
    HPDF_Array_Add(runs, widths);
    for (size_t i = 0; i < pdf_font_code_count(used->font); i++)
        HPDF_Array_AddNumber(widths, pdf_font_advance(used->font, (uint16_t)i));

    const char *cmap = pdf_font_to_unicode(used->font);
    HPDF_Dict type0 = new_indirect(writer);
    HPDF_Dict_AddName(type0, "Type", "Font");
    HPDF_Dict_AddName(type0, "Subtype", "Type0");
    HPDF_Dict_AddName(type0, "BaseFont", used->name);
    HPDF_Dict_AddName(type0, "Encoding", "Identity-H");
    HPDF_Array_Add(add_array(writer, type0, "DescendantFonts"), glyphs);
    HPDF_Dict_Add(type0, "ToUnicode", new_stream(writer, BYTES_OF(cmap)));
    return type0;
}

static HPDF_Dict write_fonts(struct writer *writer)
{
    HPDF_Dict fonts = new_indirect(writer);
    for (size_t i = 0; i < writer->document->font_count; i++)
        if (pdf_font_code_count(writer->document->fonts[i].font) > 1)
            HPDF_Dict_Add(fonts, arena_printf(writer->arena, "F%zu", i),
                          write_font(writer, &writer->document->fonts[i]));
    return fonts;
}

/* ---- pages ---- */

static void write_pages(struct writer *writer)
{
    HPDF_Dict fonts = write_fonts(writer);
    for (size_t i = 0; i < writer->document->page_count; i++) {
        HPDF_Page page = HPDF_AddPage(writer->haru);
        HPDF_Page_SetSize(page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
        HPDF_Dict resources = HPDF_Dict_GetItem(page, "Resources", HPDF_OCLASS_DICT);
        HPDF_Dict_Add(resources, "Font", fonts);
        HPDF_Dict_AddNumber(page, "StructParents", (HPDF_INT32)i);
        HPDF_Dict_AddName(page, "Tabs", "S");
        HPDF_PageAttr attributes = page->attr;
        fill_stream(writer, attributes->contents, buf_bytes(&writer->document->pages[i]));
        writer->pages[i] = number_of(page);
    }
}

/* ---- structure (ISO 32000-1 14.7) ---- */

static const struct pdf_kid *first_mark(const struct pdf_element *element)
{
    const struct pdf_kid *kid = element->first;
    while (kid && kid->element)
        kid = kid->next;
    return kid;
}

static void add_reference(struct buf *out, unsigned object)
{
    buf_add_number(out, object);
    buf_add_text(out, " 0 R");
}

/* Marks on the element's own page are numbers only; it may go on on others. */
static void add_kids(struct writer *writer, struct buf *out, const struct pdf_element *element)
{
    const struct pdf_kid *mark = first_mark(element), *kid = element->first;
    if (mark) {
        buf_add_text(out, "/Pg ");
        add_reference(out, writer->pages[mark->page]);
    }
    if (!kid)
        return;
    buf_add_text(out, kid->next ? "/K[" : "/K ");
    for (; kid; kid = kid->next) {
        if (kid->element)
            add_reference(out, kid->element->object);
        else if (kid->page == mark->page)
            buf_add_number(out, kid->mark);
        else
            buf_printf(out, "<</Type/MCR/Pg %u 0 R/MCID %zu>>", writer->pages[kid->page],
                       kid->mark);
        if (kid->next)
            buf_add_byte(out, ' ');
    }
    if (element->first->next)
        buf_add_byte(out, ']');
}

static void add_figure(struct writer *writer, struct buf *out, const struct pdf_part *part)
{
    struct bytes words = utf16_of(writer, part->instead);
    buf_add_text(out, "/Alt<");
    for (size_t i = 0; i < words.size; i++)
        buf_printf(out, "%02X", words.data[i]);
    double bottom = PDF_PAGE_HEIGHT - part->y - part->size;
    buf_printf(out, ">/A<</O/Layout/BBox[%ld %ld %ld %ld]>>", lround(part->x), lround(bottom),
               lround(part->x + part->size), lround(bottom + part->size));
}

/* Table 323 of 14.7.2, and the attributes of 14.8.5. */
static char *entries_of(struct writer *writer, const struct pdf_element *element, unsigned parent)
{
    static const char *const kinds[] = {
        [PDF_LIST_TEXTS] = "/A<</O/List/ListNumbering/None>>",
        [PDF_LIST_BULLETS] = "/A<</O/List/ListNumbering/Disc>>",
        [PDF_LIST_NUMBERS] = "/A<</O/List/ListNumbering/Decimal>>",
        [PDF_HEADER_OF_ROW] = "/A<</O/Table/Scope/Row>>",
        [PDF_HEADER_OF_COLUMN] = "/A<</O/Table/Scope/Column>>",
    };
    const struct pdf_part *part = &element->part;
    struct buf *out = &writer->entries;
    out->size = 0;
    buf_add_text(out, "/S/");
    buf_add_text(out, pdf_tree_role_name(part->role));
    buf_add_text(out, "/P ");
    add_reference(out, parent);
    if (part->kind)
        buf_add_text(out, kinds[part->kind]);
    if (part->role == PDF_FIGURE)
        add_figure(writer, out, part);
    if (part->language && !text_equal(part->language, writer->document->about->language))
        buf_printf(out, "/Lang(%s)", part->language);
    add_kids(writer, out, element);
    return arena_text_of(writer->arena, buf_bytes(out));
}

/* An element's object comes before those of what is in it, and names them. */
static void write_element(struct writer *writer, struct pdf_element *element, unsigned parent)
{
    HPDF_Dict dict = new_written(writer);
    element->object = number_of(dict);
    for (struct pdf_kid *kid = element->first; kid; kid = kid->next)
        if (kid->element)
            write_element(writer, kid->element, element->object);
    dict->attr = entries_of(writer, element, parent);
}

/* From the marks of each page back to their elements (14.7.4.4). */
static char *way_back(struct writer *writer)
{
    struct buf out;
    buf_init(&out, writer->arena);
    buf_add_text(&out, "/Nums[");
    for (size_t i = 0; i < writer->document->page_count; i++) {
        const struct pdf_page_marks *marks = &writer->document->tree->pages[i];
        buf_printf(&out, "%zu[", i);
        for (size_t k = 0; k < marks->count; k++) {
            if (k)
                buf_add_byte(&out, ' ');
            add_reference(&out, marks->elements[k]->object);
        }
        buf_add_text(&out, "]\n");
    }
    buf_add_byte(&out, ']');
    return buf_text(&out);
}

static void write_tree(struct writer *writer)
{
    struct pdf_tree *tree = writer->document->tree;
    HPDF_Dict root = new_written(writer);
    write_element(writer, tree->document, number_of(root));
    HPDF_Dict parents = new_written(writer);
    parents->attr = way_back(writer);
    root->attr = arena_printf(
        writer->arena, "/Type/StructTreeRoot/K %u 0 R/ParentTree %u 0 R/ParentTreeNextKey %zu",
        tree->document->object, number_of(parents), writer->document->page_count);
    HPDF_Dict_Add(writer->haru->catalog, "StructTreeRoot", root);
    HPDF_Dict_AddBoolean(add_dict(writer, writer->haru->catalog, "MarkInfo"), "Marked", HPDF_TRUE);
}

/* ---- files inside (ISO 32000-1 7.11.4, ISO 32000-2 14.13) ---- */

static void add_checksum(struct writer *writer, HPDF_Dict dict, struct bytes bytes)
{
    unsigned char digest[16]; /* MD5, as the format has it; it protects nothing */
    HPDF_MD5_CTX md5;
    HPDF_MD5Init(&md5);
    HPDF_MD5Update(&md5, bytes.data, (HPDF_UINT32)bytes.size);
    HPDF_MD5Final(digest, &md5);
    add_binary(writer, dict, "CheckSum", (struct bytes){digest, sizeof digest});
}

static HPDF_Dict write_file(struct writer *writer, const struct pdf_file *file)
{
    HPDF_Dict stream = new_stream(writer, file->bytes);
    HPDF_Dict_AddName(stream, "Type", "EmbeddedFile");
    HPDF_Dict_AddName(stream, "Subtype", file->media_type);
    HPDF_Dict params = add_dict(writer, stream, "Params");
    HPDF_Dict_AddNumber(params, "Size", (HPDF_INT32)file->bytes.size);
    add_ascii(writer, params, "ModDate", date_of(writer, writer->document->about->created_at));
    add_checksum(writer, params, file->bytes);

    HPDF_Dict specification = new_indirect(writer);
    HPDF_Dict_AddName(specification, "Type", "Filespec");
    add_ascii(writer, specification, "F", file->file_name);
    add_text(writer, specification, "UF", file->file_name);
    HPDF_Dict_AddName(specification, "AFRelationship", file->relationship);
    add_text(writer, specification, "Desc", file->description);
    HPDF_Dict streams = add_dict(writer, specification, "EF");
    HPDF_Dict_Add(streams, "F", stream);
    HPDF_Dict_Add(streams, "UF", stream);
    return specification;
}

static int by_name(const void *a, const void *b)
{
    const struct pdf_file *const *first = a, *const *second = b;
    return strcmp((*first)->file_name, (*second)->file_name);
}

/* Names of a tree are sorted (7.9.6). */
static void write_files(struct writer *writer)
{
    size_t count = writer->document->file_count;
    if (!count)
        return;
    const struct pdf_file **sorted = ARENA_ARRAY(writer->arena, count, const struct pdf_file *);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &writer->document->files[i];
    qsort(sorted, count, sizeof *sorted, by_name);

    HPDF_Dict trees = add_dict(writer, writer->haru->catalog, "Names");
    HPDF_Array names = add_array(writer, add_dict(writer, trees, "EmbeddedFiles"), "Names");
    HPDF_Array associated = add_array(writer, writer->haru->catalog, "AF");
    for (size_t i = 0; i < count; i++) {
        HPDF_Dict specification = write_file(writer, sorted[i]);
        HPDF_Array_Add(names, new_ascii(writer, sorted[i]->file_name));
        HPDF_Array_Add(names, specification);
        HPDF_Array_Add(associated, specification);
    }
}

static struct bytes save(struct writer *writer)
{
    HPDF_SaveToStream(writer->haru);
    HPDF_UINT32 size = HPDF_GetStreamSize(writer->haru);
    unsigned char *bytes = arena_alloc(writer->arena, size);
    HPDF_ReadFromStream(writer->haru, bytes, &size);
    return (struct bytes){bytes, size};
}

bool pdf_tags_write(struct arena *arena, const struct pdf_tags_document *document,
                    struct bytes *out, struct error *err)
{
    HPDF_STATUS failure = 0;
    CLEANUP(close_haru) HPDF_Doc haru = HPDF_NewEx(remember, allocate, free, 0, &failure);
    if (!haru)
        return error_set(err, ERROR_BROKEN, "libharu did not start: 0x%04lx", failure);
    haru->pdf_version = HPDF_VER_17;
    struct writer writer = {.arena = arena, .document = document, .haru = haru};
    writer.pages = ARENA_ARRAY(arena, document->page_count, unsigned);
    buf_init(&writer.entries, arena);
    start_deflating(&writer.deflating);
    HPDF_MD5Init(&writer.digest);
    write_about(&writer);
    write_pages(&writer);
    write_tree(&writer);
    write_files(&writer);
    write_id(&writer);
    deflateEnd(&writer.deflating);
    struct bytes bytes = save(&writer);
    if (failure)
        return error_set(err, ERROR_BROKEN, "libharu could not write the PDF: 0x%04lx", failure);
    *out = bytes;
    return true;
}
