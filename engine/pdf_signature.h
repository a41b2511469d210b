/* pdf_signature.h - a signature in a PDF (ISO 32000-2 12.8; PAdES, ETSI EN 319 142-1): by whom, and
 * of this file? The file is read in windows, by its bytes alone and not as a PDF: when a signature
 * covers every byte but itself, what the objects mean needs no looking into.
 *
 * BROKEN, so "check failed", is a file
 *   - whose last signature leaves out more than its own <hex> (a later update of the file, a gap,
 *     a hole in another place), or does not fit the bytes that it covers
 *   - where a signature before the last one does not fit the beginning that it covers
 *   - with a /ByteRange that is no two ranges, placeholders that were never filled, or more than
 *     PDF_SIGNATURES_MAX of them.
 * So a file to which something was added after signing is BROKEN even when it is only what makes a
 * signature last (DSS, PAdES-LT), unless a time stamp covers that too.
 *
 * Not seen, so NONE: a signature whose dictionary is not plain text in the file (in an object
 * stream, or with #-codes in its names). It counts as not signed, as if it had been taken out. */
#pragma once

#include "engine/base/content.h"
#include "engine/issuers.h"

enum { PDF_SIGNATURES_MAX = 16 };

enum pdf_signature_outcome {
    PDF_SIGNATURE_NONE,    /* no signature */
    PDF_SIGNATURE_ISSUER,  /* unchanged since it was signed by somebody of the register */
    PDF_SIGNATURE_UNKNOWN, /* signed by somebody we do not know, by a certificate that had expired,
                            * or in a way that is not read (a time stamp): nothing says that it
                            * was changed, and nobody vouches that it was not */
    PDF_SIGNATURE_BROKEN
};

struct pdf_signature {
    enum pdf_signature_outcome outcome;
    const struct issuer *issuer; /* ISSUER, else NULL */
    const char *signer;          /* as the certificate names them: ISSUER and UNKNOWN, may be "" */
    int64_t signed_at;           /* as they say; 0: not said */
    const char *why;             /* UNKNOWN and BROKEN: in English, for the log; else "" */
};

/* Of several signatures the last one counts, since it alone covers the whole file.
 *   issuers     NULL: none are known
 *   existed_at  when the file is known to have been there (delivered by the postbox, else now)
 * False only when the content cannot be read. */
CHECKED bool pdf_signature_check(struct arena *arena, const struct content *content,
                                 const struct issuers *issuers, int64_t existed_at,
                                 struct pdf_signature *out, struct error *err);
