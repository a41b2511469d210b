/* verify_signature.h - is the file as the agency signed it (receipt_signature.h), to its last byte,
 * and which part is not; and who vouches for the signer. */
#pragma once

#include "engine/base/cms.h"
#include "engine/verify/verify_report.h"

/* Lines for "signature", "signer", and each part that was changed. *signed_at: as the signature
 * says, 0 when there is none that can be read.
 *   trust  NULL: nobody was named */
void verify_signature(struct bytes pdf, const struct cms_trust *trust, struct verify_report *report,
                      int64_t *signed_at);
