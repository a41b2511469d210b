#include "engine/visitor.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/login/cookie.h"
#include "engine/login/csrf.h"
#include "engine/pages/failure.h"

#include <string.h>

#define LANGUAGE_COOKIE "sprak"

static const char *const languages[] = {"nb", "nn"};

const char *const *visitor_languages(size_t *count)
{
    *count = COUNT(languages);
    return languages;
}

const char *visitor_language(const struct request *request)
{
    const char *chosen = request_cookie(request, LANGUAGE_COOKIE);
    if (!chosen)
        chosen = request_header(request, "Accept-Language");
    char tag[16] = "";
    if (chosen && strcspn(chosen, ",;") < sizeof tag)
        memcpy(tag, chosen, strcspn(chosen, ",;"));
    return languages[texts_language(languages, COUNT(languages), text_fold(request->arena, tag))];
}

void visitor_set_language(struct response *response, const char *language)
{
    response_add_header(response, "Set-Cookie",
                        arena_printf(response->arena,
                                     LANGUAGE_COOKIE "=%s; Path=/; Secure; HttpOnly; "
                                                     "SameSite=Lax; Max-Age=31536000",
                                     language));
}

/* "?lang=nn" on any page: remembered, and back to the page without it. */
static bool change_language(struct request *request, struct response *response)
{
    const char *wanted = request_query(request, "lang");
    if (!wanted || !request_is_safe(request))
        return false;
    visitor_set_language(response, languages[texts_language(languages, COUNT(languages), wanted)]);
    response_redirect(response, request->path);
    return true;
}

static bool is_login(const struct router_route *route)
{
    return text_equal(route->pattern, FRAME_PATH_LOGIN);
}

/* Logged in when the cookie is one that we minted and that still lives. */
static bool find_session(struct visitor *visitor, struct request *request, struct error *err)
{
    const char *cookie = cookie_read(request, COOKIE_SESSION);
    if (!cookie)
        return true;
    CLEANUP(db_return) struct db *db = NULL;
    if (!db_borrow(visitor->app->db, &db, err))
        return false;
    struct error why;
    if (sessions_use(request->arena, db, cookie, &visitor->app->session_rules, &visitor->session,
                     &why)) {
        visitor->is_known = true;
        visitor->cookie = cookie;
        return true;
    }
    if (why.code == ERROR_MISSING)
        return true;
    *err = why;
    return false;
}

/* Remembers where to come back to, and leads to the login. */
static bool lead_to_login(struct visitor *visitor, struct request *request,
                          struct response *response, struct error *err)
{
    CLEANUP(db_return) struct db *db = NULL;
    const char *cookie;
    if (!db_borrow(visitor->app->db, &db, err) ||
        !sessions_login_start(
            request->arena, db,
            &(struct login){.state = "", .nonce = "", .verifier = "", .return_to = request->path},
            &cookie, err))
        return false;
    cookie_set(response, COOKIE_LOGIN, cookie);
    response_redirect(response, FRAME_PATH_LOGIN);
    return true;
}

static void refuse_stranger(struct visitor *visitor, struct request *request,
                            struct response *response)
{
    struct error err;
    if (request_is_safe(request)) {
        if (!lead_to_login(visitor, request, response, &err))
            failure_page(visitor, request, response, &err);
        return;
    }
    bool had_one = cookie_read(request, COOKIE_SESSION) != NULL;
    failure_say(visitor, request, response,
                (struct site_trouble){.kind = had_one ? SITE_SESSION_EXPIRED : SITE_LOGIN_NEEDED,
                                      .status = 401,
                                      .login = request->path});
}

void visitor_set_secret(struct visitor *visitor, struct arena *arena, struct bytes secret)
{
    visitor->secret = secret;
    visitor->csrf = csrf_token(arena, secret, "side");
}

/* What Origin must be: the public address, else the host that was asked for, which
 * request_check_head has found in our list. */
static const char *origin_of(const struct app *app, const struct request *request)
{
    if (*app->config->public_url)
        return app->config->public_url;
    return arena_printf(request->arena, "http://%s", request_header(request, "Host"));
}

bool visitor_admit(void *app, const struct router_route *route, struct request *request,
                   struct response *response)
{
    struct visitor *visitor = ARENA_NEW(request->arena, struct visitor);
    visitor->app = app;
    visitor->language = visitor_language(request);
    visitor->refreshes = text_equal(request_query(request, "oppdater"), "ja");
    request->visitor = visitor;
    if (text_starts_with(route->pattern, "/statisk/"))
        return true;
    if (change_language(request, response))
        return false;

    struct error err;
    if (!find_session(visitor, request, &err)) {
        failure_page(visitor, request, response, &err);
        return false;
    }
    if (visitor->is_known)
        visitor_set_secret(visitor, request->arena, visitor->session.secret);
    const char *login_cookie = is_login(route) ? cookie_read(request, COOKIE_LOGIN) : NULL;
    if (login_cookie)
        visitor_set_secret(visitor, request->arena, BYTES_OF(login_cookie));

    if (route->who == ROUTER_CITIZEN && !visitor->is_known) {
        refuse_stranger(visitor, request, response);
        return false;
    }
    if (!request_is_safe(request) && !visitor->secret.size) { /* of a session or login that ended */
        response_redirect(response, is_login(route) ? FRAME_PATH_LOGIN : FRAME_PATH_FRONT);
        return false;
    }
    if (!request_is_safe(request) &&
        !csrf_check(request, origin_of(visitor->app, request), visitor->secret, "side")) {
        failure_say(visitor, request, response,
                    (struct site_trouble){.kind = SITE_FORGED, .status = 403});
        return false;
    }
    return true;
}

struct frame visitor_frame(const struct visitor *visitor)
{
    return (struct frame){
        .language = visitor->language,
        .languages = languages,
        .language_count = COUNT(languages),
        .agency = &visitor->app->agency,
        .user_name = visitor->is_known ? visitor->session.citizen.name : NULL,
        .csrf = visitor->csrf,
        .now = clock_now(),
        .sandbox = visitor->app->sandbox != NULL,
        .refreshes = visitor->refreshes,
    };
}
