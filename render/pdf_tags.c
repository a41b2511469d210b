#include "render/pdf_tags.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "render/pdf_font.h"

#include <hpdf.h>
#include <hpdf_doc.h>
#include <hpdf_encrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One document on its way. libharu's objects never come back NULL, since only memory could be
 * lacking, and that ends the process; what else it minds is remembered in `failure` and looked at
 * once, when all is done. */
struct writer {
    struct arena *arena;
    const struct pdf_tags_document *document;
    HPDF_Doc haru;
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

static HPDF_Dict new_stream(struct writer *writer, struct bytes bytes)
{
    HPDF_Dict stream = HPDF_DictStream_New(writer->haru->mmgr, writer->haru->xref);
    stream->filter = HPDF_STREAM_FILTER_FLATE_DECODE;
    HPDF_Stream_Write(stream->stream, bytes.data, (HPDF_UINT)bytes.size);
    return stream;
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
static void add_text(struct writer *writer, HPDF_Dict dict, const char *key, const char *text)
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
    add_binary(writer, dict, key, buf_bytes(&utf16));
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

static void write_about(struct writer *writer)
{
    const struct pdf_about *about = writer->document->about;
    HPDF_Dict info = writer->haru->info, catalog = writer->haru->catalog;
    add_text(writer, info, "Title", about->title);
    add_text(writer, info, "Author", about->author);
    add_ascii(writer, info, "CreationDate", date_of(writer, about->created_at));
    add_ascii(writer, catalog, "Lang", about->language);
    HPDF_Dict preferences = add_dict(writer, catalog, "ViewerPreferences");
    HPDF_Dict_AddBoolean(preferences, "DisplayDocTitle", HPDF_TRUE);
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
    HPDF_Dict_Add(glyphs, "CIDToGIDMap", new_stream(writer, pdf_font_glyphs(used->font)));
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
        const struct buf *content = &writer->document->pages[i];
        HPDF_PageAttr attributes = page->attr;
        HPDF_Stream_Write(attributes->stream, content->data, (HPDF_UINT)content->size);
    }
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
    HPDF_SetCompressionMode(haru, HPDF_COMP_ALL);
    struct writer writer = {arena, document, haru};
    write_about(&writer);
    write_pages(&writer);
    write_files(&writer);
    struct bytes bytes = save(&writer);
    if (failure)
        return error_set(err, ERROR_BROKEN, "libharu could not write the PDF: 0x%04lx", failure);
    *out = bytes;
    return true;
}
