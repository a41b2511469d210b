/* echo.h - the server that forms of the W3C suite send to, played here: a CGI script that prints
 * what it was sent, and files beside the form. Nothing leaves the process. */
#pragma once

#include "forms/submission.h"

/* What comes back, NUL after it; NULL when nobody is at that address. `folder` is the form's. */
const char *echo_answer(struct arena *arena, const char *folder,
                        const struct submission_request *request);
