#include "engine/reuse/issue.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/letter.h"
#include "engine/pages/say.h"
#include "engine/receipt_signature.h"
#include "render/pdf_certificate.h"
#include "render/pdf_update.h"
#include "storage/citizens.h"
#include "storage/postbox/digipost_message.h"

#include <string.h>

enum { ID_BITS = 128 };

/* What is issued to whom, made before the transaction so that it is short. */
struct issuing {
    struct arena *arena;
    const struct issue *issue;
    struct submission submission;
    struct citizen citizen;
    struct postbox_proof proof;
    struct certificate certificate;
    struct bytes pdf;
};

/* "Ingrid Marie Fjeld": the last word is the surname. Somebody with one name has no other; whose
 * name is not known is told by the number, as it is shown. */
static void split_name(struct arena *arena, const struct citizen *citizen,
                       struct postbox_proof *proof)
{
    const char *name =
        *citizen->name ? citizen->name : arena_printf(arena, "%.6s\u00A0*****", citizen->pid);
    const char *space = strrchr(name, ' ');
    proof->first_name = space ? arena_printf(arena, "%.*s", (int)(space - name), name) : name;
    proof->surname = space ? space + 1 : "–";
}

/* Limits are the postbox's; the PDF and the certificate say it whole. */
static void describe(struct issuing *issuing)
{
    const struct api_body_certificate *wanted = &issuing->issue->certificate;
    struct arena *arena = issuing->arena;
    int64_t now = clock_now();
    const char *number = wanted->number ? wanted->number : issuing->submission.reference;
    issuing->certificate = (struct certificate){
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = issuing->citizen.id,
        .submission_id = issuing->submission.id,
        .draft_id = issuing->submission.draft_id,
        .kind = CERTIFICATE_ISSUED,
        .type = wanted->type,
        .title = wanted->title,
        .media_type = "application/pdf",
        .issuer_number = issuing->issue->agency->number,
        .issuer_name = issuing->issue->agency->name,
        .number = number,
        .issued_at = now,
        .valid_until = wanted->valid_until,
    };
    issuing->proof = (struct postbox_proof){
        .authorizer = text_cut(arena, issuing->issue->agency->name, POSTBOX_MAX_AUTHORIZER),
        .title = wanted->title,
        .issued_at = now,
        .valid_from = now,
        .valid_until = wanted->valid_until,
        .number_name = "Nr.",
        .number = number,
    };
    split_name(arena, &issuing->citizen, &issuing->proof);
}

static bool make_pdf(struct issuing *issuing, struct error *err)
{
    const struct issue *issue = issuing->issue;
    if (issue->certificate.pdf.size) {
        issuing->pdf = issue->certificate.pdf;
        return true;
    }
    const struct pdf_certificate page = {
        .agency = issue->agency,
        .language = issuing->submission.language,
        .title = issuing->certificate.title,
        .number = issuing->certificate.number,
        .text = issue->certificate.text,
        .holder = issuing->citizen.name,
        .holder_number = issuing->citizen.pid,
        .form_title = catalogue_title(issuing->arena, issue->forms, issuing->submission.form_id,
                                      issuing->submission.language)
                          .text,
        .reference = issuing->submission.reference,
        .issued_at = issuing->certificate.issued_at,
        .valid_until = issuing->certificate.valid_until,
    };
    struct bytes plain, whole;
    const char *reason = say_of(issuing->arena, issuing->submission.language, "certificate.signed",
                                "tittel", issuing->certificate.title);
    return pdf_certificate_write(issuing->arena, &page, &plain, err) &&
           pdf_update_embed(issuing->arena, plain, "proof.xml", "application/xml",
                            digipost_message_proof(issuing->arena, &issuing->proof), &whole, err) &&
           receipt_signature_add(issuing->arena, issue->signature, whole, reason,
                                 issuing->certificate.issued_at, &issuing->pdf, err);
}

static bool commit(struct issuing *issuing, struct db *db, struct error *err)
{
    const struct issue *issue = issuing->issue;
    const struct letter_own letter = {
        .citizen_id = issuing->citizen.id,
        .language = issuing->submission.language,
        .subject = issuing->certificate.title,
        .pdf = issuing->pdf,
    };
    struct delivery order =
        letter_order_certificate(issuing->arena, &letter, issuing->submission.id, &issuing->proof);
    const char *delivery_id;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) &&
           submissions_become(issuing->arena, db, issuing->citizen.id, issuing->submission.id,
                              SUBMISSION_DECIDED, err) &&
           certificates_add(issuing->arena, db, &issuing->certificate, issuing->pdf, issue->key,
                            err) &&
           outbox_add(issuing->arena, db, &order, &delivery_id, err) &&
           audit_add(issuing->arena, db,
                     &(struct audit_entry){.actor = issue->actor,
                                           .actor_id = issue->actor_id,
                                           .citizen_id = issuing->citizen.id,
                                           .action = AUDIT_CERTIFICATE_ISSUED,
                                           .object_id = issuing->certificate.id,
                                           .succeeded = true,
                                           .request_id = issue->request_id},
                     err) &&
           db_commit(&transaction, err);
}

/* *found is false when nothing was issued with that key. */
static bool find_earlier(struct issuing *issuing, struct db *db, struct certificate *out,
                         bool *found, struct error *err)
{
    const struct issue *issue = issuing->issue;
    struct certificate earlier;
    struct error why = {0};
    *found = false;
    if (!issue->key)
        return true;
    if (!certificates_of_key(issuing->arena, db, issue->key, &earlier, &why)) {
        if (why.code == ERROR_MISSING)
            return true;
        *err = why;
        return false;
    }
    if (!text_equal(earlier.submission_id, issuing->submission.id) ||
        !text_equal(earlier.type, issue->certificate.type))
        return error_set(err, ERROR_CONFLICT, "the key was used for another certificate");
    *out = earlier;
    *found = true;
    return true;
}

static bool is_clean(const struct issuing *issuing, struct db *db, struct error *err)
{
    const struct issue *issue = issuing->issue;
    const struct screening_sender sender = {
        .actor = issue->actor,
        .actor_id = issue->actor_id,
        .submission_id = issuing->submission.id,
        .request_id = issue->request_id,
    };
    return !issue->certificate.pdf.size || /* made by us, then */
           screening_pass(issue->screening, issuing->arena, db, &sender, issue->certificate.pdf,
                          err);
}

bool issue_certificate(struct arena *arena, struct db *db, const struct issue *issue,
                       struct certificate *out, struct error *err)
{
    struct issuing issuing = {.arena = arena, .issue = issue};
    bool found;
    if (issue->certificate.valid_until && issue->certificate.valid_until <= clock_now())
        return error_set(err, ERROR_INVALID, "valid_until must be a day to come");
    if (!submissions_of_reference(arena, db, issue->certificate.submission, &issuing.submission,
                                  err) ||
        !citizens_read(arena, db, issuing.submission.citizen_id, &issuing.citizen, err) ||
        !find_earlier(&issuing, db, out, &found, err))
        return false;
    if (found)
        return true;
    describe(&issuing);
    if (!is_clean(&issuing, db, err) || !make_pdf(&issuing, err))
        return false;
    if (commit(&issuing, db, err))
        return certificates_read(arena, db, issuing.citizen.id, issuing.certificate.id, out, err);
    if (err->code != ERROR_CONFLICT || !issue->key)
        return false;
    struct error conflict = *err; /* somebody was quicker with the same key */
    if (!find_earlier(&issuing, db, out, &found, err))
        return false;
    if (!found)
        *err = conflict;
    return found;
}
