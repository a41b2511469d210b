/* moved.h - drafts that must go over to another version of their form: every page of a draft leads
 * to the one that shows what changed, until the person has gone on with it (pages.h: moved_*). */
#pragma once

#include "engine/http/response.h"
#include "engine/open_draft.h"

/* True when the draft is such a one: the response is then 303 to that page. */
bool moved_lead(const struct open_draft *draft, struct request *request, struct response *response);
