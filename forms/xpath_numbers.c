/* The functions about numbers, and comparing where a date is one. */
#include "forms/xpath_functions.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

static void free_object(xmlXPathObject **object)
{
    if (*object)
        xmlXPathFreeObject(*object);
}

static void return_boolean(xmlXPathParserContext *call, bool value)
{
    valuePush(call, xmlXPathNewBoolean(value));
}

/* The text as a number; frees it. */
static double take_number(xmlChar *text)
{
    double number = xpath_text_number((const char *)text);
    xmlFree(text);
    return number;
}

double xpath_object_number(xmlXPathObject *object)
{
    if (object->type == XPATH_NUMBER)
        return object->floatval;
    if (object->type == XPATH_BOOLEAN)
        return object->boolval;
    return take_number(xmlXPathCastToString(object));
}

/* ---- Comparing: XPath 1.0, 3.4, but a date is a number ---- */

typedef bool (*comparison)(double a, double b);

static bool less(double a, double b)
{
    return a < b;
}

static bool at_most(double a, double b)
{
    return a <= b;
}

static bool any_number(xmlXPathObject *object, double other, comparison holds)
{
    for (int i = 0;; i++) {
        xmlChar *text = xpath_call_value(object, i);
        if (!text)
            return false;
        if (holds(take_number(text), other))
            return true;
    }
}

static bool is_set(const xmlXPathObject *object)
{
    return object->type == XPATH_NODESET;
}

static bool compare(xmlXPathObject *a, xmlXPathObject *b, comparison holds)
{
    if (is_set(a) && b->type == XPATH_BOOLEAN)
        return holds(xmlXPathCastToBoolean(a), b->boolval);
    if (is_set(b) && a->type == XPATH_BOOLEAN)
        return holds(a->boolval, xmlXPathCastToBoolean(b));
    if (!is_set(b))
        return is_set(a) ? any_number(a, xpath_object_number(b), holds)
                         : holds(xpath_object_number(a), xpath_object_number(b));
    for (int i = 0;; i++) {
        xmlChar *text = xpath_call_value(b, i);
        if (!text)
            return false;
        double number = take_number(text);
        if (is_set(a) ? any_number(a, number, holds) : holds(xpath_object_number(a), number))
            return true;
    }
}

static void compare_call(xmlXPathParserContext *call, int count, comparison holds, bool swapped)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    xmlXPathObject *a = arguments.items[swapped ? 1 : 0], *b = arguments.items[swapped ? 0 : 1];
    return_boolean(call, compare(a, b, holds));
}

void xpath_less(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, less, false);
}

void xpath_at_most(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, at_most, false);
}

void xpath_greater(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, less, true);
}

void xpath_at_least(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, at_most, true);
}

/* number(x), also of dates; without argument: of the context node. */
void xpath_to_number(xmlXPathParserContext *call, int count)
{
    if (count == 0) {
        xmlChar *text = xmlXPathCastNodeToString(call->context->node);
        xpath_call_return_number(call, take_number(text));
        return;
    }
    CLEANUP(free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, xpath_object_number(object));
}

/* ---- Numbers ---- */

void xpath_int(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, trunc(xpath_object_number(object)));
}

void xpath_abs(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, fabs(xpath_object_number(object)));
}

void xpath_pow(xmlXPathParserContext *call, int count)
{
    (void)count;
    double exponent = xmlXPathPopNumber(call);
    double base = xmlXPathPopNumber(call);
    xpath_call_return_number(call, pow(base, exponent));
}

/* round(n): XPath 1.0, halves up. round(n, digits): ODK, halves away from zero; digits may be
 * negative. The decimal as written decides, so that 2.675 to two digits is 2.68. */
void xpath_round(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    double number = xpath_object_number(arguments.items[0]);
    if (count == 1 || isnan(number) || isinf(number)) {
        double floored = floor(number);
        xpath_call_return_number(call, number - floored >= 0.5 ? floored + 1 : floored);
        return;
    }
    double digits = trunc(xpath_object_number(arguments.items[1]));
    if (!(fabs(digits) <= 15)) {
        xpath_call_return_number(call, digits > 0 ? number : 0);
        return;
    }
    double scale = pow(10, fabs(digits));
    double scaled = digits >= 0 ? number * scale : number / scale;
    double rounded = round(scaled + copysign(fabs(scaled) * 1e-15, scaled));
    xpath_call_return_number(call, digits >= 0 ? rounded / scale : rounded * scale);
}

/* Over all nodes of all arguments; anything that is no number makes NaN, as does nothing at all. */
static void fold(xmlXPathParserContext *call, int count, double (*step)(double, double),
                 bool average)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    double result = NAN;
    int seen = 0;
    for (int i = 0; i < count; i++) {
        for (int n = 0;; n++) {
            xmlChar *text = xpath_call_value(arguments.items[i], n);
            if (!text)
                break;
            double number = take_number(text);
            result = seen++ == 0 || isnan(number) ? number
                     : isnan(result)              ? NAN
                                                  : step(result, number);
        }
    }
    xpath_call_return_number(call, average && seen ? result / seen : result);
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double plus(double a, double b)
{
    return a + b;
}

void xpath_min(xmlXPathParserContext *call, int count)
{
    fold(call, count, smaller, false);
}

void xpath_max(xmlXPathParserContext *call, int count)
{
    fold(call, count, larger, false);
}

void xpath_avg(xmlXPathParserContext *call, int count)
{
    fold(call, count, plus, true);
}
