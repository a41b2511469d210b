#include "engine/provenance.h"

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/pdf_signature.h"
#include "engine/proof.h"
#include "storage/attachment_bytes.h"
#include "storage/audit.h"

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
    bool postbox = row->delivered_at != 0; /* also what was sent before, and came from there */
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

bool provenance_is_reason(const char *reason)
{
    return text_equal(reason, PROVENANCE_BROKEN) || text_equal(reason, PROVENANCE_EXPIRED) ||
           text_equal(reason, PROVENANCE_CHANGED);
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

/* *refusal: NULL when it is what was stored, and valid. */
static bool look_at(struct db *db, const struct attachment *row, const char **refusal,
                    struct error *err)
{
    struct error changed;
    *refusal = is_over(row->valid_until) ? PROVENANCE_EXPIRED : NULL;
    if (!attachment_bytes_compare(db, row, &changed, err))
        return false;
    if (changed.code == ERROR_NONE)
        return true;
    log_error("attachment_broken", &changed);
    *refusal = PROVENANCE_CHANGED;
    return true;
}

static bool refuse(struct arena *arena, struct db *db, const struct attachment *row,
                   const char *refusal, const char *request_id, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    bool changed;
    if (!db_begin(db, &transaction, err) ||
        !attachments_fail(db, row->citizen_id, row->id, refusal, &changed, err))
        return false;
    log_event(LOG_LEVEL_WARNING, "document_failed", "id=%s reason=%s", row->id, refusal);
    return (!changed || audit_add(arena, db,
                                  &(struct audit_entry){.actor = AUDIT_SYSTEM,
                                                        .actor_id = "",
                                                        .citizen_id = row->citizen_id,
                                                        .action = AUDIT_DOCUMENT_FAILED,
                                                        .object_id = row->id,
                                                        .succeeded = true,
                                                        .request_id = request_id},
                                  err)) &&
           db_commit(&transaction, err);
}

bool provenance_look_again(struct arena *arena, struct db *db, const struct attachment *rows,
                           size_t count, const char *request_id, size_t *refused, struct error *err)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        const char *refusal = NULL;
        if (rows[i].state != ATTACHMENT_READY || rows[i].source == ATTACHMENT_LATER)
            continue;
        if (!look_at(db, &rows[i], &refusal, err) ||
            (refusal && !refuse(arena, db, &rows[i], refusal, request_id, err)))
            return false;
        failed += refusal != NULL;
    }
    *refused = failed;
    return true;
}
