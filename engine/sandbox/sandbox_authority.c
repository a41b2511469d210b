#include "engine/sandbox/sandbox_authority.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/sandbox/sandbox_mark.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INTERMEDIATE_KEY "intermediate.key.pem"
#define INTERMEDIATE "trust/intermediate.pem"
#define ROOT "trust/root.pem"

enum { YEAR_S = 365 * 24 * 3600, VALID_SINCE_S = 3 * YEAR_S, VALID_FOR_S = 10 * YEAR_S };
enum { MOST_FILE_BYTES = 64 * 1024 };

struct sandbox_authority {
    struct arena *arena;
    int folder; /* dpi/ */
    const char *path, *trust;
    const char *names[SANDBOX_AUTHORITY_COUNT], *numbers[SANDBOX_AUTHORITY_COUNT];
    struct bytes keys[SANDBOX_AUTHORITY_COUNT]; /* given */
    struct sandbox_authority_pair pairs[SANDBOX_AUTHORITY_COUNT];
    struct bytes above; /* PEM: the intermediate and the root */
    EVP_PKEY *intermediate_key;
    X509 *intermediate, *root;
};

static const char *const files[SANDBOX_AUTHORITY_COUNT] = {
    [SANDBOX_AUTHORITY_AGENCY] = "agency",
    [SANDBOX_AUTHORITY_DIGIPOST] = "digipost",
    [SANDBOX_AUTHORITY_EBOKS] = "eboks",
    [SANDBOX_AUTHORITY_OTHER] = "other",
};

static void close_certificate(X509 **certificate)
{
    X509_free(*certificate);
    *certificate = NULL;
}

static void close_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
    *key = NULL;
}

static void close_memory(BIO **memory)
{
    BIO_free(*memory);
    *memory = NULL;
}

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

/* ---- files ---- */

static bool broken(const char *name, struct error *err)
{
    return error_at(err, ERROR_BROKEN, name, 0, "%s", strerror(errno));
}

/* Under another name first, so that the name never stands for half of it. */
static bool write_file(struct sandbox_authority *authority, const char *name, struct bytes bytes,
                       struct error *err)
{
    bytes = sandbox_mark(authority->arena, bytes);
    const char *new_name = arena_printf(authority->arena, "%s.new", name);
    CLEANUP(close_file)
    int file = openat(authority->folder, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, bytes.data, bytes.size) != (ssize_t)bytes.size ||
        fsync(file) != 0 || renameat(authority->folder, new_name, authority->folder, name) != 0)
        return broken(name, err);
    return true;
}

/* Empty when it is not there. */
static struct bytes read_file(struct sandbox_authority *authority, const char *name)
{
    CLEANUP(close_file) int file = openat(authority->folder, name, O_RDONLY | O_CLOEXEC);
    unsigned char *data = file < 0 ? NULL : arena_alloc(authority->arena, MOST_FILE_BYTES);
    ssize_t size = data ? read(file, data, MOST_FILE_BYTES) : 0;
    return (struct bytes){data, size < 0 ? 0 : (size_t)size};
}

static EVP_PKEY *parse_key(struct bytes pem)
{
    CLEANUP(close_memory) BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    return pem.size ? PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL) : NULL;
}

static X509 *parse_certificate(struct bytes pem)
{
    CLEANUP(close_memory) BIO *memory = BIO_new_mem_buf(pem.data, (int)pem.size);
    return pem.size ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
}

static struct bytes take_bytes(struct arena *arena, BIO *memory)
{
    char *data;
    long size = BIO_get_mem_data(memory, &data);
    return arena_bytes(arena, (struct bytes){(const unsigned char *)data, (size_t)size});
}

static struct bytes write_key(struct arena *arena, EVP_PKEY *key)
{
    CLEANUP(close_memory) BIO *memory = BIO_new(BIO_s_mem());
    if (!memory || PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1)
        abort(); /* only out of memory or a broken installation */
    return take_bytes(arena, memory);
}

/* What stands above it goes behind it. */
static struct bytes write_chain(struct arena *arena, X509 *certificate, struct bytes above)
{
    CLEANUP(close_memory) BIO *memory = BIO_new(BIO_s_mem());
    if (!memory || PEM_write_bio_X509(memory, certificate) != 1 ||
        BIO_write(memory, above.data, (int)above.size) != (int)above.size)
        abort();
    return take_bytes(arena, memory);
}

static struct bytes der_of(struct arena *arena, const X509 *certificate)
{
    int size = i2d_X509(certificate, NULL);
    unsigned char *der = arena_alloc(arena, (size_t)size), *at = der;
    i2d_X509(certificate, &at);
    return (struct bytes){der, (size_t)size};
}

