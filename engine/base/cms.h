/* cms.h - detached CMS signatures over parts of a document (RFC 5652), as PDFs carry them
 * (ETSI EN 319 142-1; ISO 32000-2 12.8.3.3): OpenSSL behind our errors.
 *
 * What is checked: one signer, whose certificate is in the signature; SHA-256 or stronger; RSA of
 * 2048 bits or more, or an elliptic curve of 224 or more; a key that is for signing; the signature
 * itself; and a chain of valid certificates to one that is trusted. Nobody is called, so revocation
 * is not checked: who revokes a certificate has it taken out of the configuration, and a time stamp
 * in the signature is not read. */
#pragma once

#include "engine/base/content.h"
#include "engine/base/crypto.h"

enum { CMS_MAX_BYTES = 128 * 1024 };

/* Part of a document, in order of signing. */
struct cms_part {
    int64_t at, size;
};

/* The certificates that are believed: of signers, and of those who issue such. Threads may share
 * it once everything is in it. */
struct cms_trust;
struct cms_trust *cms_trust_open(void);
void cms_trust_close(struct cms_trust **trust);

/* One certificate in PEM; the same again changes nothing. *fingerprint: SHA-256 of its DER form.
 * ERROR_INVALID: it is none. */
CHECKED bool cms_trust_add(struct cms_trust *trust, struct bytes pem, const char *name,
                           struct crypto_sha256 *fingerprint, struct error *err);

enum cms_verdict {
    CMS_TRUSTED, /* unchanged, and the signer is vouched for by `anchor` */
    CMS_UNKNOWN, /* unchanged, but nothing trusted vouches for the signer: why says what is amiss */
    CMS_BROKEN   /* the signature is not of these bytes, or it is no whole signature */
};

/* Texts are in the arena; all but verdict and why are as the signer says, and empty when BROKEN. */
struct cms_signature {
    enum cms_verdict verdict;
    const char *why;             /* in English, for the log; "" when TRUSTED */
    const char *name;            /* of the signer's certificate: organisation, else common name */
    const char *organisation;    /* the Norwegian organisation number it names, or "" */
    struct crypto_sha256 anchor; /* TRUSTED: fingerprint of the trusted certificate */
    bool anchor_is_signer;       /* it is the signer's own */
    int64_t signed_at;           /* 0: not said */
};

/* Checks a signature (DER; zeros may follow) of those parts of a document.
 *   trust  NULL: nobody
 *   at     a moment (Unix seconds) when the signature is known to have been there: the certificates
 *       must be valid then, and it must not say that it was made later
 * False only when the document cannot be read. */
CHECKED bool cms_verify(struct arena *arena, struct bytes signature, const struct content *content,
                        const struct cms_part *parts, size_t count, const struct cms_trust *trust,
                        int64_t at, struct cms_signature *out, struct error *err);

/* Makes one with SHA-256, for the sandbox and for tests; the certificate goes with it.
 * ERROR_INVALID: key and certificate are none, or do not belong together. */
CHECKED bool cms_sign(struct arena *arena, const struct content *content,
                      const struct cms_part *parts, size_t count, struct bytes key_pem,
                      struct bytes certificate_pem, int64_t signed_at, struct bytes *out,
                      struct error *err);
