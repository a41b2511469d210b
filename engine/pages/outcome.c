#include "engine/pages/outcome.h"

#include "engine/base/text.h"
#include "engine/pages/sent.h"
#include "storage/withdrawals.h"

char *outcome_decision_address(struct arena *arena, const char *decision_id)
{
    return arena_printf(arena, "/min-side/vedtak/%s", decision_id);
}

char *outcome_withdraw_address(struct arena *arena, const char *submission_id)
{
    return arena_printf(arena, "/min-side/soknader/%s/trekk", submission_id);
}

struct outcome_decision outcome_decision_of(struct arena *arena, const struct decision *decision,
                                            const struct submission *submission)
{
    static const enum outcome_kind kinds[] = {
        [DECISION_GRANTED] = OUTCOME_GRANTED,
        [DECISION_PARTLY] = OUTCOME_PARTLY,
        [DECISION_REFUSED] = OUTCOME_REFUSED,
        [DECISION_DISMISSED] = OUTCOME_DISMISSED,
    };
    return (struct outcome_decision){
        .kind = kinds[decision->outcome],
        .title = decision->title,
        .language = submission->language,
        .address = outcome_decision_address(arena, decision->id),
        .decided_at = decision->decided_at,
        .read_at = decision->read_at,
        .size_bytes = decision->size_bytes,
        .appeal = decision->appeal,
        .appeal_until = decision->appeal_until,
        .delivery = sent_decision(decision),
        .mailbox = sent_mailbox(decision->channel, decision->mailbox),
    };
}

static bool list_decisions(struct visitor *visitor, struct arena *arena, struct db *db,
                           const struct submission *submission, struct outcome_of_receipt *out,
                           struct error *err)
{
    struct decision *decisions;
    size_t count;
    if (!decisions_list(arena, db, visitor->session.citizen.id, &decisions, &count, err))
        return false;
    struct outcome_decision *shown = ARENA_ARRAY(arena, count, struct outcome_decision);
    for (size_t i = 0; i < count; i++)
        if (text_equal(decisions[i].submission_id, submission->id))
            shown[out->decision_count++] = outcome_decision_of(arena, &decisions[i], submission);
    out->decisions = shown;
    return true;
}

bool outcome_of(struct visitor *visitor, struct arena *arena, struct db *db,
                const struct submission *submission, struct outcome_of_receipt *out,
                struct error *err)
{
    *out = (struct outcome_of_receipt){0};
    char *withdraw = outcome_withdraw_address(arena, submission->id);
    struct withdrawal withdrawal;
    switch (submission->state) {
    case SUBMISSION_SENT:
        out->withdraw = withdraw;
        return true;
    case SUBMISSION_DECIDED:
        return list_decisions(visitor, arena, db, submission, out, err);
    case SUBMISSION_WITHDRAWN:
        break;
    }
    if (!withdrawals_of_submission(arena, db, visitor->session.citizen.id, submission->id,
                                   &withdrawal, err))
        return false;
    out->withdrawn_at = withdrawal.withdrawn_at;
    out->withdrawal_pdf = arena_printf(arena, "%s/kvittering.pdf", withdraw);
    out->withdrawal_delivery = sent_withdrawal(&withdrawal);
    out->withdrawal_mailbox = sent_mailbox(withdrawal.channel, withdrawal.mailbox);
    return true;
}
