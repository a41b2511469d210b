#include "engine/base/cms_signer.h"

#include "engine/base/openssl_scope.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

enum {
    LEAST_RSA_BITS = 2048,
    SPARE_BYTES = 16,       /* an ECDSA signature is a few bytes longer or shorter, as it falls */
    MAX_BYTES = 128 * 1024, /* of a signature that is looked at */
};

struct cms_signer {
    EVP_PKEY *key;
    STACK_OF(X509) * chain; /* the signer's own first */
    unsigned char *names;   /* signing-certificate-v2, DER */
    int names_size;
    size_t room;
    int64_t valid_until;
};

/* ---- reading key and chain ---- */

static bool read_key(struct cms_signer *signer, struct bytes pem, const char *name,
                     struct error *err)
{
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(pem);
    signer->key = PEM_read_bio_PrivateKey(memory, NULL, openssl_no_passphrase, NULL);
    ERR_clear_error();
    if (!signer->key)
        return error_at(err, ERROR_INVALID, name, 0, "no private key in PEM form");
    int kind = EVP_PKEY_get_base_id(signer->key), bits = EVP_PKEY_get_bits(signer->key);
    if ((kind == EVP_PKEY_RSA && bits >= LEAST_RSA_BITS) || (kind == EVP_PKEY_EC && bits == 256))
        return true;
    return error_at(err, ERROR_INVALID, name, 0,
                    "the key must be RSA of %d bits or more, or on the curve P-256",
                    LEAST_RSA_BITS);
}

static bool read_chain(struct cms_signer *signer, struct bytes pem, const char *name,
                       struct error *err)
{
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(pem);
    signer->chain = sk_X509_new_null();
    for (X509 *one; (one = PEM_read_bio_X509(memory, NULL, openssl_no_passphrase, NULL)) != NULL;)
        if (!sk_X509_push(signer->chain, one))
            abort();
    ERR_clear_error();
    int count = sk_X509_num(signer->chain);
    if (count == 0 || count > CMS_SIGNER_CHAIN_MAX)
        return error_at(err, ERROR_INVALID, name, 0,
                        "one to %d certificates in PEM form are wanted", CMS_SIGNER_CHAIN_MAX);
    for (int i = 0; i + 1 < count; i++)
        if (X509_check_issued(sk_X509_value(signer->chain, i + 1),
                              sk_X509_value(signer->chain, i)) != X509_V_OK)
            return error_at(err, ERROR_INVALID, name, 0,
                            "certificate %d was not issued by the next: the signer's comes first, "
                            "then each one above it",
                            i + 1);
    return true;
}

static bool check_pair(const struct cms_signer *signer, const char *name, struct error *err)
{
    X509 *own = sk_X509_value(signer->chain, 0);
    bool fits = X509_check_private_key(own, signer->key) == 1;
    ERR_clear_error();
    if (!fits)
        return error_at(err, ERROR_INVALID, name, 0, "the first certificate is not the key's");
    if (!(X509_get_key_usage(own) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        return error_at(err, ERROR_INVALID, name, 0, "the certificate's key is not for signing");
    return true;
}

static void name_certificates(struct cms_signer *signer)
{
    STACK_OF(X509) *others = sk_X509_dup(signer->chain);
    X509 *own = sk_X509_shift(others);
    ESS_SIGNING_CERT_V2 *names = OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), own, others, 1);
    signer->names_size = names ? i2d_ESS_SIGNING_CERT_V2(names, &signer->names) : -1;
    if (signer->names_size <= 0)
        abort();
    ESS_SIGNING_CERT_V2_free(names);
    sk_X509_free(others);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    int days = 0, seconds = 0;
    CLEANUP(openssl_close_time) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    return ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 ? (int64_t)days * 86400 + seconds : 0;
}

