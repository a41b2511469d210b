/* recalc.h - brings answers up to date after a change: only what can have changed is evaluated, in
 * the order found when the form was loaded (XForms 1.1, 4.3.6: the pertinent subgraph). */
#pragma once

#include "forms/answers_inside.h"

/* Something that expressions read changed: a value or an attachment. */
void recalc_changed(struct answers *answers, struct place *place);

/* The same, and its own calculate and choices must look at it again: somebody wrote there. */
void recalc_written(struct answers *answers, struct place *place);

/* A row came, or is about to go (it must still be linked to its parent). */
void recalc_row(struct answers *answers, struct place *row, bool added);

/* Evaluates what waits, unless answers_begin is open. */
void recalc_run(struct answers *answers);

/* What an expression gave as it is stored in that field: "NaN" is no answer; whole numbers have no
 * decimals; days since 1970 become a date where one belongs. */
const char *recalc_fit_type(struct arena *arena, const struct form_field *field, const char *text);

/* Everything, from every place being relevant. */
void recalc_all(struct answers *answers);
