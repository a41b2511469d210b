/* outbox.h - deliveries to the outside: added in the transaction of the act that wants them, leased
 * by one worker at a time, and never forgotten. Rules: security.md D-7 to D-10. The states and what
 * leads from one to another are the table `arrows` of outbox.c, drawn in storage/README.md.
 *
 * Payload, subjects and bytes are sealed: with the key of the submission, or the citizen's own.
 *
 * A row found in `sending` when leased was left there by a crash: the lease turns it into
 * `unknown`, and its owner must ask the postbox before anything is sent again. */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum outbox_kind {
    OUTBOX_RECEIPT,
    OUTBOX_SHARE_REQUEST,
    OUTBOX_STOP_SHARING,
    OUTBOX_EVIDENCE_REQUEST, /* another agency asks: a letter that leads to the question */
    OUTBOX_CERTIFICATE,      /* one that we issued */
    OUTBOX_SUPPLEMENT,       /* the receipt of what was sent afterwards */
    OUTBOX_WITHDRAWAL,       /* the receipt of a withdrawal */
    OUTBOX_DECISION,         /* one that the agency made on what was sent */
};
enum outbox_state {
    OUTBOX_PENDING,
    OUTBOX_SENDING,  /* bytes of it may be going out */
    OUTBOX_UNKNOWN,  /* bytes of it may have gone out: ask before anything is sent */
    OUTBOX_ACCEPTED, /* they have it; waits for their receipt, and is asked about meanwhile */
    OUTBOX_DONE,
    OUTBOX_DEAD, /* given up: waits for an operator */
};

/* In SQL: states in which something is still to come. */
#define OUTBOX_UNDERWAY "('pending', 'sending', 'unknown', 'accepted')"

/* One document of the letter; the first is the primary one. Its bytes are stored, never rendered
 * anew: here, or with the attachment or the submission's receipt that it is. */
enum outbox_content { OUTBOX_OWN_BYTES, OUTBOX_ATTACHMENT, OUTBOX_RECEIPT_PDF };
struct outbox_document {
    const char *uuid; /* final, lower case: the postbox knows the document by it */
    const char *subject;
    const char *file_type;       /* "pdf", "jpg", "png" */
    struct crypto_sha256 sha256; /* of the bytes */
    int64_t size_bytes;
    enum outbox_content content;
    const char *attachment_id; /* OUTBOX_ATTACHMENT */
    struct bytes bytes;        /* OUTBOX_OWN_BYTES, when adding */
};

struct delivery {
    const char *id;
    enum outbox_kind kind;
    const char *citizen_id;
    const char *submission_id;       /* of all but those below, else NULL */
    const char *consent_id;          /* SHARE_REQUEST and STOP_SHARING, else NULL */
    const char *evidence_request_id; /* EVIDENCE_REQUEST, else NULL */
    const char *message_id;          /* final; unique */
    struct bytes payload; /* what the sender needs besides the documents; the caller's format */
    struct outbox_document *documents;
    size_t document_count;
    /* from here on read only */
    enum outbox_state state;
    const char *channel;       /* the postbox it last went to (postbox.name, "print"); "": none */
    const char *mailbox;       /* organisation number of whose mailbox that is; "": not known */
    const char *recipient_pid; /* only from outbox_lease */
    const char *draft_id;      /* that the submission was; NULL without a submission */
    int64_t fence;             /* of this lease */
    int64_t lease_ms;          /* how long it is; outbox_sending starts it anew */
    int64_t attempts;          /* leases so far, this one included */
    int64_t sends;             /* of these, when bytes may have gone out */
    int64_t age_ms;            /* since it was added */
    int64_t unknown_ms;        /* since its outcome became unknown; 0: it is not */
    int64_t since_sending_ms;  /* since bytes last may have gone out; -1: never */
    int64_t done_at;           /* Unix seconds; 0: not done */
    int64_t opened_at;         /* by the recipient, as the postbox says; 0: not known */
    const char *reason;        /* last failure, for operators; "" none */
};

/* Adds one in the caller's transaction, due at once; *id is its new id. ERROR_CONFLICT: an id of it
 * is already there. The sizes and digests of OWN_BYTES documents are computed here, the others are
 * checked when they are read. */
CHECKED bool outbox_add(struct arena *arena, struct db *db, const struct delivery *delivery,
                        const char **id, struct error *err);

/* Leases the delivery that has been due longest, in one UPDATE: *out is it, in state PENDING,
 * UNKNOWN or ACCEPTED; *found is false when none is due. One that does not open (keys.h) is given
 * up on the way. owner: names the worker, for operators. lease_ms: at least twice what a call out
 * may take.
 */
CHECKED bool outbox_lease(struct arena *arena, struct db *db, const char *owner, int64_t lease_ms,
                          struct delivery *out, bool *found, struct error *err);

/* Any delivery by its id, with all that a lease gives but no lease: for questions about it only.
 * ERROR_MISSING: none; ERROR_BROKEN: it does not open. */
CHECKED bool outbox_read(struct arena *arena, struct db *db, const char *id, struct delivery *out,
                         struct error *err);

/* The document's bytes; ERROR_BROKEN when they are not what its digest says. */
CHECKED bool outbox_document_bytes(struct arena *arena, struct db *db,
                                   const struct delivery *delivery, size_t index, struct bytes *out,
                                   struct error *err);

/* What became of a leased delivery. Each is one statement that holds only for this lease's fence:
 * ERROR_CONFLICT when another took it over meanwhile, and then nothing is written. All but
 * outbox_sending give the lease back. From which states: outbox_may.
 *   sending   committed before the first byte goes out; channel: where to, kept in the row for
 *             questions about it and for trying again
 *   accepted  they have it: to be asked about in wait_ms, unless their receipt comes first
 *   done      it is there, or nothing had to be sent
 *   again     certainly not there; to be sent in wait_ms
 *   unknown   ask again in wait_ms before anything else
 *   give_up   dead, with the reason an operator reads
 *   fail      dead too: they said that it will never be there under this message id
 *   release   nothing was tried after all (stopping); not an attempt
 * reason: one sentence, nothing about a person. */
