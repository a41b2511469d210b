/* Languages that lie beside the form, one file each: <translation lang="nn" src="nn.xml"/>. Read
 * into the document before anything else looks at it, as instances are (parse_files.c), so that
 * whoever translates opens one file with nothing but texts in it. */
#include "forms/parse_inside.h"

#include "engine/base/text.h"

#include <string.h>

/* The file's own <translation>: its root, or the one of that language in an <itext>. NULL: none. */
static const xmlNode *translation_in(struct parsing *parsing, xmlDoc *doc, const char *language)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    const xmlNode *at = xml_is(root, FORM_NAMESPACE, "itext")
                            ? xml_child(root, FORM_NAMESPACE, "translation")
                            : root;
    for (; at; at = xml_next(at, FORM_NAMESPACE, "translation")) {
        const char *own = parse_attribute(parsing, at, "lang");
        if (xml_is(at, FORM_NAMESPACE, "translation") && (!own || text_equal(own, language)))
            return at;
    }
    return NULL;
}

/* Findings about them name form.xml: the line there is that of the element that names the file. */
static void stand_at(xmlNode *node, unsigned short line)
{
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE)
            node->line = line;
        stand_at(node->children, line);
    }
}

static bool read_texts(struct parsing *parsing, xmlNode *translation, const char *name,
                       struct bytes content)
{
    CLEANUP(xml_close) xmlDoc *doc = NULL;
    struct error err = {0};
    if (!xml_parse(content, name, &doc, &err))
        return parse_error(parsing, translation, "itext.file", "%s line %d: %s", name, err.line,
                           err.text);
    const char *language = parse_attribute(parsing, translation, "lang");
    const xmlNode *texts = translation_in(parsing, doc, language);
    if (!texts)
        return parse_error(parsing, translation, "itext.file",
                           "%s must hold <translation lang=\"%s\"> in the namespace %s", name,
                           language ? language : "", FORM_NAMESPACE);
    for (xmlNode *child = texts->children; child; child = child->next)
        xmlAddChild(translation, xmlDocCopyNode(child, parsing->doc, 1));
    stand_at(translation->children, translation->line);
    xmlUnsetProp(translation, (const xmlChar *)"src");
    return true;
}

static bool read_translation(struct parsing *parsing, xmlNode *translation, const char *address,
                             const struct parse_files *files)
{
    const char *name = parse_file_name(address);
    struct bytes content;
    struct error err = {0};
    if (!name)
        return parse_error(parsing, translation, "itext.file",
                           "texts are read from the form's own folder: '%s' is not in it", address);
    if (!files->read(files->context, parsing->scratch, name, &content, &err))
        return parse_error(parsing, translation, "itext.file", "%s: %s", name, err.text);
    return read_texts(parsing, translation, name, content);
}

bool parse_text_files(struct parsing *parsing, const xmlNode *model,
                      const struct parse_files *files)
{
    const xmlNode *itext = xml_child(model, FORM_NAMESPACE, "itext");
    bool any = false;
    for (xmlNode *at = itext ? xml_child(itext, FORM_NAMESPACE, "translation") : NULL; at && files;
         at = xml_next(at, FORM_NAMESPACE, "translation")) {
        const char *address = parse_attribute(parsing, at, "src");
        if (address && read_translation(parsing, at, address, files))
            any = true;
    }
    return any;
}
