#include "engine/sandbox/sandbox_idporten.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/http/router.h"
#include "engine/sandbox/sandbox_idporten_asked.h"
#include "engine/sandbox/sandbox_idporten_choose.h"
#include "engine/sandbox/sandbox_idporten_keys.h"
#include "engine/sandbox/sandbox_idporten_logout.h"
#include "engine/sandbox/sandbox_idporten_page.h"
#include "engine/sandbox/sandbox_idporten_token.h"
#include "engine/sandbox/sandbox_world.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define CHOOSE SANDBOX_IDPORTEN_PATH "/velg/:id"

static const struct router_route routes[] = {
    {.method = "GET",
     .pattern = SANDBOX_IDPORTEN_PATH "/.well-known/openid-configuration",
     .handle = sandbox_idporten_metadata},
    {.method = "GET", .pattern = SANDBOX_IDPORTEN_PATH "/jwk", .handle = sandbox_idporten_jwks},
    {.method = "GET",
     .pattern = SANDBOX_IDPORTEN_PATH "/authorize",
     .handle = sandbox_idporten_authorize},
    {.method = "POST", .pattern = SANDBOX_IDPORTEN_PATH "/par", .handle = sandbox_idporten_push},
    {.method = "GET", .pattern = CHOOSE, .handle = sandbox_idporten_show},
    {.method = "POST", .pattern = CHOOSE, .handle = sandbox_idporten_choose},
    {.method = "POST", .pattern = CHOOSE "/avbryt", .handle = sandbox_idporten_cancel},
    {.method = "POST", .pattern = SANDBOX_IDPORTEN_PATH "/token", .handle = sandbox_idporten_token},
    {.method = "GET",
     .pattern = SANDBOX_IDPORTEN_PATH "/userinfo",
     .handle = sandbox_idporten_userinfo},
    {.method = "GET",
     .pattern = SANDBOX_IDPORTEN_PATH "/endsession",
     .handle = sandbox_idporten_end_session},
    {.method = "POST",
     .pattern = SANDBOX_IDPORTEN_PATH "/endsession",
     .handle = sandbox_idporten_post_end_session},
    {.method = "GET", .pattern = SANDBOX_IDPORTEN_STYLE_PATH, .handle = sandbox_idporten_style},
};

/* ---- opening ---- */

/* The organisation registers the key of its business certificate, as it may; without one at hand a
 * key is made. */
static bool make_client_key(struct sandbox_world *world, struct bytes *pem, struct error *err)
{
    struct error missing;
    struct bytes certificate;
    if (!sandbox_ledger_read_file(world->ledger, world->arena, "broker.key.pem", pem, &missing))
        crypto_make_certificate(world->arena, "Sandkasse: innlogging", pem, &certificate);
    return sandbox_ledger_write_file(world->ledger, SANDBOX_IDPORTEN_KEY_FILE, *pem, err);
}

bool sandbox_idporten_open(struct sandbox_world *world, const char *folder, const char *site,
                           struct error *err)
{
    struct sandbox_idporten *idporten = &world->idporten;
    const char *path = arena_printf(world->arena, "%s/" SANDBOX_IDPORTEN_FOLDER, folder);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ERROR_BROKEN, "%.150s: %.80s", path, strerror(errno));
    struct error missing;
    struct bytes pem;
    if (!sandbox_ledger_read_file(world->ledger, world->arena, SANDBOX_IDPORTEN_KEY_FILE, &pem,
                                  &missing) &&
        !make_client_key(world, &pem, err))
        return false;
    idporten->site = arena_text(world->arena, site ? site : "");
    idporten->pairwise = crypto_sha256(pem);
    return crypto_private_key_open(pem, SANDBOX_IDPORTEN_KEY_FILE, &idporten->client_key, err) &&
           sandbox_idporten_read_key(world, err);
}

char *sandbox_idporten_issuer_of(const struct sandbox_world *world, struct arena *arena)
{
    return arena_printf(arena, "%s" SANDBOX_IDPORTEN_PATH, world->mailbox_url);
}

int64_t sandbox_idporten_now(const struct sandbox_world *world)
{
    return clock_now() + world->idporten.advanced_s;
}

/* ---- levels ---- */

static const char *const level_names[] = {
    [SANDBOX_IDPORTEN_LOW] = "idporten-loa-low",
    [SANDBOX_IDPORTEN_SUBSTANTIAL] = "idporten-loa-substantial",
    [SANDBOX_IDPORTEN_HIGH] = "idporten-loa-high",
};

const char *sandbox_idporten_level_name(enum sandbox_idporten_level level)
{
    return level_names[level];
}

bool sandbox_idporten_level_parse(const char *name, enum sandbox_idporten_level *out)
{
    for (size_t i = 0; i < COUNT(level_names); i++)
        if (text_equal(level_names[i], name)) {
            *out = (enum sandbox_idporten_level)i;
            return true;
        }
    return false;
}

/* ---- requests ---- */

static void refuse(void *context, int status, struct request *request, struct response *response)
{
    (void)context;
    sandbox_idporten_trouble(request, response, status, NULL);
}

/* The page of test people is pressed on itself; all else is for other sites to call, and says
 * itself whom it answers. */
static bool admit(void *context, const struct router_route *route, struct request *request,
                  struct response *response)
{
    (void)context;
    const char *from = request_header(request, "Sec-Fetch-Site");
    if (request_is_safe(request) || !from || text_equal(from, "same-origin") ||
        !text_starts_with(route->pattern, CHOOSE))
        return true;
    sandbox_idporten_trouble(request, response, 403, NULL);
    return false;
}

void sandbox_idporten_handle(struct sandbox_world *world, struct request *request,
                             struct response *response)
{
    struct router router = {.routes = routes,
                            .route_count = COUNT(routes),
                            .admit = admit,
                            .refuse = refuse,
                            .context = world};
    router_handle(&router, request, response);
}
