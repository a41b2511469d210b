/* sandbox_send.h - a message in, the mailbox's answer out (Digipost API 7.3, 7.7; checks 10 to 21).
 */
#pragma once

#include "engine/sandbox/sandbox_exchange.h"

/* Where the links of the answer lead: rows of the route table too. */
#define SANDBOX_SEND_MESSAGE "/messages/{number}"
#define SANDBOX_SEND_DATA "/documents/{number}/data"

/* POST CREATE_MESSAGE; GET of a message sent before. False: refused. */
bool sandbox_send(struct sandbox_exchange *exchange);
bool sandbox_send_look(struct sandbox_exchange *exchange);
