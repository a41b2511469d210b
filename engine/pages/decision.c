/* decision.c - what the agency decided: its page, and the document. */
#include "engine/base/text.h"
#include "engine/logbook.h"
#include "engine/pages/failure.h"
#include "engine/pages/outcome.h"
#include "engine/pages/pages.h"
#include "engine/pages/sent.h"

/* Before a word of it is told: who opened it, and that it is no news any more. */
static bool note_reading(struct visitor *visitor, struct db *db, const struct request *request,
                         const char *id, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(db, &transaction, err) && decisions_opened(db, citizen_id, id, err) &&
           logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_DECISION_READ,
                                             .object_id = id,
                                             .request_id = request->id},
                       err) &&
           db_commit(&transaction, err);
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct decision decision;
    struct submission submission;
    if (!decisions_read(arena, db, citizen_id, request_parameter(request, "id"), &decision, err) ||
        !submissions_read(arena, db, citizen_id, decision.submission_id, &submission, err) ||
        (!decision.read_at && !note_reading(visitor, db, request, decision.id, err)))
        return false;
    struct outcome_decision page = outcome_decision_of(arena, &decision, &submission);
    page.form = sent_title(visitor, arena, submission.form_id);
    page.reference = submission.reference;
    page.receipt = sent_address(arena, submission.id);
    page.file = arena_printf(arena, "%s/vedtak.pdf", page.address);
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, outcome_decision_page(arena, &frame, &page));
    return true;
}

void decision_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

static bool pdf(struct visitor *visitor, struct db *db, struct request *request,
                struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct decision decision;
    struct submission submission;
    struct bytes content;
    if (!decisions_read(arena, db, citizen_id, request_parameter(request, "id"), &decision, err) ||
        !submissions_read(arena, db, citizen_id, decision.submission_id, &submission, err) ||
        !decisions_content(arena, db, citizen_id, decision.id, &content, err) ||
        !note_reading(visitor, db, request, decision.id, err))
        return false;
    response_download(response, arena_printf(arena, "vedtak-%s.pdf", submission.reference),
                      "application/pdf", content);
    return true;
}

void decision_pdf(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(pdf, request, response);
}
