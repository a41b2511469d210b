/* provider.h - which OpenID provider people log in with, from the configuration; with --sandbox the
 * sandbox's ID-porten unless another is set. */
#pragma once

#include "engine/config.h"
#include "engine/login/idporten.h"

struct sandbox;

/* Everything is in the arena. *out is NULL when none is set. sandbox: NULL when there is none.
 * Fails when a setting or a file cannot be used; nobody is asked yet. idporten_close. */
CHECKED bool provider_open(struct arena *arena, const struct config *config,
                           const struct sandbox *sandbox, struct idporten **out, struct error *err);
