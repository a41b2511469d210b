/* The data of a submission as a document of its own, and the ways to write it (XForms 1.1, 11.9).
 */
#include "engine/base/buf.h"
#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"
#include "forms/submission_inside.h"

#include <libxml/xmlsave.h>

#include <string.h>

/* ---- A copy, without what is not sent ---- */

struct copying {
    const struct answers *answers;
    const struct submission *submission;
    xmlDoc *doc;
};

static bool is_pruned(const struct copying *copying, const xmlNode *node)
{
    const struct place *place = node->doc == copying->answers->doc ? node->_private : NULL;
    return copying->submission->prunes && place && !place->relevant;
}

/* Which declarations go along although nothing needs them (includenamespaceprefixes). */
static bool is_included(const struct submission *submission, const char *prefix)
{
    if (!submission->prefixes)
        return true;
    for (size_t i = 0; i < submission->prefix_count; i++)
        if (strcmp(submission->prefixes[i], prefix ? prefix : "#default") == 0)
            return true;
    return false;
}

static bool is_ours(const char *uri)
{
    return strcmp(uri, FORM_NAMESPACE_SK) == 0 || strcmp(uri, FORM_NAMESPACE_JR) == 0;
}

static xmlNs *declare(xmlNode *to, const char *prefix, const char *uri)
{
    xmlNs *there = xmlSearchNs(to->doc, to, (const xmlChar *)prefix);
    if (there && strcmp((const char *)there->href, uri) == 0)
        return there;
    xmlNs *made = xmlNewNs(to, (const xmlChar *)uri, (const xmlChar *)prefix);
    return made ? made : xmlSearchNsByHref(to->doc, to, (const xmlChar *)uri);
}

static xmlNs *same_ns(xmlNode *to, const xmlNs *ns)
{
    return ns ? declare(to, (const char *)ns->prefix, (const char *)ns->href) : NULL;
}

static void copy_declarations(const struct copying *copying, xmlNode *to, const xmlNode *from)
{
    for (const xmlNs *ns = from->nsDef; ns; ns = ns->next)
        if (!is_ours((const char *)ns->href) &&
            is_included(copying->submission, (const char *)ns->prefix))
            (void)same_ns(to, ns);
}

static bool is_cdata(const struct submission *submission, const xmlNode *element)
{
    for (size_t i = 0; i < submission->cdata_count; i++) {
        const char *name = submission->cdata_elements[i];
        const char *local = xpath_tree_local(name);
        bool prefixed = element->ns && element->ns->prefix;
        size_t size = local == name ? 0 : (size_t)(local - name) - 1;
        if (strcmp(local, (const char *)element->name) == 0 &&
            (prefixed ? strlen((const char *)element->ns->prefix) == size &&
                            strncmp((const char *)element->ns->prefix, name, size) == 0
                      : size == 0))
            return true;
    }
    return false;
}

static void copy_attributes(const struct copying *copying, xmlNode *to, const xmlNode *from)
{
    for (const xmlAttr *at = from->properties; at; at = at->next) {
        if (is_pruned(copying, (const xmlNode *)at))
            continue;
        xmlChar *value = xmlNodeListGetString(from->doc, at->children, 1);
        bool is_empty = !value || !*value;
        bool ours = at->ns && is_ours((const char *)at->ns->href);
        if (!(ours && (is_empty || strcmp((const char *)at->ns->href, FORM_NAMESPACE_JR) == 0)))
            xmlNewNsProp(to, same_ns(to, at->ns), at->name, value ? value : (const xmlChar *)"");
        xmlFree(value);
    }
}

static void copy_element(struct copying *copying, const xmlNode *from, xmlNode *parent)
{
    xmlNode *to = xmlNewDocNode(copying->doc, NULL, from->name, NULL);
    if (parent)
        xmlAddChild(parent, to);
    else
        xmlDocSetRootElement(copying->doc, to);
    copy_declarations(copying, to, from);
    for (const xmlNode *above = from->parent; !parent && above && above->type == XML_ELEMENT_NODE;
         above = above->parent)
        copy_declarations(copying, to, above);
    const struct form *form = copying->answers->form;
    for (size_t i = 0; !parent && i < form->scope_count; i++)
        if (is_included(copying->submission, form->scope[i].prefix))
            (void)declare(to, form->scope[i].prefix, form->scope[i].uri);
    xmlSetNs(to, same_ns(to, from->ns));
    copy_attributes(copying, to, from);

    bool cdata = is_cdata(copying->submission, to);
    for (const xmlNode *child = from->children; child; child = child->next) {
        if (child->type == XML_ELEMENT_NODE && !is_pruned(copying, child))
            copy_element(copying, child, to);
        if (child->type != XML_TEXT_NODE && child->type != XML_CDATA_SECTION_NODE)
            continue;
        const xmlChar *text = child->content ? child->content : (const xmlChar *)"";
        xmlAddChild(to, cdata ? xmlNewCDataBlock(copying->doc, text, xmlStrlen(text))
                              : xmlNewDocText(copying->doc, text));
    }
}

