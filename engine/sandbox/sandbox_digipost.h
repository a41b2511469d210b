/* sandbox_digipost.h - the Digipost API (version 8) as the sandbox answers it: every check in the
 * order of the table in tests/cases/digipost_refusals.tsv, then the resource. Every answer, errors
 * too, carries Date, X-Content-SHA256 (with a body) and X-Digipost-Signature. HTTP statuses are our
 * choice where Digipost's are not known. */
#pragma once

#include "engine/http/response.h"

enum {
    SANDBOX_DIGIPOST_MAX_BYTES = 40 * 1024 * 1024
}; /* of a request; more is REQUEST_TOO_LARGE */

/* For struct server_settings, with the struct sandbox_world as context. */
void sandbox_digipost_handle(void *world, struct request *request, struct response *response);
size_t sandbox_digipost_body_limit(void *world, const struct request *request);
