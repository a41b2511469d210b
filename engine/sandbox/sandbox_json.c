#include "engine/sandbox/sandbox_json.h"

#include <stdlib.h>
#include <string.h>

void sandbox_json(struct request *request, struct response *response, int status, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    if (!text)
        abort(); /* made by us, of UTF-8 */
    response_bytes(response, status, "application/json",
                   arena_bytes(request->arena, BYTES_OF(text)));
    free(text);
}
