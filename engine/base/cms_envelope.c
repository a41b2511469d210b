#include "engine/base/cms_envelope.h"

#include "engine/base/buf.h"
#include "engine/base/openssl_scope.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

enum { LEAST_RSA_BITS = 2048 };

static void close_chain(BIO **chain)
{
    BIO_free_all(*chain);
}

static struct bytes taken_from(struct arena *arena, BIO *memory)
{
    char *data = NULL;
    long size = BIO_get_mem_data(memory, &data);
    return arena_bytes(arena,
                       (struct bytes){(const unsigned char *)data, size > 0 ? (size_t)size : 0});
}

/* ---- encrypting ---- */

static bool check_recipient(const struct x509_certificate *recipient, int64_t at, struct error *err)
{
    if (recipient->rsa_bits < LEAST_RSA_BITS || !recipient->may_encrypt)
        return error_set(err, ERROR_INVALID,
                         "the recipient's certificate has no RSA key of %d bits for encrypting",
                         LEAST_RSA_BITS);
    if (at < recipient->valid_from || at > recipient->expires)
        return error_set(err, ERROR_UNAVAILABLE, "the recipient's certificate %s",
                         at > recipient->expires ? "has expired" : "is not valid yet");
    return true;
}

static bool use_oaep(CMS_RecipientInfo *recipient)
{
    EVP_PKEY_CTX *context = recipient ? CMS_RecipientInfo_get0_pkey_ctx(recipient) : NULL;
    return context && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1;
}

/* OpenSSL fails here only without memory: the certificate has been looked at. */
static struct bytes encrypt(struct arena *arena, struct bytes plain, X509 *recipient)
{
    const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM;
    CLEANUP(openssl_close_bio) BIO *in = openssl_memory(plain);
    CLEANUP(openssl_close_bio) BIO *out = BIO_new(BIO_s_mem());
    CLEANUP(openssl_close_cms)
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(), flags);
    if (!out || !cms ||
        !use_oaep(CMS_add1_recipient_cert(cms, recipient, CMS_BINARY | CMS_KEY_PARAM)) ||
        CMS_final(cms, in, NULL, CMS_BINARY) != 1 || i2d_CMS_bio(out, cms) != 1)
        abort();
    return taken_from(arena, out);
}

bool cms_envelope_seal(struct arena *arena, struct bytes plain, struct bytes recipient_pem,
                       int64_t at, struct bytes *out, struct error *err)
{
    struct x509_certificate *chain;
    size_t count;
    if (plain.size > CMS_ENVELOPE_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "more than %d bytes to encrypt", CMS_ENVELOPE_MAX_BYTES);
    if (!x509_read_pem(arena, recipient_pem, "the recipient's certificate", &chain, &count, err) ||
        !check_recipient(&chain[0], at, err))
        return false;
    const unsigned char *der = chain[0].der.data;
    CLEANUP(openssl_close_certificate)
    X509 *recipient = d2i_X509(NULL, &der, (long)chain[0].der.size);
    *out = encrypt(arena, plain, recipient);
    ERR_clear_error();
    return true;
}

/* ---- reading ---- */

/* The whole of the bytes, or NULL. */
static CMS_ContentInfo *decode(struct bytes bytes)
{
    const unsigned char *at = bytes.data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)bytes.size);
    if (cms && at == bytes.data + bytes.size &&
        OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_enveloped)
        return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

/* Nested indefinite lengths begin with the outermost in every writer there is. */
static bool begins_indefinite(struct bytes bytes)
{
    return bytes.size > 2 && bytes.data[1] == 0x80;
}

static const char *digest_name(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    if (!algorithm)
        return OBJ_nid2sn(NID_sha1); /* RFC 4055 4.1: the default */
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    const char *name = OBJ_nid2sn(OBJ_obj2nid(object));
    return name ? name : "";
}

/* RSAES-OAEP-params, whose MGF1 has the digest inside as parameter. */
static bool read_oaep(struct arena *arena, const X509_ALGOR *algorithm, struct cms_envelope *facts)
{
    const ASN1_OBJECT *object = NULL;
    const void *value = NULL;
    int kind = 0;
    X509_ALGOR_get0(&object, &kind, &value, algorithm);
    if (OBJ_obj2nid(object) != NID_rsaesOaep || kind != V_ASN1_SEQUENCE)
        return false;
    RSA_OAEP_PARAMS *params =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_OAEP_PARAMS), algorithm->parameter);
    if (!params)
        return false;
    X509_ALGOR *mask = NULL;
    if (params->maskGenFunc && params->maskGenFunc->parameter)
        mask =
            ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), params->maskGenFunc->parameter);
    facts->oaep_digest = arena_text(arena, digest_name(params->hashFunc));
    facts->mask_digest = arena_text(arena, digest_name(mask));
    X509_ALGOR_free(mask);
    RSA_OAEP_PARAMS_free(params);
    return true;
}

static void name_recipient(struct arena *arena, const X509_NAME *issuer, const ASN1_INTEGER *serial,
                           struct cms_envelope *facts)
{
    const unsigned char *der = NULL;
    size_t size = 0;
    if (X509_NAME_get0_der(issuer, &der, &size) == 1)
        facts->issuer = x509_name_text(arena, (struct bytes){der, size});
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *decimal = number ? BN_bn2dec(number) : NULL;
    facts->serial = arena_text(arena, decimal ? decimal : "");
    OPENSSL_free(decimal);
    BN_free(number);
}

