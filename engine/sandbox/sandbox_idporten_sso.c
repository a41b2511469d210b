#include "engine/sandbox/sandbox_idporten_sso.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define COOKIE "idporten_sso"

/* Lax: it comes along when a service sends the browser here by a link or a redirect. */
static const char attributes[] = "Path=" SANDBOX_IDPORTEN_PATH "; HttpOnly; SameSite=Lax";

static bool is_alive(const struct sandbox_world *world,
                     const struct sandbox_idporten_session *session)
{
    int64_t now = sandbox_idporten_now(world);
    return *session->sid && now < session->seen_at + SANDBOX_IDPORTEN_IDLE_S &&
           now < session->started_at + SANDBOX_IDPORTEN_ABSOLUTE_S;
}

struct sandbox_idporten_session *sandbox_idporten_sso_find(struct sandbox_world *world,
                                                           const struct request *request)
{
    const char *cookie = request_cookie(request, COOKIE);
    if (!cookie)
        return NULL;
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(cookie));
    for (size_t i = 0; i < SANDBOX_IDPORTEN_KEPT; i++) {
        struct sandbox_idporten_session *session = &world->idporten.sessions[i];
        if (*session->sid && memcmp(&session->cookie, &digest, sizeof digest) == 0)
            return is_alive(world, session) ? session : NULL;
    }
    return NULL;
}

struct sandbox_idporten_session *sandbox_idporten_sso_start(struct sandbox_world *world,
                                                            struct request *request,
                                                            struct response *response,
                                                            const char *pid)
{
    struct sandbox_idporten *idporten = &world->idporten;
    struct sandbox_idporten_session *before = sandbox_idporten_sso_find(world, request);
    if (before)
        sandbox_idporten_sso_end(before, response);
    struct sandbox_idporten_session *session =
        &idporten->sessions[idporten->next_session++ % SANDBOX_IDPORTEN_KEPT];
    const char *cookie = crypto_random_id(request->arena, 256);
    *session = (struct sandbox_idporten_session){.cookie = crypto_sha256(BYTES_OF(cookie)),
                                                 .started_at = sandbox_idporten_now(world),
                                                 .seen_at = sandbox_idporten_now(world)};
    snprintf(session->sid, sizeof session->sid, "%s", crypto_random_id(request->arena, 256));
    snprintf(session->pid, sizeof session->pid, "%s", pid);
    response_header(response, "Set-Cookie",
                    arena_printf(request->arena, COOKIE "=%s; %s", cookie, attributes));
    return session;
}

void sandbox_idporten_sso_end(struct sandbox_idporten_session *session, struct response *response)
{
    *session->sid = '\0';
    response_header(response, "Set-Cookie",
                    arena_printf(response->arena, COOKIE "=; %s; Max-Age=0", attributes));
}

bool sandbox_idporten_sso_suffices(const struct sandbox_idporten_session *session,
                                   const struct sandbox_idporten_asked *asked)
{
    return !asked->prompt_login && session->level >= asked->level &&
           (asked->max_age < 0 || clock_now() - session->auth_time <= asked->max_age);
}

void sandbox_idporten_sso_join(struct sandbox_idporten_session *session,
                               const struct sandbox_idporten_client *client, const char *site)
{
    for (size_t i = 0; i < session->service_count; i++)
        if (session->services[i].client == client && text_equal(session->services[i].site, site))
            return;
    if (session->service_count == SANDBOX_IDPORTEN_SERVICES)
        return;
    struct sandbox_idporten_service *service = &session->services[session->service_count++];
    service->client = client;
    snprintf(service->site, sizeof service->site, "%s", site);
}
