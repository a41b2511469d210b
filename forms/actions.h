/* actions.h - when actions are done: what is written into answers when something happens, rather
 * than because of what they are (ODK XForms, Actions; XForms 1.1, 10). What one of them does is
 * perform.h's. */
#pragma once

#include "forms/answers_inside.h"

/* A draft begins: events odk-instance-first-load and odk-instance-load, in the form's order. */
void actions_begin(struct answers *answers);

/* Something happened at a place: kept until the recalculation it happened in is done. */
void actions_note(struct answers *answers, struct place *place, enum form_event event);

/* Does what waits, and what follows from that, until nothing does. */
void actions_run(struct answers *answers);

/* What waits is no news: answers were only read from where they are kept. */
void actions_forget(struct answers *answers);
