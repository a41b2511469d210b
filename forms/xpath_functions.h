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
    const char *language;                             /* of names of months; NULL: not said */
    struct clock_time (*zone)(int64_t at);
    int standard_minutes, now_minutes; /* east of UTC: outside summer time; now */
    xmlNode *current;                  /* where the whole expression is evaluated */
    xmlNode *around; /* the node that is in scope for the element it is written on: context() */
    xmlXPathObject *kept; /* by _keep(), until _chosen() takes it */
    int64_t seed;         /* of the last randomize() */
    bool has_seed;
    char today[16], now[40]; /* ISO 8601 */
    char why[120];           /* the function could not do it: xpath_call_fail */
};

/* Written without prefix, or with one bound to `uri`. */
struct xpath_function {
    const char *uri; /* NULL: none */
    const char *name;
    int min_arguments, max_arguments; /* -1: any */
    xmlXPathFunction call;            /* NULL: libxml2's own */
};

/* Those of one file, in order of names. */
struct xpath_function_list {
    const struct xpath_function *items;
    size_t count;
};

#define XPATH_LIST(table)                                                                          \
    {                                                                                              \
        (table), COUNT(table)                                                                      \
    }
#define XPATH_JR "http://openrosa.org/javarosa"
#define XPATH_SK "urn:skjema:1"

extern const struct xpath_function_list xpath_nodes_list;   /* which nodes, and where they are */
extern const struct xpath_function_list xpath_choices_list; /* one of several; lists of words */
extern const struct xpath_function_list xpath_texts_list;
extern const struct xpath_function_list xpath_dates_list;
extern const struct xpath_function_list xpath_numbers_list;
extern const struct xpath_function_list xpath_geo_list; /* places on earth */

/* NULL when there is none of that name. */
const struct xpath_function *xpath_function_find(const char *uri, const char *name);

/* The name most like one that is no function of that namespace, or NULL: for "did you mean". */
const char *xpath_function_nearest(const char *uri, const char *name);

/* xmlXPathFuncLookupFunc. */
xmlXPathFunction xpath_function_lookup(void *context, const xmlChar *name, const xmlChar *uri);

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
void xpath_call_return_boolean(xmlXPathParserContext *call, bool value);
void xpath_call_return_node(xmlXPathParserContext *call, xmlNode *node); /* NULL: no nodes */

/* Ends the evaluation: what the function was given cannot be. A sentence without full stop,
 * "digest() knows no SHA-3". */
void xpath_call_fail(xmlXPathParserContext *call, const char *format, ...) PRINTF_LIKE(2, 3);

/* For CLEANUP: what libxml2 gave. */
void xpath_free_object(xmlXPathObject **object);
void xpath_free_text(xmlChar **text);

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

/* As text; numbers as xpath_number_text writes them (libxml2 writes 15 digits, and large ones with
 * an exponent). The caller's to xmlFree. The second takes the object off the stack first. */
xmlChar *xpath_object_text(xmlXPathObject *object);
xmlChar *xpath_call_pop_text(xmlXPathParserContext *call);

/* False, with a sentence, when digest() or hmac() has no such algorithm or encoding; NULL: not
 * known yet. The value of a property, or NULL. */
CHECKED bool xpath_digest_is_known(const char *function, const char *algorithm,
                                   const char *encoding, struct error *err);
const char *xpath_property(const char *name);

/* The order that randomize() asked for: J. Durstenfeld, Algorithm 235, CACM 7:7, 1964, from the
 * front.
 */
void xpath_shuffle(struct xpath_moment *moment, xmlNode **nodes, size_t count);

/* A number or text as what counting with it takes: a date is days. */
double xpath_text_number(const struct xpath_moment *moment, const char *text);
double xpath_object_number(const struct xpath_moment *moment, xmlXPathObject *object);

/* What date() gives of what is no date: a NaN of its own, false like every NaN. */
double xpath_no_date(void);
bool xpath_is_no_date(double number);
