/* certificates.h - documents about a citizen that another agency may be given with his yes:
 * certificates that we issued from a submission, and documents that came with one from the postbox
 * and that its form offers for reuse (sk:reuse). They live as long as their submission, and are
 * sealed with its key. */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum {
    CERTIFICATES_MAX_TYPE = 64,   /* characters of a type's word: a-z, 0-9, '-' */
    CERTIFICATES_MAX_TITLE = 200, /* characters: ours, below what the postbox takes */
    CERTIFICATES_LIST_MAX = 100,
};

enum certificate_kind {
    CERTIFICATE_ISSUED,  /* by us: its bytes are here */
    CERTIFICATE_FETCHED, /* by another: its bytes are an attachment's */
};

struct certificate {
    const char *id; /* 128 random bits, base64url */
    const char *citizen_id;
    const char *submission_id; /* what it was decided on, or came with */
    const char *draft_id;      /* that submission's: owner of the key */
    enum certificate_kind kind;
    const char *type; /* the word it is asked for by: "serving-licence" */
    const char *title;
    const char *media_type;
    int64_t size_bytes; /* of what the citizen and the other agency read, byte for byte */
    struct crypto_sha256 sha256;
    const char *issuer_number; /* organisation number */
    const char *issuer_name;
    const char *number;  /* of the certificate itself, for people, or "" */
    int64_t issued_at;   /* FETCHED: when it was delivered to the postbox */
    int64_t valid_until; /* 0: for good */
    /* FETCHED, else NULL and 0 */
    const char *attachment_id;
    const char *document_id; /* what the postbox calls it */
    const char *consent_id;  /* under which it was fetched */
    int64_t fetched_at;
};

/* "serving-licence": lower-case letters, digits and '-', a letter first. */
bool certificates_is_type(const char *word);

/* In the transaction of the act. id is minted by the caller (crypto_random_id 128); content: of one
 * that is ISSUED, whose size and digest are computed here. issue_key: what makes issuing it twice
 * once, of the caller's choice; or NULL. ERROR_CONFLICT: the key, or that attachment with that
 * type, is there already. */
CHECKED bool certificates_add(struct arena *arena, struct db *db,
                              const struct certificate *certificate, struct bytes content,
                              const char *issue_key, struct error *err);

/* The one that was issued with that key; ERROR_MISSING: none. */
CHECKED bool certificates_of_key(struct arena *arena, struct db *db, const char *issue_key,
                                 struct certificate *out, struct error *err);

/* ERROR_MISSING: none of this citizen's. */
CHECKED bool certificates_read(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *id, struct certificate *out, struct error *err);

/* Newest first, at most CERTIFICATES_LIST_MAX. type NULL: all of the citizen's; else those of the
 * type that hold at that time. */
CHECKED bool certificates_list(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *type, int64_t holding_at, struct certificate **out,
                               size_t *count, struct error *err);

/* All of the citizen's, however many. */
CHECKED bool certificates_all(struct arena *arena, struct db *db, const char *citizen_id,
                              struct certificate **out, size_t *count, struct error *err);

/* What came with that submission from another holds no more: it is offered to nobody from then on.
 * Yeses that were given to it stand until they are withdrawn (evidence_requests.h). */
CHECKED bool certificates_end_offers(struct db *db, const char *citizen_id,
                                     const char *submission_id, int64_t now, struct error *err);

/* The bytes of one that we issued; ERROR_MISSING: none of this citizen's, or FETCHED: read its
 * attachment. ERROR_BROKEN: they are not what was stored. */
CHECKED bool certificates_content(struct arena *arena, struct db *db, const char *citizen_id,
                                  const char *id, struct bytes *out, struct error *err);

/* What another agency may read now, and only that: the certificate that the citizen's living yes is
 * for, to this consumer, for this purpose, found by one statement that asks for all of it
 * (S-API-2). content: of one that is ISSUED, else empty; may be NULL. ERROR_MISSING, with the same
 * words: no such request, another's, not answered, no, withdrawn, its time is over. */
CHECKED bool certificates_with_consent(struct arena *arena, struct db *db, const char *consumer,
                                       const char *request_id, int64_t now, struct certificate *out,
                                       struct bytes *content, struct error *err);
