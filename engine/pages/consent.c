/* consent.c - documents from the postbox: consent, and waiting for them. The pages only write rows;
 * the delivery worker speaks with the postbox. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/letter.h"
#include "engine/logbook.h"
#include "engine/pages/asking.h"
#include "engine/pages/pages.h"
#include "engine/partial.h"
#include "render/agreement.h"
#include "render/pdf_request.h"
#include "render/sharing.h"

#include <stdlib.h>
#include <string.h>

enum { ID_BITS = 128, REFRESH_S = 1 };

/* ---- consent ---- */

/* What is shown before the yes. */
static struct agreement_asking page_of(const struct asking *asking)
{
    struct arena *arena = asking->request->arena;
    const char **issuers = ARENA_ARRAY(arena, asking->organisation_count, const char *);
    for (size_t i = 0; i < asking->organisation_count; i++)
        issuers[i] =
            issuers_show(arena, &asking->visitor->app->issuers, asking->organisations[i], "");
    return (struct agreement_asking){
        .form_title = asking->form_title,
        .purpose = asking->purpose,
        .purpose_language = asking->purpose_language,
        .documents = asking->labels,
        .document_count = asking->count,
        .issuers = issuers,
        .issuer_count = asking->organisation_count,
        .share_s = asking->duration_s,
        .action = asking->request->path,
        .back = asking->back,
    };
}

/* Everything that a yes is a yes to, letter for letter. */
static const char *shown_text(const struct asking *asking)
{
    struct agreement_asking page = page_of(asking);
    return agreement_text(asking->request->arena, &asking->frame, &page);
}

static const char *shown_hex(const struct asking *asking)
{
    return crypto_sha256_hex(asking->request->arena, BYTES_OF(shown_text(asking)));
}

/* changed: after a yes to something else. */
static void write_consent(const struct asking *asking, bool changed)
{
    struct agreement_asking page = page_of(asking);
    page.shown = shown_hex(asking);
    page.changed = changed;
    response_html(asking->response, changed ? 409 : 200,
                  agreement_asking_page(asking->request->arena, &asking->frame, &page));
}

static bool show(struct asking *asking, struct error *err)
{
    (void)err;
    if (asking->waiting.is_open)
        response_redirect(asking->response,
                          waiting_address(asking->request->arena, asking->draft.row.id));
    else if (!asking->count) /* everything that is asked for is there */
        response_redirect(asking->response, asking->back);
    else
        write_consent(asking, false);
    return true;
}

void consent_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(show, request, response);
}

static bool record(struct asking *asking, struct error *err)
{
    struct arena *arena = asking->request->arena;
    struct visitor *visitor = asking->visitor;
    const struct draft *row = &asking->draft.row;
    int64_t now = clock_now();
    struct consent consent = {
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = visitor->session.citizen.id,
        .draft_id = row->id,
        .form_id = asking->draft.package->id,
        .language = row->language,
        .agency_number = visitor->app->agency.number,
        .purpose = asking->purpose,
        .shown_text = shown_text(asking),
        .shown = crypto_sha256(BYTES_OF(shown_text(asking))),
        .requirements = asking->requirements,
        .requirement_count = asking->count,
        .issuers = asking->organisations,
        .issuer_count = asking->organisation_count,
        .request_uuid = crypto_uuid(arena),
        .duration_seconds = asking->duration_s,
        .given_at = now,
        .ends_at = now + visitor->app->config->draft_days * 86400,
    };
    struct pdf_request letter = {
        .agency = &visitor->app->agency,
        .language = row->language,
        .form_title = asking->form_title,
        .purpose = asking->purpose,
        .documents = asking->labels,
        .document_count = asking->count,
        .duration_s = asking->duration_s,
        .asked_at = now,
    };
    struct bytes pdf;
    if (!pdf_request_write(arena, &letter, &pdf, err))
        return false;
    struct delivery order =
        letter_order_share(arena, &consent, pdf, pdf_request_title(arena, &letter),
                           asking->organisations, asking->organisation_count);
    const char *delivery_id;
    struct waiting waiting;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(asking->db, &transaction, err) ||
        !waiting_look(arena, asking->db, consent.citizen_id, consent.draft_id, consent.language,
                      &waiting, err))
        return false;
    if (waiting.is_open) /* pressed twice at once: one request */
        return true;
    return consents_give(asking->db, &consent, err) &&
           outbox_add(arena, asking->db, &order, &delivery_id, err) &&
           logbook_add(arena, asking->db,
                       &(struct logbook_act){.citizen_id = consent.citizen_id,
                                             .action = AUDIT_CONSENT_GIVEN,
                                             .object_id = consent.id,
                                             .request_id = asking->request->id},
                       err) &&
           db_commit(&transaction, err);
}

