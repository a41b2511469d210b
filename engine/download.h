/* download.h - a document to the person whose it is: read from the database while it is sent, a
 * stretch at a time, never whole in memory (security.md S-FILE-4). */
#pragma once

#include "engine/http/response.h"
#include "storage/attachments.h"

/* The answer to request: the attachment as a file to keep, or the one range of it that is asked
 * for. All of it is checked first, so that a document that was changed is told of on a page and no
 * byte of it leaves (S-KEY-3): then ERROR_BROKEN. ERROR_MISSING: it has no bytes. db: for that
 * check; the rest is read with connections of the pool, a short while each. */
CHECKED bool download_attachment(struct db_pool *pool, struct db *db, const struct request *request,
                                 struct response *response, const struct attachment *attachment,
                                 struct error *err);
