/* agree.h - what must hold of anybody's answers to any form, however they came to be. */
#pragma once

#include "forms/answers.h"

/* Written and read again they are the same; calculated from the start they are the same; no value
 * is above its limit. Not asked of a form whose calculations do not give the same twice: one that
 * calls uuid() or random(), or reads the value it replaces. Nor after an expression has failed.
 *   source  the form's */
void agree_check(struct answers *answers, struct bytes source);

/* Calls visit for every place of the answers. */
void agree_each(struct place *place, void (*visit)(struct place *place, void *context),
                void *context);
