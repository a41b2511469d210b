/* restored.h - whether this database is the one that was in use here last, or a copy that was put
 * back (security.md D-15, R-80): then letters that waited in it may have gone out since it was
 * made, and are asked about before anything is sent.
 *
 * How it is known: the database has a mark, and so has a small file beside it; both get a new one
 * at each start, each hour and each stop, the database first. A copy that is put back has an
 * earlier one than the file, or none is beside it. A copy that backup.h made says itself that it is
 * one. Not seen is a copy made by other means and put back within the hour that it was made in: use
 * `skjema backup`. */
#pragma once

#include "storage/db.h"

/* At start, before anything is delivered: *was: it was put back; then *doubted letters are to be
 * asked about, and numbers that people are given go on so far ahead that none is given twice.
 * path: the file. Marks anew in any case. */
CHECKED bool restored_check(struct arena *arena, struct db *db, const char *path, bool *was,
                            int64_t *doubted, struct error *err);

/* A new mark. */
CHECKED bool restored_turn(struct arena *arena, struct db *db, const char *path, struct error *err);

/* In a copy: that it is one. */
CHECKED bool restored_mark_copy(struct db *db, struct error *err);
