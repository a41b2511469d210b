/* sandbox_seed.h - what lies in the test people's mailboxes before anybody has sent anything: tax
 * returns of two years that are signed, three pay slips, a fresh tax certificate and one that is
 * too old, a PDF the person put there; one person has signed documents of each kind instead. */
#pragma once

#include "engine/sandbox/sandbox_mail.h"
#include "engine/sandbox/sandbox_signers.h"

/* Puts in what is not there yet; dates are seen from now. Interrupted, it goes on at the next
 * start. */
CHECKED bool sandbox_seed(struct sandbox_ledger *ledger, struct sandbox_mail *mail,
                          const struct sandbox_signers *signers, struct error *err);
