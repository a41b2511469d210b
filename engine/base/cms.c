#include "engine/base/cms.h"

#include "engine/base/openssl_scope.h"
#include "engine/base/text.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

enum { LEAST_RSA_BITS = 2048, LEAST_EC_BITS = 224, SKEW_S = 300 };

static X509 *read_certificate(struct bytes pem)
{
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(pem);
    return PEM_read_bio_X509(memory, NULL, openssl_no_passphrase, NULL);
}

/* ---- what is trusted ---- */

struct cms_trust {
    X509_STORE *store;
};

struct cms_trust *cms_trust_open(void)
{
    struct cms_trust *trust = calloc(1, sizeof *trust);
    if (!trust || !(trust->store = X509_STORE_new()))
        abort();
    return trust;
}

void cms_trust_close(struct cms_trust **trust)
{
    if (!*trust)
        return;
    X509_STORE_free((*trust)->store);
    free(*trust);
    *trust = NULL;
}

bool cms_trust_add(struct cms_trust *trust, struct bytes pem, const char *name,
                   struct crypto_sha256 *fingerprint, struct error *err)
{
    CLEANUP(openssl_close_certificate) X509 *certificate = read_certificate(pem);
    struct crypto_sha256 digest;
    bool added = certificate && X509_digest(certificate, EVP_sha256(), digest.bytes, NULL) == 1 &&
                 X509_STORE_add_cert(trust->store, certificate) == 1;
    ERR_clear_error();
    if (!added)
        return error_at(err, ERROR_INVALID, name, 0, "no certificate in PEM form");
    *fingerprint = digest;
    return true;
}

/* ---- the signed bytes, as OpenSSL reads ---- */

struct source {
    const struct content *content;
    const struct cms_part *parts;
    size_t count, part;
    int64_t done; /* of that part */
    struct error *err;
    bool failed;
};

static int read_source(BIO *bio, char *to, int size)
{
    struct source *source = BIO_get_data(bio);
    while (source->part < source->count && source->done == source->parts[source->part].size) {
        source->part++;
        source->done = 0;
    }
    if (source->part == source->count || size <= 0)
        return 0;
    const struct cms_part *part = &source->parts[source->part];
    int64_t left = part->size - source->done;
    int taken = left < size ? (int)left : size;
    if (!content_read(source->content, part->at + source->done, (unsigned char *)to, (size_t)taken,
                      source->err)) {
        source->failed = true;
        return -1;
    }
    source->done += taken;
    return taken;
}

static long control_source(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO *open_source(BIO_METHOD *method, struct source *source)
{
    BIO *bio = BIO_new(method);
    if (!bio)
        abort();
    BIO_set_data(bio, source);
    BIO_set_init(bio, 1);
    return bio;
}

static void close_method(BIO_METHOD **method)
{
    BIO_meth_free(*method);
}

static BIO_METHOD *source_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "parts of a document");
    if (!method || BIO_meth_set_read(method, read_source) != 1 ||
        BIO_meth_set_ctrl(method, control_source) != 1)
        abort();
    return method;
}

/* ---- who signed ---- */

static char *text_of(struct arena *arena, const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int size = string ? ASN1_STRING_to_UTF8(&utf8, string) : -1;
    struct bytes bytes = {utf8, size > 0 ? (size_t)size : 0};
    bool good = size > 0 && text_is_utf8(bytes) && !memchr(utf8, 0, bytes.size);
    char *text = good ? text_collapse(arena, arena_text_of(arena, bytes)) : arena_text(arena, "");
    OPENSSL_free(utf8);
    return text_cut(arena, text, 120);
}