bool cms_signer_open(struct bytes key_pem, const char *key_name, struct bytes chain_pem,
                     const char *chain_name, struct cms_signer **out, struct error *err)
{
    CLEANUP(cms_signer_close) struct cms_signer *signer = calloc(1, sizeof *signer);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    if (!signer)
        abort();
    if (!read_key(signer, key_pem, key_name, err) ||
        !read_chain(signer, chain_pem, chain_name, err) || !check_pair(signer, chain_name, err))
        return false;
    name_certificates(signer);
    signer->valid_until = seconds_of(X509_get0_notAfter(sk_X509_value(signer->chain, 0)));
    struct bytes tried;
    if (!cms_signer_sign(arena, signer, BYTES_OF("tried at start"), 0, &tried, err))
        return false;
    signer->room = tried.size + SPARE_BYTES;
    *out = signer;
    signer = NULL;
    return true;
}

void cms_signer_close(struct cms_signer **signer)
{
    if (!*signer)
        return;
    EVP_PKEY_free((*signer)->key);
    sk_X509_pop_free((*signer)->chain, X509_free); /* NULL is taken */
    OPENSSL_free((*signer)->names);
    free(*signer);
    *signer = NULL;
}

size_t cms_signer_room(const struct cms_signer *signer)
{
    return signer->room;
}

int64_t cms_signer_valid_until(const struct cms_signer *signer)
{
    return signer->valid_until;
}

/* ---- signing ---- */

static bool add_attributes(const struct cms_signer *signer, CMS_SignerInfo *info, int64_t signed_at)
{
    CLEANUP(openssl_close_time) ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)signed_at);
    return time &&
           CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, time->type, time, -1) == 1 &&
           CMS_signed_add1_attr_by_NID(info, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE,
                                       signer->names, signer->names_size) == 1;
}

static bool fill(const struct cms_signer *signer, CMS_ContentInfo *cms, struct bytes content,
                 int64_t signed_at)
{
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP;
    CMS_SignerInfo *info = CMS_add1_signer(cms, sk_X509_value(signer->chain, 0), signer->key,
                                           EVP_sha256(), flags | CMS_PARTIAL);
    if (!info || !add_attributes(signer, info, signed_at))
        return false;
    for (int i = 1; i < sk_X509_num(signer->chain); i++)
        if (CMS_add1_cert(cms, sk_X509_value(signer->chain, i)) != 1)
            return false;
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(content);
    return CMS_final(cms, memory, NULL, flags) == 1;
}

bool cms_signer_sign(struct arena *arena, const struct cms_signer *signer, struct bytes content,
                     int64_t signed_at, struct bytes *out, struct error *err)
{
    CLEANUP(openssl_close_cms)
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_DETACHED | CMS_PARTIAL);
    if (!cms)
        abort();
    unsigned char *der = NULL;
    int size = fill(signer, cms, content, signed_at) ? i2d_CMS_ContentInfo(cms, &der) : -1;
    ERR_clear_error();
    if (size <= 0)
        return error_set(err, ERROR_BROKEN, "OpenSSL could not sign");
    *out = arena_bytes(arena, (struct bytes){der, (size_t)size});
    OPENSSL_free(der);
    return true;
}

/* ---- strictly such a one ---- */

/* DER, read from its front. */
struct der {
    const unsigned char *at, *end;
    bool good;
};

/* What is in the element with that tag; past it from now on. Lengths are as short as they can be
 * (X.690 10.1). */
static struct der inside(struct der *der, unsigned char tag)
{
    const unsigned char *at = der->at, *end = der->end;
    der->good = der->good && end - at >= 2 && at[0] == tag;
    size_t size = der->good ? at[1] : 0;
    at += der->good ? 2 : 0;
    if (size > 127) {
        size_t count = size - 128;
        der->good = count >= 1 && count <= 3 && (size_t)(end - at) > count && at[0];
        for (size = 0; der->good && count; count--)
            size = size << 8 | *at++;
        der->good = der->good && size > 127 && (size < 256 || size >> 8);
    }
    der->good = der->good && size <= (size_t)(end - at);
    if (!der->good)
        return (struct der){at, at, false};
    der->at = at + size;
    return (struct der){at, at + size, true};
}

/* Goes past these bytes. */
static void expect(struct der *der, const char *bytes, size_t size)
{
    der->good =
        der->good && (size_t)(der->end - der->at) >= size && memcmp(der->at, bytes, size) == 0;
    der->at += der->good ? size : 0;
}

