/* sandbox_pdf_sign.h - puts a signature on a PDF of ours, as an agency's own system would before it
 * sends the letter: an incremental update with a signature field (ISO 32000-2 12.8), detached CMS
 * over everything but the signature itself. For the sandbox and for tests. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* pdf: as render/pdf.h writes it, or from here (then it gets one signature more).
 * ERROR_INVALID: another kind of PDF, or key and certificate do not belong together. */
CHECKED bool sandbox_pdf_sign(struct arena *arena, struct bytes pdf, struct bytes key_pem,
                              struct bytes certificate_pem, int64_t signed_at, struct bytes *out,
                              struct error *err);
