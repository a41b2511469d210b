/* evidence_requests.h - another agency's question for a document about somebody, the citizen's
 * answer, and the consent that a yes is. Whoever asks learns nothing before a yes: a request is the
 * same row and the same answer whether or not anybody by that number is known here.
 *
 *   pending ---> given ---> withdrawn      pending ---> refused
 *      |           |
 *      +-----------+---> expired (by the clock alone: nothing has to be written) */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum evidence_state {
    EVIDENCE_PENDING,   /* waits for the citizen, if there is one */
    EVIDENCE_GIVEN,     /* yes: may be read until ends_at */
    EVIDENCE_REFUSED,   /* no */
    EVIDENCE_EXPIRED,   /* nobody answered by expires_at, or the time of the yes is over */
    EVIDENCE_WITHDRAWN, /* the citizen took the yes back */
};

/* The same sentence in the languages of the site, in this order; NULL: not said in that one. The
 * first is always there. */
enum { EVIDENCE_LANGUAGES = 4 };
extern const char *const evidence_languages[EVIDENCE_LANGUAGES]; /* "nb", "nn", "en", "se" */
struct evidence_words {
    const char *in[EVIDENCE_LANGUAGES];
};

struct evidence_request {
    const char *id;                  /* the conversation: 128 random bits, base64url */
    const char *consumer;            /* organisation number of who asks, as its token says */
    const char *type;                /* what for: struct certificate.type */
    const char *requester;           /* who asks, in its own words */
    struct evidence_words purpose;   /* why */
    struct evidence_words procedure; /* in what case or under which law */
    int64_t asked_at, expires_at;
    /* from here on read only */
    const char *citizen_id;     /* NULL: nobody known here, so far */
    enum evidence_state state;  /* as of clock_now() */
    int64_t told_at;            /* when a letter to the citizen was ordered; 0: none */
    int64_t answered_at;        /* 0: not */
    int64_t ends_at;            /* of a yes: until when it may be read; else 0 */
    int64_t ended_at;           /* when it was taken back; 0: not */
    const char *certificate_id; /* of a yes, else NULL */
};

/* In that language, else in the first. */
const char *evidence_say(const struct evidence_words *words, const char *language);

/* The language that evidence_say gives it in. Static. */
const char *evidence_said_in(const struct evidence_words *words, const char *language);

const char *evidence_state_name(enum evidence_state state);

/* --- the agency that asks ----------------------------------------------------------------------
 */

/* How much one agency may ask for, counted alike for those who are known here and those who are
 * not. */
struct evidence_limits {
    int64_t an_hour;             /* requests of this consumer */
    int64_t pending_of_a_person; /* unanswered requests of this consumer about one number */
};

/* Adds a request, or finds it: key is the consumer's own for it. request: all above "read only"; id
 * is minted by the caller. *id is the request's.
 *   pid    whom it is about, 11 digits: only its HMAC is kept
 * ERROR_CONFLICT: the key was used for something else. ERROR_LIMIT: more than *limits. */
CHECKED bool evidence_requests_ask(struct arena *arena, struct db *db,
                                   const struct evidence_request *request, const char *pid,
                                   const char *key, const struct evidence_limits *limits,
                                   const char **id, struct error *err);

/* ERROR_MISSING: none of this consumer's. */
CHECKED bool evidence_requests_of_consumer(struct arena *arena, struct db *db, const char *consumer,
                                           const char *id, struct evidence_request *out,
                                           struct error *err);

/* --- the citizen -------------------------------------------------------------------------------
 */

/* Requests about this person that nobody was known for become the citizen's, and are sealed with
 * his key; they are *out, for the audit. In a transaction. */
CHECKED bool evidence_requests_claim(struct arena *arena, struct db *db, const char *citizen_id,
                                     struct evidence_request **out, size_t *count,
                                     struct error *err);

/* ERROR_MISSING: none of this citizen's. */
CHECKED bool evidence_requests_read(struct arena *arena, struct db *db, const char *citizen_id,
                                    const char *id, struct evidence_request *out,
                                    struct error *err);

/* Newest first, at most EVIDENCE_LIST_MAX. */
enum { EVIDENCE_LIST_MAX = 100 };
CHECKED bool evidence_requests_list(struct arena *arena, struct db *db, const char *citizen_id,
                                    struct evidence_request **out, size_t *count,
                                    struct error *err);

/* All of the citizen's, however many. */
CHECKED bool evidence_requests_all(struct arena *arena, struct db *db, const char *citizen_id,
                                   struct evidence_request **out, size_t *count, struct error *err);

/* Yes: to this certificate, which must be the citizen's, of the type that was asked for, and hold;
 * may be read until ends_at. shown: digest of everything that was shown before the yes. In a
 * transaction, with the audit row. ERROR_MISSING: no such request or certificate of this citizen.
 * ERROR_CONFLICT: it is not pending any more. */
CHECKED bool evidence_requests_give(struct db *db, const char *citizen_id, const char *id,
                                    const char *certificate_id, struct crypto_sha256 shown,
                                    int64_t ends_at, struct error *err);

/* No. The same. */
CHECKED bool evidence_requests_refuse(struct db *db, const char *citizen_id, const char *id,
                                      struct error *err);

/* Takes a yes back: from the moment that this is on disk nothing is read under it. The same, with
 * ERROR_CONFLICT when there is no yes that lasts. */
CHECKED bool evidence_requests_withdraw(struct db *db, const char *citizen_id, const char *id,
                                        struct error *err);

/* --- for the worker, which acts for no citizen --------------------------------------------------
 */

/* Citizens about whom there are requests to be claimed, by id. */
CHECKED bool evidence_requests_unclaimed(struct arena *arena, struct db *db, size_t most,
                                         const char *const **out, size_t *count, struct error *err);

/* Pending ones whose citizen has something to give and has not been written to, longest waiting
 * first. */
CHECKED bool evidence_requests_to_tell(struct arena *arena, struct db *db, size_t most,
                                       struct evidence_request **out, size_t *count,
                                       struct error *err);

/* In the transaction that orders the letter. ERROR_CONFLICT: done before. */
CHECKED bool evidence_requests_told(struct db *db, const char *id, struct error *err);

/* Deletes those that were over before that time, with their letters; *count of them. */
CHECKED bool evidence_requests_forget(struct arena *arena, struct db *db, int64_t over_before,
                                      size_t most, size_t *count, struct error *err);
