/* kept.h - what was posted to a step of a draft and could not become part of it: kept, and given
 * back to its person on a page of its own, which every page of the draft leads to until it is
 * settled (pages.h: kept_*). What nobody typed otherwise is not asked about. */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "storage/kept_posts.h"

/* The POST's route is a step's: "/utkast/:id/side/:page". */
bool kept_is_step(const struct router_route *route);

/* Keeps the fields of this POST. False, with nothing kept: it is not a draft's that is open, or too
 * much; what else fails is logged here. */
bool kept_keep(struct app *app, const struct request *request, enum kept_post_reason reason);

/* True when something waits to be settled: the response is then 303 to that page. */
CHECKED bool kept_lead(struct visitor *visitor, struct db *db, const struct open_draft *draft,
                       struct request *request, struct response *response, bool *leads,
                       struct error *err);

/* Whether the answers posted to that page say something else than the draft does. */
CHECKED bool kept_differs(struct arena *arena, struct open_draft *draft,
                          const struct form_page *page, const struct request *request, bool *out,
                          struct error *err);

/* Another window has saved since the page was shown: what was posted is kept. */
CHECKED bool kept_overtaken(struct db *db, const struct request *request, struct error *err);

/* The same, and the page that
 * asks is the answer (409). */
CHECKED bool kept_ask(struct visitor *visitor, struct db *db, struct open_draft *draft,
                      struct request *request, struct response *response, struct error *err);
