/* consent.c - documents from the postbox: consent, waiting, choosing what to attach, withdrawing. The
 * pages only write rows; the delivery worker speaks with the postbox. */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/intake.h"
#include "engine/letter.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/progress.h"
#include "engine/pages/say.h"
#include "engine/pages/sent.h"
#include "engine/pages/waiting.h"
#include "engine/withdraw.h"
#include "forms/validate.h"
#include "render/pdf_request.h"
#include "render/sharing.h"
#include "storage/audit.h"

#include <string.h>

enum { ID_BITS = 128, ORGANISATIONS_MAX = 64, REFRESH_S = 2, FETCH_REFRESH_S = 1 };

/* What one consent would be for. */
struct ask {
    const char *form_title;
    const char *purpose;
    const char **labels, **requirements;
    size_t count;
    const char *organisations[ORGANISATIONS_MAX];
    size_t organisation_count; /* 0: documents from anybody */
    int64_t duration_s;
    const struct form_page *page; /* of the first upload */
};

static bool takes_postbox(const struct form_upload *upload)
{
    for (size_t i = 0; i < upload->source_count; i++)
        if (upload->sources[i] == FORM_SOURCE_POSTBOX)
            return true;
    return false;
}

static int64_t seconds_of(struct form_duration duration)
{
    return (int64_t)(duration.months * 30 + duration.days) * 86400 + duration.seconds;
}

static void add_organisation(struct ask *ask, const char *number)
{
    for (size_t i = 0; i < ask->organisation_count; i++)
        if (text_equal(ask->organisations[i], number))
            return;
    if (ask->organisation_count < ORGANISATIONS_MAX)
        ask->organisations[ask->organisation_count++] = number;
}

/* Only documents from the issuers that the uploads name; false when one of them takes any. */
static bool add_issuers(struct ask *ask, const struct form_upload *upload)
{
    for (size_t i = 0; i < upload->match_count; i++) {
        if (!upload->matches[i].issuer_count)
            return false;
        for (size_t k = 0; k < upload->matches[i].issuer_count; k++)
            add_organisation(ask, upload->matches[i].issuers[k]);
    }
    return upload->match_count > 0;
}

static const char *add_purpose(struct arena *arena, const char *so_far, const char *more)
{
    if (!*more || strstr(so_far, more))
        return so_far;
    return *so_far ? arena_printf(arena, "%s %s", so_far, more) : more;
}

/* All uploads of the draft that take documents from the postbox, in one request. */
static struct ask ask_for(struct visitor *visitor, struct arena *arena, struct open_draft *draft)
{
    struct upload *uploads;
    const char *language = draft->row.language;
    size_t count = uploads_list(arena, draft->answers, language, &uploads);
    const struct form *form = draft->package->form;
    struct ask ask = {
        .form_title = form_show(form, arena, form_title(form), language).text,
        .purpose = "",
        .labels = ARENA_ARRAY(arena, count, const char *),
        .requirements = ARENA_ARRAY(arena, count, const char *),
    };
    bool restricted = true;
    for (size_t i = 0; i < count; i++) {
        const struct form_upload *rules = uploads[i].control->upload;
        if (!uploads[i].relevant || !takes_postbox(rules))
            continue;
        ask.labels[ask.count] = uploads[i].label;
        ask.requirements[ask.count++] = uploads[i].id;
        ask.page = ask.page ? ask.page : uploads[i].page;
        restricted = add_issuers(&ask, rules) && restricted;
        int64_t lasts = seconds_of(rules->share);
        ask.duration_s = ask.duration_s && ask.duration_s < lasts ? ask.duration_s : lasts;
        ask.purpose = add_purpose(
            arena, ask.purpose,
            answers_show(draft->answers, arena, rules->purpose, uploads[i].place, language).text);
    }
    if (!restricted)
        ask.organisation_count = 0;
    if (!ask.duration_s)
        ask.duration_s = visitor->app->config->share_s;
    if (!*ask.purpose)
        ask.purpose = say(language, "consent.purpose");
    return ask;
}

