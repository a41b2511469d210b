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
