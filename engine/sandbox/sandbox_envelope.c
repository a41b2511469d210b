#include "engine/sandbox/sandbox_envelope.h"

#include "engine/base/buf.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

enum { DEEPEST = 16, KEY_BYTES = 32, BLOCK_BYTES = 16 };
enum { INTEGER = 0x02, OCTETS = 0x04, OBJECT = 0x06, SEQUENCE = 0x30, SET = 0x31 };
enum { TAG_0 = 0x80, TAG_0_CONSTRUCTED = 0xa0 };

/* ---- BER (X.690) ---- */

struct element {
    unsigned char tag;
    struct bytes whole, content;
};

static bool next_element(struct bytes *from, int depth, struct element *out);

/* An indefinite length ends with two zeros (8.1.3.6). */
static bool find_end(struct bytes *from, int depth, struct element *out)
{
    struct bytes rest = *from;
    const unsigned char *start = rest.data;
    while (rest.size >= 2 && (rest.data[0] || rest.data[1])) {
        struct element inside;
        if (depth == 0 || !next_element(&rest, depth - 1, &inside))
            return false;
    }
    if (rest.size < 2)
        return false;
    out->content = (struct bytes){start, (size_t)(rest.data - start)};
    *from = (struct bytes){rest.data + 2, rest.size - 2};
    return true;
}

static bool take_length(struct bytes *from, int depth, struct element *out)
{
    unsigned first = from->data[0];
    *from = (struct bytes){from->data + 1, from->size - 1};
    if (first == 0x80)
        return (out->tag & 0x20) && find_end(from, depth, out);
    size_t length = first;
    if (first > 0x80) {
        size_t count = first & 0x7f;
        if (count > 4 || count > from->size)
            return false;
        length = 0;
        for (size_t i = 0; i < count; i++)
            length = length << 8 | from->data[i];
        *from = (struct bytes){from->data + count, from->size - count};
    }
    if (length > from->size)
        return false;
    out->content = (struct bytes){from->data, length};
    *from = (struct bytes){from->data + length, from->size - length};
    return true;
}

/* The next one, and moves past it. */
static bool next_element(struct bytes *from, int depth, struct element *out)
{
    const unsigned char *start = from->data;
    if (from->size < 2 || (start[0] & 0x1f) == 0x1f)
        return false;
    out->tag = start[0];
    *from = (struct bytes){from->data + 1, from->size - 1};
    if (!take_length(from, depth, out))
        return false;
    out->whole = (struct bytes){start, (size_t)(from->data - start)};
    return true;
}

static bool next_of(struct bytes *from, unsigned char tag, struct element *out)
{
    return next_element(from, DEEPEST, out) && out->tag == tag;
}

static bool is_object(const struct element *element, const char *name)
{
    const unsigned char *at = element->whole.data;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &at, (long)element->whole.size);
    char text[64] = "";
    if (object)
        OBJ_obj2txt(text, sizeof text, object, 1);
    ASN1_OBJECT_free(object);
    return strcmp(text, name) == 0;
}

static bool is_zero(const struct element *element)
{
    return element->content.size == 1 && element->content.data[0] == 0;
}

/* ---- certificates ---- */

static void close_certificate(X509 **certificate)
{
    X509_free(*certificate);
    *certificate = NULL;
}

static X509 *parse_certificate(struct bytes der)
{
    const unsigned char *at = der.data;
    return d2i_X509(NULL, &at, (long)der.size);
}

/* RFC 5652 10.2.4 */
static bool names(struct bytes issuer_and_serial, const X509 *certificate)
{
    struct element issuer, serial;
    if (!next_of(&issuer_and_serial, SEQUENCE, &issuer) ||
        !next_of(&issuer_and_serial, INTEGER, &serial))
        return false;
    const unsigned char *at = issuer.whole.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)issuer.whole.size);
    at = serial.whole.data;
    ASN1_INTEGER *number = d2i_ASN1_INTEGER(NULL, &at, (long)serial.whole.size);
    bool same = name && number && X509_NAME_cmp(name, X509_get_issuer_name(certificate)) == 0 &&
                ASN1_INTEGER_cmp(number, X509_get0_serialNumber(certificate)) == 0;
    X509_NAME_free(name);
    ASN1_INTEGER_free(number);
    return same;
}

