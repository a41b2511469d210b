/* openapi.c - API: its description, as OpenAPI 3.1; for everybody, so no token is asked for. */
#include "engine/api.h"
#include "engine/pages/pages.h"

extern const unsigned char openapi_document[], openapi_document_end[];

void openapi_show(void *context, struct request *request, struct response *response)
{
    const struct app *app = context;
    if (!app->machines) { /* there is no API */
        api_refuse(404, request, response);
        return;
    }
    response_bytes(
        response, 200, "application/json; charset=utf-8",
        (struct bytes){openapi_document, (size_t)(openapi_document_end - openapi_document)});
}
