/* attachments.h - documents that belong to a draft, and later to the submission it became. Their
 * bytes lie in the database as sealed chunks, so that a row never points at a file that is not
 * there (security.md D-2), and are written and read as streams, never held whole
 * (attachment_bytes.h). */
#pragma once

#include "engine/base/content.h"
#include "engine/base/crypto.h"
#include "storage/db.h"

enum attachment_source {
    ATTACHMENT_POSTBOX, /* fetched with consent from the citizen's postbox */
    ATTACHMENT_DISK,    /* uploaded */
    ATTACHMENT_EARLIER, /* copied from something the citizen sent before */
    ATTACHMENT_LATER,   /* promised for later: a row without bytes */
};

/* Of the virus check (attachment_checks.h). A draft with one that is being checked or held cannot
 * be sent. One that was refused is no longer part of it, and its bytes are gone: the row tells why,
 * until the person takes it away. */
enum attachment_state {
    ATTACHMENT_READY,
    ATTACHMENT_CHECKING,
    ATTACHMENT_HELD, /* the check could not be made: it is tried again */
    ATTACHMENT_REFUSED,
};

/* What is known of where it comes from (design.md 8; engine/provenance.h decides). */
enum attachment_verdict {
    ATTACHMENT_UPLOADED,    /* by the citizen: nothing more is known */
    ATTACHMENT_ISSUER,      /* came from the issuer unchanged */
    ATTACHMENT_UNCONFIRMED, /* its origin is not confirmed */
    ATTACHMENT_FAILED,      /* the check failed: cannot be attached */
};

struct attachment {
    const char *id;
    const char *citizen_id;
    const char *draft_id;
    const char *submission_id; /* NULL until sent; then it can no longer be changed */
    const char *requirement;   /* node path of the upload field it answers */
    int64_t position;          /* order within the draft, from 1; gaps after removals */
    enum attachment_source source;
    enum attachment_state state;
    const char *reason;  /* of HELD and REFUSED: a message's id, "file.virus"; else "" or NULL */
    bool active_content; /* it may do something when opened (intake.h) */
    enum attachment_verdict verdict;
    const char *name;       /* label: already made safe by the caller (S-FILE-3); sealed */
    const char *media_type; /* as verified, "application/pdf"; "" for LATER */
    int64_t size_bytes;
    struct crypto_sha256 sha256;
    int64_t added_at;
    int64_t expected_by;    /* LATER: promised date (Unix seconds), else 0 */
    const char *promise_id; /* keeps this promise (an attachment LATER of what was sent), or NULL */
    const char *copied_from; /* EARLIER: the attachment it was, which may be gone by now; or NULL */
    /* POSTBOX; else NULL */
    const char *consent_id;
    const char *document_id; /* shared_documents row it came from */
    /* POSTBOX, or EARLIER from there; else NULL and 0 */
    const char *issuer_number; /* organisation number; NULL when it came from a person */
    const char *issuer_name;   /* sealed */
    int64_t delivered_at;      /* to the citizen's postbox */
    int64_t fetched_at;        /* EARLIER: when it first came here, from wherever */
    /* of a signature or proof that was verified; else NULL and 0 */
    const char *signer; /* sealed */
    int64_t signed_at;
    int64_t valid_until;
};

/* The word that is kept and told: "uploaded", "issuer", "unconfirmed", "failed". Static. */
const char *attachments_verdict_word(enum attachment_verdict verdict);

/* Adds to an open draft; *out gets id, position, size, digest and time. attachment: requirement,
 * source, state, verdict, name, media_type and what goes with the source. content: NULL for LATER.
 * With an id that the caller minted (crypto_random_id 128), its digest and time are the caller's
 * too, and content with another digest is ERROR_BROKEN. With a promise_id it is laid up to keep a
 * promise of that draft, which was sent. ERROR_MISSING: no such open draft of this citizen, or no
 * such promise that is not kept yet. ERROR_CONFLICT: this document serves that requirement. */
CHECKED bool attachments_add(struct arena *arena, struct db *db, const char *citizen_id,
                             const char *draft_id, const struct attachment *attachment,
                             const struct content *content, struct attachment *out,
                             struct error *err);

/* In order, without bytes. A draft's own also after it was sent, but not what came to keep its
 * promises; that belongs to the submission once it was sent. */
CHECKED bool attachments_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                                  const char *draft_id, struct attachment **out, size_t *count,
                                  struct error *err);
CHECKED bool attachments_of_submission(struct arena *arena, struct db *db, const char *citizen_id,
                                       const char *submission_id, struct attachment **out,
                                       size_t *count, struct error *err);

/* One with its bytes in the arena, checked: what is small, or bounded otherwise (a letter).
 * ERROR_MISSING: not this citizen's, or without bytes. ERROR_LIMIT: more than
 * ATTACHMENTS_WHOLE_MAX. ERROR_BROKEN: they are not what was stored. As a stream:
 * attachment_bytes.h. */
