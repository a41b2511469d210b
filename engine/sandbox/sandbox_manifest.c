#include "engine/sandbox/sandbox_manifest.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox_html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "http://begrep.difi.no/sdp/schema_v10"
#define LINK_NAMESPACE "http://begrep.difi.no/sdp/utvidelser/lenke"
#define LINK_TYPE "application/vnd.difi.dpi.lenke+xml"
#define EHF "application/ehf+xml"

enum { MOST_ATTACHMENTS = 200 };

/* What letters may be of (dpi.md, 9). */
static const char *const types[] = {
    "application/pdf",
    "text/html",
    EHF,
    "text/plain",
    "application/vnd.oasis.opendocument.formula",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.graphics",
    "image/gif",
    "image/jpeg",
    "image/png",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/octet-stream",
};

static const char *const extensions[] = {
    LINK_TYPE,
    "application/vnd.difi.dpi.bevis+xml",
    "application/vnd.difi.dpi.arrangement+xml",
};

/* One package's manifest while it is read. */
struct reading {
    struct arena *arena;
    const struct sandbox_package *package;
    const struct sandbox_schemas *schemas;
    struct sandbox_manifest *manifest;
    const char **spoken_of; /* file names */
    size_t spoken_count;
};

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i], text))
            return true;
    return false;
}

/* ---- elements in order ---- */

/* The next child element when it is that one, and moves past it; else NULL. */
static xmlNode *take(xmlNode **next, const char *uri, const char *name)
{
    xmlNode *node = *next;
    if (!node || !xml_is(node, uri, name))
        return NULL;
    *next = xml_next(node, "*", NULL);
    return node;
}

/* The text of an element without children, NULL when it is too short or long. */
static const char *plain_text(struct arena *arena, const xmlNode *node, size_t least, size_t most)
{
    const char *text = xml_text(arena, node);
    size_t length = text_length(text);
    return !xml_child(node, "*", NULL) && length >= least && length <= most ? text : NULL;
}

/* The same for an element with an attribute `lang` of two characters. */
static const char *text_in_language(struct arena *arena, const xmlNode *node, size_t most)
{
    const char *language = xml_attribute(arena, node, NULL, "lang");
    return language && text_length(language) == 2 ? plain_text(arena, node, 1, most) : NULL;
}

/* ---- lenke utenfor brev (8.1) ---- */

static const char *read_link(struct arena *arena, const xmlNode *root,
                             struct sandbox_post_link *out)
{
    xmlNode *next = xml_child(root, "*", NULL), *node;
    struct sandbox_post_link link = {0};
    if ((node = take(&next, LINK_NAMESPACE, "url")))
        link.url = plain_text(arena, node, strlen("http://x"), SIZE_MAX);
    if (!link.url ||
        !(text_starts_with(link.url, "https://") || text_starts_with(link.url, "http://")) ||
        strpbrk(link.url, " \t\r\n<>\""))
        return "link: url must be there first, and http or https";
    if ((node = take(&next, LINK_NAMESPACE, "beskrivelse")) &&
        !(link.description = text_in_language(arena, node, 70)))
        return "link: beskrivelse has 1 to 70 characters and lang";
    if ((node = take(&next, LINK_NAMESPACE, "knappTekst")) &&
        !(link.button = text_in_language(arena, node, 30)))
        return "link: knappTekst has 1 to 30 characters and lang";
    if ((node = take(&next, LINK_NAMESPACE, "frist")) &&
        !clock_parse_iso(text_trim(arena, xml_text(arena, node)), &link.deadline))
        return "link: frist must be a moment with its zone";
    if (next)
        return "link: url, beskrivelse, knappTekst, frist, in that order";
    *out = link;
    return NULL;
}

static const char *open_link(struct reading *reading, const struct sandbox_package_file *file)
{
    struct error err;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(file->content, file->name, &doc, &err))
        return arena_printf(reading->arena, "link: %s", err.text);
    const xmlNode *root = xmlDocGetRootElement(doc);
    if (!xml_is(root, LINK_NAMESPACE, "lenke"))
        return "link: the root must be lenke in its namespace";
    const char *wrong = read_link(reading->arena, root, &reading->manifest->link);
    if (!wrong && !sandbox_schemas_accept(reading->schemas, SANDBOX_SCHEMAS_LINK, doc))
        wrong = "link: not as the schema says";
    return wrong;
}

/* ---- documents ---- */

