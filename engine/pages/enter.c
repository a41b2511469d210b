/* enter.c - the page before the login, to the identity provider, and back from it. Calls to it hold
 * no database connection (login/idporten.h). */
#include "engine/pages/enter.h"

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/limits.h"
#include "engine/logbook.h"
#include "engine/login/cookie.h"
#include "engine/login/idporten.h"
#include "engine/login/level.h"
#include "engine/login/name.h"
#include "engine/pages/begin.h"
#include "engine/pages/failure.h"
#include "engine/pages/pages.h"
#include "engine/registers.h"
#include "render/site.h"
#include "storage/drafts.h"

#include <string.h>

#define PATH_GO "/logg-inn/idporten"

/* ---- what is remembered meanwhile ---- */

/* What the browser's login on its way is for; of none, the person's own page. False: told why. */
static bool look(struct request *request, struct db *db, bool take, struct login *out,
                 bool *is_there, struct error *err)
{
    const char *cookie = cookie_read(request, COOKIE_LOGIN);
    struct error why = {.code = ERROR_MISSING};
    *out = (struct login){.state = "", .acr = "", .anew = "", .return_to = FRAME_PATH_MY_PAGE};
    *is_there = cookie && (take ? sessions_login_take : sessions_login_look)(request->arena, db,
                                                                             cookie, out, &why);
    if (*is_there || why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}

static bool remember(struct db *db, struct request *request, struct response *response,
                     const struct login *login, struct error *err)
{
    const char *cookie;
    if (!sessions_login_start(request->arena, db, login, &cookie, err))
        return false;
    cookie_set(response, COOKIE_LOGIN, cookie);
    return true;
}

/* The form that a login is for, when it was begun by "start the application"; or NULL. */
static const struct package *form_of(const struct visitor *visitor, struct arena *arena,
                                     const char *return_to)
{
    static const char before[] = "/skjema/", after[] = "/start";
    if (!text_starts_with(return_to, before) || !text_ends_with(return_to, after) ||
        strlen(return_to) < sizeof before + sizeof after)
        return NULL;
    int size = (int)(strlen(return_to) - strlen(before) - strlen(after));
    return catalogue_find(visitor->app->forms,
                          arena_printf(arena, "%.*s", size, return_to + strlen(before)));
}

/* Of the form that the address leads to, also by a draft of it: whoever comes back from the login
 * then need not log in once more. Nobody is known yet, so an id that is nobody's asks for no more
 * than Min side does. */
static bool wanted_level(struct visitor *visitor, struct db *db, const struct request *request,
                         int *out, struct error *err)
{
    const struct package *package = form_of(visitor, request->arena, request->path);
    const char *id = request_parameter(request, "id"), *form_id = NULL;
    if (!package && id && !drafts_form_of(request->arena, db, id, &form_id, err))
        return false;
    if (form_id)
        package = catalogue_find(visitor->app->forms, form_id);
    *out = package ? form_about(package->form)->security_level : 3;
    return true;
}

static bool remember_page(struct visitor *visitor, struct request *request,
                          struct response *response, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    int level;
    return db_borrow(visitor->app->db, &db, err) &&
           wanted_level(visitor, db, request, &level, err) &&
           remember(db, request, response,
                    &(struct login){.acr = level_acr(level), .return_to = request->path}, err);
}

/* Too often only leads there: what anybody can ask for without end is not written down so. */
bool enter_lead(struct visitor *visitor, struct request *request, struct response *response,
                struct error *err)
{
    if (limits_allow(visitor, request, LIMITS_DETOUR, NULL) &&
        !remember_page(visitor, request, response, err))
        return false;
    response_redirect(response, FRAME_PATH_LOGIN);
    return true;
}

bool enter_step_up(struct visitor *visitor, struct request *request, struct response *response)
{
    const char *allow = NULL;
    struct request_pairs parameters;
    struct error err = {0};
    CLEANUP(db_return) struct db *db = NULL;
    if (!visitor->app->idporten ||
        !router_find(&visitor->app->router, request->arena, "GET", request->path, &parameters,
                     &allow) ||
        !limits_allow(visitor, request, LIMITS_DETOUR, NULL))
        return false;
    const struct login login = {.acr = LEVEL_HIGH, .anew = "ja", .return_to = request->path};
    if (!db_borrow(visitor->app->db, &db, &err) || !remember(db, request, response, &login, &err)) {
        log_error("step_up_failed", &err);
        return false;
    }
    response_redirect(response, FRAME_PATH_LOGIN);
    return true;
}

/* ---- the page before ---- */

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    struct login login;
    bool is_there;
    if (!visitor->app->idporten)
        return error_set(err, ERROR_UNAVAILABLE, "no login is set up");
    if (!look(request, db, false, &login, &is_there, err))
        return false;
    const struct package *package = form_of(visitor, request->arena, login.return_to);
    struct frame frame = visitor_frame(visitor);
    struct site_login page = {
        .go = PATH_GO,
        .more_sure = visitor->is_known && *login.anew,
        .form_title = package ? form_show(package->form, request->arena, form_title(package->form),
                                          frame.language)
                                    .text
                              : NULL,
        .back = FRAME_PATH_FRONT,
    };
    response_html(response, 200, site_login_page(request->arena, &frame, &page));
    return true;
}