enum { ATTACHMENTS_WHOLE_MAX = 256 * 1024 * 1024 };
CHECKED bool attachments_read(struct arena *arena, struct db *db, const char *citizen_id,
                              const char *id, struct attachment *out, struct bytes *content,
                              struct error *err);

/* Belongs to another field from now on; of an open draft only, ERROR_MISSING otherwise. */
CHECKED bool attachments_require(struct db *db, const char *citizen_id, const char *id,
                                 const char *requirement, struct error *err);

/* From an open draft, or what is laid up for a promise; ERROR_MISSING otherwise. */
CHECKED bool attachments_remove(struct db *db, const char *citizen_id, const char *id,
                                struct error *err);

/* Before an upload is taken: files and bytes of this draft that were not sent, and bytes of all the
 * citizen's that were not (S-FILE-2). Of a draft that was sent: what is laid up for its promises.
 * What was refused does not count. */
struct attachments_usage {
    int64_t draft_files, draft_bytes, citizen_bytes;
};
CHECKED bool attachments_count(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *draft_id, struct attachments_usage *out,
                               struct error *err);

/* Ties the draft's attachments to its submission; in the transaction that adds it. Those that are
 * not ready stay behind. */
CHECKED bool attachments_freeze(struct db *db, const char *citizen_id, const char *draft_id,
                                const char *submission_id, struct error *err);

/* What the virus check said of one that is CHECKING or HELD; in the transaction of
 * attachment_checks.c. Refused: its bytes are destroyed. *changed: false when it is gone. */
CHECKED bool attachments_checked(struct db *db, const char *id, enum attachment_state state,
                                 const char *reason, bool *changed, struct error *err);

/* One of what was not sent yet, and READY, does not hold any more (engine/provenance.h): it is
 * REFUSED for that reason, its verdict is FAILED, and its bytes are destroyed. In the caller's
 * transaction. *changed: false when it is gone, was sent, or is not ready. */
CHECKED bool attachments_fail(struct db *db, const char *citizen_id, const char *id,
                              const char *reason, bool *changed, struct error *err);

/* ---- used again: documents of what was sent ---- */

/* Of what this citizen has sent and is still kept at that time, newest first, without bytes: those
 * that may be used again, so neither promises nor what failed a check. At most
 * ATTACHMENTS_SENT_MAX. */
enum { ATTACHMENTS_SENT_MAX = 200 };
CHECKED bool attachments_sent(struct arena *arena, struct db *db, const char *citizen_id,
                              int64_t now, struct attachment **out, size_t *count,
                              struct error *err);

/* Whether there are any. */
CHECKED bool attachments_has_sent(struct arena *arena, struct db *db, const char *citizen_id,
                                  int64_t now, bool *out, struct error *err);

/* What such a one becomes in another draft, for attachments_add: the chain of its origin and the
 * verdict are kept, the consent stays with what was sent under it. Requirement and state are the
 * caller's to set. */
struct attachment attachments_again(const struct attachment *sent);

/* ---- promises: attachments LATER of what was sent ---- */

/* One row, without bytes: a promise, or anything else. ERROR_MISSING: not this citizen's. */
CHECKED bool attachments_find(struct arena *arena, struct db *db, const char *citizen_id,
                              const char *id, struct attachment *out, struct error *err);

/* Those not kept yet, the one expected first on top; at most ATTACHMENTS_PROMISED_MAX. */
enum { ATTACHMENTS_PROMISED_MAX = 200 };
CHECKED bool attachments_promised(struct arena *arena, struct db *db, const char *citizen_id,
                                  struct attachment **out, size_t *count, struct error *err);

/* What is laid up to keep it, or, once it was sent, what kept it. In order. */
CHECKED bool attachments_of_promise(struct arena *arena, struct db *db, const char *citizen_id,
                                    const char *promise_id, struct attachment **out, size_t *count,
                                    struct error *err);

/* What is laid up for promises of what was sent, and not sent yet. In the order it came. */
CHECKED bool attachments_laid_up(struct arena *arena, struct db *db, const char *citizen_id,
                                 const char *submission_id, struct attachment **out, size_t *count,
                                 struct error *err);

/* When it is expected, from now on. ERROR_MISSING: no such promise. */
CHECKED bool attachments_expect(struct db *db, const char *citizen_id, const char *promise_id,
                                int64_t expected_by, struct error *err);

/* What is laid up for it belongs to the submission, and the promise is kept; in the transaction
 * that adds the supplement. *count: how many there were. */
CHECKED bool attachments_keep_promise(struct db *db, const char *citizen_id, const char *promise_id,
                                      const char *submission_id, int64_t *count, struct error *err);
