/* bind.h - what a place's bind says of it now: evaluated when asked, since nothing else follows
 * from it (relevant and calculate, from which others follow, are recalc.h's). */
#pragma once

#include "forms/answers.h"

/* By required, also when it is not relevant (then nothing is asked). place_is_required is the same.
 */
bool bind_is_required(struct answers *answers, const struct place *place);

/* By readonly, also of what it lies in; a calculated place is, unless its bind says otherwise. */
bool bind_is_readonly(struct answers *answers, const struct place *place);

/* Whether the constraint holds; true without one, or when there is no answer (ODK XForms, "bind
 * attributes"). An expression that fails does not hold: a check that cannot be made is no pass. */
bool bind_holds(struct answers *answers, const struct place *place);
