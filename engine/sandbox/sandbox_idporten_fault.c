#include "engine/sandbox/sandbox_idporten_fault.h"

#include "engine/base/text.h"
#include "engine/sandbox/sandbox_world.h"

static const char *const names[SANDBOX_IDPORTEN_FAULT_COUNT] = {
    [SANDBOX_IDPORTEN_LOWER_ACR] = "idporten-lower-acr",
    [SANDBOX_IDPORTEN_OLD_ACR] = "idporten-old-acr",
    [SANDBOX_IDPORTEN_OLD_AMR] = "idporten-old-amr",
    [SANDBOX_IDPORTEN_WRONG_NONCE] = "idporten-wrong-nonce",
    [SANDBOX_IDPORTEN_WRONG_AUD] = "idporten-wrong-aud",
    [SANDBOX_IDPORTEN_SEVERAL_AUD] = "idporten-several-aud",
    [SANDBOX_IDPORTEN_WRONG_ISS] = "idporten-wrong-iss",
    [SANDBOX_IDPORTEN_EXPIRED] = "idporten-expired",
    [SANDBOX_IDPORTEN_IAT_FUTURE] = "idporten-iat-future",
    [SANDBOX_IDPORTEN_NO_PID] = "idporten-no-pid",
    [SANDBOX_IDPORTEN_INVALID_PID] = "idporten-invalid-pid",
    [SANDBOX_IDPORTEN_NO_SID] = "idporten-no-sid",
    [SANDBOX_IDPORTEN_OLD_AUTH_TIME] = "idporten-old-auth-time",
    [SANDBOX_IDPORTEN_ALG_NONE] = "idporten-alg-none",
    [SANDBOX_IDPORTEN_HS256] = "idporten-hs256",
    [SANDBOX_IDPORTEN_FOREIGN_KEY] = "idporten-foreign-key",
    [SANDBOX_IDPORTEN_UNKNOWN_KID] = "idporten-unknown-kid",
    [SANDBOX_IDPORTEN_JKU] = "idporten-jku",
    [SANDBOX_IDPORTEN_CALLBACK_ISS] = "idporten-callback-iss",
    [SANDBOX_IDPORTEN_CALLBACK_STATE] = "idporten-callback-state",
    [SANDBOX_IDPORTEN_ACCESS_DENIED] = "idporten-access-denied",
    [SANDBOX_IDPORTEN_LOGIN_REQUIRED] = "idporten-login-required",
    [SANDBOX_IDPORTEN_SERVER_ERROR] = "idporten-server-error",
    [SANDBOX_IDPORTEN_TOKEN_500] = "idporten-token-500",
    [SANDBOX_IDPORTEN_TOKEN_SLOW] = "idporten-token-slow",
    [SANDBOX_IDPORTEN_TOKEN_DOWN] = "idporten-token-down",
    [SANDBOX_IDPORTEN_TOKEN_GARBAGE] = "idporten-token-garbage",
    [SANDBOX_IDPORTEN_TOKEN_LONGER] = "idporten-token-longer",
    [SANDBOX_IDPORTEN_CODE_AGAIN] = "idporten-code-again",
    [SANDBOX_IDPORTEN_METADATA_ISSUER] = "idporten-metadata-issuer",
    [SANDBOX_IDPORTEN_METADATA_FOREIGN] = "idporten-metadata-foreign",
    [SANDBOX_IDPORTEN_METADATA_DOWN] = "idporten-metadata-down",
    [SANDBOX_IDPORTEN_JWKS_DOWN] = "idporten-jwks-down",
    [SANDBOX_IDPORTEN_JWKS_EMPTY] = "idporten-jwks-empty",
    [SANDBOX_IDPORTEN_JWKS_WEAK] = "idporten-jwks-weak",
};

const char *sandbox_idporten_fault_name(enum sandbox_idporten_fault fault)
{
    return names[fault];
}

bool sandbox_idporten_fault_parse(const char *name, enum sandbox_idporten_fault *out)
{
    for (int i = 0; i < SANDBOX_IDPORTEN_FAULT_COUNT; i++)
        if (text_equal(names[i], name)) {
            *out = (enum sandbox_idporten_fault)i;
            return true;
        }
    return false;
}

bool sandbox_idporten_faulty(struct sandbox_world *world, enum sandbox_idporten_fault fault)
{
    int *left = &world->idporten.faults[fault];
    return *left > 0 && (*left)-- > 0;
}
