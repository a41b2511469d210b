/* The functions about numbers, and comparing where a date is one. */
#include "forms/xpath_functions.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <string.h>

double xpath_text_number(const struct xpath_moment *moment, const char *text)
{
    double number = xmlXPathCastStringToNumber((const xmlChar *)text);
    struct xpath_time time;
    if (isnan(number) && xpath_time_of(moment, text, &time))
        return time.operand;
    return number;
}

double xpath_object_number(const struct xpath_moment *moment, xmlXPathObject *object)
{
    if (object->type == XPATH_NUMBER)
        return isnan(object->floatval) ? NAN : object->floatval; /* also what was no date */
    if (object->type == XPATH_BOOLEAN)
        return object->boolval;
    xmlChar *text = xmlXPathCastToString(object);
    double number = xpath_text_number(moment, (const char *)text);
    xmlFree(text);
    return number;
}

double xpath_no_date(void)
{
    return nan("0xda7e");
}

bool xpath_is_no_date(double number)
{
    double no_date = xpath_no_date();
    return memcmp(&number, &no_date, sizeof number) == 0;
}

/* ---- Comparing: XPath 1.0, 3.4, but a date is a number ---- */

/* One value to compare: two times are compared as such, else both are numbers. */
struct operand {
    bool is_time;
    double instant, number;
};

typedef bool (*comparison)(double a, double b);

static bool same(double a, double b)
{
    return a == b;
}

static bool differs(double a, double b)
{
    return a != b;
}

static bool less(double a, double b)
{
    return a < b;
}

static bool at_most(double a, double b)
{
    return a <= b;
}

/* The i-th node of a set, or a single value; false past the last. */
static bool operand_of(const struct xpath_moment *moment, xmlXPathObject *object, int i,
                       struct operand *out)
{
    if (object->type == XPATH_NUMBER || object->type == XPATH_BOOLEAN) {
        *out = (struct operand){.number = xpath_object_number(moment, object)};
        return i == 0;
    }
    xmlChar *text = xpath_call_value(object, i);
    if (!text)
        return false;
    struct xpath_time time;
    *out = (struct operand){.number = xmlXPathCastStringToNumber(text)};
    if (isnan(out->number) && xpath_time_of(moment, (const char *)text, &time))
        *out = (struct operand){true, time.instant, time.operand};
    xmlFree(text);
    return true;
}

/* In days: less than a clock tells, more than what counting with fractions of days loses. */
static const double MOMENT = 1e-9;

static bool holds_for(const struct operand *a, const struct operand *b, comparison holds)
{
    if (a->is_time && b->is_time)
        return holds(a->instant, b->instant);
    if ((a->is_time || b->is_time) && fabs(a->number - b->number) < MOMENT)
        return holds(0, 0);
    return holds(a->number, b->number);
}

static bool is_set(const xmlXPathObject *object)
{
    return object->type == XPATH_NODESET;
}

static bool compare(xmlXPathParserContext *call, xmlXPathObject *a, xmlXPathObject *b,
                    comparison holds)
{
    const struct xpath_moment *moment = xpath_call_moment(call);
    bool either = a->type == XPATH_BOOLEAN || b->type == XPATH_BOOLEAN;
    if (either && (is_set(a) || is_set(b) || holds == same || holds == differs))
        return holds(xmlXPathCastToBoolean(a), xmlXPathCastToBoolean(b));
    struct operand left, right;
    for (int i = 0; operand_of(moment, a, i, &left); i++)
        for (int j = 0; operand_of(moment, b, j, &right); j++)
            if (!xpath_call_spend(call, 1) || holds_for(&left, &right, holds))
                return true;
    return false;
}

static void compare_call(xmlXPathParserContext *call, int count, comparison holds, bool swapped)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    xmlXPathObject *a = arguments.items[swapped ? 1 : 0], *b = arguments.items[swapped ? 0 : 1];
    xpath_call_return_boolean(call, compare(call, a, b, holds));
}

static void call_equal(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, same, false);
}

static void call_not_equal(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, differs, false);
}

static void call_less(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, less, false);
}

static void call_at_most(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, at_most, false);
}

static void call_greater(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, less, true);
}

static void call_at_least(xmlXPathParserContext *call, int count)
{
    compare_call(call, count, at_most, true);
}

/* number(): of a date or moment the days since 1970 until the date as it is written (ODK). */
static double number_of(const struct xpath_moment *moment, xmlXPathObject *object)
{
    if (object->type == XPATH_NUMBER || object->type == XPATH_BOOLEAN)
        return xpath_object_number(moment, object);
    xmlChar *text = xmlXPathCastToString(object);
    double number = xmlXPathCastStringToNumber(text);
    struct xpath_time time;
    if (isnan(number) && xpath_time_of(moment, (const char *)text, &time))
        number = time.day;
    xmlFree(text);
    return number;
}

/* Without argument: of the context node. */
static void call_number_of(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_free_object)
    xmlXPathObject *object = count ? valuePop(call) : xmlXPathNewNodeSet(call->context->node);
    xpath_call_return_number(call, number_of(xpath_call_moment(call), object));
}

/* a - b; days between two dates are whole. */
static void call_minus(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    struct operand a, b;
    double difference = NAN; /* when there is no node */
    if (operand_of(xpath_call_moment(call), arguments.items[0], 0, &a) &&
        operand_of(xpath_call_moment(call), arguments.items[1], 0, &b)) {
        difference = a.number - b.number;
        if (b.is_time && fabs(difference - round(difference)) < MOMENT)
            difference = round(difference);
    }
    xpath_call_return_number(call, difference);
}

