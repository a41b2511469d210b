/* audit.h - who did what, when, and how it went: append only, written in the transaction of the
 * act, each row carrying the digest of the row before. Rules: security.md S-AUD-1 to S-AUD-4: no
 * content, no identity number, no file name. People stand there by a pseudonym made with their own
 * key (keys_pseudonym): when that key is destroyed nobody can tell whose rows those were, and the
 * chain still holds. */
#pragma once

#include "storage/db.h"

enum audit_action {
    AUDIT_LOGIN, /* object: its level (acr); failed: somebody who did not come in */
    AUDIT_LOGOUT,
    AUDIT_ACCESS_REFUSED,
    AUDIT_SUBMITTED,
    AUDIT_RECEIPT_DELIVERED,
    AUDIT_CONSENT_GIVEN,
    AUDIT_CONSENT_WITHDRAWN,
    AUDIT_SHARING_ASKED,
    AUDIT_DOCUMENT_FETCHED,
    AUDIT_SHARING_STOPPED,
    AUDIT_DELIVERY_GIVEN_UP,
    AUDIT_DELIVERY_RETRIED,
    AUDIT_RETENTION_DELETED,
    AUDIT_DRAFT_MOVED,      /* to another version of its form */
    AUDIT_DOCUMENT_REFUSED, /* a virus was found in it, and its bytes are destroyed */
    AUDIT_DOCUMENT_FAILED,  /* changed since it was signed or kept, or not valid any more: it is not
                             * part of the draft; object: its consent or the document */
    AUDIT_EVIDENCE_ASKED,   /* by another agency; object: the request, as in those below */
    AUDIT_EVIDENCE_TOLD,    /* the citizen, by letter */
    AUDIT_EVIDENCE_GIVEN,   /* yes, by the citizen */
    AUDIT_EVIDENCE_REFUSED, /* no */
    AUDIT_EVIDENCE_WITHDRAWN, /* a yes taken back */
    AUDIT_EVIDENCE_READ,      /* by the other agency */
    AUDIT_CERTIFICATE_ISSUED,
    AUDIT_CERTIFICATE_DELIVERED,
    AUDIT_SUPPLEMENTED,         /* documents sent afterwards; object: the supplement */
    AUDIT_SUPPLEMENT_DELIVERED, /* its receipt; object: the submission */
    AUDIT_DOCUMENT_ADDED,       /* by the citizen; object: the document, as in the next */
    AUDIT_DOCUMENT_REMOVED,
    AUDIT_STARTED,          /* the site; object: digest of its settings */
    AUDIT_KEYS_CHANGED,     /* object: digest of which master keys there are, and which is active */
    AUDIT_DOCUMENT_READ,    /* by the citizen; object: the document */
    AUDIT_SUBMISSION_READ,  /* its receipt or answers taken home by the citizen */
    AUDIT_CONSENT_USED,     /* what was fetched under it was sent; object: the submission */
    AUDIT_DRAFT_DELETED,    /* by the citizen */
    AUDIT_SHARING_GIVEN,    /* the citizen shared, in the postbox; object: the consent */
    AUDIT_CERTIFICATE_READ, /* by the citizen */
    AUDIT_CONSENT_EXPIRED,  /* its time was over, or nothing was left that it was for */
    AUDIT_LETTER_OPENED,    /* by the citizen, as the mailbox says; object: as when delivered */
    AUDIT_LETTER_ON_PAPER,  /* a print order is made; object: the submission */
    AUDIT_DATA_TAKEN,       /* all that is held about the citizen, taken home as a file */
    AUDIT_WITHDRAWN,        /* an application, by the citizen; object: the submission */
    AUDIT_WITHDRAWAL_DELIVERED, /* its receipt; object: the submission */
    AUDIT_DECIDED,              /* by the agency; object: the decision */
    AUDIT_DECISION_DELIVERED,   /* object: the submission */
    AUDIT_DECISION_READ,        /* opened or taken home by the citizen; object: the decision */
    AUDIT_ACTIONS,              /* how many there are */
};

