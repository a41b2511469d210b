/* made.h - forms made at random, whose expressions read each other in every way the language has:
 * paths up, down and aside, predicates, rows of other rows, choices drawn from answers. For
 * scratch.c; what nobody would write shows what the order of dependence has not thought of. */
#pragma once

#include "engine/base/arena.h"

/* The form's XML: always the same for a seed. It may hold a circle; then it does not load. */
const char *made_form(struct arena *arena, unsigned long seed);
