#include "engine/deliver_note.h"

#include "engine/base/text.h"
#include "storage/audit.h"
#include "storage/postbox/print_orders.h"

/* A letter of ours that was printed; a question to the citizen stays a question. */
static bool is_on_paper(const struct delivery *delivery)
{
    return text_equal(delivery->channel, PRINT_ORDERS_NAME) &&
           delivery->kind != OUTBOX_SHARE_REQUEST && delivery->kind != OUTBOX_STOP_SHARING &&
           delivery->kind != OUTBOX_EVIDENCE_REQUEST;
}

static enum audit_action action_of(const struct delivery *delivery, enum deliver_end end)
{
    static const enum audit_action actions[] = {
        [OUTBOX_RECEIPT] = AUDIT_RECEIPT_DELIVERED,
        [OUTBOX_SHARE_REQUEST] = AUDIT_SHARING_ASKED,
        [OUTBOX_STOP_SHARING] = AUDIT_SHARING_STOPPED,
        [OUTBOX_EVIDENCE_REQUEST] = AUDIT_EVIDENCE_TOLD,
        [OUTBOX_CERTIFICATE] = AUDIT_CERTIFICATE_DELIVERED,
        [OUTBOX_SUPPLEMENT] = AUDIT_SUPPLEMENT_DELIVERED,
        [OUTBOX_WITHDRAWAL] = AUDIT_WITHDRAWAL_DELIVERED,
        [OUTBOX_DECISION] = AUDIT_DECISION_DELIVERED,
    };
    return end == DELIVER_GIVEN_UP ? AUDIT_DELIVERY_GIVEN_UP
           : end == DELIVER_OPENED ? AUDIT_LETTER_OPENED
           : is_on_paper(delivery) ? AUDIT_LETTER_ON_PAPER
                                   : actions[delivery->kind];
}

bool deliver_note(struct arena *arena, struct db *db, const struct delivery *delivery,
                  enum deliver_end end, struct error *err)
{
    const char *object = delivery->submission_id ? delivery->submission_id
                         : delivery->consent_id  ? delivery->consent_id
                                                 : delivery->evidence_request_id;
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = delivery->citizen_id,
        .action = action_of(delivery, end),
        .object_id = object ? object : delivery->id,
        .succeeded = end != DELIVER_GIVEN_UP,
        .request_id = "",
    };
    return audit_add(arena, db, &entry, err);
}
