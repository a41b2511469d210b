/* outbox_watch.h - the outbox as who runs the site sees it: ids, states, ages and reasons, nothing
 * about a person. */
#pragma once

#include "storage/outbox.h"

struct outbox_watched {
    const char *id, *message_id;
    enum outbox_kind kind;
    enum outbox_state state;
    const char *channel;    /* "": it has not gone anywhere yet */
    int64_t age_ms;         /* since it was added, or taken up again */
    int64_t next_in_ms;     /* until it is due; 0: now, or it waits for nothing */
    bool is_leased;         /* a worker has it just now */
    int64_t attempts;       /* leases so far */
    const char *reason;     /* last failure; "" none */
    int64_t done_at;        /* Unix seconds; 0: not */
    int64_t opened_at;      /* Unix seconds; 0: not known */
    const char *difference; /* what an hourly check found otherwise (reconcile.h); "" none */
};

/* Which ones; their numbers stand in outbox_watch_list. */
enum outbox_watch {
    OUTBOX_WATCH_STUCK,     /* given up, or under way in vain: with a reason, or for an hour */
    OUTBOX_WATCH_UNDERWAY,  /* all that is still to come */
    OUTBOX_WATCH_DEAD,      /* given up */
    OUTBOX_WATCH_PRINT,     /* print orders: channel "print" */
    OUTBOX_WATCH_DIFFERENT, /* done here, but otherwise at the postbox */
    OUTBOX_WATCH_ALL,
};

/* The oldest first (print orders: the newest), at most so many. */
CHECKED bool outbox_watch_list(struct arena *arena, struct db *db, enum outbox_watch which,
                               size_t most, struct outbox_watched **out, size_t *count,
                               struct error *err);

/* One by its id; ERROR_MISSING: none. */
CHECKED bool outbox_watch_read(struct arena *arena, struct db *db, const char *id,
                               struct outbox_watched *out, struct error *err);

/* outbox_retry as an operator's act, which the log of who did what knows; and of all that were
 * given up for that reason, letter for letter. *count: how many. */
CHECKED bool outbox_watch_retry(struct db *db, const char *id, struct error *err);
CHECKED bool outbox_watch_retry_all(struct db *db, const char *reason, int64_t *count,
                                    struct error *err);

/* Why there are some that were given up: each reason with how many, the commonest first. */
struct outbox_given_up {
    const char *reason;
    int64_t count;
};
CHECKED bool outbox_watch_reasons(struct arena *arena, struct db *db, size_t most,
                                  struct outbox_given_up **out, size_t *count, struct error *err);

/* How many there are by state and channel, with the age of the oldest and all their attempts. */
struct outbox_tally {
    enum outbox_state state;
    const char *channel;
    int64_t count, attempts, oldest_ms, differences;
};
CHECKED bool outbox_watch_tally(struct arena *arena, struct db *db, struct outbox_tally **out,
                                size_t *count, struct error *err);

/* What is accepted, or was done after `since`, at a postbox, and has not been compared with it
 * since `compared_before`: at most so many ids, the one compared longest ago first. Unix seconds.
 */
CHECKED bool outbox_watch_to_compare(struct arena *arena, struct db *db, int64_t since,
                                     int64_t compared_before, size_t most, const char *const **ids,
                                     size_t *count, struct error *err);

/* What the comparison found, as one sentence about no person; "": it is as it is here. */
CHECKED bool outbox_watch_compared(struct db *db, const char *id, int64_t at,
                                   const char *difference, struct error *err);
