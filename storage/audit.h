/* audit.h - who did what, when, and how it went: append only, written in the transaction of the
 * act, each row carrying the digest of the row before. Rules: security.md S-AUD-1 to S-AUD-4: no
 * content, no identity number, no file name; people are named by their citizen id. */
#pragma once

#include "storage/db.h"

enum audit_action {
    AUDIT_LOGIN,
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
    AUDIT_DRAFT_MOVED,        /* to another version of its form */
    AUDIT_DOCUMENT_REFUSED,   /* a virus was found in it, and its bytes are destroyed */
    AUDIT_EVIDENCE_ASKED,     /* by another agency; object: the request, as in those below */
    AUDIT_EVIDENCE_TOLD,      /* the citizen, by letter */
    AUDIT_EVIDENCE_GIVEN,     /* yes, by the citizen */
    AUDIT_EVIDENCE_REFUSED,   /* no */
    AUDIT_EVIDENCE_WITHDRAWN, /* a yes taken back */
    AUDIT_EVIDENCE_READ,      /* by the other agency */
    AUDIT_CERTIFICATE_ISSUED,
    AUDIT_CERTIFICATE_DELIVERED,
    AUDIT_SUPPLEMENTED,         /* documents sent afterwards; object: the supplement */
    AUDIT_SUPPLEMENT_DELIVERED, /* its receipt; object: the submission */
};

enum audit_actor { AUDIT_CITIZEN, AUDIT_STAFF, AUDIT_AGENCY, AUDIT_SYSTEM };

struct audit_entry {
    enum audit_actor actor;
    const char *actor_id;   /* citizen id, ...; "" for AUDIT_SYSTEM */
    const char *citizen_id; /* whom it is about; "" for nobody */
    enum audit_action action;
    const char *object_id; /* submission, consent, document, ...; "" none */
    bool succeeded;
    const char *request_id; /* of the HTTP request; "" none */
    /* from here on read only */
    int64_t sequence; /* from 1, without gaps */
    int64_t at_ms;    /* Unix milliseconds, UTC */
};

/* In the caller's transaction. */
CHECKED bool audit_add(struct arena *arena, struct db *db, const struct audit_entry *entry,
                       struct error *err);

/* Newest first, at most AUDIT_LIST_MAX: what was done about one citizen. */
enum { AUDIT_LIST_MAX = 200 };
CHECKED bool audit_list(struct arena *arena, struct db *db, const char *citizen_id,
                        struct audit_entry **out, size_t *count, struct error *err);

/* Goes through the whole chain. *wrong is 0 when it holds, else the first sequence that was
 * changed, removed, inserted or moved. A tail that was cut off shows only against a digest kept
 * elsewhere: *row_count and head tell what to keep. head may be NULL. */
CHECKED bool audit_verify(struct db *db, int64_t *wrong, int64_t *row_count,
                          struct crypto_sha256 *head, struct error *err);

const char *audit_action_name(enum audit_action action);