#define EXPECT(der, bytes) expect((der), (bytes), sizeof(bytes) - 1)

#define SIGNED_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define DATA "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define VERSION_1 "\x02\x01\x01"
#define SHA_256 "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define RSA "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define ECDSA_SHA_256 "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"

enum { INTEGER = 0x02, SEQUENCE = 0x30, SET = 0x31, OCTETS = 0x04, FIRST = 0xA0 };

static bool is_at_end(const struct der *der)
{
    return der->good && der->at == der->end;
}

/* Each certificate is named by its digest among what is signed. */
static bool are_named(struct der certificates, struct der attributes)
{
    size_t count = 0;
    while (certificates.good && certificates.at < certificates.end) {
        const unsigned char *start = certificates.at;
        inside(&certificates, SEQUENCE);
        struct crypto_sha256 digest =
            crypto_sha256((struct bytes){start, (size_t)(certificates.at - start)});
        if (!memmem(attributes.at, (size_t)(attributes.end - attributes.at), digest.bytes,
                    sizeof digest.bytes))
            return false;
        count++;
    }
    return certificates.good && count > 0;
}

/* The element at the front, as it stands in a certificate: names are compared without regard to
 * capitals otherwise. */
static bool is_in(struct der *der, unsigned char tag, struct der certificates)
{
    const unsigned char *start = der->at;
    inside(der, tag);
    return der->good && memmem(certificates.at, (size_t)(certificates.end - certificates.at), start,
                               (size_t)(der->at - start));
}

static bool is_signer(struct der info, struct der certificates, struct der *attributes)
{
    EXPECT(&info, VERSION_1);
    struct der name = inside(&info, SEQUENCE); /* whose certificate: issuer and number */
    if (!is_in(&name, SEQUENCE, certificates) || !is_in(&name, INTEGER, certificates))
        return false;
    EXPECT(&info, SHA_256);
    *attributes = inside(&info, FIRST);
    struct der rsa = info;
    EXPECT(&rsa, RSA);
    if (!rsa.good)
        EXPECT(&info, ECDSA_SHA_256);
    else
        info = rsa;
    inside(&info, OCTETS);
    return is_at_end(&info);
}

static bool is_written_as_here(struct der der, struct der *rest)
{
    struct der outer = inside(&der, SEQUENCE);
    *rest = der;
    EXPECT(&outer, SIGNED_DATA);
    struct der wrapped = inside(&outer, FIRST), attributes = {0};
    struct der data = inside(&wrapped, SEQUENCE);
    EXPECT(&data, VERSION_1);
    struct der digests = inside(&data, SET);
    EXPECT(&digests, SHA_256);
    EXPECT(&data, DATA);
    struct der certificates = inside(&data, FIRST), signers = inside(&data, SET);
    struct der signer = inside(&signers, SEQUENCE);
    return der.good && is_at_end(&outer) && is_at_end(&wrapped) && is_at_end(&digests) &&
           is_at_end(&data) && is_at_end(&signers) && signer.good &&
           is_signer(signer, certificates, &attributes) && are_named(certificates, attributes);
}

/* Attributes in another encoding than DER's would be signed all the same. */
static bool is_encoded_as_here(struct bytes der)
{
    const unsigned char *at = der.data;
    CLEANUP(openssl_close_cms)
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.size);
    unsigned char *again = NULL;
    int size = cms ? i2d_CMS_ContentInfo(cms, &again) : -1;
    bool same = size > 0 && (size_t)size == der.size && memcmp(again, der.data, der.size) == 0;
    OPENSSL_free(again);
    ERR_clear_error();
    return same;
}

bool cms_signer_is_strict(struct bytes signature)
{
    if (!signature.size || signature.size > MAX_BYTES)
        return false;
    struct der whole = {signature.data, signature.data + signature.size, true}, rest;
    if (!is_written_as_here(whole, &rest))
        return false;
    for (const unsigned char *at = rest.at; at < rest.end; at++)
        if (*at)
            return false;
    return is_encoded_as_here((struct bytes){signature.data, (size_t)(rest.at - signature.data)});
}
