/* xpath_functions.h - the functions of the language, for xpath.c. */
#pragma once

#include "forms/xpath.h"

#include <libxml/xpath.h>

/* What functions see of the evaluation they are part of: xmlXPathContext.funcLookupData. */
struct xpath_moment {
    const struct xpath_world *world;
    struct xpath_host host;
    xmlDoc *doc;             /* the answers */
    xmlNode *current;        /* where the whole expression is evaluated */
    char today[16], now[40]; /* ISO 8601 */
};

/* Written without prefix, or with one bound to `uri`. */
struct xpath_function {
    const char *uri; /* NULL: none */
    const char *name;
    int min_arguments, max_arguments; /* -1: any */
    xmlXPathFunction call;            /* NULL: libxml2's own */
};

/* NULL when there is none of that name. */
const struct xpath_function *xpath_function_find(const char *uri, const char *name);

/* xmlXPathFuncLookupFunc. */
xmlXPathFunction xpath_function_lookup(void *context, const xmlChar *name, const xmlChar *uri);

/* Those about dates and times: xpath_dates.c. They are in the table of xpath_functions.c. */
void xpath_date(xmlXPathParserContext *call, int count);
void xpath_date_time(xmlXPathParserContext *call, int count);
void xpath_decimal_date_time(xmlXPathParserContext *call, int count);
void xpath_decimal_time(xmlXPathParserContext *call, int count);
void xpath_format_date(xmlXPathParserContext *call, int count);
void xpath_days_from_date(xmlXPathParserContext *call, int count);
void xpath_seconds_from_date_time(xmlXPathParserContext *call, int count);
void xpath_age(xmlXPathParserContext *call, int count);

/* Those about numbers: xpath_numbers.c. The first four are < and its like. */
void xpath_less(xmlXPathParserContext *call, int count);
void xpath_at_most(xmlXPathParserContext *call, int count);
void xpath_greater(xmlXPathParserContext *call, int count);
void xpath_at_least(xmlXPathParserContext *call, int count);
void xpath_to_number(xmlXPathParserContext *call, int count);
void xpath_int(xmlXPathParserContext *call, int count);
void xpath_abs(xmlXPathParserContext *call, int count);
void xpath_pow(xmlXPathParserContext *call, int count);
void xpath_round(xmlXPathParserContext *call, int count);
void xpath_min(xmlXPathParserContext *call, int count);
void xpath_max(xmlXPathParserContext *call, int count);
void xpath_avg(xmlXPathParserContext *call, int count);

/* Days since 1970 of a date or moment; false when it is neither. */
bool xpath_days(const char *text, double *out);

/* For functions: the moment they are evaluated in; arguments taken off the stack. */
struct xpath_moment *xpath_call_moment(const xmlXPathParserContext *call);
void xpath_call_return_text(xmlXPathParserContext *call, const char *text);
void xpath_call_return_number(xmlXPathParserContext *call, double number);

/* The arguments in order, taken off the stack, node-sets in document order. Begin with {0}, end
 * with CLEANUP(xpath_call_free); what is handed on is set to NULL. */
enum { XPATH_MAX_ARGUMENTS = 256 };

struct xpath_arguments {
    xmlXPathObject *items[XPATH_MAX_ARGUMENTS];
    int count;
};
CHECKED bool xpath_call_pop(xmlXPathParserContext *call, int count, struct xpath_arguments *out);
void xpath_call_free(struct xpath_arguments *arguments);

/* The text of the i-th node of a node-set, or of a single value; NULL past the last. The caller's
 * to xmlFree. */
xmlChar *xpath_call_value(xmlXPathObject *object, int i);

/* A stack object as a number, where dates are days. Does not free it. */
double xpath_object_number(xmlXPathObject *object);
