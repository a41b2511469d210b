#include "engine/base/crypto.h"

#include "engine/base/codec.h"
#include "engine/base/openssl_scope.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_RSA_BITS = 2048 };

struct crypto_key {
    EVP_PKEY *key;
    struct crypto_sha256 fingerprint;
};

/* What OpenSSL looks up by name is looked up once: it costs more than a short digest. */
static pthread_once_t looked_up = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MAC_CTX *hmac; /* by SHA-256, without a key: a copy is made for each use */

static void look_up(void)
{
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256 = EVP_MD_fetch(NULL, name, NULL);
    hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (!sha256 || !hmac || EVP_MAC_CTX_set_params(hmac, parameters) != 1)
        abort(); /* only out of memory or a broken installation */
}

struct crypto_sha256 crypto_sha256(struct bytes bytes)
{
    struct crypto_sha256 digest;
    pthread_once(&looked_up, look_up);
    if (EVP_Digest(bytes.data ? bytes.data : (const unsigned char *)"", bytes.size, digest.bytes,
                   NULL, sha256, NULL) != 1)
        abort();
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
    pthread_once(&looked_up, look_up);
    if (!running || !(running->context = EVP_MD_CTX_new()) ||
        EVP_DigestInit_ex(running->context, sha256, NULL) != 1)
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

/* Of one after the other. */
static struct crypto_sha256 hmac_of(struct bytes key, struct bytes first, struct bytes second)
{
    struct crypto_sha256 digest;
    pthread_once(&looked_up, look_up);
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(hmac);
    const unsigned char *none = (const unsigned char *)"";
    size_t size = 0;
    if (!context || EVP_MAC_init(context, key.size ? key.data : none, key.size, NULL) != 1 ||
        (first.size && EVP_MAC_update(context, first.data, first.size) != 1) ||
        (second.size && EVP_MAC_update(context, second.data, second.size) != 1) ||
        EVP_MAC_final(context, digest.bytes, &size, sizeof digest.bytes) != 1)
        abort();
    EVP_MAC_CTX_free(context); /* wipes its key */
    return digest;
}

struct crypto_sha256 crypto_hmac(struct bytes key, struct bytes bytes)
{
    return hmac_of(key, bytes, (struct bytes){0});
}

struct crypto_sha256 crypto_hkdf(struct bytes secret, struct bytes salt, struct bytes purpose)
{
    const struct bytes first = {(const unsigned char *)"\1", 1};
    struct crypto_sha256 extracted = hmac_of(salt, secret, (struct bytes){0});
    struct crypto_sha256 derived =
        hmac_of((struct bytes){extracted.bytes, sizeof extracted.bytes}, purpose, first);
    OPENSSL_cleanse(&extracted, sizeof extracted);
    return derived;
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

bool crypto_private_key_open(struct bytes pem, const char *name, struct crypto_key **out,
                             struct error *err)
{
    BIO *memory = openssl_memory(pem);
    EVP_PKEY *evp = PEM_read_bio_PrivateKey(memory, NULL, openssl_no_passphrase, NULL);
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
    BIO *memory = openssl_memory(pem);
    X509 *certificate = PEM_read_bio_X509(memory, NULL, openssl_no_passphrase, NULL);
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

/* ---- signatures ---- */

enum { P256_NUMBER_BYTES = 32, P256_DER_MOST = 80 };

/* Whether the key is one for the scheme; P-256 is the only curve that can be opened by numbers, but
 * a private key may come with another. */
static bool fits(const struct crypto_key *key, enum crypto_scheme scheme)
{
    if (scheme != CRYPTO_ES256)
        return EVP_PKEY_base_id(key->key) == EVP_PKEY_RSA;
    char group[32];
    return EVP_PKEY_base_id(key->key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key->key, group, sizeof group, NULL) == 1 &&
           strcmp(group, SN_X9_62_prime256v1) == 0;
}

/* RFC 7518 3.5: the salt is as long as the digest. */
static bool set_padding(EVP_PKEY_CTX *context, enum crypto_scheme scheme)
{
    return scheme != CRYPTO_PS256 ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* OpenSSL's form of an ECDSA signature to R and S (RFC 7518 3.4), and back. */
static bool numbers_of_der(struct arena *arena, const unsigned char *der, size_t size,
                           struct bytes *out)
{
    unsigned char *numbers = arena_alloc(arena, (size_t)2 * P256_NUMBER_BYTES);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    bool good = signature &&
                BN_bn2binpad(ECDSA_SIG_get0_r(signature), numbers, P256_NUMBER_BYTES) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(signature), numbers + P256_NUMBER_BYTES,
                             P256_NUMBER_BYTES) > 0;
    ECDSA_SIG_free(signature);
    *out = (struct bytes){numbers, (size_t)2 * P256_NUMBER_BYTES};
    return good;
}

static size_t der_of_numbers(struct bytes numbers, unsigned char out[P256_DER_MOST])
{
    if (numbers.size != (size_t)2 * P256_NUMBER_BYTES)
        return 0;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers.data, P256_NUMBER_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(numbers.data + P256_NUMBER_BYTES, P256_NUMBER_BYTES, NULL);
    if (!signature || !r || !s || ECDSA_SIG_set0(signature, r, s) != 1)
        abort(); /* only out of memory */
    int size = i2d_ECDSA_SIG(signature, NULL);
    if (size > 0 && size <= P256_DER_MOST)
        i2d_ECDSA_SIG(signature, &out);
    ECDSA_SIG_free(signature);
    return size > 0 && size <= P256_DER_MOST ? (size_t)size : 0;
}

bool crypto_sign(struct arena *arena, const struct crypto_key *key, enum crypto_scheme scheme,
                 struct bytes message, struct bytes *out, struct error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key;
    size_t size = (size_t)EVP_PKEY_size(key->key);
    unsigned char *signature = arena_alloc(arena, size);
    bool good = fits(key, scheme) &&
                EVP_DigestSignInit(context, &of_key, EVP_sha256(), NULL, key->key) == 1 &&
                set_padding(of_key, scheme) &&
                EVP_DigestSign(context, signature, &size, message.data, message.size) == 1;
    struct bytes made = {signature, size};
    if (good && scheme == CRYPTO_ES256)
        good = numbers_of_der(arena, signature, size, &made);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!good)
        return error_set(err, ERROR_INVALID, "the key cannot sign so: it is of another kind");
    *out = made;
    return true;
}

bool crypto_verify(const struct crypto_key *key, enum crypto_scheme scheme, struct bytes message,
                   struct bytes signature)
{
    unsigned char der[P256_DER_MOST];
    if (!fits(key, scheme))
        return false;
    if (scheme == CRYPTO_ES256)
        signature = (struct bytes){der, der_of_numbers(signature, der)};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key;
    bool good =
        signature.size &&
        EVP_DigestVerifyInit(context, &of_key, EVP_sha256(), NULL, key->key) == 1 &&
        set_padding(of_key, scheme) &&
        EVP_DigestVerify(context, signature.data, signature.size, message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

bool crypto_sign_rs256(struct arena *arena, const struct crypto_key *key, struct bytes message,
                       struct bytes *out, struct error *err)
{
    return crypto_sign(arena, key, CRYPTO_RS256, message, out, err);
}

bool crypto_verify_rs256(const struct crypto_key *certificate, struct bytes message,
                         struct bytes signature)
{
    return crypto_verify(certificate, CRYPTO_RS256, message, signature);
}

/* ---- public keys from their numbers ---- */

/* Takes over what was built; NULL when the numbers are no key. */
static EVP_PKEY *make_public(const char *kind, OSSL_PARAM_BLD *builder)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *numbers = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (!numbers || !context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, numbers) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(numbers);
    OSSL_PARAM_BLD_free(builder);
    ERR_clear_error();
    return key;
}

bool crypto_rsa_open(struct bytes modulus, struct bytes exponent, struct crypto_key **out,
                     struct error *err)
{
    enum { MOST_BITS = 8192, LEAST_EXPONENT = 65537, EXPONENT_MOST_BYTES = 8 };
    if (modulus.size > MOST_BITS / 8 || exponent.size > EXPONENT_MOST_BYTES)
        return error_set(err, ERROR_INVALID, "an RSA key of more than %d bits", MOST_BITS);
    BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
    BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.size, NULL);
    bool good = n && e && BN_num_bits(n) >= LEAST_RSA_BITS && BN_is_odd(n) && BN_is_odd(e) &&
                BN_get_word(e) >= LEAST_EXPONENT;
    OSSL_PARAM_BLD *builder = good ? OSSL_PARAM_BLD_new() : NULL;
    EVP_PKEY *key = NULL;
    if (builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        key = make_public("RSA", builder);
    BN_free(n);
    BN_free(e);
    if (!key)
        return error_set(err, ERROR_INVALID, "an RSA key that is too small, or none at all");
    return keep_key(key, "RSA key", out, err);
}

bool crypto_p256_open(struct bytes x, struct bytes y, struct crypto_key **out, struct error *err)
{
    unsigned char point[1 + 2 * P256_NUMBER_BYTES] = {POINT_CONVERSION_UNCOMPRESSED};
    if (x.size != P256_NUMBER_BYTES || y.size != P256_NUMBER_BYTES)
        return error_set(err, ERROR_INVALID, "a point that is not of P-256");
    memcpy(point + 1, x.data, P256_NUMBER_BYTES);
    memcpy(point + 1 + P256_NUMBER_BYTES, y.data, P256_NUMBER_BYTES);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1,
                                        0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) ==
            1)
        key = make_public("EC", builder);
    if (!key)
        return error_set(err, ERROR_INVALID, "a point that is not on P-256");
    return keep_key(key, "EC key", out, err);
}

static bool take_number(struct arena *arena, const struct crypto_key *key, const char *name,
                        struct bytes *out)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key->key, name, &number) != 1)
        return false;
    unsigned char *bytes = arena_alloc(arena, (size_t)BN_num_bytes(number));
    *out = (struct bytes){bytes, (size_t)BN_bn2bin(number, bytes)};
    BN_free(number);
    return true;
}

