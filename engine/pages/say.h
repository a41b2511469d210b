/* say.h - what handlers tell people: texts of engine/pages/messages.tsv, in their language. */
#pragma once

#include "forms/texts.h"

/* Static. An id that is not there is a mistake by us: assert. */
const char *say(const char *language, const char *id);

/* With one placeholder filled in. */
const char *say_of(struct arena *arena, const char *language, const char *id, const char *name,
                   const char *value);

/* The row "id.1" for one, else "id.n", with {n} and one more placeholder (name NULL: none). */
const char *say_count(struct arena *arena, const char *language, const char *id, int64_t n,
                      const char *name, const char *value);
