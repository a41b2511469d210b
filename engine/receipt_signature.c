#include "engine/receipt_signature.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/files.h"
#include "engine/receipt_parts.h"
#include "render/pdf_update.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RANGE_WIDTH = 10, FILE_MAX_BYTES = 256 * 1024 };

struct receipt_signature {
    struct cms_signer *signer;
    char *name;
};

bool receipt_signature_open(struct bytes key_pem, const char *key_name, struct bytes chain_pem,
                            const char *chain_name, const char *name,
                            struct receipt_signature **out, struct error *err)
{
    struct cms_signer *signer = NULL;
    if (!cms_signer_open(key_pem, key_name, chain_pem, chain_name, &signer, err))
        return false;
    struct receipt_signature *signature = calloc(1, sizeof *signature);
    if (!signature || !(signature->name = strdup(name)))
        abort();
    signature->signer = signer;
    *out = signature;
    return true;
}

void receipt_signature_close(struct receipt_signature **signature)
{
    if (!*signature)
        return;
    cms_signer_close(&(*signature)->signer);
    free((*signature)->name);
    free(*signature);
    *signature = NULL;
}

int64_t receipt_signature_valid_until(const struct receipt_signature *signature)
{
    return cms_signer_valid_until(signature->signer);
}

/* ---- which key ---- */

static void choose_files(struct arena *arena, const struct config *config, const char **key,
                         const char **certificate)
{
    *key = config->receipt_key;
    *certificate = config->receipt_certificate;
    if (!**key && !**certificate && *config->dpi_key && *config->dpi_certificate) {
        *key = config->dpi_key;
        *certificate = config->dpi_certificate;
    }
    if (**key || **certificate || !config->sandbox)
        return;
    const char *folder = arena_printf(arena, "%s/sandbox/dpi", config->data);
    const char *made = arena_printf(arena, "%s/agency.key.pem", folder);
    if (access(made, R_OK) != 0)
        return;
    *key = made;
    *certificate = arena_printf(arena, "%s/agency.certificate.pem", folder);
}

bool receipt_signature_of(struct arena *arena, const struct config *config,
                          struct receipt_signature **out, const char **file, struct error *err)
{
    const char *key, *certificate;
    struct bytes key_pem, chain_pem;
    choose_files(arena, config, &key, &certificate);
    *file = certificate;
    *out = NULL;
    if (!*key && !*certificate)
        return true;
    if (!*key || !*certificate)
        return error_set(err, ERROR_INVALID,
                         "receipt_key and receipt_certificate are set together: %s is missing",
                         *key ? "receipt_certificate" : "receipt_key");
    return files_read(arena, key, FILE_MAX_BYTES, &key_pem, err) &&
           files_read(arena, certificate, FILE_MAX_BYTES, &chain_pem, err) &&
           receipt_signature_open(key_pem, key, chain_pem, certificate, config->agency_name, out,
                                  err);
}

/* ---- the update ---- */

/* Where the numbers of /ByteRange, and <...> of /Contents, begin. */
struct gaps {
    size_t range, hole;
};

/* A text outside pages, in UTF-16 (ISO 32000-2 7.9.2.2). */
static const char *text_string(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, "<FEFF");
    for (uint32_t c; (c = text_next(&text));) {
        if (c > 0xFFFF)
            buf_printf(&buf, "%04X%04X", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + (c & 0x3FF));
        else
            buf_printf(&buf, "%04X", c);
    }
    buf_add_byte(&buf, '>');
    return buf_text(&buf);
}

static long write_parts(struct pdf_update *update, const struct receipt_part *parts, size_t count)
{
    const char *list = receipt_parts_write(update->arena, parts, count);
    long number = pdf_update_object(update);
    buf_printf(&update->out, "<</Length %zu>>\nstream\n%s\nendstream\nendobj\n", strlen(list),
               list);
    return number;
}

static long write_signature(struct pdf_update *update, const struct receipt_signature *signature,
                            const char *reason, int64_t signed_at, struct gaps *gaps)
{
    struct clock_time t = clock_utc(signed_at);
    struct buf *out = &update->out;
    long number = pdf_update_object(update);
    buf_printf(out,
               "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name%s/Reason%s"
               "/M(D:%04d%02d%02d%02d%02d%02dZ)/ByteRange[0 ",
               text_string(update->arena, signature->name), text_string(update->arena, reason),
               t.year, t.month, t.day, t.hour, t.minute, t.second);
    gaps->range = out->size;
    buf_printf(out, "%*s]/Contents", 3 * RANGE_WIDTH + 2, "");
    gaps->hole = out->size;
    buf_printf(out, "<%0*d>>>\nendobj\n", (int)(2 * cms_signer_room(signature->signer)), 0);
    return number;
}

