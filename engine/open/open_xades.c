#include "engine/open/open_xades.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <libxml/c14n.h>

#include <stdlib.h>
#include <string.h>

static const char ds[] = "http://www.w3.org/2000/09/xmldsig#";
static const char xades[] = "http://uri.etsi.org/01903/v1.3.2#";
static const char sha256_uri[] = "http://www.w3.org/2001/04/xmlenc#sha256";
static const char sha1_uri[] = "http://www.w3.org/2000/09/xmldsig#sha1";

enum { MAX_REFERENCES = OPEN_ZIP_MAX_ENTRIES };

struct checking {
    struct open_report *report;
    struct arena *arena;
    const struct open_rules *rules;
    const struct open_zip *zip;
    const char *where; /* the entry's name */
    xmlDoc *doc;
    xmlNode *signature, *signed_info, *properties; /* properties: SignedProperties */
    int canonical_mode;
    const char *canonical_uri;
    struct x509_certificate *chain;
    size_t chain_count;
    bool covers_properties;
    struct open_signature *out;
};

static const char *place(struct checking *c, const xmlNode *node)
{
    return arena_printf(c->arena, "%s:%d", c->where, xml_line(node));
}

#define WRONG(node, ...) open_wrong(c->report, place(c, node), __VA_ARGS__)

static const char *attribute(struct checking *c, const xmlNode *element, const char *name)
{
    const char *value = element ? xml_attribute(c->arena, element, NULL, name) : NULL;
    return value ? value : "";
}

static const char *algorithm_of(struct checking *c, const xmlNode *parent, const char *space,
                                const char *name)
{
    return attribute(c, xml_child(parent, space, name), "Algorithm");
}

/* Base64 with any white space in it; size 0 when it is none. */
static struct bytes base64_of(struct checking *c, const xmlNode *element)
{
    struct bytes bytes = {NULL, 0};
    struct buf text;
    buf_init(&text, c->arena);
    for (const char *at = element ? xml_text(c->arena, element) : ""; *at; at++)
        if (!strchr(" \t\r\n", *at))
            buf_add_byte(&text, (unsigned char)*at);
    return codec_unbase64(c->arena, buf_text(&text), &bytes) ? bytes : (struct bytes){NULL, 0};
}

static bool is_digest_of(struct checking *c, const char *name, struct bytes content,
                         const xmlNode *value)
{
    struct bytes digest;
    return crypto_digest(c->arena, name, content, &digest) &&
           crypto_equal(digest, base64_of(c, value));
}

/* ---- canonical form ---- */

static int is_within(void *root, xmlNode *node, xmlNode *parent)
{
    for (xmlNode *at = node->type == XML_NAMESPACE_DECL ? parent : node; at; at = at->parent)
        if (at == root)
            return 1;
    return 0;
}

static bool canonical(struct checking *c, xmlNode *element, struct bytes *out)
{
    xmlOutputBuffer *buffer = xmlAllocOutputBuffer(NULL);
    bool good = buffer &&
                xmlC14NExecute(c->doc, is_within, element, c->canonical_mode, NULL, 0, buffer) >= 0;
    if (good)
        *out = arena_bytes(c->arena, (struct bytes){xmlOutputBufferGetContent(buffer),
                                                    xmlOutputBufferGetSize(buffer)});
    if (buffer)
        xmlOutputBufferClose(buffer);
    return good;
}

