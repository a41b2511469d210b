/* enter.h - on to the login: for whoever is not logged in, or not surely enough for a page. */
#pragma once

#include "engine/visitor.h"

/* Remembers the request's address to come back to, and leads to the login: one that is sure enough
 * for the form or the draft which that address belongs to. */
CHECKED bool enter_lead(struct visitor *visitor, struct request *request, struct response *response,
                        struct error *err);

/* Leads to the page that says so, and from there to the identity provider, which asks the person to
 * prove again who they are, and back to the request's page. Nobody is told when that is not to be
 * had, or there is no such page to come back to: false, and nothing is written. */
bool enter_step_up(struct visitor *visitor, struct request *request, struct response *response);
