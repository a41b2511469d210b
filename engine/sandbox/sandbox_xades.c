#include "engine/sandbox/sandbox_xades.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox_envelope.h"
#include "engine/sandbox/sandbox_jws.h"

#include <libxml/c14n.h>

#include <string.h>

#define DS "http://www.w3.org/2000/09/xmldsig#"
#define XADES "http://uri.etsi.org/01903/v1.3.2#"
#define PROPERTIES_TYPE "http://uri.etsi.org/01903#SignedProperties"
#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define C14N_11 "http://www.w3.org/2006/12/xml-c14n11"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define SHA1 "http://www.w3.org/2000/09/xmldsig#sha1"

enum { MOST_CERTIFICATES = 8, MOST_AHEAD_S = 300 };

/* One signature while it is checked. */
struct checking {
    struct arena *arena;
    const struct sandbox_package *package;
    const struct sandbox_manifest *manifest;
    int64_t now;
    const xmlNode *info, *value, *key_info, *object;
    const char *signature_id;
    const xmlNode *properties;                   /* SignedProperties */
    const struct sandbox_package_file **covered; /* by reference, in order */
    const char **reference_ids;
    size_t covered_count;
    bool properties_covered;
    struct sandbox_xades_signer signer;
};

/* ---- small ---- */

static const char *attribute(const struct checking *checking, const xmlNode *node, const char *name)
{
    const char *value = node ? xml_attribute(checking->arena, node, NULL, name) : NULL;
    return value ? value : "";
}

/* Base64 with whatever white space. */
static bool read_base64(struct arena *arena, const xmlNode *node, struct bytes *out)
{
    char *text = xml_text(arena, node), *to = text;
    for (const char *from = text; *from; from++)
        if (!strchr(" \t\r\n", *from))
            *to++ = *from;
    *to = '\0';
    return codec_unbase64(arena, text, out);
}

static bool is_digest(struct arena *arena, const char *algorithm, struct bytes content,
                      const xmlNode *value)
{
    struct bytes said, is;
    return value && read_base64(arena, value, &said) &&
           crypto_digest(arena, algorithm, content, &is) && crypto_equal(said, is);
}

/* ---- canonical form of one element where it stands ---- */

/* node is an xmlNs when it is a namespace, as libxml2 has it. */
static int is_inside(void *context, xmlNode *node, xmlNode *parent)
{
    bool hangs_on = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
    for (const xmlNode *at = hangs_on ? parent : node; at; at = at->parent)
        if (at == context)
            return 1;
    return 0;
}

static bool canonical(struct arena *arena, const xmlNode *node, const char *algorithm,
                      struct bytes *out)
{
    int mode = text_equal(algorithm, C14N_11) ? XML_C14N_1_1 : XML_C14N_1_0;
    xmlOutputBuffer *buffer = xmlAllocOutputBuffer(NULL);
    bool ok = xmlC14NExecute(node->doc, is_inside, (void *)node, mode, NULL, 0, buffer) >= 0;
    if (ok)
        *out = arena_bytes(arena, (struct bytes){xmlOutputBufferGetContent(buffer),
                                                 xmlOutputBufferGetSize(buffer)});
    xmlOutputBufferClose(buffer);
    return ok;
}

static bool is_canonical_method(const char *algorithm)
{
    return text_equal(algorithm, C14N) || text_equal(algorithm, C14N_11);
}

/* ---- the parts ---- */

static bool is_root(const xmlNode *node)
{
    return xml_is(node, "http://uri.etsi.org/02918/v1.2.1#", "XAdESSignatures") ||
           xml_is(node, "http://uri.etsi.org/2918/v1.2.1#", "XAdESSignatures") ||
           xml_is(node, "http://uri.etsi.org/2918/v1.1.1#", "XAdESSignatures");
}

