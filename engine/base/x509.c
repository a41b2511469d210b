#include "engine/base/x509.h"

#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/openssl_scope.h"
#include "engine/base/text.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 5, SECURITY_LEVEL = 2 /* 112 bits */ };

/* ---- one certificate ---- */

/* The whole of der, or NULL. */
static X509 *decode(struct bytes der)
{
    const unsigned char *at = der.data;
    if (!der.size || der.size > X509_MAX_BYTES)
        return NULL;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate && at == der.data + der.size)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* On one line, at most 200 characters; "" when it is no text. */
static const char *text_of(struct arena *arena, const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int size = string ? ASN1_STRING_to_UTF8(&utf8, string) : -1;
    struct bytes bytes = {utf8, size > 0 ? (size_t)size : 0};
    bool good = size > 0 && text_is_utf8(bytes) && !memchr(utf8, 0, bytes.size);
    const char *text = good ? text_collapse(arena, arena_text_of(arena, bytes)) : "";
    OPENSSL_free(utf8);
    return text_cut(arena, text, 200);
}

static const char *entry_of(struct arena *arena, const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    return text_of(arena, at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

static bool is_organisation_number(const char *text)
{
    return strlen(text) == 9 && strspn(text, "0123456789") == 9;
}

/* organizationIdentifier "NTRNO-974761076" (ETSI EN 319 412-1 5.1.4; SEID 2), in older ones
 * serialNumber "974761076" (SEID 1). */
static const char *organisation_of(struct arena *arena, const X509_NAME *name)
{
    const char *identifier = entry_of(arena, name, NID_organizationIdentifier);
    if (*identifier)
        return text_starts_with(identifier, "NTRNO-") && is_organisation_number(identifier + 6)
                   ? identifier + 6
                   : "";
    const char *serial = entry_of(arena, name, NID_serialNumber);
    return is_organisation_number(serial) ? serial : "";
}

static const char *name_of(struct arena *arena, const X509_NAME *name)
{
    const unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
                                XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN |
                                XN_FLAG_DUMP_UNKNOWN_FIELDS;
    CLEANUP(openssl_close_bio) BIO *memory = BIO_new(BIO_s_mem());
    char *data = NULL;
    if (!memory || X509_NAME_print_ex(memory, name, 0, flags) < 0)
        return "";
    long size = BIO_get_mem_data(memory, &data);
    struct bytes bytes = {(const unsigned char *)data, size > 0 ? (size_t)size : 0};
    return text_is_utf8(bytes) ? arena_text_of(arena, bytes) : "";
}

static const char *serial_of(struct arena *arena, const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *decimal = number ? BN_bn2dec(number) : NULL;
    const char *text = arena_text(arena, decimal ? decimal : "");
    OPENSSL_free(decimal);
    BN_free(number);
    return text;
}

static bool time_of(const ASN1_TIME *time, int64_t *out)
{
    int days = 0, seconds = 0;
    CLEANUP(openssl_close_time) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        return false;
    *out = (int64_t)days * 86400 + seconds;
    return true;
}

static bool describe(struct arena *arena, X509 *certificate, struct x509_certificate *out)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const char *name = entry_of(arena, subject, NID_organizationName);
    out->name = *name ? name : entry_of(arena, subject, NID_commonName);
    out->organisation = organisation_of(arena, subject);
    out->issuer = name_of(arena, X509_get_issuer_name(certificate));
    out->serial = serial_of(arena, certificate);
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    out->rsa_bits = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get_bits(key) : 0;
    unsigned use = X509_get_key_usage(certificate);
    out->may_sign = use & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
    out->may_encrypt = use & KU_KEY_ENCIPHERMENT;
    return time_of(X509_get0_notBefore(certificate), &out->valid_from) &&
           time_of(X509_get0_notAfter(certificate), &out->expires) &&
           X509_digest(certificate, EVP_sha1(), out->sha1, NULL) == 1 &&
           X509_digest(certificate, EVP_sha256(), out->sha256.bytes, NULL) == 1;
}

bool x509_read(struct arena *arena, struct bytes der, const char *name,
               struct x509_certificate *out, struct error *err)
{
    CLEANUP(openssl_close_certificate) X509 *certificate = decode(der);
    struct x509_certificate read = {.der = arena_bytes(arena, der)};
    bool good = certificate && describe(arena, certificate, &read);
    ERR_clear_error();
    if (!good)
        return error_at(err, ERROR_INVALID, name, 0, "no certificate in DER form");
    *out = read;
    return true;
}

const char *x509_name_text(struct arena *arena, struct bytes der)
{
    const unsigned char *at = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.size);
    const char *text = name ? name_of(arena, name) : "";
    X509_NAME_free(name);
    ERR_clear_error();
    return text;
}

/* ---- PEM ---- */

