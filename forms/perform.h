/* perform.h - what one action does to answers (XForms 1.1, 10). */
#pragma once

#include "forms/answers_inside.h"

/* Rounds of `while`, and nodes inserted and deleted, at one press. */
enum { PERFORM_MAX_ROUNDS = 1000 };

/* An action of an event that happened at that place: each setvalue is recalculated before the next
 * begins (ODK XForms, Actions). */
void perform_action(struct answers *answers, const struct form_action *action,
                    struct place *context);

/* The actions of a button, in order. The caller has answers_begin open: everything follows when all
 * is done (XForms 1.1, 10.1.1), or where an action says so. */
void perform_press(struct answers *answers, const struct form_action *first, struct place *context);
