/* evidence_api.c - API: another agency asks for a document about somebody, looks whether there is
 * an answer, and reads what was said yes to. Nothing here depends on whether anybody by that number
 * is known before there is an answer: what follows of a question is done in the background
 * (tell.h). Rules: security.md S-API-2; each answer that tells something of the document is a row
 * of the log, on disk before a byte of it leaves. */
#include "engine/api.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/download.h"
#include "engine/intake.h"
#include "engine/pages/pages.h"
#include "engine/reuse/api_body.h"
#include "engine/reuse/tell.h"
#include "storage/audit.h"
#include "storage/certificates.h"

#include <jansson.h>

#include <string.h>

enum { ID_BITS = 128, DAY_S = 86400, POLL_S = 60, OVER_LIMIT_S = 600 };

#define CONVERSATIONS "/api/v1/evidence-requests/"

static json_t *time_of(struct arena *arena, int64_t at)
{
    return json_string(clock_iso_utc(arena, at));
}

static const char *read_scope(void *app)
{
    return ((const struct app *)app)->config->machine_scope_read;
}

/* ---- asking ---- */

static struct evidence_request question_of(struct app *app, const struct machine *machine,
                                           struct arena *arena,
                                           const struct api_body_question *body)
{
    int64_t now = clock_now();
    return (struct evidence_request){
        .id = crypto_random_id(arena, ID_BITS),
        .consumer = machine->organisation_number,
        .type = body->evidence_type,
        .requester = body->requester,
        .purpose = body->purpose,
        .procedure = body->procedure,
        .asked_at = now,
        .expires_at = now + app->config->evidence_answer_days * DAY_S,
    };
}

/* The same to whoever asks the same again, whatever became of it meanwhile. */
static void write_taken(struct response *response, const struct evidence_request *request)
{
    struct arena *arena = response->arena;
    const char *address = arena_printf(arena, CONVERSATIONS "%s", request->id);
    api_json(response, 202,
             json_pack("{s:s, s:s, s:o, s:o}", "conversation", request->id, "href", address,
                       "asked_at", time_of(arena, request->asked_at), "expires_at",
                       time_of(arena, request->expires_at)));
    response_header(response, "Location", address);
    response_header(response, "Retry-After", arena_printf(arena, "%d", POLL_S));
}

static bool ask(struct app *app, const struct machine *machine, struct db *db,
                struct request *request, struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    struct api_body_question body;
    const char *key, *id;
    if (!api_takes_json(request, response) || !(key = api_key(request, response)))
        return true;
    if (!api_body_read_question(arena, request->body, &body, err))
        return false;
    struct evidence_request question = question_of(app, machine, arena, &body);
    const struct evidence_limits limits = {app->config->evidence_an_hour,
                                           app->config->evidence_pending};
    if (!evidence_requests_ask(arena, db, &question, body.person, key, &limits, &id, err)) {
        if (err->code != ERROR_LIMIT)
            return false;
        api_refuse(429, request, response);
        response_header(response, "Retry-After", arena_printf(arena, "%d", OVER_LIMIT_S));
        return true;
    }
    if (!evidence_requests_of_consumer(arena, db, machine->organisation_number, id, &question, err))
        return false;
    tell_wake(app->tell);
    write_taken(response, &question);
    return true;
}

void evidence_ask(void *context, struct request *request, struct response *response)
{
    api_or(ask, read_scope(context), context, request, response);
}

/* ---- the row of the log ---- */

static bool note_reading(struct arena *arena, struct db *db, const struct machine *machine,
                         const struct certificate *certificate, const struct request *request,
                         struct error *err)
{
    return audit_add(arena, db,
                     &(struct audit_entry){.actor = AUDIT_AGENCY,
                                           .actor_id = machine->organisation_number,
                                           .citizen_id = certificate->citizen_id,
                                           .action = AUDIT_EVIDENCE_READ,
                                           .object_id = request_parameter(request, "id"),
                                           .succeeded = true,
                                           .request_id = request->id},
                     err);
}

/* ---- where it comes from ---- */