/* Everything that a yes is a yes to, letter for letter. */
static struct crypto_sha256 shown_digest(struct arena *arena, const struct app *app,
                                         const struct ask *ask)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_printf(&buf, "%s\n%s\n%s\n%lld\n", app->agency.name, ask->form_title, ask->purpose,
               (long long)ask->duration_s);
    for (size_t i = 0; i < ask->count; i++)
        buf_printf(&buf, "%s\n", ask->labels[i]);
    return crypto_sha256(buf_bytes(&buf));
}

/* A draft that is still open; a sent one leads to its receipt, and *open is false. */
static bool open_for(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct open_draft *draft, bool *open,
                     struct error *err)
{
    if (!open_draft_read(request->arena, db, visitor->app->forms, visitor->session.citizen.id,
                         request_parameter(request, "id"), draft, err))
        return false;
    draft->row.language = form_language(draft->package->form, visitor->language);
    *open = draft->row.state == DRAFT_OPEN;
    return *open || sent_lead_to_receipt(visitor, db, request, response, draft->row.id, err);
}

static char *documents_address(struct arena *arena, const struct open_draft *draft,
                               const struct ask *ask)
{
    return progress_address(arena, draft, ask->page);
}

/* ---- consent ---- */

/* "Siste skattemelding for deg, Lønnsslipper for de tre siste månedene" */
static const char *joined(struct arena *arena, const struct ask *ask)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < ask->count; i++)
        buf_printf(&buf, "%s%s", i ? ", " : "", ask->labels[i]);
    return buf_text(&buf);
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    bool open;
    if (!open_for(visitor, db, request, response, &draft, &open, err))
        return false;
    if (!open)
        return true;
    struct ask ask = ask_for(visitor, request->arena, &draft);
    if (!ask.count)
        return error_set(err, ERROR_MISSING, "the form asks for nothing from the postbox");
    struct frame frame = visitor_frame(visitor);
    struct sharing_consent page = {
        .form_title = ask.form_title,
        .purpose = ask.purpose,
        .upload_label = joined(request->arena, &ask),
        .share_s = ask.duration_s,
        .action = request->path,
        .back = documents_address(request->arena, &draft, &ask),
    };
    response_html(response, 200, sharing_consent_page(request->arena, &frame, &page));
    return true;
}

void consent_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

static bool record(struct visitor *visitor, struct db *db, struct request *request,
                   const struct open_draft *draft, const struct ask *ask, struct error *err)
{
    struct arena *arena = request->arena;
    int64_t now = clock_now();
    struct consent consent = {
        .id = crypto_random_id(arena, ID_BITS),
        .citizen_id = visitor->session.citizen.id,
        .draft_id = draft->row.id,
        .form_id = draft->package->id,
        .language = draft->row.language,
        .purpose = ask->purpose,
        .shown = shown_digest(arena, visitor->app, ask),
        .requirements = ask->requirements,
        .requirement_count = ask->count,
        .request_uuid = crypto_uuid(arena),
        .duration_seconds = ask->duration_s,
        .given_at = now,
        .ends_at = now + visitor->app->config->draft_days * 86400,
    };
    struct pdf_request letter = {
        .agency = &visitor->app->agency,
        .language = draft->row.language,
        .form_title = ask->form_title,
        .purpose = ask->purpose,
        .documents = ask->labels,
        .document_count = ask->count,
        .duration_s = ask->duration_s,
        .asked_at = now,
    };
    struct bytes pdf;
    if (!pdf_request_write(arena, &letter, &pdf, err))
        return false;
    struct delivery order =
        letter_order_share(arena, &consent, pdf, pdf_request_title(arena, &letter),
                           ask->organisations, ask->organisation_count);
    const char *delivery_id;
    struct waiting waiting;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !waiting_look(arena, db, consent.citizen_id, consent.draft_id, consent.language, &waiting,
                      err))
        return false;
    if (waiting.is_open) /* pressed twice at once: one request */
        return true;
    return consents_give(db, &consent, err) &&
           outbox_add(arena, db, &order, &delivery_id, err) &&
           audit_add(arena, db,
                     &(struct audit_entry){.actor = AUDIT_CITIZEN,
                                           .actor_id = consent.citizen_id,
                                           .citizen_id = consent.citizen_id,
                                           .action = AUDIT_CONSENT_GIVEN,
                                           .object_id = consent.id,
                                           .succeeded = true,
                                           .request_id = request->id},
                     err) &&
           db_commit(&transaction, err);
}

