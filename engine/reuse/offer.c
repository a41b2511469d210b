#include "engine/reuse/offer.h"

#include "engine/base/text.h"
#include "engine/uploads.h"
#include "storage/certificates.h"

enum { ID_BITS = 128 };

/* NULL: there is no word that it could be asked for by. */
static const char *type_of(const struct form_control *control)
{
    const struct form_upload *rules = control->upload;
    for (size_t i = 0; i < rules->match_count; i++)
        if (certificates_is_type(rules->matches[i].type))
            return rules->matches[i].type;
    return certificates_is_type(control->word) ? control->word : NULL;
}

/* Also one that was sent with an earlier application, and came from the postbox to that. */
static bool is_from_issuer(const struct attachment *attachment)
{
    return attachment->verdict == ATTACHMENT_ISSUER && attachment->state == ATTACHMENT_READY &&
           attachment->document_id && attachment->consent_id && attachment->issuer_number;
}

static bool add(struct arena *arena, struct db *db, const struct submission *submission,
                const struct attachment *attachment, const char *type, struct error *err)
{
    const struct certificate certificate = {
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = submission->citizen_id,
        .submission_id = submission->id,
        .draft_id = submission->draft_id,
        .kind = CERTIFICATE_FETCHED,
        .type = type,
        .title = attachment->name,
        .media_type = attachment->media_type,
        .size_bytes = attachment->size_bytes,
        .sha256 = attachment->sha256,
        .issuer_number = attachment->issuer_number,
        .issuer_name = attachment->issuer_name ? attachment->issuer_name : "",
        .number = "",
        .issued_at = attachment->delivered_at,
        .valid_until = attachment->valid_until,
        .attachment_id = attachment->id,
        .document_id = attachment->document_id,
        .consent_id = attachment->consent_id,
        .fetched_at = attachment->fetched_at,
    };
    return certificates_add(arena, db, &certificate, (struct bytes){0}, NULL, err);
}

bool offer_documents(struct arena *arena, struct db *db, const struct open_draft *draft,
                     const struct submission *submission, struct attachment *const *attachments,
                     size_t count, struct error *err)
{
    struct upload *uploads;
    size_t upload_count = uploads_list(arena, draft->answers, submission->language, &uploads);
    for (size_t i = 0; i < count; i++) {
        const struct upload *upload =
            uploads_find(uploads, upload_count, attachments[i]->requirement);
        if (!upload || !upload->control->upload->offer_reuse || !is_from_issuer(attachments[i]))
            continue;
        const char *type = type_of(upload->control);
        if (type && !add(arena, db, submission, attachments[i], type, err))
            return false;
    }
    return true;
}
