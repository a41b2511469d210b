/* consents.h - a citizen's consent to documents being fetched from the postbox: what was shown and
 * what came of it (the documents themselves: shared_documents.h). Rules: security.md S-CON-1.
 *
 *   asked ---> shared ---> fetched ---> stopped      asked ---> refused
 *     |          |
 *     +----------+---> expired                       from all but refused ---> withdrawn */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum consent_state {
    CONSENT_ASKED,     /* given here; the share request is on its way, or waits for the citizen */
    CONSENT_SHARED,    /* the citizen shared documents; choosing and fetching goes on */
    CONSENT_FETCHED,   /* every wanted one is here; sharing is to be stopped */
    CONSENT_STOPPED,   /* and has been */
    CONSENT_EXPIRED,   /* time ran out, or the application was sent or deleted first */
    CONSENT_WITHDRAWN, /* by the citizen, here or in the postbox */
    CONSENT_REFUSED,   /* the share request could not be delivered; reason says why */
};

struct consent {
    const char *id;
    const char *citizen_id;
    const char *draft_id;
    const char *form_id;
    const char *language;
    const char *agency_number;  /* who gets the documents */
    const char *purpose;        /* letter for letter as shown, and as sent to the postbox */
    const char *shown_text;     /* everything that was shown before the yes */
    struct crypto_sha256 shown; /* digest of that text */
    const char **requirements;  /* node paths of the upload fields it is for */
    size_t requirement_count;
    const char **issuers;      /* organisation numbers whose documents may be shared */
    size_t issuer_count;       /* 0: anybody's */
    const char *request_uuid;  /* document uuid of the share request; unique */
    int64_t duration_seconds;  /* how long access lasts once shared */
    int64_t given_at, ends_at; /* ends_at: expires even when nothing is ever shared */
    /* from here on read only */
    enum consent_state state;
    int64_t shared_at, expires_at; /* as the postbox says; 0: not yet */
    int64_t changed_at;            /* last change of state */
    const char *reason;            /* "" none */
};

/* In a transaction, with the outbox row of the share request and the audit row. id is minted by the
 * caller (crypto_random_id 128). ERROR_MISSING: no such open draft of this citizen.
 * ERROR_CONFLICT: id or request_uuid is already there. */
CHECKED bool consents_give(struct db *db, const struct consent *consent, struct error *err);

/* ERROR_BROKEN, as for consents_list: the text is not the one whose digest was kept with the yes.
 */
CHECKED bool consents_read(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *id, struct consent *out, struct error *err);

/* Newest first, at most CONSENTS_LIST_MAX. draft_id NULL: all of the citizen's. */
enum { CONSENTS_LIST_MAX = 100 };
CHECKED bool consents_list(struct arena *arena, struct db *db, const char *citizen_id,
                           const char *draft_id, struct consent **out, size_t *count,
                           struct error *err);

/* The same, however many. */
CHECKED bool consents_all(struct arena *arena, struct db *db, const char *citizen_id,
                          const char *draft_id, struct consent **out, size_t *count,
                          struct error *err);

/* The citizen takes it back, also after sharing has stopped: what was to be fetched is not, what
 * the postbox told of documents that never came here is forgotten, and attachments that were
 * fetched under it and not sent are deleted. In a transaction, with the outbox row that stops
 * sharing (unless it has been). ERROR_MISSING: none of this citizen's, or it was refused or
 * withdrawn before. */
CHECKED bool consents_withdraw(struct db *db, const char *citizen_id, const char *id,
                               struct error *err);

/* When the citizen has chosen and everything wanted is here (or failed for good), shared becomes
 * fetched and *settled is true: then add the outbox row that stops sharing, in the same
 * transaction. False: something is still open, or it was settled before. */
CHECKED bool consents_settle(struct arena *arena, struct db *db, const char *id, bool *settled,
                             struct error *err);

/* --- for the worker, which acts for no citizen: its consents come without purpose and shown_text,
 * which are sealed (NULL) ---------------------------------------------------------------------- */

/* Those that wait for something from outside (asked or shared), whose share request is delivered,
 * and that were not looked at for so long; longest not looked at first. They count as looked at. */
CHECKED bool consents_to_look_at(struct arena *arena, struct db *db, int64_t not_for_ms,
                                 size_t most, struct consent **out, size_t *count,
                                 struct error *err);

/* Whether any is asked or shared: else there is nothing to ask the postbox about. */
CHECKED bool consents_are_running(struct arena *arena, struct db *db, bool *out, struct error *err);

/* ERROR_MISSING: no consent has that share request. */
CHECKED bool consents_of_request(struct arena *arena, struct db *db, const char *request_uuid,
                                 struct consent *out, struct error *err);

/* The postbox says that sharing has ended. From asked and shared this is the citizen's withdrawal,
 * with what consents_withdraw does; later it is our own stop: nothing changes, and *changed is
 * false. */
CHECKED bool consents_withdrawn_outside(struct db *db, const char *id, bool *changed,
                                        struct error *err);

/* Moves a consent along the arrows above; ERROR_CONFLICT when it is not in a state that has one
 * there. reason may be NULL. */
CHECKED bool consents_become(struct arena *arena, struct db *db, const char *id,
                             enum consent_state state, const char *reason, struct error *err);
bool consents_may(enum consent_state from, enum consent_state to);

/* In SQL, of consent c at the time $n: it is shared, and its time has not passed. */
#define CONSENTS_LETS_IN(now)                                                                      \
    "c.state = 'shared' AND c.ends_at > " now " AND (c.expires_at = 0 OR c.expires_at > " now ") "

/* Whether documents may be taken under it now: shared, in time, its draft still open. Asked while
 * bytes come in, so that a withdrawal ends that too. A consent that is not there lets nothing in.
 */
CHECKED bool consents_lets_in(struct arena *arena, struct db *db, const char *id, bool *out,
                              struct error *err);

/* Asked and shared ones that are past ends_at or expires_at, or whose draft was sent or deleted,
 * become expired: what was given for an application ends with it. These are *out, at most `most`.
 * In a transaction, with outbox rows that stop sharing. */
CHECKED bool consents_expire(struct arena *arena, struct db *db, size_t most, struct consent **out,
                             size_t *count, struct error *err);

/* How far the postbox's events have been read (Unix seconds; 0: never), kept over restarts. */
CHECKED bool consents_events_read_to(struct arena *arena, struct db *db, int64_t *out,
                                     struct error *err);
CHECKED bool consents_set_events_read_to(struct db *db, int64_t at, struct error *err);

const char *consents_state_name(enum consent_state state);