static bool give(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    struct waiting waiting;
    bool open;
    if (!open_for(visitor, db, request, response, &draft, &open, err))
        return false;
    if (!open)
        return true;
    if (!waiting_look(request->arena, db, visitor->session.citizen.id, draft.row.id,
                      draft.row.language, &waiting, err))
        return false;
    struct ask ask = ask_for(visitor, request->arena, &draft);
    if (!ask.count)
        return error_set(err, ERROR_MISSING, "the form asks for nothing from the postbox");
    if (!waiting.is_open && !record(visitor, db, request, &draft, &ask, err))
        return false; /* pressed twice: one request */
    deliver_wake(visitor->app->deliver);
    response_redirect(response, waiting_address(request->arena, draft.row.id));
    return true;
}

void consent_give(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(give, request, response);
}

/* ---- waiting ---- */

static struct outline_document shown_document(const struct shared_document *document)
{
    const char *media_type = intake_media_type(document->file_type);
    return (struct outline_document){
        .name = document->subject,
        .type = media_type ? open_draft_type_word(media_type) : "",
        .size_bytes = document->size_bytes,
        .origin = document->origin_number ? OUTLINE_ORIGIN_ISSUER : OUTLINE_ORIGIN_UNCONFIRMED,
        .issuer = document->origin_name ? document->origin_name : "",
        .issuer_number = document->origin_number ? document->origin_number : "",
        .issued_at = document->delivered_at,
        .sha256_hex = "",
    };
}

static char *choose_address(struct arena *arena, const struct open_draft *draft)
{
    return arena_printf(arena, "/utkast/%s/velg", draft->row.id);
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

static void write_waiting(struct visitor *visitor, struct request *request,
                          struct response *response, const struct open_draft *draft,
                          const struct waiting *waiting, const char *back)
{
    struct arena *arena = request->arena;
    struct outline_document *documents =
        ARENA_ARRAY(arena, waiting->document_count, struct outline_document);
    bool *fetched = ARENA_ARRAY(arena, waiting->document_count, bool);
    size_t count = 0;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        if (document->state != SHARED_WANTED && document->state != SHARED_FETCHED)
            continue;
        fetched[count] = document->state == SHARED_FETCHED;
        documents[count++] = shown_document(document);
    }
    enum sharing_state state = state_of(waiting);
    bool refused = state == SHARING_UNKNOWN_PERSON;
    struct sharing_wait page = {
        .state = state,
        .mailbox_url = visitor->app->mailbox_url,
        .address = request->path,
        .choose = choose_address(arena, draft),
        .back = back,
        .refresh_s = refused ? 0 : waiting->to_fetch ? FETCH_REFRESH_S : REFRESH_S,
        .documents = documents,
        .fetched = fetched,
        .document_count = count,
    };
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, sharing_wait_page(arena, &frame, &page));
}

static bool wait(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    struct waiting waiting;
    bool open;
    if (!open_for(visitor, db, request, response, &draft, &open, err))
        return false;
    if (!open)
        return true;
    if (!waiting_look(request->arena, db, visitor->session.citizen.id, draft.row.id,
                      draft.row.language, &waiting, err))
        return false;
    struct ask ask = ask_for(visitor, request->arena, &draft);
    char *back = documents_address(request->arena, &draft, &ask);
    if (waiting.to_choose && !waiting.to_fetch)
        response_redirect(response, choose_address(request->arena, &draft));
    else if (waiting.is_open || waiting.no_mailbox)
        write_waiting(visitor, request, response, &draft, &waiting, back);
    else
        response_redirect(response, back);
    return true;
}

void consent_wait(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(wait, request, response);
}

/* ---- choosing ---- */

