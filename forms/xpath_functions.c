#include "forms/xpath_functions.h"

#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "forms/likeness.h"
#include "forms/mod11.h"
#include "forms/pattern.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arguments come on the parser's stack, the last on top; each is freed by who pops it. Texts that
 * are only needed during the call are libxml2's and freed by CLEANUP. A function must never
 * evaluate another expression in the same context (CVE-2025-9714). */

static void free_object(xmlXPathObject **object)
{
    if (*object)
        xmlXPathFreeObject(*object);
}

static void free_text(xmlChar **text)
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

static void return_boolean(xmlXPathParserContext *call, bool value)
{
    valuePush(call, xmlXPathNewBoolean(value));
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

/* libxml2 writes 15 digits, and large numbers with an exponent. */
static xmlChar *number_text(double number)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    return xmlStrdup((const xmlChar *)xpath_number_text(arena, number));
}

xmlChar *xpath_call_value(xmlXPathObject *object, int i)
{
    if (object->type != XPATH_NODESET)
        return i > 0                          ? NULL
               : object->type == XPATH_NUMBER ? number_text(object->floatval)
                                              : xmlXPathCastToString(object);
    if (!object->nodesetval || i >= object->nodesetval->nodeNr)
        return NULL;
    return xmlXPathCastNodeToString(object->nodesetval->nodeTab[i]);
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

/* ---- Nodes ---- */

static void return_node(xmlXPathParserContext *call, xmlNode *node)
{
    valuePush(call, xmlXPathNewNodeSet(node));
}

static void call_current(xmlXPathParserContext *call, int count)
{
    (void)count;
    return_node(call, xpath_call_moment(call)->current);
}

/* The document with that id; the answers' when it is their own. */
static xmlDoc *pop_instance(xmlXPathParserContext *call)
{
    CLEANUP(free_text) xmlChar *id = xmlXPathPopString(call);
    const struct xpath_moment *moment = xpath_call_moment(call);
    for (size_t i = 0; id && i < moment->world->instance_count; i++) {
        const struct xpath_instance *instance = &moment->world->instances[i];
        if (strcmp(instance->id, (const char *)id) == 0)
            return instance->doc ? instance->doc : moment->doc;
    }
    return NULL;
}

/* What holds the instance: its document. */
static void call_instance(xmlXPathParserContext *call, int count)
{
    (void)count;
    return_node(call, (xmlNode *)pop_instance(call));
}

static void call_root(xmlXPathParserContext *call, int count)
{
    (void)count;
    xmlDoc *doc = pop_instance(call);
    return_node(call, doc ? xmlDocGetRootElement(doc) : NULL);
}

static void call_answers(xmlXPathParserContext *call, int count)
{
    (void)count;
    return_node(call, (xmlNode *)xpath_call_moment(call)->doc);
}

/* position(node): which of its like it is among its siblings (ODK). */
static void call_position(xmlXPathParserContext *call, int count)
{
    if (count == 0) {
        xpath_call_return_number(call, call->context->proximityPosition);
        return;
    }
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    const xmlXPathObject *object = arguments.items[0];
    if (object->type != XPATH_NODESET || !object->nodesetval || object->nodesetval->nodeNr == 0) {
        xpath_call_return_number(call, NAN);
        return;
    }
    const xmlNode *node = object->nodesetval->nodeTab[0];
    int position = 1;
    for (const xmlNode *before = node->prev; before; before = before->prev)
        position += before->type == XML_ELEMENT_NODE && node->type == XML_ELEMENT_NODE &&
                    strcmp((const char *)before->name, (const char *)node->name) == 0;
    xpath_call_return_number(call, position);
}

/* Which of its siblings in the (sorted) set the i-th node is, from 1. */
static int place_in_set(const xmlNodeSet *set, int i, int place_before)
{
    bool sibling = i > 0 && set->nodeTab[i - 1]->parent == set->nodeTab[i]->parent;
    return sibling ? place_before + 1 : 1;
}

/* Whether the node is, or lies in, a row of that index. */
static bool is_in_row(const xmlNode *node, const xmlNodeSet *rows, double index)
{
    for (int i = 0, place = 0; i < rows->nodeNr; i++) {
        place = place_in_set(rows, i, place);
        if (place != index)
            continue;
        for (const xmlNode *at = node; at; at = at->parent)
            if (at == rows->nodeTab[i])
                return true;
    }
    return false;
}

/* indexed-repeat(nodes, rows, index, rows, index...): the first of the nodes that lies in those
 * rows (ODK). What xpath_rewrite.c can write as predicates does not come here. */
static void call_indexed_repeat(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    size_t work = 1;
    for (int i = 0; i < count; i += i ? 2 : 1) {
        if (arguments.items[i]->type != XPATH_NODESET || !arguments.items[i]->nodesetval) {
            xpath_call_return_text(call, "");
            return;
        }
        work += (size_t)arguments.items[i]->nodesetval->nodeNr;
    }
    const xmlNodeSet *nodes = arguments.items[0]->nodesetval;
    xmlNode *found = NULL;
    for (int n = 0; n < nodes->nodeNr && !found && xpath_call_spend(call, work); n++) {
        found = nodes->nodeTab[n];
        for (int i = 1; i + 1 < count && found; i += 2)
            if (!is_in_row(found, arguments.items[i]->nodesetval,
                           xpath_object_number(xpath_call_moment(call), arguments.items[i + 1])))
                found = NULL;
    }
    return_node(call, found);
}

static void call_count_non_empty(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    int filled = 0;
    for (int i = 0;; i++) {
        CLEANUP(free_text) xmlChar *text = xpath_call_value(arguments.items[0], i);
        if (!text)
            break;
        filled += text[0] != 0;
    }
    xpath_call_return_number(call, filled);
}

/* ---- Choosing ---- */

static void call_if(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    int chosen = xmlXPathCastToBoolean(arguments.items[0]) ? 1 : 2;
    valuePush(call, arguments.items[chosen]);
    arguments.items[chosen] = NULL;
}

/* The first argument that is not empty; ODK takes any number. NaN is empty. */
static void call_coalesce(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    for (int i = 0; i < count; i++) {
        xmlXPathObject *object = arguments.items[i];
        if (object->type == XPATH_NUMBER && isnan(object->floatval))
            continue;
        CLEANUP(free_text) xmlChar *text = xmlXPathCastToString(object);
        if (!text[0] && i + 1 < count)
            continue;
        valuePush(call, object);
        arguments.items[i] = NULL;
        return;
    }
    xpath_call_return_text(call, "");
}

/* once(x): x, unless the place has a value already. */
static void call_once(xmlXPathParserContext *call, int count)
{
    (void)count;
    xmlXPathObject *fresh = valuePop(call);
    CLEANUP(free_text)
    xmlChar *kept = xmlXPathCastNodeToString(xpath_call_moment(call)->current);
    if (!kept || !kept[0]) {
        valuePush(call, fresh);
        return;
    }
    xmlXPathFreeObject(fresh);
    xpath_call_return_text(call, (const char *)kept);
}

static void call_boolean_from_string(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    return_boolean(call, text && (strcmp((const char *)text, "true") == 0 ||
                                  strcmp((const char *)text, "1") == 0));
}

/* ---- Lists of words: answers of select ---- */

/* The word at *at, which moves past it; size 0 at the end. */
static size_t next_word(const char **at, const char **word)
{
    *at += strspn(*at, " \t\r\n");
    *word = *at;
    size_t size = strcspn(*at, " \t\r\n");
    *at += size;
    return size;
}

static void call_selected(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *wanted = xmlXPathPopString(call);
    CLEANUP(free_text) xmlChar *list = xmlXPathPopString(call);
    bool found = false;
    const char *at = (const char *)list, *word, *value = (const char *)wanted;
    value += strspn(value, " \t\r\n");
    size_t value_size = strcspn(value, " \t\r\n");
    for (size_t size; (size = next_word(&at, &word)) != 0;)
        found = found || (size == value_size && memcmp(word, value, size) == 0);
    return_boolean(call, found);
}

static void call_selected_at(xmlXPathParserContext *call, int count)
{
    (void)count;
    double index = xmlXPathPopNumber(call);
    CLEANUP(free_text) xmlChar *list = xmlXPathPopString(call);
    const char *at = (const char *)list, *word;
    size_t size = 0;
    for (double i = 0; i <= index; i++)
        if ((size = next_word(&at, &word)) == 0)
            break;
    valuePush(call, index >= 0 && size
                        ? xmlXPathWrapString(xmlStrndup((const xmlChar *)word, (int)size))
                        : xmlXPathNewCString(""));
}

static void call_count_selected(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *list = xmlXPathPopString(call);
    const char *at = (const char *)list, *word;
    int words = 0;
    while (next_word(&at, &word))
        words++;
    xpath_call_return_number(call, words);
}

/* ---- Texts ---- */

static void call_string(xmlXPathParserContext *call, int count)
{
    CLEANUP(free_object)
    xmlXPathObject *object = count ? valuePop(call) : xmlXPathNewNodeSet(call->context->node);
    valuePush(call,
              xmlXPathWrapString(object->type == XPATH_NUMBER ? number_text(object->floatval)
                                                              : xmlXPathCastToString(object)));
}

/* Adds to a text that is bounded; false when it would pass the limit, which ends the evaluation. */
static bool add_text(xmlXPathParserContext *call, xmlBuffer *out, const xmlChar *text)
{
    if ((size_t)xmlBufferLength(out) + strlen((const char *)text) > XPATH_MAX_RESULT_BYTES) {
        xmlXPathSetError(call, XPATH_MEMORY_ERROR);
        return false;
    }
    xmlBufferCat(out, text);
    return true;
}

static void free_buffer(xmlBuffer **buffer)
{
    xmlBufferFree(*buffer);
}

/* All nodes of all arguments from `first`, with the separator between. */
static void join_from(xmlXPathParserContext *call, struct xpath_arguments *arguments, int first,
                      const xmlChar *separator)
{
    CLEANUP(free_buffer) xmlBuffer *out = xmlBufferCreate();
    bool any = false;
    for (int i = first; i < arguments->count; i++) {
        for (int n = 0;; n++) {
            CLEANUP(free_text) xmlChar *text = xpath_call_value(arguments->items[i], n);
            if (!text)
                break;
            if (any && !add_text(call, out, separator))
                return;
            any = true;
            if (!add_text(call, out, text))
                return;
        }
    }
    valuePush(call, xmlXPathNewString(xmlBufferContent(out)));
}

static void call_concat(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (xpath_call_pop(call, count, &arguments))
        join_from(call, &arguments, 0, (const xmlChar *)"");
}

static void call_join(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    CLEANUP(free_text) xmlChar *separator = xmlXPathCastToString(arguments.items[0]);
    join_from(call, &arguments, 1, separator);
}

static void call_ends_with(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *end = xmlXPathPopString(call);
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    return_boolean(call, text_ends_with((const char *)text, (const char *)end));
}

/* substr(text, from[, to]): from 0, negative from the end, `to` is left out (ODK). */
static void call_substr(xmlXPathParserContext *call, int count)
{
    double to = count > 2 ? xmlXPathPopNumber(call) : INFINITY;
    double from = xmlXPathPopNumber(call);
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    int length = xmlUTF8Strlen(text);
    from = from < 0 ? fmax(from + length, 0) : from;
    to = to < 0 ? to + length : fmin(to, length);
    if (!(from < to)) { /* also NaN */
        xpath_call_return_text(call, "");
        return;
    }
    int start = (int)from;
    valuePush(call, xmlXPathWrapString(xmlUTF8Strsub(text, start, (int)to - start)));
}

enum { STEPS_AN_OPERATION = 8 }; /* a step of a pattern is that much less than one of a path */

/* security.md S-XP-3. The pattern is for the whole value. */
static void call_regex(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    CLEANUP(free_text) xmlChar *value = xmlXPathPopString(call);
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct pattern *pattern;
    struct error err;
    if (!text || !value || strlen((const char *)value) > PATTERN_MAX_VALUE_BYTES ||
        !pattern_new(arena, (const char *)text, &pattern, &err)) {
        xmlXPathSetError(call, XPATH_EXPR_ERROR);
        return;
    }
    size_t steps;
    bool matches = pattern_matches(arena, pattern, (const char *)value, &steps);
    return_boolean(call, xpath_call_spend(call, steps / STEPS_AN_OPERATION) && matches);
}

static void call_uuid(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct arena *arena = arena_open();
    xpath_call_return_text(call, crypto_uuid(arena));
    arena_close(&arena);
}

/* ---- What the answers know ---- */

static void call_today(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_text(call, xpath_call_moment(call)->today);
}

static void call_now(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_text(call, xpath_call_moment(call)->now);
}

static void call_itext(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *text = xmlXPathPopString(call);
    const struct xpath_moment *moment = xpath_call_moment(call);
    const struct xpath_host *host = &moment->host;
    const char *id = (const char *)text;
    if (moment->itext)
        return_node(call, moment->itext(host->context, id));
    else
        xpath_call_return_text(call, host->itext ? host->itext(host->context, id) : "");
}

/* jr:choice-name(value, 'path of the select') */
static void call_choice_name(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *path = xmlXPathPopString(call);
    CLEANUP(free_text) xmlChar *value = xmlXPathPopString(call);
    const struct xpath_moment *moment = xpath_call_moment(call);
    const struct xpath_host *host = &moment->host;
    xpath_call_return_text(call, host->choice_name
                                     ? host->choice_name(host->context, (const char *)value,
                                                         (const char *)path, moment->current)
                                     : "");
}

static void call_fnr_valid(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *digits = xmlXPathPopString(call);
    return_boolean(call, mod11_is_fnr((const char *)digits));
}

static void call_orgnr_valid(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_text) xmlChar *digits = xmlXPathPopString(call);
    return_boolean(call, mod11_is_orgnr((const char *)digits));
}

