/* sandbox_idporten_asked.h - authorization requests to the stand-in for ID-porten: read, checked
 * and kept; pushed ones (RFC 9126); and the answer that the browser takes back to the client. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* One that waits at the page of test people, by its id; NULL: there is none, or no more. */
struct sandbox_idporten_asked *sandbox_idporten_asked_find(struct sandbox_world *world,
                                                           const char *id);

/* Sends the browser back with an error, or with a code for that session; the request is over then.
 */
void sandbox_idporten_answer_error(struct sandbox_world *world, struct request *request,
                                   struct response *response, struct sandbox_idporten_asked *asked,
                                   const char *error, const char *description);
void sandbox_idporten_answer_code(struct sandbox_world *world, struct request *request,
                                  struct response *response, struct sandbox_idporten_asked *asked,
                                  struct sandbox_idporten_session *session);

void sandbox_idporten_authorize(void *context, struct request *request, struct response *response);
void sandbox_idporten_push(void *context, struct request *request, struct response *response);
