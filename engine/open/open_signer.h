/* open_signer.h - who signed something, and whether to believe it. */
#pragma once

#include "engine/base/x509.h"
#include "engine/open/open_report.h"

/* What a call of `skjema open` was given. */
struct open_rules {
    struct bytes key_pem;           /* to decrypt with; size 0: none */
    const struct x509_trust *trust; /* NULL: nobody is asked who signed */
    int64_t at;                     /* when certificates must be valid (Unix seconds) */
};

/* Tells whose certificate it is, and what is wrong with it: not for signing, not valid then, nobody
 * trusted vouches for it. chain: the signer's first, then what came along. */
void open_signer_tell(struct open_report *report, const char *where, const struct open_rules *rules,
                      const struct x509_certificate *chain, size_t count);
