#include "engine/sandbox/sandbox_idporten_asked.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_idporten_clients.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_idporten_page.h"
#include "engine/sandbox/sandbox_idporten_sso.h"
#include "engine/sandbox/sandbox_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_URI "urn:idporten:"

enum { CHALLENGE_CHARACTERS = 43 }; /* of SHA-256 */

/* Parameters come in the query, or in the body of a pushed request. */
typedef const char *parameter(const struct request *request, const char *name);

struct refusal {
    const char *error, *description;
};

static bool refuse(struct refusal *refusal, const char *error, const char *description)
{
    *refusal = (struct refusal){error, description};
    return false;
}

/* ---- reading ---- */

static bool copy(char *to, size_t size, const char *text)
{
    if (text_is_empty(text) || strlen(text) >= size)
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool read_challenge(const struct request *request, parameter *get,
                           struct sandbox_idporten_asked *asked, struct refusal *refusal)
{
    struct bytes digest;
    if (!text_equal(get(request, "code_challenge_method"), "S256"))
        return refuse(refusal, "invalid_request", "code_challenge_method must be S256");
    if (!copy(asked->challenge, sizeof asked->challenge, get(request, "code_challenge")) ||
        strlen(asked->challenge) != CHALLENGE_CHARACTERS ||
        !codec_unbase64url(request->arena, asked->challenge, &digest))
        return refuse(refusal, "invalid_request", "code_challenge is not a digest in base64url");
    return true;
}

static bool read_scope(const struct request *request, parameter *get,
                       struct sandbox_idporten_asked *asked, struct refusal *refusal)
{
    if (!copy(asked->scope, sizeof asked->scope, get(request, "scope")) ||
        !text_has_word(asked->scope, "openid"))
        return refuse(refusal, "invalid_scope", "scope must have openid");
    char *words = arena_text(request->arena, asked->scope);
    for (char *rest = words, *word; (word = strsep(&rest, " "));)
        if (!text_equal(word, "openid") && !text_equal(word, "profile"))
            return refuse(refusal, "invalid_scope", "the client has openid and profile");
    return true;
}

static bool read_prompt(const struct request *request, parameter *get,
                        struct sandbox_idporten_asked *asked, struct refusal *refusal)
{
    const char *prompt = get(request, "prompt"), *max_age = get(request, "max_age");
    asked->prompt_login = text_equal(prompt, "login");
    asked->prompt_none = text_equal(prompt, "none");
    asked->max_age = -1;
    if (prompt && !asked->prompt_login && !asked->prompt_none && !text_equal(prompt, "consent"))
        return refuse(refusal, "invalid_request", "prompt is login, none or consent");
    if (!max_age)
        return true;
    if (!*max_age || strlen(max_age) > 9 || strspn(max_age, "0123456789") != strlen(max_age))
        return refuse(refusal, "invalid_request", "max_age must be a number of seconds");
    asked->max_age = strtol(max_age, NULL, 10);
    return true;
}

/* The first of those asked for that there is; what the person has chosen before comes first. */
static void read_language(const struct request *request, parameter *get,
                          struct sandbox_idporten_asked *asked)
{
    const char *wanted = get(request, "ui_locales");
    const char *chosen = sandbox_idporten_chosen_language(request);
    snprintf(asked->language, sizeof asked->language, "%s", SANDBOX_IDPORTEN_LANGUAGE);
    char *words = arena_text(request->arena, chosen ? chosen : wanted ? wanted : "");
    for (char *rest = words, *word; (word = strsep(&rest, " "));) {
        const char *known = sandbox_idporten_language(word);
        if (known) {
            snprintf(asked->language, sizeof asked->language, "%s", known);
            return;
        }
    }
}

static bool read_manner(const struct request *request, parameter *get,
                        struct sandbox_idporten_asked *asked, struct refusal *refusal)
{
    const char *mode = get(request, "response_mode"), *level = get(request, "acr_values");
    asked->form_post = text_equal(mode, "form_post");
    if (mode && !asked->form_post && !text_equal(mode, "query"))
        return refuse(refusal, "invalid_request", "response_mode is query or form_post here");
    asked->level = SANDBOX_IDPORTEN_SUBSTANTIAL;
    if (level && !sandbox_idporten_level_parse(level, &asked->level))
        return refuse(refusal, "invalid_request", "acr_values is no level of ID-porten's");
    read_language(request, get, asked);
    return read_prompt(request, get, asked, refusal);
}

/* All but client and redirect_uri, which say where a refusal goes. State and nonce are demanded,
 * which one of ID-porten's pages does and another only recommends. */
static bool read_rest(const struct request *request, parameter *get,
                      struct sandbox_idporten_asked *asked, struct refusal *refusal)
{
    bool has_state = copy(asked->state, sizeof asked->state, get(request, "state"));
    if (get(request, "request"))
        return refuse(refusal, "request_not_supported", "no request objects here");
    if (!text_equal(get(request, "response_type"), "code"))
        return refuse(refusal, "unsupported_response_type", "response_type must be code");
    if (!has_state)
        return refuse(refusal, "invalid_request", "state is missing or too long");
    if (!copy(asked->nonce, sizeof asked->nonce, get(request, "nonce")))
        return refuse(refusal, "invalid_request", "nonce is missing or too long");
    return read_scope(request, get, asked, refusal) &&
           read_challenge(request, get, asked, refusal) &&
           read_manner(request, get, asked, refusal);
}

static bool read_redirect(const struct sandbox_world *world, const struct request *request,
                          parameter *get, struct sandbox_idporten_asked *asked)
{
    return copy(asked->redirect_uri, sizeof asked->redirect_uri, get(request, "redirect_uri")) &&
           sandbox_idporten_is_registered(world, asked->redirect_uri, asked->client->redirect,
                                          asked->site, sizeof asked->site);
}

/* ---- keeping ---- */

static struct sandbox_idporten_asked *keep(struct sandbox_world *world, struct arena *arena,
                                           const struct sandbox_idporten_asked *asked, int seconds)
{
    struct sandbox_idporten *idporten = &world->idporten;
    struct sandbox_idporten_asked *kept =
        &idporten->asked[idporten->next_asked++ % SANDBOX_IDPORTEN_KEPT];
    *kept = *asked;
    snprintf(kept->id, sizeof kept->id, "%s", crypto_random_id(arena, 256));
    kept->until = sandbox_idporten_now(world) + seconds;
    return kept;
}

static struct sandbox_idporten_asked *find(struct sandbox_world *world, const char *id, bool pushed)
{
    for (size_t i = 0; i < SANDBOX_IDPORTEN_KEPT; i++) {
        struct sandbox_idporten_asked *asked = &world->idporten.asked[i];
        if (*asked->id && asked->is_pushed == pushed && text_equal(asked->id, id))
            return sandbox_idporten_now(world) <= asked->until ? asked : NULL;
    }
    return NULL;
}

struct sandbox_idporten_asked *sandbox_idporten_asked_find(struct sandbox_world *world,
                                                           const char *id)
{
    return find(world, id, false);
}

/* ---- pushed ---- */

void sandbox_idporten_push(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const char *endpoint =
        arena_printf(request->arena, "%s/par", sandbox_idporten_issuer_of(world, request->arena));
    struct sandbox_idporten_asked asked = {.is_pushed = true};
    asked.client = sandbox_idporten_authenticate(world, request, endpoint, response);
    if (!asked.client)
        return;
    struct refusal refusal = {"invalid_request", "redirect_uri is not registered"};
    if (request_field(request, "request_uri"))
        refusal.description = "request_uri may not be pushed"; /* RFC 9126 2.1 */
    else if (read_redirect(world, request, request_field, &asked) &&
             read_rest(request, request_field, &asked, &refusal)) {
        const struct sandbox_idporten_asked *kept =
            keep(world, request->arena, &asked, SANDBOX_IDPORTEN_PUSHED_S);
        sandbox_json(request, response, 201,
                     json_pack("{s:o, s:i}", "request_uri",
                               json_sprintf(REQUEST_URI "%s", kept->id), "expires_in",
                               SANDBOX_IDPORTEN_PUSHED_S));
        return;
    }
    sandbox_idporten_error(request, response, 400, refusal.error, refusal.description);
}

/* One use (RFC 9126 4), by the client that pushed it. */
static bool take_pushed(struct sandbox_world *world, const struct request *request, const char *uri,
                        struct sandbox_idporten_asked *out)
{
    struct sandbox_idporten_asked *pushed =
        text_starts_with(uri, REQUEST_URI) ? find(world, uri + strlen(REQUEST_URI), true) : NULL;
    if (!pushed || !text_equal(request_query(request, "client_id"), pushed->client->id))
        return false;
    *out = *pushed;
    *pushed->id = '\0';
    out->is_pushed = false;
    return true;
}

/* ---- answering ---- */

/* The client's address with the words of the answer behind it. */
static const char *with_words(struct arena *arena, const char *address,
                              const struct request_pair *words, size_t count)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add_text(&out, address);
    for (size_t i = 0; i < count; i++)
        if (words[i].value)
            buf_printf(&out, "%c%s=%s", i == 0 ? '?' : '&', words[i].name,
                       codec_percent(arena, words[i].value));
    return buf_text(&out);
}