static char *entry_of(struct arena *arena, const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    return text_of(arena, at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* As Norwegian enterprise certificates name it: organizationIdentifier "NTRNO-974761076" (ETSI EN
 * 319 412-1 5.1.4), in older ones serialNumber "974761076". */
static const char *organisation_of(struct arena *arena, const X509_NAME *name)
{
    const char *identifier = entry_of(arena, name, NID_organizationIdentifier);
    if (text_starts_with(identifier, "NTRNO-"))
        return identifier + strlen("NTRNO-");
    const char *serial = entry_of(arena, name, NID_serialNumber);
    return strlen(serial) == 9 && strspn(serial, "0123456789") == 9 ? serial : "";
}

static int64_t time_of(const CMS_SignerInfo *signer)
{
    X509_ATTRIBUTE *attribute =
        CMS_signed_get_attr(signer, CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1));
    ASN1_TYPE *value = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;
    const ASN1_TIME *time = NULL;
    if (value && value->type == V_ASN1_UTCTIME)
        time = value->value.utctime;
    if (value && value->type == V_ASN1_GENERALIZEDTIME)
        time = value->value.generalizedtime;
    int days = 0, seconds = 0;
    CLEANUP(openssl_close_time) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    if (!time || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        return 0;
    return (int64_t)days * 86400 + seconds;
}

static bool is_strong(const CMS_SignerInfo *signer, X509 *certificate)
{
    static const int digests[] = {NID_sha256,   NID_sha384,   NID_sha512,
                                  NID_sha3_256, NID_sha3_384, NID_sha3_512};
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *object = NULL;
    CMS_SignerInfo_get0_algs((CMS_SignerInfo *)signer, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&object, NULL, NULL, digest);
    bool known = false;
    for (size_t i = 0; i < COUNT(digests); i++)
        known = known || OBJ_obj2nid(object) == digests[i];
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    int kind = key ? EVP_PKEY_get_base_id(key) : 0, bits = key ? EVP_PKEY_get_bits(key) : 0;
    bool rsa = kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
    return known &&
           ((rsa && bits >= LEAST_RSA_BITS) || (kind == EVP_PKEY_EC && bits >= LEAST_EC_BITS) ||
            kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448);
}

/* ---- the chain ---- */

/* Without an extension that limits it, a key is for anything. */
static bool may_sign(X509 *certificate)
{
    return (X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* Whether trusted certificates vouch for the signer's at that time; why not is OpenSSL's word. */
static bool find_anchor(const struct cms_trust *trust, X509 *certificate, STACK_OF(X509) * others,
                        int64_t at, struct cms_signature *signature)
{
    if (!trust) {
        signature->why = "nobody is trusted";
        return false;
    }
    CLEANUP(openssl_close_context) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (!context || X509_STORE_CTX_init(context, trust->store, certificate, others) != 1)
        abort();
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(rules, 2); /* 112 bits */
    X509_VERIFY_PARAM_set_depth(rules, 5);
    X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    if (X509_verify_cert(context) != 1) {
        signature->why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
        return false;
    }
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    int last = sk_X509_num(chain) - 1;
    signature->anchor_is_signer = last == 0;
    return X509_digest(sk_X509_value(chain, last), EVP_sha256(), signature->anchor.bytes, NULL) ==
           1;
}

/* ---- checking ---- */

static bool is_padding(const unsigned char *at, const unsigned char *end)
{
    while (at < end && *at == 0)
        at++;
    return at == end;
}

/* A detached signature with nothing behind it but zeros. */
static CMS_ContentInfo *read_signature(struct bytes der)
{
    const unsigned char *at = der.data;
    if (!der.size || der.size > CMS_MAX_BYTES)
        return NULL;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.size);
    if (cms && is_padding(at, der.data + der.size) &&
        OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && CMS_is_detached(cms) == 1 &&
        OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data)
        return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

/* The one signer, and its certificate among those that came along. */
static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms, STACK_OF(X509) * certificates,
                                   X509 **certificate)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    if (sk_CMS_SignerInfo_num(signers) != 1)
        return NULL;
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(signers, 0);
    for (int i = 0; i < sk_X509_num(certificates); i++)
        if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(certificates, i)) == 0) {
            *certificate = sk_X509_value(certificates, i);
            return signer;
        }
    return NULL;
}

static const char *why_unknown(const CMS_SignerInfo *signer, X509 *certificate, int64_t signed_at,
                               int64_t at)
{
    if (!is_strong(signer, certificate))
        return "the digest or key is too weak";
    if (!may_sign(certificate))
        return "the key is not for signing";
    if (signed_at > at + SKEW_S)
        return "it says that it was signed later than it was there";
    return NULL;
}

