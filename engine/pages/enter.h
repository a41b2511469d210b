/* enter.h - when a page asks for a surer login than the one that it is opened with. */
#pragma once

#include "engine/visitor.h"

/* Leads to the page that says so, and from there to the identity provider, which asks the person to
 * prove again who they are, and back to the request's page. Nobody is told when that is not to be
 * had, or there is no such page to come back to: false, and nothing is written. */
bool enter_step_up(struct visitor *visitor, struct request *request, struct response *response);
