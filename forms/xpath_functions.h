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

/* Days since 1970 of a date or moment; false when it is neither. */
bool xpath_days(const char *text, double *out);

/* For functions: the moment they are evaluated in; arguments taken off the stack. */
struct xpath_moment *xpath_call_moment(const xmlXPathParserContext *call);
void xpath_call_return_text(xmlXPathParserContext *call, const char *text);
void xpath_call_return_number(xmlXPathParserContext *call, double number);

/* A stack object as a number, where dates are days. Does not free it. */
double xpath_object_number(xmlXPathObject *object);
