/* discard.c - deleting a draft: the page that asks, and doing it. */
#include "engine/deliver.h"
#include "engine/logbook.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/sent.h"
#include "engine/upkeep.h"
#include "engine/withdraw.h"
#include "render/site.h"

/* Needs no form: a draft can be deleted also when its form is not offered any more. */
static bool ask_delete(struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct draft draft;
    struct attachment *attachments;
    size_t count, documents = 0;
    if (!drafts_read(arena, db, citizen_id, request_parameter(request, "id"), &draft, err))
        return false;
    if (draft.state == DRAFT_SENT)
        return sent_lead_to_receipt(visitor, db, request, response, draft.id, err);
    if (!attachments_of_draft(arena, db, citizen_id, draft.id, &attachments, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        documents += attachments[i].source != ATTACHMENT_LATER;
    const struct package *package = catalogue_find(visitor->app->forms, draft.form_id);
    struct frame frame = visitor_frame(visitor);
    struct site_delete page = {
        .form_title = catalogue_title(arena, visitor->app->forms, draft.form_id, visitor->language),
        .saved_at = draft.saved_at,
        .document_count = (int)documents,
        .action = request->path,
        .back = package ? progress_return(arena, package, &draft) : FRAME_PATH_MY_PAGE,
    };
    response_html(response, 200, site_delete_page(request->arena, &frame, &page));
    return true;
}

void discard_ask(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(ask_delete, request, response);
}

static bool discard(struct visitor *visitor, struct db *db, struct request *request,
                    struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id, *id = request_parameter(request, "id");
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !withdraw_all(request->arena, db, citizen_id, id, request->id, err) ||
        !drafts_delete(db, citizen_id, id, err) ||
        !logbook_add(request->arena, db,
                     &(struct logbook_act){.citizen_id = citizen_id,
                                           .action = AUDIT_DRAFT_DELETED,
                                           .object_id = id,
                                           .request_id = request->id},
                     err) ||
        !db_commit(&transaction, err))
        return false;
    deliver_wake(visitor->app->deliver);
    upkeep_wake(visitor->app->upkeep);
    response_redirect(response, FRAME_PATH_MY_PAGE "?slettet=ja");
    return true;
}

void discard_do(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(discard, request, response);
}
