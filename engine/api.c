#include "engine/api.h"

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/logbook.h"
#include "engine/reuse/api_body.h"

#include <jansson.h>
#include <stdlib.h>

bool api_is_path(const char *path)
{
    return text_starts_with(path, "/api/");
}

void api_json(struct response *response, int status, json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_SORT_KEYS);
    json_decref(value);
    if (!text)
        abort(); /* only out of memory */
    response_bytes(response, status, "application/json; charset=utf-8",
                   arena_bytes(response->arena, BYTES_OF(text)));
    free(text);
}

/* errors: what is wrong with the body, or NULL; taken over. */
static void write_problem(const struct request *request, struct response *response, int status,
                          const char *type, const char *title, json_t *errors)
{
    api_json(response, status,
             json_pack("{s:s, s:s, s:i, s:s, s:o*}", "type", type ? type : "about:blank", "title",
                       title, "status", status, "request_id", request->id, "errors", errors));
    response_header(response, "Content-Type", "application/problem+json; charset=utf-8");
    if (status == 503)
        response_header(response, "Retry-After", "5");
    log_event(LOG_LEVEL_INFO, "refused", "request=%s method=%s status=%d", request->id,
              request->method, status);
}

void api_problem(const struct request *request, struct response *response, int status,
                 const char *type, const char *title)
{
    write_problem(request, response, status, type, title, NULL);
}

static const char *title_of(int status)
{
    switch (status) {
    case 401:
        return "A valid access token is needed";
    case 403:
        return "The access token does not allow this";
    case 404:
        return "There is no such thing, or it is not for you";
    case 405:
        return "The address does not take this method";
    case 409:
        return "It does not fit with what was done before";
    case 413:
        return "The request is too large";
    case 415:
        return "The body must be application/json";
    case 422:
        return "The request breaks a rule of the API's description";
    case 429:
        return "Too many requests";
    case 503:
        return "Not now; try again later";
    default:
        return status >= 500 ? "Something went wrong on our side" : "The request is not right";
    }
}

void api_refuse(int status, const struct request *request, struct response *response)
{
    api_problem(request, response, status, NULL, title_of(status));
}

bool api_is_ours(const struct app *app, const struct machine *machine,
                 const struct request *request, struct response *response)
{
    if (text_equal(machine->organisation_number, app->agency.number))
        return true;
    api_refuse(403, request, response);
    return false;
}

bool api_takes_json(const struct request *request, struct response *response)
{
    if (text_equal(request_content_type(request), "application/json"))
        return true;
    api_refuse(415, request, response);
    return false;
}

const char *api_key(const struct request *request, struct response *response)
{
    const char *key = request_header(request, "Idempotency-Key");
    if (api_body_is_key(key))
        return key;
    api_problem(request, response, 400, API_PROBLEM "idempotency-key",
                "The header Idempotency-Key must be there: 1 to 128 visible ASCII characters");
    return NULL;
}

static void refuse_with(const struct request *request, struct response *response, int status,
                        const char *challenge)
{
    api_refuse(status, request, response);
    response_header(response, "WWW-Authenticate", challenge);
}

static void refuse_token(const struct request *request, struct response *response,
                         const struct error *why)
{
    if (why->code == ERROR_MISSING) {
        refuse_with(request, response, 401, "Bearer");
        return;
    }
    log_event(LOG_LEVEL_WARNING, "token_refused", "request=%s why=\"%s\"", request->id, why->text);
    if (why->code == ERROR_DENIED)
        refuse_with(request, response, 401, "Bearer error=\"invalid_token\"");
    else
        api_refuse(503, request, response);
}

bool api_admit(struct app *app, struct request *request, struct response *response)
{
    struct machine *machine = ARENA_NEW(request->arena, struct machine);
    struct error err;
    if (!app->machines) { /* not set up: there is no such thing here */
        api_refuse(404, request, response);
        return false;
    }
    if (!machine_read(app->machines, request, machine, &err)) {
        refuse_token(request, response, &err);
        return false;
    }
    request->visitor = machine;
    return true;
}

static void refuse_failure(const struct request *request, struct response *response,
                           const struct error *err)
{
    int status = error_http_status(err->code);
    if (status >= 500)
        log_event(LOG_LEVEL_ERROR, "api_failed", "request=%s code=%s file=\"%s\" text=\"%s\"",
                  request->id, error_name(err->code), err->file, err->text);
    if (err->code == ERROR_INVALID)
        write_problem(request, response, status, API_PROBLEM "invalid-body", title_of(status),
                      json_pack("[{s:s, s:s}]", "pointer", err->file, "detail", err->text));
    else
        api_refuse(status, request, response);
}

static void note_refusal(struct app *app, const struct request *request)
{
    const struct machine *machine = request->visitor;
    logbook_refuse(app, request,
                   &(struct logbook_refusal){.action = AUDIT_ACCESS_REFUSED,
                                             .actor = AUDIT_AGENCY,
                                             .actor_id = machine->organisation_number});
}

void api_or(api_work *work, const char *scope, struct app *app, struct request *request,
            struct response *response)
{
    const struct machine *machine = request->visitor;
    if (scope && !machine_may(machine, scope)) {
        note_refusal(app, request);
        refuse_with(request, response, 403,
                    arena_printf(request->arena,
                                 "Bearer error=\"insufficient_scope\", scope=\"%s\"", scope));
        return;
    }
    struct error err = {0};
    bool done = false;
    { /* the connection goes back before the problem is written */
        CLEANUP(db_return) struct db *db = NULL;
        if (db_borrow(app->db, &db, &err))
            done = work(app, machine, db, request, response, &err);
    }
    if (done)
        return;
    if (logbook_is_refusal(request, &err))
        note_refusal(app, request);
    refuse_failure(request, response, &err);
}