bool sandbox_envelope_issued(struct arena *arena, struct bytes der, const char **serial,
                             const char **issuer)
{
    CLEANUP(close_certificate) X509 *certificate = parse_certificate(der);
    if (!certificate)
        return false;
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *decimal = number ? BN_bn2dec(number) : NULL;
    *serial = arena_text(arena, decimal ? decimal : "");
    OPENSSL_free(decimal);
    BN_free(number);
    BIO *memory = BIO_new(BIO_s_mem());
    char *data = NULL;
    unsigned long how = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    X509_NAME_print_ex(memory, X509_get_issuer_name(certificate), 0, how);
    long size = BIO_get_mem_data(memory, &data);
    *issuer = arena_text_of(
        arena, (struct bytes){(const unsigned char *)data, (size_t)(size > 0 ? size : 0)});
    BIO_free(memory);
    return true;
}

/* ---- the key inside ---- */

static const EVP_MD *digest_of(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *object = NULL;
    if (!algorithm)
        return EVP_sha1(); /* RFC 4055 4.1: the default */
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int nid = OBJ_obj2nid(object);
    return nid == NID_sha256 ? EVP_sha256() : nid == NID_sha1 ? EVP_sha1() : NULL;
}

/* The digest inside the mask generation function; NULL: another function. */
static const EVP_MD *mask_digest_of(const X509_ALGOR *algorithm)
{
    if (!algorithm)
        return EVP_sha1();
    const ASN1_OBJECT *object = NULL;
    int type = 0;
    const void *value = NULL;
    X509_ALGOR_get0(&object, &type, &value, algorithm);
    if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE)
        return NULL;
    const ASN1_STRING *inside = value;
    const unsigned char *at = ASN1_STRING_get0_data(inside);
    X509_ALGOR *hash = d2i_X509_ALGOR(NULL, &at, ASN1_STRING_length(inside));
    const EVP_MD *digest = hash ? digest_of(hash) : NULL;
    X509_ALGOR_free(hash);
    return digest;
}

/* RSAES-OAEP with the same digest for both; SHA-1 is what the prose says, SHA-256 what everybody
 * does (dpi.md, 7). NULL: something else. */
static const EVP_MD *oaep_digest(struct bytes algorithm)
{
    struct element object, parameters;
    if (!next_of(&algorithm, OBJECT, &object) || !is_object(&object, "1.2.840.113549.1.1.7") ||
        !next_of(&algorithm, SEQUENCE, &parameters) || algorithm.size)
        return NULL;
    const unsigned char *at = parameters.whole.data;
    RSA_OAEP_PARAMS *oaep = d2i_RSA_OAEP_PARAMS(NULL, &at, (long)parameters.whole.size);
    const EVP_MD *digest = oaep ? digest_of(oaep->hashFunc) : NULL;
    const EVP_MD *mask = oaep ? mask_digest_of(oaep->maskGenFunc) : NULL;
    bool plain = oaep && !oaep->pSourceFunc;
    RSA_OAEP_PARAMS_free(oaep);
    return plain && digest && mask && EVP_MD_get_type(digest) == EVP_MD_get_type(mask) ? digest
                                                                                       : NULL;
}

static bool decrypt_key(struct bytes key_pem, const EVP_MD *digest, struct bytes encrypted,
                        unsigned char out[KEY_BYTES])
{
    unsigned char plain[1024];
    size_t size = sizeof plain;
    BIO *memory = BIO_new_mem_buf(key_pem.data, (int)key_pem.size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL);
    EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    bool ok = context && EVP_PKEY_decrypt_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
              EVP_PKEY_decrypt(context, plain, &size, encrypted.data, encrypted.size) == 1 &&
              size == KEY_BYTES;
    if (ok)
        memcpy(out, plain, KEY_BYTES);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(memory);
    return ok;
}

/* ---- the envelope ---- */

struct envelope {
    struct bytes issuer_and_serial, key_algorithm, encrypted_key, iv;
    struct buf content; /* encrypted */
};

static const char *read_recipient(struct bytes set, struct envelope *out)
{
    struct element recipient, version, issuer, algorithm, key;
    if (!next_of(&set, SEQUENCE, &recipient) || set.size)
        return "cms-recipient: there must be one recipient, by key transport";
    struct bytes inside = recipient.content;
    if (!next_of(&inside, INTEGER, &version) || !is_zero(&version) ||
        !next_of(&inside, SEQUENCE, &issuer))
        return "cms-recipient: version 0, by issuer and serial number";
    if (!next_of(&inside, SEQUENCE, &algorithm) || !next_of(&inside, OCTETS, &key) || inside.size)
        return "cms: the recipient is not whole";
    out->issuer_and_serial = issuer.content;
    out->key_algorithm = algorithm.content;
    out->encrypted_key = key.content;
    return NULL;
}

