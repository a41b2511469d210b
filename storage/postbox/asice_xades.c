#include "storage/postbox/asice_xades.h"

#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/x509.h"
#include "engine/base/xml.h"

#include <libxml/c14n.h>

#include <stdlib.h>
#include <string.h>

#define CANONICAL "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define SHA1 "http://www.w3.org/2000/09/xmldsig#sha1"
#define ASIC_SPACE "http://uri.etsi.org/02918/v1.2.1#"
#define SIGNATURE_SPACE "http://www.w3.org/2000/09/xmldsig#"
#define XADES_SPACE "http://uri.etsi.org/01903/v1.3.2#"

/* libxml2 fails here only without memory, and that ends the process (xml_start). */
struct writing {
    struct arena *arena;
    xmlDoc *doc;
    xmlNs *signature, *xades, *signature_inside; /* the last in XAdES, under a prefix */
    xmlNode *signed_info, *value, *properties, *properties_digest;
};

static xmlNode *add(xmlNode *parent, xmlNs *space, const char *name)
{
    return xmlNewChild(parent, space, BAD_CAST name, NULL);
}

static xmlNode *add_text(xmlNode *parent, xmlNs *space, const char *name, const char *text)
{
    return xmlNewTextChild(parent, space, BAD_CAST name, BAD_CAST text);
}

static void set(xmlNode *element, const char *name, const char *value)
{
    xmlNewProp(element, BAD_CAST name, BAD_CAST value);
}

static void add_algorithm(xmlNode *parent, xmlNs *space, const char *name, const char *algorithm)
{
    set(add(parent, space, name), "Algorithm", algorithm);
}

/* As Java's URLEncoder has it, which is what the other clients write. Our names are of letters
 * that stay. */
static const char *reference_of(struct arena *arena, const char *name)
{
    return codec_percent(arena, name);
}

static const char *digest_of(struct arena *arena, struct bytes bytes)
{
    struct crypto_sha256 digest = crypto_sha256(bytes);
    return codec_base64(arena, (struct bytes){digest.bytes, sizeof digest.bytes});
}

static const char *id_of(struct arena *arena, size_t at)
{
    return arena_printf(arena, "ID_%zu", at);
}

/* ---- what is signed ---- */

static void add_references(struct writing *w, const struct asice_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        xmlNode *reference = add(w->signed_info, w->signature, "Reference");
        set(reference, "Id", id_of(w->arena, i));
        set(reference, "URI", reference_of(w->arena, files[i].name));
        add_algorithm(reference, w->signature, "DigestMethod", SHA256);
        add_text(reference, w->signature, "DigestValue", digest_of(w->arena, files[i].content));
    }
    xmlNode *reference = add(w->signed_info, w->signature, "Reference");
    set(reference, "Type", "http://uri.etsi.org/01903#SignedProperties");
    set(reference, "URI", "#SignedProperties");
    add_algorithm(add(reference, w->signature, "Transforms"), w->signature, "Transform", CANONICAL);
    add_algorithm(reference, w->signature, "DigestMethod", SHA256);
    w->properties_digest = add(reference, w->signature, "DigestValue");
}

static void add_certificates(struct writing *w, xmlNode *signature,
                             const struct x509_certificate *chain, size_t count)
{
    xmlNode *data = add(add(signature, w->signature, "KeyInfo"), w->signature, "X509Data");
    for (size_t i = 0; i < count; i++)
        add_text(data, w->signature, "X509Certificate", codec_base64(w->arena, chain[i].der));
}

static void add_signer(struct writing *w, const struct x509_certificate *certificate, int64_t at)
{
    xmlNode *signer = add(w->properties, w->xades, "SignedSignatureProperties");
    add_text(signer, w->xades, "SigningTime", clock_iso_oslo(w->arena, at));
    xmlNode *cert = add(add(signer, w->xades, "SigningCertificate"), w->xades, "Cert");
    xmlNode *digest = add(cert, w->xades, "CertDigest");
    add_algorithm(digest, w->signature_inside, "DigestMethod", SHA1);
    add_text(digest, w->signature_inside, "DigestValue",
             codec_base64(w->arena, (struct bytes){certificate->sha1, sizeof certificate->sha1}));
    xmlNode *issuer = add(cert, w->xades, "IssuerSerial");
    add_text(issuer, w->signature_inside, "X509IssuerName", certificate->issuer);
    add_text(issuer, w->signature_inside, "X509SerialNumber", certificate->serial);
}

