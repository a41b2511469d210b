#include "engine/sandbox/sandbox_idporten_logout.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_clients.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_idporten_page.h"
#include "engine/sandbox/sandbox_idporten_sso.h"
#include "render/frame.h"

#include <string.h>

enum { FRAMES_S = 1 }; /* for the frames to load before the browser goes on */

static const char *const words[] = {"id_token_hint", "client_id", "post_logout_redirect_uri",
                                    "state", "ui_locales"};

/* What was asked for. */
struct leaving {
    const struct sandbox_idporten_client *client; /* NULL: not said */
    const char *back;                             /* address to go to, or NULL */
    const char *language;
};

/* ---- reading ---- */

static const struct sandbox_idporten_client *hinted(struct sandbox_world *world,
                                                    struct arena *arena, const char *hint)
{
    json_t *claims = sandbox_idporten_read_token(world, arena, hint);
    const struct sandbox_idporten_client *client =
        sandbox_idporten_client_find(json_string_value(json_object_get(claims, "aud")));
    json_decref(claims);
    return client;
}

static const char *read_client(struct sandbox_world *world, const struct request *request,
                               struct leaving *leaving)
{
    const char *hint = request_query(request, "id_token_hint");
    const char *id = request_query(request, "client_id");
    leaving->client = sandbox_idporten_client_find(id);
    if (id && !leaving->client)
        return "client_id: no such client";
    if (!hint)
        return NULL;
    const struct sandbox_idporten_client *client = hinted(world, request->arena, hint);
    if (!client)
        return "id_token_hint: not a token of ours";
    if (leaving->client && client != leaving->client)
        return "id_token_hint: another client's";
    leaving->client = client;
    return NULL;
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7E)
            return false;
    return true;
}

/* Nobody is sent back who has not said whose address it is. */
static const char *read_back(const struct sandbox_world *world, const struct request *request,
                             struct leaving *leaving)
{
    const char *back = request_query(request, "post_logout_redirect_uri");
    const char *state = request_query(request, "state");
    if (state && (!*state || !is_printable(state)))
        return "state: only printable ASCII";
    if (!back || !leaving->client)
        return NULL;
    if (!sandbox_idporten_is_registered(world, back, leaving->client->after_logout, NULL, 0))
        return "post_logout_redirect_uri: not registered";
    leaving->back = state ? arena_printf(request->arena, "%s?state=%s", back,
                                         codec_percent(request->arena, state))
                          : back;
    return NULL;
}

static const char *language_of(const struct request *request)
{
    const char *chosen = sandbox_idporten_chosen_language(request);
    const char *asked = sandbox_idporten_language(request_query(request, "ui_locales"));
    return chosen ? chosen : asked ? asked : SANDBOX_IDPORTEN_LANGUAGE;
}

/* ---- the page ---- */

static void write_frames(struct html *html, const struct sandbox_world *world,
                         const struct sandbox_idporten_session *session)
{
    html_open(html, "ul");
    for (size_t i = 0; i < session->service_count; i++) {
        const struct sandbox_idporten_service *service = &session->services[i];
        const char *issuer =
            codec_percent(html->arena, sandbox_idporten_issuer_of(world, html->arena));
        html_open(html, "li");
        html_text(html, service->client->name);
        html_leaf(html, "", "iframe", "class", "sk-frames", "title", service->client->name, "src",
                  arena_printf(html->arena, "%s%s?iss=%s&sid=%s", service->site,
                               service->client->front_channel, issuer, session->sid));
        html_close(html);
    }
    html_close(html);
}

static void allow_frames(struct response *response, const struct sandbox_idporten_session *session)
{
    struct buf sites;
    buf_init(&sites, response->arena);
    for (size_t i = 0; i < session->service_count; i++)
        buf_printf(&sites, " %s", session->services[i].site);
    response_header(response, "Content-Security-Policy",
                    arena_printf(response->arena,
                                 "default-src 'none'; style-src 'self'; img-src 'self' data:; "
                                 "font-src 'self'; frame-src%s; frame-ancestors 'none'; "
                                 "base-uri 'none'; form-action 'none'",
                                 session->service_count ? buf_text(&sites) : " 'none'"));
}

static void write_page(const struct sandbox_world *world, struct request *request,
                       struct response *response, const struct leaving *leaving,
                       const struct sandbox_idporten_session *session)
{
    struct html html;
    html_init(&html, request->arena);
    const char *title = sandbox_idporten_say(leaving->language, "out.title");
    sandbox_idporten_page_begin(&html, leaving->language, title, false);
    html_leaf(&html, title, "h1", "class", "app-h1");
    html_leaf(&html, sandbox_idporten_say(leaving->language, "out.lead"), "p", "class", "app-lead");
    html_open(&html, "div", "class", "app-sheet app-stack");
    html_leaf(&html, sandbox_idporten_say(leaving->language, "out.services"), "h2", "class",
              "app-h2");
    write_frames(&html, world, session);
    if (leaving->back) {
        html_open(&html, "p");
        frame_link_button(&html, leaving->back, NULL, NULL,
                          sandbox_idporten_say(leaving->language, "out.go"));
        html_close(&html);
        response_header(response, "Refresh",
                        arena_printf(request->arena, "%d; url=%s", FRAMES_S, leaving->back));
    }
    html_close(&html);
    sandbox_idporten_page_end(&html, leaving->language);
    response_html(response, 200, html_bytes(&html));
    allow_frames(response, session);
}

/* ---- GET and POST ---- */

/* Without the cookie there is nobody to log out, and ID-porten shows a page about that. */
void sandbox_idporten_end_session(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct leaving leaving = {.language = language_of(request)};
    const char *wrong = read_client(world, request, &leaving);
    if (!wrong)
        wrong = read_back(world, request, &leaving);
    struct sandbox_idporten_session *session = sandbox_idporten_sso_find(world, request);
    if (wrong) {
        sandbox_idporten_trouble(request, response, 400, wrong);
    } else if (!session) {
        sandbox_idporten_tell(request, response, 400, "out.nobody", NULL);
    } else {
        write_page(world, request, response, &leaving, session);
        sandbox_idporten_sso_end(session, response);
    }
}

/* A form of another site brings no Lax cookie; the step that the browser takes from here does. */
void sandbox_idporten_post_end_session(void *context, struct request *request,
                                       struct response *response)
{
    (void)context;
    struct buf path;
    buf_init(&path, request->arena);
    buf_add_text(&path, SANDBOX_IDPORTEN_PATH "/endsession");
    bool first = true;
    for (size_t i = 0; i < COUNT(words); i++) {
        const char *value = request_field(request, words[i]);
        if (!value)
            continue;
        buf_printf(&path, "%c%s=%s", first ? '?' : '&', words[i],
                   codec_percent(request->arena, value));
        first = false;
    }
    response_redirect(response, buf_text(&path));
}
