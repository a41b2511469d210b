#include "storage/postbox/lenke.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <libxml/xmlwriter.h>

#include <string.h>

static bool is_web_address(const char *url)
{
    const char *rest = text_starts_with(url, "https://")  ? url + strlen("https://")
                       : text_starts_with(url, "http://") ? url + strlen("http://")
                                                          : "";
    return *rest && postbox_is_line(url, LENKE_MAX_URL) && !strpbrk(url, " <>\"{}|\\^`");
}

static bool is_language(const char *text)
{
    return text && strspn(text, "abcdefghijklmnopqrstuvwxyz") == 2 && !text[2];
}

static bool check(const struct postbox_link *link, const char *language, struct error *err)
{
    if (!is_web_address(link->url))
        return error_set(err, ERROR_INVALID, "the link leads to no http or https address");
    if (link->description && !postbox_is_line(link->description, LENKE_MAX_DESCRIPTION))
        return error_set(err, ERROR_INVALID,
                         "the link's description is not plain text of 1 to %d characters",
                         LENKE_MAX_DESCRIPTION);
    if (link->button && !postbox_is_line(link->button, LENKE_MAX_BUTTON))
        return error_set(err, ERROR_INVALID,
                         "the link's button is not plain text of 1 to %d characters",
                         LENKE_MAX_BUTTON);
    return is_language(language) ||
           error_set(err, ERROR_INVALID, "the link's language is not two letters");
}

/* libxml2's writer fails only without memory, and that ends the process (xml_start). */
static void add_text(xmlTextWriter *xml, const char *name, const char *text, const char *language)
{
    if (!text)
        return;
    xmlTextWriterStartElement(xml, BAD_CAST name);
    xmlTextWriterWriteAttribute(xml, BAD_CAST "lang", BAD_CAST language);
    xmlTextWriterWriteString(xml, BAD_CAST text);
    xmlTextWriterEndElement(xml);
}

static void write_link(struct arena *arena, xmlTextWriter *xml, const struct postbox_link *link,
                       const char *language)
{
    xmlTextWriterStartDocument(xml, NULL, "UTF-8", NULL);
    xmlTextWriterStartElementNS(xml, NULL, BAD_CAST "lenke",
                                BAD_CAST "http://begrep.difi.no/sdp/utvidelser/lenke");
    xmlTextWriterWriteElement(xml, BAD_CAST "url", BAD_CAST link->url);
    add_text(xml, "beskrivelse", link->description, language);
    add_text(xml, "knappTekst", link->button, language);
    if (link->deadline)
        xmlTextWriterWriteElement(xml, BAD_CAST "frist",
                                  BAD_CAST clock_iso_oslo(arena, link->deadline));
    xmlTextWriterEndDocument(xml); /* closes what is open */
}

bool lenke_write(struct arena *arena, const struct postbox_link *link, const char *language,
                 struct bytes *out, struct error *err)
{
    if (!check(link, language, err))
        return false;
    xmlBuffer *buffer = xmlBufferCreate();
    xmlTextWriter *xml = xmlNewTextWriterMemory(buffer, 0);
    write_link(arena, xml, link, language);
    xmlFreeTextWriter(xml);
    *out = arena_bytes(arena,
                       (struct bytes){xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)});
    xmlBufferFree(buffer);
    return true;
}
