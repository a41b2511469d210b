/* xpath.h - the language's expressions: read and checked when a form is loaded, compiled once by
 * each user of it, evaluated within limits. Language: XPath 1.0 with the functions of the ODK
 * XForms profile (xpath_functions.c). Answers reach expressions as values of nodes, never as text
 * pasted into one (security.md S-XP-1). */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "forms/limits.h"
#include "forms/xpath_tree.h"

#include <libxml/tree.h>

/* An expression without evaluating: it is the same everywhere. */
enum xpath_constant {
    XPATH_VARIES,
    XPATH_IS_TRUE,
    XPATH_IS_FALSE,
};

/* A checked expression; the form's, shared by threads. */
struct xpath {
    const char *source;      /* as the author wrote it */
    const char *text;        /* as libxml2 compiles it; source when that is the same */
    struct xpath_tree *tree; /* as written; only while the form is being loaded */
    enum xpath_constant constant;
    bool is_positional; /* asks position() or last() of where it stands as a whole */
    bool is_shuffled;   /* randomize(): its nodes come in an order of their own */
    int operations;     /* it may take: XPATH_MAX_OPERATIONS unless the form asks for more */
    int number;         /* among the world's expressions, from 0 */
    int line, column;   /* of its first character in form.xml; column 0: not known */
};

/* What expressions of one form may name. */
struct xpath_prefix {
    const char *prefix, *uri;
};

struct xpath_instance {
    const char *id;
    xmlDoc *doc;      /* NULL: the answers themselves */
    const char *root; /* of the answers: their root element's name; NULL: not known */
};

struct xpath_world {
    const struct xpath_prefix *prefixes;
    size_t prefix_count;
    const struct xpath_instance *instances;
    size_t instance_count;
    const char *const *id_attributes; /* of type xsd:ID, beside xml:id: id() */
    size_t id_attribute_count;
    /* The number that the host finds the nodes of a plain path from the root by, so that no sibling
     * is looked at at each evaluation; -1: libxml2 walks it. NULL: of none. */
    int (*place)(const void *form, const struct xpath_step *steps);
    const void *form;
    int expression_count; /* xpath_new counts it up */
};

/* Whether an attribute names its element: xml:id, what the document knows of, what the world says.
 */
bool xpath_is_id(const struct xpath_world *world, const xmlAttr *attribute);

/* Reads an expression and rewrites what this language means otherwise than libxml2: `<` and its
 * like and arithmetic compare and count dates as days, instance() gives what the next step needs,
 * indexed-repeat() becomes predicates. ERROR_INVALID or ERROR_LIMIT with a sentence for the author;
 * an unknown function, prefix or instance is ERROR_INVALID too.
 *   text  where what lives as long as the form goes; trees are made in `scratch` */
CHECKED bool xpath_new(struct arena *text, struct arena *scratch, struct xpath_world *world,
                       const char *source, int line, struct xpath **out, struct error *err);

/* What functions ask of the answers; NULL: they give "". */
struct xpath_host {
    void *context;
    const char *(*itext)(void *context, const char *id);
    const char *(*choice_name)(void *context, const char *value, const char *path, xmlNode *at);
    int (*index)(void *context, const char *repeat); /* 0: no rows; -1: no such repeat */
    /* Gives all nodes of a place's number, in document order; libxml2 is not asked. */
    void (*places)(void *context, int number, void (*give)(xmlNode *node, void *to), void *to);
    /* Context position and size (XForms 1.1, 7.2): of a node among those its bind is about, or of a
     * row among its like. *work is how many places were looked at. */
    void (*standing)(void *context, const struct xpath *xpath, const xmlNode *at, int *position,
                     int *size, size_t *work);
};

/* The compiled expressions and the state of evaluating: of one thread at a time. */
struct xpath_run;
struct xpath_run *xpath_run_open(const struct xpath_world *world);
void xpath_run_close(struct xpath_run **run);

/* What the clock on the wall shows at a moment: where dates begin. Before the first xpath_run_use;
 * clock_oslo unless it is called. */
void xpath_run_zone(struct xpath_run *run, struct clock_time (*zone)(int64_t at));

/* For who keeps texts as XML: jr:itext() then gives their nodes, as ODK's engine does (by its
 * specification it gives a string, as it does here without this). `context` is the host's. */
void xpath_run_itext(struct xpath_run *run, xmlNode *(*find)(void *context, const char *id));

/* From here on `/` is this document and today() and now() are that moment in the zone; the host is
 * copied. The total of operations begins anew. */
void xpath_run_use(struct xpath_run *run, xmlDoc *doc, int64_t now, const struct xpath_host *host);

/* In which language format-date() names months and weekdays (borrowed); until then, and with NULL,
 * English. xpath_run_use begins anew. */
void xpath_run_speak(struct xpath_run *run, const char *language);

/* What all runs of this thread may take of its processor time from here on; 0: no limit. */
void xpath_limit_time(int processor_ms);

/* Begins the total of operations anew: at the start of a recalculation. */
void xpath_run_refresh(struct xpath_run *run);

/* What context() gives from here on: NULL, where the whole expression is evaluated. */
void xpath_run_around(struct xpath_run *run, xmlNode *around);

/* Evaluate at a node. They fail when a limit is passed (ERROR_LIMIT) or a function is given what it
 * cannot take (ERROR_INVALID); err->text then begins with the expression. */
CHECKED bool xpath_boolean(struct xpath_run *run, const struct xpath *xpath, xmlNode *at, bool *out,
                           struct error *err);
CHECKED bool xpath_number(struct xpath_run *run, const struct xpath *xpath, xmlNode *at,
                          double *out, struct error *err);
CHECKED bool xpath_string(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                          xmlNode *at, char **out, struct error *err);

/* A result as text, with what it was: for who writes it as people do. */
struct xpath_value {
    char *text;
    xmlNode *node; /* the first of a node-set, or NULL */
    bool is_number;
};
CHECKED bool xpath_value(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                         xmlNode *at, struct xpath_value *out, struct error *err);

/* The nodes in document order; ERROR_INVALID when the result is no node-set. */
CHECKED bool xpath_nodes(struct xpath_run *run, struct arena *arena, const struct xpath *xpath,
                         xmlNode *at, xmlNode ***out, size_t *count, struct error *err);

/* A number as the language writes it (XPath 1.0, 4.2): as many decimals as tell it from its
 * neighbours, never an exponent; "NaN", "Infinity". */
char *xpath_number_text(struct arena *arena, double number);

/* Whether a result's text says that there is none: "NaN", or "Invalid Date" of date(). */
bool xpath_says_nothing(const char *text);

/* The day in the zone that a number of days since 1970-01-01T00:00:00Z lies in, by standard time
 * all year: for numbers that are calculated into a date. False outside years 0 to 9999. */
CHECKED bool xpath_number_date(double number, struct clock_time (*zone)(int64_t at), int *year,
                               int *month, int *day);
