#include "forms/xpath_functions.h"

#include "engine/base/text.h"
#include "forms/likeness.h"

#include <libxml/xpathInternals.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Arguments come on the parser's stack, the last on top; each is freed by who pops it. Texts that
 * are only needed during the call are libxml2's and freed by CLEANUP. A function must never
 * evaluate another expression in the same context (CVE-2025-9714). */

void xpath_free_object(xmlXPathObject **object)
{
    if (*object)
        xmlXPathFreeObject(*object);
}

void xpath_free_text(xmlChar **text)
{
    xmlFree(*text);
}

struct xpath_moment *xpath_call_moment(const xmlXPathParserContext *call)
{
    return call->context->funcLookupData;
}

void xpath_call_return_text(xmlXPathParserContext *call, const char *text)
{
    valuePush(call, xmlXPathNewCString(text));
}

void xpath_call_return_number(xmlXPathParserContext *call, double number)
{
    valuePush(call, xmlXPathNewFloat(number));
}

void xpath_call_return_boolean(xmlXPathParserContext *call, bool value)
{
    valuePush(call, xmlXPathNewBoolean(value));
}

void xpath_call_return_node(xmlXPathParserContext *call, xmlNode *node)
{
    valuePush(call, xmlXPathNewNodeSet(node));
}

void xpath_call_fail(xmlXPathParserContext *call, const char *format, ...)
{
    struct xpath_moment *moment = xpath_call_moment(call);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(moment->why, sizeof moment->why, format, arguments);
    va_end(arguments);
    xmlXPathSetError(call, XPATH_EXPR_ERROR);
}

bool xpath_call_spend(xmlXPathParserContext *call, size_t operations)
{
    xmlXPathContext *context = call->context;
    unsigned long left =
        context->opLimit > context->opCount ? context->opLimit - context->opCount : 0;
    context->opCount += operations < left ? operations : left;
    if (operations < left)
        return true;
    xmlXPathSetError(call, XPATH_OP_LIMIT_EXCEEDED);
    return false;
}

xmlChar *xpath_object_text(xmlXPathObject *object)
{
    if (object->type != XPATH_NUMBER)
        return xmlXPathCastToString(object);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    return xmlStrdup((const xmlChar *)xpath_number_text(arena, object->floatval));
}

xmlChar *xpath_call_value(xmlXPathObject *object, int i)
{
    if (object->type != XPATH_NODESET)
        return i > 0 ? NULL : xpath_object_text(object);
    if (!object->nodesetval || i >= object->nodesetval->nodeNr)
        return NULL;
    return xmlXPathCastNodeToString(object->nodesetval->nodeTab[i]);
}

xmlChar *xpath_call_pop_text(xmlXPathParserContext *call)
{
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    return object ? xpath_object_text(object) : xmlStrdup((const xmlChar *)"");
}

void xpath_call_free(struct xpath_arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++)
        if (arguments->items[i])
            xmlXPathFreeObject(arguments->items[i]);
}

bool xpath_call_pop(xmlXPathParserContext *call, int count, struct xpath_arguments *out)
{
    out->count = 0;
    if (count > XPATH_MAX_ARGUMENTS || call->valueNr < count) {
        xmlXPathSetArityError(call);
        return false;
    }
    for (int i = count - 1; i >= 0; i--)
        out->items[i] = valuePop(call);
    out->count = count;
    for (int i = 0; i < count; i++) {
        if (out->items[i]->type == XPATH_NODESET && out->items[i]->nodesetval)
            xmlXPathNodeSetSort(out->items[i]->nodesetval);
    }
    return true;
}

/* ---- Which functions there are ---- */

/* XPath 1.0's core library where libxml2 means the same. Not in it: document. */
static const struct xpath_function core[] = {
    {NULL, "boolean", 1, 1, NULL},
    {NULL, "ceiling", 1, 1, NULL},
    {NULL, "contains", 2, 2, NULL},
    {NULL, "count", 1, 1, NULL},
    {NULL, "false", 0, 0, NULL},
    {NULL, "floor", 1, 1, NULL},
    {NULL, "lang", 1, 1, NULL},
    {NULL, "last", 0, 0, NULL},
    {NULL, "local-name", 0, 1, NULL},
    {NULL, "name", 0, 1, NULL},
    {NULL, "namespace-uri", 0, 1, NULL},
    {NULL, "normalize-space", 0, 1, NULL},
    {NULL, "not", 1, 1, NULL},
    {NULL, "starts-with", 2, 2, NULL},
    {NULL, "string-length", 0, 1, NULL},
    {NULL, "substring", 2, 3, NULL},
    {NULL, "substring-after", 2, 2, NULL},
    {NULL, "substring-before", 2, 2, NULL},
    {NULL, "sum", 1, 1, NULL},
    {NULL, "translate", 3, 3, NULL},
    {NULL, "true", 0, 0, NULL},
};
static const struct xpath_function_list xpath_core_list = XPATH_LIST(core);

static const struct xpath_function_list *const lists[] = {
    &xpath_core_list,  &xpath_nodes_list,   &xpath_choices_list, &xpath_texts_list,
    &xpath_dates_list, &xpath_numbers_list, &xpath_geo_list};

const struct xpath_function *xpath_function_find(const char *uri, const char *name)
{
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t f = 0; f < lists[i]->count; f++) {
            const struct xpath_function *function = &lists[i]->items[f];
            if (strcmp(function->name, name) == 0 && text_equal(function->uri, uri))
                return function;
        }
    return NULL;
}

const char *xpath_function_nearest(const char *uri, const char *name)
{
    struct likeness likeness = {.wanted = name};
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t f = 0; f < lists[i]->count; f++)
            if (text_equal(lists[i]->items[f].uri, uri) && lists[i]->items[f].name[0] != '_')
                likeness_compare(&likeness, lists[i]->items[f].name);
    return likeness.nearest;
}

xmlXPathFunction xpath_function_lookup(void *context, const xmlChar *name, const xmlChar *uri)
{
    (void)context;
    const struct xpath_function *function =
        xpath_function_find((const char *)uri, (const char *)name);
    return function ? function->call : NULL;
}
