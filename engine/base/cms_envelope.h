/* cms_envelope.h - encrypted packages (CMS EnvelopedData, RFC 5652 6) as Digital post has them:
 * one recipient named by issuer and serial number, RSAES-OAEP with SHA-256 and MGF1 with SHA-256
 * (RFC 4055), AES-256-CBC. The profile's prose says SHA-1; both clients of Digdir and all published
 * packages have SHA-256. */
#pragma once

#include "engine/base/x509.h"

enum { CMS_ENVELOPE_MAX_BYTES = 64 * 1024 * 1024 };

/* Encrypts for the owner of a certificate (PEM, the first in it); *out is DER, in the arena.
 *   at  the moment when the certificate must be valid (Unix seconds)
 * ERROR_UNAVAILABLE: it is not valid then (the register may have another later); ERROR_INVALID: no
 * certificate, or none with an RSA key of 2048 bits or more that is for encrypting;
 * ERROR_LIMIT: too large. */
CHECKED bool cms_envelope_seal(struct arena *arena, struct bytes plain, struct bytes recipient_pem,
                               int64_t at, struct bytes *out, struct error *err);

/* How a package is encrypted, as far as it could be read; texts are in the arena. */
struct cms_envelope {
    const char *issuer, *serial;           /* of the recipient's certificate */
    const char *content_cipher;            /* OpenSSL's name: "AES-256-CBC" */
    const char *oaep_digest, *mask_digest; /* "SHA256"; "" when the key is not sent with OAEP */
    bool is_ber; /* has indefinite lengths, as streaming writers make them */
};

/* Reads DER or BER and decrypts it with a private key (PEM). *facts is filled also when decrypting
 * fails, as far as reading came: texts "" then.
 * ERROR_INVALID: no whole EnvelopedData, bytes behind it, not exactly one recipient named by issuer
 * and serial, another cipher, the key not sent with OAEP, or no key in key_pem. ERROR_DENIED: it is
 * not for this key, or damaged. */
CHECKED bool cms_envelope_open(struct arena *arena, struct bytes cms, struct bytes key_pem,
                               struct cms_envelope *facts, struct bytes *plain, struct error *err);