/* What an operator counts with. */
static void call_operand(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, xpath_object_number(xpath_call_moment(call), object));
}

/* ---- Numbers ---- */

static void call_int(xmlXPathParserContext *call, int count)
{
    (void)count;
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, trunc(number_of(xpath_call_moment(call), object)));
}

static void call_pow(xmlXPathParserContext *call, int count)
{
    (void)count;
    double exponent = xmlXPathPopNumber(call);
    double base = xmlXPathPopNumber(call);
    xpath_call_return_number(call, pow(base, exponent));
}

/* round(n), round(n, digits): halves away from zero (ODK; XPath 1.0, 4.4 rounds them up); digits
 * may be negative. The decimal as written decides, so that 2.675 to two digits is 2.68. */
static void call_round(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    const struct xpath_moment *moment = xpath_call_moment(call);
    double number = xpath_object_number(moment, arguments.items[0]);
    double digits = count == 1 ? 0 : trunc(xpath_object_number(moment, arguments.items[1]));
    if (!isfinite(number) || !(fabs(digits) <= 15)) {
        xpath_call_return_number(call, !isfinite(number) || digits > 0 ? number : 0);
        return;
    }
    double scale = pow(10, fabs(digits));
    double scaled = digits >= 0 ? number * scale : number / scale;
    double slack = count == 1 ? 0 : copysign(fabs(scaled) * 1e-15, scaled);
    double rounded = round(scaled + slack);
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
            struct operand operand;
            if (!operand_of(xpath_call_moment(call), arguments.items[i], n, &operand))
                break;
            double number = operand.number;
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

static void call_min(xmlXPathParserContext *call, int count)
{
    fold(call, count, smaller, false);
}

static void call_max(xmlXPathParserContext *call, int count)
{
    fold(call, count, larger, false);
}

static void call_avg(xmlXPathParserContext *call, int count)
{
    fold(call, count, plus, true);
}

/* ---- Of one number ---- */

/* exp10(x): 10 to the x-th. */
static double power_of_ten(double exponent)
{
    return pow(10, exponent);
}

/* Anything that is no number, and what mathematics has no answer to, is NaN. */
static void apply(xmlXPathParserContext *call, double (*function)(double))
{
    CLEANUP(xpath_free_object) xmlXPathObject *object = valuePop(call);
    xpath_call_return_number(call, function(xpath_object_number(xpath_call_moment(call), object)));
}

#define APPLY(name, function)                                                                      \
    static void call_##name(xmlXPathParserContext *call, int count)                                \
    {                                                                                              \
        (void)count;                                                                               \
        apply(call, function);                                                                     \
    }
APPLY(abs, fabs)
APPLY(acos, acos)
APPLY(asin, asin)
APPLY(atan, atan)
APPLY(cos, cos)
APPLY(exp, exp)
APPLY(exp10, power_of_ten)
APPLY(log, log)
APPLY(log10, log10)
APPLY(sin, sin)
APPLY(sqrt, sqrt)
APPLY(tan, tan)

static void call_atan2(xmlXPathParserContext *call, int count)
{
    (void)count;
    double x = xmlXPathPopNumber(call);
    double y = xmlXPathPopNumber(call);
    xpath_call_return_number(call, atan2(y, x));
}

static void call_pi(xmlXPathParserContext *call, int count)
{
    (void)count;
    xpath_call_return_number(call, 3.14159265358979323846);
}

static const struct xpath_function functions[] = {
    {NULL, "_at-least", 2, 2, call_at_least}, /* >= and its like: written by xpath_rewrite.c */
    {NULL, "_at-most", 2, 2, call_at_most},
    {NULL, "_equal", 2, 2, call_equal},
    {NULL, "_greater", 2, 2, call_greater},
    {NULL, "_less", 2, 2, call_less},
    {NULL, "_minus", 2, 2, call_minus},
    {NULL, "_not-equal", 2, 2, call_not_equal},
    {NULL, "_number", 1, 1, call_operand},
    {NULL, "abs", 1, 1, call_abs},
    {NULL, "acos", 1, 1, call_acos},
    {NULL, "asin", 1, 1, call_asin},
    {NULL, "atan", 1, 1, call_atan},
    {NULL, "atan2", 2, 2, call_atan2},
    {NULL, "avg", 1, -1, call_avg},
    {NULL, "cos", 1, 1, call_cos},
    {NULL, "exp", 1, 1, call_exp},
    {NULL, "exp10", 1, 1, call_exp10},
    {NULL, "int", 1, 1, call_int},
    {NULL, "log", 1, 1, call_log},
    {NULL, "log10", 1, 1, call_log10},
    {NULL, "max", 1, -1, call_max},
    {NULL, "min", 1, -1, call_min},
    {NULL, "number", 0, 1, call_number_of},
    {NULL, "pi", 0, 0, call_pi},
    {NULL, "pow", 2, 2, call_pow},
    {NULL, "power", 2, 2, call_pow}, /* XForms 1.1, 7.7.6 */
    {NULL, "round", 1, 2, call_round},
    {NULL, "sin", 1, 1, call_sin},
    {NULL, "sqrt", 1, 1, call_sqrt},
    {NULL, "tan", 1, 1, call_tan},
};
const struct xpath_function_list xpath_numbers_list = XPATH_LIST(functions);
