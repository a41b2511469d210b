#include "engine/pages/sent.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "storage/postbox/print_orders.h"

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

/* A receipt letter, as the outbox has it. */
struct sent_letter {
    enum outbox_state state;
    const char *reason; /* its last failure */
    const char *channel;
    int64_t opened_at, received_at;
};

static enum sending_delivery where_when_done(const struct sent_letter *letter)
{
    if (text_equal(letter->channel, PRINT_ORDERS_NAME))
        return SENDING_ON_PAPER;
    return letter->opened_at ? SENDING_OPENED : SENDING_DELIVERED;
}

static enum sending_delivery where_is(const struct sent_letter *letter)
{
    bool on_paper = text_equal(letter->channel, PRINT_ORDERS_NAME);
    switch (letter->state) {
    case OUTBOX_DONE:
        return where_when_done(letter);
    case OUTBOX_DEAD:
        return sent_no_mailbox(letter->reason) ? SENDING_NO_POSTBOX : SENDING_FAILED;
    case OUTBOX_SENDING:
    case OUTBOX_UNKNOWN:
    case OUTBOX_ACCEPTED:
        if (!on_paper)
            return SENDING_HANDED;
        break;
    case OUTBOX_PENDING:
        break;
    }
    return clock_now() - letter->received_at > LATE_S ? SENDING_LATE : SENDING_QUEUED;
}

enum sending_delivery sent_delivery(const struct submission *submission)
{
    if (!submission->has_delivery)
        return SENDING_NO_POSTBOX;
    return where_is(&(struct sent_letter){
        .state = submission->delivery,
        .reason = submission->delivery_reason,
        .channel = submission->channel,
        .opened_at = submission->opened_at,
        .received_at = submission->received_at,
    });
}

enum sending_delivery sent_supplement(const struct supplement *supplement)
{
    return where_is(&(struct sent_letter){
        .state = supplement->delivery,
        .reason = supplement->delivery_reason,
        .channel = supplement->channel,
        .opened_at = supplement->opened_at,
        .received_at = supplement->received_at,
    });
}

enum sending_delivery sent_withdrawal(const struct withdrawal *withdrawal)
{
    return where_is(&(struct sent_letter){
        .state = withdrawal->delivery,
        .reason = withdrawal->delivery_reason,
        .channel = withdrawal->channel,
        .opened_at = withdrawal->opened_at,
        .received_at = withdrawal->withdrawn_at,
    });
}

enum sending_delivery sent_decision(const struct decision *decision)
{
    return where_is(&(struct sent_letter){
        .state = decision->delivery,
        .reason = decision->delivery_reason,
        .channel = decision->channel,
        .opened_at = decision->opened_at,
        .received_at = decision->decided_at,
    });
}

const char *sent_mailbox(const char *channel, const char *mailbox)
{
    static const struct {
        const char *number, *name;
    } known[] = {{"984661185", "Digipost"}, {"922020175", "e-Boks"}};
    for (size_t i = 0; i < COUNT(known); i++)
        if (text_equal(mailbox, known[i].number))
            return known[i].name;
    return text_equal(channel, "digipost") ? "Digipost" : NULL;
}

const char *sent_mailbox_url(const struct visitor *visitor, const char *name)
{
    bool is_there = visitor->app->sandbox || !name || text_equal(name, "Digipost");
    return is_there ? visitor->app->mailbox_url : NULL;
}