static json_t *organisation(const char *number, const char *name)
{
    return json_pack("{s:s, s:s*}", "number", number, "name", text_is_empty(name) ? NULL : name);
}

static json_t *step(struct arena *arena, const char *event, json_t *by, int64_t at)
{
    return json_pack("{s:s, s:o*, s:o}", "event", event, "by", by, "at", time_of(arena, at));
}

/* From the issuer to who asks: each hand that it went through. */
static json_t *provenance(struct arena *arena, const struct app *app,
                          const struct evidence_request *request,
                          const struct certificate *certificate)
{
    json_t *chain = json_array();
    bool issued = certificate->kind == CERTIFICATE_ISSUED;
    json_array_append_new(chain,
                          step(arena, issued ? "issued" : "delivered-to-mailbox",
                               organisation(certificate->issuer_number, certificate->issuer_name),
                               certificate->issued_at));
    if (!issued) {
        json_t *fetched =
            step(arena, "fetched-from-mailbox", organisation(app->agency.number, app->agency.name),
                 certificate->fetched_at);
        json_object_set_new(fetched, "document_id", json_string(certificate->document_id));
        json_object_set_new(fetched, "consent", json_string(certificate->consent_id));
        json_array_append_new(chain, fetched);
    }
    json_array_append_new(chain, step(arena, "consented", NULL, request->answered_at));
    return chain;
}

static json_t *evidence_of(struct arena *arena, const struct app *app,
                           const struct evidence_request *request,
                           const struct certificate *certificate)
{
    const struct certificate *c = certificate;
    return json_pack("{s:s, s:s, s:s*, s:s, s:I, s:s, s:o, s:o, s:o*, s:s, s:o}", "type", c->type,
                     "title", c->title, "number", text_is_empty(c->number) ? NULL : c->number,
                     "media_type", c->media_type, "size", (json_int_t)c->size_bytes, "sha256",
                     codec_hex(arena, (struct bytes){c->sha256.bytes, sizeof c->sha256.bytes}),
                     "issuer", organisation(c->issuer_number, c->issuer_name), "issued_at",
                     time_of(arena, c->issued_at), "valid_until",
                     c->valid_until ? time_of(arena, c->valid_until) : NULL, "href",
                     arena_printf(arena, CONVERSATIONS "%s/document", request->id), "provenance",
                     provenance(arena, app, request, c));
}

/* ---- looking whether there is an answer ---- */

static json_t *conversation(struct arena *arena, const struct evidence_request *request)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "conversation", request->id, "state",
                     evidence_state_name(request->state), "evidence_type", request->type,
                     "asked_at", time_of(arena, request->asked_at), "expires_at",
                     time_of(arena, request->expires_at));
}

/* Changes with the state only, so that who looks often is told quickly that nothing has. */
static bool is_known(const struct evidence_request *of, const struct request *request,
                     struct response *response)
{
    struct arena *arena = response->arena;
    const char *tag = arena_printf(
        arena, "\"%.32s\"",
        crypto_sha256_hex(
            arena, BYTES_OF(arena_printf(arena, "%s %s", of->id, evidence_state_name(of->state)))));
    response_header(response, "ETag", tag);
    if (of->state == EVIDENCE_PENDING)
        response_header(response, "Retry-After", arena_printf(arena, "%d", POLL_S));
    if (!text_equal(request_header(request, "If-None-Match"), tag))
        return false;
    response->status = 304;
    return true;
}

/* It is over, and there will be nothing: which way it ended is its type. */
static void write_over(enum evidence_state state, const struct request *request,
                       struct response *response)
{
    switch (state) {
    case EVIDENCE_REFUSED:
        api_problem(request, response, 410, API_PROBLEM "evidence-refused", "The answer was no");
        break;
    case EVIDENCE_WITHDRAWN:
        api_problem(request, response, 410, API_PROBLEM "evidence-withdrawn",
                    "The yes was taken back");
        break;
    default:
        api_problem(request, response, 410, API_PROBLEM "evidence-expired",
                    "Nobody answered in time, or the time of the yes is over");
    }
}

/* The yes, the row of the log, and then what may be told: in one transaction, so that a withdrawal
 * comes before all of it or after. */
