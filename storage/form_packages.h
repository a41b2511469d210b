/* form_packages.h - the versions of forms that drafts began with and submissions were made in: a
 * package's bytes under its digest, kept as long as somebody needs them; its number for ever. */
#pragma once

#include "storage/db.h"

struct form_package {
    const char *form_id;
    const char *digest;   /* of the package, as forms/package.h makes it; unique in its form */
    bool moves_drafts;    /* drafts of earlier versions are to go over to this one or a later */
    struct bytes content; /* what package_of takes; only with form_packages_content */
    /* from here on read only */
    int64_t number;     /* 1, 2, ... of its form, as they were first seen */
    int64_t first_seen; /* Unix seconds */
};

/* Keeps one that is offered; nothing happens when it is there, and one whose bytes were forgotten
 * gets them back under its old number. Several processes may do so at once.
 * form_id, digest, moves_drafts and content are given. */
CHECKED bool form_packages_keep(struct arena *arena, struct db *db,
                                const struct form_package *package, struct error *err);

/* Without content. ERROR_MISSING: never kept. */
CHECKED bool form_packages_read(struct arena *arena, struct db *db, const char *form_id,
                                const char *digest, struct form_package *out, struct error *err);

/* With content; ERROR_MISSING also when nobody needed it any more, ERROR_BROKEN when it is not what
 * was stored. */
CHECKED bool form_packages_content(struct arena *arena, struct db *db, const char *form_id,
                                   const char *digest, struct form_package *out, struct error *err);

/* Whether a draft of version number `after` is to go over, when version `to` is offered: one of
 * those after it, up to `to`, moves drafts. INT64_MAX as `to`: all that are known. */
CHECKED bool form_packages_move(struct arena *arena, struct db *db, const char *form_id,
                                int64_t after, int64_t to, bool *out, struct error *err);
