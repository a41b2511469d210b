/* sandbox_grant.h - what Maskinporten checks of a grant (RFC 7523; protocols dossier of the shared
 * sandbox table): who signed it, for whom, when, for what, and that it was not used before. With
 * code of its own, on crypto.h. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* What a token is to be given for. Borrowed or in the arena. */
struct sandbox_grant {
    const char *client_id;
    const char *method; /* "private_key_jwt" or "virksomhetssertifikat" */
    const char *scope;
    const char *consumer; /* organisation number */
    const char *supplier; /* NULL: the consumer asks for itself */
    const char *audience; /* NULL: none asked for */
};

/* Why there is none, as the token endpoint tells it. */
struct sandbox_grant_refusal {
    const char *error;       /* "invalid_grant" */
    const char *description; /* "MP-124 ..." */
};

/* Uses the grant up. */
CHECKED bool sandbox_grant_read(struct sandbox_world *world, struct arena *arena,
                                const char *assertion, struct sandbox_grant *out,
                                struct sandbox_grant_refusal *refusal);
