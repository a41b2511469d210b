/* open_link.c - "lenke utenfor brev", as a receiver reads it (lenke.xsd). */
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/open/open_manifest.h"

static const char space[] = "http://begrep.difi.no/sdp/utvidelser/lenke";

enum { MAX_DESCRIPTION = 70, MAX_BUTTON = 30 };

static xmlNode *take(xmlNode **at, const char *name)
{
    xmlNode *element = *at;
    if (!element || !xml_is(element, space, name))
        return NULL;
    *at = xml_next(element, "*", NULL);
    return element;
}

static const char *text_in(struct open_report *report, const xmlNode *element)
{
    return element ? text_trim(report->arena, xml_text(report->arena, element)) : "";
}

static void check_text(struct open_report *report, const char *where, const xmlNode *element,
                       size_t most)
{
    if (!element)
        return;
    size_t length = text_length(xml_text(report->arena, element));
    const char *language = xml_attribute(report->arena, element, NULL, "lang");
    if (length < 1 || length > most || !language || text_length(language) != 2)
        open_wrong(report, where,
                   "<%s> must have 1 to %zu characters and a language of two letters",
                   (const char *)element->name, most);
}

static void check_link(struct open_report *report, const char *where, xmlNode *root)
{
    xmlNode *at = xml_child(root, "*", NULL), *url = take(&at, "url");
    xmlNode *description = take(&at, "beskrivelse"), *button = take(&at, "knappTekst");
    xmlNode *deadline = take(&at, "frist");
    const char *address = text_in(report, url), *time = text_in(report, deadline);
    int64_t until = 0;
    if (!(text_starts_with(address, "http://") && address[7]) &&
        !(text_starts_with(address, "https://") && address[8]))
        open_wrong(report, where, "it leads to no http or https address");
    check_text(report, where, description, MAX_DESCRIPTION);
    check_text(report, where, button, MAX_BUTTON);
    if (deadline && !clock_parse_iso(time, &until)) {
        if (clock_parse_iso(arena_printf(report->arena, "%sZ", time), &until))
            open_warn(report, where, "<frist> does not say its zone; read as UTC");
        else
            open_wrong(report, where, "<frist> is no time");
    }
    if (at)
        open_wrong(report, where, "<%s> does not belong here", (const char *)at->name);
    open_fact(report, "  button: \"%s\" to %s", text_in(report, button), address);
    if (description)
        open_fact(report, "  beside it: \"%s\"", text_in(report, description));
    if (until)
        open_fact(report, "  until: %s", clock_iso_oslo(report->arena, until));
}

void open_link_check(struct open_report *report, const struct open_entry *file)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err;
    if (!xml_parse(file->content, file->name, &doc, &err)) {
        open_wrong_error(report, file->name, &err);
        return;
    }
    xmlNode *root = xmlDocGetRootElement(doc);
    if (xml_is(root, space, "lenke"))
        check_link(report, file->name, root);
    else
        open_wrong(report, file->name, "its root is not <lenke> of Digital post");
}