/* ---- The table ---- */

#define JR "http://openrosa.org/javarosa"
#define SK "urn:skjema:1"

/* XPath 1.0's core library is libxml2's where it means the same here. Not in it: document. */
static const struct xpath_function functions[] = {
    {NULL, "_at-least", 2, 2, xpath_at_least}, /* >= and its like: written by xpath_rewrite.c */
    {NULL, "_at-most", 2, 2, xpath_at_most},
    {NULL, "_document", 0, 0, call_answers},
    {NULL, "_equal", 2, 2, xpath_equal},
    {NULL, "_greater", 2, 2, xpath_greater},
    {NULL, "_less", 2, 2, xpath_less},
    {NULL, "_minus", 2, 2, xpath_minus},
    {NULL, "_not-equal", 2, 2, xpath_not_equal},
    {NULL, "_number", 1, 1, xpath_operand},
    {NULL, "_root", 1, 1, call_root},
    {NULL, "abs", 1, 1, xpath_abs},
    {NULL, "avg", 1, -1, xpath_avg},
    {NULL, "boolean", 1, 1, NULL},
    {NULL, "boolean-from-string", 1, 1, call_boolean_from_string},
    {NULL, "ceiling", 1, 1, NULL},
    {NULL, "coalesce", 1, -1, call_coalesce},
    {NULL, "concat", 0, -1, call_concat},
    {NULL, "contains", 2, 2, NULL},
    {NULL, "count", 1, 1, NULL},
    {NULL, "count-non-empty", 1, 1, call_count_non_empty},
    {NULL, "count-selected", 1, 1, call_count_selected},
    {NULL, "current", 0, 0, call_current},
    {NULL, "date", 1, 1, xpath_date},
    {NULL, "date-time", 1, 1, xpath_date_time},
    {NULL, "days-from-date", 1, 1, xpath_days_from_date},
    {NULL, "decimal-date-time", 1, 1, xpath_decimal_date_time},
    {NULL, "decimal-time", 1, 1, xpath_decimal_time},
    {NULL, "ends-with", 2, 2, call_ends_with},
    {NULL, "false", 0, 0, NULL},
    {NULL, "floor", 1, 1, NULL},
    {NULL, "format-date", 2, 2, xpath_format_date},
    {NULL, "format-date-time", 2, 2, xpath_format_date},
    {NULL, "id", 1, 1, NULL},
    {NULL, "if", 3, 3, call_if},
    {NULL, "indexed-repeat", 3, -1, call_indexed_repeat},
    {NULL, "instance", 1, 1, call_instance},
    {NULL, "int", 1, 1, xpath_int},
    {NULL, "join", 1, -1, call_join},
    {NULL, "lang", 1, 1, NULL},
    {NULL, "last", 0, 0, NULL},
    {NULL, "local-name", 0, 1, NULL},
    {NULL, "max", 1, -1, xpath_max},
    {NULL, "min", 1, -1, xpath_min},
    {NULL, "name", 0, 1, NULL},
    {NULL, "namespace-uri", 0, 1, NULL},
    {NULL, "normalize-space", 0, 1, NULL},
    {NULL, "not", 1, 1, NULL},
    {NULL, "now", 0, 0, call_now},
    {NULL, "number", 0, 1, xpath_number_of},
    {NULL, "once", 1, 1, call_once},
    {NULL, "position", 0, 1, call_position},
    {NULL, "pow", 2, 2, xpath_pow},
    {NULL, "regex", 2, 2, call_regex},
    {NULL, "round", 1, 2, xpath_round},
    {NULL, "seconds-from-dateTime", 1, 1, xpath_seconds_from_date_time},
    {NULL, "selected", 2, 2, call_selected},
    {NULL, "selected-at", 2, 2, call_selected_at},
    {NULL, "starts-with", 2, 2, NULL},
    {NULL, "string", 0, 1, call_string},
    {NULL, "string-length", 0, 1, NULL},
    {NULL, "substr", 2, 3, call_substr},
    {NULL, "substring", 2, 3, NULL},
    {NULL, "substring-after", 2, 2, NULL},
    {NULL, "substring-before", 2, 2, NULL},
    {NULL, "sum", 1, 1, NULL},
    {NULL, "today", 0, 0, call_today},
    {NULL, "translate", 3, 3, NULL},
    {NULL, "true", 0, 0, NULL},
    {NULL, "uuid", 0, 1, call_uuid},
    {JR, "choice-name", 2, 2, call_choice_name},
    {JR, "itext", 1, 1, call_itext},
    {SK, "age", 1, 1, xpath_age},
    {SK, "fnr-valid", 1, 1, call_fnr_valid},
    {SK, "orgnr-valid", 1, 1, call_orgnr_valid},
};

const struct xpath_function *xpath_function_find(const char *uri, const char *name)
{
    for (size_t i = 0; i < COUNT(functions); i++)
        if (strcmp(functions[i].name, name) == 0 && text_equal(functions[i].uri, uri))
            return &functions[i];
    return NULL;
}

const char *xpath_function_nearest(const char *uri, const char *name)
{
    struct likeness likeness = {.wanted = name};
    for (size_t i = 0; i < COUNT(functions); i++)
        if (text_equal(functions[i].uri, uri))
            likeness_compare(&likeness, functions[i].name);
    return likeness.nearest;
}

xmlXPathFunction xpath_function_lookup(void *context, const xmlChar *name, const xmlChar *uri)
{
    (void)context;
    const struct xpath_function *function =
        xpath_function_find((const char *)uri, (const char *)name);
    return function ? function->call : NULL;
}
