/* sandbox_idporten_claims.h - the id_token of the stand-in for ID-porten, as the dossier has it and
 * in every way in which it must not be. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* Signed. */
char *sandbox_idporten_id_token(struct sandbox_world *world, struct arena *arena,
                                const struct sandbox_idporten_grant *grant);

/* Whose it is, another for each client (OpenID Connect Core 8.1, pairwise). */
char *sandbox_idporten_subject(const struct sandbox_world *world, struct arena *arena,
                               const struct sandbox_idporten_grant *grant);
