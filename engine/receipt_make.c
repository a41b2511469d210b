#include "engine/receipt_make.h"

#include "engine/pages/say.h"

bool receipt_make(struct arena *arena, struct db *db, const struct receipt_signature *signature,
                  struct pdf_receipt page, struct receipt_manifest manifest, struct bytes *out,
                  struct error *err)
{
    if (!audit_find_head(db, &manifest.head, err))
        return false;
    const char *language = manifest.language;
    const struct pdf_file manifest_file = {
        .file_name = RECEIPT_MANIFEST_NAME,
        .media_type = "application/json",
        .relationship = "Data",
        .description = say(language, "receipt.inside.manifest"),
        .bytes = receipt_manifest_write(arena, &manifest),
    };
    const struct pdf_file files[] = {
        manifest_file,
        {
            .file_name = RECEIPT_MANIFEST_XML,
            .media_type = "application/xml",
            .relationship = "Source",
            .description = say(language, "receipt.inside.xml"),
            .bytes = manifest.submission->answers,
        },
    };
    page.audit_head = receipt_manifest_head(arena, &manifest.head);
    page.attachments_inside = files;
    page.attachment_inside_count = manifest.is_supplement ? 1 : 2;

    const char *reason =
        say_of(arena, language, manifest.is_supplement ? "supplement.signed" : "receipt.signed",
               "referanse", page.reference);
    struct bytes plain;
    return pdf_receipt_write(arena, &page, &plain, err) &&
           receipt_signature_add(arena, signature, plain, reason, page.received_at, out, err);
}
