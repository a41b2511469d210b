#include "engine/open/open_manifest.h"

#include "engine/base/text.h"
#include "engine/base/xml.h"

#include <string.h>

static const char sdp[] = "http://begrep.difi.no/sdp/schema_v10";
static const char list_space[] = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
static const char manifest_name[] = "manifest.xml";
static const char list_name[] = "META-INF/manifest.xml";
static const char link_mime[] = "application/vnd.difi.dpi.lenke+xml";

enum { MAX_ATTACHMENTS = 200, MIN_NAME = 4, MAX_NAME = 100, MAX_TITLE = 255 };

struct reading {
    struct open_report *report;
    struct arena *arena;
    const struct open_zip *zip;
    const struct open_signature *signature;
    bool *is_named; /* for each entry of the zip */
    struct open_parties *out;
};

static const char *place(struct reading *r, const xmlNode *node)
{
    return arena_printf(r->arena, "%s:%d", manifest_name, xml_line(node));
}

#define WRONG(node, ...) open_wrong(r->report, place(r, node), __VA_ARGS__)

/* ---- the schema's pieces ---- */

static const char *text_in(struct reading *r, const xmlNode *element)
{
    return element ? text_trim(r->arena, xml_text(r->arena, element)) : "";
}

static const char *attribute(struct reading *r, const xmlNode *element, const char *name)
{
    const char *value = xml_attribute(r->arena, element, NULL, name);
    return value ? value : "";
}

/* Takes the element at *at when it is that one, and moves *at past it. */
static xmlNode *take(xmlNode **at, const char *name)
{
    xmlNode *element = *at;
    if (!element || !xml_is(element, sdp, name))
        return NULL;
    *at = xml_next(element, "*", NULL);
    return element;
}

static void nothing_more(struct reading *r, const xmlNode *at)
{
    if (at)
        WRONG(at, "<%s> does not belong here", (const char *)at->name);
}

static bool has_length(const char *text, size_t least, size_t most)
{
    size_t length = text_length(text);
    return length >= least && length <= most;
}

static bool is_organisation(const char *text)
{
    return strspn(text, "0123456789") == 4 && text[4] == ':' && has_length(text + 5, 1, 35);
}

/* ---- who ---- */

static void read_receiver(struct reading *r, xmlNode *receiver)
{
    xmlNode *at = xml_child(receiver, "*", NULL), *person = take(&at, "person");
    nothing_more(r, at);
    at = person ? xml_child(person, "*", NULL) : NULL;
    xmlNode *number = take(&at, "personidentifikator"), *mailbox = take(&at, "postkasseadresse");
    nothing_more(r, at);
    if (number)
        open_warn(r->report, place(r, number),
                  "it names the person by number, which the SBD must not any more");
    if (!mailbox)
        WRONG(receiver, "the mailbox's address is missing");
    r->out->mailbox = text_in(r, mailbox);
    open_fact(r->report, "to mailbox: %s", r->out->mailbox);
}

static void read_sender(struct reading *r, xmlNode *sender)
{
    xmlNode *at = xml_child(sender, "*", NULL), *organisation = take(&at, "organisasjon");
    xmlNode *unit = take(&at, "avsenderidentifikator"), *invoice = take(&at, "fakturaReferanse");
    nothing_more(r, at);
    r->out->agency = text_in(r, organisation);
    r->out->agency_unit = text_in(r, unit);
    if (!is_organisation(r->out->agency))
        WRONG(sender, "the sender is not named as 4 digits, a colon and its number");
    const char *authority = organisation ? attribute(r, organisation, "authority") : "";
    if (*authority && !text_equal(authority, "iso6523-actorid-upis"))
        WRONG(organisation, "the sender's number is of an unknown authority");
    if (!has_length(r->out->agency_unit, 0, 100) || !has_length(text_in(r, invoice), 0, 40))
        WRONG(sender, "avsenderidentifikator or fakturaReferanse is too long");
    open_fact(r->report, "from agency: %s%s%s", r->out->agency, unit ? ", unit " : "",
              r->out->agency_unit);
    if (invoice)
        open_fact(r->report, "invoice reference: %s", text_in(r, invoice));
}

