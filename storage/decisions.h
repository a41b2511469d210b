/* decisions.h - what the agency decided on something that was sent: a document, byte for byte as it
 * came, what it came to, and how to appeal. Lives as long as its submission, and is sealed with its
 * key. There may be several, one after the other. */
#pragma once

#include "engine/base/crypto.h"
#include "storage/outbox.h"

enum decision_outcome {
    DECISION_GRANTED,
    DECISION_PARTLY, /* granted in part */
    DECISION_REFUSED,
    DECISION_DISMISSED, /* not taken up: avvist */
    DECISION_OUTCOMES,
};

enum {
    DECISIONS_MAX_TITLE = 150,
    DECISIONS_MAX_APPEAL = 2000,
    DECISIONS_LIST_MAX = 200,
};

struct decision {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *submission_id;
    const char *draft_id; /* that submission's: owner of the key */
    enum decision_outcome outcome;
    const char *title;
    const char *appeal;      /* how to appeal, in the agency's words; "": as the site says */
    int64_t appeal_until;    /* end of the last day for it; 0: the agency did not say */
    int64_t decided_at;      /* when it came here */
    const char *delivery_id; /* its letter, a row of the outbox */
    /* from here on read only */
    int64_t size_bytes;
    struct crypto_sha256 sha256; /* of the document */
    int64_t read_at;             /* when the citizen first opened it on Min side; 0: not */
    /* where its letter is */
    enum outbox_state delivery;
    int64_t delivered_at;        /* 0 until done */
    const char *delivery_reason; /* its last failure, "" none */
    const char *channel;         /* where it went (outbox.h) */
    const char *mailbox;         /* organisation number of whose it is; "": not known */
    int64_t opened_at;           /* in the postbox; 0: not known */
};

/* "granted", "partly", "refused", "dismissed"; find: false when it is none of them. */
const char *decisions_outcome_name(enum decision_outcome outcome);
CHECKED bool decisions_find_outcome(const char *name, enum decision_outcome *out);

/* In the transaction that makes the submission SUBMISSION_DECIDED. decision: all above "read only";
 * id is minted by the caller (crypto_random_id 128). key: what makes sending it twice once, of the
 * caller's choice; or NULL. ERROR_CONFLICT: the key is there already. */
CHECKED bool decisions_add(struct arena *arena, struct db *db, const struct decision *decision,
                           struct bytes content, const char *key, struct error *err);

/* The one that came with that key; ERROR_MISSING: none. */
CHECKED bool decisions_of_key(struct arena *arena, struct db *db, const char *key,
                              struct decision *out, struct error *err);

/* ERROR_MISSING: none of this citizen's. */
CHECKED bool decisions_read(struct arena *arena, struct db *db, const char *citizen_id,
                            const char *id, struct decision *out, struct error *err);

/* Of all submissions, newest first, at most DECISIONS_LIST_MAX. */
CHECKED bool decisions_list(struct arena *arena, struct db *db, const char *citizen_id,
                            struct decision **out, size_t *count, struct error *err);

/* All of the citizen's, however many. */
CHECKED bool decisions_all(struct arena *arena, struct db *db, const char *citizen_id,
                           struct decision **out, size_t *count, struct error *err);

/* The document; ERROR_BROKEN when it is not what was stored. */
CHECKED bool decisions_content(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *id, struct bytes *out, struct error *err);

/* The citizen opened it; the first time counts. In the transaction of the audit row. */
CHECKED bool decisions_opened(struct db *db, const char *citizen_id, const char *id,
                              struct error *err);
