#include "engine/sandbox/sandbox_pdf_sign.h"

#include "engine/base/clock.h"
#include "engine/base/buf.h"
#include "engine/base/cms.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNATURE_BYTES = 4096, RANGE_WIDTH = 10 };

/* One update on its way, behind the bytes that were there. */
struct update {
    struct arena *arena;
    struct buf out;
    long root, size;     /* number of the catalog's object; of the next new one */
    size_t before;       /* where the cross-references before begin */
    const char *catalog; /* the inside of its dictionary */
    size_t range, hole;  /* where the numbers of /ByteRange, and <...> of /Contents, begin */
    size_t places[3];    /* of the catalog, the signature and its field */
};

/* The last place where the words stand; NULL: nowhere. */
static const char *last(const char *text, size_t size, const char *words)
{
    const char *found = NULL;
    for (const char *at = text; (at = memmem(at, size - (size_t)(at - text), words, strlen(words)));
         at++)
        found = at;
    return found;
}

static bool number_after(const char *text, size_t size, const char *words, long *out)
{
    const char *at = last(text, size, words);
    if (!at)
        return false;
    *out = strtol(at + strlen(words), NULL, 10);
    return *out > 0;
}

/* What the update goes on from: the last trailer and the last catalog. */
static bool read_pdf(struct update *update, struct bytes pdf, struct error *err)
{
    const char *text = arena_text_of(update->arena, pdf); /* ends in NUL for strtol */
    long before = 0;
    bool good = number_after(text, pdf.size, "startxref\n", &before) &&
                number_after(text, pdf.size, "/Root ", &update->root) &&
                number_after(text, pdf.size, "/Size ", &update->size);
    const char *head = arena_printf(update->arena, "\n%ld 0 obj\n<<", update->root);
    const char *catalog = good ? last(text, pdf.size, head) : NULL;
    const char *end = catalog ? strstr(catalog, ">>\nendobj") : NULL;
    if (!end)
        return error_set(err, ERROR_INVALID, "no PDF that can be signed here");
    catalog += strlen(head);
    update->before = (size_t)before;
    update->catalog = arena_printf(update->arena, "%.*s", (int)(end - catalog), catalog);
    return true;
}

static void begin_object(struct update *update, size_t which, long number)
{
    update->places[which] = update->out.size;
    buf_printf(&update->out, "%ld 0 obj\n<<", number);
}

/* The field comes behind those that were there. */
static void write_catalog(struct update *update)
{
    static const char fields[] = "/Fields[";
    const char *there = strstr(update->catalog, fields);
    size_t kept =
        there ? (size_t)(there - update->catalog) + strlen(fields) : strlen(update->catalog);
    begin_object(update, 0, update->root);
    buf_printf(&update->out, "%.*s", (int)kept, update->catalog);
    if (!there)
        buf_printf(&update->out, "/AcroForm<</SigFlags 3/Fields[%ld 0 R]>>", update->size + 1);
    else
        buf_printf(&update->out, "%ld 0 R %s", update->size + 1, update->catalog + kept);
    buf_add_text(&update->out, ">>\nendobj\n");
}

static void write_signature(struct update *update, int64_t signed_at)
{
    struct clock_time t = clock_utc(signed_at);
    struct buf *out = &update->out;
    begin_object(update, 1, update->size);
    buf_printf(out,
               "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
               "/M(D:%04d%02d%02d%02d%02d%02dZ)/ByteRange[0 ",
               t.year, t.month, t.day, t.hour, t.minute, t.second);
    update->range = out->size;
    buf_printf(out, "%*s]/Contents", 3 * RANGE_WIDTH + 2, "");
    update->hole = out->size;
    buf_printf(out, "<%0*d>>>\nendobj\n", 2 * SIGNATURE_BYTES, 0);
}

static void write_field(struct update *update)
{
    begin_object(update, 2, update->size + 1);
    buf_printf(&update->out,
               "/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 132/FT/Sig/T(Signature%ld)/V %ld 0 "
               "R>>\nendobj\n",
               update->size, update->size);
}

static void write_references(struct update *update)
{
    struct buf *out = &update->out;
    size_t start = out->size;
    buf_printf(out, "xref\n%ld 1\n%010zu 00000 n \n%ld 2\n%010zu 00000 n \n%010zu 00000 n \n",
               update->root, update->places[0], update->size, update->places[1], update->places[2]);
    buf_printf(out,
               "trailer\n<<\n/Root %ld 0 R\n/Size %ld\n/Prev %zu\n>>\nstartxref\n%zu\n%%%%EOF\n",
               update->root, update->size + 2, update->before, start);
}

/* Signs what has been written around the hole, and fills it. */
static bool fill_hole(struct update *update, struct bytes key_pem, struct bytes certificate_pem,
                      int64_t signed_at, struct error *err)
{
    size_t after = update->hole + 2 * SIGNATURE_BYTES + 2, size = update->out.size;
    char *bytes = (char *)update->out.data;
    const char *range = arena_printf(update->arena, "%*zu %*zu %*zu", RANGE_WIDTH, update->hole,
                                     RANGE_WIDTH, after, RANGE_WIDTH, size - after);
    memcpy(bytes + update->range, range, strlen(range));

    const struct cms_part parts[] = {{0, (int64_t)update->hole},
                                     {(int64_t)after, (int64_t)(size - after)}};
    const struct content content = content_of(buf_bytes(&update->out));
    struct bytes signature;
    if (!cms_sign(update->arena, &content, parts, COUNT(parts), key_pem, certificate_pem, signed_at,
                  &signature, err))
        return false;
    if (signature.size > SIGNATURE_BYTES)
        return error_set(err, ERROR_INVALID, "a signature of %zu bytes", signature.size);
    memcpy(bytes + update->hole + 1, codec_hex(update->arena, signature), 2 * signature.size);
    return true;
}

bool sandbox_pdf_sign(struct arena *arena, struct bytes pdf, struct bytes key_pem,
                      struct bytes certificate_pem, int64_t signed_at, struct bytes *out,
                      struct error *err)
{
    struct update update = {.arena = arena};
    buf_init(&update.out, arena);
    buf_reserve(&update.out, pdf.size + 4 * SIGNATURE_BYTES);
    if (!read_pdf(&update, pdf, err))
        return false;
    buf_add(&update.out, pdf);
    write_catalog(&update);
    write_signature(&update, signed_at);
    write_field(&update);
    write_references(&update);
    if (!fill_hole(&update, key_pem, certificate_pem, signed_at, err))
        return false;
    *out = buf_bytes(&update.out);
    return true;
}
