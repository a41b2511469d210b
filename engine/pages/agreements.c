/* agreements.c - consents on Min side: all of them, one of them, and taking one back. */
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/pages/evidence.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/sent.h"
#include "engine/withdraw.h"
#include "render/agreement.h"
#include "render/overview.h"
#include "storage/shared_documents.h"

struct reading {
    struct visitor *visitor;
    struct arena *arena;
    struct db *db;
};

static const struct shared_use *here(const struct shared_document *document)
{
    for (size_t i = 0; i < document->use_count; i++)
        if (document->uses[i].attachment_id)
            return &document->uses[i];
    return NULL;
}

/* *listed is false of what never came here. */
static bool read_document(const struct reading *reading, const struct shared_document *row,
                          struct agreement_document *out, bool *listed, struct error *err)
{
    *listed =
        row->state == SHARED_WANTED || row->state == SHARED_FETCHED || row->state == SHARED_DELETED;
    const struct shared_use *use = here(row);
    *out = (struct agreement_document){.name = row->subject, .fate = AGREEMENT_DELETED};
    if (row->state == SHARED_WANTED)
        out->fate = AGREEMENT_COMING;
    if (row->state != SHARED_FETCHED || !use)
        return true;
    out->fate = use->submission_id ? AGREEMENT_SENT : AGREEMENT_IN_DRAFT;
    if (!use->submission_id)
        return true;
    struct submission submission;
    if (!submissions_read(reading->arena, reading->db, reading->visitor->session.citizen.id,
                          use->submission_id, &submission, err))
        return false;
    out->reference = submission.reference;
    out->address = sent_address(reading->arena, submission.id);
    return true;
}

static bool read_documents(const struct reading *reading, const struct consent *consent,
                           struct agreement *out, struct error *err)
{
    struct shared_document *rows;
    size_t count;
    if (!shared_documents_list(reading->arena, reading->db, reading->visitor->session.citizen.id,
                               consent->id, &rows, &count, err))
        return false;
    struct agreement_document *documents =
        ARENA_ARRAY(reading->arena, count, struct agreement_document);
    bool listed;
    for (size_t i = 0; i < count; i++) {
        if (!read_document(reading, &rows[i], &documents[out->document_count], &listed, err))
            return false;
        out->document_count += listed;
    }
    out->documents = documents;
    return true;
}

static enum agreement_state state_of(const struct consent *consent)
{
    switch (consent->state) {
    case CONSENT_ASKED:
    case CONSENT_SHARED:
        return AGREEMENT_RUNS;
    case CONSENT_FETCHED:
    case CONSENT_STOPPED:
        return AGREEMENT_DONE;
    case CONSENT_EXPIRED:
        return AGREEMENT_EXPIRED;
    case CONSENT_WITHDRAWN:
        return AGREEMENT_WITHDRAWN;
    case CONSENT_REFUSED:
        break;
    }
    return AGREEMENT_REFUSED;
}

static bool has(const struct agreement *agreement, enum agreement_fate fate)
{
    for (size_t i = 0; i < agreement->document_count; i++)
        if (agreement->documents[i].fate == fate)
            return true;
    return false;
}

static bool read_agreement(const struct reading *reading, const struct consent *consent,
                           struct agreement *out, struct error *err)
{
    struct arena *arena = reading->arena;
    *out = (struct agreement){
        .form_title = sent_title(reading->visitor, arena, consent->form_id),
        .purpose = consent->purpose,
        .shown = consent->shown_text,
        .language = consent->language,
        .address = arena_printf(arena, OVERVIEW_PATH_CONSENTS "/%s", consent->id),
        .state = state_of(consent),
        .given_at = consent->given_at,
        .ends_at = consent->expires_at ? consent->expires_at : consent->ends_at,
        .changed_at = consent->changed_at,
    };
    if (!read_documents(reading, consent, out, err))
        return false;
    bool runs = out->state == AGREEMENT_RUNS || has(out, AGREEMENT_IN_DRAFT);
    bool ended = out->state == AGREEMENT_WITHDRAWN || out->state == AGREEMENT_REFUSED;
    out->is_past = ended || !runs;
    if (!ended && (runs || out->document_count))
        out->withdraw = arena_printf(arena, "%s/trekk", out->address);
    return true;
}

static bool list(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct reading reading = {visitor, request->arena, db};
    struct consent *rows;
    size_t count;
    if (!consents_list(request->arena, db, visitor->session.citizen.id, NULL, &rows, &count, err))
        return false;
    struct agreement *agreements = ARENA_ARRAY(request->arena, count, struct agreement);
    for (size_t i = 0; i < count; i++)
        if (!read_agreement(&reading, &rows[i], &agreements[i], err))
            return false;
    struct evidence_item *requests;
    size_t request_count;
    if (!evidence_list(visitor, db, request->arena, &requests, &request_count, err))
        return false;
    struct frame frame = visitor_frame(visitor);
    response_html(
        response, 200,
        agreement_list_page(request->arena, &frame, agreements, count, requests, request_count));
    return true;
}

void agreements_list(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(list, request, response);
}

/* From its row alone: a draft that cannot be opened does not hide what was said yes to. */
static bool find_draft(const struct reading *reading, const char *id, struct agreement *out,
                       struct error *err)
{
    struct draft *drafts;
    size_t count;
    if (!drafts_list(reading->arena, reading->db, reading->visitor->session.citizen.id, &drafts,
                     &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct package *package =
            catalogue_find(reading->visitor->app->forms, drafts[i].form_id);
        if (package && text_equal(drafts[i].id, id))
            out->goes_on = progress_return(reading->arena, package, &drafts[i]);
    }
    return true;
}

/* Where the application is that it was given for, when it is still there. */
static bool lead_on(const struct reading *reading, const struct consent *consent,
                    struct agreement *out, struct error *err)
{
    struct submission submission;
    struct error why = {0};
    if (submissions_of_draft(reading->arena, reading->db, reading->visitor->session.citizen.id,
                             consent->draft_id, &submission, &why)) {
        out->goes_on = sent_address(reading->arena, submission.id);
        out->is_sent = true;
        return true;
    }
    if (why.code == ERROR_MISSING)
        return find_draft(reading, consent->draft_id, out, err);
    *err = why;
    return false;
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct reading reading = {visitor, request->arena, db};
    struct consent consent;
    struct agreement agreement;
    if (!consents_read(request->arena, db, visitor->session.citizen.id,
                       request_parameter(request, "id"), &consent, err) ||
        !read_agreement(&reading, &consent, &agreement, err) ||
        !lead_on(&reading, &consent, &agreement, err))
        return false;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, agreement_page(request->arena, &frame, &agreement));
    return true;
}

void agreements_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* One press; what it did is told on the consent's own page. */
static bool withdraw(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct consent consent;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !consents_read(request->arena, db, citizen_id, request_parameter(request, "id"), &consent,
                       err))
        return false;
    bool before = consent.state == CONSENT_WITHDRAWN; /* pressed twice, or done in the postbox */
    if (!before && (!withdraw_consent(request->arena, db, citizen_id, &consent, request->id, err) ||
                    !db_commit(&transaction, err)))
        return false;
    deliver_wake(visitor->app->deliver);
    response_redirect(response,
                      arena_printf(request->arena, OVERVIEW_PATH_CONSENTS "/%s", consent.id));
    return true;
}

void agreements_withdraw(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(withdraw, request, response);
}
