/* kept_posts.h - what a browser posted to a step of a draft and could not become part of it just
 * then, since the session had ended or another window had saved meanwhile. It is sealed with the
 * draft's key, and lies beside the draft until its person has said what holds, or the draft is sent
 * or deleted. */
#pragma once

#include "storage/db.h"

enum kept_post_reason { KEPT_POST_LOGGED_OUT, KEPT_POST_OTHER_WINDOW };

struct kept_post_field {
    const char *name, *value; /* UTF-8 */
};

enum {
    KEPT_POSTS_MAX = 10,                /* of a draft; the oldest goes first */
    KEPT_POSTS_MAX_BYTES = 1024 * 1024, /* of one, names and values */
};

struct kept_post {
    const char *id; /* 128 random bits, base64url */
    const char *draft_id;
    const char *page; /* the word of the step it was posted to */
    enum kept_post_reason reason;
    int64_t files; /* so many came with it and were not kept */
    const struct kept_post_field *fields;
    size_t field_count;
    int64_t kept_at;
};

/* Durable when it returns (or with the caller's transaction). id and kept_at are set here. What
 * was posted by somebody who is not logged in is kept too, since the draft's id is 128 random bits
 * that only its person's browser was given; it is shown to nobody but that person.
 * ERROR_MISSING: no open draft has this id. ERROR_LIMIT: too large. */
CHECKED bool kept_posts_add(struct arena *arena, struct db *db, const struct kept_post *post,
                            struct error *err);

/* The oldest that waits, of a citizen's own draft; *found is false when there is none. */
CHECKED bool kept_posts_first(struct arena *arena, struct db *db, const char *citizen_id,
                              const char *draft_id, struct kept_post *out, bool *found,
                              struct error *err);

/* Its person has said what holds. ERROR_MISSING: it is not there, or not this citizen's. */
CHECKED bool kept_posts_remove(struct db *db, const char *citizen_id, const char *id,
                               struct error *err);
