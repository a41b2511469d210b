/* sandbox_xades.h - META-INF/signatures.xml of a document package, by the letter of the profile
 * (dpi.md, 6.2): algorithms, what is covered, every digest over its canonical form, the properties,
 * the certificate. With libxml2's canonical XML and code of the sandbox's own. */
#pragma once

#include "engine/sandbox/sandbox_manifest.h"

struct sandbox_xades_signer {
    struct bytes certificate; /* DER */
    struct bytes *others;     /* those behind it */
    size_t other_count;
};

/* NULL: the signature holds, and *out is who made it, whom the caller has to judge; else "rule:
 * what is wrong". now: Unix seconds. */
const char *sandbox_xades_check(struct arena *arena, const struct sandbox_package *package,
                                const struct sandbox_manifest *manifest,
                                const struct sandbox_schemas *schemas, int64_t now,
                                struct sandbox_xades_signer *out);
