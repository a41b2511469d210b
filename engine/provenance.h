/* provenance.h - where a document comes from, and how sure that is (design.md 8): the verdict that
 * stands with it in the form, on pages and receipt, and in what is sent.
 *
 *   signature in the PDF      from the postbox, sent by   from the postbox, a    uploaded
 *   (pdf_signature.h)         an organisation             person's or untold
 *   by an issuer we know      issuer: the signer          issuer: the signer     issuer: the signer
 *   by somebody else, none    issuer: the sender          unconfirmed            uploaded
 *   broken                    refused                     refused                refused
 *
 * The postbox vouches for the organisation that sent a letter, and what is fetched comes over its
 * signed or pinned answers; so a letter without signature is its sender's, and an unknown signer
 * within it takes nothing away from that. A certificate that says it is not valid any more
 * (proof.h) is refused wherever it comes from. */
#pragma once

#include "engine/issuers.h"
#include "storage/attachments.h"

/* Why a document cannot be attached: ids of messages in the fields' table (about {fil}) and in
 * that of pages. */
#define PROVENANCE_BROKEN "file.signature" /* changed after it was signed */
#define PROVENANCE_EXPIRED "file.expired"  /* a certificate that is not valid any more */
#define PROVENANCE_CHANGED "file.changed"  /* not the bytes that were stored */

/* One of those above. */
bool provenance_is_reason(const char *reason);

/* Decides, before a document is kept.
 *   row       source, media_type, and of one from the postbox issuer_number and issuer_name (the
 *             sender's) and delivered_at. Gets verdict, signer, signed_at, valid_until, and
 *             issuer_number and issuer_name of the signer when it is one we know
 *   *refusal  NULL, or one of the above: it is not to be kept, and row->verdict says FAILED
 * Texts are in the arena or the register's. False only when the content cannot be read. */
CHECKED bool provenance_decide(struct arena *arena, const struct content *content,
                               const struct issuers *issuers, struct attachment *row,
                               const char **refusal, struct error *err);

/* The same question of those that were kept, before they are sent: the bytes of each that is ready
 * are read once, every chunk checked against what was stored, and a certificate must still be
 * valid. One that does not hold is refused in the table (attachments_fail) with a row in the
 * audit, in a transaction of its own.
 *   request_id  for the audit
 *   *refused    how many: the rows are to be read again
 * False when the disk or the database fails, or a key does not open: then nothing is known of the
 * bytes, and nothing is refused. */
CHECKED bool provenance_look_again(struct arena *arena, struct db *db,
                                   const struct attachment *rows, size_t count,
                                   const char *request_id, size_t *refused, struct error *err);