/* A field that is nowhere to be seen: it has no size, and lies outside the page, so what is said of
 * annotations in tagged PDF is not asked of it (ISO 14289-1 7.18.1), and no flag hides it, which
 * archives do not want (ISO 19005-3 6.3.2). */
static long write_field(struct pdf_update *update, const struct receipt_signature *signature,
                        long value, long page)
{
    long number = pdf_update_object(update);
    buf_printf(&update->out,
               "<</Type/Annot/Subtype/Widget/Rect[-1 -1 -1 -1]/F 132/P %ld 0 R/FT/Sig"
               "/T(Signatur)/TU%s/V %ld 0 R>>\nendobj\n",
               page, text_string(update->arena, signature->name), value);
    return number;
}

static long first_page(const struct pdf_update *update)
{
    const char *tree = pdf_update_entries(update, pdf_update_reference(update->catalog, "/Pages"));
    return tree ? pdf_update_reference(tree, "/Kids [") : 0;
}

/* The page names the field among its annotations. */
static bool annotate(struct pdf_update *update, long page, long field, struct error *err)
{
    const char *entries = pdf_update_entries(update, page);
    if (!entries || strstr(entries, "/Annots"))
        return error_set(err, ERROR_INVALID, "no first page of the kind that is written here");
    pdf_update_replace(update, page);
    buf_printf(&update->out, "<<%s/Annots[%ld 0 R]>>\nendobj\n", entries, field);
    return true;
}

/* Signs what has been written round the hole, and fills it. */
static bool fill_hole(struct pdf_update *update, const struct receipt_signature *signature,
                      const struct gaps *gaps, int64_t signed_at, struct error *err)
{
    struct arena *arena = update->arena;
    size_t room = cms_signer_room(signature->signer), size = update->out.size;
    size_t after = gaps->hole + 2 * room + 2;
    const char *range = arena_printf(arena, "%*zu %*zu %*zu", RANGE_WIDTH, gaps->hole, RANGE_WIDTH,
                                     after, RANGE_WIDTH, size - after);
    memcpy(update->out.data + gaps->range, range, strlen(range));

    struct buf covered;
    buf_init(&covered, arena);
    buf_reserve(&covered, size);
    buf_add(&covered, (struct bytes){update->out.data, gaps->hole});
    buf_add(&covered, (struct bytes){update->out.data + after, size - after});
    struct bytes der;
    if (!cms_signer_sign(arena, signature->signer, buf_bytes(&covered), signed_at, &der, err))
        return false;
    if (der.size > room)
        return error_set(err, ERROR_BROKEN, "a signature of %zu bytes, more than any before",
                         der.size);
    memcpy(update->out.data + gaps->hole + 1, codec_hex(arena, der), 2 * der.size);
    return true;
}

bool receipt_signature_add(struct arena *arena, const struct receipt_signature *signature,
                           struct bytes pdf, const char *reason, int64_t signed_at,
                           struct bytes *out, struct error *err)
{
    struct pdf_update update;
    struct receipt_part *parts;
    size_t part_count;
    struct gaps gaps;
    if (!signature) {
        *out = pdf;
        return true;
    }
    if (!receipt_parts_list(arena, pdf, &parts, &part_count, err) ||
        !pdf_update_begin(arena, pdf, 2 * cms_signer_room(signature->signer), &update, err))
        return false;
    long page = first_page(&update);
    long list = write_parts(&update, parts, part_count);
    long value = write_signature(&update, signature, reason, signed_at, &gaps);
    long field = write_field(&update, signature, value, page);
    if (!annotate(&update, page, field, err))
        return false;
    pdf_update_finish(&update, arena_printf(arena,
                                            "%s/AcroForm<</SigFlags 3/Fields[%ld 0 R]>>/SKJM_Parts "
                                            "%ld 0 R",
                                            update.catalog, field, list));
    if (!fill_hole(&update, signature, &gaps, signed_at, err))
        return false;
    *out = buf_bytes(&update.out);
    return true;
}