struct bytes sandbox_authority_der(struct arena *arena, struct bytes pem)
{
    CLEANUP(close_certificate) X509 *certificate = parse_certificate(pem);
    return certificate ? der_of(arena, certificate) : (struct bytes){NULL, 0};
}

/* ---- issuing ---- */

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension ? X509_add_ext(certificate, extension, -1) : 0;
    X509_EXTENSION_free(extension);
    return done;
}

static int add_name(X509 *certificate, const char *field, const char *text)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                      (const unsigned char *)text, -1, -1, 0);
}

/* A certificate that holds a key and dates, and not yet a name, an issuer or a signature. */
static X509 *begin_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    time_t since = (time_t)(clock_now() - VALID_SINCE_S);
    int64_t serial;
    crypto_random((unsigned char *)&serial, sizeof serial);
    if (!certificate || !key || X509_set_version(certificate, X509_VERSION_3) != 1 ||
        ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), serial & INT64_MAX) != 1 ||
        !X509_time_adj(X509_getm_notBefore(certificate), 0, &since) ||
        !X509_time_adj(X509_getm_notAfter(certificate), VALID_FOR_S, &since) ||
        X509_set_pubkey(certificate, key) != 1)
        abort();
    return certificate;
}

/* issuer: NULL when it signs itself. */
static void sign_certificate(X509 *certificate, X509 *issuer, EVP_PKEY *issuer_key, bool is_above)
{
    const char *basic = is_above ? "critical,CA:TRUE" : "critical,CA:FALSE";
    const char *usage = is_above ? "critical,keyCertSign,cRLSign"
                                 : "critical,digitalSignature,nonRepudiation,keyEncipherment,"
                                   "dataEncipherment";
    X509 *by = issuer ? issuer : certificate;
    if (X509_set_issuer_name(certificate, X509_get_subject_name(by)) != 1 ||
        add_extension(certificate, by, NID_basic_constraints, basic) != 1 ||
        add_extension(certificate, by, NID_key_usage, usage) != 1 ||
        add_extension(certificate, by, NID_subject_key_identifier, "hash") != 1 ||
        add_extension(certificate, by, NID_authority_key_identifier, "keyid") != 1 ||
        X509_sign(certificate, issuer_key, EVP_sha256()) <= 0)
        abort();
}

/* The two above: quick to make, on a curve. */
static X509 *issue_above(const char *common_name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *certificate = begin_certificate(key);
    if (add_name(certificate, "C", "NO") != 1 ||
        add_name(certificate, "O", "Sandkassens utsteder") != 1 ||
        add_name(certificate, "CN", common_name) != 1)
        abort();
    sign_certificate(certificate, issuer, issuer_key, true);
    return certificate;
}

static bool make_above(struct sandbox_authority *authority, struct error *err)
{
    struct bytes none = {NULL, 0};
    CLEANUP(close_key) EVP_PKEY *root_key = EVP_EC_gen("P-256");
    authority->intermediate_key = EVP_EC_gen("P-256");
    authority->root = issue_above("Sandkasse: testrot", root_key, NULL, root_key);
    authority->intermediate = issue_above("Sandkasse: virksomhetssertifikater",
                                          authority->intermediate_key, authority->root, root_key);
    struct arena *arena = authority->arena;
    return write_file(authority, INTERMEDIATE_KEY, write_key(arena, authority->intermediate_key),
                      err) &&
           write_file(authority, INTERMEDIATE, write_chain(arena, authority->intermediate, none),
                      err) &&
           write_file(authority, ROOT, write_chain(arena, authority->root, none), err);
}

static X509 *issue_business(struct sandbox_authority *authority, enum sandbox_authority_who who,
                            EVP_PKEY *key)
{
    const char *name = authority->names[who], *number = authority->numbers[who];
    bool seid_1 = who == SANDBOX_AUTHORITY_EBOKS;
    X509 *certificate = begin_certificate(key);
    if (add_name(certificate, "C", "NO") != 1 || add_name(certificate, "O", name) != 1 ||
        add_name(certificate, seid_1 ? "serialNumber" : "organizationIdentifier",
                 seid_1 ? number : arena_printf(authority->arena, "NTRNO-%s", number)) != 1 ||
        add_name(certificate, "CN", name) != 1)
        abort();
    sign_certificate(certificate, authority->intermediate, authority->intermediate_key, false);
    return certificate;
}

/* ---- a pair of key and certificate ---- */

static char *number_of(struct arena *arena, X509 *certificate);

