/* spare_keys.c - in every unit test: RSA keys are those that tests made before (crypto_reuse_keys),
 * by the folder in the environment. Nobody calls it: it is there before main. */
#include "engine/base/crypto.h"

#include <stdlib.h>

__attribute__((constructor)) static void reuse(void)
{
    crypto_reuse_keys(getenv("SKJEMA_SPARE_KEYS"));
}
