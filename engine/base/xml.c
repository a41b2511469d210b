#include "engine/base/xml.h"

#include "engine/base/text.h"

#include <libxml/globals.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlmemory.h>

#include <stdlib.h>
#include <string.h>

static void *must_malloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory)
        abort();
    return memory;
}

static void *must_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        abort();
    return memory;
}

static char *must_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(must_malloc(size), text, size);
}

static xmlParserInput *load_nothing(const char *url, const char *id, xmlParserCtxt *parser)
{
    (void)url, (void)id, (void)parser;
    return NULL;
}

static void say_nothing(void *context, xmlError *error)
{
    (void)context, (void)error;
}

static void say_no_text(void *context, const char *message, ...)
{
    (void)context, (void)message;
}

void xml_start(void)
{
    xmlMemSetup(free, must_malloc, must_realloc, must_strdup);
    xmlInitParser();
    xmlSetExternalEntityLoader(load_nothing);
    xmlSetStructuredErrorFunc(NULL, say_nothing);
    xmlSetGenericErrorFunc(NULL, say_no_text);
    xmlThrDefSetStructuredErrorFunc(NULL, say_nothing);
    xmlThrDefSetGenericErrorFunc(NULL, say_no_text);
}

/* What stopped the parser, told by the SAX handlers below. */
struct watch {
    int depth, nodes;
    bool doctype;
    const char *too_much;
    startElementNsSAX2Func start;
    endElementNsSAX2Func end;
    commentSAXFunc comment;
    processingInstructionSAXFunc instruction;
    cdataBlockSAXFunc cdata;
};

/* libxml2 expands entities inside attributes even when told not to substitute them,
 * so a DOCTYPE is stopped where it starts instead of being looked for afterwards. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *public_id,
                           const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    xmlParserCtxt *parser = context;
    ((struct watch *)parser->_private)->doctype = true;
    xmlStopParser(parser);
}

/* Counts so many nodes more; false when that was too much: the parser is then stopped. */
static bool count_nodes(xmlParserCtxt *parser, int more)
{
    struct watch *watch = parser->_private;
    watch->nodes += more;
    if (watch->nodes <= XML_MAX_NODES)
        return true;
    watch->too_much = "elements, attributes and comments";
    xmlStopParser(parser);
    return false;
}

static void count_start(void *context, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                        int attribute_count, int defaulted_count, const xmlChar **attributes)
{
    xmlParserCtxt *parser = context;
    struct watch *watch = parser->_private;
    if (++watch->depth > XML_MAX_DEPTH) {
        watch->too_much = "elements inside elements";
        xmlStopParser(parser);
        return;
    }
    if (!count_nodes(parser, 1 + attribute_count))
        return;
    watch->start(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                 defaulted_count, attributes);
}

static void count_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    xmlParserCtxt *parser = context;
    struct watch *watch = parser->_private;
    watch->depth--;
    watch->end(context, name, prefix, uri);
}

static void count_comment(void *context, const xmlChar *text)
{
    if (count_nodes(context, 1))
        ((struct watch *)((xmlParserCtxt *)context)->_private)->comment(context, text);
}

static void count_instruction(void *context, const xmlChar *target, const xmlChar *text)
{
    if (count_nodes(context, 1))
        ((struct watch *)((xmlParserCtxt *)context)->_private)->instruction(context, target, text);
}

static void count_cdata(void *context, const xmlChar *text, int size)
{
    if (count_nodes(context, 1))
        ((struct watch *)((xmlParserCtxt *)context)->_private)->cdata(context, text, size);
}

static void watch_over(xmlParserCtxt *parser, struct watch *watch)
{
    xmlSAXHandler *sax = parser->sax;
    parser->_private = watch;
    watch->start = sax->startElementNs;
    watch->end = sax->endElementNs;
    watch->comment = sax->comment;
    watch->instruction = sax->processingInstruction;
    watch->cdata = sax->cdataBlock;
    sax->internalSubset = refuse_doctype;
    sax->startElementNs = count_start;
    sax->endElementNs = count_end;
    sax->comment = count_comment;
    sax->processingInstruction = count_instruction;
    sax->cdataBlock = count_cdata;
}

/* Parsing is quadratic in the attributes of one element, so they are counted before: '=' signs
 * between '<' and '>' outside quotes. Comments and CDATA may hold anything and are skipped. Returns
 * the line of an element with too many, 0 when there is none. Encodings that would hide ASCII from
 * this scan (UTF-16, UTF-7, EBCDIC) are refused by the caller. */
static int crowded_element_line(struct bytes input)
{
    const char *at = (const char *)input.data, *end = at + input.size;
    int line = 1;
    while (at < end) {
        if (*at == '\n')
            line++;
        if (*at != '<') {
            at++;
            continue;
        }
        const char *closing = NULL;
        if (end - at >= 4 && memcmp(at, "<!--", 4) == 0)
            closing = "-->";
        else if (end - at >= 9 && memcmp(at, "<![CDATA[", 9) == 0)
            closing = "]]>";
        else if (end - at >= 2 && at[1] == '?')
            closing = "?>";
        if (closing) {
            const char *close_at = memmem(at, (size_t)(end - at), closing, strlen(closing));
            if (!close_at)
                return 0; /* not well-formed: the parser will say so */
            for (; at < close_at; at++)
                line += *at == '\n';
            continue;
        }
        int attributes = 0, started_on = line;
        char quote = 0;
        for (at++; at < end && (quote || *at != '>'); at++) {
            line += *at == '\n';
            if (quote)
                quote = *at == quote ? 0 : quote;
            else if (*at == '"' || *at == '\'')
                quote = *at;
            else if (*at == '=' && ++attributes > XML_MAX_ATTRIBUTES)
                return started_on;
        }
    }
    return 0;
}

