/* outcomes_api.c - API: the agency's own case system sends decisions, and learns which applications
 * were taken back. */
#include "engine/api.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/deliver.h"
#include "engine/pages/pages.h"
#include "engine/reuse/decide.h"
#include "storage/withdrawals.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* ---- decisions ---- */

static void write_decision(struct response *response, const struct decision *decision,
                           const char *reference)
{
    struct arena *arena = response->arena;
    const struct decision *d = decision;
    api_json(response, 201,
             json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s*}", "decision", d->id, "submission",
                       reference, "outcome", decisions_outcome_name(d->outcome), "title", d->title,
                       "size", (json_int_t)d->size_bytes, "sha256",
                       codec_hex(arena, (struct bytes){d->sha256.bytes, sizeof d->sha256.bytes}),
                       "decided_at", clock_iso_utc(arena, d->decided_at), "appeal_until",
                       d->appeal_until ? clock_iso_utc(arena, d->appeal_until) : NULL));
}

static bool send_one(struct app *app, const struct machine *machine, struct db *db,
                     struct request *request, struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    const char *key;
    struct decision decision;
    if (!api_is_ours(app, machine, request, response) || !api_takes_json(request, response) ||
        !(key = api_key(request, response)))
        return true;
    struct decide decide = {
        .forms = app->forms,
        .screening = &app->screening,
        .origin = app->origin,
        .key = arena_printf(arena, "api %s", key),
        .actor = AUDIT_AGENCY,
        .actor_id = machine->organisation_number,
        .request_id = request->id,
    };
    if (!api_body_read_decision(arena, request->body, &decide.decision, err) ||
        !decide_send(arena, db, &decide, &decision, err))
        return false;
    deliver_wake(app->deliver);
    write_decision(response, &decision, decide.decision.submission);
    return true;
}

void decisions_send(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    api_or(send_one, app->config->machine_scope_write, context, request, response);
}

/* ---- withdrawals ---- */

/* "after": the number of the last one that the caller has; -1: no number. */
static int64_t read_after(const struct request *request)
{
    const char *text = request_query(request, "after");
    if (!text)
        return 0;
    size_t length = strlen(text);
    return length > 0 && length < 19 && strspn(text, "0123456789") == length
               ? strtoll(text, NULL, 10)
               : -1;
}

static bool list(struct app *app, const struct machine *machine, struct db *db,
                 struct request *request, struct response *response, struct error *err)
{
    struct arena *arena = request->arena;
    struct withdrawal_told *told;
    size_t count;
    int64_t after = read_after(request);
    if (!api_is_ours(app, machine, request, response))
        return true;
    if (after < 0) {
        api_refuse(400, request, response);
        return true;
    }
    if (!withdrawals_after(arena, db, after, &told, &count, err))
        return false;
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            items, json_pack("{s:I, s:s, s:s, s:s}", "number", (json_int_t)told[i].number,
                             "submission", told[i].reference, "form", told[i].form_id,
                             "withdrawn_at", clock_iso_utc(arena, told[i].withdrawn_at)));
        after = told[i].number;
    }
    api_json(response, 200,
             json_pack("{s:o, s:I}", "withdrawals", items, "last", (json_int_t)after));
    return true;
}

void withdrawals_show(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    api_or(list, app->config->machine_scope_write, context, request, response);
}
