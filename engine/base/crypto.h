/* crypto.h - digest, sign, verify, random: OpenSSL 3 EVP behind our errors. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum { CRYPTO_SHA256_BYTES = 32 };

struct crypto_sha256 {
    unsigned char bytes[CRYPTO_SHA256_BYTES];
};

struct crypto_sha256 crypto_sha256(struct bytes bytes);
char *crypto_sha256_hex(struct arena *arena, struct bytes bytes);

/* SHA-256 of what comes in pieces: of all that was added until now, as often as asked. */
struct crypto_running;
struct crypto_running *crypto_running_open(void);
void crypto_running_add(struct crypto_running *running, struct bytes bytes);
struct crypto_sha256 crypto_running_now(const struct crypto_running *running);
void crypto_running_close(struct crypto_running **running);

/* HMAC-SHA-256 (RFC 2104). */
struct crypto_sha256 crypto_hmac(struct bytes key, struct bytes bytes);

/* HKDF-SHA-256 (RFC 5869) of 32 bytes. salt may be empty. */
struct crypto_sha256 crypto_hkdf(struct bytes secret, struct bytes salt, struct bytes purpose);

/* By the names that W3C and ODK forms use: "MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512". False:
 * no such algorithm. The first two protect nothing; they are for comparing with what others have
 * made. *out is in the arena. */
bool crypto_knows_digest(const char *algorithm);
CHECKED bool crypto_digest(struct arena *arena, const char *algorithm, struct bytes bytes,
                           struct bytes *out);
CHECKED bool crypto_hmac_by(struct arena *arena, const char *algorithm, struct bytes key,
                            struct bytes bytes, struct bytes *out);

/* True when equal; the time depends on the sizes only. */
bool crypto_equal(struct bytes a, struct bytes b);

/* Random bytes from RAND_priv_bytes; a generator that fails ends the process. */
void crypto_random(unsigned char *out, size_t size);

/* Random ids: so many bits as base64url (multiple of 8), and a version 4 UUID in lower case. */
char *crypto_random_id(struct arena *arena, size_t bits);
char *crypto_uuid(struct arena *arena);

/* A private key (PEM, PKCS#8) and a certificate or public key (PEM). Closed by crypto_key_close;
 * may be shared by threads. name: what to call it in messages, usually the file. */
struct crypto_key;
CHECKED bool crypto_private_key_open(struct bytes pem, const char *name, struct crypto_key **out,
                                     struct error *err);
CHECKED bool crypto_certificate_open(struct bytes pem, const char *name, struct crypto_key **out,
                                     struct error *err);
void crypto_key_close(struct crypto_key **key);

/* SHA-256 of the certificate's DER form, to pin it by; zeros for a private key. */
struct crypto_sha256 crypto_certificate_fingerprint(const struct crypto_key *certificate);

/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 8.2; prescribed by Digipost, a level 2 deviation of
 * security.md G-3). The signature is in the arena. Key under 2048 bits: ERROR_INVALID. */
CHECKED bool crypto_sign_rs256(struct arena *arena, const struct crypto_key *key,
                               struct bytes message, struct bytes *out, struct error *err);
bool crypto_verify_rs256(const struct crypto_key *certificate, struct bytes message,
                         struct bytes signature);

/* The signatures of JSON tokens (RFC 7518 3.3 to 3.5). A key of another type than the scheme's:
 * ERROR_INVALID, and false. An ES256 signature is 64 bytes, R and S. */
enum crypto_scheme { CRYPTO_RS256, CRYPTO_PS256, CRYPTO_ES256 };
CHECKED bool crypto_sign(struct arena *arena, const struct crypto_key *key,
                         enum crypto_scheme scheme, struct bytes message, struct bytes *out,
                         struct error *err);
bool crypto_verify(const struct crypto_key *key, enum crypto_scheme scheme, struct bytes message,
                   struct bytes signature);

/* Public keys from their numbers, big-endian: RSA of 2048 to 8192 bits with an odd exponent of
 * 65537 or more, and a point of P-256, 32 bytes each. Others: ERROR_INVALID. */
CHECKED bool crypto_rsa_open(struct bytes modulus, struct bytes exponent, struct crypto_key **out,
                             struct error *err);
CHECKED bool crypto_p256_open(struct bytes x, struct bytes y, struct crypto_key **out,
                              struct error *err);

/* The numbers of an RSA key, in the arena; false for another kind of key. */
CHECKED bool crypto_rsa_numbers(struct arena *arena, const struct crypto_key *key,
                                struct bytes *modulus, struct bytes *exponent);

/* A new RSA key of 2048 bits (PEM, PKCS#8), for the sandbox and for tests. name: what it is for. */
struct bytes crypto_make_rsa(struct arena *arena, const char *name);

/* Making one takes a quarter of a second, and tests start the sandbox hundreds of times: from here
 * on the keys of crypto_make_rsa are those of that folder, by their names and how often each was
 * asked for, and are put there when they are not. NULL: each is new. Before other threads; the text
 * is the caller's and outlives it. */
void crypto_reuse_keys(const char *folder);

/* Such a key and a certificate for it, signed by itself (PEM), valid for ten years from now on the
 * system's clock: for the sandbox and for tests, which trust it by name. */
void crypto_make_certificate(struct arena *arena, const char *common_name, struct bytes *key_pem,
                             struct bytes *certificate_pem);

/* The same with a key on the curve P-256, which is quicker to make, valid for ten years from that
 * moment (Unix seconds). */
void crypto_make_signer(struct arena *arena, const char *common_name, int64_t valid_from,
                        struct bytes *key_pem, struct bytes *certificate_pem);

/* Its version, as it calls itself: "OpenSSL 3.0.17 1 Jul 2025". In static memory. */
const char *crypto_library(void);
