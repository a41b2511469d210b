/* letter_folder.h - a letter as a folder of files: all of it is there, and on disk, or none of it.
 * For folder.c and print_orders.c. Folders are 0700 and files 0600; nothing in them is sealed. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct letter_file {
    const char *name; /* plain: no '/' */
    struct bytes content;
};

/* Makes parent/name with these files: under a name that begins with '.', each file and the folder
 * with fsync, then renamed, then fsync of parent. Dying on the way leaves the hidden folder, which
 * the next call with the same name writes anew. name: no '.' first; nothing lies there yet.
 * ERROR_BROKEN: the disk does not take it, and it has not its name; ERROR_UNAVAILABLE: it is full.
 */
CHECKED bool letter_folder_write(struct arena *arena, const char *parent, const char *name,
                                 const struct letter_file *files, size_t count, struct error *err);

enum letter_folder_likeness {
    LETTER_FOLDER_ABSENT,
    LETTER_FOLDER_SAME,    /* it is there, and each of these files has these bytes */
    LETTER_FOLDER_ANOTHER, /* it is there, and one has not */
    LETTER_FOLDER_UNREADABLE,
};

/* *made_at: Unix seconds, when it is there. */
enum letter_folder_likeness letter_folder_compare(struct arena *arena, const char *parent,
                                                  const char *name, const struct letter_file *files,
                                                  size_t count, int64_t *made_at,
                                                  struct error *err);