xmlDoc *submission_copy(const struct answers *answers, const struct submission *submission,
                        const xmlNode *from)
{
    xmlDoc *doc = xmlNewDoc((const xmlChar *)submission->version);
    struct copying copying = {answers, submission, doc};
    copy_element(&copying, from, NULL);
    return doc;
}

/* ---- As XML ---- */

struct bytes submission_xml(struct arena *arena, const struct submission *submission, xmlDoc *doc)
{
    int options = (submission->indent ? XML_SAVE_FORMAT : 0) |
                  (submission->omits_declaration ? XML_SAVE_NO_DECL : 0) | XML_SAVE_AS_XML;
    doc->standalone = submission->standalone;
    xmlBuffer *buffer = xmlBufferCreate();
    xmlSaveCtxt *save = xmlSaveToBuffer(buffer, submission->encoding, options);
    xmlSaveDoc(save, doc);
    xmlSaveClose(save);
    struct bytes text = {xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)};
    text = arena_bytes(arena, text);
    xmlBufferFree(buffer);
    return text;
}

/* ---- As names and values: of elements without elements in them (XForms 1.1, 11.9.8) ---- */

typedef void (*visit_leaf)(const char *name, const char *value, void *context);

static void visit_leaves(struct arena *arena, const xmlNode *element, visit_leaf visit,
                         void *context)
{
    const xmlNode *child = xml_child(element, "*", NULL);
    if (!child)
        visit((const char *)element->name, xml_text(arena, element), context);
    for (; child; child = xml_next(child, "*", NULL))
        visit_leaves(arena, child, visit, context);
}

/* A space is '+', and a line end is CR LF (HTML 4.01, 17.13.4). */
static void write_encoded(struct buf *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        const char one[2] = {*at, 0};
        if (*at == ' ')
            buf_add_byte(out, '+');
        else if (*at == '\n')
            buf_add_text(out, "%0D%0A");
        else if (*at != '\r')
            buf_add_text(out, codec_percent(out->arena, one));
    }
}

struct pairs {
    struct buf out;
    const char *separator;
};

static void write_pair(const char *name, const char *value, void *context)
{
    struct pairs *pairs = context;
    if (pairs->out.size)
        buf_add_text(&pairs->out, pairs->separator);
    write_encoded(&pairs->out, name);
    buf_add_byte(&pairs->out, '=');
    write_encoded(&pairs->out, value);
}

char *submission_urlencoded(struct arena *arena, const char *separator, const xmlDoc *doc)
{
    struct pairs pairs = {.separator = separator};
    buf_init(&pairs.out, arena);
    visit_leaves(arena, xmlDocGetRootElement(doc), write_pair, &pairs);
    return buf_text(&pairs.out);
}

/* ---- In parts (XForms 1.1, 11.9.6 and 11.9.7) ---- */

struct parts {
    struct buf out;
    const char *boundary;
};

static void write_part(const char *name, const char *value, void *context)
{
    struct parts *parts = context;
    buf_printf(&parts->out, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n",
               parts->boundary, name);
    buf_printf(&parts->out, "Content-Type: text/plain; charset=\"UTF-8\"\r\n\r\n%s\r\n", value);
}

struct bytes submission_form_data(struct arena *arena, const xmlDoc *doc, const char *boundary)
{
    struct parts parts = {.boundary = boundary};
    buf_init(&parts.out, arena);
    visit_leaves(arena, xmlDocGetRootElement(doc), write_part, &parts);
    buf_printf(&parts.out, "--%s--\r\n", boundary);
    return buf_bytes(&parts.out);
}

struct bytes submission_related(struct arena *arena, struct bytes xml, const char *type,
                                const char *boundary)
{
    struct buf out;
    buf_init(&out, arena);
    buf_printf(&out, "--%s\r\nContent-Type: %s\r\nContent-ID: <svar@skjema>\r\n\r\n", boundary,
               type);
    buf_add(&out, xml);
    buf_printf(&out, "\r\n--%s--\r\n", boundary);
    return buf_bytes(&out);
}
