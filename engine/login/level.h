/* level.h - how sure a login is: the level a form demands (sk:about security-level) against what
 * the identity provider said (acr). Rule: security.md S-JWT-4. */
#pragma once

#include "engine/base/error.h"

/* ID-porten's words. */
#define LEVEL_HIGH "idporten-loa-high"
#define LEVEL_SUBSTANTIAL "idporten-loa-substantial"

/* 4, 3, or 0 for a word that is not known: enough for no form. */
int level_of(const char *acr);

/* What to ask the provider for: 4 is high, everything else substantial. */
const char *level_acr(int level);

/* ERROR_UNSURE when the login is not sure enough. */
CHECKED bool level_check(const char *acr, int wanted, struct error *err);
