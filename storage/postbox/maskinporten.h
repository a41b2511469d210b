/* maskinporten.h - access tokens for calling others: a signed grant (RFC 7523) becomes a token that
 * is kept until shortly before it expires. Rules: Maskinporten, "JWT grant" and "Token": aud is the
 * issuer, exp at most 120 seconds after iat, jti never twice, kid or x5c. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct maskinporten_settings {
    const char *url;       /* the issuer, with '/' at its end: "https://maskinporten.no/" */
    const char *client_id; /* as registered there */
    struct bytes private_key_pem;
    const char *kid;        /* name of the registered key; NULL: */
    struct bytes chain_pem; /* the business certificate and those above it */
    const char *ca_file;    /* own CA bundle, or NULL for the system's */
    bool allow_private;     /* loopback may be dialled */
    int timeout_ms;
};

/* Asks nobody yet. Texts are copied; used by any thread. ERROR_INVALID: the key cannot be read, or
 * neither kid nor certificate. */
struct maskinporten;
CHECKED bool maskinporten_open(const struct maskinporten_settings *settings,
                               struct maskinporten **out, struct error *err);
void maskinporten_close(struct maskinporten **maskinporten);

/* A token with that scope, in the arena, on behalf of an organisation that has delegated it; NULL:
 * our own. ERROR_REFUSED: it is not given (error and number are in the text); ERROR_UNAVAILABLE:
 * down, slow, or an answer that cannot be trusted. */
CHECKED bool maskinporten_token(struct maskinporten *maskinporten, struct arena *arena,
                                const char *scope, const char *consumer, const char **out,
                                struct error *err);

/* Somebody did not take the token: the next one is asked for anew. */
void maskinporten_forget(struct maskinporten *maskinporten, const char *token);