/* The file of href and mime; NULL: told in *wrong. Each may be spoken of once. */
static const struct sandbox_package_file *
read_reference(struct reading *reading, const xmlNode *node, const char **type, const char **wrong)
{
    struct arena *arena = reading->arena;
    const char *href = xml_attribute(arena, node, NULL, "href");
    *type = xml_attribute(arena, node, NULL, "mime");
    *wrong = "manifest: href has 4 to 100 characters, mime 1 to 100";
    if (!href || !*type || text_length(href) < 4 || text_length(href) > 100 || !**type ||
        text_length(*type) > 100)
        return NULL;
    const struct sandbox_package_file *file = sandbox_package_find(reading->package, href);
    *wrong = arena_printf(arena, "manifest-file: %s is not in the package", href);
    if (!file || !sandbox_package_is_signed(file) || text_equal(href, "manifest.xml"))
        return NULL;
    *wrong = arena_printf(arena, "manifest-file: %s is spoken of twice", href);
    if (is_one_of(href, reading->spoken_of, reading->spoken_count))
        return NULL;
    reading->spoken_of[reading->spoken_count++] = href;
    return file;
}

static const char *read_data(struct reading *reading, const xmlNode *node)
{
    const char *type, *wrong;
    const struct sandbox_package_file *file = read_reference(reading, node, &type, &wrong);
    if (!file)
        return wrong;
    if (xml_child(node, "*", NULL) || *xml_text(reading->arena, node))
        return "manifest: data must be empty";
    if (!is_one_of(type, extensions, COUNT(extensions)))
        return arena_printf(reading->arena, "type: %s is no extension", type);
    reading->manifest->data[reading->manifest->document_count - 1] =
        (struct sandbox_manifest_data){file->name, type};
    return text_equal(type, LINK_TYPE) ? open_link(reading, file) : NULL;
}

static const char *check_content(struct reading *reading, const char *type, bool is_main,
                                 const struct sandbox_package_file *file)
{
    if (!is_one_of(type, types, COUNT(types)))
        return arena_printf(reading->arena, "type: %s may not be of %s", file->name, type);
    if (text_equal(type, EHF) && !is_main)
        return "type: EHF may be the main document only";
    const char *wrong = text_equal(type, "text/html") ? sandbox_html_check(file->content) : NULL;
    return wrong ? arena_printf(reading->arena, "html: %s", wrong) : NULL;
}

static const char *read_document(struct reading *reading, const xmlNode *node, bool is_main)
{
    const char *type, *wrong, *title = NULL;
    const struct sandbox_package_file *file = read_reference(reading, node, &type, &wrong);
    if (!file)
        return wrong;
    xmlNode *next = xml_child(node, "*", NULL), *child;
    if ((child = take(&next, NAMESPACE, "tittel")) &&
        !(title = text_in_language(reading->arena, child, 255)))
        return "manifest: tittel has 1 to 255 characters and lang";
    child = take(&next, NAMESPACE, "data");
    if (next)
        return "manifest: a document has tittel, then data, each once";
    wrong = check_content(reading, type, is_main, file);
    if (wrong)
        return wrong;
    reading->manifest->documents[reading->manifest->document_count++] =
        (struct sandbox_post_document){.file_name = file->name,
                                       .title = title ? title : file->name,
                                       .type = type,
                                       .size_bytes = file->content.size};
    return child ? read_data(reading, child) : NULL;
}

/* ---- sender and recipient ---- */

