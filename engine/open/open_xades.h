/* open_xades.h - the signature of a document package, checked (XAdES-BES in ASiC-E; Digdir,
 * "Dokumentpakke: sikkerhet"): as the profile says, and as clients have written it through the
 * years. Reads with code of its own, not the writer's. */
#pragma once

#include "engine/open/open_signer.h"
#include "engine/open/open_zip.h"

/* What a signature says of a file that it covers. */
struct open_signed_file {
    const struct open_entry *entry;
    const char *id, *mime; /* mime: NULL, when it says none */
};

struct open_signature {
    const char *organisation; /* the signer's number, or "" */
    int64_t signed_at;        /* 0: not said */
    struct open_signed_file *files;
    size_t count;
};

/* Checks META-INF/signatures.xml (the entry given) over the files of the zip, and tells everything
 * that is wrong or odd: algorithms, digests, files that are not covered or covered twice,
 * references that lead elsewhere, the signer. False when it is no signature at all. */
bool open_xades_check(struct open_report *report, const struct open_rules *rules,
                      const struct open_zip *zip, const struct open_entry *signatures,
                      struct open_signature *out);
