/* sandbox_json.h - what the stand-ins answer their clients in JSON. */
#pragma once

#include "engine/http/response.h"

#include <jansson.h>

/* Takes the value over; application/json. */
void sandbox_json(struct request *request, struct response *response, int status, json_t *value);
