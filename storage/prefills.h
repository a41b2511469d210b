/* prefills.h - questions to registers for a draft: asked by pages, answered by the worker, kept as
 * long as the draft. What a register said stays when it is asked again, until it says something
 * else. Whom it is about and what was said are sealed with the draft's key (keys.h).
 *
 *   waiting --> found | nothing | unavailable       any --prefills_refresh--> waiting */
#pragma once

#include "storage/db.h"

enum prefills_state {
    PREFILLS_WAITING, /* asked, and perhaps tried in vain: see attempts, reason */
    PREFILLS_FOUND,
    PREFILLS_NOTHING,     /* the register knows nothing of it */
    PREFILLS_UNAVAILABLE, /* given up */
};

struct prefills_fact {
    const char *word;  /* "krr.email" */
    const char *value; /* one line */
};

struct prefills_question {
    const char *citizen_id; /* whose draft it is */
    const char *draft_id;
    const char *source; /* which register */
    const char *about;  /* organisation number; "": the citizen whose draft it is */
    enum prefills_state state;
    const struct prefills_fact *facts; /* as last heard */
    size_t fact_count;
    int64_t waited_ms;   /* since it was asked */
    int64_t answered_at; /* Unix seconds, when facts were last heard; 0: never */
    int64_t attempts;    /* of this time; also the fence of a lease */
    const char *reason;  /* why the last attempt failed, for operators; "" none */
};

/* In the caller's transaction. One that was asked before stays as it is; ERROR_MISSING: no such
 * open draft of this citizen. */
CHECKED bool prefills_ask(struct db *db, const char *citizen_id, const char *draft_id,
                          const char *source, const char *about, struct error *err);

/* Asks again what was answered before then (Unix seconds), or given up. In the caller's
 * transaction.
 */
CHECKED bool prefills_refresh(struct db *db, const char *citizen_id, const char *draft_id,
                              int64_t answered_before, struct error *err);

/* At most PREFILLS_MAX of a draft: prefills_ask fails with ERROR_LIMIT past it. */
enum { PREFILLS_MAX = 20 };
CHECKED bool prefills_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *draft_id, struct prefills_question **out, size_t *count,
                               struct error *err);

/* --- for the worker --------------------------------------------------------------------------- */

/* The one due longest, with the identity number of the citizen; nobody else gets it for lease_ms.
 * *found is false when none is due. ERROR_BROKEN: one that does not open; it is leased too, so that
 * the next call gets another. */
CHECKED bool prefills_lease(struct arena *arena, struct db *db, int64_t lease_ms,
                            struct prefills_question *out, const char **pid, bool *found,
                            struct error *err);

/* What became of a leased one; nothing is written when another has leased it meanwhile. FOUND takes
 * its facts; NOTHING and UNAVAILABLE leave what is known from before. */
CHECKED bool prefills_answer(struct arena *arena, struct db *db,
                             const struct prefills_question *question, enum prefills_state state,
                             const char *reason, struct error *err);

/* To be tried again in wait_ms; reason: one sentence, nothing about a person. */
CHECKED bool prefills_again(struct db *db, const struct prefills_question *question,
                            int64_t wait_ms, const char *reason, struct error *err);

/* How long until one is due: 0 now; PREFILLS_NOTHING_DUE when none waits. */
#define PREFILLS_NOTHING_DUE INT64_MAX
CHECKED bool prefills_due_in_ms(struct arena *arena, struct db *db, int64_t *out,
                                struct error *err);
