/* test_login.c - login with test people, as the sandbox offers it. */
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/logbook.h"
#include "engine/login/cookie.h"
#include "engine/login/level.h"
#include "engine/pages/begin.h"
#include "engine/pages/pages.h"
#include "engine/pages/say.h"
#include "engine/pages/failure.h"
#include "engine/sandbox/sandbox_people.h"
#include "forms/types.h"
#include "render/site.h"
#include "storage/audit.h"

#include <string.h>

static struct site_test_person *test_people(struct arena *arena, size_t *count)
{
    const struct sandbox_person *people = sandbox_people(count);
    struct site_test_person *shown = ARENA_ARRAY(arena, *count, struct site_test_person);
    for (size_t i = 0; i < *count; i++)
        shown[i] = (struct site_test_person){
            .number = people[i].pid, .name = people[i].name, .about = people[i].about};
    return shown;
}

static void write_login(struct visitor *visitor, struct request *request, struct response *response,
                        int status, const char *typed, const char *error)
{
    struct frame frame = visitor_frame(visitor);
    size_t count;
    struct site_test_person *people = test_people(request->arena, &count);
    struct site_test_login page = {
        .people = people,
        .count = count,
        .action = FRAME_PATH_LOGIN,
        .back = FRAME_PATH_FRONT,
        .typed = typed,
        .error = error,
    };
    response_html(response, status, site_test_login_page(request->arena, &frame, &page));
}

static bool show(struct visitor *visitor, struct db *db, struct request *request,
                 struct response *response, struct error *err)
{
    if (!visitor->app->sandbox)
        return error_set(err, ERROR_UNAVAILABLE, "no login is set up");
    if (!cookie_read(request, COOKIE_LOGIN)) { /* came here directly */
        const char *cookie;
        if (!sessions_login_start(
                request->arena, db,
                &(struct login){.state = "",
                                .nonce = "",
                                .verifier = "",
                                .acr = "",
                                .anew = "",
                                .return_to = FRAME_PATH_MY_PAGE},
                &cookie, err))
            return false;
        cookie_set(response, COOKIE_LOGIN, cookie);
        visitor_set_secret(visitor, request->arena, BYTES_OF(cookie));
    }
    write_login(visitor, request, response, 200, "", NULL);
    return true;
}

void test_login_show(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(show, request, response);
}

/* One of the list, or any synthetic number typed by hand; NULL with *problem when it is neither. */
static const char *chosen_person(struct request *request, const char *language, const char **name,
                                 const char **problem)
{
    const char *typed = request_field(request, SITE_FIELD_OTHER_PERSON);
    const char *pid = request_field(request, SITE_FIELD_PERSON);
    if (!text_is_empty(typed)) {
        struct types_problem wrong;
        if (!types_parse(request->arena, TYPE_FNR, typed, language, &pid, &wrong)) {
            *problem = say(language, "login.number");
            return NULL;
        }
        if (pid[2] < '4') { /* a real person's month is not 40 or 80 higher */
            *problem = say(language, "login.synthetic");
            return NULL;
        }
    }
    const struct sandbox_person *person = pid ? sandbox_people_find_pid(pid) : NULL;
    *name = person ? person->name : say(language, "login.unnamed");
    if (!pid || (!person && text_is_empty(typed))) {
        *problem = say(language, "login.choose");
        return NULL;
    }
    return pid;
}

/* An id that was there before is never kept (S-SES-2): the session row of before is ended. */
static bool end_session_before(struct db *db, struct request *request, struct error *err)
{
    const char *before = cookie_read(request, COOKIE_SESSION);
    return !before || sessions_end(db, before, err);
}

static bool start_session(struct visitor *visitor, struct db *db, struct request *request,
                          struct response *response, const char *pid, const char *name,
                          struct error *err)
{
    const char *acr =
        request_field(request, SITE_FIELD_LEVEL) ? LEVEL_SANDBOX_LOWER : LEVEL_SANDBOX_HIGH;
    const struct session_login login = {.acr = acr, .issuer = "", .sid = "", .id_token = ""};
    struct citizen citizen;
    const char *cookie;
    CLEANUP(db_end) struct db_transaction transaction = {0};
    if (!db_begin(db, &transaction, err) || !end_session_before(db, request, err) ||
        !sessions_sweep(db, &visitor->app->session_rules, NULL, err) ||
        !citizens_know(request->arena, db, pid, name, &citizen, err) ||
        !sessions_start(request->arena, db, citizen.id, &login, &cookie, err) ||
        !audit_add(request->arena, db,
                   &(struct audit_entry){.actor = AUDIT_CITIZEN,
                                         .actor_id = citizen.id,
                                         .citizen_id = citizen.id,
                                         .action = AUDIT_LOGIN,
                                         .object_id = acr,
                                         .succeeded = true,
                                         .request_id = request->id},
                   err) ||
        !db_commit(&transaction, err))
        return false;
    visitor->session.citizen = citizen;
    visitor->session.login = login;
    cookie_clear(response, COOKIE_LOGIN);
    cookie_set(response, COOKIE_SESSION, cookie);
    return true;
}

static bool choose(struct visitor *visitor, struct db *db, struct request *request,
                   struct response *response, struct error *err)
{
    if (!visitor->app->sandbox)
        return error_set(err, ERROR_UNAVAILABLE, "no login is set up");
    const char *name, *problem = NULL;
    const char *pid = chosen_person(request, visitor->language, &name, &problem);
    if (!pid) {
        logbook_refuse(visitor->app, request,
                       &(struct logbook_refusal){.action = AUDIT_LOGIN, .actor = AUDIT_CITIZEN});
        write_login(visitor, request, response, 422,
                    request_field(request, SITE_FIELD_OTHER_PERSON), problem);
        return true;
    }
    struct login login;
    struct error why = {.code = ERROR_MISSING};
    const char *cookie = cookie_read(request, COOKIE_LOGIN);
    if (!cookie || !sessions_login_take(request->arena, db, cookie, &login, &why)) {
        if (why.code != ERROR_MISSING) {
            *err = why;
            return false;
        }
        cookie_clear(response, COOKIE_LOGIN); /* too old or used: begin anew */
        response_redirect(response, FRAME_PATH_LOGIN);
        return true;
    }
    if (!start_session(visitor, db, request, response, pid, name, err))
        return false;
    const char *go = login.return_to;
    if (!begin_after_login(visitor, db, request, login.return_to, &go, err))
        return false;
    response_redirect(response, go);
    return true;
}

void test_login_choose(void *context, struct request *request, struct response *response)
{
    (void)context;
    failure_or(choose, request, response);
}