static void add_properties(struct writing *w, xmlNode *signature,
                           const struct x509_certificate *certificate, int64_t at,
                           const struct asice_file *files, size_t count)
{
    xmlNode *object = add(signature, w->signature, "Object");
    xmlNode *qualifying = xmlNewChild(object, NULL, BAD_CAST "QualifyingProperties", NULL);
    w->xades = xmlNewNs(qualifying, BAD_CAST XADES_SPACE, NULL);
    w->signature_inside = xmlNewNs(qualifying, BAD_CAST SIGNATURE_SPACE, BAD_CAST "ns2");
    xmlSetNs(qualifying, w->xades);
    set(qualifying, "Target", "#Signature");
    w->properties = add(qualifying, w->xades, "SignedProperties");
    set(w->properties, "Id", "SignedProperties");
    add_signer(w, certificate, at);
    xmlNode *objects = add(w->properties, w->xades, "SignedDataObjectProperties");
    for (size_t i = 0; i < count; i++) {
        xmlNode *format = add(objects, w->xades, "DataObjectFormat");
        set(format, "ObjectReference", arena_printf(w->arena, "#%s", id_of(w->arena, i)));
        add_text(format, w->xades, "MimeType", files[i].mime);
    }
}

static xmlNode *begin(struct writing *w)
{
    w->doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewDocNode(w->doc, NULL, BAD_CAST "XAdESSignatures", NULL);
    xmlSetNs(root, xmlNewNs(root, BAD_CAST ASIC_SPACE, NULL));
    xmlDocSetRootElement(w->doc, root);
    xmlNode *signature = xmlNewChild(root, NULL, BAD_CAST "Signature", NULL);
    w->signature = xmlNewNs(signature, BAD_CAST SIGNATURE_SPACE, NULL);
    xmlSetNs(signature, w->signature);
    set(signature, "Id", "Signature");
    w->signed_info = add(signature, w->signature, "SignedInfo");
    add_algorithm(w->signed_info, w->signature, "CanonicalizationMethod", CANONICAL);
    add_algorithm(w->signed_info, w->signature, "SignatureMethod", RSA_SHA256);
    w->value = add(signature, w->signature, "SignatureValue");
    return signature;
}

/* ---- signing ---- */

/* Asked for a namespace, libxml2 gives the element it is on as its parent. */
static int is_within(void *root, xmlNode *node, xmlNode *parent)
{
    for (xmlNode *at = node->type == XML_NAMESPACE_DECL ? parent : node; at; at = at->parent)
        if (at == root)
            return 1;
    return 0;
}

/* The element as it stands in its document, in canonical form. */
static struct bytes canonical(struct writing *w, xmlNode *element)
{
    xmlOutputBuffer *buffer = xmlAllocOutputBuffer(NULL);
    if (!buffer || xmlC14NExecute(w->doc, is_within, element, XML_C14N_1_0, NULL, 0, buffer) < 0)
        abort();
    struct bytes bytes = arena_bytes(w->arena, (struct bytes){xmlOutputBufferGetContent(buffer),
                                                              xmlOutputBufferGetSize(buffer)});
    xmlOutputBufferClose(buffer);
    return bytes;
}

/* The digest first: it is part of what is signed. */
static bool sign(struct writing *w, const struct asice_signer *signer,
                 const struct x509_certificate *certificate, struct error *err)
{
    CLEANUP(crypto_key_close) struct crypto_key *public_key = NULL;
    struct bytes signature;
    xmlNodeSetContent(w->properties_digest,
                      BAD_CAST digest_of(w->arena, canonical(w, w->properties)));
    struct bytes info = canonical(w, w->signed_info);
    if (!crypto_sign_rs256(w->arena, signer->key, info, &signature, err) ||
        !x509_key(certificate, &public_key, err))
        return false;
    if (!crypto_verify_rs256(public_key, info, signature))
        return error_set(err, ERROR_INVALID, "the sender's key does not belong to its certificate");
    xmlNodeSetContent(w->value, BAD_CAST codec_base64(w->arena, signature));
    return true;
}

bool asice_xades_write(struct arena *arena, const struct asice_file *files, size_t count,
                       const struct asice_signer *signer, struct bytes *out, struct error *err)
{
    struct x509_certificate *chain;
    size_t chain_count;
    if (!x509_read_pem(arena, signer->chain_pem, "the sender's certificate", &chain, &chain_count,
                       err))
        return false;
    struct writing w = {.arena = arena};
    xmlNode *signature = begin(&w);
    CLEANUP(xml_close) xmlDoc *doc = w.doc;
    add_references(&w, files, count);
    add_certificates(&w, signature, chain, chain_count);
    add_properties(&w, signature, &chain[0], signer->signed_at, files, count);
    if (!sign(&w, signer, &chain[0], err))
        return false;
    *out = xml_write(arena, doc);
    return true;
}
