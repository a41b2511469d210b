/* routes.h - the site as a table: method, path, who may, handler. */
#pragma once

#include "engine/http/router.h"

extern const struct router_route routes[];
extern const size_t routes_count;