/* "0192:310245682" */
static bool is_organisation(const char *text)
{
    if (strspn(text, "0123456789") != 4 || text[4] != ':')
        return false;
    size_t size = strlen(text + 5);
    for (const char *at = text + 5; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_')
            return false;
    return size >= 1 && size <= 35;
}

static const char *read_recipient(struct reading *reading, const xmlNode *node)
{
    xmlNode *persons = xml_child(node, "*", NULL), *person = take(&persons, NAMESPACE, "person");
    if (!person || persons)
        return "manifest: mottaker has one person";
    xmlNode *next = xml_child(person, "*", NULL), *child;
    if ((child = take(&next, NAMESPACE, "personidentifikator"))) {
        const char *number = plain_text(reading->arena, child, 11, 11);
        if (!number || strspn(number, "0123456789") != 11)
            return "manifest: personidentifikator has 11 digits";
    }
    child = take(&next, NAMESPACE, "postkasseadresse");
    if (!child || next)
        return "manifest: a person has a postkasseadresse";
    reading->manifest->mailbox = xml_text(reading->arena, child);
    return NULL;
}

static const char *read_sender(struct reading *reading, const xmlNode *node)
{
    struct arena *arena = reading->arena;
    xmlNode *next = xml_child(node, "*", NULL), *child = take(&next, NAMESPACE, "organisasjon");
    const char *sender = child ? xml_text(arena, child) : "";
    const char *authority = child ? xml_attribute(arena, child, NULL, "authority") : NULL;
    if (!is_organisation(sender) || (authority && !text_equal(authority, "iso6523-actorid-upis")))
        return "manifest: avsender has an organisasjon of iso6523-actorid-upis";
    reading->manifest->sender = sender;
    if ((child = take(&next, NAMESPACE, "avsenderidentifikator")) &&
        !(reading->manifest->sender_identifier = plain_text(arena, child, 0, 100)))
        return "manifest: avsenderidentifikator has at most 100 characters";
    if ((child = take(&next, NAMESPACE, "fakturaReferanse")) && !plain_text(arena, child, 0, 40))
        return "manifest: fakturaReferanse has at most 40 characters";
    return next ? "manifest: avsender has something else in it" : NULL;
}

/* ---- the whole ---- */

static const char *read_documents(struct reading *reading, xmlNode **next)
{
    const xmlNode *document = take(next, NAMESPACE, "hoveddokument");
    if (!document)
        return "manifest: hoveddokument must be there, behind avsender";
    const char *wrong = read_document(reading, document, true);
    while (!wrong && (document = take(next, NAMESPACE, "vedlegg")))
        wrong = reading->manifest->document_count > MOST_ATTACHMENTS
                    ? "zip-limit: more than 200 attachments"
                    : read_document(reading, document, false);
    return wrong;
}

static const char *read_root(struct reading *reading, const xmlNode *root)
{
    if (!xml_is(root, NAMESPACE, "manifest"))
        return "manifest: the root must be manifest in its namespace";
    xmlNode *next = xml_child(root, "*", NULL);
    const xmlNode *recipient = take(&next, NAMESPACE, "mottaker");
    const char *wrong = recipient ? read_recipient(reading, recipient)
                                  : "manifest: mottaker must be there for digital post";
    const xmlNode *sender = wrong ? NULL : take(&next, NAMESPACE, "avsender");
    if (!wrong)
        wrong = sender ? read_sender(reading, sender) : "manifest: avsender must be there";
    if (!wrong)
        wrong = read_documents(reading, &next);
    return wrong ? wrong : next ? "manifest: something stands behind the documents" : NULL;
}

/* None extra: whatever is in the package and no part of it itself is spoken of. */
static const char *check_all_spoken_of(const struct reading *reading)
{
    for (size_t i = 0; i < reading->package->count; i++) {
        const struct sandbox_package_file *file = &reading->package->files[i];
        if (sandbox_package_is_signed(file) && !text_equal(file->name, "manifest.xml") &&
            !is_one_of(file->name, reading->spoken_of, reading->spoken_count))
            return arena_printf(reading->arena, "manifest-file: %s is not in the manifest",
                                file->name);
    }
    return NULL;
}

const char *sandbox_manifest_read(struct arena *arena, const struct sandbox_package *package,
                                  const struct sandbox_schemas *schemas,
                                  struct sandbox_manifest *out)
{
    const struct sandbox_package_file *file = sandbox_package_find(package, "manifest.xml");
    if (!file)
        return "manifest: manifest.xml is not there";
    struct error err;
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    if (!xml_parse(file->content, "manifest.xml", &doc, &err))
        return arena_printf(arena, "manifest: %s", err.text);
    *out = (struct sandbox_manifest){
        .mailbox = "",
        .sender = "",
        .sender_identifier = "",
        .documents = ARENA_ARRAY(arena, package->count + 1, struct sandbox_post_document),
        .data = ARENA_ARRAY(arena, package->count + 1, struct sandbox_manifest_data),
    };
    struct reading reading = {
        arena, package, schemas, out, ARENA_ARRAY(arena, package->count + 1, const char *), 0};
    const char *wrong = read_root(&reading, xmlDocGetRootElement(doc));
    if (!wrong && !sandbox_schemas_accept(schemas, SANDBOX_SCHEMAS_MANIFEST, doc))
        wrong = "manifest: not as the schema says";
    return wrong ? wrong : check_all_spoken_of(&reading);
}

const char *sandbox_manifest_type(const struct sandbox_manifest *manifest, const char *file_name)
{
    if (text_equal(file_name, "manifest.xml"))
        return "application/xml";
    for (size_t i = 0; i < manifest->document_count; i++) {
        const struct sandbox_manifest_data *data = &manifest->data[i];
        if (text_equal(manifest->documents[i].file_name, file_name))
            return manifest->documents[i].type;
        if (text_equal(data->file_name, file_name))
            return data->type;
    }
    return NULL;
}
