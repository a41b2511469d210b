/* everything.h - a form with every kind of control, type, rule and action, for targets that answer
 * one. */
#pragma once

#include "forms/form.h"

extern const char everything_source[];

/* Loads it. */
struct form *everything_open(void);

/* Whether its author, not only the person, writes there: calculated, offered or set by an action.
 */
bool everything_writes(const struct form_field *field);

/* No two rows of answers have the same id. */
struct answers;
void everything_check_rows(struct answers *answers);
