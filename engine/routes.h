/* routes.h - the site as a table: method, path, who may, handler. */
#pragma once

#include "engine/http/router.h"

extern const struct router_route routes[];
extern const size_t routes_count;

/* What no database and no disk is asked for. */
bool routes_at_once(const struct router_route *route);

/* What begins something new: refused first when there is much to do (security.md D-14). */
bool routes_yield(const struct router_route *route);