static void send_back(struct sandbox_world *world, struct request *request,
                      struct response *response, const struct sandbox_idporten_asked *asked,
                      struct request_pair first, const char *description)
{
    const char *issuer = sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_CALLBACK_ISS)
                             ? "https://idporten.example"
                             : sandbox_idporten_issuer_of(world, request->arena);
    const char *state = sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_CALLBACK_STATE)
                            ? crypto_random_id(request->arena, 256)
                            : asked->state;
    const struct request_pair words[] = {
        first,
        {"error_description", description},
        {"state", *state ? state : NULL},
        {"iss", issuer},
    };
    if (asked->form_post)
        sandbox_idporten_post_page(request, response, asked, words, COUNT(words));
    else
        response_redirect_away(
            response, with_words(request->arena, asked->redirect_uri, words, COUNT(words)));
}

void sandbox_idporten_answer_error(struct sandbox_world *world, struct request *request,
                                   struct response *response, struct sandbox_idporten_asked *asked,
                                   const char *error, const char *description)
{
    send_back(world, request, response, asked, (struct request_pair){"error", error}, description);
    *asked->id = '\0';
}

static bool answer_error_anyhow(struct sandbox_world *world, struct request *request,
                                struct response *response, struct sandbox_idporten_asked *asked)
{
    const char *error =
        sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_ACCESS_DENIED)    ? "access_denied"
        : sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_LOGIN_REQUIRED) ? "login_required"
        : sandbox_idporten_faulty(world, SANDBOX_IDPORTEN_SERVER_ERROR)   ? "server_error"
                                                                          : NULL;
    if (error)
        sandbox_idporten_answer_error(world, request, response, asked, error, "as was told to");
    return error != NULL;
}