/* One parser, one encoding (security.md S-XML-3): what begins with '<' in valid UTF-8 without NUL
 * is read as UTF-8, whatever it declares. */
static bool is_utf8_markup(struct bytes input)
{
    if (memchr(input.data, 0, input.size) || !text_is_utf8(input))
        return false;
    size_t at = input.size >= 3 && memcmp(input.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < input.size && strchr(" \t\r\n", input.data[at]))
        at++;
    return at < input.size && input.data[at] == '<';
}

static void close_parser(xmlParserCtxt **parser)
{
    if (*parser)
        xmlFreeParserCtxt(*parser);
}

bool xml_parse(struct bytes input, const char *name, xmlDoc **out, struct error *err)
{
    if (input.size > XML_MAX_BYTES)
        return error_at(err, ERROR_LIMIT, name, 0, "more than %d bytes", XML_MAX_BYTES);
    if (input.size == 0)
        return error_at(err, ERROR_INVALID, name, 0, "not XML: nothing there");
    if (!is_utf8_markup(input))
        return error_at(err, ERROR_INVALID, name, 1, "not XML in UTF-8");
    int crowded = crowded_element_line(input);
    if (crowded)
        return error_at(err, ERROR_LIMIT, name, crowded, "more than %d attributes on an element",
                        XML_MAX_ATTRIBUTES);

    struct watch watch = {0};
    CLEANUP(close_parser) xmlParserCtxt *parser = xmlNewParserCtxt();
    watch_over(parser, &watch);

    CLEANUP(xml_close)
    xmlDoc *doc = xmlCtxtReadMemory(parser, (const char *)input.data, (int)input.size, name, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                        XML_PARSE_BIG_LINES | XML_PARSE_IGNORE_ENC);
    int line = parser->input ? parser->input->line : 0;
    if (watch.doctype)
        return error_at(err, ERROR_INVALID, name, line, "DOCTYPE is not allowed");
    if (watch.too_much)
        return error_at(err, ERROR_LIMIT, name, line, "too many %s", watch.too_much);
    if (!doc || !parser->nsWellFormed) {
        const char *why = parser->lastError.message ? parser->lastError.message : "nothing there";
        (void)error_at(err, ERROR_INVALID, name, parser->lastError.line, "not XML: %.*s",
                       (int)strcspn(why, "\n"), why);
        if (err)
            err->column = parser->lastError.int2;
        return false;
    }
    *out = doc;
    doc = NULL; /* now the caller's */
    return true;
}

void xml_close(xmlDoc **doc)
{
    if (*doc)
        xmlFreeDoc(*doc);
    *doc = NULL;
}

struct bytes xml_write(struct arena *arena, xmlDoc *doc)
{
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemoryEnc(doc, &text, &size, "UTF-8");
    struct bytes copy = arena_bytes(arena, (struct bytes){text, (size_t)size});
    xmlFree(text);
    return copy;
}

bool xml_is(const xmlNode *node, const char *uri, const char *name)
{
    if (!node || node->type != XML_ELEMENT_NODE)
        return false;
    if (name && strcmp((const char *)node->name, name) != 0)
        return false;
    if (uri && strcmp(uri, "*") == 0)
        return true;
    return text_equal(uri, node->ns ? (const char *)node->ns->href : NULL);
}

static xmlNode *first_of(xmlNode *node, const char *uri, const char *name)
{
    while (node && !xml_is(node, uri, name))
        node = node->next;
    return node;
}

xmlNode *xml_child(const xmlNode *parent, const char *uri, const char *name)
{
    return first_of(parent->children, uri, name);
}

xmlNode *xml_next(const xmlNode *sibling, const char *uri, const char *name)
{
    return first_of(sibling->next, uri, name);
}

char *xml_attribute(struct arena *arena, const xmlNode *element, const char *uri, const char *name)
{
    xmlChar *value = uri ? xmlGetNsProp(element, (const xmlChar *)name, (const xmlChar *)uri)
                         : xmlGetNoNsProp(element, (const xmlChar *)name);
    if (!value)
        return NULL;
    char *copy = arena_text(arena, (const char *)value);
    xmlFree(value);
    return copy;
}

/* Most elements hold one text or nothing, which libxml2 would copy through a buffer of its own. */
char *xml_text(struct arena *arena, const xmlNode *node)
{
    const xmlNode *only = node->children;
    if (node->type == XML_ELEMENT_NODE && (!only || (only->type == XML_TEXT_NODE && !only->next)))
        return arena_text(arena, only && only->content ? (const char *)only->content : "");
    xmlChar *text = xmlNodeGetContent(node);
    char *copy = arena_text(arena, text ? (const char *)text : "");
    xmlFree(text);
    return copy;
}

int xml_line(const xmlNode *node)
{
    return (int)xmlGetLineNo(node);
}

const char *xml_library(struct arena *arena)
{
    int version = atoi(xmlParserVersion); /* 20914 */
    return arena_printf(arena, "libxml2 %d.%d.%d", version / 10000, version / 100 % 100,
                        version % 100);
}
