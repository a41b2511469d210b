/* sandbox_seed.h - what lies in the test people's mailboxes before anybody has sent anything: tax
 * returns of two years, three pay slips, a fresh tax certificate and one that is too old, a PDF the
 * person put there. */
#pragma once

#include "engine/sandbox/sandbox_mail.h"

/* Puts in what is not there yet; dates are seen from now. Interrupted, it goes on at the next
 * start. */
CHECKED bool sandbox_seed(struct sandbox_ledger *ledger, struct sandbox_mail *mail,
                          struct error *err);
