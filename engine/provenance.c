#include "engine/provenance.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/pdf_signature.h"
#include "engine/proof.h"
#include "storage/attachment_bytes.h"

static void tell(const struct pdf_signature *signature, const struct attachment *row)
{
    bool broken = signature->outcome == PDF_SIGNATURE_BROKEN;
    if (broken || signature->outcome == PDF_SIGNATURE_UNKNOWN)
        log_event(broken ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
                  broken ? "signature_broken" : "signature_unknown", "document=%s why=\"%s\"",
                  row->document_id ? row->document_id : "uploaded", signature->why);
}

/* What the table in the header says of whatever is not broken. */
static void judge(const struct pdf_signature *signature, struct attachment *row)
{
    bool postbox = row->source == ATTACHMENT_POSTBOX;
    if (signature->outcome != PDF_SIGNATURE_NONE) {
        row->signer = *signature->signer ? signature->signer : NULL;
        row->signed_at = signature->signed_at;
    }
    row->verdict = postbox ? ATTACHMENT_UNCONFIRMED : ATTACHMENT_UPLOADED;
    if (postbox && row->issuer_number)
        row->verdict = ATTACHMENT_ISSUER;
    if (signature->outcome == PDF_SIGNATURE_ISSUER) {
        row->verdict = ATTACHMENT_ISSUER;
        row->issuer_number = signature->issuer->number;
        row->issuer_name = signature->issuer->name;
    }
}

static bool is_over(int64_t valid_until)
{
    return valid_until && valid_until < clock_now();
}

bool provenance_decide(struct arena *arena, const struct content *content,
                       const struct issuers *issuers, struct attachment *row, const char **refusal,
                       struct error *err)
{
    int64_t existed_at = row->delivered_at ? row->delivered_at : clock_now();
    struct pdf_signature signature = {.outcome = PDF_SIGNATURE_NONE, .signer = ""};
    struct proof proof = {0};
    bool has_proof = false, pdf = text_equal(row->media_type, "application/pdf");
    if (pdf && (!pdf_signature_check(arena, content, issuers, existed_at, &signature, err) ||
                !proof_find(arena, content, &proof, &has_proof, err)))
        return false;
    tell(&signature, row);
    judge(&signature, row);
    row->valid_until = has_proof ? proof.valid_until : 0;
    *refusal = NULL;
    if (signature.outcome == PDF_SIGNATURE_BROKEN)
        *refusal = PROVENANCE_BROKEN;
    else if (is_over(row->valid_until))
        *refusal = PROVENANCE_EXPIRED;
    if (*refusal)
        row->verdict = ATTACHMENT_FAILED;
    return true;
}

bool provenance_still_holds(struct db *db, const struct attachment *row, const char **refusal,
                            struct error *err)
{
    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    struct error why;
    *refusal = is_over(row->valid_until) ? PROVENANCE_EXPIRED : NULL;
    if (attachment_bytes_open(db, row, &bytes, &why) && attachment_bytes_check(bytes, &why))
        return true;
    if (why.code != ERROR_BROKEN) {
        *err = why;
        return false;
    }
    log_error("attachment_broken", &why);
    *refusal = PROVENANCE_CHANGED;
    return true;
}
