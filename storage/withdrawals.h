/* withdrawals.h - applications that were taken back by who sent them: once each, with the receipt
 * of it, never changed. What was sent stays as it is (submissions.h). */
#pragma once

#include "storage/outbox.h"

struct withdrawal {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *submission_id; /* unique: withdrawn once */
    const char *delivery_id;   /* its receipt letter, a row of the outbox */
    int64_t withdrawn_at;
    /* from here on read only */
    int64_t number; /* from 1: in the order they came */
    int64_t receipt_size_bytes;
    /* where its letter is */
    enum outbox_state delivery;
    int64_t delivered_at;        /* 0 until done */
    const char *delivery_reason; /* its last failure, "" none */
    const char *channel;         /* where it went (outbox.h) */
    const char *mailbox;         /* organisation number of whose it is; "": not known */
    int64_t opened_at;           /* by the recipient; 0: not known */
};

/* In the transaction that makes the submission SUBMISSION_WITHDRAWN. withdrawal: all above "read
 * only", id minted by the caller (crypto_random_id 128). draft_id: what was sent was that draft.
 * ERROR_CONFLICT: it is withdrawn already. */
CHECKED bool withdrawals_add(struct arena *arena, struct db *db,
                             const struct withdrawal *withdrawal, const char *draft_id,
                             struct bytes receipt, struct error *err);

/* Of that submission; ERROR_MISSING: it is not withdrawn, or not this citizen's. */
CHECKED bool withdrawals_of_submission(struct arena *arena, struct db *db, const char *citizen_id,
                                       const char *submission_id, struct withdrawal *out,
                                       struct error *err);

/* The receipt's bytes; ERROR_BROKEN when they are not what was stored. */
CHECKED bool withdrawals_receipt(struct arena *arena, struct db *db, const char *citizen_id,
                                 const char *submission_id, struct bytes *out, struct error *err);

/* For who acts for the agency: everybody's, in the order they came, those after that number (0:
 * from the first), at most WITHDRAWALS_LIST_MAX. */
enum { WITHDRAWALS_LIST_MAX = 100 };
struct withdrawal_told {
    int64_t number;
    const char *reference, *form_id; /* of what was sent */
    int64_t withdrawn_at;
};
CHECKED bool withdrawals_after(struct arena *arena, struct db *db, int64_t number,
                               struct withdrawal_told **out, size_t *count, struct error *err);