static void keep_pair(struct sandbox_authority *authority, enum sandbox_authority_who who,
                      struct bytes key_pem, struct bytes chain_pem, const X509 *certificate)
{
    authority->pairs[who] = (struct sandbox_authority_pair){
        .organisation_number = authority->numbers[who],
        .key_pem = key_pem,
        .chain_pem = chain_pem,
        .certificate = der_of(authority->arena, certificate),
    };
}

/* What lies in the folder, when it is whole and for that number. */
static bool read_pair(struct sandbox_authority *authority, enum sandbox_authority_who who,
                      const char *key_file, const char *chain_file)
{
    struct bytes key_pem = read_file(authority, key_file);
    struct bytes chain_pem = read_file(authority, chain_file);
    CLEANUP(close_key) EVP_PKEY *key = parse_key(key_pem);
    CLEANUP(close_certificate) X509 *certificate = parse_certificate(chain_pem);
    if (!key || !certificate || X509_check_private_key(certificate, key) != 1 ||
        X509_verify(certificate, authority->intermediate_key) != 1 ||
        !text_equal(number_of(authority->arena, certificate), authority->numbers[who]))
        return false;
    keep_pair(authority, who, key_pem, chain_pem, certificate);
    return true;
}

static bool make_pair(struct sandbox_authority *authority, enum sandbox_authority_who who,
                      const char *key_file, const char *chain_file, struct error *err)
{
    CLEANUP(close_key) EVP_PKEY *key = parse_key(authority->keys[who]);
    if (!key)
        key = parse_key(crypto_make_rsa(authority->arena, files[who]));
    CLEANUP(close_certificate) X509 *certificate = issue_business(authority, who, key);
    struct bytes key_pem = write_key(authority->arena, key);
    struct bytes chain_pem = write_chain(authority->arena, certificate, authority->above);
    if (!write_file(authority, chain_file, chain_pem, err) ||
        !write_file(authority, key_file, key_pem, err))
        return false;
    keep_pair(authority, who, key_pem, chain_pem, certificate);
    return true;
}

bool sandbox_authority_find(struct sandbox_authority *authority, enum sandbox_authority_who who,
                            const struct sandbox_authority_pair **out, struct error *err)
{
    const char *key_file = arena_printf(authority->arena, "%s.key.pem", files[who]);
    const char *chain_file = arena_printf(authority->arena, "%s.certificate.pem", files[who]);
    if (!authority->pairs[who].key_pem.size && !read_pair(authority, who, key_file, chain_file) &&
        !make_pair(authority, who, key_file, chain_file, err))
        return false;
    *out = &authority->pairs[who];
    return true;
}

/* ---- opening ---- */

static bool open_folder(struct sandbox_authority *authority, struct error *err)
{
    if (mkdir(authority->path, 0700) != 0 && errno != EEXIST)
        return broken(authority->path, err);
    if (mkdir(authority->trust, 0700) != 0 && errno != EEXIST)
        return broken(authority->trust, err);
    authority->folder = open(authority->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return authority->folder >= 0 || broken(authority->path, err);
}

static bool open_above(struct sandbox_authority *authority, struct error *err)
{
    authority->intermediate_key = parse_key(read_file(authority, INTERMEDIATE_KEY));
    authority->intermediate = parse_certificate(read_file(authority, INTERMEDIATE));
    authority->root = parse_certificate(read_file(authority, ROOT));
    bool whole = authority->intermediate_key && authority->intermediate && authority->root;
    if (!whole) {
        close_key(&authority->intermediate_key);
        close_certificate(&authority->intermediate);
        close_certificate(&authority->root);
        if (!make_above(authority, err))
            return false;
    }
    struct bytes root = write_chain(authority->arena, authority->root, (struct bytes){NULL, 0});
    authority->above = write_chain(authority->arena, authority->intermediate, root);
    return true;
}

static void name_all(struct sandbox_authority *authority,
                     const struct sandbox_authority_settings *settings)
{
    struct arena *arena = authority->arena;
    authority->names[SANDBOX_AUTHORITY_AGENCY] = arena_text(arena, settings->agency_name);
    authority->numbers[SANDBOX_AUTHORITY_AGENCY] = arena_text(arena, settings->agency_number);
    authority->names[SANDBOX_AUTHORITY_DIGIPOST] = "Digipost AS";
    authority->numbers[SANDBOX_AUTHORITY_DIGIPOST] = SANDBOX_AUTHORITY_DIGIPOST_NUMBER;
    authority->names[SANDBOX_AUTHORITY_EBOKS] = "e-Boks AS";
    authority->numbers[SANDBOX_AUTHORITY_EBOKS] = SANDBOX_AUTHORITY_EBOKS_NUMBER;
    authority->names[SANDBOX_AUTHORITY_OTHER] = "Fjordvik Breiband AS";
    authority->numbers[SANDBOX_AUTHORITY_OTHER] = SANDBOX_AUTHORITY_OTHER_NUMBER;
    authority->keys[SANDBOX_AUTHORITY_AGENCY] = arena_bytes(arena, settings->agency_key_pem);
    authority->keys[SANDBOX_AUTHORITY_DIGIPOST] = arena_bytes(arena, settings->digipost_key_pem);
}

bool sandbox_authority_open(const struct sandbox_authority_settings *settings,
                            struct sandbox_authority **out, struct error *err)
{
    struct sandbox_authority *authority = calloc(1, sizeof *authority);
    if (!authority)
        abort();
    authority->arena = arena_open();
    authority->folder = -1;
    authority->path = arena_printf(authority->arena, "%s/dpi", settings->folder);
    authority->trust = arena_printf(authority->arena, "%s/dpi/trust", settings->folder);
    name_all(authority, settings);
    const struct sandbox_authority_pair *agency;
    if (!open_folder(authority, err) || !open_above(authority, err) ||
        !sandbox_authority_find(authority, SANDBOX_AUTHORITY_AGENCY, &agency, err)) {
        sandbox_authority_close(&authority);
        return false;
    }
    *out = authority;
    return true;
}

void sandbox_authority_close(struct sandbox_authority **handle)
{
    struct sandbox_authority *authority = *handle;
    if (!authority)
        return;
    close_key(&authority->intermediate_key);
    close_certificate(&authority->intermediate);
    close_certificate(&authority->root);
    close_file(&authority->folder);
    arena_close(&authority->arena);
    free(authority);
    *handle = NULL;
}

/* ---- whose is this certificate? ---- */

/* The text of one field of the subject, NULL when it is not there once. */
static char *subject_field(struct arena *arena, X509 *certificate, int nid)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
        return NULL;
    unsigned char *utf8;
    int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size < 0)
        return NULL;
    char *text = arena_text_of(arena, (struct bytes){utf8, (size_t)size});
    OPENSSL_free(utf8);
    return text;
}

