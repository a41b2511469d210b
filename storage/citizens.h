/* citizens.h - people: the one place that keeps an identity number, sealed with the name under a
 * key of the citizen's own, and found by its HMAC (security.md S-KEY-4). Everything else names a
 * citizen by a random id, which says nothing once this row is gone. */
#pragma once

#include "storage/db.h"

struct citizen {
    const char *id;
    const char *pid;  /* 11 digits */
    const char *name; /* as it was said last; "": nobody has said it yet */
};

/* The citizen with this number, made with a key at the first login. The name is brought up to date;
 * "" is not known now, and leaves what was said before. */
CHECKED bool citizens_know(struct arena *arena, struct db *db, const char *pid, const char *name,
                           struct citizen *out, struct error *err);

/* ERROR_MISSING when there is none. */
CHECKED bool citizens_read(struct arena *arena, struct db *db, const char *id, struct citizen *out,
                           struct error *err);
