#include "engine/sandbox/sandbox_mailbox.h"

#include "engine/base/text.h"
#include "engine/http/router.h"
#include "engine/sandbox/sandbox_control.h"
#include "engine/sandbox/sandbox_files.h"
#include "engine/sandbox/sandbox_frame.h"
#include "engine/sandbox/sandbox_mailboxes.h"
#include "engine/sandbox/sandbox_pages.h"
#include "engine/sandbox/sandbox_post_pages.h"
#include "engine/sandbox/sandbox_world.h"

#define PERSON "/postkasse/:person"
#define LETTER PERSON "/brev/:number"
#define POST PERSON "/post/:number"

static const struct router_route routes[] = {
    {.method = "GET", .pattern = "/", .handle = sandbox_pages_people},
    {.method = "GET", .pattern = PERSON, .handle = sandbox_pages_inbox},
    {.method = "GET", .pattern = LETTER, .handle = sandbox_pages_letter},
    {.method = "POST",
     .pattern = LETTER "/del",
     .handle = sandbox_pages_share,
     .may_repeat = "dokument"},
    {.method = "POST",
     .pattern = LETTER "/ikke-del",
     .handle = sandbox_pages_refuse,
     .may_repeat = "dokument"},
    {.method = "POST", .pattern = LETTER "/trekk-tilbake", .handle = sandbox_pages_withdraw},
    {.method = "GET", .pattern = PERSON "/dokument/:number", .handle = sandbox_files_document},
    {.method = "GET", .pattern = POST, .handle = sandbox_post_pages_letter},
    {.method = "POST", .pattern = POST "/apne", .handle = sandbox_post_pages_open},
    {.method = "GET", .pattern = POST "/dokument/:document", .handle = sandbox_post_pages_document},
    {.method = "GET", .pattern = "/data/:token", .handle = sandbox_files_data},
    {.method = "GET", .pattern = SANDBOX_FRAME_STYLE_PATH, .handle = sandbox_files_style},
    {.method = "GET", .pattern = "/statisk/:file", .handle = sandbox_files_static},
    {.method = "GET", .pattern = "/control/people", .handle = sandbox_control_people},
    {.method = "GET", .pattern = "/control/letters/:person", .handle = sandbox_control_letters},
    {.method = "GET", .pattern = "/control/documents/:uuid", .handle = sandbox_control_document},
    {.method = "POST",
     .pattern = "/control/share",
     .handle = sandbox_control_share,
     .may_repeat = "document"},
    {.method = "POST", .pattern = "/control/withdraw", .handle = sandbox_control_withdraw},
    {.method = "POST", .pattern = "/control/open", .handle = sandbox_control_open},
    {.method = "POST", .pattern = "/control/advance", .handle = sandbox_control_advance},
    {.method = "GET", .pattern = "/control/dpi", .handle = sandbox_control_dpi},
    {.method = "POST", .pattern = "/control/delay", .handle = sandbox_control_delay},
    {.method = "POST", .pattern = "/control/fault", .handle = sandbox_control_fault},
    {.method = "POST", .pattern = "/control/mix", .handle = sandbox_control_mix},
    {.method = "POST", .pattern = "/control/dedupe", .handle = sandbox_control_dedupe},
    {.method = "POST", .pattern = "/control/idporten", .handle = sandbox_control_idporten},
    {.method = "POST", .pattern = "/control/register", .handle = sandbox_registers_control},
    {.method = "POST", .pattern = "/control/maskinporten", .handle = sandbox_login_control},
    {.method = "POST", .pattern = "/control/machine-token", .handle = sandbox_login_control_token},
    {.method = "GET",
     .pattern = SANDBOX_LOGIN_PATH ".well-known/oauth-authorization-server",
     .handle = sandbox_login_metadata},
    {.method = "GET", .pattern = SANDBOX_LOGIN_PATH "jwk", .handle = sandbox_login_jwks},
    {.method = "POST", .pattern = SANDBOX_LOGIN_PATH "token", .handle = sandbox_login_token},
    {.method = "POST",
     .pattern = SANDBOX_REGISTERS_PATH "krr/rest/v2/personer",
     .handle = sandbox_registers_contact},
    {.method = "POST",
     .pattern = SANDBOX_REGISTERS_PATH "befolkning/personer",
     .handle = sandbox_registers_person},
    {.method = "GET",
     .pattern = SANDBOX_REGISTERS_PATH "enheter/enheter/:number",
     .handle = sandbox_registers_unit},
};

/* Anybody on the machine may look, but another site in the browser may not press the buttons. */
static bool admit(void *context, const struct router_route *route, struct request *request,
                  struct response *response)
{
    const char *from = request_header(request, "Sec-Fetch-Site");
    (void)route;
    if (request_is_safe(request) || !from || text_equal(from, "same-origin"))
        return true;
    sandbox_pages_trouble(context, 403, request, response);
    return false;
}

/* One at a time: mailboxes are small, and their owners patient. */
void sandbox_mailbox_handle(void *context, struct request *request, struct response *response)
{
    struct sandbox_world *world = context;
    struct router router = {.routes = routes,
                            .route_count = COUNT(routes),
                            .admit = admit,
                            .refuse = sandbox_pages_trouble,
                            .context = world};
    pthread_mutex_lock(&world->lock);
    if (text_starts_with(request->path, SANDBOX_IDPORTEN_PATH "/")) {
        sandbox_idporten_handle(world, request, response);
    } else {
        sandbox_mailboxes_settle(world);
        router_handle(&router, request, response);
    }
    pthread_mutex_unlock(&world->lock);
}
