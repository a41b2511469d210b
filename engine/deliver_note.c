#include "engine/deliver_note.h"

#include "storage/audit.h"

static enum audit_action action_of(enum outbox_kind kind)
{
    static const enum audit_action actions[] = {
        [OUTBOX_RECEIPT] = AUDIT_RECEIPT_DELIVERED,
        [OUTBOX_SHARE_REQUEST] = AUDIT_SHARING_ASKED,
        [OUTBOX_STOP_SHARING] = AUDIT_SHARING_STOPPED,
        [OUTBOX_EVIDENCE_REQUEST] = AUDIT_EVIDENCE_TOLD,
        [OUTBOX_CERTIFICATE] = AUDIT_CERTIFICATE_DELIVERED,
        [OUTBOX_SUPPLEMENT] = AUDIT_SUPPLEMENT_DELIVERED,
    };
    return actions[kind];
}

bool deliver_note(struct arena *arena, struct db *db, const struct delivery *delivery,
                  bool is_there, struct error *err)
{
    const char *object = delivery->submission_id ? delivery->submission_id
                         : delivery->consent_id  ? delivery->consent_id
                                                 : delivery->evidence_request_id;
    struct audit_entry entry = {
        .actor = AUDIT_SYSTEM,
        .actor_id = "",
        .citizen_id = delivery->citizen_id,
        .action = is_there ? action_of(delivery->kind) : AUDIT_DELIVERY_GIVEN_UP,
        .object_id = object ? object : delivery->id,
        .succeeded = is_there,
        .request_id = "",
    };
    return audit_add(arena, db, &entry, err);
}
