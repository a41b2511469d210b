/* sandbox_html.h - what a letter of HTML may hold (dpi.md, 9): nothing that runs, nothing from
 * elsewhere. */
#pragma once

#include "engine/base/base.h"

/* NULL: all is well; else what is wrong, static. */
const char *sandbox_html_check(struct bytes html);
