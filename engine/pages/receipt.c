/* receipt.c - what was sent: its page, its PDF, and its XML. */
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/logbook.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/outcome.h"
#include "engine/pages/sent.h"
#include "engine/supplement.h"
#include "engine/versions.h"
#include "engine/base/text.h"
#include "storage/attachments.h"
#include "storage/supplements.h"

enum { REFRESH_S = 3, REFRESH_FOR_S = 120 };

static bool read_submission(struct visitor *visitor, struct db *db, struct request *request,
                            struct submission *out, struct error *err)
{
    return submissions_read(request->arena, db, visitor->session.citizen.id,
                            request_parameter(request, "id"), out, err);
}

/* When each came that did; 0: it has not. */
static int64_t came_at(const struct supplement *supplements, size_t count, const char *promise_id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(supplements[i].promise_id, promise_id))
            return supplements[i].received_at;
    return 0;
}

/* What was promised for later, and what was sent. */
static bool list_contents(struct visitor *visitor, struct db *db, struct request *request,
                          struct sending_receipt *page, const struct submission *submission,
                          struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct attachment *attachments;
    struct supplement *supplements;
    size_t count, supplement_count;
    if (!attachments_of_submission(arena, db, citizen_id, submission->id, &attachments, &count,
                                   err) ||
        !supplements_list(arena, db, citizen_id, &supplements, &supplement_count, err))
        return false;
    struct sending_later *later = ARENA_ARRAY(arena, count, struct sending_later);
    for (size_t i = 0; i < count; i++)
        if (attachments[i].source == ATTACHMENT_LATER)
            later[page->later_count++] = (struct sending_later){
                .label = attachments[i].name,
                .due_at = attachments[i].expected_by,
                .sent_at = came_at(supplements, supplement_count, attachments[i].id),
                .address = supplement_address(arena, attachments[i].id),
            };
    page->later = later;
    struct outline *outline = NULL;
    struct error why;
    if (page->form &&
        !sent_outline(arena, db, submission, page->form, attachments, count, &outline, &why))
        log_error("sent_not_shown", &why); /* the receipt itself is another thing */
    page->outline = outline;
    return true;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct submission submission;
    if (!read_submission(visitor, db, request, &submission, err))
        return false;
    enum sending_delivery delivery = sent_delivery(&submission);
    bool open = delivery == SENDING_QUEUED || delivery == SENDING_HANDED;
    bool fresh = clock_now() - submission.received_at < REFRESH_FOR_S;
    CLEANUP(versions_return) struct version version = {0};
    struct error why;
    bool is_kept =
        versions_borrow_sent(visitor->app->versions, request->arena, db, submission.form_id,
                             submission.form_version, &version, &why);
    if (!is_kept && why.code != ERROR_MISSING) {
        *err = why;
        return false;
    }
    struct sending_receipt page = {
        .form = is_kept ? version.package->form : NULL,
        .reference = submission.reference,
        .received_at = submission.received_at,
        .pdf = arena_printf(request->arena, "%s/kvittering.pdf", request->path),
        .pdf_size_bytes = submission.receipt_size_bytes,
        .delivery = delivery,
        .delivered_at = submission.delivered_at,
        .handed_at = submission.delivered_at,
        .opened_at = submission.opened_at,
        .mailbox = sent_mailbox(submission.channel, submission.mailbox),
        .mailbox_url =
            sent_mailbox_url(visitor, sent_mailbox(submission.channel, submission.mailbox)),
        .address = request->path,
        .refresh_s = open && fresh ? REFRESH_S : 0,
    };
    struct outcome_of_receipt outcome;
    if (!list_contents(visitor, db, request, &page, &submission, err) ||
        !outcome_of(visitor, request->arena, db, &submission, &outcome, err))
        return false;
    page.outcome = &outcome;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, sending_receipt_page(request->arena, &frame, &page));
    return true;
}

void receipt_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* Before it leaves. */
static bool note_reading(struct db *db, const struct request *request,
                         const struct submission *submission, struct error *err)
{
    return logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = submission->citizen_id,
                                             .action = AUDIT_SUBMISSION_READ,
                                             .object_id = submission->id,
                                             .request_id = request->id},
                       err);
}

static bool pdf(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct submission submission;
    struct bytes receipt;
    if (!read_submission(visitor, db, request, &submission, err) ||
        !submissions_receipt(request->arena, db, visitor->session.citizen.id, submission.id,
                             &receipt, err) ||
        !note_reading(db, request, &submission, err))
        return false;
    response_download(response,
                      arena_printf(request->arena, "kvittering-%s.pdf", submission.reference),
                      "application/pdf", receipt);
    return true;
}

void receipt_pdf(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(pdf, request, response);
}

static bool xml(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct submission submission;
    if (!read_submission(visitor, db, request, &submission, err) ||
        !note_reading(db, request, &submission, err))
        return false;
    response_download(response, arena_printf(request->arena, "soknad-%s.xml", submission.reference),
                      "application/xml", submission.answers);
    return true;
}

void receipt_xml(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(xml, request, response);
}
