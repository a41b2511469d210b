#include "storage/postbox/asice_manifest.h"

#include "storage/postbox/writing.h"

static const char list_space[] = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";

static void open_element(struct writing w, const char *name)
{
    xmlTextWriterStartElement(w.xml, BAD_CAST name);
}

static void close_element(struct writing w)
{
    xmlTextWriterEndElement(w.xml);
}

static void set(struct writing w, const char *name, const char *value)
{
    xmlTextWriterWriteAttribute(w.xml, BAD_CAST name, BAD_CAST value);
}

static void add(struct writing w, const char *name, const char *text)
{
    if (text)
        xmlTextWriterWriteElement(w.xml, BAD_CAST name, BAD_CAST text);
}

static void add_sender(struct writing w, struct arena *arena, const struct asice_package *package)
{
    open_element(w, "avsender");
    open_element(w, "organisasjon");
    set(w, "authority", "iso6523-actorid-upis");
    xmlTextWriterWriteString(w.xml, BAD_CAST arena_printf(arena, "0192:%s", package->agency));
    close_element(w);
    add(w, "avsenderidentifikator", package->agency_unit);
    add(w, "fakturaReferanse", package->invoice);
    close_element(w);
}

static void add_document(struct writing w, const char *kind, const struct asice_file *file,
                         const char *title, const char *language, const struct asice_file *data)
{
    open_element(w, kind);
    set(w, "href", file->name);
    set(w, "mime", file->mime);
    open_element(w, "tittel");
    set(w, "lang", language);
    xmlTextWriterWriteString(w.xml, BAD_CAST title);
    close_element(w);
    if (data) {
        open_element(w, "data");
        set(w, "href", data->name);
        set(w, "mime", data->mime);
        close_element(w);
    }
    close_element(w);
}

struct bytes asice_manifest_write(struct arena *arena, const struct asice_package *package,
                                  const struct asice_file *documents, const char *const *titles,
                                  const struct asice_file *link)
{
    struct writing w = writing_begin();
    xmlTextWriterStartElementNS(w.xml, NULL, BAD_CAST "manifest",
                                BAD_CAST "http://begrep.difi.no/sdp/schema_v10");
    open_element(w, "mottaker");
    open_element(w, "person");
    add(w, "postkasseadresse", package->mailbox);
    close_element(w);
    close_element(w);
    add_sender(w, arena, package);
    for (size_t i = 0; i <= package->attachment_count; i++)
        add_document(w, i ? "vedlegg" : "hoveddokument", &documents[i], titles[i],
                     package->language, i ? NULL : link);
    return writing_finish(w, arena);
}

static void add_entry(struct writing w, const char *path, const char *mime)
{
    open_element(w, "manifest:file-entry");
    set(w, "manifest:full-path", path);
    set(w, "manifest:media-type", mime);
    close_element(w);
}

struct bytes asice_manifest_list(struct arena *arena, const struct asice_file *files, size_t count)
{
    struct writing w = writing_begin();
    open_element(w, "manifest:manifest");
    set(w, "xmlns:manifest", list_space);
    add_entry(w, "/", ASICE_MIME);
    for (size_t i = 0; i < count; i++)
        add_entry(w, files[i].name, files[i].mime);
    return writing_finish(w, arena);
}
