/* cms_signer.h - signs with one key and certificate, read once and used by many threads: detached
 * CMS signatures of level CAdES-B (ETSI EN 319 122-1 6.3): SHA-256, the time, the whole chain, and
 * which certificates those are (ESS signing-certificate-v2, RFC 5035) among what is signed. What is
 * written is read by cms.h, too. */
#pragma once

#include "engine/base/crypto.h"

enum { CMS_SIGNER_CHAIN_MAX = 8 };

struct cms_signer;

/* A private key, and the certificate for it with those above it (each issued by the next; the last
 * may leave out its own root). RSA of 2048 bits or more, or P-256, which is a hundred times
 * quicker. ERROR_INVALID with the name of what is wrong: none in PEM form, too weak, they do not
 * belong together, or another order. Closed by cms_signer_close. */
CHECKED bool cms_signer_open(struct bytes key_pem, const char *key_name, struct bytes chain_pem,
                             const char *chain_name, struct cms_signer **out, struct error *err);
void cms_signer_close(struct cms_signer **signer);

/* Bytes that a signature takes at most. */
size_t cms_signer_room(const struct cms_signer *signer);

/* Until when the certificate is valid, Unix seconds. */
int64_t cms_signer_valid_until(const struct cms_signer *signer);

/* Signs the bytes: DER, in the arena. ERROR_BROKEN: OpenSSL could not. */
CHECKED bool cms_signer_sign(struct arena *arena, const struct cms_signer *signer,
                             struct bytes content, int64_t signed_at, struct bytes *out,
                             struct error *err);

/* Whether a signature (DER, and zeros behind it) is such a one to its last byte: each is signed, or
 * could be no other. Where a signature of anybody's may hold bytes that nothing protects (versions,
 * certificates that are not the signer's, unsigned attributes), one of ours has none, so that a
 * byte changed in it always shows: here, or in cms_verify. */
bool cms_signer_is_strict(struct bytes signature);
