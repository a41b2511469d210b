/* folder.h - a postbox that is a folder: letters become files to look at, for development. */
#pragma once

#include "storage/postbox/postbox.h"

struct folder;

/* The folder must be there and writable: else ERROR_BROKEN. */
CHECKED bool folder_open(const char *path, struct folder **out, struct error *err);
void folder_close(struct folder **folder);

/* As a postbox; lives as long as the handle. A letter is a folder named by its message_id, with
 * letter.txt (who, titles, hashes) and one file a document, named by its id. It appears all at once
 * (rename), and the same letter again changes nothing. Everybody is reached; a share request is
 * refused: nobody is there to answer it. */
const struct postbox *folder_postbox(struct folder *folder);