CHECKED bool outbox_sending(struct db *db, struct delivery *delivery, const char *channel,
                            struct error *err);
CHECKED bool outbox_accepted(struct db *db, struct delivery *delivery, int64_t wait_ms,
                             struct error *err);
CHECKED bool outbox_done(struct db *db, struct delivery *delivery, struct error *err);
CHECKED bool outbox_again(struct db *db, struct delivery *delivery, int64_t wait_ms,
                          const char *reason, struct error *err);
CHECKED bool outbox_unknown(struct db *db, struct delivery *delivery, int64_t wait_ms,
                            const char *reason, struct error *err);
CHECKED bool outbox_give_up(struct db *db, struct delivery *delivery, const char *reason,
                            struct error *err);
CHECKED bool outbox_fail(struct db *db, struct delivery *delivery, const char *reason,
                         struct error *err);
CHECKED bool outbox_release(struct db *db, struct delivery *delivery, struct error *err);

/* What a receipt says of a letter, by its message id; nobody needs to hold its lease, and who does
 * finds out by the fence. *moved false: there is no such letter, or it was so already. at: Unix
 * seconds, as the receipt says.
 *   delivered  it is there: done, also what was given up
 *   refused    they cannot deliver it: dead, unless it was delivered
 *   opened     by the recipient, the first time; the state stays, so whoever takes an opening for
 *              proof of delivery says `delivered` first */
CHECKED bool outbox_delivered_by_receipt(struct db *db, const char *message_id, int64_t at,
                                         bool *moved, struct error *err);
CHECKED bool outbox_refused_by_receipt(struct db *db, const char *message_id, const char *reason,
                                       bool *moved, struct error *err);
CHECKED bool outbox_opened(struct db *db, const char *message_id, int64_t at, bool *moved,
                           struct error *err);

/* The delivery with that message id, as it stands, without payload, documents and recipient: for
 * the audit row of what a receipt says. ERROR_MISSING: none. */
CHECKED bool outbox_of_message(struct arena *arena, struct db *db, const char *message_id,
                               struct delivery *out, struct error *err);

/* Whether receipts may come for letters by that channel: *waits, for one that was sent and is not
 * done; *lately, for one that was done since then (Unix seconds) and may be opened. */
CHECKED bool outbox_awaits_receipts(struct arena *arena, struct db *db, const char *channel,
                                    int64_t since, bool *waits, bool *lately, struct error *err);

/* The state machine: every arrow, and whether there is one. */
struct outbox_arrow {
    enum outbox_state from, to;
    const char *name; /* what leads along it */
};
const struct outbox_arrow *outbox_arrows(size_t *count);
bool outbox_may(enum outbox_state from, enum outbox_state to);

/* No wait is longer: of what the other side asks for, too (D-10). */
enum { OUTBOX_MOST_WAIT_MS = 60 * 60 * 1000 };

/* How long to wait before attempt number attempts + 1: full jitter, 2 s doubled each time, at most
 * 15 min (D-10). random: any 32 random bits. */
int64_t outbox_wait_ms(int64_t attempts, uint32_t random);

/* How long until the next delivery is due: 0 now, OUTBOX_NOTHING_DUE when there is none. */
#define OUTBOX_NOTHING_DUE INT64_MAX
CHECKED bool outbox_due_in_ms(struct arena *arena, struct db *db, int64_t lease_ms, int64_t *out,
                              struct error *err);

/* An operator's word: dead to pending, or to unknown when it may be there; same ids, counted from
 * nothing. What outbox_fail or a receipt said will never be there gets a new message id, and may go
 * by another channel (D-9). ERROR_MISSING: no dead one. */
CHECKED bool outbox_retry(struct db *db, const char *id, struct error *err);

/* A backup was put back (restored.h): whatever was still to come may have gone out since, by any
 * channel, so all of it becomes unknown, and its channel ""; what was given up is asked about too
 * when it is taken up again. *count: how many became unknown. */
CHECKED bool outbox_doubt(struct db *db, int64_t *count, struct error *err);

/* Whether the consent's share request has been taken care of: delivered, given up, or never
 * ordered. Until then there is nothing to stop, but may be later. */
CHECKED bool outbox_share_request_is_over(struct arena *arena, struct db *db,
                                          const char *consent_id, bool *out, struct error *err);

/* How far the consent's share request has come, for the citizen who waits. */
enum outbox_progress {
    OUTBOX_ON_ITS_WAY,
    OUTBOX_IN_TROUBLE, /* on its way, after an attempt that failed */
    OUTBOX_OVER,       /* as outbox_share_request_is_over */
};
CHECKED bool outbox_share_request_progress(struct arena *arena, struct db *db,
                                           const char *consent_id, enum outbox_progress *out,
                                           struct error *err);

/* How many there are in each state, and the age of the oldest that is neither done nor dead. */
struct outbox_counts {
    int64_t of[OUTBOX_DEAD + 1];
    int64_t oldest_ms;
};
CHECKED bool outbox_count(struct arena *arena, struct db *db, struct outbox_counts *out,
                          struct error *err);

/* Text columns that hold a state, a kind. */
enum outbox_state outbox_state_read(const struct db_rows *rows, int column);
enum outbox_kind outbox_kind_read(const struct db_rows *rows, int column);

const char *outbox_kind_name(enum outbox_kind kind);
const char *outbox_state_name(enum outbox_state state);
