#include "engine/base/crypto.h"

#include "engine/base/codec.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

enum { LEAST_RSA_BITS = 2048 };

struct crypto_key {
    EVP_PKEY *key;
    struct crypto_sha256 fingerprint;
};

struct crypto_sha256 crypto_sha256(struct bytes bytes)
{
    struct crypto_sha256 digest;
    if (EVP_Digest(bytes.data ? bytes.data : (const unsigned char *)"", bytes.size, digest.bytes,
                   NULL, EVP_sha256(), NULL) != 1)
        abort(); /* only out of memory or a broken installation */
    return digest;
}

char *crypto_sha256_hex(struct arena *arena, struct bytes bytes)
{
    struct crypto_sha256 digest = crypto_sha256(bytes);
    return codec_hex(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

struct crypto_sha256 crypto_hmac(struct bytes key, struct bytes bytes)
{
    struct crypto_sha256 digest;
    if (!HMAC(EVP_sha256(), key.data, (int)key.size, bytes.data, bytes.size, digest.bytes, NULL))
        abort();
    return digest;
}

bool crypto_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || CRYPTO_memcmp(a.data, b.data, a.size) == 0);
}

void crypto_random(unsigned char *out, size_t size)
{
    if (RAND_priv_bytes(out, (int)size) != 1)
        abort();
}

char *crypto_random_id(struct arena *arena, size_t bits)
{
    unsigned char random[64];
    size_t size = bits / 8;
    if (size > sizeof random)
        abort();
    crypto_random(random, size);
    return codec_base64url(arena, (struct bytes){random, size});
}

char *crypto_uuid(struct arena *arena)
{
    unsigned char u[16];
    crypto_random(u, sizeof u);
    u[6] = (unsigned char)((u[6] & 0x0F) | 0x40);
    u[8] = (unsigned char)((u[8] & 0x3F) | 0x80);
    return arena_printf(arena,
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                        u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
                        u[12], u[13], u[14], u[15]);
}

static bool keep_key(EVP_PKEY *evp, const char *name, struct crypto_key **out, struct error *err)
{
    if (EVP_PKEY_base_id(evp) == EVP_PKEY_RSA && EVP_PKEY_bits(evp) < LEAST_RSA_BITS) {
        int bits = EVP_PKEY_bits(evp);
        EVP_PKEY_free(evp);
        return error_at(err, ERROR_INVALID, name, 0, "an RSA key of %d bits; at least %d", bits,
                        LEAST_RSA_BITS);
    }
    struct crypto_key *key = calloc(1, sizeof *key);
    if (!key)
        abort();
    key->key = evp;
    *out = key;
    return true;
}

/* Never asks anybody for a passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

bool crypto_private_key_open(struct bytes pem, const char *name, struct crypto_key **out,
                             struct error *err)
{
    BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    EVP_PKEY *evp = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
    BIO_free(memory);
    ERR_clear_error();
    if (!evp)
        return error_at(err, ERROR_INVALID, name, 0, "no private key in PEM form without passphrase");
    return keep_key(evp, name, out, err);
}

bool crypto_certificate_open(struct bytes pem, const char *name, struct crypto_key **out,
                             struct error *err)
{
    BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, no_passphrase, NULL);
    BIO_free(memory);
    ERR_clear_error();
    if (!certificate)
        return error_at(err, ERROR_INVALID, name, 0, "no certificate in PEM form");
    EVP_PKEY *evp = X509_get_pubkey(certificate);
    struct crypto_sha256 fingerprint = {0};
    bool digested = X509_digest(certificate, EVP_sha256(), fingerprint.bytes, NULL) == 1;
    X509_free(certificate);
    if (!evp || !digested) {
        EVP_PKEY_free(evp);
        ERR_clear_error();
        return error_at(err, ERROR_INVALID, name, 0, "a certificate whose key cannot be used");
    }
    if (!keep_key(evp, name, out, err))
        return false;
    (*out)->fingerprint = fingerprint;
    return true;
}

void crypto_key_close(struct crypto_key **key)
{
    if (!*key)
        return;
    EVP_PKEY_free((*key)->key);
    free(*key);
    *key = NULL;
}

struct crypto_sha256 crypto_certificate_fingerprint(const struct crypto_key *certificate)
{
    return certificate->fingerprint;
}

bool crypto_sign_rs256(struct arena *arena, const struct crypto_key *key, struct bytes message,
                       struct bytes *out, struct error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = (size_t)EVP_PKEY_size(key->key);
    unsigned char *signature = arena_alloc(arena, size);
    bool signed_well = EVP_PKEY_base_id(key->key) == EVP_PKEY_RSA &&
                       EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->key) == 1 &&
                       EVP_DigestSign(context, signature, &size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!signed_well)
        return error_set(err, ERROR_INVALID, "the key cannot sign with RSA and SHA-256");
    *out = (struct bytes){signature, size};
    return true;
}

bool crypto_verify_rs256(const struct crypto_key *certificate, struct bytes message,
                         struct bytes signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        EVP_PKEY_base_id(certificate->key) == EVP_PKEY_RSA &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, certificate->key) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}
