/* receipt_make.h - a receipt as people get it: its pages, what was sent as XML and manifest.json
 * inside, and the agency's signature. Made before the transaction that says "received" (submit.h),
 * so it holds no lock while it is drawn and signed. */
#pragma once

#include "engine/receipt_manifest.h"
#include "engine/receipt_signature.h"
#include "render/pdf_receipt.h"

/* Draws and signs it; the same input gives the same bytes but for the signature.
 *   signature  NULL: it is not signed
 *   page       without audit_head and attachments_inside, which are filled in here
 *   manifest   without head, which is that of the log now
 * Fails as pdf_write and the database do. */
CHECKED bool receipt_make(struct arena *arena, struct db *db,
                          const struct receipt_signature *signature, struct pdf_receipt page,
                          struct receipt_manifest manifest, struct bytes *out, struct error *err);