/* Room that is left in each upload while documents are laid out over them. */
struct fitting {
    struct open_draft *draft;
    struct upload *uploads;
    size_t count;
    int *room;
    int64_t today;
};

static struct fitting fitting_of(struct arena *arena, struct open_draft *draft)
{
    struct fitting fitting = {.draft = draft, .today = clock_now() / 86400};
    fitting.count = uploads_list(arena, draft->answers, draft->row.language, &fitting.uploads);
    fitting.room = ARENA_ARRAY(arena, fitting.count, int);
    for (size_t i = 0; i < fitting.count; i++) {
        const struct upload *upload = &fitting.uploads[i];
        if (!upload->relevant || !takes_postbox(upload->control->upload))
            continue;
        fitting.room[i] = upload->control->upload->max_files;
        for (size_t k = 0; k < draft->attachment_count; k++)
            fitting.room[i] -= text_equal(draft->attachments[k].requirement, upload->id) &&
                               draft->attachments[k].source != ATTACHMENT_LATER;
    }
    return fitting;
}

static struct attachment_info info_of(struct arena *arena, const struct shared_document *document)
{
    struct clock_time at = clock_oslo(document->delivered_at);
    return (struct attachment_info){
        .source = "postbox",
        .document = document->id,
        .name = document->subject,
        .issuer = document->origin_number,
        .issued = arena_printf(arena, "%04d-%02d-%02d", at.year, at.month, at.day),
        .sha256 = "",
        .verified = document->origin_number ? "origin" : "",
    };
}

/* Among the uploads with rules for their documents, or among those without: the first with room that
 * the document fits. NULL, and *miss is the nearest miss: MATCH_FULL when only room is lacking. */
#define MATCH_FULL "match.full"
static const struct upload *fit_among(struct fitting *fitting, const struct attachment_info *info,
                                      bool with_rules, const char **miss)
{
    *miss = NULL;
    for (size_t i = 0; i < fitting->count; i++) {
        const struct upload *upload = &fitting->uploads[i];
        const struct form_upload *rules = upload->control->upload;
        if (!upload->relevant || !takes_postbox(rules) || (rules->match_count > 0) != with_rules)
            continue;
        const char *code = validate_match(rules, info, fitting->today);
        if (!code && fitting->room[i] > 0) {
            fitting->room[i]--;
            return upload;
        }
        code = code ? code : MATCH_FULL;
        bool near = !text_equal(code, "match.issuer") && !text_equal(code, "match.subject") &&
                    !text_equal(code, "match.type");
        if (!*miss || near)
            *miss = code;
    }
    return NULL;
}

/* Where the document goes; NULL, and *why it goes nowhere. What is meant for one upload but is too
 * old for it does not slip into another that takes anything. */
static const struct upload *fit(struct arena *arena, struct fitting *fitting,
                                const struct shared_document *document, const char **why)
{
    static const char *const told[][2] = {{"match.old", "choose.old"},
                                          {"match.new", "choose.new"},
                                          {MATCH_FULL, "choose.full"}};
    const char *language = fitting->draft->row.language, *miss, *ignored;
    if (!intake_media_type(document->file_type)) {
        *why = say(language, "choose.type");
        return NULL;
    }
    struct attachment_info info = info_of(arena, document);
    const struct upload *upload = fit_among(fitting, &info, true, &miss);
    if (upload)
        return upload;
    for (size_t i = 0; i < COUNT(told); i++)
        if (text_equal(miss, told[i][0])) {
            *why = say(language, told[i][1]);
            return NULL;
        }
    upload = fit_among(fitting, &info, false, &ignored);
    if (!upload)
        *why = say(language, text_equal(ignored, MATCH_FULL) ? "choose.full" : "choose.other");
    return upload;
}

