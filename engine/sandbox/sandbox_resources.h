/* sandbox_resources.h - what the Digipost API's addresses answer about people, senders and
 * documents, once the request itself is in order. Each writes its answer or refusal into the
 * exchange; false: refused. */
#pragma once

#include "engine/sandbox/sandbox_exchange.h"

bool sandbox_resources_identify(struct sandbox_exchange *exchange);          /* Digipost API 7.1 */
bool sandbox_resources_identify_with_key(struct sandbox_exchange *exchange); /* 7.1, without key */
bool sandbox_resources_sender(struct sandbox_exchange *exchange);            /* 7.2 */
bool sandbox_resources_events(struct sandbox_exchange *exchange);            /* 7.5 */
bool sandbox_resources_status(struct sandbox_exchange *exchange);            /* 7.6 */

/* The person an <identification> or <recipient> names, or NULL. *invalid: the identity number given
 * is not one. */
const struct sandbox_person *sandbox_resources_person(struct sandbox_exchange *exchange,
                                                      const xmlNode *recipient, bool *invalid);
