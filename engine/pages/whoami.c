/* whoami.c - API: what we read in the caller's access token, for who sets up a client. */
#include "engine/api.h"
#include "engine/pages/pages.h"

#include <jansson.h>

static bool show(struct app *app, const struct machine *machine, struct db *db,
                 struct request *request, struct response *response, struct error *err)
{
    (void)app, (void)db, (void)request, (void)err;
    api_json(response, 200,
             json_pack("{s:s, s:s, s:s, s:s}", "organisation", machine->organisation_number,
                       "supplier", machine->supplier, "client_id", machine->client_id, "scope",
                       machine->scope));
    return true;
}

void whoami_show(void *context, struct request *request, struct response *response)
{
    api_or(show, NULL, context, request, response);
}
