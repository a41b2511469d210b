/* attachment_bytes.h - the bytes of an attachment as a stream: rows of sealed chunks, each checked
 * before any of its bytes are given (security.md S-KEY-3). A chunk that was changed, swapped, left
 * out, put in another order or copied from another document is ERROR_BROKEN.
 *
 *     CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
 *     if (!attachment_bytes_open(db, &attachment, &bytes, err) ||
 *         !attachment_bytes_check(bytes, err))
 *         return false;
 *     struct content content = attachment_bytes_content(bytes); */
#pragma once

#include "engine/base/seal_stream.h"
#include "storage/attachments.h"

struct attachment_bytes; /* used by one thread at a time; holds two chunks of memory */

/* Of one that was read (attachments_find, attachments_of_...). ERROR_MISSING: it has no bytes. db
 * is used until it is closed, or another is set. */
CHECKED bool attachment_bytes_open(struct db *db, const struct attachment *attachment,
                                   struct attachment_bytes **out, struct error *err);
void attachment_bytes_close(struct attachment_bytes **bytes);

/* Goes on with another connection, or with none (NULL) until there is one: for what is read in
 * stretches, as a download is. */
void attachment_bytes_use(struct attachment_bytes *bytes, struct db *db);

/* Valid as long as they are open. */
struct content attachment_bytes_content(struct attachment_bytes *bytes);

/* Reads all of them once: every chunk, and SHA-256 of the whole. ERROR_BROKEN when they are not
 * what was stored: such a document is neither attached, shown nor sent. */
CHECKED bool attachment_bytes_check(struct attachment_bytes *bytes, struct error *err);

/* The same with an answer, for whoever destroys what was changed.
 *   *changed  code ERROR_NONE: they are what was stored. ERROR_BROKEN: something of them was read
 *             and is not, or is gone; the text names the place
 * False when it cannot be known: the disk or the database failed, or the key does not open. */
CHECKED bool attachment_bytes_compare(struct db *db, const struct attachment *attachment,
                                      struct error *changed, struct error *err);

/* For attachments.c. Begun before the row is added, which keeps *head (the writer's); written after
 * it, to `place`, which must live as long as the writer. Content of another size or digest than the
 * attachment's: ERROR_BROKEN. */
struct attachment_bytes_place {
    struct db *db;
    const char *attachment_id;
};
CHECKED bool attachment_bytes_begin(struct attachment_bytes_place *place,
                                    const struct attachment *attachment, struct seal_writer **out,
                                    struct bytes *head, struct error *err);
CHECKED bool attachment_bytes_write(struct seal_writer *writer, const struct attachment *attachment,
                                    const struct content *content, struct error *err);

/* SHA-256 of any content, through a window. */
CHECKED bool attachment_bytes_digest(const struct content *content, struct crypto_sha256 *out,
                                     struct error *err);

/* They are destroyed; the row stays. In a transaction. */
CHECKED bool attachment_bytes_destroy(struct db *db, const char *attachment_id, struct error *err);

/* For whoever deletes the rows next, in one transaction: the bytes of a draft's attachments, of a
 * submission's, or of what came under a consent and was not sent. Deleting the rows takes chunks
 * with them too, but all at once, and then in memory. */
CHECKED bool attachment_bytes_destroy_draft(struct db *db, const char *draft_id, struct error *err);
CHECKED bool attachment_bytes_destroy_submission(struct db *db, const char *submission_id,
                                                 struct error *err);
CHECKED bool attachment_bytes_destroy_consent(struct db *db, const char *consent_id,
                                              struct error *err);