static bool read_recipient(struct arena *arena, CMS_ContentInfo *cms, CMS_RecipientInfo **recipient,
                           struct cms_envelope *facts, struct error *err)
{
    STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
    if (sk_CMS_RecipientInfo_num(all) != 1)
        return error_set(err, ERROR_INVALID, "%d recipients; there must be one",
                         sk_CMS_RecipientInfo_num(all));
    CMS_RecipientInfo *one = sk_CMS_RecipientInfo_value(all, 0);
    ASN1_OCTET_STRING *key_id = NULL;
    X509_NAME *issuer = NULL;
    ASN1_INTEGER *serial = NULL;
    X509_ALGOR *algorithm = NULL;
    if (CMS_RecipientInfo_type(one) != CMS_RECIPINFO_TRANS ||
        CMS_RecipientInfo_ktri_get0_signer_id(one, &key_id, &issuer, &serial) != 1 || !issuer ||
        CMS_RecipientInfo_ktri_get0_algs(one, NULL, NULL, &algorithm) != 1)
        return error_set(err, ERROR_INVALID, "a recipient not named by issuer and serial number");
    name_recipient(arena, issuer, serial, facts);
    *recipient = one;
    return read_oaep(arena, algorithm, facts) ||
           error_set(err, ERROR_INVALID, "the key is not sent with RSAES-OAEP");
}

/* ---- decrypting ---- */

static EVP_PKEY *read_key(struct bytes pem)
{
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(pem);
    return PEM_read_bio_PrivateKey(memory, NULL, openssl_no_passphrase, NULL);
}

static bool check_cipher(struct arena *arena, BIO *cipher, struct cms_envelope *facts,
                         struct error *err)
{
    EVP_CIPHER_CTX *context = NULL;
    if (!cipher || BIO_get_cipher_ctx(cipher, &context) != 1 || !context)
        return error_set(err, ERROR_INVALID, "content that is not encrypted in a known way");
    facts->content_cipher = arena_text(arena, EVP_CIPHER_CTX_get0_name(context));
    return EVP_CIPHER_CTX_get_nid(context) == NID_aes_256_cbc ||
           error_set(err, ERROR_INVALID, "the content is encrypted with %s, not with AES-256-CBC",
                     facts->content_cipher);
}

/* All that comes out, and whether its padding was right. */
static bool read_plain(BIO *chain, BIO *cipher, struct buf *plain, struct error *err)
{
    unsigned char window[16 * 1024];
    for (int size; (size = BIO_read(chain, window, sizeof window)) > 0;)
        buf_add(plain, (struct bytes){window, (size_t)size});
    return BIO_get_cipher_status(cipher) == 1 ||
           error_set(err, ERROR_DENIED, "the encrypted content is damaged");
}

static bool decrypt(struct arena *arena, CMS_ContentInfo *cms, size_t size,
                    struct cms_envelope *facts, struct bytes *plain, struct error *err)
{
    CLEANUP(close_chain) BIO *chain = CMS_dataInit(cms, NULL);
    BIO *cipher = chain ? BIO_find_type(chain, BIO_TYPE_CIPHER) : NULL;
    if (!check_cipher(arena, cipher, facts, err))
        return false;
    struct buf all;
    buf_init(&all, arena);
    buf_reserve(&all, size);
    if (!read_plain(chain, cipher, &all, err))
        return false;
    *plain = buf_bytes(&all);
    return true;
}

static bool open_envelope(struct arena *arena, CMS_ContentInfo *cms, size_t size, EVP_PKEY *key,
                          struct cms_envelope *facts, struct bytes *plain, struct error *err)
{
    CMS_RecipientInfo *recipient = NULL;
    if (!read_recipient(arena, cms, &recipient, facts, err))
        return false;
    if (CMS_RecipientInfo_set0_pkey(recipient, key) != 1 || EVP_PKEY_up_ref(key) != 1)
        abort();
    if (CMS_RecipientInfo_decrypt(cms, recipient) != 1)
        return error_set(err, ERROR_DENIED, "it is encrypted for another key, or damaged");
    return decrypt(arena, cms, size, facts, plain, err);
}

bool cms_envelope_open(struct arena *arena, struct bytes bytes, struct bytes key_pem,
                       struct cms_envelope *facts, struct bytes *plain, struct error *err)
{
    *facts = (struct cms_envelope){"", "", "", "", "", begins_indefinite(bytes)};
    if (bytes.size > CMS_ENVELOPE_MAX_BYTES)
        return error_set(err, ERROR_LIMIT, "an envelope of more than %d bytes",
                         CMS_ENVELOPE_MAX_BYTES);
    CLEANUP(openssl_close_cms) CMS_ContentInfo *cms = bytes.size ? decode(bytes) : NULL;
    CLEANUP(openssl_close_key) EVP_PKEY *key = read_key(key_pem);
    bool opened = false;
    if (!cms)
        error_set(err, ERROR_INVALID, "no whole CMS EnvelopedData");
    else if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        error_set(err, ERROR_INVALID, "no RSA key in PEM form to decrypt with");
    else
        opened = open_envelope(arena, cms, bytes.size, key, facts, plain, err);
    ERR_clear_error();
    return opened;
}
