/* catalogue.h - the forms this installation offers: every folder that loads without an error. A
 * form with a mistake is named with file and line and left out; the others are served. */
#pragma once

#include "forms/package.h"

struct catalogue;

/* Reads all form folders below `folder`. Findings of all forms, also of those left out, are passed
 * to told (NULL: not told). Fails only when the folder cannot be read. */
CHECKED bool catalogue_open(const char *folder,
                            void (*told)(void *context, const struct finding *finding),
                            void *context, struct catalogue **out, struct error *err);
void catalogue_close(struct catalogue **catalogue);

/* The forms that can be filled in, in order of their ids. */
const struct package *const *catalogue_forms(const struct catalogue *catalogue, size_t *count);

/* By form id; NULL when there is none. */
const struct package *catalogue_find(const struct catalogue *catalogue, const char *id);

/* The form's title, in that language if it has one; its id when it is not offered (any more). */
const char *catalogue_title(struct arena *arena, const struct catalogue *catalogue, const char *id,
                            const char *language);
