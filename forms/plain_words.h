/* plain_words.h - an expression as people say it, for those who approve a form without reading XML:
 * "Sivilstand er «Gift»". As far as it goes: what has no such words is left to the expression. */
#pragma once

#include "forms/form_inside.h"

/* NULL when some part of it has no words.
 *   at  the field it is evaluated at, or NULL */
const char *plain_words(struct arena *arena, const struct form *form, const struct xpath *xpath,
                        const struct form_field *at, const char *language);

/* What people call a field: its control's label, what a question is by itself as "svaret på «...»";
 * without a control, its name. */
const char *plain_words_field(struct arena *arena, const struct form *form,
                              const struct form_field *field, const char *language);

/* Texts of summary.tsv. Made by the build. */
extern const struct texts_table texts_summary;