static const char *find_parts(struct checking *checking, const xmlNode *root)
{
    const xmlNode *signature = xml_child(root, "*", NULL);
    if (!is_root(root) || !xml_is(signature, DS, "Signature") || xml_next(signature, "*", NULL))
        return "xades: XAdESSignatures holds one Signature";
    checking->signature_id = attribute(checking, signature, "Id");
    checking->info = xml_child(signature, "*", NULL);
    checking->value = xml_next(checking->info, "*", NULL);
    checking->key_info = checking->value ? xml_next(checking->value, "*", NULL) : NULL;
    checking->object = checking->key_info ? xml_next(checking->key_info, "*", NULL) : NULL;
    if (!xml_is(checking->info, DS, "SignedInfo") ||
        !xml_is(checking->value, DS, "SignatureValue") ||
        !xml_is(checking->key_info, DS, "KeyInfo") || !xml_is(checking->object, DS, "Object") ||
        xml_next(checking->object, "*", NULL))
        return "xades: SignedInfo, SignatureValue, KeyInfo, Object";
    const xmlNode *qualifying = xml_child(checking->object, "*", NULL);
    const char *target = attribute(checking, qualifying, "Target");
    if (!xml_is(qualifying, XADES, "QualifyingProperties") || !*checking->signature_id ||
        *target != '#' || !text_equal(target + 1, checking->signature_id))
        return "xades-properties: QualifyingProperties point to the signature";
    checking->properties = xml_child(qualifying, XADES, "SignedProperties");
    return checking->properties ? NULL : "xades-properties: there are no SignedProperties";
}

/* ---- SignedInfo ---- */

static const char *check_methods(struct checking *checking)
{
    const xmlNode *canonical_by = xml_child(checking->info, DS, "CanonicalizationMethod");
    const xmlNode *signed_by = xml_child(checking->info, DS, "SignatureMethod");
    if (!is_canonical_method(attribute(checking, canonical_by, "Algorithm")))
        return "xades-algorithm: CanonicalizationMethod must be " C14N;
    if (!text_equal(attribute(checking, signed_by, "Algorithm"), RSA_SHA256))
        return "xades-algorithm: SignatureMethod must be " RSA_SHA256;
    return NULL;
}

static const char *check_properties_reference(struct checking *checking, const xmlNode *reference)
{
    const xmlNode *transforms = xml_child(reference, DS, "Transforms");
    const xmlNode *transform = transforms ? xml_child(transforms, DS, "Transform") : NULL;
    const char *uri = attribute(checking, reference, "URI");
    const char *method = attribute(checking, transform, "Algorithm");
    const char *id = attribute(checking, checking->properties, "Id");
    struct bytes form;
    if (checking->properties_covered || !*id || !text_equal(uri + 1, id))
        return "xades-cover: SignedProperties must be covered once, by their Id";
    if (!is_canonical_method(method) || xml_next(transform, "*", NULL))
        return "xades-algorithm: SignedProperties have one Transform, " C14N;
    if (!canonical(checking->arena, checking->properties, method, &form) ||
        !is_digest(checking->arena, "SHA-256", form, xml_child(reference, DS, "DigestValue")))
        return "xades-digest: of SignedProperties";
    checking->properties_covered = true;
    return NULL;
}

/* As Java's URLEncoder writes names: '+' is a space. */
static const struct sandbox_package_file *file_of(struct checking *checking, const char *uri)
{
    struct bytes name;
    if (!codec_unpercent(checking->arena, BYTES_OF(uri), true, &name) || !text_is_utf8(name))
        return NULL;
    const struct sandbox_package_file *file =
        sandbox_package_find(checking->package, arena_text_of(checking->arena, name));
    return file && sandbox_package_is_signed(file) ? file : NULL;
}

static const char *check_file_reference(struct checking *checking, const xmlNode *reference)
{
    const char *uri = attribute(checking, reference, "URI");
    const struct sandbox_package_file *file = file_of(checking, uri);
    if (!file || checking->covered_count == checking->package->count)
        return arena_printf(checking->arena, "xades-cover: there is no file %s to cover", uri);
    for (size_t i = 0; i < checking->covered_count; i++)
        if (checking->covered[i] == file)
            return arena_printf(checking->arena, "xades-cover: %s is covered twice", file->name);
    if (xml_child(reference, DS, "Transforms"))
        return "xades-algorithm: files have no Transforms";
    if (!is_digest(checking->arena, "SHA-256", file->content,
                   xml_child(reference, DS, "DigestValue")))
        return arena_printf(checking->arena, "xades-digest: of %s", file->name);
    checking->reference_ids[checking->covered_count] = attribute(checking, reference, "Id");
    checking->covered[checking->covered_count++] = file;
    return NULL;
}

static const char *check_reference(struct checking *checking, const xmlNode *reference)
{
    const xmlNode *method = xml_child(reference, DS, "DigestMethod");
    if (!text_equal(attribute(checking, method, "Algorithm"), SHA256))
        return "xades-algorithm: DigestMethod must be " SHA256;
    if (text_equal(attribute(checking, reference, "Type"), PROPERTIES_TYPE) &&
        *attribute(checking, reference, "URI") == '#')
        return check_properties_reference(checking, reference);
    return check_file_reference(checking, reference);
}

