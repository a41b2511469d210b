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

struct crypto_running {
    EVP_MD_CTX *context;
};

struct crypto_running *crypto_running_open(void)
{
    struct crypto_running *running = calloc(1, sizeof *running);
    if (!running || !(running->context = EVP_MD_CTX_new()) ||
        EVP_DigestInit_ex(running->context, EVP_sha256(), NULL) != 1)
        abort();
    return running;
}

void crypto_running_add(struct crypto_running *running, struct bytes bytes)
{
    if (bytes.size && EVP_DigestUpdate(running->context, bytes.data, bytes.size) != 1)
        abort();
}

struct crypto_sha256 crypto_running_now(const struct crypto_running *running)
{
    struct crypto_sha256 digest;
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (!copy || EVP_MD_CTX_copy_ex(copy, running->context) != 1 ||
        EVP_DigestFinal_ex(copy, digest.bytes, NULL) != 1)
        abort();
    EVP_MD_CTX_free(copy);
    return digest;
}

void crypto_running_close(struct crypto_running **running)
{
    if (!*running)
        return;
    EVP_MD_CTX_free((*running)->context);
    free(*running);
    *running = NULL;
}

struct crypto_sha256 crypto_hmac(struct bytes key, struct bytes bytes)
{
    struct crypto_sha256 digest;
    const unsigned char *none = (const unsigned char *)"";
    if (!HMAC(EVP_sha256(), key.size ? key.data : none, (int)key.size,
              bytes.size ? bytes.data : none, bytes.size, digest.bytes, NULL))
        abort();
    return digest;
}

/* NULL when there is none of that name. */
static const EVP_MD *digest_of(const char *algorithm)
{
    static const struct {
        const char *name;
        const EVP_MD *(*get)(void);
    } digests[] = {{"MD5", EVP_md5},
                   {"SHA-1", EVP_sha1},
                   {"SHA-256", EVP_sha256},
                   {"SHA-384", EVP_sha384},
                   {"SHA-512", EVP_sha512}};
    for (size_t i = 0; i < COUNT(digests); i++)
        if (strcmp(digests[i].name, algorithm) == 0)
            return digests[i].get();
    return NULL;
}

bool crypto_knows_digest(const char *algorithm)
{
    return digest_of(algorithm) != NULL;
}

bool crypto_digest(struct arena *arena, const char *algorithm, struct bytes bytes,
                   struct bytes *out)
{
    const EVP_MD *digest = digest_of(algorithm);
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size;
    if (!digest || EVP_Digest(bytes.data ? bytes.data : (const unsigned char *)"", bytes.size,
                              value, &size, digest, NULL) != 1)
        return false;
    *out = arena_bytes(arena, (struct bytes){value, size});
    return true;
}

bool crypto_hmac_by(struct arena *arena, const char *algorithm, struct bytes key,
                    struct bytes bytes, struct bytes *out)
{
    const EVP_MD *digest = digest_of(algorithm);
    const unsigned char *none = (const unsigned char *)"";
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size;
    if (!digest || !HMAC(digest, key.size ? key.data : none, (int)key.size,
                         bytes.size ? bytes.data : none, bytes.size, value, &size))
        return false;
    *out = arena_bytes(arena, (struct bytes){value, size});
    return true;
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
    return arena_printf(
        arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
        u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
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

static BIO *read_pem(struct bytes pem)
{
    BIO *memory = BIO_new_mem_buf(pem.size ? pem.data : (const void *)"", (int)pem.size);
    if (!memory)
        abort();
    return memory;
}

bool crypto_private_key_open(struct bytes pem, const char *name, struct crypto_key **out,
                             struct error *err)
{
    BIO *memory = read_pem(pem);
    EVP_PKEY *evp = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
    BIO_free(memory);
    ERR_clear_error();
    if (!evp)
        return error_at(err, ERROR_INVALID, name, 0,
                        "no private key in PEM form without passphrase");
    return keep_key(evp, name, out, err);
}

bool crypto_certificate_open(struct bytes pem, const char *name, struct crypto_key **out,
                             struct error *err)
{
    BIO *memory = read_pem(pem);
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

/* Fills in a new certificate for the key; 1 when all of it worked, as OpenSSL counts. */
static int describe(X509 *certificate, EVP_PKEY *key, const char *common_name)
{
    enum { TEN_YEARS_S = 10 * 365 * 24 * 3600 };
    unsigned char serial[8];
    crypto_random(serial, sizeof serial);
    int64_t number;
    memcpy(&number, serial, sizeof number);
    X509_NAME *name = X509_get_subject_name(certificate);
    const unsigned char *text = (const unsigned char *)common_name;
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), number & INT64_MAX) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), 0) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), TEN_YEARS_S) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, EVP_sha256()) > 0;
}

static struct bytes take_bytes(struct arena *arena, BIO *memory)
{
    char *data;
    long size = BIO_get_mem_data(memory, &data);
    struct bytes copy =
        arena_bytes(arena, (struct bytes){(const unsigned char *)data, (size_t)size});
    BIO_free(memory);
    return copy;
}

void crypto_make_certificate(struct arena *arena, const char *common_name, struct bytes *key_pem,
                             struct bytes *certificate_pem)
{
    EVP_PKEY *key = EVP_RSA_gen(LEAST_RSA_BITS);
    X509 *certificate = X509_new();
    BIO *key_text = BIO_new(BIO_s_mem()), *certificate_text = BIO_new(BIO_s_mem());
    if (!key || !certificate || describe(certificate, key, common_name) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_X509(certificate_text, certificate) != 1)
        abort(); /* only out of memory or a broken installation */
    *key_pem = take_bytes(arena, key_text);
    *certificate_pem = take_bytes(arena, certificate_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
