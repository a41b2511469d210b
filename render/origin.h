/* origin.h - where an answer that was fetched comes from, in words (sk:prefill). */
#pragma once

#include "forms/answers.h"

/* "Hentet fra Kontakt- og reservasjonsregisteret 23. november 2026"; NULL when it is the person's
 * own. */
const char *origin_text(struct arena *arena, const struct place *place, const char *language);
