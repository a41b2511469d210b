/* my_documents.c - documents on Min side: decisions and certificates from the agency, what was
 * fetched from the postbox, what was uploaded; giving one out, and taking one out of its draft. */
#include "render/my_documents.h"

#include "engine/base/text.h"
#include "engine/download.h"
#include "engine/logbook.h"
#include "engine/open_draft.h"
#include "engine/pages/evidence.h"
#include "engine/pages/failure.h"
#include "engine/pages/outcome.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/supplement.h"
#include "render/overview.h"

#include <stdlib.h>

enum {
    MOST = 500,
    SHOWN = 60, /* of them at once: a page stays below 60 kB */
};

struct listing {
    struct visitor *visitor;
    struct arena *arena;
    struct db *db;
    enum my_documents_kind kind; /* shown */
    struct my_document *items;
    size_t count;
};

static void add(struct listing *listing, const struct my_document *document)
{
    if (listing->count < MOST)
        listing->items[listing->count++] = *document;
}

/* ---- what was decided ---- */

static const struct submission *find(const struct submission *sent, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(sent[i].id, id))
            return &sent[i];
    return NULL;
}

static bool add_decisions(struct listing *listing, const struct submission *sent, size_t count,
                          struct error *err)
{
    const struct frame_agency *agency = &listing->visitor->app->agency;
    struct decision *decisions;
    size_t decision_count;
    if (!decisions_list(listing->arena, listing->db, listing->visitor->session.citizen.id,
                        &decisions, &decision_count, err))
        return false;
    for (size_t i = 0; i < decision_count; i++) {
        const struct submission *of = find(sent, count, decisions[i].submission_id);
        if (!of)
            continue;
        add(listing,
            &(struct my_document){
                .kind = MY_DOCUMENTS_RECEIVED,
                .document = {.name = decisions[i].title,
                             .type = "PDF",
                             .size_bytes = decisions[i].size_bytes,
                             .origin = OUTLINE_ORIGIN_TOLD,
                             .issuer = agency->name,
                             .issuer_number = agency->number,
                             .issued_at = decisions[i].decided_at},
                .address = arena_printf(listing->arena, "%s/vedtak.pdf",
                                        outcome_decision_address(listing->arena, decisions[i].id)),
                .reference = of->reference,
                .form = sent_title(listing->visitor, listing->arena, of->form_id),
            });
    }
    return true;
}

/* ---- what went along ---- */

/* It comes back to the kind that is shown. */
static const char *remove_address(const struct listing *listing, const char *id)
{
    const char *path = arena_printf(listing->arena, OVERVIEW_PATH_DOCUMENTS "/%s/fjern", id);
    return listing->kind == MY_DOCUMENTS_ALL
               ? path
               : arena_printf(listing->arena, "%s?" MY_DOCUMENTS_QUERY_KIND "=%s", path,
                              my_documents_words[listing->kind]);
}

/* The attachments of one draft or submission (reference NULL: a draft), also what is laid up to be
 * sent afterwards. */
static void add_attachments(struct listing *listing, const struct attachment *attachments,
                            size_t count, const char *form_id, const char *reference)
{
    struct form_shown form = sent_title(listing->visitor, listing->arena, form_id);
    for (size_t i = 0; i < count; i++) {
        const struct attachment *row = &attachments[i];
        if (row->source == ATTACHMENT_LATER)
            continue;
        bool fetched = row->source == ATTACHMENT_POSTBOX || row->fetched_at;
        add(listing, &(struct my_document){
                         .kind = fetched ? MY_DOCUMENTS_FETCHED : MY_DOCUMENTS_UPLOADED,
                         .document = open_draft_document(listing->arena, row),
                         .address = row->state == ATTACHMENT_READY
                                        ? arena_printf(listing->arena,
                                                       OVERVIEW_PATH_DOCUMENTS "/%s", row->id)
                                        : NULL,
                         .remove = reference ? NULL : remove_address(listing, row->id),
                         .later = row->promise_id && !row->submission_id
                                      ? supplement_address(listing->arena, row->promise_id)
                                      : NULL,
                         .reference = reference,
                         .form = form,
                     });
    }
}

static bool add_drafts(struct listing *listing, struct error *err)
{
    const char *citizen_id = listing->visitor->session.citizen.id;
    struct draft *drafts;
    struct attachment *attachments;
    size_t draft_count, count;
    if (!drafts_list(listing->arena, listing->db, citizen_id, &drafts, &draft_count, err))
        return false;
    for (size_t i = 0; i < draft_count; i++) {
        if (!attachments_of_draft(listing->arena, listing->db, citizen_id, drafts[i].id,
                                  &attachments, &count, err))
            return false;
        add_attachments(listing, attachments, count, drafts[i].form_id, NULL);
    }
    return true;
}

static bool add_sent(struct listing *listing, const struct submission *sent, size_t sent_count,
                     struct error *err)
{
    struct attachment *attachments;
    size_t count;
    for (size_t i = 0; i < sent_count; i++) {
        if (!attachments_of_submission(listing->arena, listing->db,
                                       listing->visitor->session.citizen.id, sent[i].id,
                                       &attachments, &count, err))
            return false;
        add_attachments(listing, attachments, count, sent[i].form_id, sent[i].reference);
        if (!attachments_laid_up(listing->arena, listing->db, listing->visitor->session.citizen.id,
                                 sent[i].id, &attachments, &count, err))
            return false;
        add_attachments(listing, attachments, count, sent[i].form_id, sent[i].reference);
    }
    return true;
}

