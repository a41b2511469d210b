/* evidence.c - the citizen and other agencies' requests: reading one, the yes or the no, and taking
 * a yes back; and the certificates that may be asked for. */
#include "engine/pages/evidence.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/intake.h"
#include "engine/logbook.h"
#include "engine/open_draft.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "storage/audit.h"
#include "storage/certificates.h"
#include "storage/evidence_requests.h"

enum { DAY_S = 86400 };

char *evidence_address(struct arena *arena, const char *request_id)
{
    return arena_printf(arena, EVIDENCE_PATH "/%s", request_id);
}

const char *evidence_button(const char *language)
{
    return say(language, "evidence.button");
}

/* ---- certificates ---- */

static struct evidence_document shown_document(struct arena *arena,
                                               const struct certificate *certificate)
{
    const struct certificate *c = certificate;
    bool issued = c->kind == CERTIFICATE_ISSUED;
    return (struct evidence_document){
        .id = c->id,
        .document =
            {
                .name = c->title,
                .type = open_draft_type_word(c->media_type),
                .size_bytes = c->size_bytes,
                .origin = OUTLINE_ORIGIN_ISSUER,
                .issuer = c->issuer_name,
                .issuer_number = c->issuer_number,
                .issued_at = c->issued_at,
                .sha256_hex =
                    codec_hex(arena, (struct bytes){c->sha256.bytes, sizeof c->sha256.bytes}),
            },
        .number = c->number,
        .valid_until = c->valid_until,
        .address = issued ? arena_printf(arena, EVIDENCE_PATH_CERTIFICATES "/%s", c->id)
                          : arena_printf(arena, OVERVIEW_PATH_DOCUMENTS "/%s", c->attachment_id),
        .is_issued = issued,
    };
}

bool evidence_certificates(struct visitor *visitor, struct db *db, struct arena *arena,
                           struct evidence_document **out, size_t *count, struct error *err)
{
    struct certificate *certificates;
    size_t found;
    if (!certificates_list(arena, db, visitor->session.citizen.id, NULL, 0, &certificates, &found,
                           err))
        return false;
    struct evidence_document *documents = ARENA_ARRAY(arena, found, struct evidence_document);
    *count = 0;
    for (size_t i = 0; i < found; i++)
        if (certificates[i].kind == CERTIFICATE_ISSUED) /* the others are there as they came */
            documents[(*count)++] = shown_document(arena, &certificates[i]);
    *out = documents;
    return true;
}

static bool certificate(struct visitor *visitor, struct db *db, struct request *request,
                        struct response *response, struct error *err)
{
    const char *citizen_id = visitor->session.citizen.id;
    const char *id = request_parameter(request, "id");
    struct certificate certificate;
    struct bytes content;
    if (!certificates_read(request->arena, db, citizen_id, id, &certificate, err) ||
        !certificates_content(request->arena, db, citizen_id, id, &content, err) ||
        !logbook_add(request->arena, db,
                     &(struct logbook_act){.citizen_id = citizen_id,
                                           .action = AUDIT_CERTIFICATE_READ,
                                           .object_id = certificate.id,
                                           .request_id = request->id},
                     err))
        return false;
    response_download(response,
                      arena_printf(request->arena, "%s.%s", certificate.title,
                                   intake_file_type(certificate.media_type)),
                      certificate.media_type, content);
    return true;
}

void evidence_certificate(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(certificate, request, response);
}

/* ---- in lists ---- */

static enum evidence_stage stage_of(const struct evidence_request *request)
{
    switch (request->state) {
    case EVIDENCE_PENDING:
        return EVIDENCE_STAGE_ASKED;
    case EVIDENCE_GIVEN:
        return EVIDENCE_STAGE_GIVEN;
    case EVIDENCE_REFUSED:
        return EVIDENCE_STAGE_REFUSED;
    case EVIDENCE_WITHDRAWN:
        return EVIDENCE_STAGE_WITHDRAWN;
    case EVIDENCE_EXPIRED:
        break;
    }
    return request->answered_at ? EVIDENCE_STAGE_ENDED : EVIDENCE_STAGE_UNANSWERED;
}

static int64_t time_of(const struct evidence_request *request, enum evidence_stage stage)
{
    switch (stage) {
    case EVIDENCE_STAGE_GIVEN:
    case EVIDENCE_STAGE_ENDED: /* of what was deleted since, the time of the yes is all there is */
        return request->ends_at ? request->ends_at : request->answered_at;
    case EVIDENCE_STAGE_REFUSED:
        return request->answered_at;
    case EVIDENCE_STAGE_WITHDRAWN:
        return request->ended_at;
    default:
        return request->expires_at;
    }
}