static bool choose_show(struct visitor *visitor, struct db *db, struct request *request,
                        struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    struct waiting waiting;
    bool open;
    if (!open_for(visitor, db, request, response, &draft, &open, err))
        return false;
    if (!open)
        return true;
    if (!waiting_look(arena, db, visitor->session.citizen.id, draft.row.id, draft.row.language,
                      &waiting, err))
        return false;
    if (!waiting.to_choose) {
        response_redirect(response, waiting_address(arena, draft.row.id));
        return true;
    }
    struct ask ask = ask_for(visitor, arena, &draft);
    struct fitting fitting = fitting_of(arena, &draft);
    struct sharing_choice *choices =
        ARENA_ARRAY(arena, waiting.document_count, struct sharing_choice);
    size_t count = 0;
    for (size_t i = 0; i < waiting.document_count; i++) {
        const struct shared_document *document = &waiting.documents[i];
        if (document->state != SHARED_SEEN)
            continue;
        const char *why = NULL;
        const struct upload *upload = fit(arena, &fitting, document, &why);
        choices[count++] = (struct sharing_choice){
            .id = document->id,
            .document = shown_document(document),
            .fits = upload ? upload->label : NULL,
            .refusal = why,
            .chosen = upload != NULL,
        };
    }
    struct sharing_choose page = {
        .choices = choices,
        .count = count,
        .ends_at = waiting.latest.expires_at,
        .action = request->path,
        .back = documents_address(arena, &draft, &ask),
    };
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, sharing_choose_page(arena, &frame, &page));
    return true;
}

void consent_choose_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(choose_show, request, response);
}

static bool is_ticked(const struct request *request, const char *id)
{
    for (size_t i = 0; i < request->fields.count; i++)
        if (text_equal(request->fields.items[i].name, SHARING_FIELD_DOCUMENT) &&
            text_equal(request->fields.items[i].value, id))
            return true;
    return false;
}

static bool keep_choices(struct visitor *visitor, struct db *db, struct request *request,
                         struct open_draft *draft, const struct waiting *waiting,
                         struct error *err)
{
    struct arena *arena = request->arena;
    const char *citizen_id = visitor->session.citizen.id;
    struct fitting fitting = fitting_of(arena, draft);
    bool settled;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err))
        return false;
    for (size_t i = 0; i < waiting->document_count; i++) {
        const struct shared_document *document = &waiting->documents[i];
        if (document->state != SHARED_SEEN)
            continue;
        const char *why;
        const struct upload *upload =
            is_ticked(request, document->id) ? fit(arena, &fitting, document, &why) : NULL;
        if (!shared_documents_choose(arena, db, citizen_id, document->id,
                                     upload ? upload->id : NULL, err))
            return false;
    }
    if (!consents_settle(arena, db, waiting->latest.id, &settled, err))
        return false;
    if (settled) {
        struct delivery stop = letter_order_stop(arena, &waiting->latest);
        const char *delivery_id;
        if (!outbox_add(arena, db, &stop, &delivery_id, err))
            return false;
    }
    return db_commit(&transaction, err);
}

static bool choose(struct visitor *visitor, struct db *db, struct request *request,
                   struct response *response, struct error *err)
{
    CLEANUP(open_draft_close) struct open_draft draft = {0};
    struct waiting waiting;
    bool open;
    if (!open_for(visitor, db, request, response, &draft, &open, err))
        return false;
    if (!open)
        return true;
    if (!waiting_look(request->arena, db, visitor->session.citizen.id, draft.row.id,
                      draft.row.language, &waiting, err))
        return false;
    if (waiting.to_choose && !keep_choices(visitor, db, request, &draft, &waiting, err))
        return false;
    deliver_wake(visitor->app->deliver);
    response_redirect(response, waiting_address(request->arena, draft.row.id));
    return true;
}

void consent_choose(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(choose, request, response);
}

/* ---- withdrawing ---- */

static bool withdraw(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    struct consent consent;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !consents_read(request->arena, db, citizen_id, request_parameter(request, "id"), &consent,
                       err) ||
        !withdraw_consent(request->arena, db, citizen_id, &consent, request->id, err) ||
        !db_commit(&transaction, err))
        return false;
    deliver_wake(visitor->app->deliver);
    response_redirect(response, "/min-side/samtykker?trukket=ja");
    return true;
}

void consent_withdraw(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(withdraw, request, response);
}