/* The clients write 1.0; the profile's prose would rather have 1.1. */
static bool take_canonical(struct checking *c)
{
    const char *uri = algorithm_of(c, c->signed_info, ds, "CanonicalizationMethod");
    c->canonical_uri = uri;
    if (text_equal(uri, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"))
        c->canonical_mode = XML_C14N_1_0;
    else if (text_equal(uri, "http://www.w3.org/2006/12/xml-c14n11"))
        c->canonical_mode = XML_C14N_1_1;
    else
        WRONG(c->signed_info, "canonical form %s is not allowed: inclusive XML 1.0 or 1.1 is", uri);
    return c->canonical_mode >= 0;
}

/* ---- the frame ---- */

static bool is_asic_space(const char *space)
{
    static const char *const spaces[] = {
        "http://uri.etsi.org/02918/v1.2.1#", "http://uri.etsi.org/2918/v1.2.1#",
        "http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.1.1#"};
    for (size_t i = 0; i < COUNT(spaces); i++)
        if (text_equal(space, spaces[i]))
            return true;
    return false;
}

static bool find_signature(struct checking *c)
{
    xmlNode *root = xmlDocGetRootElement(c->doc);
    const char *space = root->ns ? (const char *)root->ns->href : "";
    if (!text_equal((const char *)root->name, "XAdESSignatures") || !is_asic_space(space)) {
        WRONG(root, "its root is not XAdESSignatures in a namespace of ASiC");
        return false;
    }
    c->signature = xml_child(root, ds, "Signature");
    xmlNode *first = xml_child(root, "*", NULL);
    if (!c->signature || first != c->signature || xml_next(first, "*", NULL)) {
        WRONG(root, "there must be one ds:Signature and nothing else");
        return false;
    }
    c->signed_info = xml_child(c->signature, ds, "SignedInfo");
    if (c->signed_info && xml_child(c->signature, "*", NULL) == c->signed_info)
        return true;
    WRONG(c->signature, "the signature does not begin with SignedInfo");
    return false;
}

static size_t count_of_id(const xmlNode *node, const char *id)
{
    static const char *const names[] = {"Id", "ID", "id"};
    size_t count = 0;
    for (const xmlNode *at = node; at; at = at->next) {
        if (at->type != XML_ELEMENT_NODE)
            continue;
        for (size_t i = 0; i < COUNT(names); i++) {
            xmlChar *value = xmlGetNoNsProp((xmlNode *)at, BAD_CAST names[i]);
            count += value && strcmp((const char *)value, id) == 0;
            xmlFree(value);
        }
        count += count_of_id(at->children, id);
    }
    return count;
}

/* In the one place where they may be; an element of the same id elsewhere could be what another
 * reader believes is signed. */
static void find_properties(struct checking *c)
{
    const xmlNode *object = xml_child(c->signature, ds, "Object");
    const xmlNode *qualifying = object ? xml_child(object, xades, "QualifyingProperties") : NULL;
    c->properties = qualifying ? xml_child(qualifying, xades, "SignedProperties") : NULL;
    if (!c->properties) {
        WRONG(c->signature, "there are no XAdES SignedProperties");
        return;
    }
    const char *target = attribute(c, qualifying, "Target"), *id = attribute(c, c->signature, "Id");
    if (target[0] != '#' || !*id || !text_equal(target + 1, id))
        WRONG(qualifying, "QualifyingProperties are not those of this signature");
    const char *own = attribute(c, c->properties, "Id");
    if (!*own || count_of_id(xmlDocGetRootElement(c->doc), own) != 1)
        WRONG(c->properties, "the id of SignedProperties is missing or there more than once");
}

/* ---- the signer ---- */

static bool read_chain(struct checking *c)
{
    const xmlNode *info = xml_child(c->signature, ds, "KeyInfo");
    const xmlNode *data = info ? xml_child(info, ds, "X509Data") : NULL;
    const xmlNode *one = data ? xml_child(data, ds, "X509Certificate") : NULL;
    c->chain = ARENA_ARRAY(c->arena, X509_MAX_CHAIN, struct x509_certificate);
    for (; one && c->chain_count < X509_MAX_CHAIN; one = xml_next(one, ds, "X509Certificate")) {
        struct error err;
        if (!x509_read(c->arena, base64_of(c, one), place(c, one), &c->chain[c->chain_count],
                       &err)) {
            open_wrong_error(c->report, "", &err);
            return false;
        }
        c->chain_count++;
    }
    if (c->chain_count)
        return true;
    WRONG(c->signature, "the signer's certificate is not in it");
    return false;
}

/* The certificate that SigningCertificate names is put first. */
static void check_named_certificate(struct checking *c, const xmlNode *signer)
{
    const xmlNode *signing = signer ? xml_child(signer, xades, "SigningCertificate") : NULL;
    const xmlNode *cert = signing ? xml_child(signing, xades, "Cert") : NULL;
    const xmlNode *digest = cert ? xml_child(cert, xades, "CertDigest") : NULL;
    const xmlNode *serial = cert ? xml_child(cert, xades, "IssuerSerial") : NULL;
    if (!digest || !serial) {
        WRONG(c->properties, "SigningCertificate with CertDigest and IssuerSerial is missing");
        return;
    }
    const char *uri = algorithm_of(c, digest, ds, "DigestMethod");
    bool sha1 = text_equal(uri, sha1_uri), sha256 = text_equal(uri, sha256_uri);
    if (!sha1 && !sha256)
        WRONG(digest, "the certificate's digest is made with %s", uri);
    if (sha256)
        open_warn(c->report, place(c, digest),
                  "the certificate's digest is SHA-256, where the profile says SHA-1");
    const xmlNode *value = xml_child(digest, ds, "DigestValue");
    size_t at = 0;
    while (at < c->chain_count &&
           !is_digest_of(c, sha1 ? "SHA-1" : "SHA-256", c->chain[at].der, value))
        at++;
    if (at == c->chain_count) {
        WRONG(digest, "the certificate that SigningCertificate names is another than the signer's");
        return;
    }
    struct x509_certificate named = c->chain[at];
    c->chain[at] = c->chain[0];
    c->chain[0] = named;
    const xmlNode *number = xml_child(serial, ds, "X509SerialNumber");
    if (!number || !text_equal(text_trim(c->arena, xml_text(c->arena, number)), named.serial))
        WRONG(serial, "IssuerSerial has another serial number than the signer's certificate");
}

static void check_time(struct checking *c, const xmlNode *signer)
{
    const xmlNode *time = signer ? xml_child(signer, xades, "SigningTime") : NULL;
    const char *text = time ? text_trim(c->arena, xml_text(c->arena, time)) : "";
    if (!time || !clock_parse_iso(text, &c->out->signed_at)) {
        WRONG(c->properties, "SigningTime is missing, or no time with its zone");
        return;
    }
    open_fact(c->report, "signed at: %s", clock_iso_oslo(c->arena, c->out->signed_at));
}

static void check_value(struct checking *c)
{
    const xmlNode *value = xml_child(c->signature, ds, "SignatureValue");
    const char *method = algorithm_of(c, c->signed_info, ds, "SignatureMethod");
    CLEANUP(crypto_key_close) struct crypto_key *key = NULL;
    struct bytes info;
    struct error err;
    if (!text_equal(method, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"))
        WRONG(c->signed_info, "signed with %s: RSA with SHA-256 is what is allowed", method);
    else if (!x509_key(&c->chain[0], &key, &err))
        open_wrong_error(c->report, c->where, &err);
    else if (!canonical(c, c->signed_info, &info) ||
             !crypto_verify_rs256(key, info, base64_of(c, value)))
        WRONG(c->signature, "the signature does not fit what is signed and who signed");
}

/* ---- references ---- */

static const struct open_entry *find_decoded(struct checking *c, const char *uri, bool form)
{
    struct bytes name;
    if (!codec_unpercent(c->arena, BYTES_OF(uri), form, &name) || !text_is_utf8(name) ||
        memchr(name.data, 0, name.size))
        return NULL;
    return open_zip_find(c->zip, arena_text_of(c->arena, name));
}

/* Java's encoder writes '+' for a space, others "%20", and some leave a plus as it is. */
static const struct open_entry *find_entry(struct checking *c, const char *uri)
{
    const struct open_entry *entry = find_decoded(c, uri, true);
    if (!entry)
        entry = find_decoded(c, uri, false);
    return entry ? entry : open_zip_find(c->zip, uri);
}

static bool check_method(struct checking *c, const xmlNode *reference)
{
    const char *method = algorithm_of(c, reference, ds, "DigestMethod");
    if (text_equal(method, sha256_uri))
        return true;
    WRONG(reference, "a digest made with %s: SHA-256 is what is allowed", method);
    return false;
}

static void check_properties_reference(struct checking *c, const xmlNode *reference,
                                       const char *uri)
{
    const xmlNode *transforms = xml_child(reference, ds, "Transforms");
    const xmlNode *transform = transforms ? xml_child(transforms, ds, "Transform") : NULL;
    struct bytes content;
    if (!c->properties || !text_equal(uri + 1, attribute(c, c->properties, "Id")))
        WRONG(reference, "a reference to %s, which is not SignedProperties", uri);
    else if (!transform || xml_next(transform, "*", NULL) ||
             !text_equal(attribute(c, transform, "Algorithm"), c->canonical_uri))
        WRONG(reference, "SignedProperties must be signed in canonical form, with one transform");
    else if (!canonical(c, c->properties, &content) ||
             !is_digest_of(c, "SHA-256", content, xml_child(reference, ds, "DigestValue")))
        WRONG(reference, "SignedProperties were changed after signing");
    else if (c->covers_properties)
        WRONG(reference, "SignedProperties are signed twice");
    else
        c->covers_properties = true;
}

static bool is_covered(const struct checking *c, const struct open_entry *entry)
{
    for (size_t i = 0; i < c->out->count; i++)
        if (c->out->files[i].entry == entry)
            return true;
    return false;
}

static void add_file(struct checking *c, const xmlNode *reference, const struct open_entry *entry)
{
    if (!is_digest_of(c, "SHA-256", entry->content, xml_child(reference, ds, "DigestValue")))
        open_wrong(c->report, entry->name, "it was changed after signing (%s)",
                   place(c, reference));
    c->out->files[c->out->count++] =
        (struct open_signed_file){entry, attribute(c, reference, "Id"), NULL};
}

static void check_file_reference(struct checking *c, const xmlNode *reference, const char *uri)
{
    const struct open_entry *entry = find_entry(c, uri);
    if (!entry)
        WRONG(reference, "a reference to %s, which is not in the package", uri);
    else if (xml_child(reference, ds, "Transforms"))
        WRONG(reference, "%s is signed through a transform, which is not allowed", entry->name);
    else if (is_covered(c, entry))
        WRONG(reference, "%s is signed twice", entry->name);
    else
        add_file(c, reference, entry);
}

static void check_references(struct checking *c)
{
    c->out->files = ARENA_ARRAY(c->arena, c->zip->count + 1, struct open_signed_file);
    size_t count = 0;
    for (const xmlNode *reference = xml_child(c->signed_info, ds, "Reference"); reference;
         reference = xml_next(reference, ds, "Reference")) {
        const char *uri = attribute(c, reference, "URI");
        if (++count > MAX_REFERENCES) {
            WRONG(reference, "more than %d references", MAX_REFERENCES);
            return;
        }
        if (!check_method(c, reference))
            continue;
        if (uri[0] == '#')
            check_properties_reference(c, reference, uri);
        else
            check_file_reference(c, reference, uri);
    }
    if (!c->covers_properties)
        WRONG(c->signed_info, "SignedProperties are not signed");
}

static void check_coverage(struct checking *c)
{
    for (size_t i = 0; i < c->zip->count; i++) {
        const struct open_entry *entry = &c->zip->entries[i];
        bool outside =
            text_starts_with(entry->name, "META-INF/") || text_equal(entry->name, "mimetype");
        if (!outside && !is_covered(c, entry))
            open_wrong(c->report, entry->name, "it is not signed");
        if (outside && is_covered(c, entry))
            open_warn(c->report, entry->name, "it is signed too, which other clients do not do");
    }
}

/* ---- what is said of each file ---- */

static struct open_signed_file *find_by_id(struct checking *c, const char *id)
{
    for (size_t i = 0; i < c->out->count; i++)
        if (*c->out->files[i].id && text_equal(c->out->files[i].id, id))
            return &c->out->files[i];
    return NULL;
}

static void check_formats(struct checking *c)
{
    const xmlNode *objects = xml_child(c->properties, xades, "SignedDataObjectProperties");
    const xmlNode *format = objects ? xml_child(objects, xades, "DataObjectFormat") : NULL;
    for (; format; format = xml_next(format, xades, "DataObjectFormat")) {
        const char *reference = attribute(c, format, "ObjectReference");
        struct open_signed_file *file = reference[0] == '#' ? find_by_id(c, reference + 1) : NULL;
        const xmlNode *mime = xml_child(format, xades, "MimeType");
        if (!file)
            WRONG(format, "a DataObjectFormat for %s, which is no file that is signed", reference);
        else if (file->mime || !mime)
            WRONG(format, "a second DataObjectFormat for %s, or one without MimeType",
                  file->entry->name);
        else
            file->mime = text_trim(c->arena, xml_text(c->arena, mime));
    }
    for (size_t i = 0; i < c->out->count; i++)
        if (!c->out->files[i].mime)
            open_wrong(c->report, c->out->files[i].entry->name,
                       "its signature does not say what kind of file it is (DataObjectFormat)");
}

static void check_all(struct checking *c)
{
    find_properties(c);
    if (!read_chain(c) || !take_canonical(c))
        return;
    const xmlNode *signer =
        c->properties ? xml_child(c->properties, xades, "SignedSignatureProperties") : NULL;
    if (c->properties)
        check_named_certificate(c, signer);
    open_signer_tell(c->report, c->where, c->rules, c->chain, c->chain_count);
    c->out->organisation = c->chain[0].organisation;
    if (c->properties)
        check_time(c, signer);
    check_value(c);
    check_references(c);
    check_coverage(c);
    if (c->properties)
        check_formats(c);
}

bool open_xades_check(struct open_report *report, const struct open_rules *rules,
                      const struct open_zip *zip, const struct open_entry *signatures,
                      struct open_signature *out)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    if (!xml_parse(signatures->content, signatures->name, &doc, &err)) {
        open_wrong_error(report, "", &err);
        return false;
    }
    *out = (struct open_signature){.organisation = ""};
    struct checking c = {.report = report,
                         .arena = report->arena,
                         .rules = rules,
                         .zip = zip,
                         .where = signatures->name,
                         .doc = doc,
                         .canonical_mode = -1,
                         .out = out};
    if (!find_signature(&c))
        return false;
    check_all(&c);
    return true;
}