static const char *check_references(struct checking *checking)
{
    const xmlNode *reference = xml_child(checking->info, DS, "Reference");
    for (; reference; reference = xml_next(reference, DS, "Reference")) {
        const char *wrong = check_reference(checking, reference);
        if (wrong)
            return wrong;
    }
    size_t signed_files = 0;
    for (size_t i = 0; i < checking->package->count; i++)
        signed_files += sandbox_package_is_signed(&checking->package->files[i]);
    if (checking->covered_count != signed_files)
        return "xades-cover: not every file is covered";
    return checking->properties_covered ? NULL : "xades-cover: SignedProperties are not covered";
}

/* ---- who signed ---- */

static const char *read_certificates(struct checking *checking)
{
    struct sandbox_xades_signer *signer = &checking->signer;
    const xmlNode *data = xml_child(checking->key_info, DS, "X509Data");
    const xmlNode *node = data ? xml_child(data, DS, "X509Certificate") : NULL;
    signer->others = ARENA_ARRAY(checking->arena, MOST_CERTIFICATES, struct bytes);
    if (!node || !read_base64(checking->arena, node, &signer->certificate))
        return "xades-certificate: KeyInfo must hold the signer's certificate";
    while ((node = xml_next(node, DS, "X509Certificate"))) {
        if (signer->other_count == MOST_CERTIFICATES ||
            !read_base64(checking->arena, node, &signer->others[signer->other_count++]))
            return "xades-certificate: too many certificates, or one that is none";
    }
    return NULL;
}

static const char *check_value(struct checking *checking)
{
    const xmlNode *canonical_by = xml_child(checking->info, DS, "CanonicalizationMethod");
    struct bytes form, value;
    if (!canonical(checking->arena, checking->info, attribute(checking, canonical_by, "Algorithm"),
                   &form) ||
        !read_base64(checking->arena, checking->value, &value) ||
        !sandbox_jws_verify(checking->arena, checking->signer.certificate, form, value))
        return "xades: the signature does not verify";
    return NULL;
}

/* ---- SignedProperties ---- */

/* "CN=x, O=y" without the spaces after commas. */
static const char *tight(struct arena *arena, const char *name)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; *name; name++)
        if (*name != ' ' || !buf.size || buf.data[buf.size - 1] != ',')
            buf_add_byte(&buf, (unsigned char)*name);
    return buf_text(&buf);
}

static const char *check_signing_certificate(struct checking *checking, const xmlNode *holder)
{
    const xmlNode *cert = holder ? xml_child(holder, XADES, "Cert") : NULL;
    const xmlNode *digest = cert ? xml_child(cert, XADES, "CertDigest") : NULL;
    const xmlNode *method = digest ? xml_child(digest, DS, "DigestMethod") : NULL;
    const xmlNode *value = digest ? xml_child(digest, DS, "DigestValue") : NULL;
    const xmlNode *issued = cert ? xml_child(cert, XADES, "IssuerSerial") : NULL;
    const xmlNode *name = issued ? xml_child(issued, DS, "X509IssuerName") : NULL;
    const xmlNode *number = issued ? xml_child(issued, DS, "X509SerialNumber") : NULL;
    const char *serial, *issuer;
    struct arena *arena = checking->arena;
    if (!cert || xml_next(cert, "*", NULL) || !value || !name || !number)
        return "xades-properties: SigningCertificate has one Cert, with CertDigest and "
               "IssuerSerial";
    if (!text_equal(attribute(checking, method, "Algorithm"), SHA1))
        return "xades-algorithm: CertDigest must be " SHA1;
    if (!is_digest(arena, "SHA-1", checking->signer.certificate, value))
        return "xades-properties: CertDigest is another certificate's";
    if (!sandbox_envelope_issued(arena, checking->signer.certificate, &serial, &issuer) ||
        !text_equal(text_trim(arena, xml_text(arena, number)), serial) ||
        !text_equal(tight(arena, text_trim(arena, xml_text(arena, name))), tight(arena, issuer)))
        return "xades-properties: IssuerSerial is another certificate's";
    return NULL;
}

static const char *check_time(struct checking *checking, const xmlNode *node)
{
    int64_t at;
    if (!node || !clock_parse_iso(text_trim(checking->arena, xml_text(checking->arena, node)), &at))
        return "xades-properties: SigningTime must be a moment with its zone";
    return at > checking->now + MOST_AHEAD_S ? "xades-properties: SigningTime is still to come"
                                             : NULL;
}