enum audit_actor { AUDIT_CITIZEN, AUDIT_STAFF, AUDIT_AGENCY, AUDIT_SYSTEM };

/* Texts that are NULL are "". */
struct audit_entry {
    enum audit_actor actor;
    const char *actor_id;   /* citizen id, organisation number, ...; "" for AUDIT_SYSTEM */
    const char *citizen_id; /* whom it is about; "" for nobody */
    enum audit_action action;
    const char *object_id;  /* submission, consent, document, ...; "" none */
    const char *consent_id; /* under which consent; "" none, or it is the object */
    bool succeeded;
    const char *request_id; /* of the HTTP request; "" none */
    /* from here on read only */
    int64_t sequence; /* from 1, without gaps */
    int64_t at_ms;    /* Unix milliseconds, UTC */
};

/* In the caller's transaction. A citizen without a key: ERROR_BROKEN. */
CHECKED bool audit_add(struct arena *arena, struct db *db, const struct audit_entry *entry,
                       struct error *err);

/* Newest first, at most AUDIT_LIST_MAX: what was done about one citizen. */
enum { AUDIT_LIST_MAX = 200 };
CHECKED bool audit_list(struct arena *arena, struct db *db, const char *citizen_id,
                        struct audit_entry **out, size_t *count, struct error *err);

/* The same, of those actions only, before that sequence (0: from the newest on), at most `most`. */
struct audit_wish {
    const enum audit_action *actions;
    size_t action_count; /* at most AUDIT_ACTIONS */
    int64_t before;
    size_t most; /* at most AUDIT_LIST_MAX */
};
CHECKED bool audit_list_some(struct arena *arena, struct db *db, const char *citizen_id,
                             const struct audit_wish *wish, struct audit_entry **out, size_t *count,
                             struct error *err);

/* How many rows this actor left with that action, and as it went, since then (Unix milliseconds).
 * entry: actor, actor_id, action, succeeded. Counted to AUDIT_LIST_MAX. */
CHECKED bool audit_count(struct arena *arena, struct db *db, const struct audit_entry *entry,
                         int64_t since_ms, int64_t *out, struct error *err);

/* The object of the last row with that action, in the arena; "" when there is none. */
CHECKED bool audit_last_object(struct arena *arena, struct db *db, enum audit_action action,
                               const char **out, struct error *err);

/* ---- the chain ---- */

/* How many rows there are, and the digest of the last: what to keep elsewhere. */
struct audit_head {
    int64_t sequence; /* 0: no row yet */
    struct crypto_sha256 digest;
};
CHECKED bool audit_find_head(struct db *db, struct audit_head *out, struct error *err);

/* What was done to the first row that is not as it was written. */
enum audit_harm {
    AUDIT_WHOLE,
    AUDIT_CHANGED,
    AUDIT_REMOVED,  /* with or without those behind it given its number */
    AUDIT_INSERTED, /* somebody else's row, before those that stood there */
    AUDIT_SWAPPED,  /* two rows have each other's number */
    AUDIT_MOVED,    /* it has another number, and nothing stands in its place */
};

struct audit_verdict {
    enum audit_harm harm;
    int64_t wrong;  /* the number that row had, or has when it was inserted; 0: whole */
    int64_t other;  /* the number it has now, of AUDIT_SWAPPED and AUDIT_MOVED; else 0 */
    int64_t cut;    /* 0, or a head says that there were so many rows, and there are fewer */
    int64_t remade; /* 0, or the row whose digest is another than a head says: the chain up to there
                     * was written anew */
    struct audit_head head; /* of the rows that were gone through */
};

/* Goes through the whole chain. heads: what was said of it earlier, in any order; a tail cut off or
 * a chain written anew shows only against them. */
CHECKED bool audit_verify(struct db *db, const struct audit_head *heads, size_t head_count,
                          struct audit_verdict *out, struct error *err);

const char *audit_action_name(enum audit_action action);
