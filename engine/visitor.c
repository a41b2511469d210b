#include "engine/visitor.h"

#include "engine/api.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/limits.h"
#include "engine/login/cookie.h"
#include "engine/login/csrf.h"
#include "engine/login/idporten.h"
#include "engine/logbook.h"
#include "engine/look_now.h"
#include "engine/pages/develop.h"
#include "engine/pages/enter.h"
#include "engine/pages/failure.h"
#include "engine/pages/kept.h"
#include "engine/partial.h"

#include <string.h>

/* "?lang=nn" on any page: remembered, and back to the page without it. */
static bool change_language(const struct visitor *visitor, struct request *request,
                            struct response *response)
{
    const char *wanted = language_asked_for(request);
    if (!wanted || !request_is_safe(request))
        return false;
    language_remember(response, wanted);
    response_redirect(
        response, visitor->refreshes
                      ? arena_printf(request->arena, "%s?" FRAME_REFRESH_QUERY "=ja", request->path)
                      : request->path);
    return true;
}

/* What Origin must be: the public address, else the host that was asked for, which is one of our
 * list. */
const char *visitor_origin(const struct app *app, const struct request *request)
{
    if (*app->config->public_url)
        return app->config->public_url;
    return arena_printf(request->arena, "%s://%s", request->scheme, request->host);
}

void visitor_set_policy(const struct app *app, struct response *response)
{
    const char *policy = response_find_header(response, "Content-Security-Policy");
    const char *action = policy ? strstr(policy, "form-action 'self'") : NULL;
    if (!app->idporten || !action)
        return;
    action += strlen("form-action 'self'");
    response_header(response, "Content-Security-Policy",
                    arena_printf(response->arena, "%.*s%s%s", (int)(action - policy), policy,
                                 idporten_origins(app->idporten), action));
}

/* Logged in when the cookie is one that we minted and that still lives. */
static bool find_session(struct visitor *visitor, struct request *request, struct error *err)
{
    const char *cookie = cookie_read(request, COOKIE_SESSION);
    if (!cookie)
        return true;
    CLEANUP(db_return) struct db *db = NULL;
    if (!db_borrow(visitor->app->db, &db, err) || !db_look(db, err))
        return false;
    struct error why;
    if (sessions_use(request->arena, db, cookie, &visitor->app->session_rules, &visitor->session,
                     &why)) {
        visitor->is_known = true;
        visitor->cookie = cookie;
        if (request->is_whole) /* else its handler is called when all has come: long after */
            keys_move(db_kept_keys(db), &visitor->keys);
        return true;
    }
    if (why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}

/* What was typed in a step is kept, whoever sent it, unless another site's page did: its person is
 * asked about it (pages/kept.h). */
static bool is_worth_keeping(const struct visitor *visitor, const struct router_route *route,
                             const struct request *request)
{
    return kept_is_step(route) && csrf_own_origin(request, visitor_origin(visitor->app, request));
}

/* Where to go on after a login that a post was sent to: to its page, when it has one. */
static const char *page_of(const struct visitor *visitor, const struct request *request)
{
    struct request_pairs parameters;
    const char *allow;
    return router_find(&visitor->app->router, request->arena, "GET", request->path, &parameters,
                       &allow)
               ? request->path
               : FRAME_PATH_MY_PAGE;
}

static void refuse_stranger(struct visitor *visitor, const struct router_route *route,
                            struct request *request, struct response *response)
{
    struct error err;
    if (request_is_safe(request)) {
        if (!enter_lead(visitor, request, response, &err))
            failure_page(visitor, request, response, &err);
        return;
    }
    bool kept = is_worth_keeping(visitor, route, request) &&
                kept_keep(visitor->app, request, KEPT_POST_LOGGED_OUT);
    bool had_one = cookie_read(request, COOKIE_SESSION) != NULL; /* else told nothing about an id */
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = had_one ? SITE_SESSION_EXPIRED : SITE_LOGIN_NEEDED,
                                      .status = 401,
                                      .kept_at = kept && had_one ? clock_now() : 0,
                                      .login = page_of(visitor, request)});
}

/* Not our own page sent it (S-CSRF-1, S-CSRF-2); or one from before the last login. */
static void refuse_forged(struct visitor *visitor, const struct router_route *route,
                          struct request *request, struct response *response)
{
    if (visitor->is_known && is_worth_keeping(visitor, route, request) &&
        kept_keep(visitor->app, request, KEPT_POST_LOGGED_OUT)) {
        response_redirect(
            response, arena_printf(request->arena, "/utkast/%s", request_parameter(request, "id")));
        return;
    }
    if (visitor->is_known)
        logbook_refuse(visitor->app, request,
                       &(struct logbook_refusal){.action = AUDIT_ACCESS_REFUSED,
                                                 .actor = AUDIT_CITIZEN,
                                                 .actor_id = visitor->session.citizen.id});
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = SITE_FORGED, .status = 403});
}

void visitor_set_secret(struct visitor *visitor, struct arena *arena, struct bytes secret)
{
    visitor->secret = secret;
    visitor->csrf = csrf_token(arena, secret, "side");
}

void visitor_set_wish(struct visitor *visitor, struct arena *arena, struct language_wish wish)
{
    size_t count;
    const char *const *languages = language_site(&count);
    visitor->wish = wish;
    visitor->language = language_of(arena, &wish, languages, count);
}

bool visitor_switch(struct visitor *visitor, struct request *request, struct response *response)
{
    const char *language = language_asked_for(request);
    if (!language || request_is_safe(request))
        return false;
    language_remember(response, language);
    struct language_wish wish = visitor->wish;
    wish.chosen = language;
    visitor_set_wish(visitor, request->arena, wish);
    return true;
}

