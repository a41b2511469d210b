/* asice_xades.h - the signature of a document package: XAdES-BES, detached, over every file (ETSI
 * TS 101 903, 102 918; Digdir, "Dokumentpakke: sikkerhet"). RSA with SHA-256, inclusive canonical
 * XML 1.0, the certificate's digest in SHA-1: all as the profile says. */
#pragma once

#include "storage/postbox/asice_manifest.h"

/* META-INF/signatures.xml over those files, in their order. ERROR_INVALID: key and certificate do
 * not belong together, or there is none. */
CHECKED bool asice_xades_write(struct arena *arena, const struct asice_file *files, size_t count,
                               const struct asice_signer *signer, struct bytes *out,
                               struct error *err);