static struct evidence_item item_of(const struct visitor *visitor, struct arena *arena,
                                    const struct evidence_request *request)
{
    enum evidence_stage stage = stage_of(request);
    return (struct evidence_item){
        .stage = stage,
        .consumer =
            issuers_show(arena, &visitor->app->issuers, request->consumer, request->requester),
        .address = evidence_address(arena, request->id),
        .asked_at = request->asked_at,
        .at = time_of(request, stage),
    };
}

bool evidence_list(struct visitor *visitor, struct db *db, struct arena *arena,
                   struct evidence_item **out, size_t *count, struct error *err)
{
    struct evidence_request *requests;
    if (!evidence_requests_list(arena, db, visitor->session.citizen.id, &requests, count, err))
        return false;
    *out = ARENA_ARRAY(arena, *count, struct evidence_item);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = item_of(visitor, arena, &requests[i]);
    return true;
}

/* Only what a letter was sent about: the others there is nothing to say yes to. */
bool evidence_tasks(struct tasks *tasks, struct error *err)
{
    struct visitor *visitor = tasks->visitor;
    struct evidence_request *requests;
    size_t count;
    if (!evidence_requests_list(tasks->arena, tasks->db, visitor->session.citizen.id, &requests,
                                &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (requests[i].state != EVIDENCE_PENDING || !requests[i].told_at)
            continue;
        struct evidence_item item = item_of(visitor, tasks->arena, &requests[i]);
        tasks_add(tasks, &(struct overview_task){
                             .title = say_of(tasks->arena, visitor->language, "task.evidence",
                                             "etat", item.consumer),
                             .text = evidence_say(&requests[i].purpose, visitor->language),
                             .due_at = item.at,
                             .address = item.address,
                             .link = say(visitor->language, "task.evidence.link"),
                         });
    }
    return true;
}

/* ---- one of them ---- */

struct reading {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct frame frame;
    struct evidence_request row;
    struct evidence_page page;
};

/* While it waits, all that could be said yes to; afterwards what was. */
static bool read_documents(struct reading *reading, struct error *err)
{
    struct arena *arena = reading->request->arena;
    const char *citizen_id = reading->visitor->session.citizen.id;
    struct certificate *certificates;
    size_t count = 0;
    if (reading->row.state == EVIDENCE_PENDING) {
        if (!certificates_list(arena, reading->db, citizen_id, reading->row.type, clock_now(),
                               &certificates, &count, err))
            return false;
    } else if (reading->row.certificate_id) {
        certificates = ARENA_NEW(arena, struct certificate);
        if (!certificates_read(arena, reading->db, citizen_id, reading->row.certificate_id,
                               certificates, err))
            return false;
        count = 1;
    }
    struct evidence_document *documents = ARENA_ARRAY(arena, count, struct evidence_document);
    for (size_t i = 0; i < count; i++)
        documents[i] = shown_document(arena, &certificates[i]);
    reading->page.documents = documents;
    reading->page.document_count = count;
    return true;
}

/* The log's rows about it, so that what is shown here is what the log says. */
static bool read_readings(struct reading *reading, struct error *err)
{
    static const enum audit_action actions[] = {AUDIT_EVIDENCE_READ};
    const struct audit_wish wish = {actions, COUNT(actions), 0, AUDIT_LIST_MAX};
    struct arena *arena = reading->request->arena;
    struct audit_entry *entries;
    size_t count;
    if (!audit_list_some(arena, reading->db, reading->visitor->session.citizen.id, &wish, &entries,
                         &count, err))
        return false;
    int64_t *read_at = ARENA_ARRAY(arena, count, int64_t);
    for (size_t i = 0; i < count; i++)
        if (text_equal(entries[i].object_id, reading->row.id))
            read_at[reading->page.read_count++] = entries[i].at_ms / 1000;
    reading->page.read_at = read_at;
    return true;
}

static bool read_page(struct reading *reading, struct error *err)
{
    struct arena *arena = reading->request->arena;
    struct visitor *visitor = reading->visitor;
    const struct evidence_request *row = &reading->row;
    if (!evidence_requests_read(arena, reading->db, visitor->session.citizen.id,
                                request_parameter(reading->request, "id"), &reading->row, err))
        return false;
    reading->frame = visitor_frame(visitor);
    reading->page = (struct evidence_page){
        .item = item_of(visitor, arena, row),
        .requester = row->requester,
        .purpose = evidence_say(&row->purpose, visitor->language),
        .purpose_language = evidence_said_in(&row->purpose, visitor->language),
        .procedure = evidence_say(&row->procedure, visitor->language),
        .procedure_language = evidence_said_in(&row->procedure, visitor->language),
        .readable_s = visitor->app->config->evidence_read_days * DAY_S,
        .answer = evidence_address(arena, row->id),
    };
    if (row->state == EVIDENCE_GIVEN)
        reading->page.withdraw = arena_printf(arena, "%s/trekk", reading->page.answer);
    if (!read_documents(reading, err) || !read_readings(reading, err))
        return false;
    reading->page.shown =
        crypto_sha256_hex(arena, BYTES_OF(evidence_text(arena, &reading->frame, &reading->page)));
    return true;
}

static void write_page(const struct reading *reading, int status)
{
    response_html(reading->response, status,
                  evidence_page(reading->request->arena, &reading->frame, &reading->page));
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct reading reading = {
        .visitor = visitor, .db = db, .request = request, .response = response};
    if (!read_page(&reading, err))
        return false;
    write_page(&reading, 200);
    return true;
}

void evidence_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* ---- the answer ---- */

static bool note(const struct reading *reading, enum audit_action action, struct error *err)
{
    const char *citizen_id = reading->visitor->session.citizen.id;
    return logbook_add(reading->request->arena, reading->db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = action,
                                             .object_id = reading->row.id,
                                             .request_id = reading->request->id},
                       err);
}