/* Asked when only the first part of a form with files has come, of a post that is to be refused but
 * whose fields are worth keeping: they are read on, no file is kept, and at the end it is asked
 * again. */
static bool waits_for_the_rest(const struct visitor *visitor, const struct router_route *route,
                               struct request *request)
{
    request->drops_files = !request->is_whole && !request_is_safe(request) &&
                           is_worth_keeping(visitor, route, request);
    return request->drops_files;
}

/* What is too often (limits.h) is told so. Of files past their limit nothing is kept, and what was
 * typed beside them is read on: that is asked again at the end, when it is the page's to tell. */
static bool is_within_limits(struct visitor *visitor, const struct router_route *route,
                             struct request *request, struct response *response)
{
    bool brings_files = route->body_limit == ROUTER_FILES && !request->is_whole;
    request->drops_files = brings_files && limits_is_reached(visitor, request, LIMITS_UPLOAD);
    enum limits_kind kind = limits_of(route);
    struct error err;
    if (kind == LIMITS_NONE || limits_allow(visitor, request, kind, &err))
        return true;
    failure_page(visitor, request, response, &err);
    return false;
}

/* A proxy that takes plain HTTP is to lead to HTTPS itself; where it does not, nothing is done and
 * nothing shown all the same (S-TLS-1). */
static bool lead_to_https(const struct visitor *visitor, const struct request *request,
                          struct response *response)
{
    const char *url = visitor->app->config->public_url;
    if (!request->is_open || !text_starts_with(url, "https://"))
        return false;
    response_redirect_away(response, arena_printf(request->arena, "%s%s", url, request->target));
    return true;
}

static bool admit(void *app, const struct router_route *route, struct request *request,
                  struct response *response)
{
    if (route->who == ROUTER_MACHINE)
        return api_admit(app, request, response);
    struct visitor *visitor = ARENA_NEW(request->arena, struct visitor);
    visitor->app = app;
    visitor->agency = look_now_agency(visitor->app->look, request->arena);
    visitor_set_wish(visitor, request->arena, language_wish_of(request));
    visitor->refreshes = text_equal(request_query(request, "oppdater"), "ja");
    request->visitor = visitor;
    if (lead_to_https(visitor, request, response))
        return false;
    visitor_set_policy(app, response);
    if (text_starts_with(route->pattern, "/statisk/"))
        return true;
    response_header(response, "Vary", "HX-Request");
    develop_refresh(app);
    if (change_language(visitor, request, response))
        return false;

    struct error err;
    if (!find_session(visitor, request, &err)) {
        failure_page(visitor, request, response, &err);
        return false;
    }
    if (visitor->is_known)
        visitor_set_secret(visitor, request->arena, visitor->session.secret);

    bool stranger = route->who == ROUTER_CITIZEN && !visitor->is_known;
    if (stranger && waits_for_the_rest(visitor, route, request))
        return true;
    if (stranger) {
        refuse_stranger(visitor, route, request, response);
        return false;
    }
    if (!request_is_safe(request) && !visitor->secret.size) { /* of a session that ended */
        response_redirect(response, FRAME_PATH_FRONT);
        return false;
    }
    bool ours = request_is_safe(request) ||
                csrf_check(request, visitor_origin(visitor->app, request), visitor->secret, "side");
    if (!ours && waits_for_the_rest(visitor, route, request))
        return true;
    if (!ours)
        refuse_forged(visitor, route, request, response);
    return ours && is_within_limits(visitor, route, request, response);
}

bool visitor_admit(void *app, const struct router_route *route, struct request *request,
                   struct response *response)
{
    bool admitted = admit(app, route, request, response);
    if (!admitted) {
        visitor_leave(route, request);
        partial_settle(request, response);
    }
    return admitted;
}

void visitor_leave(const struct router_route *route, struct request *request)
{
    struct visitor *visitor = route->who == ROUTER_MACHINE ? NULL : request->visitor;
    if (visitor)
        keys_forget(&visitor->keys);
}

static const char *organisation_name(const void *issuers, struct arena *arena, const char *number)
{
    return issuers_show(arena, issuers, number, "");
}

void visitor_name_organisations(const struct visitor *visitor, struct answers *answers)
{
    answers_name_organisations(answers, organisation_name, &visitor->app->issuers);
}

struct frame visitor_frame(const struct visitor *visitor)
{
    size_t count;
    const char *const *languages = language_site(&count);
    return (struct frame){
        .language = visitor->language,
        .reading = visitor->wish.chosen ? visitor->wish.chosen : visitor->language,
        .languages = languages,
        .language_count = count,
        .agency = visitor->agency,
        .user_name = visitor->is_known ? visitor->session.citizen.name : NULL,
        .csrf = visitor->csrf,
        .now = clock_now(),
        .ends_at = visitor->is_known ? visitor->session.ends_at : 0,
        .sandbox = visitor->app->sandbox != NULL,
        .refreshes = visitor->refreshes,
    };
}

const char *visitor_reading(const struct visitor *visitor, struct arena *arena,
                            const struct form *form, const char *draft_language)
{
    return language_of_form(arena, &visitor->wish, form, draft_language);
}

struct frame visitor_form_frame(const struct visitor *visitor, struct arena *arena,
                                const struct form *form, const char *reading)
{
    struct frame frame = visitor_frame(visitor);
    frame.language = form_site_language(form, reading);
    frame.reading = reading;
    frame.languages = language_offered(arena, form, &frame.language_count);
    const char *chosen = visitor->wish.chosen;
    if (chosen && texts_distance(chosen, reading) >= TEXTS_ANOTHER)
        frame.lacking = chosen;
    return frame;
}
