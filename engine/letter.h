/* letter.h - letters as rows of the outbox, and back. Ids and bytes are made here once, in the
 * transaction of the act; the worker sends what lies there and makes nothing anew (security.md
 * D-3). */
#pragma once

#include "storage/consents.h"
#include "storage/outbox.h"
#include "storage/postbox/postbox.h"
#include "storage/submissions.h"

/* The receipt of a submission with its documents. security_level: 3 or 4 of the form. attachments:
 * as they lie in the database, without "later". */
struct letter_receipt {
    const struct submission *submission;
    bool is_supplement; /* of what was sent afterwards, to that submission */
    struct bytes pdf;
    const char *subject; /* not sensitive: it shows in SMS and e-mail */
    int security_level;
    const char *language; /* as postbox_letter, and the next four too; NULL: "nb" */
    bool wants_opening_receipt;
    int64_t visible_from;
    struct postbox_notice email_notice, sms_notice;
    const struct letter_attachment {
        const char *id, *subject, *file_type;
        struct crypto_sha256 sha256;
        int64_t size_bytes;
    } * attachments;
    size_t attachment_count;
    const struct postbox_link *link; /* where what was promised for later is sent; or NULL */
};
struct delivery letter_order_receipt(struct arena *arena, const struct letter_receipt *receipt);

/* The letter that asks to share documents, in the language of the consent; its main document's uuid
 * is consent->request_uuid. */
struct delivery letter_order_share(struct arena *arena, const struct consent *consent,
                                   struct bytes pdf, const char *subject,
                                   const char *const *organisation_numbers, size_t count);

/* A letter of one document, which is about an evidence request and leads to it, is a certificate
 * that was issued from a submission, or tells what became of one. */
struct letter_own {
    const char *citizen_id;
    const char *language; /* that it is written in; NULL: "nb" */
    int security_level;   /* 3 or 4; 0: two factors of the surest kind */
    const char *subject;
    struct bytes pdf;
};
struct delivery letter_order_evidence(struct arena *arena, const struct letter_own *own,
                                      const char *request_id, const struct postbox_link *link);
struct delivery letter_order_certificate(struct arena *arena, const struct letter_own *own,
                                         const char *submission_id,
                                         const struct postbox_proof *proof);

/* kind: OUTBOX_WITHDRAWAL or OUTBOX_DECISION; link: back to what it is about. */
struct delivery letter_order_about(struct arena *arena, enum outbox_kind kind,
                                   const struct letter_own *own, const char *submission_id,
                                   const struct postbox_link *link);

/* Ends the sharing of a consent: no letter, but as durable as one. */
struct delivery letter_order_stop(struct arena *arena, const struct consent *consent);

/* The letter that a leased delivery is, with all its bytes, for postbox_send and postbox_status.
 * Not for OUTBOX_STOP_SHARING. ERROR_BROKEN: its bytes are not what was stored. */
CHECKED bool letter_of_delivery(struct arena *arena, struct db *db, const struct delivery *delivery,
                                struct postbox_letter *out, struct error *err);
