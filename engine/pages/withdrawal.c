/* withdrawal.c - taking an application back: the page that says what happens, doing it, and the
 * receipt of it. */
#include "engine/deliver.h"
#include "engine/logbook.h"
#include "engine/pages/failure.h"
#include "engine/pages/outcome.h"
#include "engine/pages/pages.h"
#include "engine/pages/sent.h"
#include "engine/take_back.h"
#include "engine/upkeep.h"
#include "storage/attachments.h"

#include <string.h>

/* Promises that are not kept, and what is laid up for them. */
static bool count_waiting(const struct visitor *visitor, struct db *db, struct arena *arena,
                          const char *submission_id, int *out, struct error *err)
{
    struct attachment *promises;
    size_t count;
    *out = 0;
    if (!attachments_promised(arena, db, visitor->session.citizen.id, &promises, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        *out += strcmp(promises[i].submission_id, submission_id) == 0;
    return true;
}

static bool is_under_way(const struct submission *submission)
{
    enum sending_delivery delivery = sent_delivery(submission);
    return delivery == SENDING_QUEUED || delivery == SENDING_HANDED || delivery == SENDING_LATE;
}

static bool write_question(struct visitor *visitor, struct db *db, struct request *request,
                           struct response *response, int status,
                           const struct submission *submission, struct error *err)
{
    struct arena *arena = request->arena;
    struct outcome_of_receipt outcome;
    struct outcome_withdraw page = {
        .form = sent_title(visitor, arena, submission->form_id),
        .reference = submission->reference,
        .sent_at = submission->received_at,
        .letter_is_under_way = is_under_way(submission),
        .action = outcome_withdraw_address(arena, submission->id),
        .back = sent_address(arena, submission->id),
    };
    if (!count_waiting(visitor, db, arena, submission->id, &page.waiting_count, err) ||
        !outcome_of(visitor, arena, db, submission, &outcome, err))
        return false;
    if (submission->state == SUBMISSION_DECIDED) /* by a certificate alone, perhaps */
        page.decision = outcome.decision_count ? outcome.decisions[0].address : page.back;
    struct frame frame = visitor_frame(visitor);
    response_html(response, status, outcome_withdraw_page(arena, &frame, &page));
    return true;
}

static bool ask(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct submission submission;
    if (!submissions_read(request->arena, db, visitor->session.citizen.id,
                          request_parameter(request, "id"), &submission, err))
        return false;
    if (submission.state == SUBMISSION_WITHDRAWN) {
        response_redirect(response, sent_address(request->arena, submission.id));
        return true;
    }
    return write_question(visitor, db, request, response, 200, &submission, err);
}

void withdrawal_ask(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(ask, request, response);
}

/* A decision that came while the page was read is told, and nothing is changed. */
static bool withdraw(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    const char *id = request_parameter(request, "id");
    struct withdrawal withdrawal;
    struct submission submission;
    if (take_back(visitor, request->arena, db, id, request->id, &withdrawal, err)) {
        deliver_wake(visitor->app->deliver);
        upkeep_wake(visitor->app->upkeep);
        response_redirect(response, sent_address(request->arena, withdrawal.submission_id));
        return true;
    }
    return err->code == ERROR_CONFLICT &&
           submissions_read(request->arena, db, visitor->session.citizen.id, id, &submission,
                            err) &&
           write_question(visitor, db, request, response, 409, &submission, err);
}

void withdrawal_do(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(withdraw, request, response);
}

static bool pdf(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct submission submission;
    struct bytes receipt;
    if (!submissions_read(arena, db, citizen_id, request_parameter(request, "id"), &submission,
                          err) ||
        !withdrawals_receipt(arena, db, citizen_id, submission.id, &receipt, err) ||
        !logbook_add(arena, db,
                     &(struct logbook_act){.citizen_id = citizen_id,
                                           .action = AUDIT_SUBMISSION_READ,
                                           .object_id = submission.id,
                                           .request_id = request->id},
                     err))
        return false;
    response_download(response, arena_printf(arena, "trukket-%s.pdf", submission.reference),
                      "application/pdf", receipt);
    return true;
}

void withdrawal_pdf(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(pdf, request, response);
}