static const char *check_format(struct checking *checking, const xmlNode *node, bool *described)
{
    const char *to = attribute(checking, node, "ObjectReference");
    const xmlNode *type = xml_child(node, "*", NULL);
    if (!xml_is(type, XADES, "MimeType") || xml_next(type, "*", NULL))
        return "xades-properties: DataObjectFormat has a MimeType and nothing else";
    for (size_t i = 0; i < checking->covered_count; i++) {
        if (*to != '#' || !text_equal(to + 1, checking->reference_ids[i]))
            continue;
        const char *name = checking->covered[i]->name;
        const char *known = sandbox_manifest_type(checking->manifest, name);
        if (described[i] || !text_equal(xml_text(checking->arena, type), known))
            return arena_printf(checking->arena,
                                "xades-properties: %s is described twice or otherwise", name);
        described[i] = true;
        return NULL;
    }
    return "xades-properties: DataObjectFormat of something that is not covered";
}

static const char *check_formats(struct checking *checking, const xmlNode *holder)
{
    bool *described = ARENA_ARRAY(checking->arena, checking->covered_count + 1, bool);
    const xmlNode *node = holder ? xml_child(holder, "*", NULL) : NULL;
    for (; node; node = xml_next(node, "*", NULL)) {
        const char *wrong = xml_is(node, XADES, "DataObjectFormat")
                                ? check_format(checking, node, described)
                                : "xades-properties: SignedDataObjectProperties hold formats";
        if (wrong)
            return wrong;
    }
    for (size_t i = 0; i < checking->covered_count; i++)
        if (!described[i])
            return arena_printf(checking->arena, "xades-properties: %s is not described",
                                checking->covered[i]->name);
    return NULL;
}

static const char *check_properties(struct checking *checking)
{
    const xmlNode *signature = xml_child(checking->properties, XADES, "SignedSignatureProperties");
    const xmlNode *objects = xml_child(checking->properties, XADES, "SignedDataObjectProperties");
    if (!signature)
        return "xades-properties: SignedSignatureProperties must be there";
    const char *wrong = check_time(checking, xml_child(signature, XADES, "SigningTime"));
    if (!wrong)
        wrong =
            check_signing_certificate(checking, xml_child(signature, XADES, "SigningCertificate"));
    return wrong ? wrong : check_formats(checking, objects);
}

/* ---- the whole ---- */

static const char *check_document(struct checking *checking, xmlDoc *doc)
{
    static const char *(*const steps[])(struct checking *) = {
        check_methods, check_references, read_certificates, check_value, check_properties};
    const char *wrong = find_parts(checking, xmlDocGetRootElement(doc));
    for (size_t i = 0; !wrong && i < COUNT(steps); i++)
        wrong = steps[i](checking);
    return wrong;
}

/* One file of signatures; META-INF/manifest.xml may be beside it, and nothing else (dpi.md, 6). */
static const char *find_signatures(const struct sandbox_package *package,
                                   const struct sandbox_package_file **out)
{
    *out = sandbox_package_find(package, "META-INF/signatures.xml");
    for (size_t i = 0; i < package->count; i++) {
        const struct sandbox_package_file *file = &package->files[i];
        if (text_starts_with(file->name, "META-INF/") && file != *out &&
            !text_equal(file->name, "META-INF/manifest.xml"))
            return "xades: META-INF holds signatures.xml, and manifest.xml at most";
    }
    return *out ? NULL : "xades: META-INF/signatures.xml is not there";
}

const char *sandbox_xades_check(struct arena *arena, const struct sandbox_package *package,
                                const struct sandbox_manifest *manifest,
                                const struct sandbox_schemas *schemas, int64_t now,
                                struct sandbox_xades_signer *out)
{
    const struct sandbox_package_file *file;
    const char *wrong = find_signatures(package, &file);
    if (wrong)
        return wrong;
    struct error err;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(file->content, file->name, &doc, &err))
        return arena_printf(arena, "xades: %s", err.text);
    if (xml_is(xmlDocGetRootElement(doc), "http://uri.etsi.org/02918/v1.2.1#", "XAdESSignatures") &&
        !sandbox_schemas_accept(schemas, SANDBOX_SCHEMAS_SIGNATURES, doc))
        return "xades: not as the schema says";
    struct checking checking = {
        .arena = arena,
        .package = package,
        .manifest = manifest,
        .now = now,
        .covered = ARENA_ARRAY(arena, package->count + 1, const struct sandbox_package_file *),
        .reference_ids = ARENA_ARRAY(arena, package->count + 1, const char *),
    };
    wrong = check_document(&checking, doc);
    if (!wrong)
        *out = checking.signer;
    return wrong;
}