static bool record_yes(const struct reading *reading, struct error *err)
{
    const char *citizen_id = reading->visitor->session.citizen.id;
    const char *text = evidence_text(reading->request->arena, &reading->frame, &reading->page);
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(reading->db, &transaction, err) &&
           evidence_requests_give(reading->db, citizen_id, reading->row.id, reading->page.chosen,
                                  crypto_sha256(BYTES_OF(text)),
                                  clock_now() + reading->page.readable_s, err) &&
           note(reading, AUDIT_EVIDENCE_GIVEN, err) && db_commit(&transaction, err);
}

static bool record_no(const struct reading *reading, struct error *err)
{
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_begin(reading->db, &transaction, err) &&
           evidence_requests_refuse(reading->db, reading->visitor->session.citizen.id,
                                    reading->row.id, err) &&
           note(reading, AUDIT_EVIDENCE_REFUSED, err) && db_commit(&transaction, err);
}

static const char *chosen_of(const struct reading *reading)
{
    const char *id = request_field(reading->request, EVIDENCE_FIELD_DOCUMENT);
    for (size_t i = 0; i < reading->page.document_count; i++)
        if (text_equal(reading->page.documents[i].id, id))
            return reading->page.documents[i].id;
    return NULL;
}

/* A yes is to what was read, letter for letter, and to one document (S-CON-1); when it is not, the
 * page is written again and *recorded is false. */
static bool say_yes(struct reading *reading, bool *recorded, struct error *err)
{
    *recorded = false;
    reading->page.chosen = chosen_of(reading);
    reading->page.changed =
        !text_equal(request_field(reading->request, EVIDENCE_FIELD_SHOWN), reading->page.shown);
    reading->page.must_choose = !reading->page.chosen && reading->page.document_count > 0;
    if (reading->page.changed || !reading->page.chosen) {
        write_page(reading, reading->page.changed ? 409 : 422);
        return true;
    }
    *recorded = record_yes(reading, err);
    return *recorded;
}

static bool answer(struct visitor *visitor, struct db *db, struct request *request,
                   struct response *response, struct error *err)
{
    struct reading reading = {
        .visitor = visitor, .db = db, .request = request, .response = response};
    bool switched = visitor_switch(visitor, request, response);
    const char *word = request_field(request, EVIDENCE_FIELD_ANSWER);
    struct error why = {0};
    bool yes = text_equal(word, "ja"), recorded = true;
    if (!read_page(&reading, err))
        return false;
    bool waits = !switched && reading.row.state == EVIDENCE_PENDING;
    bool good = true;
    if (waits && yes)
        good = say_yes(&reading, &recorded, &why);
    else if (waits && text_equal(word, "nei"))
        good = record_no(&reading, &why);
    if (!good && why.code != ERROR_CONFLICT) { /* a conflict: answered in another tab */
        *err = why;
        return false;
    }
    if (!good || recorded)
        response_redirect(response, reading.page.answer);
    return true;
}

void evidence_answer(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(answer, request, response);
}

/* One press; what it did is told on the request's own page. */
static bool withdraw(struct visitor *visitor, struct db *db, struct request *request,
                     struct response *response, struct error *err)
{
    struct reading reading = {
        .visitor = visitor, .db = db, .request = request, .response = response};
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || !read_page(&reading, err))
        return false;
    bool lasts = reading.row.state == EVIDENCE_GIVEN; /* else pressed twice, or over by itself */
    if (lasts &&
        (!evidence_requests_withdraw(db, visitor->session.citizen.id, reading.row.id, err) ||
         !note(&reading, AUDIT_EVIDENCE_WITHDRAWN, err) || !db_commit(&transaction, err)))
        return false;
    response_redirect(response, reading.page.answer);
    return true;
}

void evidence_withdraw(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(withdraw, request, response);
}
