/* sandbox_idporten_clients.h - who is registered with the stand-in for ID-porten, with which
 * addresses, and how they show who they are: a signed assertion (RFC 7523, OpenID Connect Core 9
 * private_key_jwt) or a secret. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

struct sandbox_idporten_client {
    const char *id, *name; /* name: shown to people */
    const char *kid;       /* of the key it signs with; NULL: it has a secret */
    const char *secret;
    const char *redirect, *front_channel, *after_logout; /* paths at its site */
};

/* NULL: nobody. */
const struct sandbox_idporten_client *sandbox_idporten_client_find(const char *id);

/* Whether the address is registered: that path at a site on this machine, or at the one that was
 * named. Letter for letter: no query, no fragment, nobody's name before '@'. site: gets
 * "http://localhost:8080" of it, or NULL. */
CHECKED bool sandbox_idporten_is_registered(const struct sandbox_world *world, const char *address,
                                            const char *path, char *site, size_t site_size);

/* Who asks at the token or PAR endpoint (its address: endpoint). NULL: the answer is written. */
const struct sandbox_idporten_client *sandbox_idporten_authenticate(struct sandbox_world *world,
                                                                    struct request *request,
                                                                    const char *endpoint,
                                                                    struct response *response);

/* An error as RFC 6749 5.2 has it. */
void sandbox_idporten_error(struct request *request, struct response *response, int status,
                            const char *error, const char *description);
