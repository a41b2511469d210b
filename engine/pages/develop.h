/* develop.h - with --develop: forms are read again when they change, and one with mistakes shows
 * them in the browser. */
#pragma once

#include "engine/visitor.h"

/* Before each request: what was changed is read anew. */
void develop_refresh(struct app *app);

/* Instead of a page that is missing, when some form has mistakes: they may be why. False when there
 * are none, or without --develop: nothing was answered. Answers 503: the form is away until it is
 * mended. */
bool develop_answers(const struct visitor *visitor, const struct request *request,
                     struct response *response);
