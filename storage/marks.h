/* marks.h - a few facts about the database itself, by name. */
#pragma once

#include "storage/db.h"

/* *out is in the arena; NULL: it was never written. */
CHECKED bool marks_read(struct arena *arena, struct db *db, const char *name, const char **out,
                        struct error *err);

CHECKED bool marks_write(struct db *db, const char *name, const char *value, struct error *err);
