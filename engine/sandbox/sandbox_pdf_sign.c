#include "engine/sandbox/sandbox_pdf_sign.h"

#include "engine/base/clock.h"
#include "engine/base/cms.h"
#include "engine/base/codec.h"
#include "render/pdf_update.h"

#include <string.h>

enum { SIGNATURE_BYTES = 4096, RANGE_WIDTH = 10 };

/* Where the numbers of /ByteRange, and <...> of /Contents, begin. */
struct gaps {
    size_t range, hole;
};

static long write_signature(struct pdf_update *update, int64_t signed_at, struct gaps *gaps)
{
    struct clock_time t = clock_utc(signed_at);
    struct buf *out = &update->out;
    long number = pdf_update_object(update);
    buf_printf(out,
               "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
               "/M(D:%04d%02d%02d%02d%02d%02dZ)/ByteRange[0 ",
               t.year, t.month, t.day, t.hour, t.minute, t.second);
    gaps->range = out->size;
    buf_printf(out, "%*s]/Contents", 3 * RANGE_WIDTH + 2, "");
    gaps->hole = out->size;
    buf_printf(out, "<%0*d>>>\nendobj\n", 2 * SIGNATURE_BYTES, 0);
    return number;
}

/* A field that is nowhere to be seen. */
static long write_field(struct pdf_update *update, long signature)
{
    long number = pdf_update_object(update);
    buf_printf(&update->out,
               "<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 132/FT/Sig/T(Signature%ld)/V %ld 0 R>>"
               "\nendobj\n",
               signature, signature);
    return number;
}

/* The field comes before those that were there. */
static const char *catalog_with(const struct pdf_update *update, long field)
{
    static const char fields[] = "/Fields[";
    const char *there = strstr(update->catalog, fields);
    if (!there)
        return arena_printf(update->arena, "%s/AcroForm<</SigFlags 3/Fields[%ld 0 R]>>",
                            update->catalog, field);
    int kept = (int)(there - update->catalog) + (int)strlen(fields);
    return arena_printf(update->arena, "%.*s%ld 0 R %s", kept, update->catalog, field,
                        update->catalog + kept);
}

/* Signs what has been written round the hole, and fills it. */
static bool fill_hole(struct pdf_update *update, const struct gaps *gaps, struct bytes key_pem,
                      struct bytes certificate_pem, int64_t signed_at, struct error *err)
{
    size_t after = gaps->hole + 2 * SIGNATURE_BYTES + 2, size = update->out.size;
    const char *range = arena_printf(update->arena, "%*zu %*zu %*zu", RANGE_WIDTH, gaps->hole,
                                     RANGE_WIDTH, after, RANGE_WIDTH, size - after);
    memcpy(update->out.data + gaps->range, range, strlen(range));

    const struct cms_part parts[] = {{0, (int64_t)gaps->hole},
                                     {(int64_t)after, (int64_t)(size - after)}};
    const struct content content = content_of(buf_bytes(&update->out));
    struct bytes signature;
    if (!cms_sign(update->arena, &content, parts, COUNT(parts), key_pem, certificate_pem, signed_at,
                  &signature, err))
        return false;
    if (signature.size > SIGNATURE_BYTES)
        return error_set(err, ERROR_INVALID, "a signature of %zu bytes", signature.size);
    memcpy(update->out.data + gaps->hole + 1, codec_hex(update->arena, signature),
           2 * signature.size);
    return true;
}

bool sandbox_pdf_sign(struct arena *arena, struct bytes pdf, struct bytes key_pem,
                      struct bytes certificate_pem, int64_t signed_at, struct bytes *out,
                      struct error *err)
{
    struct pdf_update update;
    struct gaps gaps;
    if (!pdf_update_begin(arena, pdf, 2 * SIGNATURE_BYTES, &update, err))
        return false;
    long field = write_field(&update, write_signature(&update, signed_at, &gaps));
    pdf_update_finish(&update, catalog_with(&update, field));
    if (!fill_hole(&update, &gaps, key_pem, certificate_pem, signed_at, err))
        return false;
    *out = buf_bytes(&update.out);
    return true;
}
