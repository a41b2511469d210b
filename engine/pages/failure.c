#include "engine/pages/failure.h"

#include "engine/api.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/logbook.h"
#include "engine/look_now.h"
#include "engine/pages/develop.h"
#include "engine/pages/enter.h"
#include "engine/partial.h"
#include "forms/answers.h"

enum { WAIT_UNTOLD_S = 600 };

void failure_say(const struct visitor *visitor, const struct request *request,
                 struct response *response, struct site_trouble trouble)
{
    struct frame frame = visitor_frame(visitor);
    trouble.id = request->id;
    bool has_page = request_is_safe(request) || text_starts_with(request->path, "/utkast/");
    if (!trouble.again && has_page && *request->path)
        trouble.again = request->path;
    response_remove_header(response, "Location"); /* where it would have led had it gone well */
    if (trouble.status == 429 && visitor->wait_s)
        trouble.try_at = clock_now() + visitor->wait_s;
    response_html(response, trouble.status, site_trouble_page(request->arena, &frame, &trouble));
    if (trouble.status == 503)
        response_header(response, "Retry-After", "5");
    if (trouble.status == 429)
        response_header(
            response, "Retry-After",
            arena_printf(request->arena, "%lld",
                         (long long)(visitor->wait_s ? visitor->wait_s : WAIT_UNTOLD_S)));
    log_event(LOG_LEVEL_INFO, "refused", "request=%s method=%s status=%d", request->id,
              request->method, trouble.status);
}

static enum site_trouble_kind kind_of(int status)
{
    switch (status) {
    case 401:
        return SITE_LOGIN_NEEDED;
    case 403:
        return SITE_DENIED;
    case 404:
        return SITE_NOT_FOUND;
    case 409:
        return SITE_CONFLICT;
    case 413:
        return SITE_TOO_LARGE;
    case 422:
        return SITE_UNPROCESSABLE;
    case 429:
        return SITE_TOO_MANY;
    case 503:
        return SITE_BUSY;
    default:
        return status >= 500 ? SITE_BROKEN : SITE_BAD_REQUEST;
    }
}

void failure_page(const struct visitor *visitor, const struct request *request,
                  struct response *response, const struct error *err)
{
    if (err->code == ERROR_MISSING && develop_answers(visitor, request, response))
        return;
    int status = error_http_status(err->code);
    if (status >= 500)
        log_event(LOG_LEVEL_ERROR, "page_failed", "request=%s code=%s file=\"%s\" text=\"%s\"",
                  request->id, error_name(err->code), err->file, err->text);
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = kind_of(status), .status = status});
}

static void note_refusal(const struct visitor *visitor, const struct request *request)
{
    if (visitor->is_known)
        logbook_refuse(visitor->app, request,
                       &(struct logbook_refusal){.action = AUDIT_ACCESS_REFUSED,
                                                 .actor = AUDIT_CITIZEN,
                                                 .actor_id = visitor->session.citizen.id});
}

void failure_or_on(failure_work_on *work, void *what, struct request *request,
                   struct response *response)
{
    struct visitor *visitor = request->visitor;
    struct error err = {0};
    bool done = false;
    answers_limit_time((int)visitor->app->config->request_cpu_ms);
    { /* the connection goes back before the page about a failure is made */
        CLEANUP(db_return) struct db *db = NULL;
        if (db_borrow(visitor->app->db, &db, &err)) {
            keys_move(&visitor->keys, db_kept_keys(db));
            done = work(what, visitor, db, request, response, &err);
        }
    }
    answers_limit_time(0);
    if (done)
        return;
    if (err.code == ERROR_UNSURE && enter_step_up(visitor, request, response))
        return;
    if (logbook_is_refusal(request, &err))
        note_refusal(visitor, request);
    failure_page(visitor, request, response, &err);
}

static bool work_alone(void *what, struct visitor *visitor, struct db *db, struct request *request,
                       struct response *response, struct error *err)
{
    failure_work *const *work = what;
    return (*work)(visitor, db, request, response, err);
}

void failure_or(failure_work *work, struct request *request, struct response *response)
{
    failure_or_on(work_alone, &work, request, response);
}

void failure_refuse(void *app, int status, struct request *request, struct response *response)
{
    if (api_is_path(request->path)) {
        api_refuse(status, request, response);
        return;
    }
    struct visitor stranger = {.app = app};
    stranger.agency = look_now_agency(stranger.app->look, request->arena);
    visitor_set_policy(app, response);
    struct language_wish wish = language_wish_of(request);
    const char *wanted = request_is_safe(request) ? language_asked_for(request) : NULL;
    if (wanted) { /* nothing admitted this request, so the menu is answered here */
        language_remember(response, wanted);
        wish.chosen = wanted;
    }
    visitor_set_wish(&stranger, request->arena, wish);
    const struct visitor *visitor = request->visitor ? request->visitor : &stranger;
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = kind_of(status), .status = status});
    partial_settle(request, response);
}