bool crypto_rsa_numbers(struct arena *arena, const struct crypto_key *key, struct bytes *modulus,
                        struct bytes *exponent)
{
    return EVP_PKEY_base_id(key->key) == EVP_PKEY_RSA &&
           take_number(arena, key, OSSL_PKEY_PARAM_RSA_N, modulus) &&
           take_number(arena, key, OSSL_PKEY_PARAM_RSA_E, exponent);
}

/* ---- certificates for trying out ---- */

/* Fills in a new certificate for the key; 1 when all of it worked, as OpenSSL counts. */
static int describe(X509 *certificate, EVP_PKEY *key, const char *common_name, time_t valid_from)
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
           X509_time_adj(X509_getm_notBefore(certificate), 0, &valid_from) &&
           X509_time_adj(X509_getm_notAfter(certificate), TEN_YEARS_S, &valid_from) &&
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

/* Takes the key over. */
static void make_certificate(struct arena *arena, EVP_PKEY *key, const char *common_name,
                             time_t valid_from, struct bytes *key_pem,
                             struct bytes *certificate_pem)
{
    X509 *certificate = X509_new();
    BIO *key_text = BIO_new(BIO_s_mem()), *certificate_text = BIO_new(BIO_s_mem());
    if (!key || !certificate || describe(certificate, key, common_name, valid_from) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_X509(certificate_text, certificate) != 1)
        abort(); /* only out of memory or a broken installation */
    *key_pem = take_bytes(arena, key_text);
    *certificate_pem = take_bytes(arena, certificate_text);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* ---- keys that are used again ---- */

static const char *spare_folder;

void crypto_reuse_keys(const char *folder)
{
    spare_folder = folder;
}

/* "<folder>/<digest of the name>-<how often it was asked for>.pem" */
static const char *spare_path(struct arena *arena, const char *name)
{
    enum { MOST_NAMES = 64 };
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct crypto_sha256 names[MOST_NAMES];
    static int counts[MOST_NAMES];
    struct crypto_sha256 digest = crypto_sha256(BYTES_OF(name));
    int at = 0, count = 0;
    pthread_mutex_lock(&lock);
    while (at < MOST_NAMES && counts[at] &&
           memcmp(names[at].bytes, digest.bytes, sizeof digest.bytes) != 0)
        at++;
    if (at < MOST_NAMES) {
        names[at] = digest;
        count = ++counts[at];
    }
    pthread_mutex_unlock(&lock);
    if (!count)
        return NULL;
    const struct bytes start = {digest.bytes, 8};
    return arena_printf(arena, "%s/%s-%d.pem", spare_folder, codec_hex(arena, start), count);
}

static EVP_PKEY *read_spare(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return key;
}

/* Whole or not at all, whoever else does it; that it cannot be kept does not matter. */
static void keep_spare(struct arena *arena, const char *path, EVP_PKEY *key)
{
    const char *made = arena_printf(arena, "%s.%d", path, (int)getpid());
    FILE *file = fopen(made, "we");
    if (!file)
        return;
    bool good = PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    good = fclose(file) == 0 && good;
    if (!good || rename(made, path) != 0)
        remove(made);
}

static EVP_PKEY *make_rsa(struct arena *arena, const char *name)
{
    const char *path = spare_folder ? spare_path(arena, name) : NULL;
    EVP_PKEY *key = path ? read_spare(path) : NULL;
    if (key)
        return key;
    key = EVP_RSA_gen(LEAST_RSA_BITS);
    if (key && path)
        keep_spare(arena, path, key);
    return key;
}

struct bytes crypto_make_rsa(struct arena *arena, const char *name)
{
    EVP_PKEY *key = make_rsa(arena, name);
    BIO *text = BIO_new(BIO_s_mem());
    if (!key || PEM_write_bio_PKCS8PrivateKey(text, key, NULL, NULL, 0, NULL, NULL) != 1)
        abort(); /* as above */
    EVP_PKEY_free(key);
    return take_bytes(arena, text);
}

void crypto_make_certificate(struct arena *arena, const char *common_name, struct bytes *key_pem,
                             struct bytes *certificate_pem)
{
    make_certificate(arena, make_rsa(arena, common_name), common_name, time(NULL), key_pem,
                     certificate_pem);
}

void crypto_make_signer(struct arena *arena, const char *common_name, int64_t valid_from,
                        struct bytes *key_pem, struct bytes *certificate_pem)
{
    make_certificate(arena, EVP_EC_gen("P-256"), common_name, (time_t)valid_from, key_pem,
                     certificate_pem);
}

const char *crypto_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
