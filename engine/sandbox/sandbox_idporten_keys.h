/* sandbox_idporten_keys.h - what the stand-in for ID-porten publishes (OpenID Connect Discovery
 * 1.0), its keys, and what it signs with them. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* The key in use; it is read from the folder at the start. */
const struct sandbox_idporten_key *sandbox_idporten_key(const struct sandbox_world *world);
CHECKED bool sandbox_idporten_read_key(struct sandbox_world *world, struct error *err);

/* A new one in its place, beside which the old ones stay published; takes the old ones away. */
void sandbox_idporten_rotate(struct sandbox_world *world);
void sandbox_idporten_forget(struct sandbox_world *world);

/* Compact JWS; takes header and claims over. key: of RS256. */
char *sandbox_idporten_sign(struct arena *arena, const struct crypto_key *key, json_t *header,
                            json_t *claims);

/* The claims of a token that was signed here, which may have expired; or NULL. json_decref. */
json_t *sandbox_idporten_read_token(struct sandbox_world *world, struct arena *arena,
                                    const char *token);

void sandbox_idporten_metadata(void *context, struct request *request, struct response *response);
void sandbox_idporten_jwks(void *context, struct request *request, struct response *response);
