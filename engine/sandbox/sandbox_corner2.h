/* sandbox_corner2.h - the sender's access point for Digital post (corner 2) as the sandbox answers
 * it, at the API's server under /dpi: POST /messages/out, GET /messages/out/:id/statuses, GET
 * /messages/in, GET /messages/in/:id, POST /messages/in/:id/read. Every call wants an access token
 * of the sandbox's Maskinporten with the scope digitalpostinnbygger:send.
 *
 * A refusal is application/problem+json whose type is SANDBOX_CORNER2_PROBLEM and one of these:
 *
 *   401  no-token           no Authorization: Bearer, or nothing that Maskinporten has signed
 *   401  token-expired
 *   401  wrong-audience     the token's aud is another place
 *   403  missing-scope
 *   403  no-agreement       the token names no organisation we serve
 *   403  wrong-consumer     the message's avsender is not the token's consumer
 *   400  not-multipart, wrong-parts, wrong-part-type
 *   400  too-large          the package is over 50 MB
 *   400  not-a-message      not a JWS with a message of type `digital` in it
 *   400  other-token        maskinportentoken in the message is not the one in Authorization
 *   400  message-id-used    that message id has come before
 *   400  wrong-channel      kanal: letters, digits, '_' and '-', at most 28
 *   400  wrong-page         page_size from 1 to 1000, page from 0
 *   404  no-message         nothing has that id, or it is somebody else's
 *
 * What is taken is in the ledger before the answer. What is inside is the mailbox's business. */
#pragma once

#include "engine/http/response.h"

#define SANDBOX_CORNER2_PROBLEM "https://sandkasse.example/problem/"

enum { SANDBOX_CORNER2_MAX_BYTES = 50 * 1024 * 1024 }; /* of a package */

/* For struct server_settings, with the struct sandbox_world as context; paths under /dpi/. */
void sandbox_corner2_handle(void *world, struct request *request, struct response *response);