static bool is_number(const char *text)
{
    return text && strlen(text) == 9 && strspn(text, "0123456789") == 9;
}

/* dpi.md 6.2: SEID 2 first, then SEID 1. NULL: it names none. */
static char *number_of(struct arena *arena, X509 *certificate)
{
    char *identifier = subject_field(arena, certificate, NID_organizationIdentifier);
    if (identifier && text_starts_with(identifier, "NTRNO-") && is_number(identifier + 6))
        return identifier + 6;
    char *serial = subject_field(arena, certificate, NID_serialNumber);
    return is_number(serial) ? serial : NULL;
}

static void close_store(X509_STORE **store)
{
    X509_STORE_free(*store);
    *store = NULL;
}

static void close_context(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
    *context = NULL;
}

static void close_pile(STACK_OF(X509) * *pile)
{
    sk_X509_pop_free(*pile, X509_free);
    *pile = NULL;
}

static X509 *parse_der(struct bytes der)
{
    const unsigned char *at = der.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (certificate && at != der.data + der.size)
        close_certificate(&certificate);
    return certificate;
}

/* "" when the way up to the root is good, else what is wrong. */
static const char *judge_chain(const struct sandbox_authority *authority, X509 *certificate,
                               STACK_OF(X509) * others, int64_t at)
{
    CLEANUP(close_store) X509_STORE *store = X509_STORE_new();
    CLEANUP(close_context) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (!store || !context || X509_STORE_add_cert(store, authority->root) != 1 ||
        X509_STORE_add_cert(store, authority->intermediate) != 1 ||
        X509_STORE_CTX_init(context, store, certificate, others) != 1)
        abort();
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)at);
    return X509_verify_cert(context) == 1
               ? ""
               : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
}

bool sandbox_authority_knows(const struct sandbox_authority *authority, struct arena *arena,
                             struct bytes certificate, const struct bytes *others,
                             size_t other_count, int64_t at, char **organisation_number,
                             const char **why)
{
    CLEANUP(close_certificate) X509 *parsed = parse_der(certificate);
    CLEANUP(close_pile) STACK_OF(X509) *pile = sk_X509_new_null();
    *why = "not a certificate";
    if (!parsed)
        return false;
    for (size_t i = 0; i < other_count; i++) {
        X509 *other = parse_der(others[i]);
        if (!other || sk_X509_push(pile, other) == 0) {
            close_certificate(&other);
            return false;
        }
    }
    *why = judge_chain(authority, parsed, pile, at);
    if (**why)
        return false;
    *organisation_number = number_of(arena, parsed);
    *why = "the certificate names no organisation";
    return *organisation_number != NULL;
}
