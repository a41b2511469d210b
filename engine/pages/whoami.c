/* whoami.c - API: what we read in the caller's access token, for who sets up a client. */
#include "engine/api.h"
#include "engine/pages/pages.h"

#include <jansson.h>
#include <stdlib.h>

static bool show(struct app *app, const struct machine *machine, struct db *db,
                 struct request *request, struct response *response, struct error *err)
{
    (void)app, (void)db, (void)err;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s}", "organisation", machine->organisation_number, "supplier",
                  machine->supplier, "client_id", machine->client_id, "scope", machine->scope);
    char *text = json_dumps(json, JSON_INDENT(2));
    json_decref(json);
    if (!text)
        abort(); /* only out of memory */
    response_bytes(response, 200, "application/json; charset=utf-8",
                   arena_bytes(request->arena, BYTES_OF(text)));
    free(text);
    return true;
}

void whoami_show(void *context, struct request *request, struct response *response)
{
    api_or(show, NULL, context, request, response);
}