void sandbox_idporten_answer_code(struct sandbox_world *world, struct request *request,
                                  struct response *response, struct sandbox_idporten_asked *asked,
                                  struct sandbox_idporten_session *session)
{
    if (answer_error_anyhow(world, request, response, asked))
        return;
    struct sandbox_idporten *idporten = &world->idporten;
    const char *code = crypto_random_id(request->arena, 256);
    struct sandbox_idporten_grant *grant =
        &idporten->grants[idporten->next_grant++ % SANDBOX_IDPORTEN_KEPT];
    *grant = (struct sandbox_idporten_grant){
        .is_kept = true,
        .code = crypto_sha256(BYTES_OF(code)),
        .until = sandbox_idporten_now(world) + SANDBOX_IDPORTEN_CODE_S,
        .asked = *asked,
        .level = session->level,
        .auth_time = session->auth_time,
    };
    memcpy(grant->sid, session->sid, sizeof grant->sid);
    memcpy(grant->pid, session->pid, sizeof grant->pid);
    session->seen_at = sandbox_idporten_now(world);
    sandbox_idporten_sso_join(session, asked->client, asked->site);
    send_back(world, request, response, asked, (struct request_pair){"code", code}, NULL);
    *asked->id = '\0';
}

/* ---- GET /authorize ---- */

/* Who is logged in already need not choose. */
static void begin(struct sandbox_world *world, struct request *request, struct response *response,
                  const struct sandbox_idporten_asked *asked)
{
    struct sandbox_idporten_asked *kept =
        keep(world, request->arena, asked, SANDBOX_IDPORTEN_PAGE_S);
    struct sandbox_idporten_session *session = sandbox_idporten_sso_find(world, request);
    if (session && sandbox_idporten_sso_suffices(session, kept))
        sandbox_idporten_answer_code(world, request, response, kept, session);
    else if (kept->prompt_none)
        sandbox_idporten_answer_error(world, request, response, kept, "login_required",
                                      "prompt=none, and nobody is logged in so");
    else
        response_redirect(response,
                          arena_printf(request->arena, SANDBOX_IDPORTEN_PATH "/velg/%s", kept->id));
}

void sandbox_idporten_authorize(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    const char *uri = request_query(request, "request_uri");
    struct sandbox_idporten_asked asked = {0};
    struct refusal refusal;
    if (uri) {
        if (take_pushed(world, request, uri, &asked))
            begin(world, request, response, &asked);
        else
            sandbox_idporten_trouble(request, response, 400,
                                     "request_uri: unknown, used, too old or another client's");
        return;
    }
    asked.client = sandbox_idporten_client_find(request_query(request, "client_id"));
    if (!asked.client)
        sandbox_idporten_trouble(request, response, 400, "client_id: no such client");
    else if (!read_redirect(world, request, request_query, &asked))
        sandbox_idporten_trouble(request, response, 400, "redirect_uri: not registered");
    else if (!read_rest(request, request_query, &asked, &refusal))
        sandbox_idporten_answer_error(world, request, response, &asked, refusal.error,
                                      refusal.description);
    else
        begin(world, request, response, &asked);
}
