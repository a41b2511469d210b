/* The functions that choose one of several, and those about lists of words: answers of select. */
#include "forms/xpath_functions.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

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

/* if(c, a, b) of which one must not be evaluated in vain is _chosen((c and _keep(a)) or _keep(b)):
 * `and` and `or` stop where they are decided (XPath 1.0, 3.4), arguments are all evaluated. */
static void call_keep(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct xpath_moment *moment = xpath_call_moment(call);
    xpath_free_object(&moment->kept);
    moment->kept = valuePop(call);
    xpath_call_return_boolean(call, true);
}

static void call_chosen(xmlXPathParserContext *call, int count)
{
    (void)count;
    struct xpath_moment *moment = xpath_call_moment(call);
    xmlXPathObject *truth = valuePop(call);
    xpath_free_object(&truth);
    valuePush(call, moment->kept);
    moment->kept = NULL;
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
        CLEANUP(xpath_free_text) xmlChar *text = xmlXPathCastToString(object);
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
    CLEANUP(xpath_free_text)
    xmlChar *kept = xmlXPathCastNodeToString(xpath_call_moment(call)->current);
    if (!kept || !kept[0]) {
        valuePush(call, fresh);
        return;
    }
    xmlXPathFreeObject(fresh);
    xpath_call_return_text(call, (const char *)kept);
}

/* "true" in any case, or "1" (XForms 1.1, 7.6.1). */
static void call_boolean_from_string(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_text) xmlChar *text = xmlXPathPopString(call);
    xpath_call_return_boolean(call, text && (xmlStrcasecmp(text, (const xmlChar *)"true") == 0 ||
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
    CLEANUP(xpath_free_text) xmlChar *wanted = xmlXPathPopString(call);
    CLEANUP(xpath_free_text) xmlChar *list = xmlXPathPopString(call);
    bool found = false;
    const char *at = (const char *)list, *word, *value = (const char *)wanted;
    value += strspn(value, " \t\r\n");
    size_t value_size = strcspn(value, " \t\r\n");
    for (size_t size; (size = next_word(&at, &word)) != 0;)
        found = found || (size == value_size && memcmp(word, value, size) == 0);
    xpath_call_return_boolean(call, found);
}

static void call_selected_at(xmlXPathParserContext *call, int count)
{
    (void)count;
    double index = xmlXPathPopNumber(call);
    CLEANUP(xpath_free_text) xmlChar *list = xmlXPathPopString(call);
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
    CLEANUP(xpath_free_text) xmlChar *list = xmlXPathPopString(call);
    const char *at = (const char *)list, *word;
    int words = 0;
    while (next_word(&at, &word))
        words++;
    xpath_call_return_number(call, words);
}

/* ---- Enough of them: ODK ---- */

/* Whether a number lies between two; -1: no bound. */
static bool is_between(double number, double least, double most)
{
    return (least == -1 || number >= least) && (most == -1 || number <= most);
}

/* The i-th truth of a set of nodes (those with a text) or of a single value; false past the last.
 */
static bool truth_of(xmlXPathObject *object, int i, bool *out)
{
    if (object->type != XPATH_NODESET) {
        *out = xmlXPathCastToBoolean(object);
        return i == 0;
    }
    CLEANUP(xpath_free_text) xmlChar *text = xpath_call_value(object, i);
    *out = text && text[0];
    return text != NULL;
}

/* checklist(least, most, answers...): so many of them are true. */
static void call_checklist(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    int number = 0;
    bool truth;
    for (int a = 2; a < count; a++)
        for (int i = 0; truth_of(arguments.items[a], i, &truth); i++)
            number += truth;
    xpath_call_return_boolean(call, is_between(number, xmlXPathCastToNumber(arguments.items[0]),
                                               xmlXPathCastToNumber(arguments.items[1])));
}

/* weighted-checklist(least, most, answer, weight, ...): the weights of those that are true, as many
 * of a set of nodes as there are weights. */
static void call_weighted_checklist(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    if (count % 2) {
        xpath_call_fail(call, "weighted-checklist() takes a weight after each answer");
        return;
    }
    double sum = 0;
    bool truth;
    for (int a = 2; a < count; a += 2)
        for (int i = 0; truth_of(arguments.items[a], i, &truth); i++) {
            CLEANUP(xpath_free_text) xmlChar *weight = xpath_call_value(arguments.items[a + 1], i);
            if (truth && weight)
                sum += xmlXPathCastStringToNumber(weight);
        }
    xpath_call_return_boolean(call, is_between(sum, xmlXPathCastToNumber(arguments.items[0]),
                                               xmlXPathCastToNumber(arguments.items[1])));
}

static const struct xpath_function functions[] = {
    {NULL, "_chosen", 1, 1, call_chosen}, /* written by xpath_rewrite.c */
    {NULL, "_keep", 1, 1, call_keep},
    {NULL, "boolean-from-string", 1, 1, call_boolean_from_string},
    {NULL, "checklist", 2, -1, call_checklist},
    {NULL, "choose", 3, 3, call_if},
    {NULL, "coalesce", 1, -1, call_coalesce},
    {NULL, "count-selected", 1, 1, call_count_selected},
    {NULL, "if", 3, 3, call_if},
    {NULL, "once", 1, 1, call_once},
    {NULL, "selected", 2, 2, call_selected},
    {NULL, "selected-at", 2, 2, call_selected_at},
    {NULL, "weighted-checklist", 2, -1, call_weighted_checklist},
};
const struct xpath_function_list xpath_choices_list = XPATH_LIST(functions);
