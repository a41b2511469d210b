/* leave.c - logging out: here, and when the identity provider tells of it; and staying longer. */
#include "engine/base/log.h"
#include "engine/limits.h"
#include "engine/logbook.h"
#include "engine/login/cookie.h"
#include "engine/login/idporten.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "render/session.h"
#include "render/site.h"

/* ---- by the person ---- */

static bool note(struct db *db, struct request *request, const char *citizen_id, struct error *err)
{
    return logbook_add(request->arena, db,
                       &(struct logbook_act){.citizen_id = citizen_id,
                                             .action = AUDIT_LOGOUT,
                                             .object_id = "",
                                             .request_id = request->id},
                       err);
}

static bool end_session(struct visitor *visitor, struct request *request, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    return db_borrow(visitor->app->db, &db, err) && db_begin(db, &transaction, err) &&
           sessions_end(db, visitor->cookie, err) &&
           note(db, request, visitor->session.citizen.id, err) && db_commit(&transaction, err);
}

/* The session here is over before the provider is told, and stays so whether it can be told. */
void leave_go(void *context, struct request *request, struct response *response)
{
    struct visitor *visitor = request->visitor;
    const struct app *app = context;
    struct error err = {0};
    const char *address = NULL;
    if (visitor->is_known && !end_session(visitor, request, &err)) {
        failure_page(visitor, request, response, &err);
        return;
    }
    if (visitor->is_known && app->idporten)
        address = idporten_leave(app->idporten, request->arena, visitor_origin(app, request),
                                 &visitor->session.login);
    cookie_clear(response, COOKIE_SESSION);
    response_header(response, "Clear-Site-Data", "\"cache\", \"storage\"");
    if (address)
        response_redirect_away(response, address);
    else
        response_redirect(response, IDPORTEN_PATH_LOGGED_OUT);
}

void leave_done(void *context, struct request *request, struct response *response)
{
    (void)context;
    const struct visitor *visitor = request->visitor;
    struct frame frame = visitor_frame(visitor);
    response_html(response, 200, site_logged_out_page(request->arena, &frame));
}

/* ---- by the identity provider ---- */

static bool end_by_sid(const struct app *app, struct request *request, const char *sid,
                       struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    const char *citizen_id;
    return db_borrow(app->db, &db, err) && db_begin(db, &transaction, err) &&
           sessions_end_by_sid(request->arena, db, idporten_issuer(app->idporten), sid, &citizen_id,
                               err) &&
           (!citizen_id || note(db, request, citizen_id, err)) && db_commit(&transaction, err);
}

/* The one GET that changes something (S-HTTP-3, S-OIDC-11): it comes in a frame, without cookies,
 * and what it answers does not tell whether there was such a session, nor whether it looked: told
 * too often, it does not. */
void leave_told(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    const char *issuer = request_query(request, "iss"), *sid = request_query(request, "sid");
    struct error err = {0};
    if (app->idporten && issuer && sid && idporten_is_issuer(app->idporten, issuer) &&
        limits_allow(request->visitor, request, LIMITS_LOGOUT, NULL) &&
        !end_by_sid(app, request, sid, &err))
        log_error("front_channel_logout_failed", &err);
    if (app->idporten)
        response_header(response, "Content-Security-Policy",
                        arena_printf(request->arena, "default-src 'none'; frame-ancestors%s",
                                     idporten_origins(app->idporten)));
    response_remove_header(response, "Cross-Origin-Resource-Policy");
    response_html(response, 200, (struct bytes){0});
}

/* ---- staying ---- */

/* By script: only the new time. Without: back to the person's own page, which tells it. */
static bool stay(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    int64_t ends_at;
    if (!sessions_extend(request->arena, db, visitor->cookie, &visitor->app->session_rules,
                         &ends_at, err))
        return false;
    if (!request_is_partial(request)) {
        response_redirect(response, FRAME_PATH_MY_PAGE);
        return true;
    }
    struct html html;
    html_init(&html, request->arena);
    struct frame frame = visitor_frame(visitor);
    frame.ends_at = ends_at;
    session_write_left(&html, &frame);
    response_html(response, 200, html_bytes(&html));
    return true;
}

void leave_later(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(stay, request, response);
}