void enter_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* ---- to the provider ---- */

static bool borrow_and_look(struct visitor *visitor, struct request *request, bool take,
                            struct login *out, bool *is_there, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(visitor->app->db, &db, err) && look(request, db, take, out, is_there, err);
}

static bool borrow_and_remember(struct visitor *visitor, struct request *request,
                                struct response *response, const struct login *login,
                                struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    return db_borrow(visitor->app->db, &db, err) && remember(db, request, response, login, err);
}

/* The cookie of before is of no use any more: each way out has its own (S-SES-2). */
static bool go(struct visitor *visitor, struct request *request, struct response *response,
               struct error *err)
{
    struct login login;
    bool is_there;
    const char *address;
    if (!visitor->app->idporten)
        return error_set(err, ERROR_UNAVAILABLE, "no login is set up");
    if (!borrow_and_look(visitor, request, true, &login, &is_there, err))
        return false;
    const struct idporten_wish wish = {
        .origin = visitor_origin(visitor->app, request),
        .language = visitor->language,
        .acr = *login.acr ? login.acr : LEVEL_SUBSTANTIAL,
        .anew = *login.anew != '\0',
    };
    struct error why = {0};
    bool begun =
        idporten_begin(visitor->app->idporten, request->arena, &wish, &login, &address, &why);
    if (!borrow_and_remember(visitor, request, response, &login, err))
        return false;
    if (!begun) {
        *err = why;
        return false;
    }
    response_redirect_away(response, address);
    return true;
}

/* What went wrong between us and the provider, with a way to try again that still knows where the
 * person was. */
static void tell(struct visitor *visitor, struct request *request, struct response *response,
                 enum site_trouble_kind kind, int status)
{
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = kind, .status = status, .login = PATH_GO});
}

static void log_failure(const struct request *request, const struct error *err)
{
    log_event(LOG_LEVEL_WARNING, "login_failed", "request=%s code=%s text=\"%s\"", request->id,
              error_name(err->code), err->text);
}

void enter_go(void *context, struct request *request, struct response *response)
{
    struct visitor *visitor = request->visitor;
    const struct app *app = context;
    struct error err = {0};
    if (go(visitor, request, response, &err))
        return;
    if (!app->idporten || (err.code != ERROR_UNAVAILABLE && err.code != ERROR_REFUSED)) {
        failure_page(visitor, request, response, &err);
        return;
    }
    log_failure(request, &err);
    tell(visitor, request, response, SITE_LOGIN_FAILED, error_http_status(err.code));
}

/* ---- back from it ---- */

/* The provider says no, with a word of RFC 6749 4.1.2.1 or OpenID Connect Core 1.0 3.1.2.6. */
static void answer_no(struct visitor *visitor, struct request *request, struct response *response,
                      const char *word)
{
    bool stopped = text_equal(word, "access_denied") || text_equal(word, "login_required") ||
                   text_equal(word, "interaction_required");
    size_t size = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
    log_event(LOG_LEVEL_INFO, "login_refused", "request=%s error=%.*s", request->id,
              (int)(size < 40 ? size : 40), word);
    tell(visitor, request, response, stopped ? SITE_LOGIN_STOPPED : SITE_LOGIN_FAILED,
         stopped ? 403 : 502);
}

static void answer_failure(struct visitor *visitor, struct request *request,
                           struct response *response, enum id_token_refusal why,
                           const struct error *err)
{
    log_failure(request, err);
    switch (why) {
    case ID_TOKEN_NO_NUMBER:
        tell(visitor, request, response, SITE_LOGIN_NO_NUMBER, 403);
        break;
    case ID_TOKEN_TOO_LOW:
    case ID_TOKEN_TOO_OLD:
        tell(visitor, request, response, SITE_LOGIN_TOO_LOW, 403);
        break;
    case ID_TOKEN_NOT_GOOD:
        tell(visitor, request, response, SITE_LOGIN_FAILED,
             err->code == ERROR_UNAVAILABLE ? 503 : 502);
        break;
    }
}