/* The certificates of a PEM file; other things in it are passed over. */
static STACK_OF(X509) * certificates_of(struct bytes pem)
{
    CLEANUP(openssl_close_bio) BIO *memory = openssl_memory(pem);
    STACK_OF(X509) *list = sk_X509_new_null();
    if (!list)
        abort();
    char *kind = NULL, *header = NULL;
    unsigned char *data = NULL;
    long size = 0;
    while (PEM_read_bio(memory, &kind, &header, &data, &size) == 1) {
        X509 *one =
            strcmp(kind, PEM_STRING_X509) == 0 ? decode((struct bytes){data, (size_t)size}) : NULL;
        if (one && sk_X509_push(list, one) == 0)
            abort();
        OPENSSL_free(kind);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, (size_t)size);
    }
    ERR_clear_error();
    return list;
}

static struct bytes encode(struct arena *arena, const X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    if (size <= 0)
        abort();
    struct bytes copy = arena_bytes(arena, (struct bytes){der, (size_t)size});
    OPENSSL_free(der);
    return copy;
}

bool x509_read_pem(struct arena *arena, struct bytes pem, const char *name,
                   struct x509_certificate **out, size_t *count, struct error *err)
{
    CLEANUP(openssl_close_certificates) STACK_OF(X509) *list = certificates_of(pem);
    int found = sk_X509_num(list);
    if (!found)
        return error_at(err, ERROR_INVALID, name, 0, "no certificate in PEM form");
    if (found > X509_MAX_CHAIN)
        return error_at(err, ERROR_LIMIT, name, 0, "more than %d certificates", X509_MAX_CHAIN);
    struct x509_certificate *all = ARENA_ARRAY(arena, (size_t)found, struct x509_certificate);
    for (int i = 0; i < found; i++)
        if (!x509_read(arena, encode(arena, sk_X509_value(list, i)), name, &all[i], err))
            return false;
    *out = all;
    *count = (size_t)found;
    return true;
}

char *x509_pem(struct arena *arena, const struct x509_certificate *certificate)
{
    enum { LINE = 64 };
    const char *base64 = codec_base64(arena, certificate->der);
    struct buf pem;
    buf_init(&pem, arena);
    buf_add_text(&pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t left = strlen(base64); left; left = strlen(base64)) {
        size_t size = left < LINE ? left : LINE;
        buf_printf(&pem, "%.*s\n", (int)size, base64);
        base64 += size;
    }
    buf_add_text(&pem, "-----END CERTIFICATE-----\n");
    return buf_text(&pem);
}

bool x509_key(const struct x509_certificate *certificate, struct crypto_key **out,
              struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *pem = x509_pem(arena, certificate);
    return crypto_certificate_open(BYTES_OF(pem), "certificate", out, err);
}

/* ---- who vouches ---- */

struct x509_trust {
    X509_STORE *store;
};

struct x509_trust *x509_trust_open(void)
{
    struct x509_trust *trust = calloc(1, sizeof *trust);
    if (!trust || !(trust->store = X509_STORE_new()))
        abort();
    return trust;
}

void x509_trust_close(struct x509_trust **trust)
{
    if (!*trust)
        return;
    X509_STORE_free((*trust)->store);
    free(*trust);
    *trust = NULL;
}

bool x509_trust_add(struct x509_trust *trust, struct bytes pem, const char *name, struct error *err)
{
    CLEANUP(openssl_close_certificates) STACK_OF(X509) *list = certificates_of(pem);
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_STORE_add_cert(trust->store, sk_X509_value(list, i)) != 1)
            abort(); /* only out of memory: one that is there already counts as added */
    return sk_X509_num(list) || error_at(err, ERROR_INVALID, name, 0, "no certificate in PEM form");
}

bool x509_vouched(const struct x509_trust *trust, const struct x509_certificate *certificate,
                  const struct x509_certificate *others, size_t other_count, int64_t at,
                  struct error *err)
{
    if (!trust)
        return error_set(err, ERROR_DENIED, "nobody is trusted");
    CLEANUP(openssl_close_certificate) X509 *leaf = decode(certificate->der);
    CLEANUP(openssl_close_certificates) STACK_OF(X509) *along = sk_X509_new_null();
    CLEANUP(openssl_close_context) X509_STORE_CTX *context = X509_STORE_CTX_new();
    for (size_t i = 0; along && i < other_count; i++)
        if (sk_X509_push(along, decode(others[i].der)) == 0)
            abort();
    if (!leaf || !along || !context || X509_STORE_CTX_init(context, trust->store, leaf, along) != 1)
        abort(); /* out of memory: the bytes have been read before */
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_depth(rules, MAX_DEPTH);
    X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    bool good = X509_verify_cert(context) == 1;
    int why = X509_STORE_CTX_get_error(context);
    ERR_clear_error();
    return good || error_set(err, ERROR_DENIED, "nobody trusted vouches for the certificate: %s",
                             X509_verify_cert_error_string(why));
}
