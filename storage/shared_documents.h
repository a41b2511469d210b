/* shared_documents.h - documents that a citizen has shared with us from the postbox under a
 * consent: which there are, which the citizen wants in the application, and which have been
 * fetched.
 *
 *   seen ---> wanted ---> fetched ---> deleted   chosen again: unwanted, failed, deleted --->
 * wanted |         |   \---> failed                 seen, wanted ---> gone, when no longer shared
 *     +---> unwanted
 *
 * A document may be wanted for several requirements: it is fetched once, and becomes an attachment
 * of each. So every attachment belongs to one requirement and can be removed without touching
 * another; what a document serves is its list of uses. */
#pragma once

#include "storage/db.h"

enum shared_state {
    SHARED_SEEN,     /* in the postbox's list; the citizen has not chosen */
    SHARED_WANTED,   /* chosen for a requirement; to be fetched */
    SHARED_UNWANTED, /* not chosen, or the choice was taken back */
    SHARED_FETCHED,  /* is an attachment, or several */
    SHARED_FAILED,   /* could not be fetched or was not acceptable; reason says why */
    SHARED_GONE,     /* no longer shared, and not fetched */
    SHARED_DELETED,  /* was fetched; its attachments were removed, or went with the consent */
};

/* A requirement that a document is chosen for. */
struct shared_use {
    const char *requirement;
    const char *attachment_id; /* what it became there; NULL: not here (yet, or any more) */
    const char *submission_id; /* that attachment was sent in; NULL: it was not */
};

struct shared_document {
    const char *id;
    const char *consent_id;
    const char *key;       /* what the postbox client calls it, the same at each look */
    const char *subject;   /* "" when it was not fetched before the consent ended: forgotten */
    const char *file_type; /* "pdf" */
    int64_t size_bytes;
    const char *origin_number; /* organisation; NULL: a private person, or not told */
    const char *origin_name;   /* NULL: not told */
    int64_t delivered_at;      /* to the citizen */
    /* from here on read only */
    enum shared_state state;
    const struct shared_use *uses; /* WANTED, FETCHED and FAILED, in the order they were chosen */
    size_t use_count;
    int64_t attempts;   /* fetches that failed */
    const char *reason; /* "" none */
};

/* Of one consent, in the order they were first seen. */
CHECKED bool shared_documents_list(struct arena *arena, struct db *db, const char *citizen_id,
                                   const char *consent_id, struct shared_document **out,
                                   size_t *count, struct error *err);

/* The citizen's choice for one document: requirements, none for not wanted. Call consents_settle
 * when all choices of a page are made. The same choice again changes nothing.
 * ERROR_MISSING: not this citizen's, or not to be chosen (fetched, gone, consent not shared).
 * ERROR_INVALID: the consent is not for one of these requirements. */
CHECKED bool shared_documents_choose(struct arena *arena, struct db *db, const char *citizen_id,
                                     const char *id, const char *const *requirements, size_t count,
                                     struct error *err);

/* An attachment is removed: the document does not serve that requirement any more, and is deleted
 * when it was the last. For attachments.c. */
CHECKED bool shared_documents_attachment_removed(struct db *db, const char *attachment_id,
                                                 struct error *err);

/* The consent has ended, or everything wanted is here: what was not fetched is gone, what is no
 * attachment any more is deleted, and the titles of what never came here are forgotten. For
 * consents.c. */
CHECKED bool shared_documents_ended(struct db *db, const char *consent_id, struct error *err);

/* --- for the worker, which acts for no citizen ------------------------------------------------ */

/* What the postbox's share state says now. With documents, the consent goes from asked to shared;
 * unknown ones are added (by key), those that vanished are gone, and seen when they come back. The
 * same list again changes nothing, and no list does when the consent is neither asked nor shared.
 * shared_at and expires_at may be 0, not told: access ends when the consent's duration has passed
 * since it was shared, or sooner when the postbox says so. */
CHECKED bool shared_documents_saw(struct arena *arena, struct db *db, const char *consent_id,
                                  int64_t shared_at, int64_t expires_at,
                                  const struct shared_document *documents, size_t count,
                                  struct error *err);

/* The next one to fetch: wanted, of a consent that lets it in and an open draft, due longest. It is
 * held for so long, so that no other worker takes it meanwhile. *found is false when none is due.
 * ERROR_BROKEN: one that does not open; it is held too, so that the next call gets another. */
struct shared_next {
    struct shared_document document;
    const char *citizen_id, *draft_id, *request_uuid;
};
CHECKED bool shared_documents_next(struct arena *arena, struct db *db, int64_t hold_ms,
                                   struct shared_next *out, bool *found, struct error *err);

/* In the transaction that adds the attachments, for each of the document's uses, so that consent is
 * asked for at the moment of use (S-CON-1): ERROR_DENIED when the document is not wanted for that
 * any more or the consent has ended. It is fetched when all its uses are here. */
CHECKED bool shared_documents_fetched(struct db *db, const char *id, const char *requirement,
                                      const char *attachment_id, struct error *err);

/* A fetch that failed: for good, or to be tried again in wait_ms. reason: nothing about a person.
 * Nothing changes when it is not wanted any more. */
CHECKED bool shared_documents_failed(struct db *db, const char *id, const char *reason,
                                     struct error *err);
CHECKED bool shared_documents_again(struct db *db, const char *id, int64_t wait_ms,
                                    const char *reason, struct error *err);

const char *shared_documents_state_name(enum shared_state state);
