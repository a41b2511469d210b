/* sandbox_control.h - the sandbox's controls over HTTP, for tests and scripts: JSON out, form
 * fields in.
 *
 *   GET  /control/people                 test people: key, name, pid, language, has_mailbox
 *   GET  /control/letters/:person        documents in the mailbox, oldest first
 *   GET  /control/documents/:uuid        a document's bytes
 *   POST /control/share                  request=UUID, document=UUID (repeated)
 *   POST /control/withdraw               request=UUID
 *   POST /control/open                   document=UUID, or of Digital post: message=ID
 *   POST /control/advance                seconds=N: of mailboxes, and of ID-porten's sessions
 *   GET  /control/dpi                    messages of Digital post: what became of each
 *   POST /control/delay                  seconds=N: from corner 2 to the mailbox, from now on
 *   POST /control/fault                  fault=NAME, count=N, on=RELATION (may be left out);
 *                                        also ID-porten's (sandbox_idporten_fault.h)
 *   POST /control/idporten               do=rotate: a new key, beside which the old stays
 * published; do=forget: the old ones are not any more POST /control/mix percent=N, seed=N: so many
 * requests have any fault POST /control/dedupe                 value=yes or no: whether a message
 * is taken only once
 *
 * A POST answers {"ok":true}, else {"error":"text"} with the error's HTTP status. Context is the
 * struct sandbox_world. */
#pragma once

#include "engine/http/response.h"

void sandbox_control_people(void *context, struct request *request, struct response *response);
void sandbox_control_letters(void *context, struct request *request, struct response *response);
void sandbox_control_document(void *context, struct request *request, struct response *response);
void sandbox_control_share(void *context, struct request *request, struct response *response);
void sandbox_control_withdraw(void *context, struct request *request, struct response *response);
void sandbox_control_open(void *context, struct request *request, struct response *response);
void sandbox_control_advance(void *context, struct request *request, struct response *response);
void sandbox_control_dpi(void *context, struct request *request, struct response *response);
void sandbox_control_delay(void *context, struct request *request, struct response *response);
void sandbox_control_fault(void *context, struct request *request, struct response *response);
void sandbox_control_idporten(void *context, struct request *request, struct response *response);
void sandbox_control_mix(void *context, struct request *request, struct response *response);
void sandbox_control_dedupe(void *context, struct request *request, struct response *response);
