/* x509.h - certificates (RFC 5280) as Norwegian organisations have them: whose, by whom, until
 * when, what for, and who vouches for them. OpenSSL behind our errors. Nobody is called, so
 * revocation is not checked: who revokes a certificate has it taken out of the configuration. */
#pragma once

#include "engine/base/crypto.h"

enum {
    X509_MAX_BYTES = 16 * 1024, /* of a certificate in DER */
    X509_MAX_CHAIN = 8,
    X509_SHA1_BYTES = 20,
};

/* One certificate; texts and bytes are in the arena. */
struct x509_certificate {
    struct bytes der;
    const char *name;            /* of the subject: organisation, else common name; may be "" */
    const char *organisation;    /* the Norwegian organisation number it names, or "" */
    const char *issuer;          /* "CN=..., O=..., C=NO": most specific first (RFC 2253) */
    const char *serial;          /* decimal */
    int64_t valid_from, expires; /* Unix seconds */
    int rsa_bits;                /* 0: another kind of key */
    bool may_sign, may_encrypt;  /* by its key usage: digitalSignature or nonRepudiation;
                                  * keyEncipherment. Without that extension: both */
    unsigned char sha1[X509_SHA1_BYTES]; /* of der; for comparing with what others have written */
    struct crypto_sha256 sha256;
};

/* ERROR_INVALID: der is no certificate, or more than one. name: what to call it in messages. */
CHECKED bool x509_read(struct arena *arena, struct bytes der, const char *name,
                       struct x509_certificate *out, struct error *err);

/* All certificates in a PEM file, in its order: at least one, at most X509_MAX_CHAIN. */
CHECKED bool x509_read_pem(struct arena *arena, struct bytes pem, const char *name,
                           struct x509_certificate **out, size_t *count, struct error *err);

/* As PEM, in the arena; its public key, closed by crypto_key_close. */
char *x509_pem(struct arena *arena, const struct x509_certificate *certificate);
CHECKED bool x509_key(const struct x509_certificate *certificate, struct crypto_key **out,
                      struct error *err);

/* A distinguished name in DER as text, as x509_certificate.issuer; "" when it is none. */
const char *x509_name_text(struct arena *arena, struct bytes der);

/* The certificates that are believed, of issuers or of signers themselves. Threads may share it
 * once everything is in it. */
struct x509_trust;
struct x509_trust *x509_trust_open(void);
void x509_trust_close(struct x509_trust **trust);

/* Every certificate in a PEM file; the same again changes nothing. ERROR_INVALID: there is none. */
CHECKED bool x509_trust_add(struct x509_trust *trust, struct bytes pem, const char *name,
                            struct error *err);

/* Checks that a chain leads from the certificate to one that is trusted, and that all of it was
 * valid at that moment (Unix seconds); others are what came along, trusted for nothing.
 * ERROR_DENIED, with OpenSSL's word for what is amiss. trust NULL: nobody. */
CHECKED bool x509_vouched(const struct x509_trust *trust,
                          const struct x509_certificate *certificate,
                          const struct x509_certificate *others, size_t other_count, int64_t at,
                          struct error *err);