/* ---- documents ---- */

/* Digdir, "Dokumentpakke: filformater". */
static bool is_taken_by_mailboxes(const char *mime)
{
    static const char *const takes[] = {
        "application/pdf",
        "text/html",
        "text/plain",
        "application/ehf+xml",
        "image/gif",
        "image/jpeg",
        "image/png",
        "application/msword",
        "application/octet-stream",
        "application/vnd.oasis.opendocument.formula",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.graphics",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    };
    for (size_t i = 0; i < COUNT(takes); i++)
        if (text_equal(mime, takes[i]))
            return true;
    return false;
}

static bool is_extension(const char *mime)
{
    return text_equal(mime, link_mime) || text_equal(mime, "application/vnd.difi.dpi.bevis+xml") ||
           text_equal(mime, "application/vnd.difi.dpi.arrangement+xml");
}

/* Two documents of one name are one file told as two. */
static const struct open_entry *name_entry(struct reading *r, const xmlNode *element,
                                           const char *href)
{
    for (size_t i = 0; i < r->zip->count; i++) {
        if (!text_equal(r->zip->entries[i].name, href))
            continue;
        if (r->is_named[i])
            WRONG(element, "%s is named twice", href);
        r->is_named[i] = true;
        return &r->zip->entries[i];
    }
    WRONG(element, "%s is not in the package", href);
    return NULL;
}

static const char *signed_mime(const struct open_signature *signature,
                               const struct open_entry *entry)
{
    for (size_t i = 0; signature && i < signature->count; i++)
        if (signature->files[i].entry == entry)
            return signature->files[i].mime;
    return NULL;
}

static const struct open_entry *read_file(struct reading *r, const xmlNode *element,
                                          const char **mime)
{
    const char *href = attribute(r, element, "href");
    *mime = attribute(r, element, "mime");
    if (!has_length(href, MIN_NAME, MAX_NAME))
        WRONG(element, "a file's name must have %d to %d characters", MIN_NAME, MAX_NAME);
    if (!has_length(*mime, 1, 100))
        WRONG(element, "a file's media type is missing or too long");
    const struct open_entry *entry = name_entry(r, element, href);
    const char *other = entry ? signed_mime(r->signature, entry) : NULL;
    if (other && !text_equal(other, *mime))
        WRONG(element, "%s is %s here, but %s in the signature", href, *mime, other);
    return entry;
}

static void read_data(struct reading *r, const xmlNode *data, bool is_main)
{
    const char *mime;
    const struct open_entry *entry = read_file(r, data, &mime);
    if (!is_extension(mime))
        WRONG(data, "data of the type %s is no extension that mailboxes have", mime);
    if (!is_main)
        open_warn(r->report, place(r, data),
                  "data on an attachment, where other clients only write it on the main document");
    open_fact(r->report, "  with %s, %s, %zu bytes", attribute(r, data, "href"), mime,
              entry ? entry->content.size : 0);
    if (entry && text_equal(mime, link_mime))
        open_link_check(r->report, entry);
}

static void read_document(struct reading *r, const xmlNode *document, bool is_main)
{
    xmlNode *at = xml_child(document, "*", NULL);
    xmlNode *title = take(&at, "tittel"), *data = take(&at, "data");
    const char *mime, *kind = is_main ? "main document" : "attachment";
    const char *text = text_in(r, title);
    nothing_more(r, at);
    const struct open_entry *entry = read_file(r, document, &mime);
    if (title &&
        (!has_length(text, 1, MAX_TITLE) || !has_length(attribute(r, title, "lang"), 2, 2)))
        WRONG(title, "a title must have 1 to %d characters and a language of two letters",
              MAX_TITLE);
    if (!is_taken_by_mailboxes(mime))
        WRONG(document, "mailboxes take no %s", mime);
    if (!is_main && text_equal(mime, "application/ehf+xml"))
        WRONG(document, "an invoice (EHF) may only be the main document");
    open_fact(r->report, "%s: \"%s\", %s, %s, %zu bytes", kind, text,
              attribute(r, document, "href"), mime, entry ? entry->content.size : 0);
    if (data)
        read_data(r, data, is_main);
}

static void read_documents(struct reading *r, xmlNode *root, xmlNode *at)
{
    xmlNode *document = take(&at, "hoveddokument");
    if (document)
        read_document(r, document, true);
    else
        WRONG(root, "there is no main document");
    size_t count = 0;
    while ((document = take(&at, "vedlegg"))) {
        if (++count == MAX_ATTACHMENTS + 1)
            WRONG(document, "more than %d attachments", MAX_ATTACHMENTS);
        read_document(r, document, false);
    }
    xmlNode *link = take(&at, "lenke");
    if (link)
        open_warn(r->report, place(r, link), "a link in the manifest itself: mailboxes drop it");
    nothing_more(r, at);
}

static void check_named(struct reading *r)
{
    for (size_t i = 0; i < r->zip->count; i++) {
        const char *name = r->zip->entries[i].name;
        if (!r->is_named[i] && !text_starts_with(name, "META-INF/") &&
            !text_equal(name, "mimetype") && !text_equal(name, manifest_name))
            open_wrong(r->report, name, "the manifest does not name it");
    }
}

static void read_manifest(struct reading *r, xmlNode *root)
{
    xmlNode *at = xml_child(root, "*", NULL);
    xmlNode *receiver = take(&at, "mottaker"), *sender = take(&at, "avsender");
    if (receiver)
        read_receiver(r, receiver);
    if (sender)
        read_sender(r, sender);
    else
        WRONG(root, "it does not say who sends it");
    read_documents(r, root, at);
    check_named(r);
}

void open_manifest_check(struct open_report *report, const struct open_zip *zip,
                         const struct open_signature *signature, struct open_parties *out)
{
    *out = (struct open_parties){"", "", ""};
    const struct open_entry *entry = open_zip_find(zip, manifest_name);
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    if (!entry) {
        open_wrong(report, "package", "there is no manifest.xml");
        return;
    }
    if (!xml_parse(entry->content, manifest_name, &doc, &err)) {
        open_wrong_error(report, "", &err);
        return;
    }
    struct reading r = {report, report->arena, zip, signature, NULL, out};
    r.is_named = ARENA_ARRAY(report->arena, zip->count, bool);
    xmlNode *root = xmlDocGetRootElement(doc);
    if (xml_is(root, sdp, "manifest"))
        read_manifest(&r, root);
    else
        open_wrong(report, place(&r, root), "its root is not <manifest> of Digital post");
}

/* ---- META-INF/manifest.xml ---- */

static bool lists(struct arena *arena, xmlNode *root, const char *name)
{
    for (const xmlNode *entry = xml_child(root, list_space, "file-entry"); entry;
         entry = xml_next(entry, list_space, "file-entry"))
        if (text_equal(xml_attribute(arena, entry, list_space, "full-path"), name))
            return true;
    return false;
}

void open_list_check(struct open_report *report, const struct open_zip *zip)
{
    const struct open_entry *list = open_zip_find(zip, list_name);
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    if (!list)
        return;
    if (!xml_parse(list->content, list_name, &doc, &err)) {
        open_wrong_error(report, "", &err);
        return;
    }
    xmlNode *root = xmlDocGetRootElement(doc);
    if (!xml_is(root, list_space, "manifest")) {
        open_wrong(report, list_name, "its root is not <manifest> of OpenDocument");
        return;
    }
    for (size_t i = 0; i < zip->count; i++) {
        const char *name = zip->entries[i].name;
        if (!text_starts_with(name, "META-INF/") && !text_equal(name, "mimetype") &&
            !lists(report->arena, root, name))
            open_warn(report, list_name, "it does not list %s", name);
    }
    for (const xmlNode *entry = xml_child(root, list_space, "file-entry"); entry;
         entry = xml_next(entry, list_space, "file-entry")) {
        const char *name = xml_attribute(report->arena, entry, list_space, "full-path");
        if (name && !text_equal(name, "/") && !open_zip_find(zip, name))
            open_warn(report, list_name, "it lists %s, which is not in the package", name);
    }
}
