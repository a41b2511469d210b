/* supplements.h - what was sent afterwards, to keep a promise made when something was sent: as it
 * was sent, never changed. Its documents are attachments of the submission that keep the promise
 * (attachments.h). */
#pragma once

#include "engine/base/crypto.h"
#include "storage/outbox.h"

struct supplement {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *submission_id;
    const char *promise_id;      /* unique: a promise is kept once */
    const char *delivery_id;     /* its receipt letter, a row of the outbox */
    struct crypto_sha256 digest; /* of its documents, as engine/supplement.c makes it */
    const char *language;
    int64_t received_at;
    int64_t due_at; /* when it was expected; before received_at: it came late */
    struct crypto_sha256 receipt_sha256;
    int64_t receipt_size_bytes;
    /* where its receipt letter is; read only */
    enum outbox_state delivery;
    int64_t delivered_at;        /* 0 until done */
    const char *delivery_reason; /* its last failure, "" none */
    const char *channel;         /* where it went (outbox.h) */
    const char *mailbox;         /* organisation number of whose it is; "": not known */
    int64_t opened_at;           /* by the recipient; 0: not known */
};

/* In the transaction of engine/supplement.c. supplement: all above the delivery; id is minted by
 * the caller (crypto_random_id 128), receipt's digest and size are computed here. draft_id: what
 * was sent was that draft. ERROR_CONFLICT: the promise is kept already. */
CHECKED bool supplements_add(struct arena *arena, struct db *db,
                             const struct supplement *supplement, const char *draft_id,
                             struct bytes receipt, struct error *err);

/* What kept that promise; ERROR_MISSING: nothing yet, or it is not this citizen's. */
CHECKED bool supplements_of_promise(struct arena *arena, struct db *db, const char *citizen_id,
                                    const char *promise_id, struct supplement *out,
                                    struct error *err);

/* Of all submissions, newest first, at most SUPPLEMENTS_LIST_MAX. */
enum { SUPPLEMENTS_LIST_MAX = 200 };
CHECKED bool supplements_list(struct arena *arena, struct db *db, const char *citizen_id,
                              struct supplement **out, size_t *count, struct error *err);

/* All of the citizen's, however many. */
CHECKED bool supplements_all(struct arena *arena, struct db *db, const char *citizen_id,
                             struct supplement **out, size_t *count, struct error *err);

/* The receipt's bytes; ERROR_BROKEN when they are not what was stored. */
CHECKED bool supplements_receipt(struct arena *arena, struct db *db, const char *citizen_id,
                                 const char *id, struct bytes *out, struct error *err);