static const char *read_content(struct bytes info, struct envelope *out)
{
    struct element type, algorithm, object, iv, content;
    if (!next_of(&info, OBJECT, &type) || !is_object(&type, "1.2.840.113549.1.7.1") ||
        !next_of(&info, SEQUENCE, &algorithm) || !next_element(&info, DEEPEST, &content) ||
        info.size)
        return "cms: what is encrypted must be data";
    struct bytes inside = algorithm.content;
    if (!next_of(&inside, OBJECT, &object) || !is_object(&object, "2.16.840.1.101.3.4.1.42") ||
        !next_of(&inside, OCTETS, &iv) || iv.content.size != BLOCK_BYTES || inside.size)
        return "cms-algorithm: the content must be encrypted with AES-256-CBC";
    out->iv = iv.content;
    if (content.tag == TAG_0) {
        buf_add(&out->content, content.content);
        return NULL;
    }
    struct bytes pieces = content.content;
    struct element piece;
    bool good = content.tag == TAG_0_CONSTRUCTED;
    while (good && pieces.size) {
        good = next_of(&pieces, OCTETS, &piece);
        if (good)
            buf_add(&out->content, piece.content);
    }
    return good ? NULL : "cms: the encrypted content is not octets";
}

static const char *take_apart(struct bytes sealed, struct envelope *out)
{
    struct element info, type, wrapper, data, version, recipients, content;
    if (!next_of(&sealed, SEQUENCE, &info) || sealed.size)
        return "cms: not one CMS structure";
    struct bytes inside = info.content;
    if (!next_of(&inside, OBJECT, &type) || !is_object(&type, "1.2.840.113549.1.7.3") ||
        !next_of(&inside, TAG_0_CONSTRUCTED, &wrapper) || inside.size ||
        !next_of(&wrapper.content, SEQUENCE, &data) || wrapper.content.size)
        return "cms: not enveloped data";
    inside = data.content;
    if (!next_of(&inside, INTEGER, &version) || !is_zero(&version))
        return "cms: the version must be 0";
    if (!next_of(&inside, SET, &recipients))
        return "cms: there must be no originator, but recipients";
    if (!next_of(&inside, SEQUENCE, &content) || inside.size)
        return "cms: there must be no attributes behind the content";
    const char *wrong = read_recipient(recipients.content, out);
    return wrong ? wrong : read_content(content.content, out);
}

static const char *decrypt(struct arena *arena, const struct envelope *envelope,
                           const unsigned char key[KEY_BYTES], struct bytes *out)
{
    struct bytes sealed = buf_bytes(&envelope->content);
    if (sealed.size > INT32_MAX - BLOCK_BYTES)
        return "cms: too large";
    unsigned char *plain = arena_alloc(arena, sealed.size + BLOCK_BYTES);
    int size = 0, rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ok = EVP_DecryptInit_ex(context, EVP_aes_256_cbc(), NULL, key, envelope->iv.data) == 1 &&
              EVP_DecryptUpdate(context, plain, &size, sealed.data, (int)sealed.size) == 1 &&
              EVP_DecryptFinal_ex(context, plain + size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    *out = (struct bytes){plain, ok ? (size_t)(size + rest) : 0};
    return ok ? NULL : "cms: the content cannot be decrypted";
}

const char *sandbox_envelope_open(struct arena *arena, struct bytes sealed, struct bytes key_pem,
                                  struct bytes certificate_der, struct bytes *out)
{
    struct envelope envelope = {0};
    buf_init(&envelope.content, arena);
    CLEANUP(close_certificate) X509 *certificate = parse_certificate(certificate_der);
    const char *wrong = take_apart(sealed, &envelope);
    if (wrong)
        return wrong;
    if (!certificate || !names(envelope.issuer_and_serial, certificate))
        return "cms-recipient: it is encrypted for another certificate";
    const EVP_MD *digest = oaep_digest(envelope.key_algorithm);
    if (!digest)
        return "cms-algorithm: the key must be encrypted with RSAES-OAEP, SHA-256, MGF1 with the "
               "same";
    unsigned char key[KEY_BYTES];
    if (!decrypt_key(key_pem, digest, envelope.encrypted_key, key))
        return "cms: the key cannot be decrypted";
    return decrypt(arena, &envelope, key, out);
}
