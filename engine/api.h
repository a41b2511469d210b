/* api.h - the API for machines, under /api/v1/: who may, and what a failure looks like: a problem
 * (application/problem+json, RFC 9457) with generic text and the request's id. Rules: security.md
 * S-API-1, S-API-3, S-HTTP-9; RFC 6750 3 for what a token lacks.
 *
 * What a body breaks is told with a JSON pointer to it (ERROR_INVALID, whose file is the pointer).
 *
 * A row of routes.c with ROUTER_MACHINE has request->visitor = struct machine, and the struct app
 * as context. Its handler is one call of api_or. */
#pragma once

#include "engine/app.h"
#include "engine/login/machine.h"

/* Whether the path belongs to the API, so that failures about it are problems. */
bool api_is_path(const char *path);

/* For visitor_admit: sets request->visitor, or writes the problem and is false. */
CHECKED bool api_admit(struct app *app, struct request *request, struct response *response);

/* What an endpoint does, with a connection; what fails becomes the problem for that failure. scope:
 * what the token must have, else 403; NULL: any valid token will do. */
typedef bool api_work(struct app *app, const struct machine *machine, struct db *db,
                      struct request *request, struct response *response, struct error *err);
void api_or(api_work *work, const char *scope, struct app *app, struct request *request,
            struct response *response);

/* Only the agency that the citizens apply to: its own machine, or the problem (403) is written. */
CHECKED bool api_is_ours(const struct app *app, const struct machine *machine,
                         const struct request *request, struct response *response);

/* Writes a problem, and logs it. type: what kind, API_PROBLEM and a word that never changes, or
 * NULL for what the status says already; title: one sentence for the developer of a client,
 * generic. */
#define API_PROBLEM "urn:skjema:problem:"
void api_problem(const struct request *request, struct response *response, int status,
                 const char *type, const char *title);

/* An answer in JSON; takes the value over. */
struct json_t;
void api_json(struct response *response, int status, struct json_t *value);

/* False when the body is not said to be JSON: the problem (415) is then written. */
CHECKED bool api_takes_json(const struct request *request, struct response *response);

/* The request's Idempotency-Key; NULL when it has none that will do: the problem (400) is then
 * written. A key is this consumer's own, so that nobody finds another's. */
const char *api_key(const struct request *request, struct response *response);

/* The problem for a status alone: 400, 404, 405, 413, 503, ... */
void api_refuse(int status, const struct request *request, struct response *response);
