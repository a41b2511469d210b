/* fake_provider.h - an OpenID provider that is not one: says what it is told to, of itself, as its
 * keys and at its token endpoint, signs what it is given, and counts who asks. */
#pragma once

#include "engine/http/server.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct json_t json_t;

struct fake_provider {
    /* to be changed between questions */
    const char *says_issuer;  /* in its metadata */
    const char *more;         /* members after the others there: ", \"x\": 1"; "": none */
    int metadata_status;      /* 200 */
    pthread_mutex_t gate;     /* while somebody else holds it, the metadata is asked for in vain */
    const char *kid;          /* of the key that it publishes and signs with */
    const char *token_answer; /* to whatever is posted to /token */
    int token_status;

    char issuer[64]; /* without a '/' at the end */
    struct arena *arena;
    struct server *server;
    struct crypto_key *key;
    struct bytes key_pem;
    const char *modulus, *exponent;        /* base64url */
    atomic_int metadata_asked, keys_asked; /* how often */
    char form[16 * 1024];                  /* what was posted last */
};

void fake_provider_open(struct fake_provider *provider);
void fake_provider_close(struct fake_provider *provider);

/* What is published as its keys, now. */
char *fake_provider_keys(const struct fake_provider *provider, struct arena *arena);

/* Such a token of it, with that kid. */
char *fake_provider_sign(const struct fake_provider *provider, struct arena *arena,
                         const json_t *claims, const char *kid);
