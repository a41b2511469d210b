#include "engine/sandbox/sandbox_idporten_choose.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_asked.h"
#include "engine/sandbox/sandbox_idporten_page.h"
#include "engine/sandbox/sandbox_idporten_sso.h"
#include "forms/mod11.h"

#include <stdio.h>
#include <string.h>

/* The request that the address names, or NULL with an answer. */
static struct sandbox_idporten_asked *asked_of(struct sandbox_world *world, struct request *request,
                                               struct response *response)
{
    struct sandbox_idporten_asked *asked =
        sandbox_idporten_asked_find(world, request_parameter(request, "id"));
    if (!asked)
        sandbox_idporten_trouble(request, response, 404, NULL);
    return asked;
}

void sandbox_idporten_show(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct sandbox_idporten_asked *asked = asked_of(world, request, response);
    if (!asked)
        return;
    const char *language = sandbox_idporten_language(request_query(request, "sprak"));
    if (language) {
        snprintf(asked->language, sizeof asked->language, "%s", language);
        sandbox_idporten_choose_language(response, language);
    }
    const struct sandbox_idporten_choice choice = {.asked = asked, .typed = ""};
    sandbox_idporten_choice_page(request, response, 200, &choice);
}

/* The digits of what was typed, with spaces as people write them; "" when there are others. */
static const char *digits_of(struct arena *arena, const char *typed)
{
    char *digits = arena_alloc(arena, strlen(typed) + 1);
    size_t count = 0;
    for (const char *at = typed; *at; at++)
        if (*at != ' ')
            digits[count++] = *at;
    return strspn(digits, "0123456789") == count ? digits : "";
}

/* A number, or NULL with what is wrong. A real person's month is not 40 or 80 higher. */
static const char *chosen_person(const struct request *request, const char **wrong)
{
    const char *typed = request_field(request, SANDBOX_IDPORTEN_FIELD_OTHER);
    const char *pid = request_field(request, SANDBOX_IDPORTEN_FIELD_PERSON);
    if (!text_is_empty(typed)) {
        pid = digits_of(request->arena, typed);
        *wrong = !mod11_is_fnr(pid) ? "wrong.number" : pid[2] < '4' ? "wrong.synthetic" : NULL;
    } else {
        *wrong = sandbox_people_find_pid(pid) ? NULL : "wrong.choose";
    }
    return *wrong ? NULL : pid;
}

/* One step up keeps the session and who it is for; anybody else gets a new one. */
static struct sandbox_idporten_session *log_in(struct sandbox_world *world, struct request *request,
                                               struct response *response, const char *pid,
                                               enum sandbox_idporten_level level)
{
    struct sandbox_idporten_session *session = sandbox_idporten_sso_find(world, request);
    if (!session || !text_equal(session->pid, pid))
        session = sandbox_idporten_sso_start(world, request, response, pid);
    session->level = level;
    session->auth_time = clock_now();
    return session;
}

void sandbox_idporten_choose(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct sandbox_idporten_asked *asked = asked_of(world, request, response);
    if (!asked)
        return;
    struct sandbox_idporten_choice choice = {
        .asked = asked, .typed = request_field(request, SANDBOX_IDPORTEN_FIELD_OTHER)};
    const char *pid = chosen_person(request, &choice.wrong);
    enum sandbox_idporten_level level;
    const char *name = request_field(request, SANDBOX_IDPORTEN_FIELD_LEVEL);
    if (pid && (!sandbox_idporten_level_parse(name, &level) || level < asked->level))
        choice.wrong = "wrong.level";
    if (choice.wrong) {
        sandbox_idporten_choice_page(request, response, 422, &choice);
        return;
    }
    struct sandbox_idporten_session *session = log_in(world, request, response, pid, level);
    sandbox_idporten_answer_code(world, request, response, asked, session);
}

void sandbox_idporten_cancel(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct sandbox_idporten_asked *asked = asked_of(world, request, response);
    if (asked)
        sandbox_idporten_answer_error(world, request, response, asked, "access_denied",
                                      "the person gave up");
}