/* A session of its own, always: an id that was there before is never kept (S-SES-2). */
static bool start_session(struct visitor *visitor, struct db *db, struct request *request,
                          struct response *response, const struct id_token *token,
                          struct error *err)
{
    const char *before = cookie_read(request, COOKIE_SESSION), *cookie;
    struct citizen citizen;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || (before && !sessions_end(db, before, err)) ||
        !sessions_sweep(db, &visitor->app->session_rules, NULL, err) ||
        !citizens_know(request->arena, db, token->pid, token->name, &citizen, err) ||
        !sessions_start(request->arena, db, citizen.id, &token->login, &cookie, err) ||
        !logbook_add(request->arena, db,
                     &(struct logbook_act){.citizen_id = citizen.id,
                                           .action = AUDIT_LOGIN,
                                           .object_id = token->login.acr,
                                           .request_id = request->id},
                     err) ||
        !db_commit(&transaction, err))
        return false;
    visitor->session.citizen = citizen;
    visitor->session.login = token->login;
    cookie_set(response, COOKIE_SESSION, cookie);
    return true;
}

static bool come_in(struct visitor *visitor, struct request *request, struct response *response,
                    const struct login *login, const struct id_token *token, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    const char *go_to = login->return_to;
    if (!db_borrow(visitor->app->db, &db, err) ||
        !start_session(visitor, db, request, response, token, err) ||
        !begin_after_login(visitor, db, request, login->return_to, &go_to, err))
        return false;
    response_redirect(response, go_to);
    return true;
}

/* What came back does not belong to a login of this browser, or not any more. */
static bool is_answered_before_the_provider(struct visitor *visitor, struct request *request,
                                            struct response *response, const struct login *login,
                                            bool is_there)
{
    struct error err = {.code = ERROR_DENIED};
    if (!is_there && visitor->is_known) { /* the page loaded again by one who came in by it */
        response_redirect(response, FRAME_PATH_MY_PAGE);
        return true;
    }
    if (!is_there)
        error_set(&err, ERROR_DENIED, "no login of this browser is on its way");
    else if (idporten_check(visitor->app->idporten, login, request_query(request, "state"),
                            request_query(request, "iss"), &err))
        return false;
    log_failure(request, &err);
    if (err.code == ERROR_DENIED)
        tell(visitor, request, response, SITE_LOGIN_OLD, 400);
    else
        tell(visitor, request, response, SITE_LOGIN_FAILED, error_http_status(err.code));
    return true;
}

/* True: whoever it is may come in; false: it is answered. */
static bool is_let_in(struct visitor *visitor, struct request *request, struct response *response,
                      const struct login *login, bool is_there, struct id_token *token)
{
    if (is_answered_before_the_provider(visitor, request, response, login, is_there))
        return false;
    const char *no = request_query(request, "error"), *code = request_query(request, "code");
    if (no) {
        answer_no(visitor, request, response, no);
        return false;
    }
    enum id_token_refusal why;
    struct error err = {0};
    if (idporten_finish(visitor->app->idporten, request->arena,
                        visitor_origin(visitor->app, request), login, code ? code : "", token, &why,
                        &err))
        return true;
    answer_failure(visitor, request, response, why, &err);
    return false;
}

/* Nobody came in: written down, and the next try comes back to the same place. */
static void note_failure(struct visitor *visitor, struct request *request,
                         struct response *response, const struct login *login, bool is_there)
{
    struct error err = {0};
    if (response->status < 400)
        return;
    logbook_refuse(visitor->app, request,
                   &(struct logbook_refusal){.action = AUDIT_LOGIN, .actor = AUDIT_CITIZEN});
    const struct login again = {
        .acr = login->acr, .anew = login->anew, .return_to = login->return_to};
    if (is_there && !borrow_and_remember(visitor, request, response, &again, &err))
        log_error("login_not_remembered", &err);
}

void enter_back(void *context, struct request *request, struct response *response)
{
    struct visitor *visitor = request->visitor;
    const struct app *app = context;
    struct login login;
    struct id_token token;
    bool is_there;
    struct error err = {0};
    if (!app->idporten) {
        error_set(&err, ERROR_UNAVAILABLE, "no login is set up");
        failure_page(visitor, request, response, &err);
        return;
    }
    if (!borrow_and_look(visitor, request, true, &login, &is_there, &err)) {
        failure_page(visitor, request, response, &err);
        return;
    }
    cookie_clear(response, COOKIE_LOGIN);
    if (!is_let_in(visitor, request, response, &login, is_there, &token)) {
        note_failure(visitor, request, response, &login, is_there);
        return;
    }
    if (!*token.name)
        token.name = name_fetch(request->arena, registers_population(&app->registers), app->names,
                                token.pid);
    if (!come_in(visitor, request, response, &login, &token, &err))
        failure_page(visitor, request, response, &err);
}