static bool write_given(struct app *app, const struct machine *machine, struct db *db,
                        const struct evidence_request *of, struct request *request,
                        struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    struct certificate certificate;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) ||
        !certificates_with_consent(arena, db, machine->organisation_number, of->id, clock_now(),
                                   &certificate, NULL, err) ||
        !note_reading(arena, db, machine, &certificate, request, err) ||
        !db_commit(&transaction, err))
        return false;
    json_t *json = conversation(arena, of);
    json_object_set_new(json, "given_at", time_of(arena, of->answered_at));
    json_object_set_new(json, "readable_until", time_of(arena, of->ends_at));
    json_object_set_new(json, "evidence", evidence_of(arena, app, of, &certificate));
    api_json(response, 200, json);
    return true;
}

static bool look(struct app *app, const struct machine *machine, struct db *db,
                 struct request *request, struct response *response, struct error *err)
{
    struct evidence_request of;
    if (!evidence_requests_of_consumer(request->arena, db, machine->organisation_number,
                                       request_parameter(request, "id"), &of, err))
        return false;
    if (of.state != EVIDENCE_PENDING && of.state != EVIDENCE_GIVEN) {
        write_over(of.state, request, response);
        return true;
    }
    if (is_known(&of, request, response))
        return true;
    if (of.state == EVIDENCE_GIVEN)
        return write_given(app, machine, db, &of, request, response, err);
    api_json(response, 200, conversation(request->arena, &of));
    return true;
}

void evidence_look(void *context, struct request *request, struct response *response)
{
    api_or(look, read_scope(context), context, request, response);
}

/* ---- reading ---- */

static bool is_what_was_offered(const struct attachment *attachment,
                                const struct certificate *certificate, struct error *err)
{
    return memcmp(attachment->sha256.bytes, certificate->sha256.bytes,
                  sizeof certificate->sha256.bytes) == 0 ||
           error_set(err, ERROR_BROKEN, "certificate %s is not what was offered", certificate->id);
}

/* Of one that we issued its bytes are at hand; what was fetched is read while it is sent. */
static bool write_document(struct app *app, struct db *db, const struct certificate *certificate,
                           struct bytes content, struct request *request, struct response *response,
                           struct error *err)
{
    struct arena *arena = request->arena;
    struct attachment attachment;
    struct bytes digest = {certificate->sha256.bytes, sizeof certificate->sha256.bytes};
    if (certificate->kind == CERTIFICATE_ISSUED)
        response_download(response,
                          arena_printf(arena, "%s.%s", certificate->title,
                                       intake_file_type(certificate->media_type)),
                          certificate->media_type, content);
    else if (!attachments_find(arena, db, certificate->citizen_id, certificate->attachment_id,
                               &attachment, err) ||
             !is_what_was_offered(&attachment, certificate, err) ||
             !download_attachment(app->db, db, request, response, &attachment, err))
        return false;
    response_header(response, "Repr-Digest", /* RFC 9530 */
                    arena_printf(arena, "sha-256=:%s:", codec_base64(arena, digest)));
    response_header(response, "ETag", arena_printf(arena, "\"%s\"", codec_hex(arena, digest)));
    return true;
}

/* No living yes is one and the same 404, whatever the reason (S-API-2). The yes and the row of the
 * log are one transaction, before any byte. */
static bool read_document(struct app *app, const struct machine *machine, struct db *db,
                          struct request *request, struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    struct certificate certificate;
    struct bytes content;
    {
        CLEANUP(db_end) struct db_transaction transaction = {0};
        if (!db_begin(db, &transaction, err) ||
            !certificates_with_consent(arena, db, machine->organisation_number,
                                       request_parameter(request, "id"), clock_now(), &certificate,
                                       &content, err) ||
            !note_reading(arena, db, machine, &certificate, request, err) ||
            !db_commit(&transaction, err))
            return false;
    }
    return write_document(app, db, &certificate, content, request, response, err);
}

void evidence_document(void *context, struct request *request, struct response *response)
{
    api_or(read_document, read_scope(context), context, request, response);
}
