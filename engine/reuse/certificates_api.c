/* certificates_api.c - API: the agency's own case system issues a certificate from a submission. */
#include "engine/api.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/pages/pages.h"
#include "engine/reuse/issue.h"
#include "engine/reuse/tell.h"

#include <jansson.h>

static void write_issued(struct response *response, const struct certificate *certificate)
{
    struct arena *arena = response->arena;
    const struct certificate *c = certificate;
    api_json(response, 201,
             json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s*}", "certificate", c->id, "type",
                       c->type, "title", c->title, "number", c->number, "size",
                       (json_int_t)c->size_bytes, "sha256",
                       codec_hex(arena, (struct bytes){c->sha256.bytes, sizeof c->sha256.bytes}),
                       "issued_at", clock_iso_utc(arena, c->issued_at), "valid_until",
                       c->valid_until ? clock_iso_utc(arena, c->valid_until) : NULL));
}

static bool issue_one(struct app *app, const struct machine *machine, struct db *db,
                      struct request *request, struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *key;
    struct certificate certificate;
    if (!api_is_ours(app, machine, request, response) || !api_takes_json(request, response) ||
        !(key = api_key(request, response)))
        return true;
    struct issue issue = {
        .agency = &app->agency,
        .signature = app->signature,
        .forms = app->forms,
        .screening = &app->screening,
        .key = arena_printf(arena, "api %s", key),
        .actor = AUDIT_AGENCY,
        .actor_id = machine->organisation_number,
        .request_id = request->id,
    };
    if (!api_body_read_certificate(arena, request->body, &issue.certificate, err) ||
        !issue_certificate(arena, db, &issue, &certificate, err))
        return false;
    deliver_wake(app->deliver);
    tell_wake(app->tell);
    write_issued(response, &certificate);
    return true;
}

void certificates_issue(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    api_or(issue_one, app->config->machine_scope_write, context, request, response);
}
