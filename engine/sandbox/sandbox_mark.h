/* sandbox_mark.h - what stands first in every key and certificate that the sandbox makes, so that a
 * site for real people never starts with one, wherever it was copied to (security.md S-SEC-2). */
#pragma once

#include "engine/base/arena.h"

#define SANDBOX_MARK "skjema sandbox: everybody may have this, it protects nobody\n"

/* With the mark before it, which readers of PEM pass over (RFC 7468 2). In the arena. */
struct bytes sandbox_mark(struct arena *arena, struct bytes pem);

/* What stands after it; all when it is not there. Borrowed. */
struct bytes sandbox_mark_off(struct bytes file);

bool sandbox_mark_is_in(struct bytes file);
