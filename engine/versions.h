/* versions.h - the version of a form that a draft is answered in, or something was sent in: the one
 * it began with, kept in the database and compiled when somebody asks for it, or the one offered
 * now. The few that were asked for last stay compiled; shared by threads. */
#pragma once

#include "engine/catalogue.h"
#include "storage/db.h"

enum { VERSIONS_COMPILED = 8 }; /* old versions that stay compiled when nobody uses them */

struct versions;

/* forms: what is offered; the caller's, outlives it. */
void versions_open(const struct catalogue *forms, struct versions **out);
void versions_close(struct versions **versions); /* all must have been returned; NULL is taken */

/* Keeps a package that is offered: all of them when the program starts (upkeep.c), so that the
 * order of versions is the order in which they were served, and one in the transaction of whoever
 * begins to need it. Several nodes may do so at once. */
CHECKED bool versions_keep(struct arena *arena, struct db *db, const struct package *package,
                           struct error *err);

/* A version in use; versions_return gives it back, {0} is taken. */
struct version {
    const struct package *package; /* in which to read the answers */
    const char *digest;            /* what it is kept under */
    const struct package *offered; /* what new drafts begin with now */
    bool must_move;                /* its author wants drafts to go over to `offered` */
    int64_t changed_at;            /* when `offered` was first served; 0: it is `package` */
    struct versions *owner;        /* this and below: versions.c's */
    struct compiled *compiled;
};

/* What a draft of that version is to be read in. A version that was never kept, or that this
 * program cannot read any more, is read in the one offered. ERROR_MISSING: the form is not offered.
 */
CHECKED bool versions_borrow(struct versions *versions, struct arena *arena, struct db *db,
                             const char *form_id, const char *digest, struct version *out,
                             struct error *err);

/* The same for what was sent: also when the form is not offered any more (offered is then NULL).
 * ERROR_MISSING: neither kept nor offered. */
CHECKED bool versions_borrow_sent(struct versions *versions, struct arena *arena, struct db *db,
                                  const char *form_id, const char *digest, struct version *out,
                                  struct error *err);
void versions_return(struct version *version);
