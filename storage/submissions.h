/* submissions.h - what was sent, as it was sent: sealed with the key of the draft it was (keys.h),
 * and never changed afterwards but for its state.
 *
 *   sent ---> withdrawn (withdrawals.h)      sent ---> decided (decisions.h), and again */
#pragma once

#include "engine/base/crypto.h"
#include "storage/outbox.h"

enum submission_state {
    SUBMISSION_SENT,
    SUBMISSION_WITHDRAWN, /* by the citizen: nothing more is done with it */
    SUBMISSION_DECIDED,   /* on, by the agency: it cannot be withdrawn any more */
};

struct submission {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *reference;       /* for people: "FB-2026-004182" */
    const char *draft_id;        /* unique: a draft is sent once */
    const char *submit_key;      /* unique: the draft's (D-1) */
    struct crypto_sha256 digest; /* of answers and attachments, as engine/submit.c makes it (D-3) */
    const char *form_id, *form_version, *language;
    struct bytes answers; /* XML as sent; without bytes in lists */
    struct crypto_sha256 receipt_sha256;
    int64_t receipt_size_bytes;
    int64_t received_at;
    int64_t keep_until; /* then it is deleted here (retention.h); written, not read back */
    /* from here on read only */
    enum submission_state state;
    /* where its receipt letter is */
    bool has_delivery; /* false: no receipt letter was ordered */
    enum outbox_state delivery;
    int64_t delivered_at;        /* 0 until done */
    const char *delivery_reason; /* its last failure, "" none; NULL without a delivery */
    const char *channel;         /* where it went (outbox.h); NULL without a delivery */
    const char *mailbox;         /* organisation number of whose it is; "": not known */
    int64_t opened_at;           /* by the recipient; 0: not known */
};

/* The next reference "PREFIX-YEAR-NNNNNN" (year in Norway at received_at): counted per prefix and
 * year, never given twice; one that ends up unused leaves a gap. May be called before the
 * transaction that adds the submission, since the receipt shows it; it is on disk with that one. */
CHECKED bool submissions_reference(struct arena *arena, struct db *db, const char *prefix,
                                   int64_t received_at, const char **out, struct error *err);

/* The next number of a series, from 1: given once, unless the caller's transaction is not
 * committed. */
CHECKED bool submissions_number(struct arena *arena, struct db *db, const char *series,
                                int64_t *out, struct error *err);

/* Goes on so many numbers ahead, in every series: after a backup was put back, which knows nothing
 * of those that were given since. */
CHECKED bool submissions_skip_references(struct db *db, int64_t count, struct error *err);

/* In the transaction of engine/submit.c. submission: all above the delivery; id is minted by
 * the caller (crypto_random_id 128), receipt's digest and size are computed here.
 * ERROR_CONFLICT: its draft, key or reference is already there: look it up and compare digests. */
CHECKED bool submissions_add(struct db *db, const struct submission *submission,
                             struct bytes receipt, struct error *err);

/* ERROR_MISSING: none of this citizen's. */
CHECKED bool submissions_read(struct arena *arena, struct db *db, const char *citizen_id,
                              const char *id, struct submission *out, struct error *err);
CHECKED bool submissions_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                                  const char *draft_id, struct submission *out, struct error *err);
CHECKED bool submissions_of_key(struct arena *arena, struct db *db, const char *citizen_id,
                                const char *submit_key, struct submission *out, struct error *err);

/* Moves it along the arrows above, in the transaction of the act; so that an application is not
 * both withdrawn and decided on, whichever comes first. ERROR_CONFLICT: it is in a state that has
 * no such arrow. ERROR_MISSING: none of this citizen's. */
CHECKED bool submissions_become(struct arena *arena, struct db *db, const char *citizen_id,
                                const char *id, enum submission_state state, struct error *err);

/* In a transaction that adds something to it. ERROR_CONFLICT: it is withdrawn. */
CHECKED bool submissions_take_more(struct arena *arena, struct db *db, const char *citizen_id,
                                   const char *id, struct error *err);

/* Newest first, at most SUBMISSIONS_LIST_MAX, without answers and digests. */
enum { SUBMISSIONS_LIST_MAX = 200 };
CHECKED bool submissions_list(struct arena *arena, struct db *db, const char *citizen_id,
                              struct submission **out, size_t *count, struct error *err);

/* All of the citizen's, however many. */
CHECKED bool submissions_all(struct arena *arena, struct db *db, const char *citizen_id,
                             struct submission **out, size_t *count, struct error *err);

/* How many there are, everybody's. */
CHECKED bool submissions_count(struct arena *arena, struct db *db, int64_t *out, struct error *err);

/* For who acts for the agency: whose it is, without answers and digests. ERROR_MISSING: none. */
CHECKED bool submissions_of_reference(struct arena *arena, struct db *db, const char *reference,
                                      struct submission *out, struct error *err);

/* The receipt's bytes; ERROR_BROKEN when they are not what was stored. */
CHECKED bool submissions_receipt(struct arena *arena, struct db *db, const char *citizen_id,
                                 const char *id, struct bytes *out, struct error *err);
