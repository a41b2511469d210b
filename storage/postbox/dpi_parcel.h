/* dpi_parcel.h - a letter as it goes to the access point: the sealed package, and the signed
 * document that tells of it. Used by dpi.c only. */
#pragma once

#include "storage/postbox/dpi_call.h"

struct krr_mailbox;

/* Everything is in the arena, or the caller's and outlives it. */
struct dpi_parcel {
    struct dpi *dpi;
    const struct postbox_letter *letter;
    const struct krr_mailbox *mailbox;
    struct bytes package; /* encrypted to the mailbox */
    const char *boundary; /* between the parts of the body */
};

/* Checks the mailbox's certificate (dates, and who vouches for it), packs, signs and encrypts.
 * ERROR_INVALID, ERROR_LIMIT: the letter can never go this way. ERROR_UNAVAILABLE: not with the
 * certificate that the register gave; it may give another. Else as the key fails. */
CHECKED bool dpi_parcel_make(struct dpi *dpi, struct arena *arena,
                             const struct postbox_letter *letter, const struct krr_mailbox *mailbox,
                             struct dpi_parcel *out, struct error *err);

/* For struct dpi_request, with the parcel as context: the document is written and signed for that
 * token, which stands in it and in the header, since corner 2 compares them. */
CHECKED bool dpi_parcel_write(void *parcel, struct arena *arena, const char *token,
                              struct dpi_body *out, struct error *err);
