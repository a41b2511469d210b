/* sandbox_envelope.h - opens what was encrypted for a mailbox: CMS EnvelopedData as the profile has
 * it (dpi.md, 7; RFC 5652), read with a BER reader of the sandbox's own. */
#pragma once

#include "engine/base/arena.h"

/* NULL: opened; else "rule: what is wrong", in the arena. *out is in the arena.
 *   key_pem, certificate (DER)   the mailbox's, whom it must be for */
const char *sandbox_envelope_open(struct arena *arena, struct bytes sealed, struct bytes key_pem,
                                  struct bytes certificate, struct bytes *out);

/* What XAdES says of a certificate (DER): its number in decimal and who issued it as RFC 2253
 * writes it, "CN=x,O=y,C=NO". False: it is none. */
bool sandbox_envelope_issued(struct arena *arena, struct bytes certificate, const char **serial,
                             const char **issuer);