/* ---- the page ---- */

static enum my_documents_kind kind_asked_for(const struct request *request)
{
    const char *word = request_query(request, MY_DOCUMENTS_QUERY_KIND);
    for (int kind = 1; word && kind < MY_DOCUMENTS_KINDS; kind++)
        if (text_equal(word, my_documents_words[kind]))
            return (enum my_documents_kind)kind;
    return MY_DOCUMENTS_ALL;
}

static void choose(const struct listing *listing, const struct request *request,
                   struct my_documents *page)
{
    struct my_document *items = ARENA_ARRAY(listing->arena, listing->count, struct my_document);
    size_t matching = 0;
    for (size_t i = 0; i < listing->count; i++) {
        page->counts[listing->items[i].kind]++;
        page->counts[MY_DOCUMENTS_ALL]++;
        if (page->shown == MY_DOCUMENTS_ALL || page->shown == listing->items[i].kind)
            items[matching++] = listing->items[i];
    }
    const char *query = request_query(request, MY_DOCUMENTS_QUERY_FROM);
    unsigned long from = query ? strtoul(query, NULL, 10) : 0;
    page->from = from < matching ? from : 0;
    page->items = items + page->from;
    page->count = matching - page->from > SHOWN ? SHOWN : matching - page->from;
}

/* Those from us; the others are among what was fetched, and stand with them only when all is shown.
 */
static bool add_certificates(const struct listing *listing, struct my_documents *page,
                             struct error *err)
{
    struct evidence_document *all;
    size_t count;
    if (!evidence_certificates(listing->visitor, listing->db, listing->arena, &all, &count, err))
        return false;
    struct evidence_document *chosen = ARENA_ARRAY(listing->arena, count, struct evidence_document);
    for (size_t i = 0; i < count; i++) {
        page->counts[MY_DOCUMENTS_RECEIVED] += all[i].is_issued;
        page->counts[MY_DOCUMENTS_ALL] += all[i].is_issued;
        if (page->from == 0 && (page->shown == MY_DOCUMENTS_ALL ||
                                (page->shown == MY_DOCUMENTS_RECEIVED && all[i].is_issued)))
            chosen[page->certificate_count++] = all[i];
    }
    page->certificates = chosen;
    return true;
}

static bool list(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct listing listing = {
        .visitor = visitor,
        .arena = request->arena,
        .db = db,
        .kind = kind_asked_for(request),
        .items = ARENA_ARRAY(request->arena, MOST, struct my_document),
    };
    struct my_documents page = {.shown = listing.kind};
    if (request_query(request, "fjernet"))
        page.notice = say(visitor->language, "document.removed");
    struct submission *sent;
    size_t sent_count;
    if (!submissions_list(request->arena, db, visitor->session.citizen.id, &sent, &sent_count,
                          err) ||
        !add_decisions(&listing, sent, sent_count, err) || !add_drafts(&listing, err) ||
        !add_sent(&listing, sent, sent_count, err))
        return false;
    choose(&listing, request, &page);
    if (!add_certificates(&listing, &page, err))
        return false;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, my_documents_page(request->arena, &frame, &page));
    return true;
}

void my_documents_list(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(list, request, response);
}

static bool give(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct attachment attachment;
    if (!attachments_find(request->arena, db, visitor->session.citizen.id,
                          request_parameter(request, "id"), &attachment, err))
        return false;
    if (attachment.state != ATTACHMENT_READY)
        return error_set(err, ERROR_MISSING, "the document has not been let go by the virus check");
    return logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = visitor->session.citizen.id,
                                             .action = AUDIT_DOCUMENT_READ,
                                             .object_id = attachment.id,
                                             .consent_id = attachment.consent_id,
                                             .request_id = request->id},
                       err) &&
           download_attachment(visitor->app->db, db, request, response, &attachment, err);
}

void my_documents_give(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(give, request, response);
}

/* From a draft, as "Remove" at its step does, but that the draft need not be opened for it: what
 * its answers say of documents is brought in line when it is (open_draft.h). The consent it came
 * with stays, for the others that came with it. */
static bool take_out(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    enum my_documents_kind kind = kind_asked_for(request);
    struct attachment row;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !attachments_find(request->arena, db, citizen_id, request_parameter(request, "id"), &row,
                          err))
        return false;
    if (row.source == ATTACHMENT_LATER || row.promise_id)
        return error_set(err, ERROR_MISSING, "no document of a draft");
    if (!attachments_remove(db, citizen_id, row.id, err) ||
        !drafts_forget_note(db, citizen_id, row.draft_id, err) || /* "it was added" */
        !logbook_add(request->arena, db,
                     &(struct logbook_act){.citizen_id = citizen_id,
                                           .action = AUDIT_DOCUMENT_REMOVED,
                                           .object_id = row.id,
                                           .consent_id = row.consent_id,
                                           .request_id = request->id},
                     err) ||
        !db_commit(&transaction, err))
        return false;
    response_redirect(response,
                      arena_printf(request->arena, OVERVIEW_PATH_DOCUMENTS "?fjernet=ja%s%s",
                                   kind ? "&" MY_DOCUMENTS_QUERY_KIND "=" : "",
                                   my_documents_words[kind]));
    return true;
}

void my_documents_take_out(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(take_out, request, response);
}
