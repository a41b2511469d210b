/* consents.h - a citizen's consent to documents being fetched from the postbox: what was shown, what
 * came of it, and the documents that were shared. Rules: security.md S-CON-1.
 *
 *   asked ---> shared ---> fetched ---> stopped
 *     |          |            |
 *     +----------+------------+-----> withdrawn | expired          asked ---> refused */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum consent_state {
    CONSENT_ASKED,     /* given here; the share request is on its way, or waits for the citizen */
    CONSENT_SHARED,    /* the citizen shared documents; choosing and fetching goes on */
    CONSENT_FETCHED,   /* every wanted one is here; sharing is to be stopped */
    CONSENT_STOPPED,   /* and has been */
    CONSENT_EXPIRED,   /* time ran out */
    CONSENT_WITHDRAWN, /* by the citizen, here or in the postbox */
    CONSENT_REFUSED,   /* the share request could not be delivered; reason says why */
};

struct consent {
    const char *id;
    const char *citizen_id;
    const char *draft_id;
    const char *form_id;
    const char *language;
    const char *purpose;             /* as shown */
    struct crypto_sha256 shown;      /* digest of everything that was shown before the yes */
    const char **requirements;       /* node paths of the upload fields it is for */
    size_t requirement_count;
    const char *request_uuid;        /* document uuid of the share request; unique */
    int64_t duration_seconds;        /* how long access lasts once shared */
    int64_t given_at, ends_at;       /* ends_at: expires even when nothing is ever shared */
    /* from here on read only */
    enum consent_state state;
    int64_t shared_at, expires_at;   /* as the postbox says; 0: not yet */
    int64_t changed_at;              /* last change of state */
    const char *reason;              /* "" none */
};

enum shared_state {
    SHARED_SEEN,     /* in the postbox's list; the citizen has not chosen */
    SHARED_WANTED,   /* chosen for a requirement; to be fetched */
    SHARED_UNWANTED, /* not chosen */
    SHARED_FETCHED,  /* is an attachment */
    SHARED_FAILED,   /* could not be fetched or was not acceptable; reason says why */
    SHARED_GONE,     /* no longer in the list, and never fetched */
};

struct shared_document {
    const char *id;
    const char *consent_id;
    const char *subject;
    const char *file_type;           /* "pdf" */
    int64_t size_bytes;
    const char *origin_number;       /* organisation; NULL: a private person */
    const char *origin_name;         /* NULL when not told */
    int64_t delivered_at;
    const char *content_link;        /* latest; only to be followed by the postbox client */
    /* from here on read only */
    enum shared_state state;
    const char *requirement;         /* WANTED and FETCHED, else NULL */
    const char *attachment_id;       /* FETCHED, else NULL */
    int64_t attempts;                /* fetches that failed */
    const char *reason;              /* "" none */
};

/* In a transaction, with the outbox row of the share request and the audit row. id is minted by the
 * caller (crypto_random_id 128). ERROR_MISSING: no such open draft of this citizen.
 * ERROR_CONFLICT: id or request_uuid is already there. */
CHECKED bool consents_give(struct db *db, const struct consent *consent, struct error *err);

CHECKED bool consents_read(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *id, struct consent *out, struct error *err);

/* Newest first, at most CONSENTS_LIST_MAX. draft_id NULL: all of the citizen's. */
enum { CONSENTS_LIST_MAX = 100 };
CHECKED bool consents_list(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *draft_id, struct consent **out, size_t *count,
                           struct error *err);

/* The citizen takes it back, from any state that is not an end: wanted and unseen documents become
 * unwanted, and attachments fetched under it that were not sent are deleted. In a transaction, with
 * the outbox row that stops sharing. ERROR_MISSING: none that runs. */
CHECKED bool consents_withdraw(struct db *db, const char *citizen_id, const char *id,
                               struct error *err);

/* Documents of a consent in the order they were shared. */
CHECKED bool consents_documents(struct arena *arena, struct db *db, const char *citizen_id,
                                const char *id, struct shared_document **out, size_t *count,
                                struct error *err);

/* The citizen's choice for one document that was not fetched: requirement, or NULL for not wanted.
 * ERROR_MISSING: not this citizen's, not in a running consent, or already fetched.
 * ERROR_INVALID: the consent is not for that requirement. */
CHECKED bool consents_choose(struct arena *arena, struct db *db, const char *citizen_id,
                             const char *document_id, const char *requirement, struct error *err);

/* --- for the worker, which acts for no citizen ------------------------------------------------ */

/* Those that still wait for something from outside (asked or shared) and whose share request is
 * delivered, oldest look first; looked: marks that they were just asked about. */
CHECKED bool consents_running(struct arena *arena, struct db *db, size_t most,
                              struct consent **out, size_t *count, struct error *err);
CHECKED bool consents_looked(struct db *db, const char *id, struct error *err);

/* ERROR_MISSING: no consent has that share request. */
CHECKED bool consents_of_request(struct arena *arena, struct db *db, const char *request_uuid,
                                 struct consent *out, struct error *err);

/* What the postbox's share state says now. Asked becomes shared when documents came; known ones get
 * their new link, unknown ones are added, those that vanished are gone. The same list again changes
 * nothing. In a transaction. */
CHECKED bool consents_saw(struct arena *arena, struct db *db, const char *id, int64_t shared_at,
                          int64_t expires_at, const struct shared_document *documents,
                          size_t count, struct error *err);

/* The next document to fetch: wanted, of a shared consent that has not ended, fewest failed
 * attempts first. *found is false when none is due. */
struct wanted_document {
    struct shared_document document;
    const char *citizen_id, *draft_id, *request_uuid;
};
CHECKED bool consents_next_wanted(struct arena *arena, struct db *db, struct wanted_document *out,
                                  bool *found, struct error *err);

/* Still wanted, and the consent still runs? Asked again right before the bytes are kept (S-CON-1). */
CHECKED bool consents_may_fetch(struct arena *arena, struct db *db, const char *document_id,
                                bool *out, struct error *err);

/* In the transaction that adds the attachment. When it was the last that anybody waits for, the
 * consent becomes fetched and *all is true: then add the outbox row that stops sharing. */
CHECKED bool consents_fetched(struct arena *arena, struct db *db, const char *document_id,
                              const char *attachment_id, bool *all, struct error *err);

/* A failed fetch: for good (failed, with the reason; *all as above), or to be tried in wait_ms. */
CHECKED bool consents_failed(struct arena *arena, struct db *db, const char *document_id,
                             const char *reason, bool *all, struct error *err);
CHECKED bool consents_fetch_again(struct db *db, const char *document_id, int64_t wait_ms,
                                  const char *reason, struct error *err);

/* Moves a consent along the arrows above; ERROR_CONFLICT when it is not in a state that has one
 * there. reason may be NULL. */
CHECKED bool consents_become(struct arena *arena, struct db *db, const char *id,
                             enum consent_state state, const char *reason, struct error *err);
bool consents_may(enum consent_state from, enum consent_state to);

/* Asked and shared ones past ends_at or expires_at become expired; how many. */
CHECKED bool consents_expire(struct db *db, int64_t *count, struct error *err);

/* How far the postbox's events have been read (Unix seconds; 0: never), kept over restarts. */
CHECKED bool consents_events_read_to(struct arena *arena, struct db *db, int64_t *out,
                                     struct error *err);
CHECKED bool consents_set_events_read_to(struct db *db, int64_t at, struct error *err);

const char *consents_state_name(enum consent_state state);
const char *consents_shared_state_name(enum shared_state state);