static bool give(struct asking *asking, struct error *err)
{
    if (asking->switched || (!asking->count && !asking->waiting.is_open)) {
        response_redirect(asking->response,
                          asking->switched ? asking->request->path : asking->back);
        return true;
    }
    bool asked = asking->waiting.is_open; /* pressed twice: one request */
    if (!asked &&
        !text_equal(request_field(asking->request, AGREEMENT_FIELD_SHOWN), shown_hex(asking))) {
        write_consent(asking, true); /* a yes is to what was read, letter for letter (S-CON-1) */
        return true;
    }
    if (!asked && !record(asking, err))
        return false;
    deliver_wake(asking->visitor->app->deliver);
    response_redirect(asking->response,
                      waiting_address(asking->request->arena, asking->draft.row.id));
    return true;
}

void consent_give(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(give, request, response);
}

/* ---- waiting ---- */

static char *choose_address(const struct asking *asking)
{
    return arena_printf(asking->request->arena, "/utkast/%s/velg", asking->draft.row.id);
}

static enum sharing_state state_of(const struct waiting *waiting)
{
    if (waiting->no_mailbox)
        return SHARING_UNKNOWN_PERSON;
    if (waiting->to_fetch)
        return SHARING_FETCHING;
    if (waiting->request == OUTBOX_IN_TROUBLE)
        return SHARING_TROUBLE;
    return waiting->request == OUTBOX_ON_ITS_WAY ? SHARING_ASKING : SHARING_CHOOSING;
}

static int looks_so_far(const struct request *request)
{
    const char *looks = request_query(request, SHARING_QUERY_LOOKS);
    bool is_count = looks && strlen(looks) <= 3 && strspn(looks, "0123456789") == strlen(looks);
    return is_count ? atoi(looks) : 0;
}

static void write_waiting(struct asking *asking)
{
    struct arena *arena = asking->request->arena;
    const struct waiting *waiting = &asking->waiting;
    struct outline_document *documents =
        ARENA_ARRAY(arena, waiting->document_count, struct outline_document);
    bool *fetched = ARENA_ARRAY(arena, waiting->document_count, bool);
    size_t count = 0;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        if (document->state != SHARED_WANTED && document->state != SHARED_FETCHED)
            continue;
        fetched[count] = document->state == SHARED_FETCHED;
        documents[count++] = asking_document(document);
    }
    enum sharing_state state = state_of(waiting);
    bool refused = state == SHARING_UNKNOWN_PERSON;
    struct sharing_wait page = {
        .state = state,
        .form_title = asking->form_title,
        .mailbox_url = asking->visitor->app->mailbox_url,
        .address = asking->request->path,
        .choose = choose_address(asking),
        .back = asking->back,
        .refresh_s = refused ? 0 : REFRESH_S,
        .looks = looks_so_far(asking->request),
        .documents = documents,
        .fetched = fetched,
        .document_count = count,
    };
    response_html(asking->response, 200, sharing_wait_page(arena, &asking->frame, &page));
}

static bool wait(struct asking *asking, struct error *err)
{
    (void)err;
    if (asking->waiting.to_choose && !asking->waiting.to_fetch)
        response_redirect(asking->response, choose_address(asking));
    else if (asking->waiting.is_open || asking->waiting.no_mailbox)
        write_waiting(asking);
    else
        response_redirect(asking->response, asking->back);
    return true;
}

void consent_wait(void *context, struct request *request, struct response *response)
{
    (void)context;
    asking_or_failure(wait, request, response);
    partial_settle(request, response);
}
