/* receipt_signature.h - the agency's signature on what it gives people: PAdES of level B-B (ETSI
 * EN 319 142-1 6), in an incremental update of the finished PDF (render/pdf_update.h), so every
 * byte before it stays as it is and all of it is covered. In the same update lies the list of the
 * file's parts (receipt_parts.h). */
#pragma once

#include "engine/config.h"

#include "engine/base/cms_signer.h"

/* The agency's key and chain, read once; threads share it. */
struct receipt_signature;

/* name: who signs, as readers of PDF show it. Failures as cms_signer_open. */
CHECKED bool receipt_signature_open(struct bytes key_pem, const char *key_name,
                                    struct bytes chain_pem, const char *chain_name,
                                    const char *name, struct receipt_signature **out,
                                    struct error *err);

/* By the settings receipt_key and receipt_certificate; without them those for DPI, else the
 * agency's of the sandbox, when --sandbox is on and has made it. NULL in *out: there is none, so
 * nothing is signed. *file: the certificate's, in the arena. ERROR_INVALID: one of the two is
 * missing; else as files_read and cms_signer_open. */
CHECKED bool receipt_signature_of(struct arena *arena, const struct config *config,
                                  struct receipt_signature **out, const char **file,
                                  struct error *err);
void receipt_signature_close(struct receipt_signature **signature);

/* Until when the certificate is valid, Unix seconds. */
int64_t receipt_signature_valid_until(const struct receipt_signature *signature);

/* Signs a PDF as render/pdf.h writes it.
 *   signature  NULL: nothing is done, *out is the PDF as it is
 *   reason     why it is signed, one sentence in the PDF's language
 * ERROR_INVALID: no such PDF. */
CHECKED bool receipt_signature_add(struct arena *arena, const struct receipt_signature *signature,
                                   struct bytes pdf, const char *reason, int64_t signed_at,
                                   struct bytes *out, struct error *err);
