/* attachments.h - documents that belong to a draft, and later to the submission it became. The
 * bytes lie in the database, so that a row never points at a file that is not there (security.md
 * D-2), and their SHA-256 is checked whenever they are read. */
#pragma once

#include "engine/base/crypto.h"
#include "storage/db.h"

enum attachment_source {
    ATTACHMENT_POSTBOX, /* fetched with consent from the citizen's postbox */
    ATTACHMENT_DISK,    /* uploaded */
    ATTACHMENT_EARLIER, /* copied from something the citizen sent before */
    ATTACHMENT_LATER,   /* promised for later: a row without bytes */
};

struct attachment {
    const char *id;
    const char *citizen_id;
    const char *draft_id;
    const char *submission_id; /* NULL until sent; then it can no longer be changed */
    const char *requirement;   /* node path of the upload field it answers */
    int64_t position;          /* order within the draft, from 1; gaps after removals */
    enum attachment_source source;
    const char *name;       /* label: already made safe by the caller (S-FILE-3) */
    const char *media_type; /* as verified, "application/pdf"; "" for LATER */
    int64_t size_bytes;
    struct crypto_sha256 sha256;
    const char *verdict; /* the caller's word on what was checked; "" none */
    int64_t added_at;
    int64_t expected_by;    /* LATER: promised date (Unix seconds), else 0 */
    const char *promise_id; /* keeps this promise (an attachment LATER of what was sent), or NULL */
    const char *copied_from; /* EARLIER: the attachment it was, which may be gone by now; or NULL */
    /* POSTBOX, or EARLIER from there; else NULL and 0 */
    const char *consent_id;
    const char *document_id;   /* shared_documents row it came from */
    const char *issuer_number; /* organisation number; NULL when it came from a person */
    const char *issuer_name;
    int64_t delivered_at; /* to the citizen's postbox */
    int64_t fetched_at;
};

/* Adds to an open draft; *out gets id, position, size, digest and time. attachment: requirement,
 * source, name, media_type, verdict and what goes with the source; with an id that the caller
 * minted (crypto_random_id 128), it and the digest and time that the caller made of the same bytes
 * are kept. With a promise_id it is laid up to keep a promise of that draft, which was sent.
 * ERROR_MISSING: no such open draft of this citizen, or no such promise that is not kept yet. */
CHECKED bool attachments_add(struct arena *arena, struct db *db, const char *citizen_id,
                             const char *draft_id, const struct attachment *attachment,
                             struct bytes content, struct attachment *out, struct error *err);

/* In order, without bytes. A draft's own also after it was sent, but not what came to keep its
 * promises; that belongs to the submission once it was sent. */
CHECKED bool attachments_of_draft(struct arena *arena, struct db *db, const char *citizen_id,
                                  const char *draft_id, struct attachment **out, size_t *count,
                                  struct error *err);
CHECKED bool attachments_of_submission(struct arena *arena, struct db *db, const char *citizen_id,
                                       const char *submission_id, struct attachment **out,
                                       size_t *count, struct error *err);

/* One with its bytes. ERROR_MISSING: not this citizen's, or without bytes.
 * ERROR_BROKEN: they are not what was stored. */
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
 */
struct attachments_usage {
    int64_t draft_files, draft_bytes, citizen_bytes;
};
CHECKED bool attachments_count(struct arena *arena, struct db *db, const char *citizen_id,
                               const char *draft_id, struct attachments_usage *out,
                               struct error *err);

/* Ties the draft's attachments to its submission; in the transaction that adds it. */
CHECKED bool attachments_freeze(struct db *db, const char *citizen_id, const char *draft_id,
                                const char *submission_id, struct error *err);

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

/* When it is expected, from now on. ERROR_MISSING: no such promise. */
CHECKED bool attachments_expect(struct db *db, const char *citizen_id, const char *promise_id,
                                int64_t expected_by, struct error *err);

/* What is laid up for it belongs to the submission, and the promise is kept; in the transaction
 * that adds the supplement. *count: how many there were. */
CHECKED bool attachments_keep_promise(struct db *db, const char *citizen_id, const char *promise_id,
                                      const char *submission_id, int64_t *count, struct error *err);
