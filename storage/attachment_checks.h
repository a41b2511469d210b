/* attachment_checks.h - attachments that wait for the virus check, for the worker that does it
 * (security.md S-FILE-5, -8). A row is there as long as its attachment is checking or held; what is
 * removed takes its row along. Functions join the caller's transaction.
 *
 *   checking --passed--> ready      checking, held --refused--> refused (bytes destroyed)
 *   checking --held----> held --> leased again when it is due */
#pragma once

#include "storage/db.h"

struct attachment_check {
    const char *attachment_id, *citizen_id, *draft_id;
    int64_t attempts; /* with this one; also the fence of the lease */
};

/* For attachments_add, of what is added in state checking. */
CHECKED bool attachment_checks_order(struct db *db, const char *attachment_id, struct error *err);

/* The one due longest; nobody else gets it for lease_ms, so that one whose worker died comes back.
 * *found is false when none is due. */
CHECKED bool attachment_checks_lease(struct arena *arena, struct db *db, int64_t lease_ms,
                                     struct attachment_check *out, bool *found, struct error *err);

/* What became of a leased one. *mine is false, and nothing is written, when it was removed
 * meanwhile or another has leased it since. reason: a message's id ("file.virus"). */
CHECKED bool attachment_checks_passed(struct db *db, const struct attachment_check *check,
                                      bool *mine, struct error *err);
CHECKED bool attachment_checks_refused(struct db *db, const struct attachment_check *check,
                                       const char *reason, bool *mine, struct error *err);
CHECKED bool attachment_checks_held(struct db *db, const struct attachment_check *check,
                                    const char *reason, int64_t wait_ms, bool *mine,
                                    struct error *err);

/* Back to be leased at once, by anybody: the check was broken off. */
CHECKED bool attachment_checks_release(struct db *db, const struct attachment_check *check,
                                       struct error *err);

/* How long until one is due: 0 now; ATTACHMENT_CHECKS_NONE when none waits. */
#define ATTACHMENT_CHECKS_NONE INT64_MAX
CHECKED bool attachment_checks_due_in_ms(struct arena *arena, struct db *db, int64_t *out,
                                         struct error *err);
