/* begin.h - how a draft comes to be: from the start page, or right after a login that began there.
 */
#pragma once

#include "engine/visitor.h"

/* A new draft of that form for the person who is logged in; *address is its first step.
 * ERROR_MISSING: no such form; ERROR_TOO_OFTEN: too many drafts in the last hour (S-HTTP-11). */
CHECKED bool begin_draft(struct visitor *visitor, struct db *db, struct request *request,
                         const char *form_id, const char **address, struct error *err);

/* When the login was begun by "start the application", *address becomes the new draft's, or that of
 * one begun before. */
CHECKED bool begin_after_login(struct visitor *visitor, struct db *db, struct request *request,
                               const char *return_to, const char **address, struct error *err);

/* The open draft of this form that was saved last, or NULL text in *address when there is none. */
CHECKED bool begin_find_draft(struct visitor *visitor, struct db *db, struct request *request,
                              const char *form_id, const char **address, int64_t *saved_at,
                              struct error *err);
