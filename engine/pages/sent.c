#include "engine/pages/sent.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

enum { LATE_S = 3600 };

bool sent_no_mailbox(const char *reason)
{
    return reason && text_starts_with(reason, "UNKNOWN_RECIPIENT");
}

struct form_shown sent_title(const struct visitor *visitor, struct arena *arena,
                             const char *form_id)
{
    const char *chosen = visitor->wish.chosen;
    return catalogue_title(arena, visitor->app->forms, form_id,
                           chosen ? chosen : visitor->language);
}

char *sent_address(struct arena *arena, const char *submission_id)
{
    return arena_printf(arena, "/kvittering/%s", submission_id);
}

bool sent_lead_to_receipt(struct visitor *visitor, struct db *db, struct request *request,
                          struct response *response, const char *draft_id, struct error *err)
{
    struct submission submission;
    if (!submissions_of_draft(request->arena, db, visitor->session.citizen.id, draft_id,
                              &submission, err))
        return false;
    response_redirect(response, sent_address(request->arena, submission.id));
    return true;
}

/* Calculated as of when it was sent, so that today() says that day. */
bool sent_outline(struct arena *arena, struct db *db, const struct submission *submission,
                  const struct form *form, const struct attachment *attachments, size_t count,
                  struct outline **out, struct error *err)
{
    struct draft draft;
    CLEANUP(answers_close) struct answers *answers = NULL;
    if (!drafts_read(arena, db, submission->citizen_id, submission->draft_id, &draft, err) ||
        !answers_load(form, submission->received_at, draft.answers, &answers, err))
        return false;
    answers_speak(answers, submission->language);
    struct outline_attached *documents = ARENA_ARRAY(arena, count, struct outline_attached);
    size_t document_count = 0;
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source != ATTACHMENT_LATER && !attachments[i].promise_id)
            documents[document_count++] = (struct outline_attached){
                .id = attachments[i].id,
                .document = open_draft_document(arena, &attachments[i]),
                .upload_id = attachments[i].requirement,
            };
    *out = outline_make(arena, form, answers, submission->language, documents, document_count);
    return true;
}

enum sending_delivery sent_where(enum outbox_state state, const char *reason, int64_t received_at)
{
    switch (state) {
    case OUTBOX_DONE:
        return SENDING_DELIVERED;
    case OUTBOX_DEAD:
        return sent_no_mailbox(reason) ? SENDING_NO_POSTBOX : SENDING_FAILED;
    case OUTBOX_SENDING:
    case OUTBOX_UNKNOWN:
    case OUTBOX_ACCEPTED:
        return SENDING_HANDED;
    case OUTBOX_PENDING:
        break;
    }
    return clock_now() - received_at > LATE_S ? SENDING_LATE : SENDING_QUEUED;
}

enum sending_delivery sent_delivery(const struct submission *submission)
{
    if (!submission->has_delivery)
        return SENDING_NO_POSTBOX;
    return sent_where(submission->delivery, submission->delivery_reason, submission->received_at);
}
