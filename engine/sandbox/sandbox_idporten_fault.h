/* sandbox_idporten_fault.h - how the stand-in for ID-porten can misbehave, each so many times:
 * POST /control/fault with fault=NAME and count=N. */
#pragma once

#include "engine/base/base.h"

enum sandbox_idporten_fault {
    /* In the id_token. */
    SANDBOX_IDPORTEN_LOWER_ACR, /* one level below what was asked for */
    SANDBOX_IDPORTEN_OLD_ACR,   /* Level3 or Level4, as in old documents */
    SANDBOX_IDPORTEN_OLD_AMR,   /* a text instead of a list */
    SANDBOX_IDPORTEN_WRONG_NONCE,
    SANDBOX_IDPORTEN_WRONG_AUD,
    SANDBOX_IDPORTEN_SEVERAL_AUD, /* a list of two, without azp */
    SANDBOX_IDPORTEN_WRONG_ISS,
    SANDBOX_IDPORTEN_EXPIRED,
    SANDBOX_IDPORTEN_IAT_FUTURE,
    SANDBOX_IDPORTEN_NO_PID,
    SANDBOX_IDPORTEN_INVALID_PID, /* its last check digit is another */
    SANDBOX_IDPORTEN_NO_SID,
    SANDBOX_IDPORTEN_OLD_AUTH_TIME, /* an hour ago, although prompt=login or max_age asked */
    SANDBOX_IDPORTEN_ALG_NONE,
    SANDBOX_IDPORTEN_HS256,       /* with the public key as secret */
    SANDBOX_IDPORTEN_FOREIGN_KEY, /* under the kid that is published */
    SANDBOX_IDPORTEN_UNKNOWN_KID,
    SANDBOX_IDPORTEN_JKU, /* foreign key, and the header says where it lies: jku, x5u */

    /* In the answer to the authorization request. */
    SANDBOX_IDPORTEN_CALLBACK_ISS,
    SANDBOX_IDPORTEN_CALLBACK_STATE,
    SANDBOX_IDPORTEN_ACCESS_DENIED, /* error answers, whoever is chosen */
    SANDBOX_IDPORTEN_LOGIN_REQUIRED,
    SANDBOX_IDPORTEN_SERVER_ERROR,

    /* At the token endpoint. */
    SANDBOX_IDPORTEN_TOKEN_500,
    SANDBOX_IDPORTEN_TOKEN_SLOW, /* after 4 seconds */
    SANDBOX_IDPORTEN_TOKEN_DOWN, /* the connection is closed */
    SANDBOX_IDPORTEN_TOKEN_GARBAGE,
    SANDBOX_IDPORTEN_TOKEN_LONGER, /* goes on for 4 MiB */
    SANDBOX_IDPORTEN_CODE_AGAIN,   /* a code that was used is taken once more */

    /* In what is published. */
    SANDBOX_IDPORTEN_METADATA_ISSUER,  /* another issuer's */
    SANDBOX_IDPORTEN_METADATA_FOREIGN, /* token endpoint and keys on another host */
    SANDBOX_IDPORTEN_METADATA_DOWN,
    SANDBOX_IDPORTEN_JWKS_DOWN,
    SANDBOX_IDPORTEN_JWKS_EMPTY,
    SANDBOX_IDPORTEN_JWKS_WEAK, /* the published key has 1024 bits */

    SANDBOX_IDPORTEN_FAULT_COUNT,
};

struct sandbox_world;

/* "idporten-lower-acr" and so on. */
const char *sandbox_idporten_fault_name(enum sandbox_idporten_fault fault);
CHECKED bool sandbox_idporten_fault_parse(const char *name, enum sandbox_idporten_fault *out);

/* True when it misbehaves so this time; one less is left then. */
bool sandbox_idporten_faulty(struct sandbox_world *world, enum sandbox_idporten_fault fault);
