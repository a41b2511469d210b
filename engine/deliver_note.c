#include "engine/deliver_note.h"

#include "storage/audit.h"

static enum audit_action action_of(enum outbox_kind kind, enum deliver_end end)
{
    static const enum audit_action actions[] = {
        [OUTBOX_RECEIPT] = AUDIT_RECEIPT_DELIVERED,
        [OUTBOX_SHARE_REQUEST] = AUDIT_SHARING_ASKED,
        [OUTBOX_STOP_SHARING] = AUDIT_SHARING_STOPPED,
        [OUTBOX_EVIDENCE_REQUEST] = AUDIT_EVIDENCE_TOLD,
        [OUTBOX_CERTIFICATE] = AUDIT_CERTIFICATE_DELIVERED,
        [OUTBOX_SUPPLEMENT] = AUDIT_SUPPLEMENT_DELIVERED,
    };
    return end == DELIVER_GIVEN_UP ? AUDIT_DELIVERY_GIVEN_UP
           : end == DELIVER_OPENED ? AUDIT_LETTER_OPENED
                                   : actions[kind];
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
        .action = action_of(delivery->kind, end),
        .object_id = object ? object : delivery->id,
        .succeeded = end != DELIVER_GIVEN_UP,
        .request_id = "",
    };
    return audit_add(arena, db, &entry, err);
}
