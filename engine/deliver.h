/* deliver.h - the worker that speaks with the postbox: sends letters that wait in the outbox and
 * settles those whose outcome is unknown (security.md D-7, D-8), looks for share events, fetches
 * the documents that citizens chose, and stops sharing; that takes in receipts from
 * mailboxes; and that asks registers for what is known already. Pages never call out; they write
 * rows and wake it. */
#pragma once

#include "engine/deliver_prefill.h"
#include "engine/deliver_receipts.h"
#include "storage/attachments.h"
#include "storage/postbox/digipost.h"

struct channels;
struct checking;
struct issuers;

struct deliver_settings {
    struct db_pool *db;              /* borrows connections; the caller's, outlives the worker */
    const struct channels *channels; /* letters go by one of them; the caller's */
    struct digipost *digipost;       /* documents are shared here; NULL: sharing is not offered */
    const struct deliver_receipts *receipts;   /* of Digital post; NULL: none come */
    const struct deliver_registers *registers; /* what can be asked; the caller's */
    struct checking *checking;                 /* looks through what was fetched; or NULL */
    const struct issuers *issuers;             /* whose documents we know by name; the caller's */
    int timeout_ms; /* of one call out; the lease is longer than twice that */
    int64_t lease_ms;
    int64_t poll_ms;               /* between looks for events when nothing wakes it */
    int64_t file_bytes;            /* the largest document that is fetched */
    struct attachments_usage most; /* that a draft, and a citizen's drafts, may hold */
    struct spools *spools;         /* where it is put aside while it comes; the caller's */
    int64_t give_up_ms;            /* 72 h: then a letter waits for an operator (D-10) */
};

struct deliver;

/* Starts the worker's threads. ERROR_INVALID: a lease that is too short for the timeout. */
CHECKED bool deliver_open(const struct deliver_settings *settings, struct deliver **out,
                          struct error *err);

/* There may be something to do now. Quick; from any thread. NULL is taken. */
void deliver_wake(struct deliver *deliver);

/* Nothing more is begun, and that a look for receipts was cut off is nobody's failure. Quick. NULL
 * is taken. */
void deliver_stopping(struct deliver *deliver);

/* Finishes the call that runs, gives leases back that are not `sending`, and ends (D-13). NULL is
 * taken. */
void deliver_close(struct deliver **deliver);