static void judge(struct arena *arena, CMS_SignerInfo *signer, X509 *certificate,
                  STACK_OF(X509) * certificates, const struct cms_trust *trust, int64_t at,
                  struct cms_signature *out)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const char *organisation = entry_of(arena, subject, NID_organizationName);
    out->name = *organisation ? organisation : entry_of(arena, subject, NID_commonName);
    out->organisation = organisation_of(arena, subject);
    out->signed_at = time_of(signer);
    out->why = why_unknown(signer, certificate, out->signed_at, at);
    bool trusted = !out->why && find_anchor(trust, certificate, certificates, at, out);
    out->verdict = trusted ? CMS_TRUSTED : CMS_UNKNOWN;
    out->why = trusted ? "" : arena_text(arena, out->why ? out->why : "it cannot be digested");
}

bool cms_verify(struct arena *arena, struct bytes signature, const struct content *content,
                const struct cms_part *parts, size_t count, const struct cms_trust *trust,
                int64_t at, struct cms_signature *out, struct error *err)
{
    struct cms_signature checked = {.verdict = CMS_BROKEN,
                                    .why = "no whole detached CMS signature",
                                    .name = "",
                                    .organisation = ""};
    struct source source = {content, parts, count, 0, 0, err, false};
    CLEANUP(openssl_close_cms) CMS_ContentInfo *cms = read_signature(signature);
    CLEANUP(openssl_close_certificates)
    STACK_OF(X509) *certificates = cms ? CMS_get1_certs(cms) : NULL;
    X509 *certificate = NULL;
    CMS_SignerInfo *signer = cms ? only_signer(cms, certificates, &certificate) : NULL;
    if (signer) {
        CLEANUP(close_method) BIO_METHOD *method = source_method();
        CLEANUP(openssl_close_bio) BIO *bio = open_source(method, &source);
        if (CMS_verify(cms, NULL, NULL, bio, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1)
            judge(arena, signer, certificate, certificates, trust, at, &checked);
        else
            checked.why = "the signature is not of these bytes";
    }
    ERR_clear_error();
    if (source.failed)
        return false;
    *out = checked;
    return true;
}

/* ---- signing ---- */

static bool add_time(CMS_SignerInfo *signer, int64_t at)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)at);
    bool added = time && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type,
                                                     time, -1) == 1;
    ASN1_TIME_free(time);
    return added;
}

/* Everything OpenSSL wants, or false. */
static bool sign(CMS_ContentInfo *cms, X509 *certificate, EVP_PKEY *key, int64_t signed_at,
                 struct source *source)
{
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_PARTIAL | CMS_CADES;
    CMS_SignerInfo *signer = CMS_add1_signer(cms, certificate, key, EVP_sha256(), flags);
    if (!signer || !add_time(signer, signed_at))
        return false;
    CLEANUP(close_method) BIO_METHOD *method = source_method();
    CLEANUP(openssl_close_bio) BIO *bio = open_source(method, source);
    return CMS_final(cms, bio, NULL, flags & ~(unsigned)CMS_PARTIAL) == 1;
}

static struct bytes write_signature(struct arena *arena, CMS_ContentInfo *cms)
{
    unsigned char *der = NULL;
    int size = i2d_CMS_ContentInfo(cms, &der);
    if (size <= 0)
        abort();
    struct bytes copy = arena_bytes(arena, (struct bytes){der, (size_t)size});
    OPENSSL_free(der);
    return copy;
}

bool cms_sign(struct arena *arena, const struct content *content, const struct cms_part *parts,
              size_t count, struct bytes key_pem, struct bytes certificate_pem, int64_t signed_at,
              struct bytes *out, struct error *err)
{
    struct source source = {content, parts, count, 0, 0, err, false};
    CLEANUP(openssl_close_certificate) X509 *certificate = read_certificate(certificate_pem);
    CLEANUP(openssl_close_bio) BIO *key_text = openssl_memory(key_pem);
    CLEANUP(openssl_close_key)
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_text, NULL, openssl_no_passphrase, NULL);
    CLEANUP(openssl_close_cms)
    CMS_ContentInfo *cms =
        CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_DETACHED | CMS_PARTIAL);
    if (!cms)
        abort();
    bool signed_well = certificate && key && sign(cms, certificate, key, signed_at, &source);
    ERR_clear_error();
    if (source.failed)
        return false;
    if (!signed_well)
        return error_set(err, ERROR_INVALID, "the key and certificate cannot sign");
    *out = write_signature(arena, cms);
    return true;
}
