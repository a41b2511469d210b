/* xpath_functions.h - the functions of the language, for xpath.c. */
#pragma once

#include "forms/xpath.h"

#include <libxml/xpath.h>

/* What functions see of the evaluation they are part of: xmlXPathContext.funcLookupData. */
struct xpath_moment {
    const struct xpath_world *world;
    struct xpath_host host;
    xmlNode *(*itext)(void *context, const char *id); /* NULL: the host's */
    xmlDoc *doc;                                      /* the answers */
    struct clock_time (*zone)(int64_t at);
    int standard_minutes, now_minutes; /* east of UTC: outside summer time; now */
    xmlNode *current;                  /* where the whole expression is evaluated */
    char today[16], now[40];           /* ISO 8601 */
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

/* The name most like one that is no function of that namespace, or NULL: for "did you mean". */
const char *xpath_function_nearest(const char *uri, const char *name);

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

/* Those about numbers: xpath_numbers.c. The first six are = and < and their like. */
void xpath_equal(xmlXPathParserContext *call, int count);
void xpath_not_equal(xmlXPathParserContext *call, int count);
void xpath_less(xmlXPathParserContext *call, int count);
void xpath_at_most(xmlXPathParserContext *call, int count);
void xpath_greater(xmlXPathParserContext *call, int count);
void xpath_at_least(xmlXPathParserContext *call, int count);
void xpath_number_of(xmlXPathParserContext *call, int count);
void xpath_minus(xmlXPathParserContext *call, int count);
void xpath_operand(xmlXPathParserContext *call, int count);
void xpath_int(xmlXPathParserContext *call, int count);
void xpath_abs(xmlXPathParserContext *call, int count);
void xpath_pow(xmlXPathParserContext *call, int count);
void xpath_round(xmlXPathParserContext *call, int count);
void xpath_min(xmlXPathParserContext *call, int count);
void xpath_max(xmlXPathParserContext *call, int count);
void xpath_avg(xmlXPathParserContext *call, int count);

/* What a text is in time, in days since 1970-01-01T00:00:00Z. A date begins at midnight in the
 * zone. In `operand` that is midnight of standard time, all year: then the difference between two
 * dates is whole days, also when summer time begins or ends between them. */
struct xpath_time {
    double instant; /* for comparing two */
    double operand; /* for counting */
    double day;     /* whole: the date as it is written */
};

/* False when the text is neither date nor moment. */
bool xpath_time_of(const struct xpath_moment *moment, const char *text, struct xpath_time *out);

/* For functions: the moment they are evaluated in; arguments taken off the stack. */
struct xpath_moment *xpath_call_moment(const xmlXPathParserContext *call);
void xpath_call_return_text(xmlXPathParserContext *call, const char *text);
void xpath_call_return_number(xmlXPathParserContext *call, double number);

/* Counts work that libxml2 does not see as operations. False when that was too much: the evaluation
 * then ends, whatever the function gives. */
CHECKED bool xpath_call_spend(xmlXPathParserContext *call, size_t operations);

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

/* A number or text as what counting with it takes: a date is days. */
double xpath_text_number(const struct xpath_moment *moment, const char *text);
double xpath_object_number(const struct xpath_moment *moment, xmlXPathObject *object);

/* What date() gives of what is no date: a NaN of its own, false like every NaN. */
double xpath_no_date(void);
bool xpath_is_no_date(double number);
