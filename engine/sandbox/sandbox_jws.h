/* sandbox_jws.h - business messages of Digital post as they travel: compact JWS with RS256 and one
 * certificate in x5c (dpi.md, 3), read and written with code of the sandbox's own. */
#pragma once

#include "engine/base/crypto.h"

#include <jansson.h>

/* Borrowed from the arena; header and payload are closed by sandbox_jws_close. */
struct sandbox_jws {
    json_t *header, *payload;
    struct bytes signed_part, signature;
};

/* Takes one apart; says nothing of who signed it. NULL when it is one, else what is wrong. */
const char *sandbox_jws_read(struct arena *arena, const char *text, struct sandbox_jws *out);
void sandbox_jws_close(struct sandbox_jws *jws);

/* Header members, x5c and signature, by the letter of the profile. NULL when all is well, else what
 * is wrong. *certificate: DER, in the arena. */
const char *sandbox_jws_check(struct arena *arena, const struct sandbox_jws *jws,
                              struct bytes *certificate);

/* The signature over bytes by the certificate's (DER) key. */
bool sandbox_jws_verify(struct arena *arena, struct bytes certificate, struct bytes message,
                        struct bytes signature);

/* Takes the payload over. certificate: DER. NULL: the key is none. */
char *sandbox_jws_write(struct arena *arena, json_t *payload, const struct crypto_key *key,
                        struct bytes certificate);
